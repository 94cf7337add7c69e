//! One ticket.

use axum::extract::State;
use tsunagu_api::{
    App, PathId, PathIds, Permitted, Platform, Problem, SharingView, Tagged,
    permit::{permission::TicketsView, sharing},
};
use tsunagu_domain::ids::{AccountId, TicketId};
use tsunagu_store::TicketParty;

use crate::ticket::TicketBody;

/// A ticket of the account
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/tickets/{ticketId}",
    tag = "tickets",
    params(
        ("account" = AccountId, Path, description = "The acting account"),
        ("ticketId" = TicketId, Path, description = "The ticket"),
    ),
    responses(
        (status = 200, body = TicketBody),
        Permitted<TicketsView>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn get_ticket(
    State(app): State<App>,
    account: Permitted<TicketsView>,
    PathId(ticket): PathId<TicketId>,
) -> Result<Tagged<TicketBody>, Problem> {
    let tickets = account.acting.own();
    answer(&app, &TicketParty::new(&account.acting, &tickets), ticket).await
}

/// A ticket of a customer
#[utoipa::path(
    get,
    path = "/v1/accounts/{partner}/customers/{customer}/tickets/{ticketId}",
    tag = "tickets",
    params(
        ("partner" = AccountId, Path, description = "The acting partner"),
        ("customer" = AccountId, Path, description = "A connected customer"),
        ("ticketId" = TicketId, Path, description = "The ticket"),
    ),
    responses(
        (status = 200, body = TicketBody),
        SharingView<TicketsView, sharing::Tickets>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn get_ticket_of_customer(
    State(app): State<App>,
    view: SharingView<TicketsView, sharing::Tickets>,
    PathId(ticket): PathId<TicketId>,
) -> Result<Tagged<TicketBody>, Problem> {
    let tickets = view.readable()?;
    answer(&app, &TicketParty::new(&view.acting, &tickets), ticket).await
}

/// A ticket of an account, for the support
#[utoipa::path(
    get,
    path = "/v1/platform/accounts/{accountId}/tickets/{ticketId}",
    tag = "platform",
    params(
        ("accountId" = AccountId, Path, description = "The account"),
        ("ticketId" = TicketId, Path, description = "The ticket"),
    ),
    responses((status = 200, body = TicketBody)),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn get_platform_ticket(
    State(app): State<App>,
    _: Platform,
    ids: PathIds,
) -> Result<Tagged<TicketBody>, Problem> {
    let party = TicketParty::support(ids.get("accountId")?);
    answer(&app, &party, ids.get("ticketId")?).await
}

async fn answer(
    app: &App,
    party: &TicketParty<'_>,
    ticket: TicketId,
) -> Result<Tagged<TicketBody>, Problem> {
    let found = app.store.ticket(party, ticket).await?.ok_or_else(Problem::not_found)?;
    app.tagged(TicketBody::from(found.ticket)).await
}
