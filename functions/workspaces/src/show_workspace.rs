//! What a workspace shows before anybody signs in.

use axum::extract::State;
use serde::Serialize;
use tsunagu_api::{App, Json, PathId, Problem};
use tsunagu_domain::{
    federation::{domain_name::DomainName, host::WorkspaceHost, workspace::WorkspaceKind},
    ids::DomainId,
    text::DisplayName,
};
use tsunagu_store::workspaces::{Entrance, ShownWorkspace};
use utoipa::ToSchema;

/// A workspace as everybody sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PublicWorkspace)]
pub(crate) struct PublicWorkspaceBody {
    /// The first label of its address.
    host: WorkspaceHost,
    /// What users see as its name.
    display_name: DisplayName,
    /// The verified name of whoever it belongs to; `null` until the vendor has verified one.
    organization_name: Option<DisplayName>,
    /// Whose users it is for.
    kind: WorkspaceKind,
    /// By whose directories users sign in.
    domains: Vec<PublicDomainBody>,
}

/// A domain as everybody sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PublicDomain)]
pub(crate) struct PublicDomainBody {
    /// Its id.
    domain_id: DomainId,
    /// Its name.
    name: DomainName,
}

impl From<ShownWorkspace> for PublicWorkspaceBody {
    fn from(shown: ShownWorkspace) -> Self {
        let Entrance { workspace, domains } = shown.entrance;
        let domain = |item: tsunagu_store::items::DomainItem| PublicDomainBody {
            domain_id: item.domain_id,
            name: item.name,
        };
        Self {
            host: workspace.host,
            display_name: workspace.display_name,
            organization_name: shown.organization_name,
            kind: workspace.kind,
            domains: domains.into_iter().map(domain).collect(),
        }
    }
}

/// A workspace's sign-in page
///
/// Public: that a workspace exists is no secret. A disabled one is 404.
#[utoipa::path(
    get,
    path = "/v1/workspaces/{host}",
    tag = "workspaces",
    params(("host" = WorkspaceHost, Path, description = "The first label of the workspace's address")),
    responses((status = 200, body = PublicWorkspaceBody)),
    security(())
)]
pub(crate) async fn show_workspace(
    State(app): State<App>,
    PathId(host): PathId<WorkspaceHost>,
) -> Result<Json<PublicWorkspaceBody>, Problem> {
    let shown = app.store.shown_workspace(&host).await?;
    shown.map(|shown| Json(shown.into())).ok_or_else(Problem::not_found)
}
