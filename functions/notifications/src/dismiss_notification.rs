//! Dismissing one notification.

use axum::extract::State;
use http::StatusCode;
use tsunagu_api::{
    App,
    path::PathId,
    permit::{Permitted, permission::NotificationsDismiss},
    problem::Problem,
};
use tsunagu_domain::ids::{AccountId, NotificationId};

/// Dismiss a notification
///
/// For the account as a whole. One that is dismissed already stays so, with its first date.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/notifications/{notificationId}/dismiss",
    tag = "notifications",
    params(
        ("account" = AccountId, Path, description = "The acting account"),
        ("notificationId" = NotificationId, Path, description = "Which notification"),
    ),
    responses(
        (status = 204, description = "It is dismissed"),
        Permitted<NotificationsDismiss>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn dismiss_notification(
    State(app): State<App>,
    account: Permitted<NotificationsDismiss>,
    PathId(id): PathId<NotificationId>,
) -> Result<StatusCode, Problem> {
    if app.store.dismiss_notification(&account.acting, id, app.now()).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found())
    }
}
