//! What stays of a connection when it ends: its past on both sides, its episodes, and what the
//! partner keeps for itself.

use serde::{Deserialize, Serialize};
use tsunagu_domain::{
    connection::{Begun, Connection, EndedConnection, Pair, Role},
    ids::{AccountId, ConnectionId, OrgId},
    invitation::ShownPartner,
    share::Shares,
    text::{Note, Reference, Tag},
    time::Instant,
};

use super::{Names, key_text};
use crate::{
    item::Item,
    keys::{self, Key},
};

/// How a connection ended, as both sides keep it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Past {
    /// The connection, the same over all episodes.
    #[serde(rename = "id")]
    pub connection_id: ConnectionId,
    /// The last episode.
    #[serde(rename = "ep")]
    pub episode: u32,
    /// What was shared at the end.
    #[serde(rename = "sh")]
    pub shares: Shares,
    /// When the last episode began.
    #[serde(rename = "at", with = "chrono::serde::ts_milliseconds")]
    pub connected_at: Instant,
    /// When it ended.
    #[serde(rename = "ea", with = "chrono::serde::ts_milliseconds")]
    pub ended_at: Instant,
    /// Who ended it.
    #[serde(rename = "eb")]
    pub ended_by: Role,
    /// How many episodes began on the day of the last one.
    #[serde(rename = "bg")]
    pub begun: Begun,
}

impl Past {
    pub(crate) fn of(ended: &EndedConnection) -> Self {
        let last = &ended.last;
        Self {
            connection_id: last.connection_id,
            episode: last.episode,
            shares: last.shares,
            connected_at: last.connected_at,
            ended_at: ended.ended_at,
            ended_by: ended.ended_by,
            begun: last.begun,
        }
    }

    /// The ended connection as the rules know it.
    pub fn ended(&self, pair: Pair) -> EndedConnection {
        EndedConnection {
            last: Connection {
                connection_id: self.connection_id,
                pair,
                episode: self.episode,
                shares: self.shares,
                connected_at: self.connected_at,
                begun: self.begun,
            },
            ended_at: self.ended_at,
            ended_by: self.ended_by,
        }
    }
}

/// What the partner keeps of a customer whose connection has ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// The customer's names when it ended: the partner learns of no later ones.
    #[serde(flatten)]
    pub names: Names,
    /// The partner's own mark.
    #[serde(rename = "rf", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// The partner's own tags.
    #[serde(rename = "tg", default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

/// An ended connection on the partner's side.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PastCustomerItem {
    /// The partner.
    #[serde(rename = "PK", with = "key_text::account")]
    pub partner: AccountId,
    /// The customer.
    #[serde(rename = "SK", with = "key_text::past_customer")]
    pub customer: AccountId,
    /// How it ended.
    #[serde(flatten)]
    pub past: Past,
    /// What the partner keeps.
    #[serde(flatten)]
    pub kept: Kept,
}

impl Item for PastCustomerItem {
    const ENTITY: &'static str = "past-customer";

    fn key(&self) -> Key {
        keys::past_customer(self.partner, self.customer)
    }
}

impl PastCustomerItem {
    /// The ended connection as the rules know it.
    pub fn ended(&self) -> EndedConnection {
        self.past.ended(Pair { partner: self.partner, customer: self.customer })
    }
}

/// An ended connection on the customer's side.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PastPartnerItem {
    /// The customer.
    #[serde(rename = "PK", with = "key_text::account")]
    pub customer: AccountId,
    /// The partner.
    #[serde(rename = "SK", with = "key_text::past_partner")]
    pub partner: AccountId,
    /// How it ended.
    #[serde(flatten)]
    pub past: Past,
    /// The partner's ORGID.
    #[serde(rename = "og")]
    pub partner_org: OrgId,
}

impl Item for PastPartnerItem {
    const ENTITY: &'static str = "past-partner";

    fn key(&self) -> Key {
        keys::past_partner(self.customer, self.partner)
    }
}

impl PastPartnerItem {
    /// The ended connection as the rules know it.
    pub fn ended(&self) -> EndedConnection {
        self.past.ended(Pair { partner: self.partner, customer: self.customer })
    }
}

/// The partner's own note on a customer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NoteItem {
    /// The partner.
    pub partner: AccountId,
    /// The customer.
    pub customer: AccountId,
    /// The text.
    pub note: Note,
}

impl Item for NoteItem {
    const ENTITY: &'static str = "note";

    fn key(&self) -> Key {
        keys::note(self.partner, self.customer)
    }
}

/// That a partner blocks a customer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockedItem {
    /// The partner.
    #[serde(rename = "PK", with = "key_text::account")]
    pub partner: AccountId,
    /// The customer.
    #[serde(rename = "SK", with = "key_text::blocked")]
    pub customer: AccountId,
    /// The customer's names at that time.
    #[serde(flatten)]
    pub names: Names,
    /// Since when.
    pub blocked_at: Instant,
}

impl Item for BlockedItem {
    const ENTITY: &'static str = "blocked-customer";

    fn key(&self) -> Key {
        keys::blocked(self.partner, self.customer)
    }
}

/// One episode of a connection.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Episode {
    /// The partner.
    pub partner: AccountId,
    /// The customer.
    pub customer: AccountId,
    /// The connection.
    pub connection_id: ConnectionId,
    /// Counts from 1.
    pub episode: u32,
    /// When it began.
    pub connected_at: Instant,
    /// When it ended; `None` while it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Instant>,
    /// Who ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<Role>,
    /// What was shared at acceptance.
    pub shares: Shares,
    /// What the invite link showed at acceptance (T7).
    pub shown: ShownPartner,
}

/// An episode on the partner's side.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CustomerEpisodeItem {
    /// The episode.
    #[serde(flatten)]
    pub episode: Episode,
}

impl Item for CustomerEpisodeItem {
    const ENTITY: &'static str = "customer-episode";

    fn key(&self) -> Key {
        let Episode { partner, customer, episode, .. } = self.episode;
        keys::customer_episode(partner, customer, episode)
    }
}

/// An episode on the customer's side.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PartnerEpisodeItem {
    /// The episode.
    #[serde(flatten)]
    pub episode: Episode,
}

impl Item for PartnerEpisodeItem {
    const ENTITY: &'static str = "partner-episode";

    fn key(&self) -> Key {
        let Episode { partner, customer, episode, .. } = self.episode;
        keys::partner_episode(customer, partner, episode)
    }
}
