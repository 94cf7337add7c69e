//! An account's notifications.

use serde::{Deserialize, Serialize};
use tsunagu_domain::{
    ids::{AccountId, NotificationId},
    notification::{KEPT_FOR, Notification},
    time::Instant,
};

use crate::{
    item::Item,
    keys::{self, Key},
};

/// A notification.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NotificationItem {
    /// The notification.
    #[serde(flatten)]
    pub notification: Notification,
}

impl Item for NotificationItem {
    const ENTITY: &'static str = "notification";

    fn key(&self) -> Key {
        keys::notification(self.notification.account_id, self.notification.notification_id)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.notification.expires_at())
    }
}

/// That an account has dismissed everything up to a notification, it included.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DismissedUpToItem {
    /// The account.
    pub account_id: AccountId,
    /// The last notification that it covers.
    pub up_to: NotificationId,
    /// When it was dismissed.
    pub dismissed_at: Instant,
}

impl Item for DismissedUpToItem {
    const ENTITY: &'static str = "dismissed-up-to";

    fn key(&self) -> Key {
        keys::dismissed_up_to(self.account_id, self.up_to)
    }

    /// With the last notification that it covers.
    fn expires_at(&self) -> Option<Instant> {
        Some(self.up_to.minted_at() + KEPT_FOR)
    }
}
