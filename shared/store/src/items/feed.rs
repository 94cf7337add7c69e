//! What partners keep of their customers' notifications and tickets, and what they have dismissed.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use tsunagu_domain::{
    ids::{AccountId, NotificationId, TicketId},
    notification::{KEPT_FOR, Notification, Related, Severity},
    share::Share,
    ticket::Ticket,
    time::Instant,
};

use crate::{
    feed::{Marks, Step},
    item::Item,
    keys::{self, Key},
    nonce::Nonce,
};

/// An entry of a partner's feed.
pub(crate) trait FeedEntry: Item {
    /// What the customer must share for it to be seen.
    const SHARE: Share;

    /// Whose entry it is.
    fn customer(&self) -> AccountId;

    /// The episode of the connection for which it was copied.
    fn episode(&self) -> u32;
}

/// A customer's notification in a partner's feed. Once the partner has dismissed it, it is the mark of
/// that: without what it said, out of all lists, and kept as long as the notification would be.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedNotificationItem {
    /// The partner.
    pub partner: AccountId,
    /// The customer.
    pub customer: AccountId,
    /// The notification.
    pub notification_id: NotificationId,
    /// The episode of the connection for which it was copied.
    #[serde(rename = "ep")]
    pub episode: u32,
    /// How much it matters.
    pub severity: Severity,
    /// What it says; nothing any more once it is dismissed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification: Option<Notification>,
    /// When the partner dismissed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dismissed_at: Option<Instant>,
}

impl Item for FeedNotificationItem {
    const ENTITY: &'static str = "feed-notification";

    fn key(&self) -> Key {
        keys::feed_notification(self.partner, self.customer, self.notification_id)
    }

    fn gsi1(&self) -> Option<Key> {
        let partition = match self.dismissed_at {
            Some(_) => keys::dismissed_feed_partition(self.partner),
            None => keys::feed_partition(self.partner),
        };
        Some(Key { pk: partition, sk: self.key().sk })
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.notification_id.minted_at() + KEPT_FOR)
    }
}

impl FeedNotificationItem {
    /// What a partner is told of a notification: not whether the account itself has dismissed it, and
    /// of no other partner (T10).
    pub(crate) fn told_to(partner: AccountId, notification: &Notification) -> Notification {
        let related = notification.related.clone().map(|related| Related {
            counterpart: related.counterpart.filter(|other| other.account_id == partner),
            ..related
        });
        Notification { related, dismissed_at: None, ..notification.clone() }
    }
}

impl FeedEntry for FeedNotificationItem {
    const SHARE: Share = Share::Notifications;

    fn customer(&self) -> AccountId {
        self.customer
    }

    fn episode(&self) -> u32 {
        self.episode
    }
}

/// A customer's ticket in a partner's feed, as the partner may see it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedTicketItem {
    /// The partner.
    pub partner: AccountId,
    /// The customer.
    pub customer: AccountId,
    /// The ticket's id.
    pub ticket_id: TicketId,
    /// The episode of the connection for which it was copied.
    #[serde(rename = "ep")]
    pub episode: u32,
    /// The ticket.
    pub ticket: Ticket,
    /// Whether only the beginning of its description stands here: whoever shows it reads the rest from
    /// the ticket. A comment would otherwise write a long description once for each partner.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// How many bytes of a description stand in a partner's feed, so that a ticket of usual length is
/// shown without being read, and a copy is written for two units.
const DESCRIPTION_COPIED: usize = 400;

impl FeedTicketItem {
    /// A ticket, as its partner may see it, for that partner's feed.
    pub(crate) fn new(partner: AccountId, episode: u32, mut ticket: Ticket) -> Self {
        let beginning = ticket.description.beginning(DESCRIPTION_COPIED);
        let cut = beginning.is_some();
        if let Some(beginning) = beginning {
            ticket.description = beginning;
        }
        let Ticket { account_id: customer, ticket_id, .. } = ticket;
        Self { partner, customer, ticket_id, episode, ticket, cut }
    }
}

impl Item for FeedTicketItem {
    const ENTITY: &'static str = "feed-ticket";

    fn key(&self) -> Key {
        keys::feed_ticket(self.partner, self.customer, self.ticket_id)
    }

    fn gsi1(&self) -> Option<Key> {
        Some(Key { pk: keys::feed_partition(self.partner), sk: self.key().sk })
    }
}

impl FeedEntry for FeedTicketItem {
    const SHARE: Share = Share::Tickets;

    fn customer(&self) -> AccountId {
        self.customer
    }

    fn episode(&self) -> u32 {
        self.episode
    }
}

/// Up to which notification a partner has dismissed those of all customers that it had, and when.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DismissedForAllItem {
    /// The partner.
    pub partner: AccountId,
    /// What it dismissed in the last ninety days.
    pub marks: Marks,
    /// Grows with every mark.
    pub rev: u64,
}

impl Item for DismissedForAllItem {
    const ENTITY: &'static str = "dismissed-for-all";

    fn key(&self) -> Key {
        keys::dismissed_for_all(self.partner)
    }
}

/// Up to which notification a partner has dismissed those of one customer; outlives the connection.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DismissedForCustomerItem {
    /// The partner.
    pub partner: AccountId,
    /// The customer.
    pub customer: AccountId,
    /// The last notification that it covers.
    pub up_to: NotificationId,
    /// When it was dismissed.
    pub at: Instant,
}

impl Item for DismissedForCustomerItem {
    const ENTITY: &'static str = "dismissed-for-customer";

    fn key(&self) -> Key {
        keys::dismissed_for_customer(self.partner, self.customer)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.up_to.minted_at() + KEPT_FOR)
    }
}

/// For how long a step stays that nothing drives on: a failed one can be looked at until then.
const STEP_KEPT_FOR: TimeDelta = TimeDelta::days(30);

/// Work on feeds that goes on: its stream record drives the next step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FeedStepItem {
    /// Which.
    pub id: Nonce,
    /// What is to be done.
    pub step: Step,
    /// When it was put off.
    pub at: Instant,
}

impl Item for FeedStepItem {
    const ENTITY: &'static str = "feed-step";

    fn key(&self) -> Key {
        keys::feed_step(&self.id)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.at + STEP_KEPT_FOR)
    }
}
