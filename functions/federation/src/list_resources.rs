//! A provider's apps and desktops.

use axum::extract::State;
use tsunagu_api::{App, Json, Page, PageBody, PageParams, Problem};
use tsunagu_domain::ids::AccountId;

use crate::{Provider, resource::ResourceBody};

/// The provider's apps and desktops
///
/// In the order in which they were made.
#[utoipa::path(
    get,
    path = "/v1/accounts/{csp}/resources",
    tag = "federation",
    params(("csp" = AccountId, Path, description = "The acting service provider"), PageParams),
    responses(
        (status = 200, body = PageBody<ResourceBody>),
        Provider,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_resources(
    State(app): State<App>,
    provider: Provider,
    page: Page,
) -> Result<Json<PageBody<ResourceBody>>, Problem> {
    let after = page.position(&app).await?;
    let found = app.store.resources(&provider.acting, after, page.limit).await?;
    let items = found.items.into_iter().map(ResourceBody::from).collect();
    Ok(Json(page.answer(&app, items, found.next).await?))
}
