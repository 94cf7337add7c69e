//! Bringing what happens in an account to the feeds of its partners.

use futures::{StreamExt, TryStreamExt, stream};
use tsunagu_domain::{
    ids::{AccountId, NotificationId, TicketId},
    notification::Notification,
    time::Instant,
    visibility::Visibility,
};

use super::{AT_ONCE, PAGE};
use crate::{
    Page, Place, Store,
    condition::{Condition, Update},
    error::StoreError,
    item::Item,
    items::{
        FeedNotificationItem, FeedTicketItem, NotificationItem, PartnerItem, TicketItem,
        TicketPlaceItem,
    },
    keys::{self, prefix},
    query::Query,
    settle::Attempt,
    table::waits,
    transaction::{Outcome, Transaction},
};

/// From how many partners a ticket is taken in the transaction that hides it: DynamoDB takes 100
/// actions, and the ticket, its comment, its answer and the trails are some of them.
const HIDDEN_AT_ONCE: usize = 80;

/// A partner as it is connected now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connected {
    pub(super) partner: AccountId,
    pub(super) customer: AccountId,
    pub(super) episode: u32,
    /// When the episode began.
    pub(super) since: Instant,
}

impl From<PartnerItem> for Connected {
    fn from(item: PartnerItem) -> Self {
        let PartnerItem { partner, customer, episode, connected_at, .. } = item;
        Self { partner, customer, episode, since: connected_at }
    }
}

impl Connected {
    /// Holds while the connection stands in this episode.
    fn stands(&self) -> Result<Condition, StoreError> {
        Condition::present().and_equals("ep", self.episode)
    }
}

impl Store {
    /// Brings a notification to a page of the account's partners; gives the place behind them.
    pub(super) async fn tell_partners(
        &self,
        customer: AccountId,
        notification: NotificationId,
        after: Option<Place>,
    ) -> Result<Option<Place>, StoreError> {
        let key = keys::notification(customer, notification);
        let Some(item) = self.table.get::<NotificationItem>(key).await? else { return Ok(None) };
        if item.notification.visibility != Visibility::Shared {
            return Ok(None);
        }
        let page = self.connected_partners(customer, after, PAGE).await?;
        let told = page.items.into_iter().map(|to| self.tell(to, &item.notification));
        in_parallel(told.collect()).await?;
        Ok(page.next)
    }

    async fn tell(&self, to: Connected, notification: &Notification) -> Result<(), StoreError> {
        let id = notification.notification_id;
        // Told again after the connection ended and began anew, what was dismissed stays so.
        let is_older = id.minted_at() <= to.since;
        let dismissed = is_older && self.dismissed_before(to).await? >= Some(id);
        self.copy_notification(to, notification, dismissed).await
    }

    /// Copies a notification to a partner unless it has it, or the connection is another one by now.
    pub(super) async fn copy_notification(
        &self,
        to: Connected,
        notification: &Notification,
        dismissed: bool,
    ) -> Result<(), StoreError> {
        let Connected { partner, customer, episode, since } = to;
        let item = FeedNotificationItem {
            partner,
            customer,
            notification_id: notification.notification_id,
            episode,
            severity: notification.severity,
            notification: (!dismissed)
                .then(|| FeedNotificationItem::told_to(partner, notification)),
            dismissed_at: dismissed.then_some(since),
        };
        // What is left of an earlier episode is replaced, and what the partner dismissed is not.
        let is_not_dismissed = Condition::present().and_missing("dismissedAt");
        let replaces = if dismissed {
            is_not_dismissed
        } else {
            is_not_dismissed.and_compare("ep", "<", episode)?
        };
        let mut transaction = Transaction::default();
        transaction.put(&item, &replaces.or_absent())?;
        transaction.check(keys::customer(partner, customer), &to.stands()?);
        // Refused: it is there, it is dismissed, or nobody is there any more who could read it.
        self.table.transact(transaction).await.map(|_| ())
    }

    /// Brings a ticket as it is now to a page of the account's partners, or takes it away from them
    /// where it is for the account alone; gives the place behind them.
    pub(super) async fn carry_ticket(
        &self,
        customer: AccountId,
        ticket: TicketId,
        after: Option<Place>,
    ) -> Result<Option<Place>, StoreError> {
        let Some(item) = self.table.get::<TicketItem>(keys::ticket(customer, ticket)).await? else {
            return Ok(None);
        };
        let page = self.connected_partners(customer, after, PAGE).await?;
        let carried = page.items.into_iter().map(|to| self.carry_to(to, item.clone()));
        in_parallel(carried.collect()).await?;
        Ok(page.next)
    }

