//! Support tickets: an account's own, a connected partner's for its customers, and the vendor's
//! support for all (P17).

use tsunagu_api::{Routes, routes};

mod add_comment;
mod catalogue;
mod change_ticket;
mod comment;
mod get_ticket;
mod list_all_tickets;
mod list_comments;
mod list_customer_tickets;
mod list_tickets;
mod open_ticket;
mod refusal;
mod ticket;
mod update_ticket;

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::new().merge(of_accounts()).merge(of_partners()).merge(of_the_platform())
}

/// An account and its own tickets.
fn of_accounts() -> Routes {
    Routes::new()
        .routes(routes!(list_tickets::list_tickets, open_ticket::open_ticket))
        .routes(routes!(get_ticket::get_ticket, change_ticket::change_ticket))
        .routes(routes!(list_comments::list_comments, add_comment::add_comment))
}

/// A partner and its customers' tickets.
fn of_partners() -> Routes {
    Routes::new()
        .routes(routes!(
            list_tickets::list_tickets_of_customer,
            open_ticket::open_ticket_for_customer
        ))
        .routes(routes!(
            get_ticket::get_ticket_of_customer,
            change_ticket::change_ticket_for_customer
        ))
        .routes(routes!(
            list_comments::list_comments_of_customer,
            add_comment::add_comment_for_customer
        ))
        .routes(routes!(list_customer_tickets::list_customer_tickets))
}

/// The vendor's support and all tickets.
fn of_the_platform() -> Routes {
    Routes::new()
        .routes(routes!(list_all_tickets::list_all_tickets))
        .routes(routes!(get_ticket::get_platform_ticket))
        .routes(routes!(list_comments::list_platform_comments))
        .routes(routes!(update_ticket::update_ticket))
}
