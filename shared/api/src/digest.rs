//! Keyed digests of JSON.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// A keyed digest of a JSON value. Two spellings of one value have one digest: objects are sorted by
/// key. `serde_json` keeps them so, unless any crate of the build asks it to keep their order.
pub(crate) fn of_json(key: &[u8; 32], value: &Value) -> String {
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    of_bytes(key, sorted.to_string().as_bytes())
}

/// A keyed digest of bytes.
pub(crate) fn of_bytes(key: &[u8; 32], bytes: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(bytes);
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn given_two_spellings_of_one_object_then_the_digest_is_the_same() {
        let one: Value = serde_json::from_str(r#"{"a":1,"b":"\u0041"}"#).expect("JSON");
        let other: Value = serde_json::from_str(r#"{ "b": "A", "a": 1 }"#).expect("JSON");
        assert_eq!(of_json(&[1; 32], &one), of_json(&[1; 32], &other));
    }

    #[test]
    fn given_another_key_or_value_then_the_digest_differs() {
        let digest = of_json(&[1; 32], &json!({"a": 1}));
        assert_ne!(digest, of_json(&[2; 32], &json!({"a": 1})));
        assert_ne!(digest, of_json(&[1; 32], &json!({"a": "1"})));
    }
}
