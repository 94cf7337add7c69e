//! The workspaces of an account.

use axum::{Extension, extract::State};
use tsunagu_api::{
    App, Json, Page, PageBody, PageParams, Permitted, Problem, permit::permission::FederationManage,
};
use tsunagu_domain::ids::AccountId;
use tsunagu_store::federation::WorkspaceParty;

use crate::{Management, ProviderFor, workspace::WorkspaceBody};

/// The workspaces of the account
///
/// By host.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/workspaces",
    tag = "federation",
    params(("account" = AccountId, Path, description = "The acting account"), PageParams),
    responses(
        (status = 200, body = PageBody<WorkspaceBody>),
        Permitted<FederationManage>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_workspaces(
    State(app): State<App>,
    Extension(management): Extension<Management>,
    account: Permitted<FederationManage>,
    page: Page,
) -> Result<Json<PageBody<WorkspaceBody>>, Problem> {
    let own = account.acting.own();
    answer(&app, &management, &WorkspaceParty::new(&account.acting, &own), &page).await
}

/// The workspaces of a customer, as far as they have domains of the provider
///
/// By host. A page may be short, even empty, and still not be the last.
#[utoipa::path(
    get,
    path = "/v1/accounts/{csp}/customers/{customer}/workspaces",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("customer" = AccountId, Path, description = "A connected customer"),
        PageParams,
    ),
    responses(
        (status = 200, body = PageBody<WorkspaceBody>),
        ProviderFor,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_workspaces_of_customer(
    State(app): State<App>,
    Extension(management): Extension<Management>,
    provider: ProviderFor,
    page: Page,
) -> Result<Json<PageBody<WorkspaceBody>>, Problem> {
    let theirs = provider.readable()?;
    answer(&app, &management, &WorkspaceParty::new(&provider.acting, &theirs), &page).await
}

async fn answer(
    app: &App,
    management: &Management,
    party: &WorkspaceParty<'_>,
    page: &Page,
) -> Result<Json<PageBody<WorkspaceBody>>, Problem> {
    let after = page.position(app).await?;
    let found = app.store.workspaces(party, after, page.limit).await?;
    let body = |workspace| WorkspaceBody::of(management, workspace);
    let items = found.items.into_iter().map(body).collect();
    Ok(Json(page.answer(app, items, found.next).await?))
}
