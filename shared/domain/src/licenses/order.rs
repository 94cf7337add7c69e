//! Orders: what was bought, as the vendor's books have it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use super::Quantity;
use crate::{
    text::Reference,
    vendor::{OrderId, ServiceCode},
};

/// The most lines of one order.
pub const MAX_LINES: usize = 50;

/// Where an order stands.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Display, EnumString, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum OrderStatus {
    /// Not delivered yet.
    #[default]
    Open,
    /// Delivered.
    Fulfilled,
    /// Withdrawn.
    Cancelled,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// The vendor's number.
    pub order_id: OrderId,
    /// When it was ordered.
    pub ordered_on: NaiveDate,
    /// The customer's own number of its purchase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purchase_order: Option<Reference>,
    /// What was ordered.
    pub lines: Vec<OrderLine>,
    /// Where it stands.
    pub status: OrderStatus,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderLine {
    /// What was ordered.
    pub service: ServiceCode,
    /// How much of it; `None` is unlimited.
    pub quantity: Quantity,
    /// What is counted, in the vendor's words, such as `user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Reference>,
    /// The first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_on: Option<NaiveDate>,
    /// The last day, included; `None` is never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<NaiveDate>,
}
