//! The machines of a resource location get another key.

use axum::{extract::State, response::Response};
use chrono::TimeDelta;
use deserr::Deserr;
use http::StatusCode;
use tsunagu_api::{App, Begun, InputErrors, Once, PathIds, Problem, input::Bounded};
use tsunagu_domain::{
    federation::secrets::LocationKey,
    ids::{AccountId, ResourceLocationId},
};
use tsunagu_store::federation::NewLocationKey;
use utoipa::ToSchema;

use crate::{Provider, location::LocationWithKeyBody, refusal};

/// How a key is rotated.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct RotateKey {
    /// For how many seconds the present key still works: 0 where it was stolen, up to a day.
    #[schema(value_type = u32, minimum = 0, maximum = 86_400)]
    overlap_seconds: Bounded<0, 86_400>,
}

/// Rotate the key of a resource location
///
/// The new key works at once and is shown this once. A key that was rotated away before the present
/// one ends now.
#[utoipa::path(
    post,
    path = "/v1/accounts/{csp}/resource-locations/{resourceLocationId}/rotate-key",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("resourceLocationId" = ResourceLocationId, Path, description = "The resource location"),
    ),
    request_body = RotateKey,
    responses(
        (status = 200, body = LocationWithKeyBody, description = "Rotated"),
        Provider,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn rotate_key(
    State(app): State<App>,
    provider: Provider,
    ids: PathIds,
    once: Once<RotateKey>,
) -> Result<Response, Problem> {
    let location: ResourceLocationId = ids.get("resourceLocationId")?;
    let (asked, pending) = match once.begin(&app, &provider).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::New(asked, pending) => (asked, pending),
    };
    let acting = &provider.acting;
    let present = app.store.location(acting, location).await?.ok_or_else(Problem::not_found)?;
    let key = LocationKey::random();
    let body = LocationWithKeyBody { location: present.into(), key: key.expose().to_owned() };
    let answer = pending.answer_without(&app, StatusCode::OK, &body, LocationWithKeyBody::KEY)?;
    let overlap = TimeDelta::seconds(asked.overlap_seconds.0.into());
    let new = NewLocationKey { key: &key, overlap, at: app.now() };
    let written = app.store.rotate_location_key(acting, location, new, answer.record()).await;
    answer.finish(&app, written.map_err(|error| error.map_refusal(refusal::of))).await
}
