//! Who is signed in.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tsunagu_api::{Json, Problem};
use tsunagu_domain::federation::host::WorkspaceHost;
use tsunagu_store::workspaces::OpenSession;
use utoipa::ToSchema;

use crate::{
    bodies::{CustomerBody, UserBody},
    session::InSession,
};

/// A session as its user sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Session)]
pub(crate) struct SessionBody {
    /// The workspace.
    host: WorkspaceHost,
    /// Who is signed in.
    user: UserBody,
    /// The customers of which the user is a member.
    customers: Vec<CustomerBody>,
    /// When the session ends, unless it is used.
    expires_at: DateTime<Utc>,
}

impl From<&OpenSession> for SessionBody {
    fn from(session: &OpenSession) -> Self {
        Self {
            host: session.workspace().host.clone(),
            user: UserBody::of(session),
            customers: session
                .customers()
                .map(|(id, names)| CustomerBody::new(id, names))
                .collect(),
            expires_at: session.ends_at(),
        }
    }
}

/// The session
#[utoipa::path(
    get,
    path = "/v1/workspaces/{host}/session",
    tag = "workspaces",
    params(("host" = WorkspaceHost, Path, description = "The first label of the workspace's address")),
    responses((status = 200, body = SessionBody)),
    security(("session" = []))
)]
pub(crate) async fn show_session(
    InSession(session): InSession,
) -> Result<Json<SessionBody>, Problem> {
    Ok(Json(SessionBody::from(&session)))
}
