//! Notifications that the vendor publishes.

use std::convert::Infallible;

use tsunagu_domain::{
    audit::{Action, Actor},
    notification::Notification,
};

use crate::{
    RecordedAnswer, Store,
    audit::{Event, change},
    condition::Condition,
    error::{StoreError, WriteError},
    items::NotificationItem,
    transaction::{Outcome, Transaction},
};

/// The most notifications that one call publishes: with their audit entries and the answer they fit
/// one transaction, so that a call under an idempotency key is done whole or not at all.
pub const MAX_PUBLISHED: usize = 40;

impl Store {
    /// Publishes notifications to accounts that exist, together with the answer.
    ///
    /// # Panics
    ///
    /// In tests, if there are more than [`MAX_PUBLISHED`].
    pub async fn publish(
        &self,
        notifications: &[Notification],
        answer: Option<RecordedAnswer>,
    ) -> Result<(), WriteError<Infallible>> {
        debug_assert!(notifications.len() <= MAX_PUBLISHED, "one transaction holds no more");
        let mut transaction = Transaction::default();
        let recording = transaction.record(answer)?;
        for notification in notifications {
            transaction.publish(notification)?;
        }
        if transaction.is_empty() {
            return Ok(());
        }
        match self.table.transact(transaction).await? {
            Outcome::Done => Ok(()),
            Outcome::Refused(failed) => {
                recording.check(&failed)?;
                Err(StoreError::Internal("an id was minted twice".to_owned()).into())
            }
        }
    }
}

impl Transaction {
    fn publish(&mut self, notification: &Notification) -> Result<(), StoreError> {
        let Notification { notification_id, account_id, created_at, .. } = notification;
        let item = NotificationItem { notification: notification.clone() };
        self.put(&item, &Condition::absent())?;
        // What it says stays where it is: an audit trail outlives the 90 days of a notification.
        let said = [
            change("severity", None::<String>, Some(notification.severity)),
            change("source", None::<String>, Some(&notification.source)),
            change("code", None::<String>, Some(&notification.code)),
            change("visibility", None::<String>, Some(notification.visibility)),
        ];
        let event =
            Event::new(*created_at, Action::NotificationPublished, "notification", notification_id)
                .with(said);
        self.audit(*account_id, Actor::Platform, &event)
    }
}
