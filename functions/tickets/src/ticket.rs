//! Tickets as they are shown.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tsunagu_api::Shown;
use tsunagu_domain::{
    ids::{AccountId, TicketId},
    text::{DisplayName, Subject, TicketText},
    ticket::{Activity, Author, LastComment, Severity, Status, Ticket},
    vendor::{CaseNumber, ServiceCode},
    visibility::Visibility,
};
use utoipa::ToSchema;

/// A support ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Ticket)]
pub(crate) struct TicketBody {
    /// Its id.
    pub ticket_id: TicketId,
    /// The vendor's own number of it, once it has one.
    #[schema(required = true)]
    pub case_number: Option<CaseNumber>,
    /// Whose it is.
    pub account_id: AccountId,
    /// The same with its name; in a partner's lists only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub customer: Option<TicketCustomerBody>,
    /// What it is about.
    pub subject: Subject,
    /// What it says.
    pub description: TicketText,
    /// The service that it is about, where it is about one.
    #[schema(required = true)]
    pub service: Option<ServiceCode>,
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands.
    pub status: Status,
    /// Who may see it.
    pub visibility: Visibility,
    /// Who opened it.
    pub opened_by: Author,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it changed or was commented on last, as far as the reader sees.
    pub updated_at: DateTime<Utc>,
    /// How many comments the reader sees.
    pub comment_count: u32,
    /// The last of them.
    #[schema(required = true)]
    pub last_comment: Option<LastComment>,
}

/// The customer whose ticket it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TicketCustomer)]
pub(crate) struct TicketCustomerBody {
    /// Its id.
    pub account_id: AccountId,
    /// The name that it gives itself.
    pub display_name: DisplayName,
}

impl TicketBody {
    /// A ticket in a partner's list.
    pub(crate) fn listed(ticket: Ticket, customer: TicketCustomerBody) -> Self {
        Self { customer: Some(customer), ..Self::from(ticket) }
    }
}

/// A ticket as its reader sees it.
impl From<Ticket> for TicketBody {
    fn from(ticket: Ticket) -> Self {
        let Activity { updated_at, comment_count, last_comment } = ticket.activity;
        Self {
            ticket_id: ticket.ticket_id,
            case_number: ticket.case_number,
            account_id: ticket.account_id,
            customer: None,
            subject: ticket.subject,
            description: ticket.description,
            service: ticket.service,
            severity: ticket.severity,
            status: ticket.status,
            visibility: ticket.visibility,
            opened_by: ticket.opened_by,
            created_at: ticket.created_at,
            updated_at,
            comment_count,
            last_comment,
        }
    }
}

/// Comments are no part of the tag: else nobody could change a ticket that others comment on.
impl Shown for TicketBody {
    const DERIVED: &'static [&'static str] = &["/updatedAt", "/commentCount", "/lastComment"];
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tsunagu_domain::ticket::NewTicket;

    use super::*;

    fn ticket() -> Ticket {
        let at: DateTime<Utc> = "2026-03-01T00:00:00Z".parse().expect("an instant");
        let new = NewTicket {
            subject: "Sessions end".parse().expect("a subject"),
            description: "Every ten minutes.".parse().expect("a text"),
            service: None,
            severity: Severity::High,
            visibility: Visibility::Shared,
        };
        Ticket::open(AccountId::mint(at), Author::CUSTOMER, new, at)
    }

    #[test]
    fn given_a_ticket_then_the_reader_sees_the_fields_of_the_contract() {
        let ticket = ticket();
        let shown = serde_json::to_value(TicketBody::from(ticket.clone())).expect("JSON");
        let expected = json!({
            "ticketId": ticket.ticket_id, "caseNumber": null, "accountId": ticket.account_id,
            "subject": "Sessions end", "description": "Every ten minutes.", "service": null,
            "severity": "high", "status": "open", "visibility": "shared",
            "openedBy": {"role": "customer", "partner": null},
            "createdAt": "2026-03-01T00:00:00Z", "updatedAt": "2026-03-01T00:00:00Z",
            "commentCount": 0, "lastComment": null,
        });
        assert_eq!(shown, expected);
    }

    #[test]
    fn given_a_partners_list_then_the_customer_is_named() {
        let ticket = ticket();
        let display_name: DisplayName = "みなと".parse().expect("a name");
        let customer = TicketCustomerBody { account_id: ticket.account_id, display_name };
        let id = ticket.account_id;
        let shown = serde_json::to_value(TicketBody::listed(ticket, customer)).expect("JSON");
        assert_eq!(shown["customer"], json!({"accountId": id, "displayName": "みなと"}));
        assert_eq!(shown["caseNumber"], Value::Null);
    }
}
