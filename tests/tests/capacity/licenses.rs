//! Summaries and trends of an account with much, and the licences of 10,000 customers.

use std::fmt::Write;

use tsunagu_domain::service::LicenseModel;
use tsunagu_tests::{
    crowd::Partner,
    licensed::Licensed,
    measured::Measured,
    meter::Meter,
    sample::{Budget, Cost},
    units::{Items, item_size, units},
};

use crate::{
    log,
    requests::{items, written_sizes},
};

/// What something cost: the same by the engine and by AWS's rules.
pub(crate) async fn cost_of<T>(
    product: &Measured,
    name: &str,
    asked: impl Future<Output = T>,
) -> (T, Cost) {
    let before = items(product).await;
    product.meter.take();
    let answer = asked.await;
    let calls = product.meter.take();
    let after = items(product).await;
    assert!(calls.iter().all(|call| call.status == 200), "{name}: nothing is refused");
    let cost = Cost::by_engine(&calls);
    let rules = Cost::by_rules(&calls, &before, &after);
    let sizes = || written_sizes(&calls, &before, &after);
    assert_eq!(cost, rules, "{name}: the engine and AWS's rules differ: {:#?}", sizes());
    (answer, cost)
}

/// Holds a cost against the budget of its name.
pub(crate) fn assert_within(name: &str, cost: Cost) {
    assert!(Budget::of(name).holds(cost), "{name}: {cost:?} beyond {:?}", Budget::of(name));
}

/// Three services, 50 entitlements, 13 months of figures.
async fn with_much(product: &Measured) -> Licensed<'_> {
    let of = Licensed::connect(product, "much").await;
    let services = [
        ("daas", LicenseModel::UserDevice, 20),
        ("endpoint-management", LicenseModel::User, 15),
        ("file-sharing", LicenseModel::User, 15),
    ];
    // All of them first: an environment that remembers the catalogue of before asks for what is new
    // in it, until it reads all of it again.
    let mut known = Vec::new();
    for (code, model, entitlements) in services {
        known.push((of.service(code, model).await, entitlements));
    }
    for (service, entitlements) in known {
        of.buy(&service, entitlements).await;
        // On every day of 13 months somebody, and of the last 40 days three.
        let days = (0..365).chain((0..40).flat_map(|day| [day, day]));
        let usage = days.enumerate().map(|(place, day)| of.usage(&service, place % 60, day));
        of.take(usage.collect()).await;
    }
    of.run().await;
    of
}

#[tokio::test(start_paused = true)]
async fn given_50_entitlements_and_13_months_then_summary_and_trends_keep_to_their_budgets() {
    log::begin();
    let product = Measured::open(Meter::paused_time()).await;
    let of = with_much(&product).await;
    let asked = [
        ("licenses", "licenses"),
        ("licenses as CSV", "licenses?format=csv"),
        ("trends, 12 months", "licenses/daas/trends"),
        ("trends, 30 days", "licenses/daas/trends?interval=day"),
    ];
    let mut table = format!("{:34}{:>6}{:>6}{:>6}\n", "request", "check", "read", "write");
    for (name, path) in asked {
        for of_partner in [false, true] {
            // What an environment asks once is not what a request costs.
            let name = if of_partner { format!("a customer's {name}") } else { name.to_owned() };
            let ask = async || {
                if of_partner { of.ask_as_partner(path).await } else { of.ask(path).await }
            };
            ask().await;
            let (answer, cost) = cost_of(&product, &name, ask()).await;
            assert_eq!(log::units(&answer), (cost.check + cost.read, cost.write), "{name}");
            assert_within(&name, cost);
            let Cost { check, read, write } = cost;
            writeln!(table, "{name:34}{check:6}{read:6}{write:6}").expect("texts grow");
        }
    }
    insta::assert_snapshot!("licenses_of_much", table);
}

#[tokio::test(start_paused = true)]
async fn given_10_000_customers_then_their_licenses_keep_to_their_budgets() {
    log::begin();
    let product = Measured::open(Meter::paused_time()).await;
    let partner = Partner::with_customers(&product, 10_000).await;
    let mut table = format!("{:34}{:>6}{:>6}{:>6}\n", "request", "check", "read", "write");
    for (name, path) in Partner::LICENSES {
        product.meter.take();
        let answer = partner.ask_licenses(path).await;
        let calls = product.meter.take();
        let Cost { check, read, write } = Cost::by_engine(&calls);
        // Nothing is written: what was read stands in the answers.
        let none = Items::new();
        let queries: f64 = calls.iter().skip(1).map(|call| units(call, &none, &none).read).sum();
        assert_eq!(read, queries, "{path}: the engine and AWS's rules differ");
        assert_eq!(log::units(&answer), (check + read, write), "{path}");
        assert_within(name, Cost { check, read, write });
        writeln!(table, "{name:34}{check:6}{read:6}{write:6}").expect("texts grow");
    }
    insta::assert_snapshot!("licenses_of_10000", table);
}

#[tokio::test(start_paused = true)]
async fn given_the_customers_of_these_tests_then_their_licenses_are_as_large_as_is_allowed_for() {
    let product = Measured::open(Meter::paused_time()).await;
    Partner::with_customers(&product, 10).await;
    let items = product.stored.json().await.into_values();
    let licenses = items.filter(|item| item["entity"]["S"] == "customer-licenses");
    let sizes: Vec<_> = licenses.map(|item| item_size(&item)).collect();
    assert_eq!(sizes.len(), 10);
    // 1,500 units over 10,000 customers.
    assert!(sizes.iter().all(|size| (500..=614).contains(size)), "{sizes:?}");
}
