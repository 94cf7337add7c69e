//! The vendor puts a service into the catalogue.

use axum::{extract::State, response::Response};
use tsunagu_api::{App, ChosenId, IfMatch, Json, Platform, Problem, openapi::IfMatchHeader};
use tsunagu_domain::{service::Service, vendor::ServiceCode};
use tsunagu_store::Stated;

use crate::{
    refusal,
    service::{CatalogueServiceBody, PutService},
};

/// Put a service into the catalogue
///
/// Shows in the catalogue within a minute.
#[utoipa::path(
    put,
    path = "/v1/platform/services/{service}",
    tag = "platform",
    params(("service" = ServiceCode, Path, description = "The product code"), IfMatchHeader),
    request_body = PutService,
    responses(
        (status = 201, body = CatalogueServiceBody, description = "New in the catalogue"),
        (status = 200, body = CatalogueServiceBody, description = "Changed"),
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
    let seen = app.store.service(&service.code).await?;
    refusal::check_present(&app, &if_match, seen.clone().map(CatalogueServiceBody::from)).await?;
    let still = |known: Option<&Service>| !if_match.is_given() || known == seen.as_ref();
    let Stated { value, is_new } = app.store.put_service(&service, still).await?;
    refusal::put(&app, Stated { value: CatalogueServiceBody::from(value), is_new }).await
}
