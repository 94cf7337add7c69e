//! Every request of a round: its units as a snapshot, by the engine and by AWS's rules.

use std::{collections::BTreeMap, fmt::Write};

use tsunagu_tests::{
    measured::Measured,
    meter::{Meter, Metered},
    record::Operation,
    round::{Asked, Round, SCHEDULED, STREAM, Watch},
    sample::{Budget, CHECK, Cost},
    units::{Items, item_size, key_of, written},
};

use crate::log;

/// What was found out about one request.
struct Entry {
    name: &'static str,
    cost: Cost,
    calls: String,
}

/// Keeps an entry for each request.
struct Ledger<'p> {
    product: &'p Measured,
    before: Items,
    entries: Vec<Entry>,
}

/// Everything in the table.
pub(crate) async fn items(product: &Measured) -> Items {
    product.stored.json().await.into_values().map(|item| (key_of(&item), item)).collect()
}

impl Watch for Ledger<'_> {
    async fn before(&mut self, _: &'static str) {
        self.before = items(self.product).await;
        self.product.meter.take();
    }

    async fn after(&mut self, asked: &Asked) {
        let calls = self.product.meter.take();
        let after = items(self.product).await;
        let name = asked.name;
        let refused: Vec<_> = calls.iter().filter(|call| call.status != 200).collect();
        // What a partner has already is not copied again.
        let is_told_again = name.ends_with("again");
        assert!(
            refused.is_empty() || is_told_again,
            "{name}: a quiet round meets no refusal: {refused:#?}"
        );
        let cost = Cost::by_engine(&calls);
        let rules = Cost::by_rules(&calls, &self.before, &after);
        // The engine tells nothing of what a refusal costs.
        let agree = cost == rules || is_told_again;
        assert!(agree, "{name}: the engine and AWS's rules differ: {cost:?} {rules:?} {calls:#?}");
        let is_asked_for = ![SCHEDULED, STREAM].contains(&asked.route);
        if is_asked_for {
            let logged = log::units(&asked.answer);
            assert_eq!(logged, (cost.check + cost.read, cost.write), "{name}: what is logged");
        }
        let sizes = || written_sizes(&calls, &self.before, &after);
        let budget = Budget::of(name);
        assert!(budget.holds(cost), "{name}: {cost:?} beyond {budget:?}: {:#?}", sizes());
        // Which shards an account is in, and so the order of a run's calls, is chance.
        let calls = if is_asked_for { told(&calls) } else { counted(&calls) };
        self.entries.push(Entry { name, cost, calls });
    }
}

/// What was written, before and after, in bytes: what has grown beyond a unit shows here.
pub(crate) fn written_sizes(calls: &[Metered], before: &Items, after: &Items) -> Vec<String> {
    let size = |items: &Items, key: &_| items.get(key).map_or(0, item_size);
    let tell = |(action, key): (&str, (String, String))| {
        format!("{action} {key:?}: {} to {}", size(before, &key), size(after, &key))
    };
    calls.iter().flat_map(written).map(tell).collect()
}

/// The calls in short, by their kind.
fn counted(calls: &[Metered]) -> String {
    let mut counts = BTreeMap::<String, usize>::new();
    for call in calls {
        let index = call.input["IndexName"].as_str().unwrap_or_default();
        let name = format!("{:?} {index}", call.operation);
        *counts.entry(name.trim_end().to_owned()).or_default() += 1;
    }
    let told = counts.iter().map(|(name, count)| format!("{count} × {name}"));
    told.collect::<Vec<_>>().join(", ")
}

/// The calls in short, in their order: `BatchGetItem 3, TransactWriteItems 9`.
fn told(calls: &[Metered]) -> String {
    let tell = |call: &Metered| {
        let input = &call.input;
        let keys = |value: &serde_json::Value| value.as_array().map_or(0, Vec::len);
        match call.operation {
            Operation::BatchGetItem => {
                let tables = input["RequestItems"].as_object().into_iter().flatten();
                let count: usize = tables.map(|(_, request)| keys(&request["Keys"])).sum();
                format!("BatchGetItem {count}")
            }
            Operation::BatchWriteItem => {
                let tables = input["RequestItems"].as_object().into_iter().flatten();
                let count: usize = tables.map(|(_, requests)| keys(requests)).sum();
                format!("BatchWriteItem {count}")
            }
            Operation::TransactWriteItems => {
                format!("TransactWriteItems {}", keys(&input["TransactItems"]))
            }
            other => input["IndexName"]
                .as_str()
                .map_or(format!("{other:?}"), |index| format!("{other:?} {index}")),
        }
    };
    calls.iter().map(tell).collect::<Vec<_>>().join(", ")
}

#[tokio::test(start_paused = true)]
async fn given_a_round_of_all_requests_then_each_costs_what_it_did() {
    log::begin();
    let product = Measured::open(Meter::paused_time()).await;
    let mut ledger = Ledger { product: &product, before: Items::new(), entries: Vec::new() };
    // The first round makes what a deployment makes once; the second is like all that follow.
    Round::new(&product, &mut ledger, 1).walk().await;
    ledger.entries.clear();
    Round::new(&product, &mut ledger, 2).walk().await;
    let mut table = format!("{:34}{:>6}{:>6}{:>6}  calls\n", "request", "check", "read", "write");
    for Entry { name, cost, calls } in &ledger.entries {
        let Cost { check, read, write } = cost;
        writeln!(table, "{name:34}{check:6}{read:6}{write:6}  {calls}").expect("texts grow");
    }
    insta::assert_snapshot!("requests", table);
}

#[tokio::test(start_paused = true)]
async fn given_a_known_account_then_its_permission_check_costs_four_units_with_a_customer() {
    log::begin();
    let product = Measured::open(Meter::paused_time()).await;
    let mut ledger = Ledger { product: &product, before: Items::new(), entries: Vec::new() };
    Round::new(&product, &mut ledger, 1).walk().await;
    let of = |name: &str| ledger.entries.iter().find(|entry| entry.name == name).expect("made");
    // Account, administrator, organization, connection: known and warm.
    assert_eq!(of("get a customer").cost.check, CHECK.0);
    assert_eq!(of("dashboard, sorted").cost.check, 3.0);
    // The partner's first request of that function asked for the organization behind the others; and
    // every page asks for the last run.
    assert_eq!(of("dashboard").calls.matches("GetItem").count(), 3, "{}", of("dashboard").calls);
}
