//! JSON read strictly: keys that stand twice are found, and nesting has an end.
//!
//! Two readers of one body must not come to two meanings: which of two equal keys counts is
//! nowhere fixed (RFC 8259, section 4), so a body that has them is refused.

use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::input::escape;

/// How deeply arrays and objects may stand in one another; nothing that we take needs half of it.
const MAX_DEPTH: usize = 16;

/// A document, and the pointers of all keys that stand twice.
#[derive(Debug, PartialEq)]
pub(crate) struct Document {
    pub(crate) value: Value,
    pub(crate) duplicates: Vec<String>,
}

/// Reads one whole document.
pub(crate) fn read(bytes: &[u8]) -> Result<Document, serde_json::Error> {
    let mut duplicates = Vec::new();
    let mut input = serde_json::Deserializer::from_slice(bytes);
    let place = Place { pointer: String::new(), depth: 0, duplicates: &mut duplicates };
    let value = place.deserialize(&mut input)?;
    input.end()?;
    Ok(Document { value, duplicates })
}

struct Place<'a> {
    pointer: String,
    depth: usize,
    duplicates: &'a mut Vec<String>,
}

impl Place<'_> {
    fn inside(&mut self, token: &str) -> Place<'_> {
        Place {
            pointer: format!("{}/{token}", self.pointer),
            depth: self.depth + 1,
            duplicates: self.duplicates,
        }
    }

    fn check_depth<E: Error>(&self) -> Result<(), E> {
        if self.depth < MAX_DEPTH { Ok(()) } else { Err(E::custom("nested too deeply")) }
    }
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, input: D) -> Result<Value, D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("number out of range"))?;
        Ok(number.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut array = Vec::new();
        while let Some(element) =
            elements.next_element_seed(self.inside(&array.len().to_string()))?
        {
            array.push(element);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let token = escape(&key);
            let value = entries.next_value_seed(self.inside(&token))?;
            if object.insert(key, value).is_some() {
                self.duplicates.push(format!("{}/{token}", self.pointer));
            }
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[test]
    fn given_any_kind_of_value_when_read_then_it_is_the_same() {
        let document = json!({"a": [1, -2, 0.5, "x", true, null], "b": {"c~/": {}}});
        let read = read(document.to_string().as_bytes()).expect("well-formed");
        assert_eq!(read, Document { value: document, duplicates: vec![] });
    }

    #[rstest]
    #[case(r#"{"a":1,"a":1}"#, &["/a"])]
    #[case(r#"{"a":{"b/c":1,"b/c":2}}"#, &["/a/b~1c"])]
    #[case(r#"[{"a":1},{"a":1,"b":2,"a":3,"b":4}]"#, &["/1/a", "/1/b"])]
    #[case(r#"{"a":1,"\u0061":2}"#, &["/a"])]
    #[case(r#"[{"a":1},{"a":1}]"#, &[])]
    fn given_equal_keys_in_one_object_when_read_then_each_is_pointed_at(
        #[case] text: &str,
        #[case] expected: &[&str],
    ) {
        assert_eq!(read(text.as_bytes()).expect("well-formed").duplicates, expected);
    }

    #[rstest]
    #[case::two_documents("{} {}")]
    #[case::nothing("")]
    #[case::comma("[1,]")]
    #[case::huge_number("1e999")]
    #[case::lone_surrogate(r#""\ud800""#)]
    #[case::control_character("\"a\u{1}\"")]
    fn given_what_is_not_json_when_read_then_it_is_refused(#[case] text: &str) {
        assert!(read(text.as_bytes()).is_err());
    }

    #[test]
    fn given_deep_nesting_when_read_then_it_ends_at_the_limit() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert!(read(nested(MAX_DEPTH + 1).as_bytes()).is_err());
        assert!(read(nested(100_000).as_bytes()).is_err());
    }
}
