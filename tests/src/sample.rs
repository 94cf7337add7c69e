//! What one request cost, told from its calls.

use std::time::{Duration, Instant};

use crate::{
    meter::Metered,
    record::Operation,
    units::{Items, units},
};

/// Units of a request, the permission check apart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Read units of the permission check.
    pub check: f64,
    /// All other read units.
    pub read: f64,
    /// Write units.
    pub write: f64,
}

impl Cost {
    /// What the engine says.
    pub fn by_engine(calls: &[Metered]) -> Self {
        Self::sum(calls, |call| {
            let units = call.consumed();
            if call.is_read() { (units, 0.0) } else { (0.0, units) }
        })
    }

    /// What AWS's rules say, of a table that the request found as `before` and left as `after`.
    pub fn by_rules(calls: &[Metered], before: &Items, after: &Items) -> Self {
        Self::sum(calls, |call| {
            let units = units(call, before, after);
            (units.read, units.write)
        })
    }

    fn sum(calls: &[Metered], units: impl Fn(&Metered) -> (f64, f64)) -> Self {
        let checks = checks(calls);
        let mut cost = Self::default();
        for (place, call) in calls.iter().enumerate() {
            let (read, write) = units(call);
            if place < checks {
                cost.check += read;
            } else {
                cost.read += read;
            }
            cost.write += write;
        }
        cost
    }
}

/// How many of a request's first calls are its permission check: one, and one more where the
/// function does not know the account's ORGID yet.
fn checks(calls: &[Metered]) -> usize {
    let is_check = calls.first().is_some_and(Metered::is_permission_check);
    let asks_organization = |call: &Metered| {
        let partition = call.input["Key"]["PK"]["S"].as_str().unwrap_or_default();
        call.operation == Operation::GetItem && partition.starts_with("ORG#")
    };
    let second = calls.get(1).is_some_and(asks_organization);
    usize::from(is_check) + usize::from(is_check && second)
}

/// How long at least one call was under way: calls made at once count once.
pub fn database_time(calls: &[Metered]) -> Duration {
    let mut spans: Vec<(Instant, Instant)> =
        calls.iter().map(|call| (call.begun, call.ended)).collect();
    spans.sort();
    let mut total = Duration::ZERO;
    let mut covered: Option<Instant> = None;
    for (begun, ended) in spans {
        let from = covered.map_or(begun, |covered| covered.max(begun));
        total += ended.saturating_duration_since(from);
        covered = Some(covered.map_or(ended, |covered| covered.max(ended)));
    }
    total
}

/// What a request may cost by the data model, the permission check apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Read units.
    pub read: Option<f64>,
    /// Write units.
    pub write: Option<f64>,
}

/// The permission check, and the same where the ORGID is not known yet.
pub const CHECK: (f64, f64) = (4.0, 5.0);

/// What a run adds to its folds: it asks all shards, once what each mark is about (account, service,
/// partners and their copies), and says that it is through.
const RUN: (f64, f64) = (10.0, 1.0);
/// What a mark costs: a claim, and its removal.
const MARK: f64 = 2.0;

impl Budget {
    /// The budget of a request of a round, by its name; most have none of their own.
    pub fn of(name: &str) -> Self {
        Self::of_connections(name)
            .or_else(|| Self::of_licenses(name))
            .or_else(|| Self::of_usage(name))
            .or_else(|| Self::of_workspaces(name))
            .unwrap_or(Self { read: None, write: None })
    }

    const fn reads(read: f64) -> Self {
        Self { read: Some(read), write: Some(0.0) }
    }

    const fn writes(write: f64) -> Self {
        Self { read: None, write: Some(write) }
    }

    const fn both(read: f64, write: f64) -> Self {
        Self { read: Some(read), write: Some(write) }
    }

    fn of_connections(name: &str) -> Option<Self> {
        let budget = if name.starts_with("accept") {
            Self::writes(30.0)
        } else if name.starts_with("end as") {
            Self::writes(22.0)
        } else if name == "dashboard" || name == "dashboard, last page" {
            Self::reads(8.0)
        } else if name.starts_with("dashboard") {
            Self::reads(1_300.0)
        } else {
            return None;
        };
        Some(budget)
    }

    /// Summaries and trends, of an account by itself or by its partner; and those of all customers.
    fn of_licenses(name: &str) -> Option<Self> {
        let own = name.strip_prefix("a customer's ").unwrap_or(name);
        let by_day = own.contains("30 days") || own.ends_with("by day");
        if own.starts_with("licenses") || own.starts_with("trends") {
            // Days are a range of their own, beside that of the months after them.
            return Some(Self::reads(if by_day { 7.0 } else { 6.0 }));
        }
        let over_all = ["overview", "customer licenses", "customer entitlements"];
        over_all.iter().any(|all| name.starts_with(all)).then(|| Self::reads(1_500.0))
    }

