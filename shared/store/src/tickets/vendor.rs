//! The vendor's list of the tickets of all accounts, by when they changed last.
//!
//! Their places are spread over a few partitions of an index, so that no partition takes all writes;
//! the list merges them. A cursor is the place of the last ticket, which means the same in each.

use std::collections::HashSet;

use futures::future::try_join_all;
use tsunagu_domain::{
    ids::TicketId,
    ticket::{Status, Ticket},
    time::Instant,
};

use crate::{
    Page, Place, Store,
    error::StoreError,
    item::Item,
    items::{TicketItem, TicketPlaceItem, sortable},
    keys::{self, TICKET_SHARDS},
    query::{Index, Query},
};

/// How many places a read takes of each partition where a filter may leave many out.
const FILTERED_AT_ONCE: usize = 200;
/// How many times one request reads before it answers what it has found so far.
const READS: usize = 5;

/// Which tickets the vendor's list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlacedFilter {
    /// Only those that stand there.
    pub status: Option<Status>,
    /// Only those that changed, or were commented on, at this instant or later.
    pub updated_since: Option<Instant>,
}

/// Places, and the key behind which more may follow.
type Places = (Vec<TicketPlaceItem>, Option<String>);

impl Store {
    /// A page of the tickets of all accounts, the last changed first, until 90 days after they were
    /// closed. What the index found is read again: where a filter no longer holds a ticket is left
    /// out, so a page may be short, even empty, and still not be the last.
    pub async fn all_tickets(
        &self,
        filter: &PlacedFilter,
        after: Option<Place>,
        limit: usize,
        now: Instant,
    ) -> Result<Page<Ticket>, StoreError> {
        let (places, next) = self.placed(filter, after.map(|place| place.sk), limit, now).await?;
        let wanted: Vec<_> =
            places.iter().map(|place| keys::ticket(place.account_id, place.ticket_id)).collect();
        let mut found = self.table.batch_get(&wanted).await?;
        let mut items = Vec::new();
        for key in &wanted {
            let Some(TicketItem { ticket, .. }) = found.take(key)? else { continue };
            if filter.status.is_none_or(|status| ticket.status == status) {
                items.push(ticket);
            }
        }
        Ok(Page { items, next: next.map(|sk| Place { sk, base: None }) })
    }

    /// The places of a page.
    async fn placed(
        &self,
        filter: &PlacedFilter,
        mut behind: Option<String>,
        limit: usize,
        now: Instant,
    ) -> Result<Places, StoreError> {
        // Two more than asked for: the place behind which it begins, and whether more follow.
        let at_once = if filter.status.is_some() { FILTERED_AT_ONCE } else { limit + 2 };
        let mut found = Vec::new();
        // A ticket that is just moving stands in the index at both places, or at none.
        let mut known = HashSet::<TicketId>::new();
        for _ in 0..READS {
            let (places, next) = self.merged(filter.updated_since, behind, at_once).await?;
            let shown = places.into_iter().filter(|place| filter.admits(place, now));
            found.extend(shown.filter(|place| known.insert(place.ticket_id)));
            behind = next;
            if found.len() > limit || behind.is_none() {
                break;
            }
        }
        if found.len() > limit {
            found.truncate(limit);
            behind = found.last().map(key_in_list);
        }
        Ok((found, behind))
    }

    /// What follows behind a place in all partitions together, as far as all of them were read.
    async fn merged(
        &self,
        since: Option<Instant>,
        behind: Option<String>,
        at_once: usize,
    ) -> Result<Places, StoreError> {
        // Before every instant, and behind every one.
        let from = since.map_or_else(|| "0".to_owned(), sortable);
        let to = behind.clone().unwrap_or_else(|| "~".to_owned());
        if to < from {
            return Ok((Vec::new(), None));
        }
        let partitions = (0..TICKET_SHARDS).map(|shard| {
            let partition = keys::tickets_partition(shard);
            let range = Query::between(partition, from.clone(), to.clone());
            let range = range.on(Index::Gsi2).newest_first().limit(at_once);
            self.table.query::<TicketPlaceItem>(range)
        });
        Ok(merge(try_join_all(partitions).await?, behind.as_deref()))
    }
}

