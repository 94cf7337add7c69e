//! Taking a customer out of a feed whose connection has ended.

use tsunagu_domain::ids::AccountId;

use super::{PAGE, carry::in_parallel};
use crate::{
    Place, Store,
    condition::Condition,
    error::StoreError,
    item::Item,
    items::{FeedNotificationItem, FeedTicketItem},
    keys::{self, Key, prefix},
    query::Query,
};

impl Store {
    /// Deletes a page of what was copied for an episode that has ended; gives the place behind it.
    /// What the partner dismissed stays: connected again, it is dismissed still.
    pub(super) async fn clear_feed(
        &self,
        partner: AccountId,
        customer: AccountId,
        episode: u32,
        after: Option<Place>,
    ) -> Result<Option<Place>, StoreError> {
        let partition = keys::customer_feed_partition(partner, customer);
        // Notifications stand before tickets: the place says by itself which are next.
        let is_tickets = after.as_ref().is_some_and(|place| place.sk.as_str() >= prefix::TICKETS);
        if is_tickets {
            let query = Query::prefix(partition, prefix::TICKETS);
            // The place before the first ticket is none of an item, where the range begins anyway.
            let query = query.after(after.filter(|place| place.sk != prefix::TICKETS)).limit(PAGE);
            let page = self.table.query::<FeedTicketItem>(query).await?;
            let gone = page.items.iter().map(|item| self.remove_entry(item.key(), episode));
            in_parallel(gone.collect()).await?;
            return Ok(page.next);
        }
        let query =
            Query::prefix(partition.clone(), prefix::NOTIFICATIONS).after(after).limit(PAGE);
        let page = self.table.query::<FeedNotificationItem>(query).await?;
        let active = page.items.iter().filter(|item| item.dismissed_at.is_none());
        in_parallel(active.map(|item| self.remove_entry(item.key(), episode)).collect()).await?;
        let tickets = || Place::at(Key { pk: partition, sk: prefix::TICKETS.to_owned() });
        Ok(Some(page.next.unwrap_or_else(tickets)))
    }

    /// Deletes an entry of an episode or of one before, unless it has been dismissed.
    async fn remove_entry(&self, key: Key, episode: u32) -> Result<(), StoreError> {
        let of_the_past =
            Condition::present().and_compare("ep", "<=", episode)?.and_missing("dismissedAt");
        self.table.delete(key, of_the_past).await.map(|_| ())
    }
}
