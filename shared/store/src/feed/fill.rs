//! Bringing a new partner what is there already.

use tsunagu_domain::{
    ids::{AccountId, NotificationId},
    time::Instant,
    visibility::Visibility,
};

use super::{
    PAGE,
    carry::{Connected, in_parallel},
};
use crate::{
    Place, Store,
    error::StoreError,
    items::{
        CustomerEpisodeItem, DismissedForAllItem, DismissedForCustomerItem, NotificationItem,
        PartnerItem, TicketItem, TicketPlaceItem,
    },
    keys::{self, prefix},
    query::Query,
};

/// How many tickets are read together: each may say much.
const TICKETS: usize = 50;

impl Store {
    /// Brings a page of the notifications that are kept; gives the place behind them.
    pub(super) async fn fill_notifications(
        &self,
        partner: AccountId,
        customer: AccountId,
        episode: u32,
        after: Option<Place>,
        now: Instant,
    ) -> Result<Option<Place>, StoreError> {
        let Some(to) = self.still_connected(partner, customer, episode).await? else {
            return Ok(None);
        };
        let from = keys::notification(customer, NotificationId::oldest_kept(now)).sk;
        // What is kept may have shrunk since the page before: DynamoDB refuses to go on at a place
        // outside of the range.
        if after.as_ref().is_some_and(|place| place.sk <= from) {
            return Ok(None);
        }
        let partition = keys::account_partition(customer);
        let range = Query::between(partition, from, keys::end_of(prefix::NOTIFICATIONS));
        let query = range.newest_first().after(after).limit(PAGE);
        let page = self.table.query::<NotificationItem>(query).await?;
        let dismissed = self.dismissed_before(to).await?;
        let shared = page.items.iter().map(|item| &item.notification);
        let shared = shared.filter(|notification| notification.visibility == Visibility::Shared);
        let copied = shared.map(|notification| {
            let is_dismissed = dismissed >= Some(notification.notification_id);
            self.copy_notification(to, notification, is_dismissed)
        });
        in_parallel(copied.collect()).await?;
        Ok(page.next)
    }

    /// Brings a page of the tickets that are open; gives the place behind them.
    pub(super) async fn fill_tickets(
        &self,
        partner: AccountId,
        customer: AccountId,
        episode: u32,
        after: Option<Place>,
    ) -> Result<Option<Place>, StoreError> {
        let Some(to) = self.still_connected(partner, customer, episode).await? else {
            return Ok(None);
        };
        let partition = keys::account_partition(customer);
        let query = Query::prefix(partition, prefix::OPEN_TICKETS).after(after).limit(TICKETS);
        let page = self.table.query::<TicketPlaceItem>(query).await?;
        let shared = page.items.into_iter().filter(|it| it.visibility == Visibility::Shared);
        let keys: Vec<_> = shared.map(|it| keys::ticket(customer, it.ticket_id)).collect();
        let mut found = self.table.batch_get(&keys).await?;
        let tickets = keys.iter().map(|key| found.take::<TicketItem>(key));
        let tickets: Vec<_> = tickets.collect::<Result<_, _>>()?;
        let carried = tickets.into_iter().flatten().map(|ticket| self.carry_to(to, ticket));
        in_parallel(carried.collect()).await?;
        Ok(page.next)
    }

    /// The partner, unless the episode has ended meanwhile.
    async fn still_connected(
        &self,
        partner: AccountId,
        customer: AccountId,
        episode: u32,
    ) -> Result<Option<Connected>, StoreError> {
        let item = self.table.get::<PartnerItem>(keys::partner(customer, partner)).await?;
        Ok(item.filter(|item| item.episode == episode).map(Connected::from))
    }

    /// The last notification of a customer that its partner dismissed together with everything before
    /// it, for this customer or, in an earlier episode, for all.
    pub(super) async fn dismissed_before(
        &self,
        to: Connected,
    ) -> Result<Option<NotificationId>, StoreError> {
        let Connected { partner, customer, episode, .. } = to;
        let (of_customer, of_all) = futures::try_join!(
            self.table
                .get::<DismissedForCustomerItem>(keys::dismissed_for_customer(partner, customer)),
            self.table.get::<DismissedForAllItem>(keys::dismissed_for_all(partner)),
        )?;
        let of_customer = of_customer.map(|mark| mark.up_to);
        let Some(of_all) = of_all.filter(|_| episode > 1) else { return Ok(of_customer) };
        let partition = keys::account_partition(partner);
        let query = Query::prefix(partition, keys::customer_episodes(customer));
        let episodes = self.table.query_all::<CustomerEpisodeItem>(query).await?;
        let earlier = episodes.into_iter().filter_map(|CustomerEpisodeItem { episode: past }| {
            of_all.marks.up_to_within(past.connected_at, past.ended_at?)
        });
        Ok(earlier.chain(of_customer).max())
    }
}
