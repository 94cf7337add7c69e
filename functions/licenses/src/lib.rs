//! Licences: what was ordered and may be used, what is used, and how that moves (P10–P13, P16).

use tsunagu_api::{Routes, routes};

mod account;
mod catalogue;
mod customers;
mod decide_trial;
mod entitlement;
mod get_entitlement;
mod get_order;
mod license;
mod list_customer_entitlements;
mod list_customer_licenses;
mod list_entitlements;
mod list_holders;
mod list_orders;
mod list_pending_trials;
mod list_trials;
mod order;
mod overview;
mod put_entitlement;
mod put_entitlements;
mod put_order;
mod put_orders;
mod quantity;
mod refusal;
mod release_holder;
mod request_trial;
mod show_licenses;
mod show_trends;
mod statement;
mod take_usage_events;
mod tally;
mod trend;
mod usage_event;

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::new().merge(of_accounts()).merge(of_partners()).merge(of_the_platform())
}

/// What an account sees and does of its own.
fn of_accounts() -> Routes {
    Routes::new()
        .routes(routes!(list_orders::list_orders))
        .routes(routes!(list_entitlements::list_entitlements))
        .routes(routes!(show_licenses::show_licenses))
        .routes(routes!(show_trends::show_trends))
        .routes(routes!(list_holders::list_license_users))
        .routes(routes!(list_holders::list_license_devices))
        .routes(routes!(release_holder::release_license_user))
        .routes(routes!(release_holder::release_license_device))
        .routes(routes!(list_trials::list_trials, request_trial::request_trial))
}

/// What a partner sees of its customers.
fn of_partners() -> Routes {
    Routes::new()
        .routes(routes!(list_orders::list_orders_of_customer))
        .routes(routes!(list_entitlements::list_entitlements_of_customer))
        .routes(routes!(show_licenses::show_licenses_of_customer))
        .routes(routes!(show_trends::show_trends_of_customer))
        .routes(routes!(overview::show_overview))
        .routes(routes!(list_customer_licenses::list_customer_licenses))
        .routes(routes!(list_customer_entitlements::list_customer_entitlements))
}

/// What the vendor's machines say and ask.
fn of_the_platform() -> Routes {
    Routes::new()
        .routes(routes!(get_order::get_order, put_order::put_order))
        .routes(routes!(put_orders::put_orders))
        .routes(routes!(get_entitlement::get_entitlement, put_entitlement::put_entitlement))
        .routes(routes!(put_entitlements::put_entitlements))
        .routes(routes!(list_pending_trials::list_pending_trials))
        .routes(routes!(decide_trial::approve_trial))
        .routes(routes!(decide_trial::decline_trial))
        .routes(routes!(take_usage_events::take_usage_events))
}
