//! The vendor's support works on a ticket.

use axum::{extract::State, response::Response};
use deserr::Deserr;
use http::StatusCode;
use tsunagu_api::{App, Begun, Given, InputErrors, Once, PathIds, Platform, Problem};
use tsunagu_domain::{
    ids::{AccountId, TicketId},
    ticket::{Status, TicketChange},
    vendor::CaseNumber,
};
use tsunagu_store::{StoreError, TicketParty, TicketWrite, TicketWritten};
use utoipa::ToSchema;

use crate::{add_comment::AddComment, refusal, ticket::TicketBody};

/// What the support does; what is left out stays.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct UpdateTicket {
    /// Where the ticket stands.
    #[deserr(default)]
    #[schema(value_type = Status, required = false)]
    status: Given<Status>,
    /// The vendor's own number of it.
    #[deserr(default)]
    #[schema(value_type = CaseNumber, required = false)]
    case_number: Given<CaseNumber>,
    /// What the support says.
    #[deserr(default)]
    #[schema(value_type = AddComment, required = false)]
    comment: Given<AddComment>,
}

impl From<UpdateTicket> for TicketWrite {
    fn from(update: UpdateTicket) -> Self {
        let change = TicketChange {
            status: update.status.0,
            case_number: update.case_number.0,
            ..TicketChange::default()
        };
        Self { change, comment: update.comment.0.map(Into::into), seen: None }
    }
}

/// Update a ticket
///
/// Status, case number and comment together, or none of them.
#[utoipa::path(
    post,
    path = "/v1/platform/accounts/{accountId}/tickets/{ticketId}/updates",
    tag = "platform",
    params(
        ("accountId" = AccountId, Path, description = "The account"),
        ("ticketId" = TicketId, Path, description = "The ticket"),
    ),
    request_body = UpdateTicket,
    responses(
        (status = 200, body = TicketBody, description = "Updated"),
        (status = 409, description = "`conflict`: it cannot go from where it stands to this `status`"),
    ),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn update_ticket(
    State(app): State<App>,
    platform: Platform,
    ids: PathIds,
    once: Once<UpdateTicket>,
) -> Result<Response, Problem> {
    let party = TicketParty::support(ids.get("accountId")?);
    let ticket = ids.get("ticketId")?;
    let (asked, pending) = match once.begin(&app, &platform).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::New(asked, pending) => (asked, pending),
    };
    let answer = |written: &TicketWritten| {
        let body = TicketBody::from(written.on_record.ticket.clone());
        pending.answer(&app, StatusCode::OK, &body)
    };
    let record = |written: &TicketWritten| match answer(written) {
        Ok(answer) => Ok(answer.record()),
        Err(problem) => Err(StoreError::Internal(format!("{problem:?}"))),
    };
    let write = asked.into();
    let written = app.store.write_ticket(&party, ticket, &write, app.now(), record).await;
    let written = written.map_err(|error| error.map_refusal(refusal::of_ticket));
    pending.finish(&app, written, answer).await
}
