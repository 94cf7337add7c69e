//! Sessions of an account's own members, wherever they signed in.

use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use tsunagu_api::{App, Json, Permitted, Problem, permit::permission::FederationManage};
use tsunagu_domain::ids::AccountId;
use utoipa::ToSchema;

use crate::federated_customer::NamedAccount;

/// Open sessions of an account's members, by provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MemberSessions)]
pub(crate) struct MemberSessionsBody {
    /// By provider; those with none are left out.
    items: Vec<ProviderSessionsBody>,
}

/// Open sessions with the credentials of one provider.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ProviderSessions)]
pub(crate) struct ProviderSessionsBody {
    /// The provider.
    provider: NamedAccount,
    /// How many.
    open_sessions: u32,
}

/// Open sessions of the account's members
///
/// By provider, and never by user.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/sessions",
    tag = "federation",
    params(("account" = AccountId, Path, description = "The acting account")),
    responses(
        (status = 200, body = MemberSessionsBody),
        Permitted<FederationManage>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn count_member_sessions(
    State(app): State<App>,
    account: Permitted<FederationManage>,
) -> Result<Json<MemberSessionsBody>, Problem> {
    let acting = &account.acting;
    let counts = app.store.count_member_sessions(acting, app.now()).await?;
    let mut names = app.store.names_of(counts.keys().copied()).await?;
    let items = counts.into_iter().filter_map(|(account_id, open_sessions)| {
        let display_name = names.remove(&account_id)?;
        let provider = NamedAccount { account_id, display_name };
        Some(ProviderSessionsBody { provider, open_sessions })
    });
    Ok(Json(MemberSessionsBody { items: items.collect() }))
}

/// End all sessions of the account's members
///
/// They may sign in anew.
#[utoipa::path(
    delete,
    path = "/v1/accounts/{account}/sessions",
    tag = "federation",
    params(("account" = AccountId, Path, description = "The acting account")),
    responses(
        (status = 204, description = "Ended"),
        Permitted<FederationManage>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn end_member_sessions(
    State(app): State<App>,
    account: Permitted<FederationManage>,
) -> Result<StatusCode, Problem> {
    app.store.end_member_sessions(&account.acting, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
