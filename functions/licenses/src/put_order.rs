//! The vendor puts an order.

use axum::{extract::State, response::Response};
use tsunagu_api::{App, IfMatch, Json, PathIds, Platform, Problem};
use tsunagu_domain::{ids::AccountId, licenses::order::Order, vendor::OrderId};

use crate::{
    account,
    order::{OrderBody, PutOrder, put_known},
};

/// Put an order
///
/// Orders are shown and nothing else: what may be used is stated as entitlements.
#[utoipa::path(
    put,
    path = "/v1/platform/accounts/{accountId}/orders/{orderId}",
    tag = "platform",
    params(
        ("accountId" = AccountId, Path, description = "The account"),
        ("orderId" = OrderId, Path, description = "The vendor's own number"),
    ),
    request_body = PutOrder,
    responses(
        (status = 201, body = OrderBody, description = "New"),
        (status = 200, body = OrderBody, description = "Changed, or the same"),
        (status = 404, description = "`not-found`: no such account"),
        (status = 422, description = "`unknown-service`"),
    ),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn put_order(
    State(app): State<App>,
    _: Platform,
    ids: PathIds,
    if_match: IfMatch,
    Json(put): Json<PutOrder>,
) -> Result<Response, Problem> {
    let account_id = ids.get("accountId")?;
    let order = put.order(ids.chosen("orderId")?)?;
    account::demand(&app, account_id).await?;
    let present = if if_match.is_given() {
        app.store.order(account_id, &order.order_id).await?
    } else {
        None
    };
    let shown = present.clone().map(OrderBody::from);
    let seen = if_match.seen_if_any(&app, shown.as_ref(), present.as_ref()).await?;
    let still = |known: Option<&Order>| seen.is_none_or(|seen| known == seen);
    let stated = put_known(&app, account_id, &order, still).await?;
    app.stated(stated).await
}
