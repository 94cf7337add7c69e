//! A provider makes a resource location.

use axum::{extract::State, response::Response};
use deserr::Deserr;
use http::StatusCode;
use tsunagu_api::{App, Begun, InputErrors, Once, Problem};
use tsunagu_domain::{
    federation::{resource::ResourceLocation, secrets::LocationKey},
    ids::{AccountId, ResourceLocationId},
    text::DisplayName,
};
use utoipa::ToSchema;

use crate::{Provider, location::LocationWithKeyBody, refusal};

/// What a resource location begins with.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
pub(crate) struct CreateResourceLocation {
    /// What the provider calls it.
    name: DisplayName,
}

/// Make a resource location
///
/// The key is shown this once: what is kept of it does not tell it.
#[utoipa::path(
    post,
    path = "/v1/accounts/{csp}/resource-locations",
    tag = "federation",
    params(("csp" = AccountId, Path, description = "The acting service provider")),
    request_body = CreateResourceLocation,
    responses(
        (status = 201, body = LocationWithKeyBody, description = "Made"),
        Provider,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn create_location(
    State(app): State<App>,
    provider: Provider,
    once: Once<CreateResourceLocation>,
) -> Result<Response, Problem> {
    let (asked, pending) = match once.begin(&app, &provider).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::New(asked, pending) => (asked, pending),
    };
    let now = app.now();
    let resource_location_id = ResourceLocationId::mint(now);
    let location = ResourceLocation { resource_location_id, name: asked.name, created_at: now };
    let key = LocationKey::random();
    let body =
        LocationWithKeyBody { location: location.clone().into(), key: key.expose().to_owned() };
    let (created, secret) = (StatusCode::CREATED, LocationWithKeyBody::KEY);
    let answer = pending.answer_without(&app, created, &body, secret)?;
    let written =
        app.store.create_location(&provider.acting, &location, &key, answer.record()).await;
    answer.finish(&app, written.map_err(|error| error.map_refusal(refusal::of))).await
}
