//! The tickets of an account.

use axum::extract::State;
use chrono::{DateTime, Utc};
use deserr::Deserr;
use tsunagu_api::{
    App, InputErrors, Json, Page, PageBody, PageParams, Permitted, Problem, SharingView,
    permit::{permission::TicketsView, sharing},
};
use tsunagu_domain::{
    ids::AccountId,
    ticket::{Severity, Status, Ticket},
    vendor::ServiceCode,
};
use tsunagu_store::{TicketFilter, TicketParty};
use utoipa::IntoParams;

use crate::ticket::{TicketBody, TicketCustomerBody};

/// Which tickets the list shows.
#[derive(Clone, Debug, Deserr, IntoParams)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(crate) struct TicketsQuery {
    /// Only those that stand there.
    #[deserr(default)]
    status: Option<Status>,
    /// Only those that are so bad.
    #[deserr(default)]
    severity: Option<Severity>,
    /// Only those about this service.
    #[deserr(default)]
    service: Option<ServiceCode>,
    /// Only those that changed or were commented on, as far as the reader sees, then or later.
    #[deserr(default)]
    updated_since: Option<DateTime<Utc>>,
}

impl TicketsQuery {
    fn filter(&self) -> TicketFilter {
        let Self { status, severity, service, updated_since } = self.clone();
        TicketFilter { status, severity, service, updated_since }
    }
}

/// The account's tickets
///
/// Newest first. Where a filter leaves much out a page may be short, even empty, and still not be the
/// last.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/tickets",
    tag = "tickets",
    params(
        ("account" = AccountId, Path, description = "The acting account"),
        TicketsQuery,
        PageParams,
    ),
    responses(
        (status = 200, body = PageBody<TicketBody>),
        Permitted<TicketsView>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_tickets(
    State(app): State<App>,
    account: Permitted<TicketsView>,
    page: Page<TicketsQuery>,
) -> Result<Json<PageBody<TicketBody>>, Problem> {
    let tickets = account.acting.own();
    let party = TicketParty::new(&account.acting, &tickets);
    answer(&app, &party, &page, TicketBody::from).await
}

/// A customer's tickets
///
/// Newest first, without those that are for the account alone.
#[utoipa::path(
    get,
    path = "/v1/accounts/{partner}/customers/{customer}/tickets",
    tag = "tickets",
    params(
        ("partner" = AccountId, Path, description = "The acting partner"),
        ("customer" = AccountId, Path, description = "A connected customer"),
        TicketsQuery,
        PageParams,
    ),
    responses(
        (status = 200, body = PageBody<TicketBody>),
        SharingView<TicketsView, sharing::Tickets>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_tickets_of_customer(
    State(app): State<App>,
    view: SharingView<TicketsView, sharing::Tickets>,
    page: Page<TicketsQuery>,
) -> Result<Json<PageBody<TicketBody>>, Problem> {
    let tickets = view.readable()?;
    let party = TicketParty::new(&view.acting, &tickets);
    let customer = TicketCustomerBody {
        account_id: view.customer.customer,
        display_name: view.customer.names.display_name.clone(),
    };
    answer(&app, &party, &page, |ticket| TicketBody::listed(ticket, customer.clone())).await
}

async fn answer(
    app: &App,
    party: &TicketParty<'_>,
    page: &Page<TicketsQuery>,
    shown: impl FnMut(Ticket) -> TicketBody,
) -> Result<Json<PageBody<TicketBody>>, Problem> {
    let after = page.position(app).await?;
    let found = app.store.tickets(party, &page.filter.filter(), after, page.limit).await?;
    let items = found.items.into_iter().map(shown).collect();
    Ok(Json(page.answer(app, items, found.next).await?))
}
