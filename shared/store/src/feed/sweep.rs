//! Dismissing, entry by entry, what a mark covers already.
//!
//! Readers go by the mark. Swept, what it covers costs them nothing any more, and stays dismissed
//! whatever becomes of the connection.

use std::collections::{BTreeSet, HashMap};

use tsunagu_domain::{
    ids::{AccountId, NotificationId},
    time::Instant,
};

use super::{Mark, PAGE, carry::in_parallel};
use crate::{
    Page, Place, Store,
    condition::Condition,
    error::StoreError,
    items::{CustomerItem, FeedNotificationItem},
    keys::{self, prefix},
    query::{Index, Query},
};

impl Store {
    /// Sweeps a page of what a mark covers of all customers; gives the place behind it.
    pub(super) async fn sweep(
        &self,
        partner: AccountId,
        mark: Mark,
        after: Option<Place>,
    ) -> Result<Option<Place>, StoreError> {
        let query = up_to(keys::feed_partition(partner), mark.up_to).on(Index::Gsi1);
        let page = self.entries(query, after).await?;
        let customers = page.items.iter().map(|entry| entry.customer).collect();
        let connected = self.connections(partner, customers).await?;
        let covered = page.items.iter().filter(|entry| {
            let customer = connected.get(&entry.customer);
            customer.is_some_and(|customer| {
                customer.episode == entry.episode && customer.connected_at <= mark.at
            })
        });
        in_parallel(covered.map(|entry| self.dismiss_entry(entry, mark.at)).collect()).await?;
        Ok(page.next)
    }

    /// Sweeps a page of what a mark covers of one customer; gives the place behind it.
    pub(super) async fn sweep_customer(
        &self,
        partner: AccountId,
        customer: AccountId,
        mark: Mark,
        after: Option<Place>,
    ) -> Result<Option<Place>, StoreError> {
        let query = up_to(keys::customer_feed_partition(partner, customer), mark.up_to);
        let page = self.entries(query, after).await?;
        in_parallel(page.items.iter().map(|entry| self.dismiss_entry(entry, mark.at)).collect())
            .await?;
        Ok(page.next)
    }

    async fn entries(
        &self,
        query: Query,
        after: Option<Place>,
    ) -> Result<Page<FeedNotificationItem>, StoreError> {
        self.table.query(query.after(after).limit(PAGE)).await
    }

    /// Dismisses an entry of this episode, unless it is dismissed already.
    async fn dismiss_entry(
        &self,
        entry: &FeedNotificationItem,
        at: Instant,
    ) -> Result<(), StoreError> {
        if entry.dismissed_at.is_some() {
            return Ok(());
        }
        let (key, update) = entry.dismissing(at)?;
        let same = Condition::present().and_equals("ep", entry.episode)?.and_missing("dismissedAt");
        self.table.update(key, update, same).await.map(|_| ())
    }

    /// The connections of a partner with some accounts, as far as they stand.
    pub(super) async fn connections(
        &self,
        partner: AccountId,
        customers: BTreeSet<AccountId>,
    ) -> Result<HashMap<AccountId, CustomerItem>, StoreError> {
        let wanted = customers.iter().map(|customer| keys::customer(partner, *customer));
        let wanted: Vec<_> = wanted.collect();
        let mut found = self.table.batch_get(&wanted).await?;
        let mut connections = HashMap::new();
        for (customer, key) in customers.iter().zip(&wanted) {
            if let Some(item) = found.take::<CustomerItem>(key)? {
                connections.insert(*customer, item);
            }
        }
        Ok(connections)
    }
}

/// The notifications of a partition up to one, it included.
fn up_to(partition: String, last: NotificationId) -> Query {
    let first = prefix::NOTIFICATIONS.to_owned();
    Query::between(partition, first, format!("{}{last}", prefix::NOTIFICATIONS))
}