/// What stands behind a place in pages of all partitions, as far as all of them were read.
fn merge(pages: Vec<Page<TicketPlaceItem>>, behind: Option<&str>) -> Places {
    // Behind the last that a partition gave there may be more of it: what another partition has
    // further behind is not next yet.
    let ends = pages.iter().filter_map(|page| page.next.as_ref().map(|next| next.sk.clone()));
    let horizon = ends.max();
    let places = pages.into_iter().flat_map(|page| page.items);
    let mut merged: Vec<_> = places.map(|place| (key_in_list(&place), place)).collect();
    merged.retain(|(key, _)| behind != Some(key) && horizon.as_ref().is_none_or(|end| end <= key));
    merged.sort_by(|(one, _), (other, _)| other.cmp(one));
    (merged.into_iter().map(|(_, place)| place).collect(), horizon)
}

impl PlacedFilter {
    fn admits(&self, place: &TicketPlaceItem, now: Instant) -> bool {
        self.status.is_none_or(|status| place.status == status)
            && place.expires_at().is_none_or(|end| now < end)
    }
}

/// Where a ticket stands in its partition of the index.
fn key_in_list(place: &TicketPlaceItem) -> String {
    place.gsi2().map_or_else(String::new, |key| key.sk)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;
    use tsunagu_domain::{ids::AccountId, ticket::Severity, visibility::Visibility};

    use super::*;

    fn place(seconds: i64) -> TicketPlaceItem {
        let begin: Instant = "2026-03-01T00:00:00Z".parse().expect("an instant");
        let updated_at = begin + TimeDelta::seconds(seconds);
        TicketPlaceItem {
            account_id: AccountId::mint(begin),
            ticket_id: TicketId::mint(begin),
            severity: Severity::Low,
            status: Status::Open,
            visibility: Visibility::Shared,
            updated_at,
        }
    }

    /// A partition as the index gives it: so many from a place on, newest first.
    fn read(
        partition: &[TicketPlaceItem],
        to: Option<&str>,
        at_once: usize,
    ) -> Page<TicketPlaceItem> {
        let mut keyed: Vec<_> =
            partition.iter().map(|one| (key_in_list(one), one.clone())).collect();
        keyed.sort_by(|(one, _), (other, _)| other.cmp(one));
        keyed.retain(|(key, _)| to.is_none_or(|to| key.as_str() <= to));
        let next =
            (keyed.len() > at_once).then(|| Place { sk: keyed[at_once - 1].0.clone(), base: None });
        let items = keyed.into_iter().take(at_once).map(|(_, place)| place).collect();
        Page { items, next }
    }

    proptest! {
        #[test]
        fn given_any_partitions_then_reading_on_gives_all_of_them_once_the_last_changed_first(
            partitions in prop::collection::vec(prop::collection::vec(0_i64..50, 0..25), 4),
            at_once in 2_usize..9,
        ) {
            let partitions: Vec<Vec<_>> =
                partitions.into_iter().map(|one| one.into_iter().map(place).collect()).collect();
            let (mut found, mut behind) = (Vec::new(), None::<String>);
            loop {
                let pages = partitions.iter().map(|one| read(one, behind.as_deref(), at_once));
                let (places, next) = merge(pages.collect(), behind.as_deref());
                found.extend(places.iter().map(key_in_list));
                behind = next;
                if behind.is_none() {
                    break;
                }
            }
            let mut expected: Vec<_> = partitions.iter().flatten().map(key_in_list).collect();
            expected.sort_by(|one, other| other.cmp(one));
            prop_assert_eq!(found, expected);
        }
    }
}
