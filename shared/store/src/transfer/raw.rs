//! Items as they are, and as lines of DynamoDB's own JSON.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use thiserror::Error;
use tsunagu_domain::time::Instant;

use crate::{
    error::StoreError,
    item::{Attributes, Item, decode, encode},
    keys::{Key, attribute},
    query::Index,
    table::key_of,
};

/// An item of any kind, as the table has it.
#[derive(Clone, PartialEq)]
pub struct RawItem {
    key: Key,
    attributes: Attributes,
}

/// A text is no item of a table of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("is no item of a table of ours in DynamoDB's JSON")]
pub struct NotAnItem;

/// Its key alone: what is debugged may be logged.
impl std::fmt::Debug for RawItem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RawItem").field(&self.key).finish_non_exhaustive()
    }
}

impl RawItem {
    pub(crate) fn new(attributes: Attributes) -> Result<Self, StoreError> {
        Ok(Self { key: key_of(&attributes, Index::Table)?, attributes })
    }

    pub(crate) fn of<I: Item>(item: &I) -> Result<Self, StoreError> {
        Ok(Self { key: item.key(), attributes: encode(item)? })
    }

    /// Where it is.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Its kind; empty where it says none.
    pub fn entity(&self) -> &str {
        self.text(attribute::ENTITY).unwrap_or_default()
    }

    /// When DynamoDB may delete it by itself, in epoch seconds.
    pub fn ttl(&self) -> Option<i64> {
        self.attributes.get(attribute::TTL)?.as_n().ok()?.parse().ok()
    }

    pub(crate) fn is_over(&self, now: Instant) -> bool {
        self.ttl().is_some_and(|ttl| ttl <= now.timestamp())
    }

    pub(crate) fn is<I: Item>(&self) -> bool {
        self.entity() == I::ENTITY
    }

    /// What it is, where it is of this kind.
    pub(crate) fn as_kind<I: Item>(&self) -> Result<Option<I>, StoreError> {
        if self.is::<I>() { decode(self.attributes.clone()).map(Some) } else { Ok(None) }
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).and_then(|value| value.as_s().ok()).map(String::as_str)
    }

    pub(crate) fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    pub(crate) fn attributes_mut(&mut self) -> &mut Attributes {
        &mut self.attributes
    }

    /// The item in DynamoDB's JSON: the same item is always the same text.
    pub fn to_json(&self) -> Value {
        map_to_json(&self.attributes)
    }

    /// The item that such a text tells.
    pub fn from_json(value: Value) -> Result<Self, NotAnItem> {
        let attributes = map_of(value)?;
        let key = key_of(&attributes, Index::Table).map_err(|_| NotAnItem)?;
        Ok(Self { key, attributes })
    }
}

fn map_to_json(map: &Attributes) -> Value {
    // In the order of their names, whatever order JSON's own maps keep.
    let sorted: BTreeMap<_, _> = map.iter().collect();
    sorted.into_iter().map(|(name, value)| (name.clone(), to_json(value))).collect()
}

fn to_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::Bool(truth) => json!({"BOOL": truth}),
        AttributeValue::B(bytes) => json!({"B": STANDARD.encode(bytes)}),
        AttributeValue::L(list) => json!({"L": list.iter().map(to_json).collect::<Vec<_>>()}),
        AttributeValue::M(map) => json!({"M": map_to_json(map)}),
        AttributeValue::Ss(texts) => json!({"SS": sorted(texts.clone())}),
        AttributeValue::Ns(numbers) => json!({"NS": sorted(numbers.clone())}),
        AttributeValue::Bs(all) => {
            json!({"BS": sorted(all.iter().map(|bytes| STANDARD.encode(bytes)).collect())})
        }
        // DynamoDB has no further type.
        _ => json!({"NULL": true}),
    }
}

/// A set has no order, and its text has one.
fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort_unstable();
    texts
}

fn map_of(value: Value) -> Result<Attributes, NotAnItem> {
    let Value::Object(map) = value else { return Err(NotAnItem) };
    map.into_iter().map(|(name, value)| Ok((name, of_json(value)?))).collect()
}