    /// Takes a ticket out of the feeds of partners in the very transaction that hides it, as far as it
    /// has room; gives the place behind them. Whoever is about to copy it as it was before is refused by
    /// the ticket itself.
    pub(crate) async fn hide_with(
        &self,
        transaction: &mut Transaction,
        customer: AccountId,
        ticket: TicketId,
    ) -> Result<Option<Place>, StoreError> {
        let page = self.connected_partners(customer, None, HIDDEN_AT_ONCE).await?;
        for to in page.items {
            let entry = keys::feed_ticket(to.partner, customer, ticket);
            transaction.delete(entry, &Condition::none());
        }
        Ok(page.next)
    }

    /// Takes a ticket out of the feeds of the partners behind a place, before it is said that they no
    /// longer see it.
    pub(crate) async fn hide_ticket(
        &self,
        customer: AccountId,
        ticket: TicketId,
        mut after: Option<Place>,
    ) -> Result<(), StoreError> {
        loop {
            let page = self.connected_partners(customer, after, PAGE).await?;
            let hidden = page.items.into_iter().map(|to| self.hide_from(to, ticket));
            in_parallel(hidden.collect()).await?;
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Takes a ticket away from a partner, unless it is shared again by now.
    async fn hide_from(&self, to: Connected, ticket: TicketId) -> Result<(), StoreError> {
        let Connected { partner, customer, .. } = to;
        let hidden = Condition::present().and_equals("visibility", Visibility::Account)?;
        let mut transaction = Transaction::default();
        transaction.check(keys::ticket(customer, ticket), &hidden);
        transaction.delete(keys::feed_ticket(partner, customer, ticket), &Condition::none());
        self.table.transact(transaction).await.map(|_| ())
    }

    /// Brings a ticket to a partner as it was read, and reads it again where it has changed since.
    pub(super) async fn carry_to(
        &self,
        to: Connected,
        mut item: TicketItem,
    ) -> Result<(), StoreError> {
        for wait in waits() {
            if let Attempt::Done(()) = self.carry_once(to, &item).await? {
                return Ok(());
            }
            tokio::time::sleep(wait).await;
            let Some(newer) = self.table.get::<TicketItem>(item.key()).await? else {
                return Ok(());
            };
            item = newer;
        }
        Err(StoreError::Unavailable("a ticket changed again and again".to_owned()))
    }

    async fn carry_once(
        &self,
        to: Connected,
        item: &TicketItem,
    ) -> Result<Attempt<()>, StoreError> {
        let Connected { partner, customer, episode, since } = to;
        let id = item.ticket.ticket_id;
        let mut transaction = Transaction::default();
        let unchanged = Condition::present().and_equals("written", item.written)?;
        let source = transaction.check(item.key(), &unchanged);
        match item.ticket.seen_by(partner) {
            // Its record may come long after the ticket was over and the connection began.
            Some(ticket) if !ticket.concerns(since) => return Ok(Attempt::Done(())),
            Some(ticket) => {
                let entry = FeedTicketItem::new(partner, episode, ticket);
                transaction.put(&entry, &Condition::none())?;
                transaction.check(keys::customer(partner, customer), &to.stands()?);
            }
            None => {
                let entry = keys::feed_ticket(partner, customer, id);
                transaction.delete(entry, &Condition::none());
            }
        }
        Ok(match self.table.transact(transaction).await? {
            Outcome::Refused(failed) if failed.contains(source) => Attempt::Stale,
            Outcome::Done | Outcome::Refused(_) => Attempt::Done(()),
        })
    }

    async fn connected_partners(
        &self,
        customer: AccountId,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<Connected>, StoreError> {
        let partition = keys::account_partition(customer);
        let query = Query::prefix(partition, prefix::PARTNERS).after(after).limit(limit);
        Ok(self.table.query::<PartnerItem>(query).await?.map(Connected::from))
    }

    /// The shared tickets of an account with which somebody still has something to do.
    pub(super) async fn open_shared_tickets(
        &self,
        customer: AccountId,
    ) -> Result<Vec<TicketPlaceItem>, StoreError> {
        let query = Query::prefix(keys::account_partition(customer), prefix::OPEN_TICKETS);
        let mut open = self.table.query_all::<TicketPlaceItem>(query).await?;
        open.retain(|place| place.visibility == Visibility::Shared);
        Ok(open)
    }
}

impl FeedNotificationItem {
    /// Makes of the entry the mark that it is dismissed.
    pub(super) fn dismissing(&self, at: Instant) -> Result<(keys::Key, Update), StoreError> {
        let dismissed = Self { dismissed_at: Some(at), notification: None, ..self.clone() };
        let place = dismissed.gsi1().map(|place| place.pk);
        let update = Update::default()
            .set("dismissedAt", at)?
            .put(keys::attribute::GSI1PK, place)?
            .remove("notification");
        Ok((self.key(), update))
    }
}

/// Does some writes side by side.
pub(super) async fn in_parallel<F>(writes: Vec<F>) -> Result<(), StoreError>
where
    F: Future<Output = Result<(), StoreError>>,
{
    stream::iter(writes).buffer_unordered(AT_ONCE).try_collect().await
}
