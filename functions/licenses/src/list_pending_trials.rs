//! The vendor's list of what waits for its decision.

use axum::extract::State;
use deserr::Deserr;
use tsunagu_api::{App, InputErrors, Json, Page, PageBody, PageParams, Platform, Problem};
use utoipa::{IntoParams, ToSchema};

use crate::entitlement::PlatformEntitlementBody;

/// Which trials.
#[derive(Clone, Copy, Debug, Deserr, IntoParams)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TrialsQuery {
    /// Only `pending` is known, and meant if left out: those that wait for the vendor.
    #[deserr(default)]
    #[param(inline, required = false)]
    #[expect(dead_code, reason = "there is one value, which is asked for in any case")]
    state: Waiting,
}

/// How far a trial has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = lowercase)]
#[schema(rename_all = "lowercase")]
enum Waiting {
    /// It waits for the vendor.
    #[default]
    Pending,
}

/// Trials that wait for the vendor
///
/// Of all accounts, oldest first. One that was asked for a moment ago may show a moment later; one
/// that was decided does not show, so a page may be short and not be the last.
#[utoipa::path(
    get,
    path = "/v1/platform/trials",
    tag = "platform",
    params(TrialsQuery, PageParams),
    responses((status = 200, body = PageBody<PlatformEntitlementBody>)),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn list_pending_trials(
    State(app): State<App>,
    _: Platform,
    page: Page<TrialsQuery>,
) -> Result<Json<PageBody<PlatformEntitlementBody>>, Problem> {
    let after = page.position(&app).await?;
    let found = app.store.pending_trials(after, page.limit, app.now()).await?;
    let shown = found.items.iter().map(|trial| {
        PlatformEntitlementBody::new(trial.account_id, &trial.entitlement, trial.today)
    });
    Ok(Json(page.answer(&app, shown.collect(), found.next).await?))
}
