//! The customer's active partners.

use axum::extract::State;
use tsunagu_api::{
    App,
    bodies::{ConnectionBody, PartyBody},
    json::Json,
    page::{Page, PageBody, PageParams},
    permit::Member,
    problem::Problem,
    scope::Reader,
};
use tsunagu_domain::ids::AccountId;

use crate::list_connections::partner_bodies;

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
    let wanted = found.items.iter().map(|item| (item.partner, item.partner_org));
    let mut partners = partner_bodies(&app, wanted, language).await?;
    let mut items = Vec::with_capacity(found.items.len());
    for item in &found.items {
        let partner = partners(item.partner)?;
        items.push(ConnectionBody::new(&item.connection(), partner, PartyBody::of(acting)));
    }
    Ok(Json(page.answer(&app, items, found.next).await?))
}
