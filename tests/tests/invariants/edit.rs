//! Items of a table that was read, changed by hand.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tsunagu_domain::{ids::AccountId, time::Instant};
use tsunagu_store::keys::{Key, attribute};
use tsunagu_tests::stored::{Attributes, Contents};

/// A text as an attribute.
pub(crate) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// A number as an attribute.
pub(crate) fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn key_of(item: &Attributes) -> Key {
    let part = |name: &str| item[name].as_s().expect("keys are texts").clone();
    Key { pk: part(attribute::PK), sk: part(attribute::SK) }
}

/// Puts an item where it says.
pub(crate) fn put(contents: &mut Contents, item: Attributes) {
    contents.items.insert(key_of(&item), item);
}

/// The key of the first item of a kind of which something is so.
pub(crate) fn at(
    contents: &Contents,
    entity: &str,
    is_so: impl Fn(&Attributes) -> bool,
) -> Option<Key> {
    let kind = text(entity);
    let mut items = contents.items.iter();
    let found = items.find(|(_, it)| it.get(attribute::ENTITY) == Some(&kind) && is_so(it));
    found.map(|(key, _)| key.clone())
}

/// The same, which is there.
pub(crate) fn find(contents: &Contents, entity: &str, is_so: impl Fn(&Attributes) -> bool) -> Key {
    at(contents, entity, is_so).unwrap_or_else(|| panic!("the world has such a {entity}"))
}

/// Takes an item out.
pub(crate) fn take(
    contents: &mut Contents,
    entity: &str,
    is_so: impl Fn(&Attributes) -> bool,
) -> Attributes {
    let key = find(contents, entity, is_so);
    contents.items.remove(&key).expect("it was found")
}

/// Changes an item where it stands.
pub(crate) fn change(
    contents: &mut Contents,
    entity: &str,
    is_so: impl Fn(&Attributes) -> bool,
    how: impl Fn(&mut Attributes),
) {
    let key = find(contents, entity, is_so);
    how(contents.items.get_mut(&key).expect("it was found"));
}

/// A second item, made of the first; wherever one text stood, another stands.
pub(crate) fn copy(
    contents: &mut Contents,
    entity: &str,
    is_so: impl Fn(&Attributes) -> bool,
    from: &str,
    to: &str,
) {
    let key = find(contents, entity, is_so);
    let mut copied = contents.items[&key].clone();
    for value in copied.values_mut() {
        replace(value, from, to);
    }
    assert_ne!(key_of(&copied), key, "it is another one");
    put(contents, copied);
}

/// Puts one text in place of another, however deep it stands.
pub(crate) fn replace(value: &mut AttributeValue, from: &str, to: &str) {
    match value {
        AttributeValue::S(text) => *text = text.replace(from, to),
        AttributeValue::M(map) => {
            for value in map.values_mut() {
                replace(value, from, to);
            }
        }
        AttributeValue::L(list) => {
            for value in list {
                replace(value, from, to);
            }
        }
        _ => {}
    }
}

/// A field of a map.
pub(crate) fn inner<'i>(item: &'i mut Attributes, field: &str) -> &'i mut Attributes {
    match item.get_mut(field) {
        Some(AttributeValue::M(map)) => map,
        other => panic!("{field} is no map: {other:?}"),
    }
}

/// Whether an attribute is a text with this in it.
pub(crate) fn says(item: &Attributes, name: &str, part: &str) -> bool {
    matches!(item.get(name), Some(AttributeValue::S(text)) if text.contains(part))
}

/// An item of these attributes.
pub(crate) fn item(attributes: &Value) -> Attributes {
    serde_dynamo::to_item(attributes).expect("it is a map")
}

/// The place of a session.
pub(crate) fn place_item(key: &Key, provider: AccountId, until: Instant) -> Attributes {
    item(&json!({
        "PK": key.pk, "SK": key.sk, "provider": provider.to_string(),
        "until": until.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
        "ttl": until.timestamp(), "entity": "session-place", "v": 1,
    }))
}
