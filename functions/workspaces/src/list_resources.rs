//! What a user may open.

use axum::extract::State;
use serde::Serialize;
use tsunagu_api::{App, Json, Problem};
use tsunagu_domain::{
    federation::{host::WorkspaceHost, resource::ResourceKind},
    ids::ResourceId,
    text::{DisplayName, ResourceDescription},
    vendor::ServiceCode,
};
use tsunagu_store::workspaces::AvailableResource;
use utoipa::ToSchema;

use crate::{bodies::CustomerBody, session::InSession};

/// Apps and desktops that a user may open.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AvailableResources)]
pub(crate) struct AvailableResourcesBody {
    /// One for each customer for which it may be opened.
    items: Vec<AvailableResourceBody>,
}

/// An app or a desktop that a user may open.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AvailableResource)]
pub(crate) struct AvailableResourceBody {
    /// Its id.
    resource_id: ResourceId,
    /// What users call it.
    name: DisplayName,
    /// What is opened.
    kind: ResourceKind,
    /// What it is for.
    description: Option<ResourceDescription>,
    /// The service whose licence its use counts for.
    service: ServiceCode,
    /// For whom it is opened.
    customer: CustomerBody,
}

impl From<AvailableResource> for AvailableResourceBody {
    fn from(available: AvailableResource) -> Self {
        let AvailableResource { resource, customer, names } = available;
        Self {
            resource_id: resource.resource_id,
            name: resource.name,
            kind: resource.kind,
            description: resource.description,
            service: resource.service,
            customer: CustomerBody::new(customer, &names),
        }
    }
}

/// Apps and desktops of the session
///
/// Those of the session's provider alone that are available to a customer of which the user is a
/// member.
#[utoipa::path(
    get,
    path = "/v1/workspaces/{host}/resources",
    tag = "workspaces",
    params(("host" = WorkspaceHost, Path, description = "The first label of the workspace's address")),
    responses((status = 200, body = AvailableResourcesBody)),
    security(("session" = []))
)]
pub(crate) async fn list_available_resources(
    State(app): State<App>,
    InSession(session): InSession,
) -> Result<Json<AvailableResourcesBody>, Problem> {
    let available = app.store.session_resources(&session).await?;
    Ok(Json(AvailableResourcesBody { items: available.into_iter().map(Into::into).collect() }))
}
