//! The vendor states an entitlement.

use axum::{extract::State, response::Response};
use tsunagu_api::{App, IfMatch, Json, PathIds, Platform, Problem};
use tsunagu_domain::{ids::AccountId, licenses::entitlement::Entitlement, vendor::EntitlementId};

use crate::{
    account::time_zone,
    entitlement::PlatformEntitlementBody,
    statement::{PutEntitlement, state},
};

/// State an entitlement
///
/// A later change does not rewrite what was purchased before: each quantity counts from its
/// `effectiveOn` on. Licences show it at once; what partners see of all their customers, and the
/// dashboard, follow with the next run over the usage. A trial request is approved or declined, not
/// put.
#[utoipa::path(
    put,
    path = "/v1/platform/accounts/{accountId}/entitlements/{entitlementId}",
    tag = "platform",
    params(
        ("accountId" = AccountId, Path, description = "The account"),
        ("entitlementId" = EntitlementId, Path, description = "The vendor's own number"),
    ),
    request_body = PutEntitlement,
    responses(
        (status = 201, body = PlatformEntitlementBody, description = "New"),
        (status = 200, body = PlatformEntitlementBody, description = "Changed, or the same"),
        (status = 404, description = "`not-found`: no such account"),
        (status = 409, description = "`conflict`: another service, or a trial request"),
        (status = 422, description = "`unknown-service`"),
    ),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn put_entitlement(
    State(app): State<App>,
    _: Platform,
    ids: PathIds,
    if_match: IfMatch,
    Json(put): Json<PutEntitlement>,
) -> Result<Response, Problem> {
    let account = ids.get("accountId")?;
    let id = ids.chosen("entitlementId")?;
    let said = put.statement()?;
    let zone = time_zone(&app, account).await?;
    let present =
        if if_match.is_given() { app.store.entitlement(account, &id).await? } else { None };
    let today = zone.day_of(app.now());
    let shown = present.as_ref().map(|known| PlatformEntitlementBody::new(account, known, today));
    let seen = if_match.seen_if_any(&app, shown.as_ref(), present.as_ref()).await?;
    let still = |known: Option<&Entitlement>| seen.is_none_or(|seen| known == seen);
    let stated = state(&app, (account, zone), &id, &said, still).await?;
    app.stated(stated).await
}
