//! An entitlement, for the vendor.

use axum::extract::State;
use tsunagu_api::{App, PathIds, Platform, Problem, Tagged};
use tsunagu_domain::{ids::AccountId, vendor::EntitlementId};

use crate::{account::time_zone, entitlement::PlatformEntitlementBody};

/// An entitlement of an account
///
/// With everything that was said of it. Trial requests, under the numbers that they were given, are
/// among them.
#[utoipa::path(
    get,
    path = "/v1/platform/accounts/{accountId}/entitlements/{entitlementId}",
    tag = "platform",
    params(
        ("accountId" = AccountId, Path, description = "The account"),
        ("entitlementId" = EntitlementId, Path, description = "The vendor's own number"),
    ),
    responses((status = 200, body = PlatformEntitlementBody)),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn get_entitlement(
    State(app): State<App>,
    _: Platform,
    ids: PathIds,
) -> Result<Tagged<PlatformEntitlementBody>, Problem> {
    let account = ids.get("accountId")?;
    let id = ids.chosen("entitlementId")?;
    let zone = time_zone(&app, account).await?;
    let found = app.store.entitlement(account, &id).await?.ok_or_else(Problem::not_found)?;
    app.tagged(PlatformEntitlementBody::new(account, &found, zone.day_of(app.now()))).await
}
