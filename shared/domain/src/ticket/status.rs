//! Where a ticket stands, and who may move it where.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

use super::AuthorRole;

/// Where a ticket stands.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Display,
    EnumString,
    Serialize,
    Deserialize,
    strum::VariantArray,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = TicketStatus))]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Status {
    /// Nobody works on it yet.
    Open,
    /// The support works on it.
    InProgress,
    /// The support waits for the account.
    Waiting,
    /// The support holds it for solved; it can be opened again.
    Resolved,
    /// It is over. Only the support opens it again.
    Closed,
}

impl Status {
    /// Whether somebody still has something to do.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::InProgress | Self::Waiting)
    }

    /// Whether somebody in this part may move a ticket from here to there. Leaving it where it is
    /// moves nothing, and everybody may.
    pub const fn may_move(self, to: Self, by: AuthorRole) -> bool {
        use Status::{Closed, InProgress, Open, Resolved, Waiting};
        match by {
            // The support works on tickets. What is closed it can only take up again.
            AuthorRole::Support => match (self, to) {
                (Closed, Open | InProgress | Closed) => true,
                (Closed, Waiting | Resolved) => false,
                // Whoever works on it does not say that nobody does, except after it was solved.
                (InProgress | Waiting, Open) => false,
                (Open | InProgress | Waiting | Resolved, _) => true,
            },
            // The account, and a partner for it, answers, says that it is solved, or is not.
            AuthorRole::Customer | AuthorRole::Partner => match (self, to) {
                (Open, Open | Resolved | Closed)
                | (InProgress, InProgress | Resolved | Closed)
                | (Waiting, Waiting | InProgress | Resolved | Closed)
                | (Resolved, Resolved | Open | Closed)
                | (Closed, Closed) => true,
                (
                    Open | InProgress | Waiting | Resolved | Closed,
                    Open | InProgress | Waiting | Resolved,
                ) => false,
            },
        }
    }

    /// Where else somebody in this part may move a ticket from here.
    pub fn moves(self, by: AuthorRole) -> impl Iterator<Item = Self> {
        let others = Self::VARIANTS.iter().copied().filter(move |to| *to != self);
        others.filter(move |to| self.may_move(*to, by))
    }
}
