//! The vendor puts an order.

use axum::{extract::State, response::Response};
use tsunagu_api::{App, IfMatch, Json, PathIds, Platform, Problem};
use tsunagu_domain::{ids::AccountId, licenses::order::Order, vendor::OrderId};
use tsunagu_store::Stated;

use crate::{
    catalogue::Catalogue,
    order::{OrderBody, PutOrder},
    put_entitlement::time_zone,
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
    let account = ids.get("accountId")?;
    let order = put.order(ids.chosen("orderId")?)?;
    time_zone(&app, account).await?;
    let present =
        if if_match.is_given() { app.store.order(account, &order.order_id).await? } else { None };
    let shown = present.clone().map(OrderBody::from);
    let seen = if_match.seen_if_any(&app, shown.as_ref(), present.as_ref()).await?;
    let still = |known: Option<&Order>| seen.is_none_or(|seen| known == seen);
    let stated = put_known(&app, account, &order, still).await?;
    app.stated(stated).await
}

/// Puts an order of an account that exists.
pub(crate) async fn put_known(
    app: &App,
    account: AccountId,
    order: &Order,
    still: impl Fn(Option<&Order>) -> bool,
) -> Result<Stated<OrderBody>, Problem> {
    let services = order.lines.iter().enumerate();
    let services = services.map(|(at, line)| (format!("/lines/{at}/service"), &line.service));
    Catalogue::demand(app, &services.collect::<Vec<_>>()).await?;
    let Stated { value, is_new } = app.store.put_order(account, order, still).await?;
    Ok(Stated { value: OrderBody::from(value), is_new })
}
