//! Passwords and secrets are in that bind and nowhere else.

use std::{fmt::Write as _, sync::Mutex};

use ldap3::log::{self, LevelFilter, Log, Metadata, Record};
use tsunagu_domain::federation::members::Members;

use crate::{
    Kind,
    peers::{Peer, Reply},
    people::{READERS_SECRET, everybody, password},
    realms::{Domain, binds, by_template},
};

/// Everything that the LDAP library logs.
struct Kept(Mutex<String>);

impl Log for Kept {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let mut kept = self.0.lock().expect("nobody panics with it");
        writeln!(kept, "{} {}", record.target(), record.args()).expect("a text takes it");
    }

    fn flush(&self) {}
}

static KEPT: Kept = Kept(Mutex::new(String::new()));

#[tokio::test]
async fn t17_given_sign_ins_of_all_kinds_then_no_log_and_no_error_holds_what_was_typed() {
    log::set_logger(&KEPT).expect("there is no other");
    log::set_max_level(LevelFilter::Trace);
    let Some(running) = Kind::BuiltIn.open(everybody()).await else { return };
    let mut shown = String::new();
    for bind in binds() {
        let domain = Domain::of(&running, bind);
        for typed in [password("hanako"), password("taro")] {
            let signed_in = domain.sign_in("hanako", &typed, &[Members::Everyone]).await;
            let probe = domain.probe(Some(("hanako", &typed)), &[Members::Everyone]).await;
            writeln!(shown, "{signed_in:?} {probe:?}").expect("a text takes it");
        }
        writeln!(shown, "{:?} {:?}", domain.directory, domain.secret).expect("a text takes it");
    }
    for reply in [Reply::Close, Reply::Bytes(b"220 hello\r\n".to_vec()), Reply::Entries] {
        let peer = Peer::start(move |_| reply.clone()).await;
        let domain = Domain::at(peer.port(), by_template("uid={username},dc=example,dc=com"));
        let who = domain.id_of("hanako", &password("hanako")).await;
        writeln!(shown, "{who:?}").expect("a text takes it");
    }
    shown.push_str(&KEPT.0.lock().expect("nobody panics with it"));
    for secret in [&password("hanako"), &password("taro"), READERS_SECRET] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
