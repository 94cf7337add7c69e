//! An app or a desktop goes.

use axum::extract::State;
use http::StatusCode;
use tsunagu_api::{App, IfMatch, PathId, Problem};
use tsunagu_domain::ids::{AccountId, ResourceId};

use crate::{Provider, get_resource, refusal};

/// Delete an app or a desktop
///
/// From the next request on nobody opens it.
#[utoipa::path(
    delete,
    path = "/v1/accounts/{csp}/resources/{resourceId}",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("resourceId" = ResourceId, Path, description = "The app or desktop"),
    ),
    responses(
        (status = 204, description = "Deleted"),
        Provider,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn delete_resource(
    State(app): State<App>,
    provider: Provider,
    PathId(resource): PathId<ResourceId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let acting = &provider.acting;
    let seen = get_resource::seen(&app, acting, resource, &if_match).await?;
    let deleted = app.store.delete_resource(acting, resource, seen, app.now()).await;
    deleted.map_err(|error| error.map_refusal(refusal::of))?;
    Ok(StatusCode::NO_CONTENT)
}
