//! Accounts: the tenants.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use crate::{
    ids::{AccountId, OrgId},
    locale::{CountryCode, TimeZone},
    text::{Address, Contact, DisplayName},
    time::Instant,
    vendor::ExternalId,
};

/// How many accounts one person may register.
pub const MAX_REGISTERED_BY_ONE_PERSON: u32 = 20;

/// A tenant. Its ORGID and its time zone never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The id: the key of everything that belongs to it.
    pub account_id: AccountId,
    /// The organization that it belongs to (P1).
    pub org_id: OrgId,
    /// The name that it gives itself.
    pub display_name: DisplayName,
    /// Where it is.
    pub country: CountryCode,
    /// Decides what a day and a month are for this account.
    pub time_zone: TimeZone,
    /// Its postal address.
    pub address: Option<Address>,
    /// How to reach it; shown to connected partners, never filled by itself.
    pub contact: Option<Contact>,
    /// Whether the vendor has suspended it.
    pub status: AccountStatus,
    /// The vendor's own number of it.
    pub external_id: Option<ExternalId>,
    /// When it was made.
    pub created_at: Instant,
}

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumString, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum AccountStatus {
    /// In use.
    Active,
    /// Its administrators may only read its own data; partners no longer see it.
    Suspended,
}
