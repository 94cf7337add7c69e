//! The vendor tells many accounts something at once.

use axum::{extract::State, response::Response};
use deserr::Deserr;
use http::StatusCode;
use serde::Serialize;
use tsunagu_api::{
    App, Begun, InputErrors, Once, Platform, Problem, Reader,
    bulk::{self, ACCOUNT_ID, Done, Items, Judge, Key, Verdict},
    json::BULK_LIMIT,
};
use tsunagu_domain::{
    ids::{AccountId, NotificationId},
    locale::Language,
    notification::Notification,
    publication::Publication,
    time::Instant,
};
use tsunagu_store::{MAX_PUBLISHED, Stated};
use utoipa::ToSchema;

use crate::{
    list_notifications::NotificationBody,
    publication::{PublishNotification, demand_account, failed},
};

const _: () = assert!(MAX_PUBLISHED == 40, "the documentation below names the number");

/// Many notifications.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
pub(crate) struct PublishNotifications {
    /// 1 to 40 of them.
    #[schema(value_type = Vec<NotificationToPublish>, min_items = 1, max_items = 40)]
    items: Items<1, MAX_PUBLISHED>,
}

/// Whom a notification is for.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase)]
#[schema(rename_all = "camelCase")]
pub(crate) struct NotificationKey {
    /// The account.
    account_id: AccountId,
}

impl Key for NotificationKey {
    const NAMES: &'static [&'static str] = &[ACCOUNT_ID];

    fn account(&self) -> AccountId {
        self.account_id
    }
}

/// A notification among others.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) struct NotificationToPublish {
    #[serde(flatten)]
    key: NotificationKey,
    #[serde(flatten)]
    said: PublishNotification,
}

/// How the items went, in their order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PublishedResults {
    results: Vec<PublishedResult>,
}

/// How an item went.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PublishedResult {
    /// Its place among the items, from 0.
    index: usize,
    /// As it was sent; `null` where it was no text, or longer than any id.
    #[schema(required = true)]
    account_id: Option<String>,
    /// How it went.
    #[serde(flatten)]
    verdict: Verdict,
    /// The notification; left out where it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    notification: Option<NotificationBody>,
}

/// Publish many notifications
///
/// Each item is judged by itself, as the call for it alone would be: `status` says how it went. What
/// is not refused is published together, or, where the call fails, not at all. Those of one account
/// stand in its list in the order of the items.
#[utoipa::path(
    post,
    path = "/v1/platform/notifications",
    tag = "platform",
    request_body = PublishNotifications,
    responses((status = 200, body = PublishedResults)),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn publish_notifications(
    State(app): State<App>,
    platform: Platform,
    judge: Judge,
    Reader(language): Reader,
    once: Once<PublishNotifications, BULK_LIMIT>,
) -> Result<Response, Problem> {
    let (asked, pending) = match once.begin(&app, &platform).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::New(asked, pending) => (asked, pending),
    };
    let look = |key, said| look_at(&app, key, said);
    let looked = bulk::put_each(asked.items.into_vec(), look).await;
    let (notifications, results) = told(looked, app.now(), &judge, language);
    let answer = pending.answer(&app, StatusCode::OK, &PublishedResults { results })?;
    let written = app.store.publish(&notifications, answer.record()).await;
    answer.finish(&app, written.map_err(failed)).await
}

/// What is to be published, and for whom.
type Wanted = (AccountId, Publication);

async fn look_at(
    app: &App,
    key: NotificationKey,
    said: PublishNotification,
) -> Result<Stated<Wanted>, Problem> {
    let publication = said.publication()?;
    demand_account(app, key.account_id).await?;
    Ok(Stated { value: (key.account_id, publication), is_new: true })
}

/// The notifications of what was not refused, with ids in the order of the items, and how all went.
fn told(
    looked: Vec<Done<Wanted>>,
    now: Instant,
    judge: &Judge,
    language: Language,
) -> (Vec<Notification>, Vec<PublishedResult>) {
    let mut ids: Vec<_> = looked.iter().map(|_| NotificationId::mint(now)).collect();
    ids.sort_unstable();
    let mut notifications = Vec::new();
    let mut results = Vec::new();
    for (done, id) in looked.into_iter().zip(ids) {
        let (index, account_id) = (done.index, done.mark(ACCOUNT_ID));
        let (verdict, wanted) = done.told(judge);
        let notification = wanted.map(|(account, said)| said.notify(id, account, now));
        notifications.extend(notification.clone());
        let notification = notification.map(|told| NotificationBody::new(told, language));
        results.push(PublishedResult { index, account_id, verdict, notification });
    }
    (notifications, results)
}
