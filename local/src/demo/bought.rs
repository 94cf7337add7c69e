//! What the demo customers bought, and thirteen months of its use: growing companies, some that
//! outgrow what they bought, some whose licences end soon, some that try things out.

use std::ops::Range;

use chrono::{Datelike, NaiveDate, TimeDelta};
use serde_json::{Value, json};
use tsunagu_domain::time::Instant;

use super::data::CUSTOMERS;

/// How many days back usage reaches: what is older is not taken.
const FIRST_DAY: i64 = 388;
/// For how many days back somebody is active on most weekdays; before that, on some days a month.
const DAILY: i64 = 33;
/// How many days ago one in eight left, and how many days ago they were released.
const LEFT: i64 = 60;
pub(super) const LEAVERS_GO: i64 = 20;
/// The services that customers buy, and how many of a hundred employees have it.
const BOUGHT: [(&str, u32); 2] = [("daas", 80), ("endpoint-management", 45)];

/// A service as one customer has it.
struct Deal {
    customer: usize,
    service: &'static str,
    /// How many licences were bought at first.
    quantity: u32,
    /// How many people use it today.
    users: u32,
    /// How many days ago it began.
    began: i64,
}

/// Everything that customers bought.
fn deals() -> impl Iterator<Item = Deal> {
    (0..CUSTOMERS.len()).flat_map(|customer| {
        let bought = BOUGHT.into_iter().enumerate();
        bought.filter(move |(place, _)| (customer + place) % 3 != 2).map(move |(_, bought)| {
            let (service, share) = bought;
            let size = u32::try_from(customer * 13 % 17).unwrap_or_default() + 6;
            let quantity = (size * share).div_ceil(100).max(3);
            let place = i64::try_from(customer).unwrap_or_default();
            let began = (FIRST_DAY - place / 4 * 36).max(40);
            // One in seven has outgrown what it bought, one in five nearly so or uses little of it.
            let users = match (customer % 7, customer % 5) {
                (2, _) => quantity + quantity.div_ceil(3),
                (_, 3) => quantity + quantity.div_ceil(8),
                (_, 1) => quantity.div_ceil(3),
                _ => quantity * 9 / 10,
            };
            Deal { customer, service, quantity, users: users.max(1), began }
        })
    })
}

/// The services that customers bought, each with its customer.
pub(super) fn services() -> impl Iterator<Item = (usize, &'static str)> {
    deals().map(|deal| (deal.customer, deal.service))
}

fn company(customer: usize) -> &'static str {
    CUSTOMERS[customer].external_id.trim_start_matches("demo-customer-")
}

fn days_ago(now: Instant, days: i64) -> NaiveDate {
    (now - TimeDelta::days(days)).date_naive()
}

/// The orders, each with the customer that placed it.
pub(super) fn orders(now: Instant) -> Vec<(usize, Value)> {
    let order = |deal: Deal| {
        let Deal { customer, service, quantity, began, .. } = deal;
        let line = json!({
            "service": service, "quantity": quantity, "unit": "user",
            "startsOn": days_ago(now, began), "endsOn": ends_on(customer, now),
        });
        let order = json!({
            "orderId": format!("SO-{}-{service}", company(customer)),
            "orderedOn": days_ago(now, began + 3),
            "purchaseOrder": format!("PO-{}", 2_000 + customer),
            "lines": [line],
            "status": "fulfilled",
        });
        (customer, order)
    };
    deals().map(order).collect()
}

/// The last day of what was bought: far away for most, soon for some, past for a few.
fn ends_on(customer: usize, now: Instant) -> NaiveDate {
    let in_days = match customer % 12 {
        1 => 30,
        4 => 7,
        6 => 60,
        8 => 1,
        10 => -12,
        _ => 180 + i64::try_from(customer).unwrap_or_default() * 5,
    };
    days_ago(now, -in_days)
}

/// The entitlements, each with its customer: what was bought, more of it later, and trials.
pub(super) fn entitlements(now: Instant) -> Vec<(usize, Value)> {
    let bought = deals().flat_map(|deal| purchases(&deal, now));
    bought.chain((0..CUSTOMERS.len()).filter_map(|customer| extra(customer, now))).collect()
}

fn purchases(deal: &Deal, now: Instant) -> Vec<(usize, Value)> {
    let Deal { customer, service, quantity, began, .. } = *deal;
    let entitlement = |quantity: u32, effective: NaiveDate| {
        let entitlement = json!({
            "entitlementId": format!("EN-{}-{service}", company(customer)),
            "service": service, "kind": "purchased", "quantity": quantity,
            "effectiveOn": effective,
            "startsOn": days_ago(now, began), "endsOn": ends_on(customer, now),
            "autoRenew": customer % 12 == 2 || customer % 12 == 6,
            "orderId": format!("SO-{}-{service}", company(customer)),
        });
        (customer, entitlement)
    };
    let mut said = vec![entitlement(quantity * 2 / 3 + 1, days_ago(now, began))];
    // Half a way along, more was bought.
    said.push(entitlement(quantity, days_ago(now, began / 2)));
    said
}

