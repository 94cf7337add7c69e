//! A workspace goes.

use axum::{Extension, extract::State};
use http::StatusCode;
use tsunagu_api::{App, IfMatch, PathId, Permitted, Problem, permit::permission::FederationManage};
use tsunagu_domain::{federation::host::WorkspaceHost, ids::AccountId};
use tsunagu_store::federation::WorkspaceParty;

use crate::{Management, ProviderFor, get_workspace, refusal};

/// Delete a workspace
///
/// The account keeps the host for 30 days.
#[utoipa::path(
    delete,
    path = "/v1/accounts/{account}/workspaces/{host}",
    tag = "federation",
    params(
        ("account" = AccountId, Path, description = "The acting account"),
        ("host" = WorkspaceHost, Path, description = "The first label of its address"),
    ),
    responses(
        (status = 204, description = "Deleted"),
        Permitted<FederationManage>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn delete_workspace(
    State(app): State<App>,
    Extension(management): Extension<Management>,
    account: Permitted<FederationManage>,
    PathId(host): PathId<WorkspaceHost>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let own = account.acting.own();
    let party = WorkspaceParty::new(&account.acting, &own);
    delete(&app, &management, &party, &host, &if_match).await
}

/// Delete a dedicated workspace of a customer
///
/// Where it has domains of others it stays with them, and is gone for this provider alone.
#[utoipa::path(
    delete,
    path = "/v1/accounts/{csp}/customers/{customer}/workspaces/{host}",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("customer" = AccountId, Path, description = "A connected customer"),
        ("host" = WorkspaceHost, Path, description = "The first label of its address"),
    ),
    responses(
        (status = 204, description = "Deleted"),
        ProviderFor,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn delete_workspace_of_customer(
    State(app): State<App>,
    Extension(management): Extension<Management>,
    provider: ProviderFor,
    PathId(host): PathId<WorkspaceHost>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let theirs = provider.readable()?;
    let party = WorkspaceParty::new(&provider.acting, &theirs);
    delete(&app, &management, &party, &host, &if_match).await
}

async fn delete(
    app: &App,
    management: &Management,
    party: &WorkspaceParty<'_>,
    host: &WorkspaceHost,
    if_match: &IfMatch,
) -> Result<StatusCode, Problem> {
    let seen = get_workspace::seen(app, management, party, host, if_match).await?;
    let deleted = app.store.delete_workspace(party, host, seen, app.now()).await;
    deleted.map_err(|error| error.map_refusal(refusal::of))?;
    Ok(StatusCode::NO_CONTENT)
}
