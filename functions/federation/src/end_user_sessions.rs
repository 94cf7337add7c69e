//! A provider ends the sessions of one of its users.

use axum::extract::State;
use deserr::Deserr;
use http::StatusCode;
use tsunagu_api::{App, InputErrors, Json, PathIds, Problem};
use tsunagu_domain::{
    federation::login::UserName,
    ids::{AccountId, DomainId},
};
use utoipa::ToSchema;

use crate::Provider;

/// Whose sessions.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, deny_unknown_fields)]
pub(crate) struct EndSessions {
    /// The user's name within the domain.
    username: UserName,
}

/// End a user's sessions
///
/// Those of somebody whom the directory no longer lets in, say. Whether there is such a user is not
/// told.
#[utoipa::path(
    post,
    path = "/v1/accounts/{csp}/domains/{domainId}/sessions/end",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("domainId" = DomainId, Path, description = "The domain"),
    ),
    request_body = EndSessions,
    responses(
        (status = 204, description = "Ended"),
        Provider,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn end_user_sessions(
    State(app): State<App>,
    provider: Provider,
    ids: PathIds,
    Json(asked): Json<EndSessions>,
) -> Result<StatusCode, Problem> {
    let domain: DomainId = ids.get("domainId")?;
    let acting = &provider.acting;
    let ended = app.store.end_user_sessions(acting, domain, &asked.username, app.now()).await?;
    ended.then_some(StatusCode::NO_CONTENT).ok_or_else(Problem::not_found)
}
