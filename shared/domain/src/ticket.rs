//! Support tickets: what they say, who may see what of them, and who may move them to which status
//! (P17).

mod changes;
mod status;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use crate::{
    ids::{AccountId, CommentId, TicketId},
    text::{DisplayName, Subject, TicketText},
    time::Instant,
    vendor::{CaseNumber, ServiceCode},
    visibility::Visibility,
};

pub use changes::{ForbiddenMove, NewComment, NewTicket, TicketChange};
pub use status::Status;

/// How bad it is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Display,
    EnumString,
    Serialize,
    Deserialize,
    strum::VariantArray,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = TicketSeverity))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Severity {
    /// It can wait.
    Low,
    /// It hinders.
    Medium,
    /// It stops some.
    High,
    /// It stops everybody.
    Critical,
}

/// In which part somebody opens, changes or comments.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Display, Serialize, Deserialize, strum::VariantArray,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum AuthorRole {
    /// Somebody of the account.
    Customer,
    /// A connected partner, for the account.
    Partner,
    /// The vendor's support.
    Support,
}

/// Who wrote something, without a person: which administrator it was stands in the audit trail of
/// his own account alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Author {
    /// In which part.
    pub role: AuthorRole,
    /// Which partner, by the name that it had at that time; `null` for who is none, and for another
    /// partner than the reader.
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub partner: Option<AuthorPartner>,
}

/// A partner as an author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuthorPartner {
    /// Its id.
    pub account_id: AccountId,
    /// Its name at that time.
    pub display_name: DisplayName,
}

impl Author {
    /// The account itself.
    pub const CUSTOMER: Self = Self { role: AuthorRole::Customer, partner: None };
    /// The vendor's support.
    pub const SUPPORT: Self = Self { role: AuthorRole::Support, partner: None };

    /// A partner of the account.
    pub fn partner(account_id: AccountId, display_name: DisplayName) -> Self {
        let partner = Some(AuthorPartner { account_id, display_name });
        Self { role: AuthorRole::Partner, partner }
    }

    /// The author as a partner may see it: another partner is its role alone (T10).
    #[must_use]
    pub fn seen_by(self, reader: AccountId) -> Self {
        Self { partner: self.partner.filter(|partner| partner.account_id == reader), ..self }
    }
}

/// Who commented last, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LastComment {
    /// Which.
    pub comment_id: CommentId,
    /// Who.
    pub author: Author,
    /// When.
    pub at: DateTime<Utc>,
}

/// What stands of a ticket's activity: its comments and its last move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Activity {
    /// When the ticket changed or was commented on last.
    pub updated_at: Instant,
    /// How many comments there are.
    pub comment_count: u32,
    /// The last of them.
    pub last_comment: Option<LastComment>,
}

impl Activity {
    /// That of a ticket that was opened at `at`.
    pub fn begin(at: Instant) -> Self {
        Self { updated_at: at, comment_count: 0, last_comment: None }
    }
}

/// A support ticket of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    /// Its id; newer ones sort later.
    pub ticket_id: TicketId,
    /// Whose it is.
    pub account_id: AccountId,
    /// The vendor's own number of it, once it has one.
    pub case_number: Option<CaseNumber>,
    /// What it is about.
    pub subject: Subject,
    /// What it says.
    pub description: TicketText,
    /// The service that it is about, where it is about one.
    pub service: Option<ServiceCode>,
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands.
    pub status: Status,
    /// Who may see it.
    pub visibility: Visibility,
    /// Who opened it.
    pub opened_by: Author,
    /// When it was opened.
    pub created_at: Instant,
    /// Its activity as the account sees it.
    pub activity: Activity,
    /// The same without what partners do not see: comments for the account alone move nothing here.
    pub shared_activity: Activity,
}

impl Ticket {
    /// Whether a shared ticket is in the feed of a partner that has been connected since an instant:
    /// what was open then, and everything that was opened or touched since.
    pub fn concerns(&self, since: Instant) -> bool {
        self.status.is_open() || since <= self.shared_activity.updated_at
    }

    /// The ticket as all partners together may see it; `None` where none may.
    pub fn shared(&self) -> Option<Self> {
        let is_shared = self.visibility == Visibility::Shared;
        is_shared.then(|| Self { activity: self.shared_activity.clone(), ..self.clone() })
    }

    /// The ticket as a partner may see it; `None` where it may not (T9, T10).
    pub fn seen_by(&self, partner: AccountId) -> Option<Self> {
        let mut shown = self.shared()?;
        shown.opened_by = shown.opened_by.seen_by(partner);
        let last = shown.shared_activity.last_comment.take();
        shown.shared_activity.last_comment =
            last.map(|last| LastComment { author: last.author.seen_by(partner), ..last });
        shown.activity = shown.shared_activity.clone();
        Some(shown)
    }
}

/// A comment on a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Comment {
    /// Its id; newer ones sort later.
    pub comment_id: CommentId,
    /// The ticket.
    pub ticket_id: TicketId,
    /// Who wrote it.
    pub author: Author,
    /// What it says.
    pub body: TicketText,
    /// Who may see it.
    pub visibility: Visibility,
    /// When it was written.
    pub created_at: Instant,
}

impl Comment {
    /// The comment as a partner may see it; `None` where it may not.
    pub fn seen_by(self, partner: AccountId) -> Option<Self> {
        let is_shared = self.visibility == Visibility::Shared;
        is_shared.then(|| Self { author: self.author.clone().seen_by(partner), ..self })
    }
}

#[cfg(test)]
mod tests;
