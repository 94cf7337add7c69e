//! The vendor's word on an entitlement, alone or among many.

use chrono::NaiveDate;
use deserr::Deserr;
use tsunagu_api::{App, Given, InputErrors, Nullable, Problem};
use tsunagu_domain::{
    ids::AccountId,
    licenses::entitlement::{Entitlement, EntitlementKind, Statement},
    locale::TimeZone,
    vendor::{EntitlementId, OrderId, ServiceCode},
};
use tsunagu_store::Stated;
use utoipa::ToSchema;

use crate::{
    catalogue,
    entitlement::PlatformEntitlementBody,
    quantity::Licenses,
    refusal::{self, ENDS_BEFORE_START, TRIAL_WITHOUT_END},
};

/// What the vendor says of an entitlement.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct PutEntitlement {
    /// What may be used; never changes.
    service: ServiceCode,
    /// By what.
    kind: EntitlementKind,
    /// How many licences; `null` is unlimited.
    #[schema(value_type = Option<u32>, required = true, maximum = 1_000_000_000)]
    quantity: Nullable<Licenses>,
    /// From which day on this counts: by default the first day where nothing was said before, and the
    /// account's today afterwards. What was said for this day and later is replaced.
    #[deserr(default)]
    #[schema(value_type = NaiveDate, required = false)]
    effective_on: Given<NaiveDate>,
    /// The first day.
    starts_on: NaiveDate,
    /// The last day, included; `null` is never, and not for trials.
    #[schema(value_type = Option<NaiveDate>, required = true)]
    ends_on: Nullable<NaiveDate>,
    /// Whether it renews by itself: its end is announced to nobody.
    auto_renew: bool,
    /// The order that it came with.
    #[deserr(default)]
    order_id: Option<OrderId>,
}

impl PutEntitlement {
    /// What is said, if it makes sense.
    pub(crate) fn statement(self) -> Result<Statement, InputErrors> {
        let ends_on = self.ends_on.0;
        if ends_on.is_none() && self.kind == EntitlementKind::Trial {
            return Err(InputErrors::one("/endsOn", TRIAL_WITHOUT_END));
        }
        if ends_on.is_some_and(|end| end < self.starts_on) {
            return Err(InputErrors::one("/endsOn", ENDS_BEFORE_START));
        }
        Ok(Statement {
            service: self.service,
            kind: self.kind,
            quantity: self.quantity.0.map(|quantity| quantity.0),
            effective_on: self.effective_on.0,
            starts_on: self.starts_on,
            ends_on,
            auto_renew: self.auto_renew,
            order_id: self.order_id,
        })
    }
}

/// Takes the vendor's word on an entitlement of an account in its time zone.
pub(crate) async fn state(
    app: &App,
    (account, zone): (AccountId, TimeZone),
    id: &EntitlementId,
    said: &Statement,
    still: impl Fn(Option<&Entitlement>) -> bool,
) -> Result<Stated<PlatformEntitlementBody>, Problem> {
    catalogue::demand(app, &[("/service".to_owned(), &said.service)]).await?;
    let now = app.now();
    let stated = app.store.state_entitlement(account, zone, id, said, now, still).await;
    let Stated { value, is_new } =
        stated.map_err(|error| error.map_refusal(refusal::of_statement))?;
    let value = PlatformEntitlementBody::new(account, &value, zone.day_of(now));
    Ok(Stated { value, is_new })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    fn put(changes: &Value) -> Result<Statement, Vec<(String, &'static str)>> {
        let mut body = json!({
            "service": "daas", "kind": "purchased", "quantity": 10, "startsOn": "2026-01-01",
            "endsOn": "2026-12-31", "autoRenew": false,
        });
        for (field, value) in changes.as_object().expect("fields") {
            match value.as_str() {
                Some("left out") => _ = body.as_object_mut().expect("fields").remove(field),
                _ => body[field] = value.clone(),
            }
        }
        let parsed = deserr::deserialize::<PutEntitlement, _, InputErrors>(body);
        parsed.and_then(PutEntitlement::statement).map_err(|errors| {
            let problem = Problem::from(errors);
            let errors = problem.errors().iter();
            errors.map(|error| (error.pointer.clone(), error.flaw.code())).collect()
        })
    }

    #[test]
    fn given_null_then_it_is_unlimited_and_never_ends() {
        let said = put(&json!({"quantity": null, "endsOn": null})).expect("good");
        assert_eq!((said.quantity, said.ends_on, said.effective_on), (None, None, None));
    }

    #[test]
    fn given_one_day_then_it_begins_and_ends_on_it() {
        let said = put(&json!({"endsOn": "2026-01-01", "kind": "trial", "quantity": 0}));
        assert_eq!(said.map(|said| said.quantity), Ok(Some(0)));
    }

    #[rstest]
    #[case(json!({"quantity": "left out"}), "/quantity", "required")]
    #[case(json!({"endsOn": "left out"}), "/endsOn", "required")]
    #[case(json!({"autoRenew": "left out"}), "/autoRenew", "required")]
    #[case(json!({"quantity": -1}), "/quantity", "out-of-range")]
    #[case(json!({"quantity": 1_000_000_001}), "/quantity", "out-of-range")]
    #[case(json!({"quantity": 1.5}), "/quantity", "wrong-type")]
    #[case(json!({"effectiveOn": null}), "/effectiveOn", "wrong-type")]
    #[case(json!({"startsOn": null}), "/startsOn", "wrong-type")]
    #[case(json!({"endsOn": "2025-12-31"}), "/endsOn", "ends-before-start")]
    #[case(json!({"kind": "trial", "endsOn": null}), "/endsOn", "trial-without-end")]
    #[case(json!({"kind": "leased"}), "/kind", "unknown-value")]
    #[case(json!({"state": "active"}), "/state", "unknown-field")]
    fn given_a_mistake_then_it_is_pointed_at(
        #[case] changes: Value,
        #[case] pointer: &str,
        #[case] code: &'static str,
    ) {
        assert_eq!(put(&changes), Err(vec![(pointer.to_owned(), code)]));
    }
}
