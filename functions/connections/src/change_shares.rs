//! The customer sets what a partner sees.

use axum::extract::State;
use deserr::Deserr;
use tsunagu_api::{
    App,
    etag::{IfMatch, Tagged},
    input::InputErrors,
    json::Json,
    path::PathId,
    permit::{Permitted, permission::ConnectionsManage},
    problem::Problem,
    scope::Reader,
};
use tsunagu_domain::{
    ids::AccountId,
    share::{Share, Shares},
};
use utoipa::ToSchema;

use crate::get_partner::{ConnectedPartnerBody, compared, shown};

/// What the partner sees from the next request on.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
pub(crate) struct ChangeShares {
    /// All that is shared; each may stand once. None at all leaves the connection standing.
    #[schema(value_type = Vec<Share>)]
    shares: Shares,
}

/// Change what a partner sees
///
/// Acts from the partner's next request on; the partner gets a notification.
#[utoipa::path(
    patch,
    path = "/v1/accounts/{customer}/partners/{partner}",
    tag = "connections",
    params(
        ("customer" = AccountId, Path, description = "The acting customer"),
        ("partner" = AccountId, Path, description = "A connected partner"),
    ),
    request_body = ChangeShares,
    responses(
        (status = 200, body = ConnectedPartnerBody),
        Permitted<ConnectionsManage>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn change_shares(
    State(app): State<App>,
    customer: Permitted<ConnectionsManage>,
    Reader(language): Reader,
    PathId(partner): PathId<AccountId>,
    if_match: IfMatch,
    Json(change): Json<ChangeShares>,
) -> Result<Tagged<ConnectedPartnerBody>, Problem> {
    let acting = &customer.acting;
    let mut seen = None;
    if if_match.is_given() {
        let item = app.store.partner(acting, partner).await?.ok_or_else(Problem::not_found)?;
        let present = compared(&app, acting, &item, language).await?;
        seen = if_match.seen(&app, &present, item.version()).await?;
    }
    let changed = app.store.change_shares(acting, partner, change.shares, seen, app.now()).await?;
    let changed = changed.ok_or_else(Problem::not_found)?;
    app.tagged(shown(&app, acting, &changed, language).await?).await
}
