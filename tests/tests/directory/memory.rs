//! What held a password is wiped: after a sign-in this process has it nowhere. Looked up on Linux.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
};

use secrecy::{ExposeSecret, SecretString};
use workspaces::directory::DirectoryError::Refused;

use crate::{
    Kind,
    people::everybody,
    realms::{Domain, binds},
};

/// The password, in a form that is not it: nobody else in this process says it.
const MASKED: [u8; 24] = *b"\x2f\x11\x36\x3a\x1e\x7b\x25\x0e\x33\x2a\x66\x3d\x12\x7c\x24\x35\x0f\x3e\x68\x21\x17\x38\x7d\x2c";
const MASK: u8 = 0x55;

fn password() -> SecretString {
    // As long as it will be: what grows leaves copies behind.
    let mut text = String::with_capacity(MASKED.len());
    text.extend(MASKED.iter().map(|byte| char::from(byte ^ MASK)));
    text.into()
}

/// In how many places of this process's memory the password is.
fn places() -> usize {
    let maps = fs::read_to_string("/proc/self/maps").expect("this is Linux");
    let memory = File::open("/proc/self/mem").expect("it is our own");
    let writable =
        maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|p| p.starts_with("rw")));
    let mut chunk = vec![0; 1 << 20];
    let mut found = 0;
    for line in writable {
        let range = line.split(' ').next().and_then(|range| range.split_once('-'));
        let (from, to) = range.expect("a range comes first");
        let number = |text| u64::from_str_radix(text, 16).expect("it is one of addresses");
        let (mut at, to) = (number(from), number(to));
        while at < to {
            let most = usize::try_from(to - at).unwrap_or(chunk.len()).min(chunk.len());
            let Ok(length) = memory.read_at(&mut chunk[..most], at) else { break };
            found += count(&chunk[..length]);
            if length <= MASKED.len() {
                break;
            }
            // One that lies across is seen with the next.
            at += u64::try_from(length - MASKED.len() + 1).expect("it is small");
        }
    }
    chunk.fill(0);
    found
}

fn count(bytes: &[u8]) -> usize {
    let first = MASKED[0] ^ MASK;
    let candidates = bytes.windows(MASKED.len()).filter(|window| window[0] == first);
    candidates
        .filter(|window| window.iter().zip(MASKED).all(|(byte, masked)| *byte == masked ^ MASK))
        .count()
}

#[tokio::test]
async fn given_a_sign_in_that_is_over_then_the_password_is_nowhere_in_memory() {
    if !cfg!(target_os = "linux") {
        return;
    }
    // A directory in another process: this one must not know the password at all.
    let Some(running) = Kind::OpenLdap.open(everybody()).await else { return };
    for bind in binds() {
        for domain in [
            Domain::of(&running, bind.clone()),
            Domain::with_tls(&running, bind.clone()),
            Domain::with_start_tls(&running, bind),
        ] {
            let password = password();
            let who = domain.id_of("hanako", password.expose_secret()).await;
            assert_eq!(who, Err(Refused));
        }
    }
    assert_eq!(places(), 0);
    let held = password();
    assert!(places() > 0, "it is seen where it is");
    drop(held);
}
