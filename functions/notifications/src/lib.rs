//! An account's own notifications: reading and dismissing them (P8).

use tsunagu_api::App;
use utoipa_axum::{router::OpenApiRouter, routes};

mod dismiss_notification;
mod dismiss_notifications;
mod list_notifications;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_notifications::list_notifications))
        .routes(routes!(dismiss_notification::dismiss_notification))
        .routes(routes!(dismiss_notifications::dismiss_notifications))
}
