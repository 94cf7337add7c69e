//! Somebody says something on a ticket.

use axum::{extract::State, response::Response};
use deserr::Deserr;
use http::StatusCode;
use tsunagu_api::{
    App, Begun, Given, InputErrors, Once, PathId, Permitted, Problem, SharingView,
    claims::Identified,
    permit::{permission::TicketsManage, sharing},
};
use tsunagu_domain::{
    ids::{AccountId, TicketId},
    text::TicketText,
    ticket::NewComment,
    visibility::Visibility,
};
use tsunagu_store::{StoreError, TicketParty, TicketWrite, TicketWritten};
use utoipa::ToSchema;

use crate::{comment::CommentBody, refusal};

/// What somebody says.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct AddComment {
    /// What it says, as plain text.
    body: TicketText,
    /// Who may see it; by default whoever may see the ticket at this time. What a partner says is
    /// always shared.
    #[deserr(default)]
    #[schema(value_type = Visibility, required = false)]
    visibility: Given<Visibility>,
}

impl From<AddComment> for NewComment {
    fn from(add: AddComment) -> Self {
        Self { body: add.body, visibility: add.visibility.0 }
    }
}

/// Comment on a ticket of the account
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/tickets/{ticketId}/comments",
    tag = "tickets",
    params(
        ("account" = AccountId, Path, description = "The acting account"),
        ("ticketId" = TicketId, Path, description = "The ticket"),
    ),
    request_body = AddComment,
    responses(
        (status = 201, body = CommentBody, description = "Said"),
        Permitted<TicketsManage>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn add_comment(
    State(app): State<App>,
    account: Permitted<TicketsManage>,
    PathId(ticket): PathId<TicketId>,
    once: Once<AddComment>,
) -> Result<Response, Problem> {
    let tickets = account.acting.own();
    add(&app, &TicketParty::new(&account.acting, &tickets), ticket, &account, once).await
}

/// Comment on a ticket of a customer
#[utoipa::path(
    post,
    path = "/v1/accounts/{partner}/customers/{customer}/tickets/{ticketId}/comments",
    tag = "tickets",
    params(
        ("partner" = AccountId, Path, description = "The acting partner"),
        ("customer" = AccountId, Path, description = "A connected customer"),
        ("ticketId" = TicketId, Path, description = "The ticket"),
    ),
    request_body = AddComment,
    responses(
        (status = 201, body = CommentBody, description = "Said"),
        SharingView<TicketsManage, sharing::Tickets>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn add_comment_for_customer(
    State(app): State<App>,
    view: SharingView<TicketsManage, sharing::Tickets>,
    PathId(ticket): PathId<TicketId>,
    once: Once<AddComment>,
) -> Result<Response, Problem> {
    let tickets = view.readable()?;
    add(&app, &TicketParty::new(&view.acting, &tickets), ticket, &view, once).await
}

async fn add(
    app: &App,
    party: &TicketParty<'_>,
    ticket: TicketId,
    by: &impl Identified,
    once: Once<AddComment>,
) -> Result<Response, Problem> {
    let (asked, pending) = match once.begin(app, by).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::New(asked, pending) => (asked, pending),
    };
    let answer = |written: &TicketWritten| {
        let comment = written.comment.clone();
        let comment = comment.ok_or_else(|| Problem::internal("a comment without a comment"))?;
        pending.answer(app, StatusCode::CREATED, &CommentBody::from(comment))
    };
    let record = |written: &TicketWritten| match answer(written) {
        Ok(answer) => Ok(answer.record()),
        Err(problem) => Err(StoreError::Internal(format!("{problem:?}"))),
    };
    let write = TicketWrite { comment: Some(asked.into()), ..TicketWrite::default() };
    let written = app.store.write_ticket(party, ticket, &write, app.now(), record).await;
    let written = written.map_err(|error| error.map_refusal(refusal::of_ticket));
    pending.finish(app, written, answer).await
}
