//! An account's own notifications: the list, and dismissing.
//!
//! A notification is dismissed by its own date, or by a mark that covers everything up to one of
//! them. A mark is one small item however much it covers, and the list of what is not dismissed
//! begins behind the greatest mark: what was dismissed together costs nothing any more.

use tsunagu_domain::{
    audit::{Action, Change},
    ids::{AccountId, NotificationId},
    notification::Notification,
    time::Instant,
};

use crate::{
    Acting, Page, Place, Store,
    audit::{Event, change},
    condition::{Condition, Update},
    error::{StoreError, WriteError},
    items::{DismissedUpToItem, NotificationItem},
    keys::{self, prefix},
    query::Query,
    settle::{Attempt, until_settled},
    transaction::{Outcome, Transaction},
};

/// How many marks are read at once; their number is that of the times when all were dismissed.
const MARKS: usize = 50;

/// Which of an account's notifications a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotificationFilter {
    /// Only dismissed ones, or only the others.
    pub dismissed: Option<bool>,
    /// Only those of this code.
    pub code: Option<String>,
}

/// How dismissing several notifications ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dismissal {
    /// All of them are dismissed.
    Done,
    /// Those at these positions are none of the account's; nothing was dismissed.
    Unknown(Vec<usize>),
}

impl NotificationFilter {
    fn admits(&self, notification: &Notification, mark: Option<&DismissedUpToItem>) -> bool {
        let id = notification.notification_id;
        let dismissed =
            notification.dismissed_at.is_some() || mark.is_some_and(|mark| mark.covers(id));
        self.dismissed.is_none_or(|wanted| wanted == dismissed)
            && self.code.as_ref().is_none_or(|code| *code == notification.code)
    }
}

impl Store {
    /// A page of the account's notifications, newest first, of those that are still kept.
    ///
    /// Each `dismissed_at` is its own, or that of the earliest mark that covers it. Where filters
    /// leave much out a page may be short, even empty, and still not be the last.
    pub async fn notifications(
        &self,
        account: &Acting,
        filter: &NotificationFilter,
        after: Option<Place>,
        limit: usize,
        now: Instant,
    ) -> Result<Page<Notification>, StoreError> {
        let account = account.account_id();
        let oldest = NotificationId::oldest_kept(now);
        let mark = self.greatest_mark(account, oldest).await?;
        let from = match &mark {
            Some(mark) if filter.dismissed == Some(false) => mark.up_to,
            _ => oldest,
        };
        let mut page = self
            .newest_first(account, from, after, limit, |item| filter.admits(item, mark.as_ref()))
            .await?;
        if let Some(mark) = &mark {
            self.date(account, &mut page.items, mark).await?;
        }
        Ok(page)
    }

    /// Dismisses one notification; `false` where the account has no such. One that is dismissed
    /// already keeps its date.
    pub async fn dismiss_notification(
        &self,
        account: &Acting,
        id: NotificationId,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let event = Event::new(now, Action::NotificationsDismissed, "notification", id);
        Ok(self.dismiss(account, &[id], &event).await? == Dismissal::Done)
    }

    /// Dismisses several notifications, all or none.
    pub async fn dismiss_notifications(
        &self,
        account: &Acting,
        ids: &[NotificationId],
        now: Instant,
    ) -> Result<Dismissal, StoreError> {
        let event = Event::new(now, Action::NotificationsDismissed, "notifications", ids.len());
        self.dismiss(account, ids, &event.with([listed(ids)])).await
    }

    /// Those that are dismissed already stay as they are; where all are, nothing is written.
    async fn dismiss(
        &self,
        account: &Acting,
        ids: &[NotificationId],
        event: &Event,
    ) -> Result<Dismissal, StoreError> {
        let (id, now) = (account.account_id(), event.at);
        let keys: Vec<_> = ids.iter().map(|one| keys::notification(id, *one)).collect();
        let dismissed = until_settled(async || {
            let mut found = self.table.batch_get(&keys).await?;
            let (mut unknown, mut left) = (Vec::new(), Vec::new());
            for (position, key) in keys.iter().enumerate() {
                match found.take::<NotificationItem>(key)?.map(|item| item.notification) {
                    Some(one) if one.notification_id.is_kept(now) => {
                        left.extend(one.dismissed_at.is_none().then(|| key.clone()));
                    }
                    _ => unknown.push(position),
                }
            }
            if !unknown.is_empty() {
                return Ok(Attempt::Done(Dismissal::Unknown(unknown)));
            }
            if left.is_empty() {
                return Ok(Attempt::Done(Dismissal::Done));
            }
            let mut transaction = Transaction::default();
            for key in left {
                let first = Condition::present().and_missing("dismissedAt");
                transaction.update(key, Update::default().set("dismissedAt", now)?, &first);
            }
            transaction.audit(id, account.actor(), event)?;
            Ok(self.table.transact(transaction).await?.or_stale(Dismissal::Done))
        });
        dismissed.await.map_err(WriteError::unrefused)
    }

