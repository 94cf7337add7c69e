//! Random names for requests and tokens.

use std::net::Ipv4Addr;

use aws_lc_rs::rand;
use base64::{Engine, prelude::BASE64_URL_SAFE};

/// An id of a request, as long as API Gateway's: 16 characters.
pub(crate) fn request_id() -> String {
    BASE64_URL_SAFE.encode(bytes::<11>())
}

/// A UUID of version 4.
pub(crate) fn uuid() -> String {
    uuid_from(bytes())
}

/// These bytes in a UUID's form, marked as version 4.
pub(crate) fn uuid_from(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = u128::from_be_bytes(bytes);
    let text = format!("{hex:032x}");
    format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}

/// An address of this machine that nobody can guess: all of 127.0.0.0/8 is.
pub(crate) fn loopback() -> Ipv4Addr {
    let [a, b, c] = bytes();
    Ipv4Addr::new(127, a, b, c.clamp(1, 254))
}

/// A number from 0 up to 1.
pub(crate) fn fraction() -> f64 {
    f64::from(u16::from_be_bytes(bytes())) / f64::from(u16::MAX)
}

/// A key of 256 bits.
pub(crate) fn key() -> [u8; 32] {
    bytes()
}

fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // The system's generator does not fail once it is seeded, and the issuer's key came before.
    rand::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_random_names_when_made_then_they_differ_and_have_their_form() {
        assert_eq!(request_id().len(), 16);
        assert_ne!(request_id(), request_id());
        let uuid = uuid();
        assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"));
    }
}
