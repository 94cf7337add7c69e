//! The partner's dashboard over all its customers.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use tsunagu_api::{
    App,
    csv::Format,
    json::Json,
    page::{Page, PageBody, PageParams},
    permit::{BadgedPartner, permission::CustomerDashboardView},
    problem::{Code, Problem},
    scope::Reader,
};
use tsunagu_domain::ids::AccountId;

use crate::{
    customer_body::DashboardItem,
    customer_csv,
    dashboard::{self, DashboardQuery},
};

/// The most customers of one CSV file. Long names and tags may fill a file before that: its size is
/// bounded too.
const MAX_CSV_ROWS: usize = 10_000;

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
    if format == Format::Csv {
        let (items, more) =
            dashboard::read(&app, partner, &page.filter, None, MAX_CSV_ROWS).await?;
        if more.is_some() {
            return Err(Problem::new(Code::ExportTooLarge));
        }
        return Ok(customer_csv::table(&items, language).into_response());
    }
    let behind = page.position(&app).await?;
    let (items, next) = dashboard::read(&app, partner, &page.filter, behind, page.limit).await?;
    let items =
        items.iter().map(|item| DashboardItem::new(item, partner, language)).collect::<Vec<_>>();
    let body: Json<PageBody<DashboardItem>> = Json(page.answer(&app, items, next).await?);
    Ok(body.into_response())
}
