//! The vendor states many entitlements at once.

use axum::extract::State;
use deserr::Deserr;
use serde::Serialize;
use tsunagu_api::{
    App, InputErrors, Json, Platform, Problem,
    bulk::{self, ACCOUNT_ID, Done, Items, Judge, Key, Verdict},
    json::BULK_LIMIT,
};
use tsunagu_domain::{ids::AccountId, vendor::EntitlementId};
use tsunagu_store::Stated;
use utoipa::ToSchema;

use crate::{
    account::time_zone,
    entitlement::PlatformEntitlementBody,
    statement::{PutEntitlement, state},
};

/// Many entitlements.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
pub(crate) struct PutEntitlements {
    /// 1 to 100 of them.
    #[schema(value_type = Vec<EntitlementItem>, min_items = 1, max_items = 100)]
    items: Items<1, 100>,
}

/// The field that names the entitlement of an item.
const ENTITLEMENT_ID: &str = "entitlementId";

/// Which entitlement an item is about.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase)]
#[schema(rename_all = "camelCase")]
pub(crate) struct EntitlementKey {
    /// Whose it is.
    account_id: AccountId,
    /// The vendor's own number.
    entitlement_id: EntitlementId,
}

impl Key for EntitlementKey {
    const NAMES: &'static [&'static str] = &[ACCOUNT_ID, ENTITLEMENT_ID];

    fn account(&self) -> AccountId {
        self.account_id
    }
}

/// An entitlement among others.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) struct EntitlementItem {
    #[serde(flatten)]
    key: EntitlementKey,
    #[serde(flatten)]
    said: PutEntitlement,
}

/// How the items went, in their order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntitlementResults {
    results: Vec<EntitlementResult>,
}

/// How an item went.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EntitlementResult {
    /// Its place among the items, from 0.
    index: usize,
    /// As it was sent; `null` where it was no text, or longer than any id.
    #[schema(required = true)]
    account_id: Option<String>,
    /// As it was sent; `null` where it was no text, or longer than any id.
    #[schema(required = true)]
    entitlement_id: Option<String>,
    /// How it went.
    #[serde(flatten)]
    verdict: Verdict,
    /// The entitlement; left out where it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    entitlement: Option<PlatformEntitlementBody>,
}

/// State many entitlements
///
/// Each item is judged by itself, as the `PUT` of it alone would be, and the others are done: `status`
/// says how it went. The items of one account are done in their order, so of two for the same
/// entitlement the later one stands; those of several accounts side by side. Where an item is 503,
/// repeat the call: what is done already stays as it is.
#[utoipa::path(
    post,
    path = "/v1/platform/entitlements",
    tag = "platform",
    request_body = PutEntitlements,
    responses((status = 200, body = EntitlementResults)),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn put_entitlements(
    State(app): State<App>,
    _: Platform,
    judge: Judge,
    Json(put): Json<PutEntitlements, BULK_LIMIT>,
) -> Json<EntitlementResults> {
    let put_one = |key, put| put_one(&app, key, put);
    let done = bulk::put_each(put.items.into_vec(), put_one).await.into_iter();
    let results = done.map(|done| EntitlementResult::new(done, &judge)).collect();
    Json(EntitlementResults { results })
}

async fn put_one(
    app: &App,
    key: EntitlementKey,
    put: PutEntitlement,
) -> Result<Stated<PlatformEntitlementBody>, Problem> {
    let said = put.statement()?;
    let zone = time_zone(app, key.account_id).await?;
    let account = (key.account_id, zone);
    state(app, account, &key.entitlement_id, &said, |_| true).await
}

impl EntitlementResult {
    fn new(done: Done<PlatformEntitlementBody>, judge: &Judge) -> Self {
        let (index, account_id, entitlement_id) =
            (done.index, done.mark(ACCOUNT_ID), done.mark(ENTITLEMENT_ID));
        let (verdict, entitlement) = done.told(judge);
        Self { index, account_id, entitlement_id, verdict, entitlement }
    }
}
