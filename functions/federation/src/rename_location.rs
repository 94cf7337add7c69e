//! A resource location gets another name.

use axum::extract::State;
use deserr::Deserr;
use tsunagu_api::{App, Given, IfMatch, InputErrors, Json, PathId, Problem, Tagged};
use tsunagu_domain::{
    ids::{AccountId, ResourceLocationId},
    text::DisplayName,
};
use utoipa::ToSchema;

use crate::{Provider, get_location, location::LocationBody, refusal};

/// What is to be different; what is left out stays.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
pub(crate) struct ChangeResourceLocation {
    /// What the provider calls it.
    #[deserr(default)]
    #[schema(value_type = DisplayName, required = false)]
    name: Given<DisplayName>,
}

/// Rename a resource location
#[utoipa::path(
    patch,
    path = "/v1/accounts/{csp}/resource-locations/{resourceLocationId}",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("resourceLocationId" = ResourceLocationId, Path, description = "The resource location"),
    ),
    request_body = ChangeResourceLocation,
    responses(
        (status = 200, body = LocationBody),
        Provider,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn rename_location(
    State(app): State<App>,
    provider: Provider,
    PathId(location): PathId<ResourceLocationId>,
    if_match: IfMatch,
    Json(change): Json<ChangeResourceLocation>,
) -> Result<Tagged<LocationBody>, Problem> {
    let acting = &provider.acting;
    let seen = get_location::seen(&app, acting, location, &if_match).await?;
    let Some(name) = change.name.0 else {
        let found = app.store.location(acting, location).await?;
        return app.tagged(found.ok_or_else(Problem::not_found)?.into()).await;
    };
    let renamed = app.store.rename_location(acting, location, &name, seen, app.now()).await;
    app.tagged(renamed.map_err(|error| error.map_refusal(refusal::of))?.into()).await
}
