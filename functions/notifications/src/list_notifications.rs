//! The account's own notifications, newest first.

use axum::extract::State;
use chrono::{DateTime, Utc};
use deserr::Deserr;
use serde::Serialize;
use tsunagu_api::{
    App,
    input::InputErrors,
    json::Json,
    page::{Page, PageBody, PageParams},
    permit::{Permitted, permission::NotificationsView},
    problem::Problem,
    scope::Reader,
};
use tsunagu_domain::{
    ids::{AccountId, NotificationId},
    locale::Language,
    notification::{Notification, Related, Severity},
    visibility::Visibility,
};
use tsunagu_store::{NotificationFilter, Place};
use utoipa::{IntoParams, ToSchema};

/// Which notifications the list shows.
#[derive(Debug, Default, Deserr, IntoParams)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(crate) struct NotificationsQuery {
    /// Only those that are not dismissed (`false`), only the dismissed (`true`), or `all`.
    #[deserr(default)]
    #[param(inline, required = false, default = "false")]
    dismissed: Dismissed,
    /// Only those of this code.
    #[deserr(default)]
    #[param(example = "connection-created")]
    code: Option<String>,
}

/// Whether dismissed notifications are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = lowercase)]
#[schema(rename_all = "lowercase")]
enum Dismissed {
    /// No.
    #[default]
    False,
    /// They alone.
    True,
    /// They and the others.
    All,
}

/// A notification of the account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Notification)]
pub(crate) struct NotificationBody {
    /// Its id; newer ones sort later.
    pub notification_id: NotificationId,
    /// Whose it is.
    pub account_id: AccountId,
    /// How much it matters.
    pub severity: Severity,
    /// Which part of the system speaks.
    #[schema(example = "connections")]
    pub source: String,
    /// What happened, as a stable code.
    #[schema(example = "connection-created")]
    pub code: String,
    /// The headline, in the language asked for.
    pub title: String,
    /// The text, in the language asked for.
    pub message: String,
    /// Who may see it.
    pub visibility: Visibility,
    /// What it is about; `null` where it is about no thing that has an id.
    #[schema(required = true)]
    pub related: Option<Related>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When the account dismissed it; `null` until it does.
    #[schema(required = true)]
    pub dismissed_at: Option<DateTime<Utc>>,
}

impl From<NotificationsQuery> for NotificationFilter {
    fn from(query: NotificationsQuery) -> Self {
        let dismissed = match query.dismissed {
            Dismissed::False => Some(false),
            Dismissed::True => Some(true),
            Dismissed::All => None,
        };
        Self { dismissed, code: query.code }
    }
}

impl NotificationBody {
    pub(crate) fn new(notification: Notification, language: Language) -> Self {
        Self {
            notification_id: notification.notification_id,
            account_id: notification.account_id,
            severity: notification.severity,
            source: notification.source,
            code: notification.code,
            title: notification.title.in_language(language).to_owned(),
            message: notification.message.in_language(language).to_owned(),
            visibility: notification.visibility,
            related: notification.related,
            created_at: notification.created_at,
            dismissed_at: notification.dismissed_at,
        }
    }
}

/// The account's notifications
///
/// Newest first, kept for 90 days. Where filters leave much out a page may be short, even empty,
/// and not be the last: go on while there is a `nextCursor`.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/notifications",
    tag = "notifications",
    params(
        ("account" = AccountId, Path, description = "The acting account"),
        NotificationsQuery,
        PageParams,
    ),
    responses(
        (status = 200, body = PageBody<NotificationBody>),
        Permitted<NotificationsView>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_notifications(
    State(app): State<App>,
    account: Permitted<NotificationsView>,
    Reader(language): Reader,
    mut page: Page<NotificationsQuery>,
) -> Result<Json<PageBody<NotificationBody>>, Problem> {
    let after = page.position::<Place>(&app).await?;
    let filter = std::mem::take(&mut page.filter).into();
    let found =
        app.store.notifications(&account.acting, &filter, after, page.limit, app.now()).await?;
    let shown = found.items.into_iter().map(|item| NotificationBody::new(item, language));
    Ok(Json(page.answer(&app, shown.collect(), found.next).await?))
}
