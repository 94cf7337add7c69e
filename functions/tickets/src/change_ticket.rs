//! A ticket's fields change, its status among them.

use axum::extract::State;
use deserr::Deserr;
use tsunagu_api::{
    App, Given, IfMatch, InputErrors, Json, PathId, Permitted, Problem, SharingView, Tagged,
    permit::{permission::TicketsManage, sharing},
};
use tsunagu_domain::{
    ids::{AccountId, TicketId},
    text::{Subject, TicketText},
    ticket::{Severity, Status, TicketChange},
    visibility::Visibility,
};
use tsunagu_store::{TicketParty, TicketWrite};
use utoipa::ToSchema;

use crate::{refusal, ticket::TicketBody};

/// What is to be different; what is left out stays.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct ChangeTicket {
    /// What it is about, in one line.
    #[deserr(default)]
    #[schema(value_type = Subject, required = false)]
    subject: Given<Subject>,
    /// What it says, as plain text.
    #[deserr(default)]
    #[schema(value_type = TicketText, required = false)]
    description: Given<TicketText>,
    /// How bad it is.
    #[deserr(default)]
    #[schema(value_type = Severity, required = false)]
    severity: Given<Severity>,
    /// Where it stands: `resolved` and `closed`, `in-progress` as an answer to `waiting`, `open` where
    /// it is `resolved`.
    #[deserr(default)]
    #[schema(value_type = Status, required = false)]
    status: Given<Status>,
    /// Who may see it. A partner keeps nothing for the account alone.
    #[deserr(default)]
    #[schema(value_type = Visibility, required = false)]
    visibility: Given<Visibility>,
}

impl From<ChangeTicket> for TicketChange {
    fn from(change: ChangeTicket) -> Self {
        Self {
            subject: change.subject.0,
            description: change.description.0,
            severity: change.severity.0,
            status: change.status.0,
            visibility: change.visibility.0,
            case_number: None,
        }
    }
}

/// Change a ticket of the account
///
/// Comments meanwhile are no change: `If-Match` stays good.
#[utoipa::path(
    patch,
    path = "/v1/accounts/{account}/tickets/{ticketId}",
    tag = "tickets",
    params(
        ("account" = AccountId, Path, description = "The acting account"),
        ("ticketId" = TicketId, Path, description = "The ticket"),
    ),
    request_body = ChangeTicket,
    responses(
        (status = 200, body = TicketBody),
        Permitted<TicketsManage>,
        (status = 409, description = "`conflict`: it cannot go from where it stands to this `status`"),
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn change_ticket(
    State(app): State<App>,
    account: Permitted<TicketsManage>,
    PathId(ticket): PathId<TicketId>,
    if_match: IfMatch,
    Json(change): Json<ChangeTicket>,
) -> Result<Tagged<TicketBody>, Problem> {
    let tickets = account.acting.own();
    let party = TicketParty::new(&account.acting, &tickets);
    answer(&app, &party, ticket, &if_match, change).await
}

/// Change a ticket of a customer
///
/// Comments meanwhile are no change: `If-Match` stays good.
#[utoipa::path(
    patch,
    path = "/v1/accounts/{partner}/customers/{customer}/tickets/{ticketId}",
    tag = "tickets",
    params(
        ("partner" = AccountId, Path, description = "The acting partner"),
        ("customer" = AccountId, Path, description = "A connected customer"),
        ("ticketId" = TicketId, Path, description = "The ticket"),
    ),
    request_body = ChangeTicket,
    responses(
        (status = 200, body = TicketBody),
        SharingView<TicketsManage, sharing::Tickets>,
        (status = 409, description = "`conflict`: it cannot go from where it stands to this `status`"),
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn change_ticket_for_customer(
    State(app): State<App>,
    view: SharingView<TicketsManage, sharing::Tickets>,
    PathId(ticket): PathId<TicketId>,
    if_match: IfMatch,
    Json(change): Json<ChangeTicket>,
) -> Result<Tagged<TicketBody>, Problem> {
    let tickets = view.readable()?;
    let party = TicketParty::new(&view.acting, &tickets);
    answer(&app, &party, ticket, &if_match, change).await
}

async fn answer(
    app: &App,
    party: &TicketParty<'_>,
    ticket: TicketId,
    if_match: &IfMatch,
    change: ChangeTicket,
) -> Result<Tagged<TicketBody>, Problem> {
    let mut seen = None;
    if if_match.is_given() {
        let present = app.store.ticket(party, ticket).await?.ok_or_else(Problem::not_found)?;
        let version = present.version;
        seen = if_match.seen(app, &TicketBody::from(present.ticket), version).await?;
    }
    let write = TicketWrite { change: change.into(), seen, comment: None };
    let written = app.store.write_ticket(party, ticket, &write, app.now(), |_| Ok(None)).await;
    let written = written.map_err(|error| error.map_refusal(refusal::of_ticket))?;
    app.tagged(TicketBody::from(written.on_record.ticket)).await
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    fn change(body: Value) -> Result<TicketChange, InputErrors> {
        deserr::deserialize::<ChangeTicket, _, InputErrors>(body).map(Into::into)
    }

    #[test]
    fn given_fields_that_are_left_out_then_they_stay() {
        assert_eq!(change(json!({})), Ok(TicketChange::default()));
        let resolved = TicketChange { status: Some(Status::Resolved), ..TicketChange::default() };
        assert_eq!(change(json!({"status": "resolved"})), Ok(resolved));
    }

    #[rstest]
    #[case::nothing_to_remove(json!({"subject": null}))]
    #[case::the_vendors_own(json!({"caseNumber": "CS-1"}))]
    #[case::never_changed(json!({"service": "daas"}))]
    #[case::unknown(json!({"status": "done"}))]
    fn given_what_nobody_may_change_then_it_is_refused(#[case] body: Value) {
        assert!(change(body).is_err());
    }
}
