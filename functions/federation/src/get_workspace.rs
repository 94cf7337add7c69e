//! One workspace of an account.

use axum::{Extension, extract::State};
use tsunagu_api::{
    App, IfMatch, PathId, Permitted, Problem, Tagged, permit::permission::FederationManage,
};
use tsunagu_domain::{federation::host::WorkspaceHost, ids::AccountId};
use tsunagu_store::{Version, federation::WorkspaceParty};

use crate::{Management, ProviderFor, workspace::WorkspaceBody};

/// One workspace of the account
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/workspaces/{host}",
    tag = "federation",
    params(
        ("account" = AccountId, Path, description = "The acting account"),
        ("host" = WorkspaceHost, Path, description = "The first label of its address"),
    ),
    responses(
        (status = 200, body = WorkspaceBody),
        Permitted<FederationManage>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn get_workspace(
    State(app): State<App>,
    Extension(management): Extension<Management>,
    account: Permitted<FederationManage>,
    PathId(host): PathId<WorkspaceHost>,
) -> Result<Tagged<WorkspaceBody>, Problem> {
    let own = account.acting.own();
    answer(&app, &management, &WorkspaceParty::new(&account.acting, &own), &host).await
}

/// One workspace of a customer
///
/// It has a domain of the provider; domains of others are not shown.
#[utoipa::path(
    get,
    path = "/v1/accounts/{csp}/customers/{customer}/workspaces/{host}",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("customer" = AccountId, Path, description = "A connected customer"),
        ("host" = WorkspaceHost, Path, description = "The first label of its address"),
    ),
    responses(
        (status = 200, body = WorkspaceBody),
        ProviderFor,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn get_workspace_of_customer(
    State(app): State<App>,
    Extension(management): Extension<Management>,
    provider: ProviderFor,
    PathId(host): PathId<WorkspaceHost>,
) -> Result<Tagged<WorkspaceBody>, Problem> {
    let theirs = provider.readable()?;
    answer(&app, &management, &WorkspaceParty::new(&provider.acting, &theirs), &host).await
}

async fn answer(
    app: &App,
    management: &Management,
    party: &WorkspaceParty<'_>,
    host: &WorkspaceHost,
) -> Result<Tagged<WorkspaceBody>, Problem> {
    let found = app.store.workspace(party, host).await?.ok_or_else(Problem::not_found)?;
    app.tagged(WorkspaceBody::of(management, found.workspace)).await
}

/// The version that the caller saw, where it names one.
pub(crate) async fn seen(
    app: &App,
    management: &Management,
    party: &WorkspaceParty<'_>,
    host: &WorkspaceHost,
    if_match: &IfMatch,
) -> Result<Option<Version>, Problem> {
    if !if_match.is_given() {
        return Ok(None);
    }
    let found = app.store.workspace(party, host).await?;
    let version = found.as_ref().map(|found| found.version);
    let shown = found.map(|found| WorkspaceBody::of(management, found.workspace));
    Ok(if_match.seen_if_any(app, shown.as_ref(), version).await?.flatten())
}
