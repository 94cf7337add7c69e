//! Dismissing what customers were told, for the partner alone (P18).

use std::collections::BTreeSet;

use tsunagu_domain::{
    audit::Action,
    ids::{AccountId, NotificationId},
    share::Share,
    time::Instant,
};

use super::Mark;
use crate::{
    Acting, Dismissal, Store,
    audit::{Event, change},
    condition::{Condition, Update},
    error::{StoreError, WriteError},
    items::{CustomerItem, DismissedForAllItem, DismissedForCustomerItem, FeedNotificationItem},
    keys,
    notifications::listed,
    settle::{Attempt, until_settled},
    transaction::Transaction,
};

/// How dismissing everything up to a notification ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DismissAll {
    /// It is dismissed.
    Done,
    /// The partner sees no such notification.
    UnknownNotification,
    /// The partner has no such customer that shares its notifications.
    UnknownCustomer,
}

impl Store {
    /// Dismisses some notifications of the partner's customers, all or none.
    pub async fn dismiss_from_feed(
        &self,
        partner: &Acting,
        ids: &[NotificationId],
        now: Instant,
    ) -> Result<Dismissal, StoreError> {
        let dismissed = until_settled(async || {
            let found = self.find_entries(partner.account_id(), ids, now).await?;
            let unknown = found.iter().enumerate().filter(|(_, entry)| entry.is_none());
            let unknown: Vec<_> = unknown.map(|(at, _)| at).collect();
            if !unknown.is_empty() {
                return Ok(Attempt::Done(Dismissal::Unknown(unknown)));
            }
            let active = found.iter().flatten().filter(|entry| entry.dismissed_at.is_none());
            let active: Vec<_> = active.collect();
            if active.is_empty() {
                return Ok(Attempt::Done(Dismissal::Done));
            }
            let transaction = dismissing(partner, &active, now)?;
            Ok(self.table.transact(transaction).await?.or_stale(Dismissal::Done))
        });
        dismissed.await.map_err(WriteError::unrefused)
    }

    /// Dismisses everything up to a notification, it included, of all customers that are connected
    /// now. Writes one mark, whatever it covers.
    pub async fn dismiss_feed_up_to(
        &self,
        partner: &Acting,
        up_to: NotificationId,
        now: Instant,
    ) -> Result<DismissAll, StoreError> {
        let id = partner.account_id();
        if self.find_entries(id, &[up_to], now).await?.iter().all(Option::is_none) {
            return Ok(DismissAll::UnknownNotification);
        }
        let dismissed = until_settled(async || {
            let before = self.table.get::<DismissedForAllItem>(keys::dismissed_for_all(id)).await?;
            let unchanged = Condition::unchanged(before.as_ref().map(|item| item.rev))?;
            let (marks, rev) = before.map(|item| (item.marks, item.rev)).unwrap_or_default();
            let marks = marks.with(Mark { up_to: up_to.by(now), at: now });
            let mut transaction = Transaction::default();
            let item = DismissedForAllItem { partner: id, marks, rev: rev + 1 };
            transaction.put(&item, &unchanged)?;
            transaction.audit(id, partner.actor(), &event_up_to(up_to, None, now))?;
            Ok(self.table.transact(transaction).await?.or_stale(DismissAll::Done))
        });
        dismissed.await.map_err(WriteError::unrefused)
    }

    /// The same of one customer.
    pub async fn dismiss_feed_of(
        &self,
        partner: &Acting,
        customer: AccountId,
        up_to: NotificationId,
        now: Instant,
    ) -> Result<DismissAll, StoreError> {
        let id = partner.account_id();
        let reach = up_to.by(now);
        let dismissed = until_settled(async || {
            let key = keys::customer(id, customer);
            let shares =
                |item: &CustomerItem| item.shares.contains(Share::Notifications) && !item.suspended;
            let item = self.table.get::<CustomerItem>(key.clone()).await?.filter(shares);
            let Some(item) = item else { return Ok(Attempt::Done(DismissAll::UnknownCustomer)) };
            if self.find_entries(id, &[up_to], now).await?.iter().all(Option::is_none) {
                return Ok(Attempt::Done(DismissAll::UnknownNotification));
            }
            // What was dismissed in an earlier episode stays so, and reaches no less far.
            let mark = keys::dismissed_for_customer(id, customer);
            let mark = self.table.get::<DismissedForCustomerItem>(mark).await?;
            if item.dismissed_up_to.max(mark.map(|mark| mark.up_to)) >= Some(reach) {
                return Ok(Attempt::Done(DismissAll::Done));
            }
            let mut transaction = Transaction::default();
            let same = Condition::present().and_equals("ep", item.episode)?;
            let same = same.and_missing_or("du", "<", reach)?;
            transaction.update(key, Update::default().set("du", reach)?, &same);
            let mark = DismissedForCustomerItem { partner: id, customer, up_to: reach, at: now };
            let reaches_less = Condition::present().and_compare("upTo", "<", reach)?;
            transaction.put(&mark, &reaches_less.or_absent())?;
            transaction.audit(id, partner.actor(), &event_up_to(up_to, Some(customer), now))?;
            Ok(self.table.transact(transaction).await?.or_stale(DismissAll::Done))
        });
        dismissed.await.map_err(WriteError::unrefused)
    }
}

fn dismissing(
    partner: &Acting,
    entries: &[&FeedNotificationItem],
    now: Instant,
) -> Result<Transaction, StoreError> {
    let mut transaction = Transaction::default();
    for entry in entries {
        let (key, update) = entry.dismissing(now)?;
        let active =
            Condition::present().and_equals("ep", entry.episode)?.and_missing("dismissedAt");
        transaction.update(key, update, &active);
    }
    let action = Action::NotificationsDismissed;
    let event = if let [entry] = entries {
        let customer = change("customer", None::<String>, Some(entry.customer));
        Event::new(now, action, "notification", entry.notification_id).with([customer])
    } else {
        let ids: Vec<_> = entries.iter().map(|entry| entry.notification_id).collect();
        let customers: BTreeSet<_> =
            entries.iter().map(|entry| entry.customer.to_string()).collect();
        let customers = customers.into_iter().collect::<Vec<_>>().join(" ");
        let customers = change("customers", None::<String>, Some(customers));
        Event::new(now, action, "notifications", ids.len()).with([listed(&ids), customers])
    };
    transaction.audit(partner.account_id(), partner.actor(), &event)?;
    Ok(transaction)
}

fn event_up_to(up_to: NotificationId, customer: Option<AccountId>, now: Instant) -> Event {
    let of = change("customer", None::<String>, customer);
    Event::new(now, Action::NotificationsDismissed, "notifications-up-to", up_to)
        .with(customer.is_some().then_some(of))
}
