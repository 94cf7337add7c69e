//! Intake and folding: what a fact costs.

use std::fmt::Write;

use tsunagu_domain::{service::LicenseModel, vendor::ServiceCode};
use tsunagu_store::licenses::Usage;
use tsunagu_tests::{
    licensed::Licensed,
    measured::Measured,
    meter::Meter,
    sample::{Budget, Cost},
};

use crate::{
    licenses::{assert_within, cost_of},
    log,
};

/// A run over one service, and what it may cost.
struct Case {
    name: &'static str,
    facts: Vec<Usage>,
    /// Write and read units of a fact, beyond an idle run.
    budget: (f64, f64),
    /// Write units beside those of the facts.
    once: f64,
}

/// What a mark costs: a claim, and its removal.
const MARK: f64 = 2.0;

/// What may be folded, one after the other, in a service of a model. `more` is what one more holder
/// costs.
fn cases(of: &Licensed<'_>, service: &ServiceCode, more: f64) -> Vec<Case> {
    let usage = |users: std::ops::Range<usize>, days: std::ops::Range<u64>| -> Vec<Usage> {
        let of_user = |user| days.clone().map(move |day| (user, day));
        users.flat_map(of_user).map(|(user, day)| of.usage(service, user, day)).collect()
    };
    let case = |name, facts, budget, once| Case { name, facts, budget, once };
    let any = f64::INFINITY;
    vec![
        case("a new user", usage(0..1, 0..1), (14.0 + more, any), 0.0),
        case("a known user", usage(0..1, 1..2), (14.0 + more, any), 0.0),
        case("a new user, 40 days ago", usage(1..2, 40..41), (14.0 + more, any), 0.0),
        case("10 new users, one day", usage(10..20, 0..1), (6.0 + more, 1.5), 0.0),
        case("10 known users, one day", usage(10..20, 1..2), (6.0 + more, 1.5), 0.0),
        case("10 new users, 10 days", usage(20..30, 0..10), (6.0 + more, 1.5), 0.0),
        case("100 new users, one day", usage(100..200, 0..1), (6.0 + more, 1.5), 0.0),
        case("10 users, 10 days again", usage(20..30, 0..10), (2.0, 1.5), MARK),
        case("100 users, one day again", usage(100..200, 0..1), (2.0, 1.5), MARK),
    ]
}

#[tokio::test(start_paused = true)]
async fn given_facts_of_a_service_then_folding_them_keeps_to_its_budget() {
    let product = Measured::open(Meter::paused_time()).await;
    let of = Licensed::connect(&product, "fold").await;
    let mut table =
        format!("{:44}{:>6}{:>6}{:>12}{:>13}\n", "run", "read", "write", "read/fact", "write/fact");
    let (_, idle) = cost_of(&product, "run, idle", of.run()).await;
    assert_within("run, idle", idle);
    writeln!(table, "{:44}{:6}{:6}", "idle", idle.read, idle.write).expect("texts grow");
    // Both of them before anything asks for the catalogue, which is remembered for a minute.
    let mut services = Vec::new();
    for (model, code) in [(LicenseModel::User, "mail"), (LicenseModel::UserDevice, "daas")] {
        services.push((model, of.service(code, model).await));
    }
    for (model, service) in services {
        of.buy(&service, 1).await;
        of.run().await;
        let more = if model == LicenseModel::UserDevice { 2.0 } else { 0.0 };
        for Case { name, facts, budget, once } in cases(&of, &service, more) {
            let count = u32::try_from(facts.len()).expect("few");
            of.take(facts).await;
            let (report, cost) = cost_of(&product, name, of.run()).await;
            assert_eq!(report["facts"], count, "{name}: {report}");
            let (write, read) = (cost.write - idle.write - once, cost.read - idle.read);
            let a_fact = (write / f64::from(count), read / f64::from(count));
            assert!(a_fact.0 <= budget.0 && a_fact.1 <= budget.1, "{name}: {cost:?}: {a_fact:?}");
            let name = format!("{model}: {name}");
            let Cost { read, write, .. } = cost;
            let (of_write, of_read) = a_fact;
            writeln!(table, "{name:44}{read:6}{write:6}{of_read:12.2}{of_write:13.2}")
                .expect("texts grow");
        }
    }
    insta::assert_snapshot!("fold", table);
}

#[tokio::test(start_paused = true)]
async fn given_events_then_taking_them_in_keeps_to_its_budget() {
    log::begin();
    let product = Measured::open(Meter::paused_time()).await;
    let of = Licensed::connect(&product, "intake").await;
    let service = of.service("daas", LicenseModel::UserDevice).await;
    let mut table = format!("{:34}{:>6}{:>6}\n", "call", "read", "write");
    for (name, users) in [("one usage event", 1), ("1,000 usage events", 1_000)] {
        let events: Vec<_> = (0..users).map(|user| of.event(&service, user, 0)).collect();
        for times in ["first", "again"] {
            let (answer, cost) = cost_of(&product, name, of.report(&events)).await;
            assert_eq!(log::units(&answer), (cost.check + cost.read, cost.write), "{name}");
            assert_within(name, cost);
            assert!(Budget::of(name).write.is_some(), "{name} has a budget");
            let Cost { read, write, .. } = cost;
            let name = format!("{name}, {times}");
            writeln!(table, "{name:34}{read:6}{write:6}").expect("texts grow");
        }
    }
    insta::assert_snapshot!("intake", table);
}
