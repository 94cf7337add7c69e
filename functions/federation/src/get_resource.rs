//! One app or desktop of a provider.

use axum::extract::State;
use tsunagu_api::{App, IfMatch, PathId, Problem, Tagged};
use tsunagu_domain::ids::{AccountId, ResourceId};
use tsunagu_store::{Acting, Version};

use crate::{Provider, resource::ResourceBody};

/// One app or desktop
#[utoipa::path(
    get,
    path = "/v1/accounts/{csp}/resources/{resourceId}",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("resourceId" = ResourceId, Path, description = "The app or desktop"),
    ),
    responses(
        (status = 200, body = ResourceBody),
        Provider,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn get_resource(
    State(app): State<App>,
    provider: Provider,
    PathId(resource): PathId<ResourceId>,
) -> Result<Tagged<ResourceBody>, Problem> {
    let found = app.store.resource(&provider.acting, resource).await?;
    app.tagged(found.ok_or_else(Problem::not_found)?.into()).await
}

/// The version that the caller saw, where it names one.
pub(crate) async fn seen(
    app: &App,
    provider: &Acting,
    resource: ResourceId,
    if_match: &IfMatch,
) -> Result<Option<Version>, Problem> {
    if !if_match.is_given() {
        return Ok(None);
    }
    let found = app.store.resource(provider, resource).await?.ok_or_else(Problem::not_found)?;
    let version = found.version();
    if_match.seen(app, &ResourceBody::from(found), version).await
}