fn of_json(value: Value) -> Result<AttributeValue, NotAnItem> {
    let Value::Object(typed) = value else { return Err(NotAnItem) };
    let mut typed = typed.into_iter();
    let (Some((kind, value)), None) = (typed.next(), typed.next()) else { return Err(NotAnItem) };
    Ok(match (kind.as_str(), value) {
        ("S", Value::String(text)) => AttributeValue::S(text),
        ("N", Value::String(number)) => AttributeValue::N(number),
        ("BOOL", Value::Bool(truth)) => AttributeValue::Bool(truth),
        ("NULL", Value::Bool(truth)) => AttributeValue::Null(truth),
        ("B", Value::String(text)) => AttributeValue::B(blob(&text)?),
        ("L", Value::Array(list)) => {
            AttributeValue::L(list.into_iter().map(of_json).collect::<Result<_, _>>()?)
        }
        ("M", map) => AttributeValue::M(map_of(map)?),
        ("SS", Value::Array(list)) => AttributeValue::Ss(texts(list)?),
        ("NS", Value::Array(list)) => AttributeValue::Ns(texts(list)?),
        ("BS", Value::Array(list)) => {
            let all = texts(list)?;
            AttributeValue::Bs(all.iter().map(|text| blob(text)).collect::<Result<_, _>>()?)
        }
        _ => return Err(NotAnItem),
    })
}

fn blob(text: &str) -> Result<Blob, NotAnItem> {
    STANDARD.decode(text).map(Blob::new).map_err(|_| NotAnItem)
}

fn texts(list: Vec<Value>) -> Result<Vec<String>, NotAnItem> {
    let text = |value| if let Value::String(text) = value { Ok(text) } else { Err(NotAnItem) };
    list.into_iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_an_item_of_every_type_when_it_is_written_and_read_then_it_is_the_same() {
        let text = json!({
            "PK": {"S": "A#1"}, "SK": {"S": "名\n\u{2028}\""}, "n": {"N": "-1.50"},
            "b": {"B": "AAEC/w=="}, "t": {"BOOL": false}, "z": {"NULL": true},
            "l": {"L": [{"S": ""}, {"M": {"a": {"NS": ["1", "2"]}}}]},
            "s": {"SS": ["a", "b"]}, "bs": {"BS": ["AA==", "AQ=="]},
        });
        let item = RawItem::from_json(text.clone()).expect("an item");
        assert_eq!(item.to_json(), text);
        assert_eq!(RawItem::from_json(item.to_json()).expect("an item"), item);
        assert_eq!((item.key().pk.as_str(), item.entity(), item.ttl()), ("A#1", "", None));
    }

    #[test]
    fn given_what_is_no_item_then_it_is_refused() {
        for text in [
            json!([]),
            json!({"PK": {"S": "A#1"}}),
            json!({"PK": {"S": "A#1"}, "SK": {"N": "1"}}),
            json!({"PK": {"S": "A#1"}, "SK": {"S": "x"}, "n": {"N": 1}}),
            json!({"PK": {"S": "A#1"}, "SK": {"S": "x"}, "n": {"S": "x", "N": "1"}}),
            json!({"PK": {"S": "A#1"}, "SK": {"S": "x"}, "n": {"Q": "x"}}),
            json!({"PK": {"S": "A#1"}, "SK": {"S": "x"}, "n": {"B": "-"}}),
            json!({"PK": {"S": "A#1"}, "SK": {"S": "x"}, "n": {}}),
        ] {
            assert_eq!(RawItem::from_json(text.clone()).err(), Some(NotAnItem), "{text}");
        }
    }

    #[test]
    fn given_an_item_when_it_is_debugged_then_nothing_but_its_key_is_shown() {
        let text = json!({"PK": {"S": "A#1"}, "SK": {"S": "x"}, "token": {"S": "secret"}});
        let shown = format!("{:?}", RawItem::from_json(text).expect("an item"));
        assert!(shown.contains("A#1") && !shown.contains("secret"), "{shown}");
    }
}
