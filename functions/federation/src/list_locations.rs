//! A provider's resource locations.

use axum::extract::State;
use tsunagu_api::{App, Json, Page, PageBody, PageParams, Problem};
use tsunagu_domain::ids::AccountId;

use crate::{Provider, location::LocationBody};

/// The provider's resource locations
///
/// In the order in which they were made.
#[utoipa::path(
    get,
    path = "/v1/accounts/{csp}/resource-locations",
    tag = "federation",
    params(("csp" = AccountId, Path, description = "The acting service provider"), PageParams),
    responses(
        (status = 200, body = PageBody<LocationBody>),
        Provider,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_locations(
    State(app): State<App>,
    provider: Provider,
    page: Page,
) -> Result<Json<PageBody<LocationBody>>, Problem> {
    let after = page.position(&app).await?;
    let found = app.store.locations(&provider.acting, after, page.limit).await?;
    let items = found.items.into_iter().map(LocationBody::from).collect();
    Ok(Json(page.answer(&app, items, found.next).await?))
}
