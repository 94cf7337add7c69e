//! An app or a desktop as its provider is shown it, and what is asked of one.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tsunagu_api::{App, Problem, Shown};
use tsunagu_domain::{
    federation::{
        launch_url::LaunchUrl,
        resource::{Resource, ResourceKind},
    },
    ids::{ResourceId, ResourceLocationId},
    text::{DisplayName, ResourceDescription},
    vendor::ServiceCode,
};
use tsunagu_store::items::ResourceItem;
use utoipa::ToSchema;

use crate::{Management, refusal};

/// An app or a desktop of a provider.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Resource)]
pub(crate) struct ResourceBody {
    /// Its id.
    resource_id: ResourceId,
    /// What users call it.
    name: DisplayName,
    /// What is opened.
    kind: ResourceKind,
    /// The service whose licence its use counts for.
    service: ServiceCode,
    /// Where its machine is.
    resource_location_id: ResourceLocationId,
    /// Where it is opened.
    launch_url: LaunchUrl,
    /// What it is for.
    description: Option<ResourceDescription>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl Shown for ResourceBody {}

impl From<Resource> for ResourceBody {
    fn from(resource: Resource) -> Self {
        Self {
            resource_id: resource.resource_id,
            name: resource.name,
            kind: resource.kind,
            service: resource.service,
            resource_location_id: resource.resource_location_id,
            launch_url: resource.launch_url,
            description: resource.description,
            created_at: resource.created_at,
        }
    }
}

impl From<ResourceItem> for ResourceBody {
    fn from(item: ResourceItem) -> Self {
        item.resource.into()
    }
}

/// Refuses a service that is in no catalogue, and an address that may not be opened (T30).
pub(crate) async fn demand(
    app: &App,
    management: &Management,
    service: Option<&ServiceCode>,
    url: Option<&LaunchUrl>,
) -> Result<(), Problem> {
    if url.is_some_and(|url| !management.admits(url)) {
        return Err(Problem::invalid("/launchUrl", refusal::SCHEME));
    }
    let Some(service) = service else { return Ok(()) };
    match app.store.known_service(service).await? {
        Some(_) => Ok(()),
        None => Err(Problem::unknown_service(["/service"])),
    }
}
