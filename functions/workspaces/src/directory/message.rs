//! What a directory says, made sound before the LDAP library reads it.
//!
//! The library panics at answers that are not as the protocol has them, follows their nesting as deep
//! as it goes, and keeps what they say for diagnosis. So each answer is read here first: it has the
//! form of what was asked for, or the conversation ends. Controls, diagnostics, and references to
//! other directories go no further: nobody reads them.

use tokio::io::{AsyncRead, AsyncReadExt};

use super::ber::{length_bytes, length_of, put, take, take_tagged};

/// The directory said what is no LDAP, or not what was asked for.
pub(super) const MALFORMED: &str = "answer-malformed";
/// The directory said more than it may.
const TOO_LARGE: &str = "answer-too-large";
/// The directory went away.
const CLOSED: &str = "connection-lost";

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTETS: u8 = 0x04;
const ENUMERATED: u8 = 0x0a;
pub(super) const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const CONTROLS: u8 = 0xa0;
pub(super) const BIND: u8 = 0x61;
const ENTRY: u8 = 0x64;
const DONE: u8 = 0x65;
const REFERENCE: u8 = 0x73;
pub(super) const EXTENDED: u8 = 0x78;
/// The value of an answer to an extended request.
const VALUE: u8 = 0x8b;

/// Reads the next answer, without its tag and length, within what may still be said.
pub(super) async fn read(
    stream: &mut (impl AsyncRead + Unpin),
    left: &mut usize,
) -> Result<Vec<u8>, &'static str> {
    let mut start = [0; 2];
    fill(stream, &mut start, left).await?;
    let [tag, first] = start;
    if tag != SEQUENCE {
        return Err(MALFORMED);
    }
    let mut length = vec![0; length_bytes(first).ok_or(MALFORMED)?];
    fill(stream, &mut length, left).await?;
    let length = length_of(first, &length);
    // Before any of it is kept: a length alone costs nothing to claim.
    if length > *left {
        return Err(TOO_LARGE);
    }
    let mut content = vec![0; length];
    fill(stream, &mut content, left).await?;
    Ok(content)
}

async fn fill(
    stream: &mut (impl AsyncRead + Unpin),
    bytes: &mut [u8],
    left: &mut usize,
) -> Result<(), &'static str> {
    *left = left.checked_sub(bytes.len()).ok_or(TOO_LARGE)?;
    stream.read_exact(bytes).await.map(drop).map_err(|_| CLOSED)
}

/// What the library gets of an answer; nothing of a reference.
pub(super) fn sound(answer: &[u8]) -> Result<Option<Vec<u8>>, &'static str> {
    let Parts { id, tag, content } = parts(answer).ok_or(MALFORMED)?;
    // The number is nobody's: a notice that the directory goes away (RFC 4511, 4.4.1).
    if id == [0] {
        return Err(CLOSED);
    }
    let content = match tag {
        REFERENCE => return Ok(None),
        DONE | EXTENDED => result(content),
        ENTRY => is_entry(content).then(|| content.to_vec()),
        _ => None,
    };
    let content = content.ok_or(MALFORMED)?;
    let (mut message, mut whole) = (Vec::new(), Vec::new());
    put(&mut message, INTEGER, id);
    put(&mut message, tag, &content);
    put(&mut whole, SEQUENCE, &message);
    Ok(Some(whole))
}

/// The number of an answer.
pub(super) fn number(mut answer: &[u8]) -> Option<&[u8]> {
    take_tagged(&mut answer, INTEGER)
}

/// The code of an answer of a kind.
pub(super) fn code(answer: &[u8], tag: u8) -> Option<u32> {
    let mut parts = parts(answer).filter(|parts| parts.tag == tag)?;
    let code = take_tagged(&mut parts.content, ENUMERATED)?;
    (1..=4)
        .contains(&code.len())
        .then(|| code.iter().fold(0, |code, byte| code << 8 | u32::from(*byte)))
}

struct Parts<'a> {
    id: &'a [u8],
    tag: u8,
    content: &'a [u8],
}

fn parts(mut answer: &[u8]) -> Option<Parts<'_>> {
    let id = take_tagged(&mut answer, INTEGER).filter(|id| (1..=4).contains(&id.len()))?;
    let operation = take(&mut answer)?;
    let controls = answer.is_empty() || take_tagged(&mut answer, CONTROLS).is_some();
    let whole = controls && answer.is_empty();
    whole.then_some(Parts { id, tag: operation.tag, content: operation.content })
}

/// A result by its code and its value, where it has one: all that is read of it.
fn result(mut content: &[u8]) -> Option<Vec<u8>> {
    let code =
        take_tagged(&mut content, ENUMERATED).filter(|code| (1..=4).contains(&code.len()))?;
    let mut result = Vec::new();
    put(&mut result, ENUMERATED, code);
    for _matched_name_and_diagnosis in 0..2 {
        take_tagged(&mut content, OCTETS)?;
        put(&mut result, OCTETS, &[]);
    }
    while !content.is_empty() {
        let more = take(&mut content)?;
        if more.tag == VALUE {
            put(&mut result, VALUE, more.content);
        }
    }
    Some(result)
}

fn is_entry(mut content: &[u8]) -> bool {
    let name = take_tagged(&mut content, OCTETS).filter(|name| str::from_utf8(name).is_ok());
    let attributes = take_tagged(&mut content, SEQUENCE).filter(|_| content.is_empty());
    let are_attributes = |attributes| all(attributes, SEQUENCE, is_attribute);
    name.is_some() && attributes.is_some_and(are_attributes)
}

fn is_attribute(mut content: &[u8]) -> bool {
    let name = take_tagged(&mut content, OCTETS).filter(|name| str::from_utf8(name).is_ok());
    let values = take_tagged(&mut content, SET).filter(|_| content.is_empty());
    name.is_some() && values.is_some_and(|values| all(values, OCTETS, |_| true))
}

/// Whether there is nothing but elements of this tag, and each is as it should be.
fn all(mut content: &[u8], tag: u8, is_sound: impl Fn(&[u8]) -> bool) -> bool {
    while !content.is_empty() {
        if !take_tagged(&mut content, tag).is_some_and(&is_sound) {
            return false;
        }
    }
    true
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
