//! Finding an entry of a feed by the notification alone, and whether its partner may see it.

use futures::{StreamExt, TryStreamExt, stream};
use tsunagu_domain::{
    ids::{AccountId, NotificationId},
    share::Share,
    time::Instant,
};

use super::{AT_ONCE, Marks};
use crate::{
    Store,
    error::StoreError,
    items::{CustomerItem, DismissedForAllItem, FeedEntry, FeedNotificationItem},
    keys::{self, prefix},
    query::{Index, Query},
};

impl CustomerItem {
    /// Whether the partner may see an entry at all: of this episode, of what is shared, of an account
    /// that is not suspended.
    pub(super) fn admits<E: FeedEntry>(&self, entry: &E) -> bool {
        self.episode == entry.episode() && self.shares.contains(E::SHARE) && !self.suspended
    }

    /// Whether an entry is neither of another episode nor dismissed.
    pub(super) fn shows(&self, entry: &FeedNotificationItem, marks: &Marks) -> bool {
        self.episode == entry.episode
            && entry.dismissed_at.is_none()
            && self.dismissed_behind(marks) < Some(entry.notification_id)
    }

    /// The last notification that the partner dismissed together with all before it, of this customer
    /// or of all that it had: lists and counts of the customer begin behind it.
    pub(super) fn dismissed_behind(&self, marks: &Marks) -> Option<NotificationId> {
        self.dismissed_up_to.max(marks.reach(self.connected_at))
    }
}

impl Store {
    pub(super) async fn marks_of(&self, partner: AccountId) -> Result<Marks, StoreError> {
        let key = keys::dismissed_for_all(partner);
        let item = self.table.get::<DismissedForAllItem>(key).await?;
        Ok(item.map(|item| item.marks).unwrap_or_default())
    }

    /// The entries of some notifications that a partner may see, dismissed or not, in their order;
    /// `None` for one that it may not see, or that there is not.
    pub(super) async fn find_entries(
        &self,
        partner: AccountId,
        ids: &[NotificationId],
        now: Instant,
    ) -> Result<Vec<Option<FeedNotificationItem>>, StoreError> {
        let places = ids.iter().map(|id| self.find_customer(partner, *id, now));
        // Collected, as a stream over borrowed ids is not `Send` for every lifetime.
        let places: Vec<_> = places.collect();
        let customers: Vec<_> = stream::iter(places).buffered(AT_ONCE).try_collect().await?;
        let connected =
            self.connections(partner, customers.iter().flatten().copied().collect()).await?;
        let keys = ids.iter().zip(&customers).filter_map(|(id, customer)| {
            customer.map(|customer| keys::feed_notification(partner, customer, *id))
        });
        let mut found = self.table.batch_get(&keys.collect::<Vec<_>>()).await?;
        let mut entries = Vec::new();
        for (id, customer) in ids.iter().zip(customers) {
            let Some(customer) = customer else {
                entries.push(None);
                continue;
            };
            let key = keys::feed_notification(partner, customer, *id);
            let entry = found.take::<FeedNotificationItem>(&key)?;
            let sees = |entry: &FeedNotificationItem| {
                connected.get(&customer).is_some_and(|customer| match entry.dismissed_at {
                    // Dismissed before the connection ended and began anew: it is no secret.
                    Some(_) => {
                        customer.shares.contains(Share::Notifications) && !customer.suspended
                    }
                    None => customer.admits(entry),
                })
            };
            entries.push(entry.filter(sees));
        }
        Ok(entries)
    }

    /// Whose notification an entry of the feed is.
    async fn find_customer(
        &self,
        partner: AccountId,
        id: NotificationId,
        now: Instant,
    ) -> Result<Option<AccountId>, StoreError> {
        if !id.is_kept(now) {
            return Ok(None);
        }
        let sk = format!("{}{id}", prefix::NOTIFICATIONS);
        for partition in [keys::feed_partition(partner), keys::dismissed_feed_partition(partner)] {
            let query = Query::prefix(partition, sk.clone()).on(Index::Gsi1).limit(1);
            let page = self.table.query::<FeedNotificationItem>(query).await?;
            if let Some(entry) = page.items.first() {
                return Ok(Some(entry.customer));
            }
        }
        Ok(None)
    }
}
