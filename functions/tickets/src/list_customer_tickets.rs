//! The tickets of all customers of a partner, in one place (P17).

use axum::extract::State;
use chrono::{DateTime, Utc};
use deserr::Deserr;
use tsunagu_api::{
    App, BadgedPartner, InputErrors, Json, Page, PageBody, PageParams, Problem,
    permit::permission::TicketsView,
};
use tsunagu_domain::{
    ids::AccountId,
    ticket::{Severity, Status},
    vendor::ServiceCode,
};
use tsunagu_store::{
    Place,
    feed::{CustomerTicket, TicketFeedFilter},
};
use utoipa::IntoParams;

use crate::ticket::{TicketBody, TicketCustomerBody};

/// Which tickets the list shows.
#[derive(Clone, Debug, Deserr, IntoParams)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(crate) struct CustomerTicketsQuery {
    /// Only those of this customer; none where it is no customer of the partner.
    #[deserr(default)]
    customer: Option<AccountId>,
    /// Only those that stand there.
    #[deserr(default)]
    status: Option<Status>,
    /// Only those that are so bad.
    #[deserr(default)]
    severity: Option<Severity>,
    /// Only those about this service.
    #[deserr(default)]
    service: Option<ServiceCode>,
    /// Only those that changed or were commented on then or later.
    #[deserr(default)]
    updated_since: Option<DateTime<Utc>>,
}

impl CustomerTicketsQuery {
    fn filter(&self) -> TicketFeedFilter {
        let Self { customer, status, severity, service, updated_since } = self.clone();
        TicketFeedFilter { customer, status, severity, service, updated_since }
    }
}

/// The tickets of all customers
///
/// Of the customers that share theirs: what was open when the connection began, and everything since.
/// Newest first. Where a filter leaves much out a page may be short, even empty, and still not be the
/// last. A ticket appears a moment after it was opened.
#[utoipa::path(
    get,
    path = "/v1/accounts/{partner}/customer-tickets",
    tag = "tickets",
    params(
        ("partner" = AccountId, Path, description = "The acting partner"),
        CustomerTicketsQuery,
        PageParams,
    ),
    responses(
        (status = 200, body = PageBody<TicketBody>),
        BadgedPartner<TicketsView>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_customer_tickets(
    State(app): State<App>,
    partner: BadgedPartner<TicketsView>,
    page: Page<CustomerTicketsQuery>,
) -> Result<Json<PageBody<TicketBody>>, Problem> {
    let after = page.position::<Place>(&app).await?;
    let filter = page.filter.filter();
    let found = app.store.customer_tickets(&partner.acting, &filter, after, page.limit).await?;
    let items = found.items.into_iter().map(shown).collect();
    Ok(Json(page.answer(&app, items, found.next).await?))
}

fn shown(found: CustomerTicket) -> TicketBody {
    let CustomerTicket { customer, names, ticket } = found;
    let customer = TicketCustomerBody { account_id: customer, display_name: names.display_name };
    TicketBody::listed(ticket, customer)
}
