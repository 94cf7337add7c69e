//! Notifications: an account's own (P8), those of a partner's customers (P18), those that the vendor
//! publishes; and the audit trail.

use tsunagu_api::{Routes, routes};

mod audit_csv;
mod audit_range;
mod dismiss_customer_notification;
mod dismiss_customer_notifications;
mod dismiss_notification;
mod dismiss_notifications;
mod list_audit_entries;
mod list_customer_notifications;
mod list_notifications;
mod publication;
mod publish_notification;
mod publish_notifications;

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_notifications::list_notifications))
        .routes(routes!(dismiss_notification::dismiss_notification))
        .routes(routes!(dismiss_notifications::dismiss_notifications))
        .routes(routes!(list_customer_notifications::list_customer_notifications))
        .routes(routes!(dismiss_customer_notification::dismiss_customer_notification))
        .routes(routes!(dismiss_customer_notifications::dismiss_customer_notifications))
        .routes(routes!(list_audit_entries::list_audit_entries))
        .routes(routes!(publish_notification::publish_notification))
        .routes(routes!(publish_notifications::publish_notifications))
}
