//! A service of the catalogue, for the vendor.

use axum::extract::State;
use tsunagu_api::{App, ChosenId, Platform, Problem, Tagged};
use tsunagu_domain::vendor::ServiceCode;

use crate::service::CatalogueServiceBody;

/// A service of the catalogue
#[utoipa::path(
    get,
    path = "/v1/platform/services/{service}",
    tag = "platform",
    params(("service" = ServiceCode, Path, description = "The product code")),
    responses((status = 200, body = CatalogueServiceBody)),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn get_service(
    State(app): State<App>,
    _: Platform,
    ChosenId(code): ChosenId<ServiceCode>,
) -> Result<Tagged<CatalogueServiceBody>, Problem> {
    let service = app.store.service(&code).await?.ok_or_else(Problem::not_found)?;
    app.tagged(service.into()).await
}
