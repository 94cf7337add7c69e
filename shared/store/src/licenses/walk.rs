//! Walking over something that is spread over several partitions, a page at a time.

use std::collections::VecDeque;

use crate::{
    Page, Place,
    error::StoreError,
    item::{Attributes, Item},
    keys::attribute,
};
use tsunagu_domain::ids::AccountId;

/// How far a walk came.
#[derive(Clone, Debug)]
pub struct Walk {
    shards: VecDeque<u8>,
    after: Option<Place>,
}

/// Something that does not read back as what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Whose it is, where even that can be told.
    pub account: Option<AccountId>,
    /// Where it is and what is the matter.
    pub cause: String,
}

impl Walk {
    /// A walk over so many shards that begins with one of them. Where walks are cut off again and
    /// again, beginning elsewhere each time brings all to their turn.
    pub(super) fn new(shards: u8, beginning: u64) -> Self {
        let mut all: VecDeque<u8> = (0..shards).collect();
        let first = beginning % u64::from(shards.max(1));
        all.rotate_left(usize::try_from(first).unwrap_or_default());
        Self { shards: all, after: None }
    }

    /// The shard to read next, and behind what; `None` where all are read.
    pub(super) fn next(&self) -> Option<(u8, Option<Place>)> {
        Some((*self.shards.front()?, self.after.clone()))
    }

    /// A page was read: gives what is in it. One item that cannot be read hides no other.
    pub(super) fn advance<T>(
        &mut self,
        page: Page<Attributes>,
        read: impl Fn(Attributes) -> Result<T, StoreError>,
        account: impl Fn(&Attributes) -> Option<AccountId>,
    ) -> Vec<Result<T, Unreadable>> {
        self.after = page.next;
        if self.after.is_none() {
            self.shards.pop_front();
        }
        let read_one = |attributes: Attributes| {
            let (account, place) = (account(&attributes), place(&attributes));
            read(attributes)
                .map_err(|error| Unreadable { account, cause: format!("{place}: {error}") })
        };
        page.items.into_iter().map(read_one).collect()
    }
}

fn place(attributes: &Attributes) -> String {
    let text = |name| attributes.get(name).and_then(|value| value.as_s().ok()).map_or("", |v| v);
    format!("{} {}", text(attribute::PK), text(attribute::SK))
}

/// One of two kinds of items.
pub(super) fn is<I: Item>(attributes: &Attributes) -> bool {
    let entity = attributes.get(attribute::ENTITY).and_then(|value| value.as_s().ok());
    entity.is_some_and(|entity| entity == I::ENTITY)
}
