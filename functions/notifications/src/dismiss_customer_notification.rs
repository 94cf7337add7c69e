//! Dismissing one notification of a customer, for the partner alone.

use axum::extract::State;
use http::StatusCode;
use tsunagu_api::{
    App, BadgedPartner, Problem, path::PathId, permit::permission::NotificationsDismiss,
};
use tsunagu_domain::ids::{AccountId, NotificationId};
use tsunagu_store::Dismissal;

/// Dismiss a customer's notification
///
/// For the partner alone: the customer keeps it, and so do its other partners. One that is dismissed
/// already stays so.
#[utoipa::path(
    post,
    path = "/v1/accounts/{partner}/customer-notifications/{notificationId}/dismiss",
    tag = "notifications",
    params(
        ("partner" = AccountId, Path, description = "The acting partner"),
        ("notificationId" = NotificationId, Path, description = "Which notification"),
    ),
    responses(
        (status = 204, description = "It is dismissed"),
        BadgedPartner<NotificationsDismiss>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn dismiss_customer_notification(
    State(app): State<App>,
    partner: BadgedPartner<NotificationsDismiss>,
    PathId(id): PathId<NotificationId>,
) -> Result<StatusCode, Problem> {
    match app.store.dismiss_from_feed(&partner.acting, &[id], app.now()).await? {
        Dismissal::Done => Ok(StatusCode::NO_CONTENT),
        Dismissal::Unknown(_) => Err(Problem::not_found()),
    }
}
