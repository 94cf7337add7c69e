//! A table by kinds of items, those left out that have no form.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use tsunagu_domain::ids::AccountId;
use tsunagu_store::{
    Item,
    items::{
        CustomerEpisodeItem, CustomerItem, Episode, PartnerEpisodeItem, PartnerItem,
        PastCustomerItem, PastPartnerItem,
    },
    keys::{Key, attribute},
};

use super::{Ends, Findings, forms};
use crate::stored::{Attributes, Contents};

/// The items of a table, by their kind.
pub(super) struct Book<'c> {
    kinds: BTreeMap<&'c str, Vec<&'c Attributes>>,
    /// Everything, by its key.
    pub(super) contents: &'c Contents,
}

impl<'c> Book<'c> {
    /// Looks at the form of every item first: what has none is told and left out of the rest.
    pub(super) fn of(contents: &'c Contents, found: &mut Findings) -> Self {
        let mut kinds = BTreeMap::<&str, Vec<_>>::new();
        for (key, item) in &contents.items {
            let problem = forms::problem(item);
            let sound = problem.is_none();
            found.hold("form", sound, || {
                format!("{} {}: {}", key.pk, key.sk, problem.unwrap_or_default())
            });
            if sound && let Some(AttributeValue::S(entity)) = item.get(attribute::ENTITY) {
                kinds.entry(entity).or_default().push(item);
            }
        }
        Self { kinds, contents }
    }

    /// All items of a kind, in the order of their keys.
    pub(super) fn all<I: Item>(&self) -> Vec<I> {
        let items = self.kinds.get(I::ENTITY).into_iter().flatten();
        let read = |item: &&Attributes| {
            serde_dynamo::from_item((*item).clone()).expect("only what has its form is here")
        };
        items.map(read).collect()
    }

    /// One item, where it is there and of its kind.
    pub(super) fn get<I: Item>(&self, key: &Key) -> Option<I> {
        let item = self.contents.items.get(key)?;
        let AttributeValue::S(entity) = item.get(attribute::ENTITY)? else { return None };
        serde_dynamo::from_item(item.clone()).ok().filter(|_| entity == I::ENTITY)
    }

    /// Whether something stands there.
    pub(super) fn has(&self, key: &Key) -> bool {
        self.contents.items.contains_key(key)
    }

    /// Active connections on the partners' side.
    pub(super) fn customers(&self) -> BTreeMap<Ends, CustomerItem> {
        let all = self.all::<CustomerItem>().into_iter();
        all.map(|item| ((item.partner, item.customer), item)).collect()
    }

    /// Active connections on the customers' side.
    pub(super) fn partners(&self) -> BTreeMap<Ends, PartnerItem> {
        let all = self.all::<PartnerItem>().into_iter();
        all.map(|item| ((item.partner, item.customer), item)).collect()
    }

    /// Ended connections on the partners' side.
    pub(super) fn past_customers(&self) -> BTreeMap<Ends, PastCustomerItem> {
        let all = self.all::<PastCustomerItem>().into_iter();
        all.map(|item| ((item.partner, item.customer), item)).collect()
    }

    /// Ended connections on the customers' side.
    pub(super) fn past_partners(&self) -> BTreeMap<Ends, PastPartnerItem> {
        let all = self.all::<PastPartnerItem>().into_iter();
        all.map(|item| ((item.partner, item.customer), item)).collect()
    }

    /// Episodes on the partners' side, each connection's oldest first.
    pub(super) fn customer_episodes(&self) -> BTreeMap<Ends, Vec<Episode>> {
        by_ends(self.all::<CustomerEpisodeItem>().into_iter().map(|item| item.episode))
    }

    /// Episodes on the customers' side, each connection's oldest first.
    pub(super) fn partner_episodes(&self) -> BTreeMap<Ends, Vec<Episode>> {
        by_ends(self.all::<PartnerEpisodeItem>().into_iter().map(|item| item.episode))
    }

    /// Groups what belongs to an account.
    pub(super) fn by_account<I: Item>(
        &self,
        of: impl Fn(&I) -> AccountId,
    ) -> BTreeMap<AccountId, Vec<I>> {
        let mut groups = BTreeMap::<_, Vec<_>>::new();
        for item in self.all::<I>() {
            groups.entry(of(&item)).or_default().push(item);
        }
        groups
    }
}

fn by_ends(episodes: impl Iterator<Item = Episode>) -> BTreeMap<Ends, Vec<Episode>> {
    let mut groups = BTreeMap::<Ends, Vec<Episode>>::new();
    for episode in episodes {
        groups.entry((episode.partner, episode.customer)).or_default().push(episode);
    }
    groups
}
