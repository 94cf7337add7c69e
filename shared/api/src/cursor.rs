//! Cursors: encrypted, authenticated, bound to the list that they belong to (T13).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    Key, XChaCha20Poly1305, XNonce,
    aead::{Aead, Generate, KeyInit, Payload},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::problem::{Code, Problem};

/// Positions are padded to a multiple of this, because a position may hold a name, and the length
/// of a cursor must not tell that of the name.
const PADDED_TO: usize = 512;
const NONCE: usize = 24;

/// A position of a list as text for its client. `list` is everything that the list depends on.
pub(crate) fn seal(
    key: &[u8; 32],
    list: &[u8],
    position: &impl Serialize,
) -> Result<String, Problem> {
    let mut padded = serde_json::to_vec(position).map_err(Problem::internal)?;
    // JSON may end in spaces: the padding needs no taking off.
    padded.resize(padded.len().next_multiple_of(PADDED_TO), b' ');
    let nonce = XNonce::generate();
    let payload = Payload { msg: &padded, aad: list };
    let sealed = cipher(key)
        .encrypt(&nonce, payload)
        .map_err(|_| Problem::internal("a cursor could not be encrypted"))?;
    Ok(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
}

/// The position that a cursor of this very list holds.
pub(crate) fn open<P: DeserializeOwned>(
    key: &[u8; 32],
    list: &[u8],
    cursor: &str,
) -> Result<P, Problem> {
    opened(key, list, cursor).ok_or_else(|| Problem::new(Code::CursorInvalid))
}

fn opened<P: DeserializeOwned>(key: &[u8; 32], list: &[u8], cursor: &str) -> Option<P> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
    let nonce = XNonce::try_from(nonce).ok()?;
    let padded = cipher(key).decrypt(&nonce, Payload { msg: sealed, aad: list }).ok()?;
    serde_json::from_slice(&padded).ok()
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(*key))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: [u8; 32] = [3; 32];

    proptest! {
        #[test]
        fn a_cursor_opens_for_its_own_list_and_no_other(name in "\\PC{0,60}", other in "[a-z]{1,9}") {
            let cursor = seal(&KEY, b"list", &name).expect("sealed");
            prop_assert_eq!(open::<String>(&KEY, b"list", &cursor), Ok(name));
            let foreign = open::<String>(&KEY, other.as_bytes(), &cursor);
            prop_assert_eq!(foreign.is_ok(), other == "list");
            prop_assert!(open::<String>(&[4; 32], b"list", &cursor).is_err());
        }

        #[test]
        fn a_cursor_that_was_altered_anywhere_is_invalid(at in 0_usize..700, flip in 1_u8..=255) {
            let cursor = seal(&KEY, b"list", &"position").expect("sealed");
            let mut bytes = URL_SAFE_NO_PAD.decode(&cursor).expect("base64");
            let at = at % bytes.len();
            bytes[at] ^= flip;
            let problem = open::<String>(&KEY, b"list", &URL_SAFE_NO_PAD.encode(bytes));
            prop_assert_eq!(problem.map_err(|p| p.code()), Err(Code::CursorInvalid));
        }

        /// Given a cursor with characters put in, taken out or in another spelling, then it is none: one
        /// cursor has one text.
        #[test]
        fn a_cursor_has_one_spelling(at in 0_usize..700, put in "[A-Za-z0-9_=+/ -]{0,3}", taken in 0_usize..4) {
            let cursor = seal(&KEY, b"list", &"position").expect("sealed");
            let (before, behind) = cursor.split_at(at % cursor.len());
            let text = format!("{before}{put}{}", behind.get(taken..).unwrap_or_default());
            let opened = open::<String>(&KEY, b"list", &text);
            prop_assert_eq!(opened.is_ok(), text == cursor);
        }

        #[test]
        fn any_text_at_all_is_refused_and_nothing_panics(text in "\\PC{0,80}") {
            prop_assert!(open::<String>(&KEY, b"list", &text).is_err());
        }
    }

    #[test]
    fn given_a_short_and_a_long_position_then_their_cursors_are_equally_long() {
        let short = seal(&KEY, b"list", &"a").expect("sealed");
        let long = seal(&KEY, b"list", &"あ".repeat(100)).expect("sealed");
        assert_eq!(short.len(), long.len());
        assert_ne!(short, seal(&KEY, b"list", &"a").expect("sealed"), "a fresh nonce each time");
    }
}
