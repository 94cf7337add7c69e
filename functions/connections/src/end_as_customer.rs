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
use tsunagu_domain::ids::AccountId;

use crate::get_partner::compared;

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
    responses(
        (status = 204, description = "Ended"),
        Permitted<ConnectionsManage>,
    ),
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
    let mut seen = None;
    if if_match.is_given() {
        let item = app.store.partner(acting, partner).await?.ok_or_else(Problem::not_found)?;
        let present = compared(&app, acting, &item, language).await?;
        seen = if_match.seen(&app, &present, item.version()).await?;
    }
    let ended = app.store.end_as_customer(acting, partner, seen, app.now()).await?;
    ended.then_some(StatusCode::NO_CONTENT).ok_or_else(Problem::not_found)
}
