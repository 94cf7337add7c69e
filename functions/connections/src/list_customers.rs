//! The partner's dashboard over all its customers.

use axum::{extract::State, response::Response};
use tsunagu_api::{
    App,
    csv::Format,
    page::{Asked, Page, PageBody, PageParams},
    permit::{BadgedPartner, permission::CustomerDashboardView},
    problem::Problem,
    scope::Reader,
};
use tsunagu_domain::ids::AccountId;

use crate::{
    customer_body::DashboardItem,
    customer_csv,
    dashboard::{self, DashboardQuery},
};

/// The customer dashboard
///
/// The partner's active connections. As CSV, all that match in one file; more than 10,000, or more
/// than 4.5 MB, are refused with 422, and a filter helps.
#[utoipa::path(
    get,
    path = "/v1/accounts/{partner}/customers",
    tag = "connections",
    params(
        ("partner" = AccountId, Path, description = "The acting partner"),
        DashboardQuery,
        PageParams,
        ("format" = Option<String>, Query, description = "`json` or `csv`, instead of `Accept`"),
    ),
    responses(
        (status = 200, content(
            (PageBody<DashboardItem> = "application/json"),
            (String = "text/csv"),
        )),
        (status = 422, description = "`export-too-large`"),
        BadgedPartner<CustomerDashboardView>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_customers(
    State(app): State<App>,
    partner: BadgedPartner<CustomerDashboardView>,
    Reader(language): Reader,
    format: Format,
    page: Page<DashboardQuery>,
) -> Result<Response, Problem> {
    let partner = &partner.acting;
    let as_of = app.store.as_of().await?;
    let Asked { behind, limit } = page.asked(&app, format).await?;
    let rows = dashboard::read(&app, partner, &page.filter, behind, limit).await?;
    let body = |item| DashboardItem::new(&item, partner, &as_of, language);
    let file = |items: &[_]| customer_csv::table(items, &as_of, language);
    page.answer_in(&app, format, rows, body, file).await
}
