//! Accounts, their administrators, the service catalogue, and what the vendor says of all of them.

use tsunagu_api::{Routes, routes, unmatched::answer_unmatched};

mod account;
mod administrator;
mod change_account;
mod change_administrator;
mod find_accounts;
mod get_account;
mod get_administrator;
mod get_organization;
mod get_program;
mod get_provisioned_account;
mod get_service;
mod invite_administrator;
mod list_account_services;
mod list_administrators;
mod list_my_accounts;
mod list_services;
mod organization;
mod put_account;
mod put_organization;
mod put_program;
mod put_service;
mod refusal;
mod register_account;
mod remove_administrator;
mod service;

/// Every route of the product, so that a path that exists is told from one that does not.
const ALL_ROUTES: &str = include_str!("../../../openapi.json");

/// The routes of this function.
pub fn routes() -> Routes {
    let routes = Routes::new()
        .routes(routes!(list_my_accounts::list_my_accounts))
        .routes(routes!(register_account::register_account))
        .routes(routes!(get_account::get_account, change_account::change_account))
        .routes(routes!(
            list_administrators::list_administrators,
            invite_administrator::invite_administrator
        ))
        .routes(routes!(
            get_administrator::get_administrator,
            change_administrator::change_administrator,
            remove_administrator::remove_administrator
        ))
        .routes(routes!(list_services::list_services))
        .routes(routes!(list_account_services::list_account_services))
        .routes(routes!(get_service::get_service, put_service::put_service))
        .routes(routes!(get_organization::get_organization, put_organization::put_organization))
        .routes(routes!(get_program::get_program, put_program::put_program))
        .routes(routes!(get_provisioned_account::get_provisioned_account, put_account::put_account))
        .routes(routes!(find_accounts::find_accounts));
    answer_unmatched(routes, ALL_ROUTES)
}
