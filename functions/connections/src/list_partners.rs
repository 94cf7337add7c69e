//! The customer's active partners.

use axum::extract::State;
use tsunagu_api::{
    App,
    bodies::{ConnectionBody, Stage},
    json::Json,
    page::{Page, PageBody, PageParams},
    permit::Member,
    problem::Problem,
    scope::Reader,
};
use tsunagu_domain::ids::AccountId;

use crate::list_connections::with_partners;

/// The account's active partner connections
#[utoipa::path(
    get,
    path = "/v1/accounts/{customer}/partners",
    tag = "connections",
    params(("customer" = AccountId, Path, description = "The acting customer"), PageParams),
    responses((status = 200, body = PageBody<ConnectionBody>)),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_partners(
    State(app): State<App>,
    customer: Member,
    Reader(language): Reader,
    page: Page,
) -> Result<Json<PageBody<ConnectionBody>>, Problem> {
    let acting = &customer.acting;
    let after = page.position(&app).await?;
    let found = app.store.partners(acting, after, page.limit).await?;
    let rows = found
        .items
        .iter()
        .map(|item| (item.partner, item.partner_org, Stage::from(&item.connection())));
    let items = with_partners(&app, acting, rows, language).await?;
    Ok(Json(page.answer(&app, items, found.next).await?))
}
