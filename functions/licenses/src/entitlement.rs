//! Entitlements as they are shown: to the account and its partners, and to the vendor.

use chrono::NaiveDate;
use serde::Serialize;
use tsunagu_api::{App, Json, Page, PageBody, Problem, Shown};
use tsunagu_domain::{
    ids::AccountId,
    licenses::entitlement::{
        Entitlement, EntitlementFilter, EntitlementKind, EntitlementState, Terms,
    },
    share::part,
    vendor::{EntitlementId, OrderId, ServiceCode},
};
use tsunagu_store::Readable;
use utoipa::ToSchema;

/// What may be used, how much of it and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Entitlement)]
pub(crate) struct EntitlementBody {
    /// Its number.
    pub entitlement_id: EntitlementId,
    /// What may be used.
    pub service: ServiceCode,
    /// By what.
    pub kind: EntitlementKind,
    /// Where it stands today, for the account.
    pub state: EntitlementState,
    /// How many licences, today or, before the first day, from then on; `null` is unlimited. `null`
    /// too while a trial is asked for, or was declined.
    #[schema(required = true)]
    pub quantity: Option<u32>,
    /// The first day; `null` while a trial is asked for, or was declined.
    #[schema(required = true)]
    pub starts_on: Option<NaiveDate>,
    /// The last day, included; `null` is never. `null` too while a trial is asked for, or was declined.
    #[schema(required = true)]
    pub ends_on: Option<NaiveDate>,
    /// Whether it renews by itself.
    pub auto_renew: bool,
    /// The order that it came with.
    #[schema(required = true)]
    pub order_id: Option<OrderId>,
}

impl EntitlementBody {
    /// An entitlement on a day.
    pub(crate) fn new(entitlement: &Entitlement, today: NaiveDate) -> Self {
        let terms = entitlement.terms_on(today);
        Self {
            entitlement_id: entitlement.entitlement_id.clone(),
            service: entitlement.service.clone(),
            kind: entitlement.kind,
            state: entitlement.state(today),
            quantity: terms.and_then(|terms| terms.quantity),
            starts_on: terms.map(|terms| terms.starts_on),
            ends_on: terms.and_then(|terms| terms.ends_on),
            auto_renew: entitlement.auto_renew,
            order_id: entitlement.order_id.clone(),
        }
    }
}

/// A page of an account's entitlements that a filter shows.
pub(crate) async fn page_of<F>(
    app: &App,
    account: &Readable<part::Entitlements>,
    filter: &EntitlementFilter,
    page: &Page<F>,
) -> Result<Json<PageBody<EntitlementBody>>, Problem> {
    let after = page.position(app).await?;
    let today = app.store.days(account, app.now()).await?.today;
    let found = app.store.entitlements(account, filter, after, page.limit, today).await?;
    let items = found.items.iter().map(|one| EntitlementBody::new(one, today)).collect();
    Ok(Json(page.answer(app, items, found.next).await?))
}

/// An entitlement as the vendor is shown it: whose it is, and everything that was said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PlatformEntitlement)]
pub(crate) struct PlatformEntitlementBody {
    /// Whose it is.
    pub account_id: AccountId,
    /// The entitlement.
    #[serde(flatten)]
    pub entitlement: EntitlementBody,
    /// What it gives, by the day from which it counts, oldest first; the last 60.
    pub quantities: Vec<TermsBody>,
}

/// What an entitlement gives from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EntitlementTerms)]
pub(crate) struct TermsBody {
    /// From which day on it counts.
    effective_on: NaiveDate,
    /// How many licences; `null` is unlimited.
    #[schema(required = true)]
    quantity: Option<u32>,
    /// The first day.
    starts_on: NaiveDate,
    /// The last day, included; `null` is never.
    #[schema(required = true)]
    ends_on: Option<NaiveDate>,
}

impl From<&Terms> for TermsBody {
    fn from(terms: &Terms) -> Self {
        let Terms { from, quantity, starts_on, ends_on } = *terms;
        Self { effective_on: from, quantity, starts_on, ends_on }
    }
}

