//! The trials that an account has or asks for.

use axum::extract::State;
use tsunagu_api::{
    App, Json, Page, PageBody, PageParams, Permitted, Problem, permit::permission::LicensesView,
};
use tsunagu_domain::{
    ids::AccountId,
    licenses::entitlement::{EntitlementFilter, EntitlementKind},
};

use crate::entitlement::{EntitlementBody, page_of};

/// The account's trials
///
/// Asked for, declined, running or over: the entitlements of the kind `trial`, by their numbers.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/trials",
    tag = "licenses",
    params(("account" = AccountId, Path, description = "The acting account"), PageParams),
    responses(
        (status = 200, body = PageBody<EntitlementBody>),
        Permitted<LicensesView>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_trials(
    State(app): State<App>,
    account: Permitted<LicensesView>,
    page: Page,
) -> Result<Json<PageBody<EntitlementBody>>, Problem> {
    let trials =
        EntitlementFilter { kind: Some(EntitlementKind::Trial), ..EntitlementFilter::default() };
    page_of(&app, &account.acting.own(), &trials, &page).await
}
