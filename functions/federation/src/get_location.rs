//! One resource location of a provider.

use axum::extract::State;
use tsunagu_api::{App, IfMatch, PathId, Problem, Tagged};
use tsunagu_domain::ids::{AccountId, ResourceLocationId};
use tsunagu_store::{Acting, Version};

use crate::{Provider, location::LocationBody};

/// One resource location
#[utoipa::path(
    get,
    path = "/v1/accounts/{csp}/resource-locations/{resourceLocationId}",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("resourceLocationId" = ResourceLocationId, Path, description = "The resource location"),
    ),
    responses(
        (status = 200, body = LocationBody),
        Provider,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn get_location(
    State(app): State<App>,
    provider: Provider,
    PathId(location): PathId<ResourceLocationId>,
) -> Result<Tagged<LocationBody>, Problem> {
    let found = app.store.location(&provider.acting, location).await?;
    app.tagged(found.ok_or_else(Problem::not_found)?.into()).await
}

/// The version that the caller saw, where it names one.
pub(crate) async fn seen(
    app: &App,
    provider: &Acting,
    location: ResourceLocationId,
    if_match: &IfMatch,
) -> Result<Option<Version>, Problem> {
    if !if_match.is_given() {
        return Ok(None);
    }
    let found = app.store.location(provider, location).await?.ok_or_else(Problem::not_found)?;
    let version = found.version();
    if_match.seen(app, &LocationBody::from(found), version).await
}