impl PlatformEntitlementBody {
    /// An entitlement of an account on a day.
    pub(crate) fn new(account_id: AccountId, entitlement: &Entitlement, today: NaiveDate) -> Self {
        Self {
            account_id,
            entitlement: EntitlementBody::new(entitlement, today),
            quantities: entitlement.terms.iter().map(TermsBody::from).collect(),
        }
    }
}

/// What a day makes of `quantities` is no part of the tag.
impl Shown for PlatformEntitlementBody {
    const DERIVED: &'static [&'static str] = &["/state", "/quantity", "/startsOn", "/endsOn"];
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tsunagu_domain::licenses::entitlement::Stage;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn terms(from: &str, quantity: Option<u32>) -> Terms {
        let (starts_on, ends_on) = (day("2026-01-01"), Some(day("2026-12-31")));
        Terms { from: day(from), quantity, starts_on, ends_on }
    }

    fn entitlement() -> Entitlement {
        Entitlement {
            entitlement_id: "ent-1".parse().expect("a number"),
            service: "daas".parse().expect("a code"),
            kind: EntitlementKind::Purchased,
            stage: Stage::Stated,
            terms: vec![terms("2026-01-01", Some(10)), terms("2026-03-01", None)],
            auto_renew: false,
            order_id: "so-1".parse().ok(),
        }
    }

    fn shown(entitlement: &Entitlement, today: &str) -> Value {
        serde_json::to_value(EntitlementBody::new(entitlement, day(today))).expect("JSON")
    }

    #[test]
    fn given_a_day_then_the_terms_of_that_day_are_shown() {
        let expected = json!({
            "entitlementId": "ent-1", "service": "daas", "kind": "purchased", "state": "active",
            "quantity": 10, "startsOn": "2026-01-01", "endsOn": "2026-12-31", "autoRenew": false,
            "orderId": "so-1",
        });
        assert_eq!(shown(&entitlement(), "2026-02-28"), expected);
        assert_eq!(shown(&entitlement(), "2026-03-01")["quantity"], Value::Null);
        let upcoming = shown(&entitlement(), "2025-12-31");
        assert_eq!((&upcoming["state"], &upcoming["quantity"]), (&json!("upcoming"), &json!(10)));
        assert_eq!(shown(&entitlement(), "2027-01-01")["state"], "grace");
        assert_eq!(shown(&entitlement(), "2027-01-31")["state"], "expired");
    }

    #[test]
    fn given_a_trial_that_is_not_granted_then_nothing_is_known_of_it() {
        let at = "2026-03-01T00:00:00Z".parse().expect("an instant");
        let asked = Entitlement::request_trial("daas".parse().expect("a code"), at);
        let declined = asked.clone().declined();
        for (trial, state) in [(asked, "pending"), (declined, "declined")] {
            let body = shown(&trial, "2026-03-01");
            assert_eq!((&body["kind"], &body["state"]), (&json!("trial"), &json!(state)));
            for field in ["quantity", "startsOn", "endsOn", "orderId"] {
                assert_eq!(body.get(field), Some(&Value::Null), "{field}");
            }
        }
    }

    #[test]
    fn given_the_vendor_then_it_sees_whose_it_is_and_all_that_was_said() {
        let account: AccountId = "acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W".parse().expect("an id");
        let body = PlatformEntitlementBody::new(account, &entitlement(), day("2026-03-01"));
        let body = serde_json::to_value(body).expect("JSON");
        assert_eq!(body["accountId"], json!(account));
        let said = |on: &str, quantity: Option<u32>| {
            json!({
                "effectiveOn": on, "quantity": quantity, "startsOn": "2026-01-01",
                "endsOn": "2026-12-31",
            })
        };
        let expected = json!([said("2026-01-01", Some(10)), said("2026-03-01", None)]);
        assert_eq!(body["quantities"], expected);
    }
}
