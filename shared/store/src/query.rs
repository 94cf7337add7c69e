//! Queries over one partition, and their pages.

use serde::{Deserialize, Serialize};

use crate::keys::{Key, attribute};

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items, in the order of their sort keys.
    pub items: Vec<T>,
    /// The place behind which the next page begins; `None` at the end.
    pub next: Option<Place>,
}

/// A place in a list, kept in cursors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The sort key of the item there.
    pub(crate) sk: String,
    /// Its key in the table, where the list is that of an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) base: Option<Key>,
}

impl Place {
    /// The place of a key in the table.
    pub(crate) fn at(key: Key) -> Self {
        Self { sk: key.sk, base: None }
    }
}

impl<T> Page<T> {
    pub(crate) fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}

/// Which index a query asks; indexes answer with what was true a moment ago.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Index {
    Table,
    Gsi1,
    Gsi2,
}

impl Index {
    pub(crate) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Table => None,
            Self::Gsi1 => Some("GSI1"),
            Self::Gsi2 => Some("GSI2"),
        }
    }

    pub(crate) const fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::Table => (attribute::PK, attribute::SK),
            Self::Gsi1 => (attribute::GSI1PK, attribute::GSI1SK),
            Self::Gsi2 => (attribute::GSI2PK, attribute::GSI2SK),
        }
    }
}

/// A range of one partition.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) index: Index,
    pub(crate) partition: String,
    pub(crate) range: Range,
    /// Go on behind this place.
    pub(crate) after: Option<Place>,
    pub(crate) limit: Option<i32>,
    pub(crate) descending: bool,
}

/// Which sort keys.
#[derive(Clone, Debug)]
pub(crate) enum Range {
    /// The whole partition. An empty prefix would be refused: a key's value is never empty.
    All,
    Prefix(String),
    /// Both ends included.
    Between(String, String),
}

impl Query {
    pub(crate) fn whole(partition: String) -> Self {
        Self {
            index: Index::Table,
            partition,
            range: Range::All,
            after: None,
            limit: None,
            descending: false,
        }
    }

    pub(crate) fn prefix(partition: String, prefix: impl Into<String>) -> Self {
        Self { range: Range::Prefix(prefix.into()), ..Self::whole(partition) }
    }

    pub(crate) fn between(partition: String, from: String, to: String) -> Self {
        Self { range: Range::Between(from, to), ..Self::whole(partition) }
    }

    pub(crate) fn on(self, index: Index) -> Self {
        Self { index, ..self }
    }

    pub(crate) fn after(self, after: Option<Place>) -> Self {
        Self { after, ..self }
    }

    pub(crate) fn limit(self, limit: usize) -> Self {
        Self { limit: i32::try_from(limit).ok(), ..self }
    }

    pub(crate) fn newest_first(self) -> Self {
        Self { descending: true, ..self }
    }
}
