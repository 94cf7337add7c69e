//! The customer ends a connection.

use axum::extract::State;
use http::StatusCode;
use tsunagu_api::{
    App,
    etag::IfMatch,
    path::PathId,
    permit::{Permitted, permission::ConnectionsManage},
    problem::Problem,
    scope::Reader,
};
use tsunagu_domain::{connection::Pair, ids::AccountId};
use tsunagu_store::items::CustomerItem;

use crate::get_partner::shown;

/// End a connection as its customer
///
/// The partner gets a notification, and sees nothing of the account from the next request on.
#[utoipa::path(
    delete,
    path = "/v1/accounts/{customer}/partners/{partner}",
    tag = "connections",
    params(
        ("customer" = AccountId, Path, description = "The acting customer"),
        ("partner" = AccountId, Path, description = "A connected partner"),
    ),
    responses((status = 204, description = "Ended")),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn end_as_customer(
    State(app): State<App>,
    customer: Permitted<ConnectionsManage>,
    Reader(language): Reader,
    PathId(partner): PathId<AccountId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let acting = &customer.acting;
    let pair = Pair::new(partner, acting.account_id()).map_err(|_| Problem::not_found())?;
    let mut seen = None;
    if if_match.is_given() {
        let item = app.store.partner(acting, partner).await?.ok_or_else(Problem::not_found)?;
        if_match.check(&app, &shown(&app, acting, &item, language).await?).await?;
        seen = Some((item.episode, item.shares));
    }
    let still = |item: &CustomerItem| seen.is_none_or(|seen| (item.episode, item.shares) == seen);
    let done = app.store.end_connection(acting, pair, false, app.now(), still).await?;
    done.then_some(StatusCode::NO_CONTENT).ok_or_else(Problem::not_found)
}
