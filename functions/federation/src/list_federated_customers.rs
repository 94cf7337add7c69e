//! The customers of a domain.

use axum::extract::State;
use tsunagu_api::{App, Json, Page, PageBody, PageParams, PathId, Problem};
use tsunagu_domain::ids::{AccountId, DomainId};

use crate::{Provider, federated_customer::FederatedCustomerBody};

/// The customers of a domain
///
/// A page may be short, even empty, and still not be the last: what is left of connections that have
/// ended is not shown.
#[utoipa::path(
    get,
    path = "/v1/accounts/{csp}/domains/{domainId}/customers",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("domainId" = DomainId, Path, description = "The domain"),
        PageParams,
    ),
    responses(
        (status = 200, body = PageBody<FederatedCustomerBody>),
        Provider,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_federated_customers(
    State(app): State<App>,
    provider: Provider,
    PathId(domain): PathId<DomainId>,
    page: Page,
) -> Result<Json<PageBody<FederatedCustomerBody>>, Problem> {
    let after = page.position(&app).await?;
    let found = app.store.federated_customers(&provider.acting, domain, after, page.limit).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    let items = found.items.into_iter().map(FederatedCustomerBody::from).collect();
    Ok(Json(page.answer(&app, items, found.next).await?))
}
