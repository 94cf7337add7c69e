//! Dismissing several notifications at once, or everything up to one.

use axum::extract::State;
use deserr::Deserr;
use http::StatusCode;
use tsunagu_api::{
    App,
    input::{Distinct, Flaw, InputErrors},
    json::Json,
    permit::{Permitted, permission::NotificationsDismiss},
    problem::Problem,
    texts::Text,
};
use tsunagu_domain::{
    Invalid,
    ids::{AccountId, NotificationId},
};
use tsunagu_store::Dismissal;
use utoipa::ToSchema;

/// How many notifications can be named at once.
pub(crate) const MAX_IDS: usize = 90;

/// What to dismiss: `all` with `upTo`, or `ids`, never both.
#[derive(Debug, Default, PartialEq, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct DismissNotifications {
    /// Everything up to `upTo`; only `true` has a meaning.
    #[deserr(default)]
    all: Option<bool>,
    /// The newest notification to dismiss, as the reader saw it: nothing that came later goes.
    #[deserr(default)]
    up_to: Option<NotificationId>,
    /// 1 to 90 of the account's notifications, each named once. All are dismissed or none.
    #[deserr(default)]
    #[schema(value_type = Option<Vec<NotificationId>>, min_items = 1, max_items = 90)]
    ids: Option<Distinct<NotificationId, MAX_IDS>>,
}

/// What to dismiss, understood.
#[derive(Debug, PartialEq)]
pub(crate) enum Chosen {
    UpTo(NotificationId),
    These(Vec<NotificationId>),
}

/// What is meant by the parts of a body; what is wrong where they make no sense together.
pub(crate) fn choose(
    all: Option<bool>,
    up_to: Option<NotificationId>,
    ids: Option<Distinct<NotificationId, MAX_IDS>>,
) -> Result<Chosen, InputErrors> {
    match (all, up_to, ids) {
        (None, None, Some(ids)) if ids.is_empty() => Err(InputErrors::one("/ids", Invalid::Empty)),
        (None, None, Some(ids)) => Ok(Chosen::These(ids.into_vec())),
        (Some(true), Some(up_to), None) => Ok(Chosen::UpTo(up_to)),
        (None, None, None) | (_, _, Some(_)) => Err(InputErrors::one("", EITHER_OR)),
        (all, up_to, None) => Err(halves(all, up_to)),
    }
}

/// What is wrong with `all` and `upTo` where they do not make a whole.
fn halves(all: Option<bool>, up_to: Option<NotificationId>) -> InputErrors {
    let all = match all {
        Some(true) => None,
        Some(false) => Some(InputErrors::one("/all", Invalid::UnknownValue)),
        None => Some(InputErrors::one("/all", Flaw::Required)),
    };
    let up_to = up_to.is_none().then(|| InputErrors::one("/upTo", Flaw::Required));
    let found = all.into_iter().chain(up_to);
    // Only a whole has no flaw, and it does not come here.
    InputErrors::all(found).unwrap_or_else(|| InputErrors::one("", EITHER_OR))
}

pub(crate) const EITHER_OR: Flaw = Flaw::Rule {
    code: "either-or",
    text: Text::new(
        "all と upTo の組、または ids のどちらか一方だけを指定してください。",
        "Give either all with upTo, or ids, and not both.",
    ),
};

pub(crate) const UNKNOWN: Flaw = Flaw::Rule {
    code: "unknown-notification",
    text: Text::new(
        "このアカウントにこの通知はありません。",
        "The account has no such notification.",
    ),
};

/// Dismiss several notifications
///
/// `{ids}` dismisses these, `{all: true, upTo}` everything up to one. What is dismissed already
/// stays so, with its first date. An id that is none of the account's is refused with a pointer to
/// it, and nothing is dismissed.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/notifications/dismiss",
    tag = "notifications",
    params(("account" = AccountId, Path, description = "The acting account")),
    request_body = DismissNotifications,
    responses(
        (status = 204, description = "They are dismissed"),
        Permitted<NotificationsDismiss>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn dismiss_notifications(
    State(app): State<App>,
    account: Permitted<NotificationsDismiss>,
    Json(dismiss): Json<DismissNotifications>,
) -> Result<StatusCode, Problem> {
    let (store, acting, now) = (&app.store, &account.acting, app.now());
    let DismissNotifications { all, up_to, ids } = dismiss;
    match choose(all, up_to, ids)? {
        Chosen::UpTo(id) => {
            let done = store.dismiss_up_to(acting, id, now).await?;
            done.then_some(()).ok_or_else(|| Problem::invalid("/upTo", UNKNOWN))?;
        }
        Chosen::These(ids) => {
            let dismissal = store.dismiss_notifications(acting, &ids, now).await?;
            refuse_unknown(&dismissal)?;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn refuse_unknown(dismissal: &Dismissal) -> Result<(), InputErrors> {
    let Dismissal::Unknown(positions) = dismissal else { return Ok(()) };
    let unknown = positions.iter().map(|at| InputErrors::one(&format!("/ids/{at}"), UNKNOWN));
    InputErrors::all(unknown).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests;
