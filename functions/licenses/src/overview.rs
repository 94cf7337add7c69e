//! What all customers of a partner come to.

use std::collections::BTreeMap;

use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use tsunagu_api::{App, Json, Problem, Reader};
use tsunagu_domain::{
    dashboard::Trials,
    ids::AccountId,
    licenses::tally::{Level, Tally, ratio, trials},
    locale::Language,
    service::{LicenseModel, Service},
    time::Instant,
    vendor::ServiceCode,
};
use tsunagu_store::{Acting, Services, items::CustomerLicensesItem};
use utoipa::ToSchema;

use crate::customers::Overseer;

/// What all customers come to, as far as they share it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Overview)]
pub(crate) struct OverviewBody {
    /// How many customers show licences or entitlements: those that share them, and have any.
    customers: u32,
    /// By service, of the customers that share `licenses`.
    services: Vec<ServiceOverviewBody>,
    /// Trials, of the customers that share `entitlements`.
    trials: Trials,
    /// How many entitlements end within 90 days, of the customers that share `entitlements`. What renews
    /// by itself is left out.
    expiring_within90_days: u32,
    /// Up to when usage is counted; `null` before the first run.
    #[schema(required = true)]
    as_of: Option<DateTime<Utc>>,
}

/// What a service comes to over all customers.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ServiceOverview)]
pub(crate) struct ServiceOverviewBody {
    /// The service.
    service: ServiceCode,
    /// Its name, in the language asked for.
    name: String,
    /// What its licences count.
    model: LicenseModel,
    /// How many customers have or use it.
    customers: u32,
    /// What is purchased; `null` where one of them has it unlimited.
    #[schema(required = true)]
    purchased: Option<u64>,
    /// How much of it are trials; `null` where one of them has it unlimited.
    #[schema(required = true)]
    of_which_trial: Option<u64>,
    /// How many are assigned.
    assigned: u64,
    /// How many more may be assigned; what one customer has left is no other's. `null` where one of
    /// them has it unlimited.
    #[schema(required = true)]
    available: Option<u64>,
    /// How many are assigned beyond what each customer has purchased.
    overage: u64,
    /// The assigned as a fraction of the purchased; `null` where that is 0 or unlimited.
    #[schema(required = true, example = 0.4)]
    utilization: Option<f64>,
    /// How many customers stand where.
    levels: LevelsBody,
}

/// How many customers stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Levels)]
pub(crate) struct LevelsBody {
    /// Less than nine of ten are assigned.
    ok: u32,
    /// Nine of ten or more.
    near: u32,
    /// More are assigned than purchased.
    over: u32,
}

/// The licences of all customers, in sums
///
/// Of each customer what it shares, at the time of the request: figures of services need `licenses`,
/// trials and what expires `entitlements`. What is assigned follows the runs over the usage.
#[utoipa::path(
    get,
    path = "/v1/accounts/{partner}/overview",
    tag = "licenses",
    params(("partner" = AccountId, Path, description = "The acting partner")),
    responses((status = 200, body = OverviewBody), Overseer),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn show_overview(
    State(app): State<App>,
    partner: Overseer,
    Reader(language): Reader,
) -> Result<Json<OverviewBody>, Problem> {
    let totals = add_up(&app, &partner.acting).await?;
    let as_of = app.store.as_of().await?.of_all();
    let catalogue = app.store.services_of(totals.services.keys()).await?;
    Ok(Json(totals.body(&catalogue, as_of, language)?))
}

/// Reads all customers, as many at once as a query gives.
async fn add_up(app: &App, partner: &Acting) -> Result<Totals, Problem> {
    let now = app.now();
    let mut totals = Totals::default();
    let mut after = None;
    loop {
        let page = app.store.customers_licenses(partner, after, None).await?;
        for item in &page.items {
            totals.add(item, item.today(now));
        }
        after = page.next.and(page.items.last().map(|item| item.customer));
        if after.is_none() {
            return Ok(totals);
        }
    }
}

