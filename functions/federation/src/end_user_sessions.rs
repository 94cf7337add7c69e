//! A provider ends the sessions of one of its users.

use axum::extract::State;
use deserr::Deserr;
use http::StatusCode;
use tsunagu_api::{App, InputErrors, Json, PathIds, Problem};
use tsunagu_domain::{
    Invalid,
    federation::login::Login,
    ids::{AccountId, DomainId},
};
use utoipa::ToSchema;

use crate::Provider;

/// Whose sessions.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, deny_unknown_fields)]
pub(crate) struct EndSessions {
    /// The user's name, as it would be typed at a workspace: `user`, `user@domain` or `SHORT\user`.
    #[schema(value_type = String)]
    username: Login,
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
    let item = app.store.domain(acting, domain).await?.ok_or_else(Problem::not_found)?;
    let is_meant = asked.username.choose(&[item.name], None).is_ok();
    if !is_meant {
        return Err(Problem::invalid("/username", Invalid::UnknownValue));
    }
    let user = &asked.username.user;
    let ended = app.store.end_user_sessions(acting, domain, user, app.now()).await?;
    ended.then_some(StatusCode::NO_CONTENT).ok_or_else(Problem::not_found)
}
