//! A search for an id in everything that somebody got to see, in whatever form it may stand there.

use std::fmt::Write;

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

/// What RFC 3986 leaves as it is stands as it is.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// How much of a digest tells whose it is.
const TELLING: usize = 16;

/// The forms of one id, each with its name.
#[derive(Debug)]
pub(crate) struct Disguises {
    forms: Vec<(&'static str, String)>,
}

impl Disguises {
    /// All forms of an id, and of the digests that the product makes of it.
    pub(crate) fn of(id: &str, digests: &[String]) -> Self {
        let mut forms = vec![
            ("plain", id.to_owned()),
            ("lower case", id.to_lowercase()),
            ("JSON", inner(&serde_json::to_string(id).expect("text is JSON"))),
            ("JSON in ASCII", ascii_json(id, false)),
            ("JSON in ASCII, upper case", ascii_json(id, true)),
            ("Rust", inner(&format!("{id:?}"))),
            ("CSV", id.replace('"', "\"\"")),
            ("HTML", id.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")),
        ];
        for set in [NON_ALPHANUMERIC, RESERVED] {
            let encoded = utf8_percent_encode(id, set).to_string();
            forms.push(("percent-encoded, lower case", lower_hex(&encoded)));
            forms.push(("form", encoded.replace("%20", "+")));
            forms.push(("percent-encoded", encoded));
        }
        for (name, bytes) in [("base64", id.as_bytes()), ("SHA-256", &Sha256::digest(id))] {
            forms.extend(base64(bytes).map(|form| (name, form)));
            let hex = hex::encode(bytes);
            forms.push((name, hex.to_uppercase()));
            forms.push((name, hex));
        }
        let hash = hex::encode(Sha256::digest(id));
        forms.push(("the head of SHA-256", hash[..TELLING].to_owned()));
        for digest in digests {
            forms.extend(base64(digest.as_bytes()).map(|form| ("holder in base64", form)));
            let bytes = hex::decode(digest).expect("digests are hexadecimal");
            forms.extend(base64(&bytes).map(|form| ("holder's bytes in base64", form)));
            forms.push(("holder", digest.clone()));
            forms.push(("the head of the holder", digest[..TELLING].to_owned()));
            forms.push(("holder, upper case", digest[..TELLING].to_uppercase()));
        }
        // Long ids may be shortened where they are shown.
        if id.chars().count() > 64 {
            forms.push(("the head", id.chars().take(32).collect()));
        }
        Self { forms }
    }

    /// The names of the forms in which the id stands in a text.
    pub(crate) fn found_in(&self, text: &str) -> Vec<&'static str> {
        let found = self.forms.iter().filter(|(_, form)| text.contains(form.as_str()));
        found.map(|(name, _)| *name).collect()
    }
}

/// A quoted text without its quotes.
fn inner(quoted: &str) -> String {
    quoted[1..quoted.len() - 1].to_owned()
}

fn ascii_json(id: &str, upper: bool) -> String {
    let mut out = String::new();
    for unit in id.encode_utf16() {
        match u8::try_from(unit).ok().filter(u8::is_ascii_alphanumeric) {
            Some(byte) => out.push(char::from(byte)),
            None if upper => write!(out, "\\u{unit:04X}").expect("memory"),
            None => write!(out, "\\u{unit:04x}").expect("memory"),
        }
    }
    out
}

/// The same with the digits of its escapes in lower case.
fn lower_hex(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        write!(out, "%{}{rest}", digits.to_lowercase()).expect("memory");
    }
    out
}

/// How bytes stand in base64, by themselves and somewhere in a longer text: there are three ways, by
/// where they begin, less what neighbours change.
fn base64(bytes: &[u8]) -> [String; 6] {
    let aligned = |shift: usize, url: bool| {
        let mut longer = vec![0; shift];
        longer.extend_from_slice(bytes);
        let engine = if url { BASE64_URL_SAFE_NO_PAD } else { BASE64_STANDARD_NO_PAD };
        let text = engine.encode(&longer);
        text[(shift * 8).div_ceil(6)..longer.len() * 8 / 6].to_owned()
    };
    [
        aligned(0, false),
        aligned(1, false),
        aligned(2, false),
        aligned(0, true),
        aligned(1, true),
        aligned(2, true),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_an_id_in_a_disguise_then_it_is_found() {
        let id = "田中 \"<&/+?花子";
        let digest = hex::encode(&Sha256::digest("x")[..20]);
        let disguises = Disguises::of(id, std::slice::from_ref(&digest));
        let hash = Sha256::digest(id);
        let encoded = utf8_percent_encode(id, NON_ALPHANUMERIC).to_string();
        for text in [
            format!("a {id} b"),
            serde_json::json!({ "a": id }).to_string(),
            format!("{:?}", Some(id)),
            format!("/x/{encoded}/y"),
            format!("?q={}", encoded.to_lowercase()),
            BASE64_STANDARD_NO_PAD.encode(format!("{id}and more")),
            BASE64_STANDARD_NO_PAD.encode(format!("1{id}")),
            base64::prelude::BASE64_URL_SAFE.encode(format!("12{id}")),
            base64::prelude::BASE64_STANDARD.encode(format!("123{id}.")),
            hex::encode(id),
            hex::encode_upper(hash),
            hex::encode(&hash[..8]),
            base64::prelude::BASE64_STANDARD.encode(hash),
            format!("U#{digest}#1"),
            digest[..16].to_owned(),
            format!("\"{}\"", id.replace('"', "\"\"")),
            ascii_json(id, true),
        ] {
            assert_ne!(disguises.found_in(&text), [""; 0], "{text}");
        }
        assert_eq!(disguises.found_in("田中 花子"), [""; 0]);
    }
}
