//! The vendor states many entitlements at once.

use axum::extract::State;
use deserr::Deserr;
use http::StatusCode;
use serde::Serialize;
use tsunagu_api::{
    App, InputErrors, Json, Platform, Problem,
    bulk::{self, Done, Items, Judge, Key, Verdict},
    json::BULK_LIMIT,
};
use tsunagu_domain::{ids::AccountId, vendor::EntitlementId};
use utoipa::ToSchema;

use crate::{
    entitlement::PlatformEntitlementBody,
    put_entitlement::{PutEntitlement, state, time_zone},
};

/// Many entitlements.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
pub(crate) struct PutEntitlements {
    /// 1 to 100 of them.
    #[schema(value_type = Vec<EntitlementItem>, min_items = 1, max_items = 100)]
    items: Items<1, 100>,
}

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
    const NAMES: &'static [&'static str] = &["accountId", "entitlementId"];

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
    let done = bulk::do_each(put.items.into_vec(), put_one).await.into_iter().enumerate();
    let results = done.map(|(index, done)| EntitlementResult::new(index, done, &judge)).collect();
    Json(EntitlementResults { results })
}

async fn put_one(
    app: &App,
    key: EntitlementKey,
    put: PutEntitlement,
) -> Result<(StatusCode, PlatformEntitlementBody), Problem> {
    let said = put.statement()?;
    let zone = time_zone(app, key.account_id).await?;
    let account = (key.account_id, zone);
    let stated = state(app, account, &key.entitlement_id, &said, |_| true).await?;
    let status = if stated.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, stated.value))
}

impl EntitlementResult {
    fn new(index: usize, done: Done<PlatformEntitlementBody>, judge: &Judge) -> Self {
        let verdict = judge.verdict(done.answer.as_ref().map(|(status, _)| *status));
        let mut marks = done.marks.into_iter();
        Self {
            index,
            account_id: marks.next().flatten(),
            entitlement_id: marks.next().flatten(),
            verdict,
            entitlement: done.answer.ok().map(|(_, entitlement)| entitlement),
        }
    }
}
