//! Keys of partners' feeds: what of their customers they see in one place.

use tsunagu_domain::ids::{AccountId, NotificationId, TicketId};

use super::{Key, prefix};
use crate::nonce::Nonce;

/// Partition of the index over all entries of a partner's feed that are not dismissed, and of the
/// partner's own marks in the table.
pub fn feed_partition(partner: AccountId) -> String {
    format!("FEED#{partner}")
}

/// Partition of the index over the entries that the partner has dismissed.
pub fn dismissed_feed_partition(partner: AccountId) -> String {
    format!("FEED#{partner}#SEEN")
}

/// Partition of the entries of one customer.
pub fn customer_feed_partition(partner: AccountId, customer: AccountId) -> String {
    format!("FEED#{partner}#{customer}")
}

/// A customer's notification in a partner's feed.
pub fn feed_notification(
    partner: AccountId,
    customer: AccountId,
    notification: NotificationId,
) -> Key {
    let partition = customer_feed_partition(partner, customer);
    Key::new(partition, format_args!("{}{notification}", prefix::NOTIFICATIONS))
}

/// A customer's ticket in a partner's feed.
pub fn feed_ticket(partner: AccountId, customer: AccountId, ticket: TicketId) -> Key {
    let partition = customer_feed_partition(partner, customer);
    Key::new(partition, format_args!("{}{ticket}", prefix::TICKETS))
}

/// Up to which notification a partner has dismissed those of all its customers, and when.
pub fn dismissed_for_all(partner: AccountId) -> Key {
    Key::new(feed_partition(partner), "SEEN-UPTO")
}

/// Up to which notification a partner has dismissed those of one customer.
pub fn dismissed_for_customer(partner: AccountId, customer: AccountId) -> Key {
    Key::new(customer_feed_partition(partner, customer), "SEEN-UPTO")
}

/// Work on feeds that was put off.
pub fn feed_step(id: &Nonce) -> Key {
    Key::new(format_args!("STEP#{id}"), "STEP")
}
