//! A resource location goes, and its keys.

use axum::extract::State;
use http::StatusCode;
use tsunagu_api::{App, IfMatch, PathId, Problem};
use tsunagu_domain::ids::{AccountId, ResourceLocationId};

use crate::{Provider, get_location, refusal};

/// Delete a resource location
///
/// With it go its keys. While a domain, an app or a desktop is there, it stays.
#[utoipa::path(
    delete,
    path = "/v1/accounts/{csp}/resource-locations/{resourceLocationId}",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("resourceLocationId" = ResourceLocationId, Path, description = "The resource location"),
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = 409, description = "`conflict`: it has domains or resources"),
        Provider,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn delete_location(
    State(app): State<App>,
    provider: Provider,
    PathId(location): PathId<ResourceLocationId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let acting = &provider.acting;
    let seen = get_location::seen(&app, acting, location, &if_match).await?;
    let deleted = app.store.delete_location(acting, location, seen, app.now()).await;
    deleted.map_err(|error| error.map_refusal(refusal::of))?;
    Ok(StatusCode::NO_CONTENT)
}