    fn of_usage(name: &str) -> Option<Self> {
        Some(match name {
            "one usage event" => Self::both(2.0, 2.0),
            "41 usage events" => Self::both(2.0, 41.0 * 1.1),
            "20 usage events again" => Self::both(2.0, 20.0 * 1.1),
            "1,000 usage events" => Self::both(2.0, 1_000.0 * 1.1),
            "run, idle" => Self::both(RUN.0, RUN.1),
            // Of a service that counts devices too: one more holder, which is written for two.
            "run, one fact" => Self::writes(RUN.1 + 14.0 + 2.0),
            "run, 41 facts" => Self::both(RUN.0 + 41.0 * 1.5, RUN.1 + MARK + 41.0 * 8.0),
            "run, 20 facts again" => Self::both(RUN.0 + 20.0 * 1.5, RUN.1 + MARK + 20.0 * 2.0),
            _ => return None,
        })
    }

    /// Of a user with one customer, at a domain of ten.
    fn of_workspaces(name: &str) -> Option<Self> {
        Some(match name {
            "session" | "apps of a session" => Self::reads(10.0),
            _ if name.starts_with("sign in") => Self::both(18.0, 12.0),
            _ if name.starts_with("launch") => Self::writes(16.0),
            _ => return None,
        })
    }

    /// Whether a cost keeps to it.
    pub fn holds(self, cost: Cost) -> bool {
        let within = |spent: f64, budget: Option<f64>| budget.is_none_or(|budget| spent <= budget);
        within(cost.read, self.read) && within(cost.write, self.write) && cost.check <= CHECK.1
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(operation: Operation, pk: &str, sk: &str, units: f64) -> Metered {
        let key = json!({"PK": {"S": pk}, "SK": {"S": sk}});
        let input = match operation {
            Operation::BatchGetItem => json!({"RequestItems": {"t": {"Keys": [key]}}}),
            _ => json!({"Key": key}),
        };
        let answer = json!({"ConsumedCapacity": {"CapacityUnits": units}});
        Metered { operation, input, answer, ..Metered::default() }
    }

    #[test]
    fn the_permission_check_is_counted_apart_with_its_second_read() {
        let check = call(Operation::BatchGetItem, "A#1", "ADMIN#S#x", 3.0);
        let organization = call(Operation::GetItem, "ORG#1", "PROGRAMS", 1.0);
        let read = call(Operation::GetItem, "A#1", "INVITE", 1.0);
        let write = call(Operation::UpdateItem, "A#1", "CUST#2", 2.0);
        let cost = Cost::by_engine(&[check, organization.clone(), read, write]);
        assert_eq!(cost, Cost { check: 4.0, read: 1.0, write: 2.0 });
        let none = Cost::by_engine(&[organization]);
        assert_eq!(none, Cost { check: 0.0, read: 1.0, write: 0.0 });
    }

    #[test]
    fn calls_made_at_once_count_once() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let span = |from, to| Metered { begun: at(from), ended: at(to), ..Metered::default() };
        let calls = [span(20, 25), span(0, 10), span(5, 12), span(6, 8)];
        assert_eq!(database_time(&calls), Duration::from_millis(17));
    }

    #[test]
    fn a_budget_bites() {
        let cost = Cost { check: 4.0, read: 8.0, write: 0.0 };
        assert!(Budget::of("dashboard").holds(cost));
        assert!(!Budget::of("dashboard").holds(Cost { read: 8.5, ..cost }));
        assert!(!Budget::of("accept").holds(Cost { write: 31.0, ..cost }));
        assert!(!Budget::of("services").holds(Cost { check: 6.0, ..cost }));
    }

    #[test]
    fn every_budget_of_licences_bites_by_half_a_unit() {
        let both = [
            ("licenses", 6.0, 0.0),
            ("a customer's licenses as CSV", 6.0, 0.0),
            ("trends, 12 months", 6.0, 0.0),
            ("a customer's trends", 6.0, 0.0),
            ("a customer's trends by day", 7.0, 0.0),
            ("trends, 30 days", 7.0, 0.0),
            ("overview", 1_500.0, 0.0),
            ("customer licenses", 1_500.0, 0.0),
            ("customer entitlements as CSV", 1_500.0, 0.0),
            ("one usage event", 2.0, 2.0),
            ("run, idle", 10.0, 1.0),
        ];
        for (name, read, write) in both {
            let (budget, cost) = (Budget::of(name), Cost { check: 0.0, read, write });
            assert!(budget.holds(cost), "{name}");
            assert!(!budget.holds(Cost { read: read + 0.5, ..cost }), "{name}");
            assert!(!budget.holds(Cost { write: write + 0.5, ..cost }), "{name}");
        }
        let run = Cost { check: 0.0, read: 10.0, write: 17.0 };
        assert!(Budget::of("run, one fact").holds(run));
        assert!(!Budget::of("run, one fact").holds(Cost { write: 17.5, ..run }));
        // What is not in the table of budgets has none.
        assert_eq!(Budget::of("list trials"), Budget { read: None, write: None });
    }
}
