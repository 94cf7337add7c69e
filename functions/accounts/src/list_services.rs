//! The service catalogue.

use axum::extract::State;
use tsunagu_api::{App, Json, Page, PageBody, PageParams, Problem, Reader, SignedIn};

use crate::service::{ServiceBody, page_of_catalogue};

/// The service catalogue
///
/// By product code. What the vendor changes in it shows within a minute.
#[utoipa::path(
    get,
    path = "/v1/services",
    tag = "services",
    params(PageParams),
    responses((status = 200, body = PageBody<ServiceBody>)),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_services(
    State(app): State<App>,
    _: SignedIn,
    Reader(language): Reader,
    page: Page,
) -> Result<Json<PageBody<ServiceBody>>, Problem> {
    let (services, next) = page_of_catalogue(&app, &page).await?;
    let items = services.iter().map(|service| ServiceBody::new(service, language)).collect();
    Ok(Json(page.answer(&app, items, next).await?))
}
