//! Somebody of an account, or of a partner for it, asks the vendor's support.

use axum::{extract::State, response::Response};
use deserr::Deserr;
use http::StatusCode;
use tsunagu_api::{
    App, Begun, InputErrors, Once, Permitted, Problem, SharingView,
    claims::Identified,
    permit::{permission::TicketsManage, sharing},
};
use tsunagu_domain::{
    ids::AccountId,
    text::{Subject, TicketText},
    ticket::{NewTicket, Severity},
    vendor::ServiceCode,
    visibility::Visibility,
};
use tsunagu_store::TicketParty;
use utoipa::ToSchema;

use crate::{catalogue, refusal, ticket::TicketBody};

/// What a ticket begins with.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct OpenTicket {
    /// What it is about, in one line.
    subject: Subject,
    /// What it says, as plain text.
    description: TicketText,
    /// How bad it is.
    severity: Severity,
    /// The service that it is about, where it is about one.
    #[deserr(default)]
    service: Option<ServiceCode>,
    /// Who may see it. What a partner opens is always shared.
    #[deserr(default)]
    #[schema(required = false, default = "shared")]
    visibility: Visibility,
}

impl From<OpenTicket> for NewTicket {
    fn from(open: OpenTicket) -> Self {
        let OpenTicket { subject, description, severity, service, visibility } = open;
        Self { subject, description, service, severity, visibility }
    }
}

/// Open a ticket
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/tickets",
    tag = "tickets",
    params(("account" = AccountId, Path, description = "The acting account")),
    request_body = OpenTicket,
    responses(
        (status = 201, body = TicketBody, description = "Opened"),
        Permitted<TicketsManage>,
        (status = 422, description = "`unknown-service`"),
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn open_ticket(
    State(app): State<App>,
    account: Permitted<TicketsManage>,
    once: Once<OpenTicket>,
) -> Result<Response, Problem> {
    let tickets = account.acting.own();
    open(&app, &TicketParty::new(&account.acting, &tickets), &account, once).await
}

/// Open a ticket for a customer
#[utoipa::path(
    post,
    path = "/v1/accounts/{partner}/customers/{customer}/tickets",
    tag = "tickets",
    params(
        ("partner" = AccountId, Path, description = "The acting partner"),
        ("customer" = AccountId, Path, description = "A connected customer"),
    ),
    request_body = OpenTicket,
    responses(
        (status = 201, body = TicketBody, description = "Opened"),
        SharingView<TicketsManage, sharing::Tickets>,
        (status = 422, description = "`unknown-service`"),
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn open_ticket_for_customer(
    State(app): State<App>,
    view: SharingView<TicketsManage, sharing::Tickets>,
    once: Once<OpenTicket>,
) -> Result<Response, Problem> {
    let tickets = view.readable()?;
    open(&app, &TicketParty::new(&view.acting, &tickets), &view, once).await
}

async fn open(
    app: &App,
    party: &TicketParty<'_>,
    by: &impl Identified,
    once: Once<OpenTicket>,
) -> Result<Response, Problem> {
    let (asked, pending) = match once.begin(app, by).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::New(asked, pending) => (asked, pending),
    };
    catalogue::demand(app, asked.service.as_ref()).await?;
    let ticket = party.open(asked.into(), app.now()).map_err(refusal::of_ticket)?;
    let body = TicketBody::from(ticket.clone());
    let answer = pending.answer(app, StatusCode::CREATED, &body)?;
    let written = app.store.open_ticket(party, &ticket, answer.record()).await;
    let written = written.map_err(|error| error.map_refusal(refusal::of_ticket));
    answer.finish(app, written).await
}
