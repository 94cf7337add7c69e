//! The vendor puts many orders at once.

use axum::extract::State;
use deserr::Deserr;
use http::StatusCode;
use serde::Serialize;
use tsunagu_api::{
    App, InputErrors, Json, Platform, Problem,
    bulk::{self, Done, Items, Judge, Key, Verdict},
    json::BULK_LIMIT,
};
use tsunagu_domain::{ids::AccountId, vendor::OrderId};
use utoipa::ToSchema;

use crate::{
    order::{OrderBody, PutOrder},
    put_entitlement::time_zone,
    put_order::put_known,
};

/// Many orders.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
pub(crate) struct PutOrders {
    /// 1 to 100 of them.
    #[schema(value_type = Vec<OrderItem>, min_items = 1, max_items = 100)]
    items: Items<1, 100>,
}

/// Which order an item is about.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase)]
#[schema(rename_all = "camelCase")]
pub(crate) struct OrderKey {
    /// Whose it is.
    account_id: AccountId,
    /// The vendor's own number.
    order_id: OrderId,
}

impl Key for OrderKey {
    const NAMES: &'static [&'static str] = &["accountId", "orderId"];

    fn account(&self) -> AccountId {
        self.account_id
    }
}

/// An order among others.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) struct OrderItem {
    #[serde(flatten)]
    key: OrderKey,
    #[serde(flatten)]
    said: PutOrder,
}

/// How the items went, in their order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderResults {
    results: Vec<OrderResult>,
}

/// How an item went.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderResult {
    /// Its place among the items, from 0.
    index: usize,
    /// As it was sent; `null` where it was no text, or longer than any id.
    #[schema(required = true)]
    account_id: Option<String>,
    /// As it was sent; `null` where it was no text, or longer than any id.
    #[schema(required = true)]
    order_id: Option<String>,
    /// How it went.
    #[serde(flatten)]
    verdict: Verdict,
    /// The order; left out where it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    order: Option<OrderBody>,
}

/// Put many orders
///
/// Each item is judged by itself, as the `PUT` of it alone would be, and the others are done: `status`
/// says how it went. The items of one account are done in their order, so of two for the same
/// order the later one stands; those of several accounts side by side. Where an item is 503,
/// repeat the call: what is done already stays as it is.
#[utoipa::path(
    post,
    path = "/v1/platform/orders",
    tag = "platform",
    request_body = PutOrders,
    responses((status = 200, body = OrderResults)),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn put_orders(
    State(app): State<App>,
    _: Platform,
    judge: Judge,
    Json(put): Json<PutOrders, BULK_LIMIT>,
) -> Json<OrderResults> {
    let put_one = |key, put| put_one(&app, key, put);
    let done = bulk::do_each(put.items.into_vec(), put_one).await.into_iter().enumerate();
    let results = done.map(|(index, done)| OrderResult::new(index, done, &judge)).collect();
    Json(OrderResults { results })
}

async fn put_one(
    app: &App,
    key: OrderKey,
    put: PutOrder,
) -> Result<(StatusCode, OrderBody), Problem> {
    let order = put.order(key.order_id)?;
    time_zone(app, key.account_id).await?;
    let stated = put_known(app, key.account_id, &order, |_| true).await?;
    let status = if stated.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, stated.value))
}

impl OrderResult {
    fn new(index: usize, done: Done<OrderBody>, judge: &Judge) -> Self {
        let verdict = judge.verdict(done.answer.as_ref().map(|(status, _)| *status));
        let mut marks = done.marks.into_iter();
        Self {
            index,
            account_id: marks.next().flatten(),
            order_id: marks.next().flatten(),
            verdict,
            order: done.answer.ok().map(|(_, order)| order),
        }
    }
}
