//! The vendor puts many orders at once.

use axum::extract::State;
use deserr::Deserr;
use serde::Serialize;
use tsunagu_api::{
    App, InputErrors, Json, Platform, Problem,
    bulk::{self, ACCOUNT_ID, Done, Items, Judge, Key, Verdict},
    json::BULK_LIMIT,
};
use tsunagu_domain::{ids::AccountId, vendor::OrderId};
use tsunagu_store::Stated;
use utoipa::ToSchema;

use crate::{
    account,
    order::{OrderBody, PutOrder, put_known},
};

/// Many orders.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
pub(crate) struct PutOrders {
    /// 1 to 100 of them.
    #[schema(value_type = Vec<OrderItem>, min_items = 1, max_items = 100)]
    items: Items<1, 100>,
}

/// The field that names the order of an item.
const ORDER_ID: &str = "orderId";

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
    const NAMES: &'static [&'static str] = &[ACCOUNT_ID, ORDER_ID];

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
    let done = bulk::put_each(put.items.into_vec(), put_one).await.into_iter();
    let results = done.map(|done| OrderResult::new(done, &judge)).collect();
    Json(OrderResults { results })
}

async fn put_one(app: &App, key: OrderKey, put: PutOrder) -> Result<Stated<OrderBody>, Problem> {
    let order = put.order(key.order_id)?;
    account::demand(app, key.account_id).await?;
    put_known(app, key.account_id, &order, |_| true).await
}

impl OrderResult {
    fn new(done: Done<OrderBody>, judge: &Judge) -> Self {
        let (index, account_id, order_id) =
            (done.index, done.mark(ACCOUNT_ID), done.mark(ORDER_ID));
        let (verdict, order) = done.told(judge);
        Self { index, account_id, order_id, verdict, order }
    }
}
