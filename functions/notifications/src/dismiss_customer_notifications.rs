//! Dismissing several notifications of customers at once, or everything up to one, for the partner
//! alone.

use axum::extract::State;
use deserr::Deserr;
use http::StatusCode;
use tsunagu_api::{
    App, BadgedPartner, InputErrors, Json, Problem,
    input::{Distinct, Flaw},
    permit::permission::NotificationsDismiss,
    texts::Text,
};
use tsunagu_domain::ids::{AccountId, NotificationId};
use tsunagu_store::feed::DismissAll;
use utoipa::ToSchema;

use crate::dismiss_notifications::{Chosen, EITHER_OR, MAX_IDS, UNKNOWN, choose, refuse_unknown};

/// What to dismiss: `all` with `upTo`, and perhaps `customer`, or `ids`, never both.
#[derive(Debug, Default, PartialEq, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct DismissCustomerNotifications {
    /// Everything up to `upTo`; only `true` has a meaning.
    #[deserr(default)]
    all: Option<bool>,
    /// The newest notification to dismiss, as the reader saw it: nothing that came later goes.
    #[deserr(default)]
    up_to: Option<NotificationId>,
    /// With `all`: of this customer alone.
    #[deserr(default)]
    customer: Option<AccountId>,
    /// 1 to 90 notifications that the partner sees, each named once. All are dismissed or none.
    #[deserr(default)]
    #[schema(value_type = Option<Vec<NotificationId>>, min_items = 1, max_items = 90)]
    ids: Option<Distinct<NotificationId, MAX_IDS>>,
}

const UNKNOWN_CUSTOMER: Flaw = Flaw::Rule {
    code: "unknown-customer",
    text: Text::new(
        "通知を共有している接続済みの顧客ではありません。",
        "There is no such connected customer that shares its notifications.",
    ),
};

/// Dismiss customers' notifications
///
/// For the partner alone. `{ids}` dismisses these; `{all: true, upTo}` everything up to one, of all
/// customers that are connected at this moment or of one `customer`. Nothing that came later goes, and
/// nothing of a customer that connects later. It stays so when a connection ends and begins anew. An
/// id that the partner does not see is refused with a pointer to it, and nothing is dismissed.
#[utoipa::path(
    post,
    path = "/v1/accounts/{partner}/customer-notifications/dismiss",
    tag = "notifications",
    params(("partner" = AccountId, Path, description = "The acting partner")),
    request_body = DismissCustomerNotifications,
    responses(
        (status = 204, description = "They are dismissed"),
        BadgedPartner<NotificationsDismiss>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn dismiss_customer_notifications(
    State(app): State<App>,
    partner: BadgedPartner<NotificationsDismiss>,
    Json(dismiss): Json<DismissCustomerNotifications>,
) -> Result<StatusCode, Problem> {
    let DismissCustomerNotifications { all, up_to, customer, ids } = dismiss;
    let (store, partner, now) = (&app.store, &partner.acting, app.now());
    match (choose(all, up_to, ids)?, customer) {
        (Chosen::These(_), Some(_)) => return Err(Problem::invalid("/customer", EITHER_OR)),
        (Chosen::These(ids), None) => {
            refuse_unknown(&store.dismiss_from_feed(partner, &ids, now).await?)?;
        }
        (Chosen::UpTo(up_to), None) => {
            refuse(store.dismiss_feed_up_to(partner, up_to, now).await?)?;
        }
        (Chosen::UpTo(up_to), Some(customer)) => {
            refuse(store.dismiss_feed_of(partner, customer, up_to, now).await?)?;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

fn refuse(dismissed: DismissAll) -> Result<(), Problem> {
    match dismissed {
        DismissAll::Done => Ok(()),
        DismissAll::UnknownNotification => Err(Problem::invalid("/upTo", UNKNOWN)),
        DismissAll::UnknownCustomer => Err(Problem::invalid("/customer", UNKNOWN_CUSTOMER)),
    }
}
