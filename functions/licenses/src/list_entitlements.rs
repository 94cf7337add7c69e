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
    share::part,
    vendor::ServiceCode,
};
use tsunagu_store::Readable;
use utoipa::IntoParams;

use crate::entitlement::EntitlementBody;

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
        EntitlementFilter { state, kind, service, expiring_within_days: None }
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
    answer(&app, &account.acting.own(), &page.filter.filter(), &page).await
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
    answer(&app, &view.readable()?, &page.filter.filter(), &page).await
}

/// A page of what a filter shows.
pub(crate) async fn answer<F>(
    app: &App,
    account: &Readable<part::Entitlements>,
    filter: &EntitlementFilter,
    page: &Page<F>,
) -> Result<Json<PageBody<EntitlementBody>>, Problem> {
    let after = page.position(app).await?;
    let today = app.store.days(account, app.now()).await?.today;
    let found = app.store.entitlements(account, filter, after, page.limit, today).await?;
    let items = found.items.iter().map(|one| EntitlementBody::new(one, today)).collect();
    Ok(Json(page.answer(app, items, found.next).await?))
}
