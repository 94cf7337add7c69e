//! What an account has ordered.

use axum::extract::State;
use tsunagu_api::{
    App, Json, Page, PageBody, PageParams, Permitted, Problem, SharingView,
    permit::{permission::LicensesView, sharing},
};
use tsunagu_domain::{ids::AccountId, share::part};
use tsunagu_store::Readable;

use crate::order::OrderBody;

/// The account's orders
///
/// By their numbers.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/orders",
    tag = "licenses",
    params(("account" = AccountId, Path, description = "The acting account"), PageParams),
    responses(
        (status = 200, body = PageBody<OrderBody>),
        Permitted<LicensesView>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_orders(
    State(app): State<App>,
    account: Permitted<LicensesView>,
    page: Page,
) -> Result<Json<PageBody<OrderBody>>, Problem> {
    answer(&app, &account.acting.own(), &page).await
}

/// A customer's orders
///
/// By their numbers.
#[utoipa::path(
    get,
    path = "/v1/accounts/{partner}/customers/{customer}/orders",
    tag = "licenses",
    params(
        ("partner" = AccountId, Path, description = "The acting partner"),
        ("customer" = AccountId, Path, description = "A connected customer"),
        PageParams,
    ),
    responses(
        (status = 200, body = PageBody<OrderBody>),
        SharingView<LicensesView, sharing::Orders>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_orders_of_customer(
    State(app): State<App>,
    view: SharingView<LicensesView, sharing::Orders>,
    page: Page,
) -> Result<Json<PageBody<OrderBody>>, Problem> {
    answer(&app, &view.readable()?, &page).await
}

async fn answer(
    app: &App,
    account: &Readable<part::Orders>,
    page: &Page,
) -> Result<Json<PageBody<OrderBody>>, Problem> {
    let after = page.position(app).await?;
    let found = app.store.orders(account, after, page.limit).await?;
    let items = found.items.into_iter().map(OrderBody::from).collect();
    Ok(Json(page.answer(app, items, found.next).await?))
}
