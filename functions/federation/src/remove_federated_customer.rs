//! A provider takes a customer out of a domain (P19).

use axum::extract::State;
use http::StatusCode;
use tsunagu_api::{App, IfMatch, PathIds, Problem};
use tsunagu_domain::ids::{AccountId, DomainId};

use crate::{ProviderFor, put_federated_customer, refusal};

/// Remove a customer from a domain
///
/// From the next request on its users are refused, and their open sessions with them. Workspaces stay
/// as they are.
#[utoipa::path(
    delete,
    path = "/v1/accounts/{csp}/domains/{domainId}/customers/{customer}",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("domainId" = DomainId, Path, description = "The domain"),
        ("customer" = AccountId, Path, description = "A connected customer"),
    ),
    responses(
        (status = 204, description = "Removed"),
        ProviderFor,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn remove_federated_customer(
    State(app): State<App>,
    provider: ProviderFor,
    ids: PathIds,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let domain: DomainId = ids.get("domainId")?;
    let customer = put_federated_customer::shared(&provider)?;
    let seen = put_federated_customer::seen(&app, &customer, domain, &if_match).await?;
    let acting = &provider.acting;
    let removed =
        app.store.remove_federated_customer(acting, &customer, domain, seen, app.now()).await;
    removed.map_err(|error| error.map_refusal(refusal::of))?;
    Ok(StatusCode::NO_CONTENT)
}
