//! What the customers of a partner were told, in one place (P18).

use axum::extract::State;
use chrono::{DateTime, Utc};
use deserr::Deserr;
use serde::Serialize;
use tsunagu_api::{
    App, BadgedPartner, InputErrors, Json, Page, PageBody, PageParams, Problem,
    permit::permission::NotificationsView, scope::Reader,
};
use tsunagu_domain::{ids::AccountId, locale::Language, notification::Severity, text::DisplayName};
use tsunagu_store::{
    Place,
    feed::{CustomerNotification, FeedFilter},
};
use utoipa::{IntoParams, ToSchema};

use crate::list_notifications::NotificationBody;

/// Which notifications the list shows.
#[derive(Clone, Debug, Deserr, IntoParams)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(crate) struct CustomerNotificationsQuery {
    /// Only those of this customer; none where it is no customer of the partner.
    #[deserr(default)]
    customer: Option<AccountId>,
    /// Only those that matter so much.
    #[deserr(default)]
    severity: Option<Severity>,
    /// Only those of this code.
    #[deserr(default)]
    #[param(example = "entitlement-expiring")]
    code: Option<String>,
    /// Only those made then or later.
    #[deserr(default)]
    since: Option<DateTime<Utc>>,
}

impl CustomerNotificationsQuery {
    fn filter(&self) -> FeedFilter {
        let Self { customer, severity, code, since } = self.clone();
        FeedFilter { customer, severity, code, since }
    }
}

/// A notification of a customer, as its partner sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CustomerNotification)]
pub(crate) struct CustomerNotificationBody {
    /// Whose it is.
    customer: NotifiedCustomerBody,
    #[serde(flatten)]
    notification: NotificationBody,
}

/// The customer that was told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NotifiedCustomer)]
pub(crate) struct NotifiedCustomerBody {
    /// Its id.
    account_id: AccountId,
    /// The name that it gives itself.
    display_name: DisplayName,
}

impl CustomerNotificationBody {
    fn new(found: CustomerNotification, language: Language) -> Self {
        let CustomerNotification { customer, names, notification } = found;
        let customer =
            NotifiedCustomerBody { account_id: customer, display_name: names.display_name };
        Self { customer, notification: NotificationBody::new(notification, language) }
    }
}

/// The notifications of all customers
///
/// Of the customers that share theirs, without those that the partner has dismissed. Newest first,
/// kept for 90 days. Where a filter leaves much out a page may be short, even empty, and still not be
/// the last. A notification appears a moment after it was published.
#[utoipa::path(
    get,
    path = "/v1/accounts/{partner}/customer-notifications",
    tag = "notifications",
    params(
        ("partner" = AccountId, Path, description = "The acting partner"),
        CustomerNotificationsQuery,
        PageParams,
    ),
    responses(
        (status = 200, body = PageBody<CustomerNotificationBody>),
        BadgedPartner<NotificationsView>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_customer_notifications(
    State(app): State<App>,
    partner: BadgedPartner<NotificationsView>,
    Reader(language): Reader,
    page: Page<CustomerNotificationsQuery>,
) -> Result<Json<PageBody<CustomerNotificationBody>>, Problem> {
    let after = page.position::<Place>(&app).await?;
    let (filter, partner) = (page.filter.filter(), &partner.acting);
    let found =
        app.store.customer_notifications(partner, &filter, after, page.limit, app.now()).await?;
    let shown = found.items.into_iter().map(|it| CustomerNotificationBody::new(it, language));
    Ok(Json(page.answer(&app, shown.collect(), found.next).await?))
}
