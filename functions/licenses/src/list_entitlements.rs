//! What an account may use (P16).

use axum::extract::State;
use deserr::Deserr;
use tsunagu_api::{
    App, InputErrors, Json, Page, PageBody, PageParams, Permitted, Problem, SharingView,
    permit::{permission::LicensesView, sharing},
};
use tsunagu_domain::{
    ids::AccountId,
    licenses::entitlement::{EntitlementFilter, EntitlementKind, EntitlementState},
    vendor::ServiceCode,
};
use utoipa::IntoParams;

use crate::entitlement::{EntitlementBody, page_of};

/// Which entitlements the list shows.
#[derive(Clone, Debug, Deserr, IntoParams)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EntitlementsQuery {
    /// Only those in this state today.
    #[deserr(default)]
    state: Option<EntitlementState>,
    /// Only those of this kind.
    #[deserr(default)]
    kind: Option<EntitlementKind>,
    /// Only those of this service.
    #[deserr(default)]
    service: Option<ServiceCode>,
}

impl EntitlementsQuery {
    fn filter(&self) -> EntitlementFilter {
        let Self { state, kind, service } = self.clone();
        EntitlementFilter { state, kind, service, ..EntitlementFilter::default() }
    }
}

/// The account's entitlements
///
/// By their numbers, with the state of today. Trials that are asked for are among them.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/entitlements",
    tag = "licenses",
    params(
        ("account" = AccountId, Path, description = "The acting account"),
        EntitlementsQuery,
        PageParams,
    ),
    responses(
        (status = 200, body = PageBody<EntitlementBody>),
        Permitted<LicensesView>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_entitlements(
    State(app): State<App>,
    account: Permitted<LicensesView>,
    page: Page<EntitlementsQuery>,
) -> Result<Json<PageBody<EntitlementBody>>, Problem> {
    page_of(&app, &account.acting.own(), &page.filter.filter(), &page).await
}

/// A customer's entitlements
///
/// By their numbers, with the state of today in the customer's time zone.
#[utoipa::path(
    get,
    path = "/v1/accounts/{partner}/customers/{customer}/entitlements",
    tag = "licenses",
    params(
        ("partner" = AccountId, Path, description = "The acting partner"),
        ("customer" = AccountId, Path, description = "A connected customer"),
        EntitlementsQuery,
        PageParams,
    ),
    responses(
        (status = 200, body = PageBody<EntitlementBody>),
        SharingView<LicensesView, sharing::Entitlements>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_entitlements_of_customer(
    State(app): State<App>,
    view: SharingView<LicensesView, sharing::Entitlements>,
    page: Page<EntitlementsQuery>,
) -> Result<Json<PageBody<EntitlementBody>>, Problem> {
    page_of(&app, &view.readable()?, &page.filter.filter(), &page).await
}
