//! A provider's domains.

use axum::extract::State;
use tsunagu_api::{App, Json, Page, PageBody, PageParams, Problem};
use tsunagu_domain::ids::AccountId;

use crate::{Provider, domain::DomainBody};

/// The provider's domains
///
/// In the order in which they were made.
#[utoipa::path(
    get,
    path = "/v1/accounts/{csp}/domains",
    tag = "federation",
    params(("csp" = AccountId, Path, description = "The acting service provider"), PageParams),
    responses(
        (status = 200, body = PageBody<DomainBody>),
        Provider,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_domains(
    State(app): State<App>,
    provider: Provider,
    page: Page,
) -> Result<Json<PageBody<DomainBody>>, Problem> {
    let after = page.position(&app).await?;
    let found = app.store.domains(&provider.acting, after, page.limit).await?;
    let items = found.items.into_iter().map(DomainBody::from).collect();
    Ok(Json(page.answer(&app, items, found.next).await?))
}
