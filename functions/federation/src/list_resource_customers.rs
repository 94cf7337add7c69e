//! The customers that may use an app or a desktop.

use axum::extract::State;
use tsunagu_api::{App, Json, Page, PageBody, PageParams, PathId, Problem};
use tsunagu_domain::ids::{AccountId, ResourceId};

use crate::{Provider, resource_customer::ResourceCustomerBody};

/// The customers that may use an app or a desktop
///
/// Who was allowed a moment ago may be missing; who no longer is never stands here. A page may be
/// short, even empty, and still not be the last.
#[utoipa::path(
    get,
    path = "/v1/accounts/{csp}/resources/{resourceId}/customers",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("resourceId" = ResourceId, Path, description = "The app or desktop"),
        PageParams,
    ),
    responses(
        (status = 200, body = PageBody<ResourceCustomerBody>),
        Provider,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_resource_customers(
    State(app): State<App>,
    provider: Provider,
    PathId(resource): PathId<ResourceId>,
    page: Page,
) -> Result<Json<PageBody<ResourceCustomerBody>>, Problem> {
    let after = page.position(&app).await?;
    let found = app.store.resource_customers(&provider.acting, resource, after, page.limit).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    let items = found.items.into_iter().map(ResourceCustomerBody::from).collect();
    Ok(Json(page.answer(&app, items, found.next).await?))
}
