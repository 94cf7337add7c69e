//! An order, for the vendor.

use axum::extract::State;
use tsunagu_api::{App, PathIds, Platform, Problem, Tagged};
use tsunagu_domain::{ids::AccountId, vendor::OrderId};

use crate::order::OrderBody;

/// An order of an account
#[utoipa::path(
    get,
    path = "/v1/platform/accounts/{accountId}/orders/{orderId}",
    tag = "platform",
    params(
        ("accountId" = AccountId, Path, description = "The account"),
        ("orderId" = OrderId, Path, description = "The vendor's own number"),
    ),
    responses((status = 200, body = OrderBody)),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn get_order(
    State(app): State<App>,
    _: Platform,
    ids: PathIds,
) -> Result<Tagged<OrderBody>, Problem> {
    let (account, id) = (ids.get("accountId")?, ids.chosen("orderId")?);
    let order = app.store.order(account, &id).await?.ok_or_else(Problem::not_found)?;
    app.tagged(order.into()).await
}
