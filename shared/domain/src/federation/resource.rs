//! Where a provider's domains and machines live, and the apps and desktops there.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use super::launch_url::LaunchUrl;
use crate::{
    ids::{ResourceId, ResourceLocationId},
    text::{DisplayName, ResourceDescription},
    time::Instant,
    vendor::ServiceCode,
};

/// A place where a provider's domains and machines live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceLocation {
    /// Its id.
    pub resource_location_id: ResourceLocationId,
    /// What the provider calls it.
    pub name: DisplayName,
    /// When it was made.
    pub created_at: Instant,
}

/// What is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumString, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum ResourceKind {
    /// One application.
    App,
    /// A whole desktop.
    Desktop,
}

/// An app or a desktop of a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Its id.
    pub resource_id: ResourceId,
    /// What users call it.
    pub name: DisplayName,
    /// What is opened.
    pub kind: ResourceKind,
    /// The service whose licence its use counts for.
    pub service: ServiceCode,
    /// Where its machine is.
    pub resource_location_id: ResourceLocationId,
    /// Where it is opened.
    pub launch_url: LaunchUrl,
    /// What it is for.
    pub description: Option<ResourceDescription>,
    /// When it was made.
    pub created_at: Instant,
}
