//! A user leaves.

use axum::extract::State;
use http::StatusCode;
use tsunagu_api::{App, Problem};
use tsunagu_domain::federation::host::WorkspaceHost;

use crate::session::InSession;

/// Sign out
///
/// The token opens nothing any more, nor do tickets of its launches that are not redeemed yet.
#[utoipa::path(
    post,
    path = "/v1/workspaces/{host}/sign-out",
    tag = "workspaces",
    params(("host" = WorkspaceHost, Path, description = "The first label of the workspace's address")),
    responses((status = 204, description = "Signed out")),
    security(("session" = []))
)]
pub(crate) async fn sign_out(
    State(app): State<App>,
    InSession(session): InSession,
) -> Result<StatusCode, Problem> {
    app.store.sign_out(&session).await?;
    Ok(StatusCode::NO_CONTENT)
}
