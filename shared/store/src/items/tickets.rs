//! Support tickets, their comments, and where the vendor finds them.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use tsunagu_domain::{
    ids::{AccountId, TicketId},
    ticket::{Comment, Severity, Status, Ticket},
    time::Instant,
    visibility::Visibility,
};

use crate::{
    Version,
    item::Item,
    keys::{self, Key},
};

/// For how long the vendor's list shows a ticket that is closed.
const LISTED_FOR: TimeDelta = TimeDelta::days(90);

/// An instant to the millisecond and of one length, so that texts sort as instants do.
pub(crate) fn sortable(at: Instant) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A ticket.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TicketItem {
    /// The ticket.
    #[serde(flatten)]
    pub ticket: Ticket,
    /// Grows with every change of its fields; comments leave it alone.
    pub rev: u64,
    /// Grows with every write: a copy is made on condition that it is the same.
    pub written: u64,
}

impl Item for TicketItem {
    const ENTITY: &'static str = "ticket";

    fn key(&self) -> Key {
        keys::ticket(self.ticket.account_id, self.ticket.ticket_id)
    }
}

impl TicketItem {
    /// The version of the ticket's fields.
    pub fn version(&self) -> Version {
        Version::of_life(0, self.rev)
    }

    /// Where it is found by the account's partners and by the vendor.
    pub fn place(&self) -> TicketPlaceItem {
        let Ticket { account_id, ticket_id, severity, status, visibility, .. } = self.ticket;
        let updated_at = self.ticket.activity.updated_at;
        TicketPlaceItem { account_id, ticket_id, severity, status, visibility, updated_at }
    }
}

/// Where a ticket is found: small, so that counting what is open and the vendor's list do not pay
/// for what tickets say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TicketPlaceItem {
    /// The account.
    pub account_id: AccountId,
    /// The ticket.
    pub ticket_id: TicketId,
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands.
    pub status: Status,
    /// Who may see it.
    pub visibility: Visibility,
    /// When it changed or was commented on last.
    pub updated_at: Instant,
}

impl Item for TicketPlaceItem {
    const ENTITY: &'static str = "ticket-place";

    fn key(&self) -> Key {
        let place = if self.status.is_open() { keys::open_ticket } else { keys::done_ticket };
        place(self.account_id, self.ticket_id)
    }

    fn gsi2(&self) -> Option<Key> {
        let updated_at = sortable(self.updated_at);
        Some(keys::updated_ticket(self.account_id, &updated_at, self.ticket_id))
    }

    fn expires_at(&self) -> Option<Instant> {
        (self.status == Status::Closed).then(|| self.updated_at + LISTED_FOR)
    }
}

/// A comment on a ticket.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommentItem {
    /// The account.
    pub account_id: AccountId,
    /// The comment.
    #[serde(flatten)]
    pub comment: Comment,
}

impl Item for CommentItem {
    const ENTITY: &'static str = "comment";

    fn key(&self) -> Key {
        keys::comment(self.account_id, self.comment.ticket_id, self.comment.comment_id)
    }
}
