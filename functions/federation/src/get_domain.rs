//! One domain of a provider.

use axum::extract::State;
use tsunagu_api::{App, IfMatch, PathId, Problem, Tagged};
use tsunagu_domain::ids::{AccountId, DomainId};
use tsunagu_store::{Acting, Version};

use crate::{Provider, domain::DomainBody};

/// One domain
#[utoipa::path(
    get,
    path = "/v1/accounts/{csp}/domains/{domainId}",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("domainId" = DomainId, Path, description = "The domain"),
    ),
    responses(
        (status = 200, body = DomainBody),
        Provider,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn get_domain(
    State(app): State<App>,
    provider: Provider,
    PathId(domain): PathId<DomainId>,
) -> Result<Tagged<DomainBody>, Problem> {
    let found = app.store.domain(&provider.acting, domain).await?;
    app.tagged(found.ok_or_else(Problem::not_found)?.into()).await
}

/// The version that the caller saw, where it names one.
pub(crate) async fn seen(
    app: &App,
    provider: &Acting,
    domain: DomainId,
    if_match: &IfMatch,
) -> Result<Option<Version>, Problem> {
    if !if_match.is_given() {
        return Ok(None);
    }
    let found = app.store.domain(provider, domain).await?.ok_or_else(Problem::not_found)?;
    let version = found.version();
    if_match.seen(app, &DomainBody::from(found), version).await
}
