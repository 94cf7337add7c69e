//! The comments on a ticket.

use axum::extract::State;
use tsunagu_api::{
    App, Json, Page, PageBody, PageParams, PathId, PathIds, Permitted, Platform, Problem,
    SharingView,
    permit::{permission::TicketsView, sharing},
};
use tsunagu_domain::ids::{AccountId, TicketId};
use tsunagu_store::TicketParty;

use crate::comment::CommentBody;

/// The comments on a ticket of the account
///
/// Oldest first.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/tickets/{ticketId}/comments",
    tag = "tickets",
    params(
        ("account" = AccountId, Path, description = "The acting account"),
        ("ticketId" = TicketId, Path, description = "The ticket"),
        PageParams,
    ),
    responses(
        (status = 200, body = PageBody<CommentBody>),
        Permitted<TicketsView>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_comments(
    State(app): State<App>,
    account: Permitted<TicketsView>,
    PathId(ticket): PathId<TicketId>,
    page: Page,
) -> Result<Json<PageBody<CommentBody>>, Problem> {
    let tickets = account.acting.own();
    answer(&app, &TicketParty::new(&account.acting, &tickets), ticket, &page).await
}

/// The comments on a ticket of a customer
///
/// Oldest first, without those that are for the account alone.
#[utoipa::path(
    get,
    path = "/v1/accounts/{partner}/customers/{customer}/tickets/{ticketId}/comments",
    tag = "tickets",
    params(
        ("partner" = AccountId, Path, description = "The acting partner"),
        ("customer" = AccountId, Path, description = "A connected customer"),
        ("ticketId" = TicketId, Path, description = "The ticket"),
        PageParams,
    ),
    responses(
        (status = 200, body = PageBody<CommentBody>),
        SharingView<TicketsView, sharing::Tickets>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_comments_of_customer(
    State(app): State<App>,
    view: SharingView<TicketsView, sharing::Tickets>,
    PathId(ticket): PathId<TicketId>,
    page: Page,
) -> Result<Json<PageBody<CommentBody>>, Problem> {
    let tickets = view.readable()?;
    answer(&app, &TicketParty::new(&view.acting, &tickets), ticket, &page).await
}

/// The comments on a ticket, for the support
///
/// Oldest first, those for the account alone too.
#[utoipa::path(
    get,
    path = "/v1/platform/accounts/{accountId}/tickets/{ticketId}/comments",
    tag = "platform",
    params(
        ("accountId" = AccountId, Path, description = "The account"),
        ("ticketId" = TicketId, Path, description = "The ticket"),
        PageParams,
    ),
    responses((status = 200, body = PageBody<CommentBody>)),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn list_platform_comments(
    State(app): State<App>,
    _: Platform,
    ids: PathIds,
    page: Page,
) -> Result<Json<PageBody<CommentBody>>, Problem> {
    let party = TicketParty::support(ids.get("accountId")?);
    answer(&app, &party, ids.get("ticketId")?, &page).await
}

async fn answer(
    app: &App,
    party: &TicketParty<'_>,
    ticket: TicketId,
    page: &Page,
) -> Result<Json<PageBody<CommentBody>>, Problem> {
    let after = page.position(app).await?;
    let found = app.store.comments(party, ticket, after, page.limit).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    let items = found.items.into_iter().map(CommentBody::from).collect();
    Ok(Json(page.answer(app, items, found.next).await?))
}
