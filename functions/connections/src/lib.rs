//! Connections as both sides see and change them: the partner's customer dashboard (P3), the
//! customer's partners, ending from either side (P7), the history.

use tsunagu_api::{Routes, routes};

mod block_list;
mod change_marks;
mod change_shares;
mod customer_body;
mod customer_csv;
mod dashboard;
mod end_as_customer;
mod end_as_partner;
mod get_customer;
mod get_partner;
mod history;
mod list_connections;
mod list_customers;
mod list_partners;

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_customers::list_customers))
        .routes(routes!(
            get_customer::get_customer,
            change_marks::change_marks,
            end_as_partner::end_as_partner
        ))
        .routes(routes!(history::customer_history))
        .routes(routes!(block_list::list_blocked_customers))
        .routes(routes!(block_list::unblock_customer))
        .routes(routes!(list_partners::list_partners))
        .routes(routes!(
            get_partner::get_partner,
            change_shares::change_shares,
            end_as_customer::end_as_customer
        ))
        .routes(routes!(history::partner_history))
        .routes(routes!(list_connections::list_connections))
}