/// What customers come to.
#[derive(Clone, Debug, Default)]
struct Totals {
    customers: u32,
    services: BTreeMap<ServiceCode, ServiceTotals>,
    trials: Trials,
    expiring: u32,
}

/// What a service comes to.
#[derive(Clone, Debug)]
struct ServiceTotals {
    customers: u32,
    purchased: Option<u64>,
    of_which_trial: Option<u64>,
    assigned: u64,
    available: Option<u64>,
    overage: u64,
    levels: LevelsBody,
}

impl Totals {
    /// Adds what a customer shows on a day (T9).
    fn add(&mut self, item: &CustomerLicensesItem, today: NaiveDate) {
        let (licenses, entitlements) = (item.licenses(today), item.entitlements());
        self.customers += u32::from(!licenses.is_empty() || !entitlements.is_empty());
        for (service, tally) in licenses {
            self.services.entry(service.clone()).or_default().add(&tally);
        }
        let Trials { active, pending, expired } = trials(entitlements.iter(), today);
        self.trials.active += active;
        self.trials.pending += pending;
        self.trials.expired += expired;
        let soon = entitlements.iter().filter(|one| one.expires_soon(today)).count();
        self.expiring = self.expiring.saturating_add(u32::try_from(soon).unwrap_or(u32::MAX));
    }

    fn body(
        self,
        catalogue: &Services,
        as_of: Option<Instant>,
        language: Language,
    ) -> Result<OverviewBody, Problem> {
        let services = self.services.into_iter().map(|(code, totals)| {
            let service = catalogue.on_record(&code)?;
            Ok(totals.body(service, language))
        });
        Ok(OverviewBody {
            customers: self.customers,
            services: services.collect::<Result<_, Problem>>()?,
            trials: self.trials,
            expiring_within90_days: self.expiring,
            as_of,
        })
    }
}

/// Of no customer: nothing is purchased, which is not unlimited.
impl Default for ServiceTotals {
    fn default() -> Self {
        Self {
            customers: 0,
            purchased: Some(0),
            of_which_trial: Some(0),
            assigned: 0,
            available: Some(0),
            overage: 0,
            levels: LevelsBody::default(),
        }
    }
}

impl ServiceTotals {
    fn add(&mut self, tally: &Tally) {
        self.customers += 1;
        self.purchased = both(self.purchased, tally.purchased);
        self.of_which_trial = both(self.of_which_trial, tally.of_which_trial);
        self.assigned = self.assigned.saturating_add(tally.assigned);
        self.available = both(self.available, tally.available());
        self.overage = self.overage.saturating_add(tally.overage());
        match tally.level() {
            Level::Ok => self.levels.ok += 1,
            Level::Near => self.levels.near += 1,
            Level::Over => self.levels.over += 1,
        }
    }

    fn body(self, service: &Service, language: Language) -> ServiceOverviewBody {
        ServiceOverviewBody {
            service: service.code.clone(),
            name: service.name.in_language(language).to_owned(),
            model: service.model,
            customers: self.customers,
            purchased: self.purchased,
            of_which_trial: self.of_which_trial,
            assigned: self.assigned,
            available: self.available,
            overage: self.overage,
            utilization: ratio(self.assigned, self.purchased),
            levels: self.levels,
        }
    }
}

