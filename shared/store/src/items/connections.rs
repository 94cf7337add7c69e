//! Invite links, and active connections on both sides.

use serde::{Deserialize, Serialize};
use tsunagu_domain::{
    connection::{Begun, Connection, Pair},
    dashboard::Summary,
    ids::{AccountId, ConnectionId, NotificationId, OrgId},
    invitation::InviteLink,
    share::Shares,
    text::{DisplayName, Reference, Tag},
    time::Instant,
};

use super::{AsOf, due, figures, key_text};
use crate::{
    Version,
    item::Item,
    keys::{self, Key},
};

/// A partner's invite link.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InviteLinkItem {
    /// The link.
    #[serde(flatten)]
    pub link: InviteLink,
}

impl Item for InviteLinkItem {
    const ENTITY: &'static str = "invite-link";

    fn key(&self) -> Key {
        keys::invite_link(self.link.partner)
    }
}

/// Whose invite link a secret is. Never changes, so it is read and never condition-checked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InviteTokenItem {
    /// The digest of the secret.
    pub digest: String,
    /// The partner.
    pub partner: AccountId,
}

impl Item for InviteTokenItem {
    const ENTITY: &'static str = "invite-token";

    fn key(&self) -> Key {
        keys::invite_token(&self.digest)
    }
}

/// The names of an account as the other side of a connection is shown them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// The name that the account gives itself.
    #[serde(rename = "n")]
    pub display_name: DisplayName,
    /// Its organization's verified name.
    #[serde(rename = "on", default, skip_serializing_if = "Option::is_none")]
    pub organization_name: Option<DisplayName>,
    /// Its ORGID.
    #[serde(rename = "og")]
    pub org_id: OrgId,
}

/// An active connection on the partner's side: what the permission check and the dashboard read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CustomerItem {
    /// The partner.
    #[serde(rename = "PK", with = "key_text::account")]
    pub partner: AccountId,
    /// The customer.
    #[serde(rename = "SK", with = "key_text::customer")]
    pub customer: AccountId,
    /// The connection.
    #[serde(rename = "id")]
    pub connection_id: ConnectionId,
    /// The episode.
    #[serde(rename = "ep")]
    pub episode: u32,
    /// What the customer shares.
    #[serde(rename = "sh")]
    pub shares: Shares,
    /// When the episode began.
    #[serde(rename = "at", with = "chrono::serde::ts_milliseconds")]
    pub connected_at: Instant,
    /// The customer's names, copied from its account.
    #[serde(flatten)]
    pub names: Names,
    /// Whether the customer's account is suspended, copied from it.
    #[serde(rename = "su", default, skip_serializing_if = "std::ops::Not::not")]
    pub suspended: bool,
    /// The `rev` of the account that was copied: an older copy never overwrites a newer one.
    #[serde(rename = "cr")]
    pub copied_rev: u64,
    /// The partner's own mark.
    #[serde(rename = "rf", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// The partner's own tags.
    #[serde(rename = "tg", default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// The figures, as far as they are known, whatever is shared of them: read through
    /// [`CustomerItem::summary`].
    #[serde(rename = "sm", with = "figures", default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<Summary>,
    /// How often the figures were written.
    #[serde(rename = "sq", default, skip_serializing_if = "is_zero")]
    pub figures_written: u64,
    /// Up to which notification the partner has dismissed this customer's, in this episode.
    #[serde(rename = "du", default, skip_serializing_if = "Option::is_none")]
    pub dismissed_up_to: Option<NotificationId>,
    /// How often the customer withdrew the share `federation` in this episode: what was granted before
    /// is not granted again when it comes back (T25).
    #[serde(rename = "fw", default, skip_serializing_if = "is_zero")]
    pub federation_withdrawn: u64,
    /// Grows with every change by the partner or the customer.
    #[serde(rename = "r")]
    pub rev: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Item for CustomerItem {
    const ENTITY: &'static str = "customer";

    fn key(&self) -> Key {
        keys::customer(self.partner, self.customer)
    }
}

impl CustomerItem {
    /// The version of the connection and of the partner's own marks.
    pub fn version(&self) -> Version {
        Version::of_life(self.episode, self.rev)
    }

    /// The figures as the partner may see them, decided at the time of reading (T9).
    pub fn summary(&self, as_of: &AsOf) -> Summary {
        let Some(figures) = &self.figures else { return Summary::default() };
        Summary { as_of: as_of.of(self.customer), ..figures.clone() }.through(self.shares)
    }
}

/// An active connection on the customer's side.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PartnerItem {
    /// The customer.
    #[serde(rename = "PK", with = "key_text::account")]
    pub customer: AccountId,
    /// The partner.
    #[serde(rename = "SK", with = "key_text::partner")]
    pub partner: AccountId,
    /// The connection.
    #[serde(rename = "id")]
    pub connection_id: ConnectionId,
    /// The episode.
    #[serde(rename = "ep")]
    pub episode: u32,
    /// What the customer shares.
    #[serde(rename = "sh")]
    pub shares: Shares,
    /// When the episode began.
    #[serde(rename = "at", with = "chrono::serde::ts_milliseconds")]
    pub connected_at: Instant,
    /// The partner's ORGID, which never changes; its names and badges are read from its account.
    #[serde(rename = "og")]
    pub partner_org: OrgId,
    /// How many episodes began on the day of this one.
    #[serde(rename = "bg")]
    pub begun: Begun,
    /// Stands until the partner has the customer's figures: the next scheduled run brings them.
    #[serde(rename = "GSI2SK", with = "due", default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Instant>,
    /// Grows with every change by the customer.
    #[serde(rename = "r")]
    pub rev: u64,
}

impl Item for PartnerItem {
    const ENTITY: &'static str = "partner";

    fn key(&self) -> Key {
        keys::partner(self.customer, self.partner)
    }

    fn gsi2(&self) -> Option<Key> {
        due::place(self.customer, self.due)
    }
}

impl PartnerItem {
    /// The version of the connection as its customer sees it.
    pub fn version(&self) -> Version {
        Version::of_life(self.episode, self.rev)
    }

    /// The connection as the rules know it.
    pub fn connection(&self) -> Connection {
        Connection {
            connection_id: self.connection_id,
            pair: Pair { partner: self.partner, customer: self.customer },
            episode: self.episode,
            shares: self.shares,
            connected_at: self.connected_at,
            begun: self.begun,
        }
    }
}
