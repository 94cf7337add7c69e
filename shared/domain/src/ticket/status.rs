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
        match by {
            AuthorRole::Support => match self {
                Self::Open | Self::Resolved => true,
                // Whoever works on it does not say that nobody does.
                Self::InProgress | Self::Waiting => !matches!(to, Self::Open),
                // What is closed it can only take up again.
                Self::Closed => matches!(to, Self::Open | Self::InProgress | Self::Closed),
            },
            // The account, and a partner for it, answers, says that it is solved, or is not.
            AuthorRole::Customer | AuthorRole::Partner => match self {
                Self::Open | Self::Resolved => {
                    matches!(to, Self::Open | Self::Resolved | Self::Closed)
                }
                Self::InProgress => matches!(to, Self::InProgress | Self::Resolved | Self::Closed),
                Self::Waiting => !matches!(to, Self::Open),
                Self::Closed => matches!(to, Self::Closed),
            },
        }
    }

    /// Where else somebody in this part may move a ticket from here.
    pub fn moves(self, by: AuthorRole) -> impl Iterator<Item = Self> {
        let others = Self::VARIANTS.iter().copied().filter(move |to| *to != self);
        others.filter(move |to| self.may_move(*to, by))
    }
}
