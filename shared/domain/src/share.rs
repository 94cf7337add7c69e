//! What a customer shares with a partner.

use enumset::{EnumSet, EnumSetType};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

/// A part of the customer's account that it may share with a partner. Never reordered: the table
/// keeps sets of them as bits, in this order.
#[derive(
    Debug,
    Hash,
    PartialOrd,
    Ord,
    Display,
    EnumString,
    VariantArray,
    Serialize,
    Deserialize,
    EnumSetType,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Share {
    /// Basic account information.
    Account,
    /// Orders.
    Orders,
    /// Entitlements.
    Entitlements,
    /// Licence figures.
    Licenses,
    /// Support tickets.
    Tickets,
    /// Notifications.
    Notifications,
    /// Federated domains and workspaces.
    Federation,
}

/// A set of shares.
pub type Shares = EnumSet<Share>;
