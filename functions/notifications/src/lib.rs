//! Notifications: an account's own (P8), and those of a partner's customers (P18).

use tsunagu_api::App;
use utoipa_axum::{router::OpenApiRouter, routes};

mod dismiss_customer_notification;
mod dismiss_customer_notifications;
mod dismiss_notification;
mod dismiss_notifications;
mod list_customer_notifications;
mod list_notifications;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_notifications::list_notifications))
        .routes(routes!(dismiss_notification::dismiss_notification))
        .routes(routes!(dismiss_notifications::dismiss_notifications))
        .routes(routes!(list_customer_notifications::list_customer_notifications))
        .routes(routes!(dismiss_customer_notification::dismiss_customer_notification))
        .routes(routes!(dismiss_customer_notifications::dismiss_customer_notifications))
}
