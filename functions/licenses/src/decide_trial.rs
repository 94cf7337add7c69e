//! The vendor decides what an account asked for.

use axum::extract::State;
use chrono::NaiveDate;
use deserr::Deserr;
use tsunagu_api::{App, InputErrors, Json, Nullable, PathIds, Platform, Problem};
use tsunagu_domain::{ids::AccountId, licenses::entitlement::Grant, vendor::EntitlementId};
use tsunagu_store::licenses::TrialDecision;
use utoipa::ToSchema;

use crate::{
    account::time_zone,
    entitlement::PlatformEntitlementBody,
    quantity::SomeLicenses,
    refusal::{self, ENDED, ENDS_BEFORE_START},
};

/// What a trial gives.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct ApproveTrial {
    /// How many licences; `null` is unlimited.
    #[schema(value_type = Option<u32>, required = true, minimum = 1, maximum = 1_000_000_000)]
    quantity: Nullable<SomeLicenses>,
    /// The first day.
    starts_on: NaiveDate,
    /// The last day, included; not in the past.
    ends_on: NaiveDate,
}

impl ApproveTrial {
    /// What is granted, on `today` of the account.
    fn grant(&self, today: NaiveDate) -> Result<Grant, InputErrors> {
        let Self { quantity, starts_on, ends_on } = *self;
        if ends_on < starts_on {
            return Err(InputErrors::one("/endsOn", ENDS_BEFORE_START));
        }
        if ends_on < today {
            return Err(InputErrors::one("/endsOn", ENDED));
        }
        Ok(Grant { quantity: quantity.0.map(|quantity| quantity.0), starts_on, ends_on })
    }
}

/// Approve a trial
///
/// The account is notified.
#[utoipa::path(
    post,
    path = "/v1/platform/accounts/{accountId}/trials/{entitlementId}/approve",
    tag = "platform",
    params(
        ("accountId" = AccountId, Path, description = "The account that asks"),
        ("entitlementId" = EntitlementId, Path, description = "The number of its request"),
    ),
    request_body = ApproveTrial,
    responses(
        (status = 200, body = PlatformEntitlementBody, description = "Approved"),
        (status = 409, description = "`conflict`: decided already"),
    ),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn approve_trial(
    State(app): State<App>,
    _: Platform,
    ids: PathIds,
    Json(approve): Json<ApproveTrial>,
) -> Result<Json<PlatformEntitlementBody>, Problem> {
    decide(&app, &ids, |today| approve.grant(today).map(TrialDecision::Approve)).await
}

/// Decline a trial
///
/// The account is notified, and may ask again.
#[utoipa::path(
    post,
    path = "/v1/platform/accounts/{accountId}/trials/{entitlementId}/decline",
    tag = "platform",
    params(
        ("accountId" = AccountId, Path, description = "The account that asks"),
        ("entitlementId" = EntitlementId, Path, description = "The number of its request"),
    ),
    responses(
        (status = 200, body = PlatformEntitlementBody, description = "Declined"),
        (status = 409, description = "`conflict`: decided already"),
    ),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn decline_trial(
    State(app): State<App>,
    _: Platform,
    ids: PathIds,
) -> Result<Json<PlatformEntitlementBody>, Problem> {
    decide(&app, &ids, |_| Ok(TrialDecision::Decline)).await
}

async fn decide(
    app: &App,
    ids: &PathIds,
    decide: impl FnOnce(NaiveDate) -> Result<TrialDecision, InputErrors>,
) -> Result<Json<PlatformEntitlementBody>, Problem> {
    let account = ids.get("accountId")?;
    let id = ids.get("entitlementId")?;
    let zone = time_zone(app, account).await?;
    let now = app.now();
    let today = zone.day_of(now);
    let decided = app.store.decide_trial(account, zone, &id, decide(today)?, now).await;
    let decided = decided.map_err(|error| error.map_refusal(refusal::of_trial))?;
    Ok(Json(PlatformEntitlementBody::new(account, &decided, today)))
}

#[cfg(test)]
mod tests {
    use tsunagu_api::input::Bounded;

    use super::*;

    #[test]
    fn given_an_end_before_the_beginning_or_in_the_past_then_it_is_pointed_at() {
        let approve = |ends_on: &str| ApproveTrial {
            quantity: Nullable(Some(Bounded(5))),
            starts_on: "2026-03-01".parse().expect("a day"),
            ends_on: ends_on.parse().expect("a day"),
        };
        let grant = |ends_on: &str, today: &str| {
            approve(ends_on).grant(today.parse().expect("a day")).map(|grant| grant.quantity)
        };
        let refused = |rule| Err(InputErrors::one("/endsOn", rule));
        assert_eq!(grant("2026-02-28", "2026-02-01"), refused(ENDS_BEFORE_START));
        assert_eq!(grant("2026-03-01", "2026-03-02"), refused(ENDED));
        assert_eq!(grant("2026-03-01", "2026-03-01"), Ok(Some(5)));
    }

    #[test]
    fn given_a_trial_then_its_end_must_be_a_day_and_its_quantity_something() {
        let body = serde_json::json!({"quantity": 0, "startsOn": "2026-03-01", "endsOn": null});
        let errors = deserr::deserialize::<ApproveTrial, _, InputErrors>(body);
        let problem = Problem::from(errors.expect_err("two mistakes"));
        let mut told: Vec<_> =
            problem.errors().iter().map(|one| (one.pointer.as_str(), one.flaw.code())).collect();
        told.sort_unstable();
        assert_eq!(told, [("/endsOn", "wrong-type"), ("/quantity", "out-of-range")]);
    }
}
