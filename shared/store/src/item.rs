//! How items become attributes and back.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Serialize, de::DeserializeOwned};
use tsunagu_domain::time::Instant;

use crate::{
    error::StoreError,
    keys::{Key, attribute},
};

/// An item's attributes, as DynamoDB takes and gives them.
pub(crate) type Attributes = HashMap<String, AttributeValue>;

/// A kind of item. Each type computes all its keys from the whole entity, so that none can be
/// written half-indexed; an index key of `None` keeps the item out of that index.
pub trait Item: Serialize + DeserializeOwned {
    /// The kind, as it stands in `entity`.
    const ENTITY: &'static str;
    /// The version of its form, as it stands in `v`.
    const VERSION: u32 = 1;

    /// Where the item is.
    fn key(&self) -> Key;

    /// Its place in the first index.
    fn gsi1(&self) -> Option<Key> {
        None
    }

    /// Its place in the second index.
    fn gsi2(&self) -> Option<Key> {
        None
    }

    /// When it no longer counts. DynamoDB deletes later than that: readers compare with the clock.
    fn expires_at(&self) -> Option<Instant> {
        None
    }
}

pub(crate) fn encode<I: Item>(item: &I) -> Result<Attributes, StoreError> {
    let mut attributes: Attributes =
        serde_dynamo::to_item(item).map_err(|error| StoreError::Internal(error.to_string()))?;
    attributes.extend(key_attributes(item.key(), attribute::PK, attribute::SK));
    if let Some(key) = item.gsi1() {
        attributes.extend(key_attributes(key, attribute::GSI1PK, attribute::GSI1SK));
    }
    if let Some(key) = item.gsi2() {
        attributes.extend(key_attributes(key, attribute::GSI2PK, attribute::GSI2SK));
    }
    if let Some(at) = item.expires_at() {
        attributes.insert(attribute::TTL.to_owned(), number(at.timestamp()));
    }
    attributes.insert(attribute::ENTITY.to_owned(), AttributeValue::S(I::ENTITY.to_owned()));
    attributes.insert(attribute::VERSION.to_owned(), number(I::VERSION));
    Ok(attributes)
}

pub(crate) fn decode<I: Item>(attributes: Attributes) -> Result<I, StoreError> {
    let text = |name: &str| attributes.get(name).and_then(|value| value.as_s().ok()).cloned();
    if text(attribute::ENTITY).as_deref() != Some(I::ENTITY) {
        return Err(StoreError::corrupt(format_args!("{} expected", I::ENTITY)));
    }
    let version = attributes.get(attribute::VERSION).and_then(|value| value.as_n().ok());
    if version.and_then(|version| version.parse().ok()).is_none_or(|v: u32| v > I::VERSION) {
        return Err(StoreError::corrupt(format_args!("unknown version of {}", I::ENTITY)));
    }
    serde_dynamo::from_item(attributes)
        .map_err(|error| StoreError::corrupt(format_args!("{}: {error}", I::ENTITY)))
}

#[expect(clippy::needless_pass_by_value, reason = "numbers are copied, not borrowed")]
pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(crate) fn primary_key(key: Key) -> Attributes {
    key_attributes(key, attribute::PK, attribute::SK).into()
}

fn key_attributes(key: Key, pk: &str, sk: &str) -> [(String, AttributeValue); 2] {
    [(pk.to_owned(), AttributeValue::S(key.pk)), (sk.to_owned(), AttributeValue::S(key.sk))]
}