    /// Dismisses everything up to a notification, it included; `false` where the account has no
    /// such. Writes one mark, and none where one covers it already.
    pub async fn dismiss_up_to(
        &self,
        account: &Acting,
        up_to: NotificationId,
        now: Instant,
    ) -> Result<bool, StoreError> {
        if !up_to.is_kept(now) {
            return Ok(false);
        }
        let account_id = account.account_id();
        let key = keys::notification(account_id, up_to);
        let mark = self.greatest_mark(account_id, NotificationId::oldest_kept(now)).await?;
        if mark.is_some_and(|mark| mark.covers(up_to)) {
            return Ok(self.table.get::<NotificationItem>(key).await?.is_some());
        }
        let mut transaction = Transaction::default();
        let notification = transaction.check(key, &Condition::present());
        let mark = DismissedUpToItem { account_id, up_to: up_to.by(now), dismissed_at: now };
        transaction.put(&mark, &Condition::absent())?;
        let action = Action::NotificationsDismissed;
        let event = Event::new(now, action, "notifications-up-to", up_to);
        transaction.audit(account_id, account.actor(), &event)?;
        match self.table.transact(transaction).await? {
            Outcome::Done => Ok(true),
            // Otherwise the very same mark was made meanwhile, and it is the earlier one.
            Outcome::Refused(failed) => Ok(!failed.contains(notification)),
        }
    }

    /// The mark that reaches furthest, unless all that it covers is no longer kept.
    async fn greatest_mark(
        &self,
        account: AccountId,
        oldest: NotificationId,
    ) -> Result<Option<DismissedUpToItem>, StoreError> {
        let partition = keys::account_partition(account);
        let query = Query::prefix(partition, prefix::DISMISSED).newest_first().limit(1);
        let page = self.table.query::<DismissedUpToItem>(query).await?;
        Ok(page.items.into_iter().next().filter(|mark| mark.covers(oldest)))
    }

    /// Reads from the newest on, down to `from`, until the page is full, everything is read, or
    /// this request has read enough.
    async fn newest_first(
        &self,
        account: AccountId,
        from: NotificationId,
        after: Option<Place>,
        limit: usize,
        admits: impl Fn(&Notification) -> bool,
    ) -> Result<Page<Notification>, StoreError> {
        let last = keys::notification(account, from).sk;
        // What is kept and not dismissed may have shrunk since the page before: the list is over,
        // and DynamoDB refuses to go on at a place outside of the range.
        if after.as_ref().is_some_and(|place| place.sk <= last) {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let partition = keys::account_partition(account);
        let end = keys::end_of(prefix::NOTIFICATIONS);
        let range = Query::between(partition, last, end).newest_first();
        // One more than asked for, to know whether the page is the last.
        let read = self.table.read_on(range.after(after), limit + 1, limit, |item| {
            let NotificationItem { notification } = item;
            admits(notification)
        });
        Ok(read.await?.map(|item| item.notification))
    }

    /// Gives each notification that a mark covers the date of the earliest one that does.
    async fn date(
        &self,
        account: AccountId,
        notifications: &mut [Notification],
        greatest: &DismissedUpToItem,
    ) -> Result<(), StoreError> {
        let ids = notifications.iter().map(|notification| notification.notification_id);
        let mut covered = ids.filter(|id| greatest.covers(*id));
        let Some(newest) = covered.next() else { return Ok(()) };
        let oldest = covered.next_back().unwrap_or(newest);
        let marks = self.marks_over(account, oldest, newest, greatest.up_to).await?;
        for notification in notifications {
            let id = notification.notification_id;
            let covering = marks.iter().filter(|mark| mark.covers(id));
            let dates = covering.map(|mark| mark.dismissed_at).chain(notification.dismissed_at);
            notification.dismissed_at = dates.min();
        }
        Ok(())
    }

    /// The marks that reach to one of these notifications, and the first that covers them all. A
    /// mark behind that one was made later: none is made where a greater one is there.
    async fn marks_over(
        &self,
        account: AccountId,
        oldest: NotificationId,
        newest: NotificationId,
        greatest: NotificationId,
    ) -> Result<Vec<DismissedUpToItem>, StoreError> {
        let key = |id| keys::dismissed_up_to(account, id).sk;
        let partition = keys::account_partition(account);
        let range = Query::between(partition, key(oldest), key(greatest)).limit(MARKS);
        let mut marks = Vec::<DismissedUpToItem>::new();
        let mut after = None;
        loop {
            let page = self.table.query(range.clone().after(after)).await?;
            marks.extend(page.items);
            after = page.next;
            if after.is_none() || marks.last().is_some_and(|mark| mark.covers(newest)) {
                return Ok(marks);
            }
        }
    }
}

impl DismissedUpToItem {
    fn covers(&self, id: NotificationId) -> bool {
        id <= self.up_to
    }
}

/// Which notifications were dismissed, as the audit trail lists them.
pub(crate) fn listed(ids: &[NotificationId]) -> (String, Change) {
    let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
    change("ids", None::<String>, Some(ids.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_of_notifications_ends_behind_every_id_and_holds_no_mark() {
        let at: Instant = "9999-12-31T23:59:59.999Z".parse().expect("an instant");
        let id = NotificationId::mint(at);
        let account = AccountId::mint(at);
        let range = prefix::NOTIFICATIONS.to_owned()..=keys::end_of(prefix::NOTIFICATIONS);
        assert!(range.contains(&keys::notification(account, id).sk));
        assert!(!range.contains(&keys::dismissed_up_to(account, id).sk));
    }
}
