//! The vendor tells an account something.

use axum::{extract::State, response::Response};
use http::StatusCode;
use tsunagu_api::{App, Begun, Once, PathIds, Platform, Problem, Reader};
use tsunagu_domain::ids::{AccountId, NotificationId};

use crate::{
    list_notifications::NotificationBody,
    publication::{PublishNotification, demand_account, failed},
};

/// Publish a notification
///
/// The account sees it at once, its partners a moment later where it is `shared` and the account
/// shares notifications with them.
#[utoipa::path(
    post,
    path = "/v1/platform/accounts/{accountId}/notifications",
    tag = "platform",
    params(("accountId" = AccountId, Path, description = "Whom it is for")),
    request_body = PublishNotification,
    responses(
        (status = 201, body = NotificationBody, description = "Published"),
        (status = 404, description = "`not-found`: no such account"),
    ),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn publish_notification(
    State(app): State<App>,
    platform: Platform,
    ids: PathIds,
    Reader(language): Reader,
    once: Once<PublishNotification>,
) -> Result<Response, Problem> {
    let account = ids.get("accountId")?;
    let (said, pending) = match once.begin(&app, &platform).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::New(said, pending) => (said, pending),
    };
    let publication = said.publication()?;
    demand_account(&app, account).await?;
    let now = app.now();
    let notification = publication.notify(NotificationId::mint(now), account, now);
    let body = NotificationBody::new(notification.clone(), language);
    let answer = pending.answer(&app, StatusCode::CREATED, &body)?;
    let written = app.store.publish(&[notification], answer.record()).await;
    answer.finish(&app, written.map_err(failed)).await
}
