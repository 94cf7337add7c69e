//! A domain goes.

use axum::extract::State;
use http::StatusCode;
use tsunagu_api::{App, IfMatch, PathId, Problem};
use tsunagu_domain::ids::{AccountId, DomainId};

use crate::{Provider, get_domain, refusal};

/// Delete a domain
///
/// While a customer is federated to it, or a shared workspace of the provider has it, it stays.
#[utoipa::path(
    delete,
    path = "/v1/accounts/{csp}/domains/{domainId}",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("domainId" = DomainId, Path, description = "The domain"),
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = 409, description = "`conflict`: it is in use"),
        Provider,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn delete_domain(
    State(app): State<App>,
    provider: Provider,
    PathId(domain): PathId<DomainId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let acting = &provider.acting;
    let seen = get_domain::seen(&app, acting, domain, &if_match).await?;
    let deleted = app.store.delete_domain(acting, domain, seen, app.now()).await;
    deleted.map_err(|error| error.map_refusal(refusal::of))?;
    Ok(StatusCode::NO_CONTENT)
}