/// A trial, something that was given for nothing, or what begins soon.
fn extra(customer: usize, now: Instant) -> Option<(usize, Value)> {
    let (kind, service, began, ends) = match customer % 10 {
        1 => ("purchased", "endpoint-management", -14, -379),
        3 => ("trial", "endpoint-management", 20, -10),
        5 => ("trial", "daas", 14, -16),
        7 => ("trial", "endpoint-management", 75, 45),
        9 => ("granted", "daas", 90, -275),
        _ => return None,
    };
    let entitlement = json!({
        "entitlementId": format!("EX-{}-{service}", company(customer)),
        "service": service, "kind": kind, "quantity": 5,
        "startsOn": days_ago(now, began), "endsOn": days_ago(now, ends), "autoRenew": false,
    });
    Some((customer, entitlement))
}

/// What a customer asks to try out, if it does.
pub(super) fn wish(customer: usize) -> Option<&'static str> {
    (customer % 9 == 4).then_some("endpoint-management")
}

/// The usage of so many days ago, each event with its customer.
pub(super) fn usage(now: Instant, days_ago: Range<i64>) -> impl Iterator<Item = (usize, Value)> {
    deals().flat_map(move |deal| {
        let days_ago = days_ago.clone();
        (0..deal.users).flat_map(move |user| {
            let Deal { customer, service, began, users, .. } = deal;
            let wanted = days_ago.clone();
            let days = active_days(customer, user, users, began, now);
            let days = days.filter(move |ago| wanted.contains(ago));
            days.map(move |day| (customer, event(customer, service, user, now, day)))
        })
    })
}

/// How many days ago somebody was active: companies grow, so later people come later; one in eight
/// leaves.
fn active_days(
    customer: usize,
    user: u32,
    users: u32,
    began: i64,
    now: Instant,
) -> impl Iterator<Item = i64> {
    let joined = began - i64::from(user) * began * 3 / 4 / i64::from(users);
    let left =
        if (chance(customer, user, 0) + u64::from(user)).is_multiple_of(8) { LEFT } else { 0 };
    (left..=joined.max(left)).filter(move |ago| {
        let day = days_ago(now, *ago);
        let chance = chance(customer, user, *ago);
        let weekend = day.weekday().num_days_from_monday() > 4;
        match (*ago < DAILY, weekend) {
            (true, false) => chance < 50,
            (true, true) | (false, false) => chance < 4,
            (false, true) => false,
        }
    })
}

/// A number below a hundred that is always the same for the same three.
fn chance(customer: usize, user: u32, ago: i64) -> u64 {
    let seed = [customer as u64, user.into(), ago.unsigned_abs()];
    let mixed = seed.iter().fold(0x9E37_79B9_7F4A_7C15_u64, |state, part| {
        (state ^ part).wrapping_mul(0xBF58_476D_1CE4_E5B9).rotate_left(31)
    });
    (mixed ^ (mixed >> 29)) % 100
}

fn event(customer: usize, service: &str, user: u32, now: Instant, ago: i64) -> Value {
    let company = company(customer);
    let mut event = json!({
        "id": format!("{company}-{user}-{ago}"),
        "service": service,
        "userId": format!("user-{company}-{user:03}"),
        "occurredAt": now - TimeDelta::days(ago),
    });
    // Some share a desk.
    if service == "daas" {
        event["deviceId"] = json!(format!("desk-{company}-{:03}", user - user % 8 / 7));
    }
    event
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn now() -> Instant {
        "2026-03-02T03:00:00Z".parse().expect("an instant")
    }

    #[test]
    fn given_the_demo_data_when_counted_then_there_is_something_of_everything() {
        let entitlements = entitlements(now());
        let today = now().date_naive();
        let ends: Vec<NaiveDate> = entitlements
            .iter()
            .map(|(_, one)| one["endsOn"].as_str().expect("a day").parse().expect("a day"))
            .collect();
        let within = |days: i64| {
            let soon = today..=today + TimeDelta::days(days);
            ends.iter().filter(|end| soon.contains(end)).count()
        };
        assert!(within(7) >= 4, "{}", within(7));
        assert!(within(90) > within(7));
        assert!(ends.iter().any(|end| *end < today));
        let trials = entitlements.iter().filter(|(_, one)| one["kind"] == "trial").count();
        assert!(trials >= 8, "{trials}");
        assert!((0..CUSTOMERS.len()).filter_map(wish).count() >= 3);
        assert!(deals().any(|deal| deal.users > deal.quantity));
    }

    #[test]
    fn given_the_demo_usage_then_it_is_enough_to_look_like_something_and_little_enough_to_be_quick()
    {
        let events: Vec<_> = usage(now(), 0..i64::MAX).collect();
        assert!((4_000..8_000).contains(&events.len()), "{}", events.len());
        let months: BTreeSet<String> = events
            .iter()
            .map(|(_, event)| event["occurredAt"].as_str().expect("a time")[..7].to_owned())
            .collect();
        assert!(months.len() >= 13, "{months:?}");
    }

    #[test]
    fn given_orders_then_each_is_its_own() {
        let orders = orders(now());
        let ids: BTreeSet<_> = orders.iter().map(|(_, one)| one["orderId"].to_string()).collect();
        assert_eq!(ids.len(), orders.len());
        assert!(orders.len() >= 40, "{}", orders.len());
    }
}
