//! A domain as it is shown.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tsunagu_api::Shown;
use tsunagu_domain::{
    federation::domain_name::DomainName,
    ids::{DomainId, ResourceLocationId},
};
use tsunagu_store::items::DomainItem;
use utoipa::ToSchema;

use crate::directory::DirectoryBody;

/// A domain of a service provider.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Domain)]
pub(crate) struct DomainBody {
    /// Its id.
    domain_id: DomainId,
    /// Its name, unique within the provider; it never changes.
    name: DomainName,
    /// Where it lives.
    resource_location_id: ResourceLocationId,
    /// Whom it asks for its users.
    directory: DirectoryBody,
    /// Whether the last test of the directory, as it is now, passed.
    status: DomainStatus,
    /// When it was made.
    created_at: DateTime<Utc>,
}

/// Whether the last test of a domain's directory passed.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DomainStatus {
    /// It did.
    Verified,
    /// It did not, or there was none since the directory changed.
    Unverified,
}

impl Shown for DomainBody {
    const DERIVED: &'static [&'static str] = &["/status"];
}

impl From<DomainItem> for DomainBody {
    fn from(item: DomainItem) -> Self {
        let status = if item.verified { DomainStatus::Verified } else { DomainStatus::Unverified };
        Self {
            domain_id: item.domain_id,
            name: item.name,
            resource_location_id: item.location,
            directory: DirectoryBody::of(&item.directory, item.has_secret),
            status,
            created_at: item.created_at,
        }
    }
}
