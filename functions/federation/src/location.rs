//! A resource location as it is shown.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tsunagu_api::Shown;
use tsunagu_domain::{
    federation::resource::ResourceLocation, ids::ResourceLocationId, text::DisplayName,
};
use tsunagu_store::items::LocationItem;
use utoipa::ToSchema;

/// A place where a provider's domains and machines live.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ResourceLocation)]
pub(crate) struct LocationBody {
    /// Its id.
    resource_location_id: ResourceLocationId,
    /// What the provider calls it.
    name: DisplayName,
    /// When it was made.
    created_at: DateTime<Utc>,
}

/// A resource location with a key of its machines, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ResourceLocationWithKey)]
pub(crate) struct LocationWithKeyBody {
    /// The resource location.
    #[serde(flatten)]
    pub(crate) location: LocationBody,
    /// What machines at the resource location redeem tickets with. Shown this once: an answer that is
    /// given again has `null`.
    #[schema(value_type = Option<String>, required = true)]
    pub(crate) key: String,
}

impl LocationWithKeyBody {
    /// Where the key stands in the answer.
    pub(crate) const KEY: &'static str = "/key";
}

impl Shown for LocationBody {}

impl From<ResourceLocation> for LocationBody {
    fn from(location: ResourceLocation) -> Self {
        let ResourceLocation { resource_location_id, name, created_at } = location;
        Self { resource_location_id, name, created_at }
    }
}

impl From<LocationItem> for LocationBody {
    fn from(item: LocationItem) -> Self {
        item.location.into()
    }
}
