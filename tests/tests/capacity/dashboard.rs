//! The dashboard of a partner with 100 and with 10,000 customers.

use std::fmt::Write;

use tsunagu_local::client::Answer;
use tsunagu_tests::{
    crowd::Partner,
    measured::Measured,
    meter::Meter,
    sample::{Budget, Cost},
    units::{Items, item_size, units},
};

use crate::log;

/// What a request came to.
async fn ask(product: &Measured, partner: &Partner, query: &str) -> (Answer, Cost) {
    product.meter.take();
    let answer = partner.ask(query).await;
    let calls = product.meter.take();
    let cost = Cost::by_engine(&calls);
    // Nothing is written: what was read stands in the answers.
    let none = Items::new();
    let queries: f64 = calls.iter().skip(1).map(|call| units(call, &none, &none).read).sum();
    assert_eq!(cost.read, queries, "{query}: the engine and AWS's rules differ");
    assert_eq!(log::units(&answer), (cost.check + cost.read, cost.write), "{query}");
    (answer, cost)
}

/// Walks to the last page; gives its cost, and how many customers were seen.
async fn last_page(product: &Measured, partner: &Partner) -> (Cost, usize) {
    let (mut cursor, mut seen) = (String::new(), 0);
    loop {
        let (answer, cost) = ask(product, partner, &format!("limit=50{cursor}")).await;
        let page = answer.json();
        seen += page["items"].as_array().expect("items").len();
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (cost, seen),
        }
    }
}

/// What is asked over 10,000 customers, one of each kind: `make bench` asks all of it.
const OF_EACH_KIND: [&str; 7] = [
    "dashboard",
    "dashboard, 100 a page",
    "dashboard, search for nothing",
    "dashboard, tag",
    "dashboard, filter hasOverage",
    "dashboard, search and sort",
    "dashboard, filter and sort",
];

async fn measure(count: usize, asked: impl Fn(&str) -> bool) -> String {
    log::begin();
    let product = Measured::open(Meter::paused_time()).await;
    let partner = Partner::with_customers(&product, count).await;
    let mut table = format!("{:34}{:>6}{:>6}{:>6}\n", "request", "check", "read", "write");
    let mut add = |name: &str, cost: Cost| {
        assert!(Budget::of(name).holds(cost), "{name}: {cost:?} beyond {:?}", Budget::of(name));
        let Cost { check, read, write } = cost;
        writeln!(table, "{name:34}{check:6}{read:6}{write:6}").expect("texts grow");
    };
    for (name, query) in Partner::QUERIES.into_iter().filter(|(name, _)| asked(name)) {
        add(name, ask(&product, &partner, query).await.1);
    }
    let (cost, seen) = last_page(&product, &partner).await;
    assert_eq!(seen, count, "every customer is on some page");
    add("dashboard, last page", cost);
    table
}

#[tokio::test(start_paused = true)]
async fn given_100_customers_then_the_dashboard_costs_what_it_did() {
    insta::assert_snapshot!("dashboard_100", measure(100, |_| true).await);
}

#[tokio::test(start_paused = true)]
async fn given_10_000_customers_then_the_dashboard_keeps_to_its_budget() {
    let table = measure(10_000, |name| OF_EACH_KIND.contains(&name)).await;
    insta::assert_snapshot!("dashboard_10000", table);
}

#[tokio::test(start_paused = true)]
async fn given_the_customers_of_these_tests_then_they_are_as_large_as_the_data_model_says() {
    let product = Measured::open(Meter::paused_time()).await;
    Partner::with_customers(&product, 10).await;
    let items = product.stored.json().await.into_values();
    let sizes: Vec<_> = items
        .filter(|item| item["entity"]["S"] == "customer")
        .map(|item| item_size(&item))
        .collect();
    assert_eq!(sizes.len(), 10);
    assert!(sizes.iter().all(|size| (350..=500).contains(size)), "{sizes:?}");
}
