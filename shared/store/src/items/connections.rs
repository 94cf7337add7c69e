//! Invite links, connections on both sides, their past and their episodes.

use serde::{Deserialize, Serialize};
use tsunagu_domain::{
    connection::{Begun, Connection, EndedConnection, Pair, Role},
    dashboard::Summary,
    ids::{AccountId, ConnectionId, OrgId},
    invitation::{InviteLink, ShownPartner},
    share::Shares,
    text::{DisplayName, Note, Reference, Tag},
    time::Instant,
};

use super::key_text;
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
    #[serde(rename = "sm", default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<Summary>,
    /// Grows with every change by the partner or the customer.
    #[serde(rename = "r")]
    pub rev: u64,
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
    pub fn summary(&self) -> Summary {
        self.figures.clone().unwrap_or_default().through(self.shares)
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
    /// Grows with every change by the customer.
    #[serde(rename = "r")]
    pub rev: u64,
}

impl Item for PartnerItem {
    const ENTITY: &'static str = "partner";

    fn key(&self) -> Key {
        keys::partner(self.customer, self.partner)
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

macro_rules! past_item {
    (
        $(#[$doc:meta])* $name:ident: $entity:literal, $key:path;
        PK $pk:ident; SK $sk:ident $sk_text:literal; keeps $(#[$field_doc:meta])* $extra:ident: $extra_type:ty
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize)]
        pub struct $name {
            /// Whose item this is.
            #[serde(rename = "PK", with = "key_text::account")]
            pub $pk: AccountId,
            /// The other side.
            #[serde(rename = "SK", with = $sk_text)]
            pub $sk: AccountId,
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
            $(#[$field_doc])*
            pub $extra: $extra_type,
        }

        impl Item for $name {
            const ENTITY: &'static str = $entity;

            fn key(&self) -> Key {
                $key(self.$pk, self.$sk)
            }
        }

        impl $name {
            /// The ended connection as the rules know it.
            pub fn ended(&self) -> EndedConnection {
                EndedConnection {
                    last: Connection {
                        connection_id: self.connection_id,
                        pair: Pair { partner: self.partner, customer: self.customer },
                        episode: self.episode,
                        shares: self.shares,
                        connected_at: self.connected_at,
                        begun: self.begun,
                    },
                    ended_at: self.ended_at,
                    ended_by: self.ended_by,
                }
            }

            pub(crate) fn of(ended: &EndedConnection, $extra: $extra_type) -> Self {
                let last = &ended.last;
                Self {
                    $pk: last.pair.$pk,
                    $sk: last.pair.$sk,
                    connection_id: last.connection_id,
                    episode: last.episode,
                    shares: last.shares,
                    connected_at: last.connected_at,
                    ended_at: ended.ended_at,
                    ended_by: ended.ended_by,
                    begun: last.begun,
                    $extra,
                }
            }
        }
    };
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

past_item! {
    /// An ended connection on the partner's side.
    PastCustomerItem: "past-customer", keys::past_customer;
    PK partner; SK customer "key_text::past_customer"; keeps
    /// What the partner keeps.
    #[serde(flatten)]
    kept: Kept
}

past_item! {
    /// An ended connection on the customer's side.
    PastPartnerItem: "past-partner", keys::past_partner;
    PK customer; SK partner "key_text::past_partner"; keeps
    /// The partner's ORGID.
    #[serde(rename = "og")]
    partner_org: OrgId
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
