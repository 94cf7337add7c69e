//! The tickets of all accounts, for the vendor's support.

use axum::extract::State;
use chrono::{DateTime, Utc};
use deserr::Deserr;
use tsunagu_api::{App, InputErrors, Json, Page, PageBody, PageParams, Platform, Problem};
use tsunagu_domain::ticket::Status;
use tsunagu_store::PlacedFilter;
use utoipa::IntoParams;

use crate::ticket::TicketBody;

/// Which tickets the list shows.
#[derive(Clone, Copy, Debug, Deserr, IntoParams)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(crate) struct AllTicketsQuery {
    /// Only those that stand there.
    #[deserr(default)]
    status: Option<Status>,
    /// Only those that changed, or were commented on, then or later.
    #[deserr(default)]
    updated_since: Option<DateTime<Utc>>,
}

/// Tickets of all accounts
///
/// The last changed first; a closed one until 90 days after its last change. One that changed a moment
/// ago may show a moment later. Where a filter leaves much out a page may be short, even empty, and
/// still not be the last.
#[utoipa::path(
    get,
    path = "/v1/platform/tickets",
    tag = "platform",
    params(AllTicketsQuery, PageParams),
    responses((status = 200, body = PageBody<TicketBody>)),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn list_all_tickets(
    State(app): State<App>,
    _: Platform,
    page: Page<AllTicketsQuery>,
) -> Result<Json<PageBody<TicketBody>>, Problem> {
    let after = page.position(&app).await?;
    let AllTicketsQuery { status, updated_since } = page.filter;
    let filter = PlacedFilter { status, updated_since };
    let found = app.store.all_tickets(&filter, after, page.limit, app.now()).await?;
    let items = found.items.into_iter().map(TicketBody::from).collect();
    Ok(Json(page.answer(&app, items, found.next).await?))
}
