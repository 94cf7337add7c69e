//! The connection as both sides are shown it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tsunagu_domain::{
    connection::{Connection, ConnectionState, EndedConnection, Role},
    ids::{AccountId, ConnectionId, OrgId},
    locale::Language,
    program::Badges,
    share::{Share, Shares},
    text::DisplayName,
    time::Instant,
};
use tsunagu_store::{
    Acting, PartnerOnRecord,
    items::{CustomerItem, Names},
};
use utoipa::ToSchema;

use super::BadgeBody;
use crate::etag::Shown;

/// An account as the other side of a connection is shown it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Party)]
pub struct PartyBody {
    /// The account.
    pub account_id: AccountId,
    /// The name that it gives itself.
    pub display_name: DisplayName,
    /// Its organization's name as the vendor verified it; `null` until it has.
    pub organization_name: Option<DisplayName>,
    /// Its ORGID.
    pub org_id: OrgId,
}

impl PartyBody {
    /// An account by the names on record.
    pub fn new(account_id: AccountId, names: &Names) -> Self {
        Self {
            account_id,
            display_name: names.display_name.clone(),
            organization_name: names.organization_name.clone(),
            org_id: names.org_id,
        }
    }

    /// The account that acts.
    pub fn of(acting: &Acting) -> Self {
        Self {
            account_id: acting.account_id(),
            display_name: acting.account().display_name.clone(),
            organization_name: acting.organization().name.clone(),
            org_id: acting.account().org_id,
        }
    }
}

/// A partner as its customers are shown it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Partner)]
pub struct PartnerBody {
    /// The account.
    #[serde(flatten)]
    pub party: PartyBody,
    /// Its badges at the time of the request.
    pub badges: Vec<BadgeBody>,
}

impl PartnerBody {
    /// A partner and its badges.
    pub fn new(party: PartyBody, badges: &Badges, language: Language) -> Self {
        Self { party, badges: BadgeBody::all(badges, language) }
    }

    /// The partner that acts.
    pub fn of(acting: &Acting, language: Language) -> Self {
        Self::new(PartyBody::of(acting), acting.badges(), language)
    }

    /// A partner by what its account says now.
    pub fn on_record(id: AccountId, partner: &PartnerOnRecord, language: Language) -> Self {
        Self::new(PartyBody::new(id, &partner.names), &partner.badges, language)
    }
}

/// Where a connection stands, from whichever item tells it.
#[derive(Clone, Copy, Debug)]
pub struct Stage {
    connection_id: ConnectionId,
    episode: u32,
    shares: Shares,
    connected_at: Instant,
    ended: Option<(Instant, Role)>,
}

impl From<&Connection> for Stage {
    fn from(connection: &Connection) -> Self {
        Self {
            connection_id: connection.connection_id,
            episode: connection.episode,
            shares: connection.shares,
            connected_at: connection.connected_at,
            ended: None,
        }
    }
}

impl From<&EndedConnection> for Stage {
    fn from(ended: &EndedConnection) -> Self {
        let by = (ended.ended_at, ended.ended_by);
        Self { ended: Some(by), ..Self::from(&ended.last) }
    }
}

impl From<&CustomerItem> for Stage {
    fn from(item: &CustomerItem) -> Self {
        Self {
            connection_id: item.connection_id,
            episode: item.episode,
            shares: item.shares,
            connected_at: item.connected_at,
            ended: None,
        }
    }
}

/// The trusted link between a partner and a customer.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Connection)]
pub struct ConnectionBody {
    /// The same over all episodes.
    pub connection_id: ConnectionId,
    /// Who looks after the other.
    pub partner: PartnerBody,
    /// Who is looked after.
    pub customer: PartyBody,
    /// Whether it stands.
    pub state: ConnectionState,
    /// Counts from 1; ending and reconnecting starts a new one.
    #[schema(example = 1)]
    pub episode: u32,
    /// What the customer shares, or shared at the end.
    pub shares: Vec<Share>,
    /// When this episode began.
    pub connected_at: DateTime<Utc>,
    /// When it ended; `null` while it stands.
    pub ended_at: Option<DateTime<Utc>>,
    /// Who ended it; `null` while it stands.
    pub ended_by: Option<Role>,
}

impl ConnectionBody {
    /// A connection between these two.
    pub fn new(stage: impl Into<Stage>, partner: PartnerBody, customer: PartyBody) -> Self {
        let from = stage.into();
        let is_active = from.ended.is_none();
        Self {
            connection_id: from.connection_id,
            partner,
            customer,
            state: if is_active { ConnectionState::Active } else { ConnectionState::Ended },
            episode: from.episode,
            shares: from.shares.iter().collect(),
            connected_at: from.connected_at,
            ended_at: from.ended.map(|(at, _)| at),
            ended_by: from.ended.map(|(_, by)| by),
        }
    }
}

impl Shown for ConnectionBody {
    const DERIVED: &'static [&'static str] = &["/partner/badges"];
}
