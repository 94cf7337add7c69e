//! Giving licences back that nobody uses.

use axum::extract::State;
use http::StatusCode;
use tsunagu_api::{App, PathIds, Permitted, Problem, permit::permission::LicensesManage};
use tsunagu_domain::{
    ids::AccountId,
    licenses::holder::{HolderId, HolderKind},
    vendor::ServiceCode,
};

use crate::refusal;

/// Release a user's licence
///
/// After 30 days without use. The next run over the usage counts it: figures move with runs only. The
/// user gets a licence again by using the service. Releasing again, before that run, changes nothing.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/licenses/{service}/users/{holderId}/release",
    tag = "licenses",
    params(
        ("account" = AccountId, Path, description = "The acting account"),
        ("service" = ServiceCode, Path, description = "The product code"),
        ("holderId" = HolderId, Path, description = "The user"),
    ),
    responses(
        (status = 204, description = "It will be released"),
        (status = 409, description = "`conflict`: used in the last 30 days"),
        Permitted<LicensesManage>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn release_license_user(
    State(app): State<App>,
    account: Permitted<LicensesManage>,
    ids: PathIds,
) -> Result<StatusCode, Problem> {
    release(&app, &account, &ids, HolderKind::User).await
}

/// Release a device's licence
///
/// After 30 days without use. The next run over the usage counts it: figures move with runs only. The
/// device gets a licence again by being used. Releasing again, before that run, changes nothing.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/licenses/{service}/devices/{holderId}/release",
    tag = "licenses",
    params(
        ("account" = AccountId, Path, description = "The acting account"),
        ("service" = ServiceCode, Path, description = "The product code"),
        ("holderId" = HolderId, Path, description = "The device"),
    ),
    responses(
        (status = 204, description = "It will be released"),
        (status = 409, description = "`conflict`: used in the last 30 days"),
        Permitted<LicensesManage>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn release_license_device(
    State(app): State<App>,
    account: Permitted<LicensesManage>,
    ids: PathIds,
) -> Result<StatusCode, Problem> {
    release(&app, &account, &ids, HolderKind::Device).await
}

async fn release(
    app: &App,
    account: &Permitted<LicensesManage>,
    ids: &PathIds,
    kind: HolderKind,
) -> Result<StatusCode, Problem> {
    let (service, holder) = (ids.get::<ServiceCode>("service")?, ids.get("holderId")?);
    let service = app.store.known_service(&service).await?;
    let service = service.filter(|service| service.model.counts(kind));
    let service = service.ok_or_else(Problem::not_found)?;
    let released = app.store.release(&account.acting, &service, kind, &holder, app.now()).await;
    released.map_err(|error| error.map_refusal(refusal::of_release))?;
    Ok(StatusCode::NO_CONTENT)
}
