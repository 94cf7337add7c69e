//! When something turns by itself, kept as the sort key of the index alone.

use serde::{Deserialize, Deserializer, Serializer, de::Error};
use tsunagu_domain::{ids::AccountId, time::Instant};

use crate::keys::{self, Key};

/// To whole seconds, so that instants sort as their texts do.
const FORM: &str = "%Y-%m-%dT%H:%M:%SZ";

pub(crate) fn text(at: Instant) -> String {
    at.format(FORM).to_string()
}

/// The place in the index of what turns at an instant.
pub(super) fn place(account: AccountId, due: Option<Instant>) -> Option<Key> {
    due.map(|due| keys::due(account, &text(due)))
}

#[expect(clippy::ref_option, reason = "serde calls it so")]
pub(super) fn serialize<S: Serializer>(
    due: &Option<Instant>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match due {
        Some(due) => serializer.serialize_some(&text(*due)),
        None => serializer.serialize_none(),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Instant>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
}
