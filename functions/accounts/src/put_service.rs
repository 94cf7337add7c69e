//! The vendor puts a service into the catalogue.

use axum::{extract::State, response::Response};
use tsunagu_api::{App, ChosenId, IfMatch, Json, Platform, Problem};
use tsunagu_domain::{service::Service, vendor::ServiceCode};
use tsunagu_store::Stated;

use crate::{
    refusal,
    service::{CatalogueServiceBody, PutService},
};

/// Put a service into the catalogue
///
/// Shows in the catalogue within a minute. What the licences of a service count never changes.
#[utoipa::path(
    put,
    path = "/v1/platform/services/{service}",
    tag = "platform",
    params(("service" = ServiceCode, Path, description = "The product code")),
    request_body = PutService,
    responses(
        (status = 201, body = CatalogueServiceBody, description = "New in the catalogue"),
        (status = 200, body = CatalogueServiceBody, description = "Changed"),
        (status = 409, description = "`conflict`: another `model`"),
    ),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn put_service(
    State(app): State<App>,
    _: Platform,
    ChosenId(code): ChosenId<ServiceCode>,
    if_match: IfMatch,
    Json(put): Json<PutService>,
) -> Result<Response, Problem> {
    let PutService { name, model, required_program } = put;
    let service = Service { code, name, model, required_program };
    let present = app.store.service(&service.code).await?;
    let shown = present.clone().map(CatalogueServiceBody::from);
    let seen = if_match.seen_if_any(&app, shown.as_ref(), present.as_ref()).await?;
    let still = |known: Option<&Service>| seen.is_none_or(|seen| known == seen);
    let stated = app.store.put_service(&service, still).await;
    let Stated { value, is_new } =
        stated.map_err(|error| error.map_refusal(refusal::of_service))?;
    app.stated(Stated { value: CatalogueServiceBody::from(value), is_new }).await
}