/// The sum, where `None` is unlimited.
fn both(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    Some(one?.saturating_add(other?))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tsunagu_domain::{
        licenses::entitlement::EntitlementKind,
        locale::LocalizedText,
        share::{Share, Shares},
    };

    use super::*;
    use crate::customers::tests::{customer, day, holdings, suspended};

    const PURCHASED: EntitlementKind = EntitlementKind::Purchased;
    const TRIAL: EntitlementKind = EntitlementKind::Trial;

    fn overview(items: &[CustomerLicensesItem]) -> Value {
        let mut totals = Totals::default();
        for item in items {
            totals.add(item, day("2026-03-01"));
        }
        let service = |code: &str| Service {
            code: code.parse().expect("a code"),
            name: LocalizedText { ja: "名".to_owned(), en: format!("Service {code}") },
            model: LicenseModel::User,
            required_program: None,
        };
        let catalogue = ["daas", "mail"].map(service).into_iter().collect();
        let as_of = "2026-02-28T18:00:00Z".parse().ok();
        let body = totals.body(&catalogue, as_of, Language::En).expect("known services");
        serde_json::to_value(body).expect("JSON")
    }

    #[test]
    fn given_several_customers_then_their_services_and_trials_are_added_up() {
        let all = Shares::all();
        let a = [("daas", PURCHASED, Some("2026-05-01")), ("daas", TRIAL, Some("2026-03-10"))];
        let b = [("daas", PURCHASED, None), ("mail", TRIAL, Some("2026-02-01"))];
        let items = [
            customer('A', all, holdings(&a, &[("daas", 18)])),
            customer('B', all, holdings(&b, &[("daas", 12), ("mail", 1)])),
        ];
        let expected = json!({
            "customers": 2,
            "services": [{
                "service": "daas", "name": "Service daas", "model": "user", "customers": 2,
                "purchased": 30, "ofWhichTrial": 10, "assigned": 30, "available": 2, "overage": 2,
                "utilization": 1.0, "levels": {"ok": 0, "near": 1, "over": 1},
            }, {
                "service": "mail", "name": "Service mail", "model": "user", "customers": 1,
                "purchased": 0, "ofWhichTrial": 0, "assigned": 1, "available": 0, "overage": 1,
                "utilization": null, "levels": {"ok": 0, "near": 0, "over": 1},
            }],
            "trials": {"active": 1, "pending": 0, "expired": 1},
            "expiringWithin90Days": 2,
            "asOf": "2026-02-28T18:00:00Z",
        });
        assert_eq!(overview(&items), expected);
    }

    #[test]
    fn given_a_customer_without_a_limit_then_the_sum_has_none() {
        let entitlements = [("daas", PURCHASED, None)];
        let limited = holdings(&entitlements, &[("daas", 12)]);
        let mut unlimited = holdings(&entitlements, &[("daas", 50)]);
        unlimited.entitlements[0].terms[0].quantity = None;
        let all = Shares::all();
        let body = overview(&[customer('A', all, limited), customer('B', all, unlimited)]);
        let service = &body["services"][0];
        for field in ["purchased", "available", "utilization"] {
            assert_eq!(service[field], Value::Null, "{field}");
        }
        assert_eq!((&service["overage"], &service["assigned"]), (&json!(2), &json!(62)));
    }

    #[test]
    fn t09_given_what_is_not_shared_then_it_adds_nothing() {
        let held = [("daas", PURCHASED, Some("2026-05-01")), ("daas", TRIAL, Some("2026-03-10"))];
        let one = |letter, shares| customer(letter, shares, holdings(&held, &[("daas", 1)]));
        let licenses = overview(&[one('A', Share::Licenses.into())]);
        assert_eq!((&licenses["customers"], &licenses["trials"]["active"]), (&json!(1), &json!(0)));
        assert_eq!(licenses["services"][0]["purchased"], 20);
        assert_eq!(licenses["expiringWithin90Days"], 0);
        let entitlements = overview(&[one('A', Share::Entitlements.into())]);
        assert_eq!(
            (&entitlements["customers"], &entitlements["services"]),
            (&json!(1), &json!([]))
        );
        assert_eq!(entitlements["expiringWithin90Days"], 2);
        let suspended = suspended(one('A', Shares::all()));
        let neither = one('B', Shares::all() - Share::Licenses - Share::Entitlements);
        // What is over is no licence, and whether there was any is for `entitlements` to tell.
        let over = [("daas", PURCHASED, Some("2026-01-02"))];
        let over = customer('C', Share::Licenses.into(), holdings(&over, &[]));
        let nothing = overview(&[suspended, neither, over]);
        assert_eq!(nothing, overview(&[]));
        assert_eq!(nothing["customers"], 0);
    }
}
