//! What a partner keeps of a customer's licences, and what it comes to on the dashboard.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use chrono::NaiveDate;

use super::{
    entitlement::{Entitlement, EntitlementState},
    tally::{Tally, number, trials},
};
use crate::{dashboard::Summary, vendor::ServiceCode};

/// How many entitlements of a customer a partner keeps at most. They are one item of the table, which
/// takes 400 KB: so many, with the longest of numbers, are little more than half of that.
pub const MOST_KEPT: usize = 1_000;

/// What a partner keeps of a customer: its entitlements, each with the terms of the day on which this
/// was made, and its assigned licences by service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// By their numbers, [`MOST_KEPT`] at most.
    pub entitlements: Vec<Entitlement>,
    /// How many licences are assigned, where any are.
    pub assigned: BTreeMap<ServiceCode, u64>,
}

impl Holdings {
    /// What partners keep of an account on a day: of more than [`MOST_KEPT`] entitlements those that
    /// matter most.
    pub fn new(
        entitlements: &[Entitlement],
        assigned: BTreeMap<ServiceCode, u64>,
        today: NaiveDate,
    ) -> Self {
        let kept = most_kept(entitlements, today).into_iter();
        Self { entitlements: kept.map(|one| one.as_of(today)).collect(), assigned }
    }

    /// The services that may be used or are used on a day, each with what it comes to.
    pub fn tallies(&self, today: NaiveDate) -> BTreeMap<&ServiceCode, Tally> {
        tallies(&self.entitlements, &self.assigned, today)
    }
}

/// The entitlements that are kept, in the order in which they came. Those that count go last, those
/// that are over first: what was declined, then what expired longest ago.
fn most_kept(entitlements: &[Entitlement], today: NaiveDate) -> Vec<&Entitlement> {
    let mut kept: Vec<_> = entitlements.iter().enumerate().collect();
    if kept.len() > MOST_KEPT {
        kept.sort_by_cached_key(|(_, one)| Reverse(weight(one, today)));
        kept.truncate(MOST_KEPT);
        kept.sort_unstable_by_key(|(place, _)| *place);
    }
    kept.into_iter().map(|(_, one)| one).collect()
}

/// How much an entitlement matters to whoever keeps few: what it is like, and of what is over, its last
/// day.
fn weight(entitlement: &Entitlement, today: NaiveDate) -> (u8, Option<NaiveDate>) {
    match entitlement.state(today) {
        EntitlementState::Active | EntitlementState::Grace => (3, None),
        EntitlementState::Pending | EntitlementState::Upcoming => (2, None),
        EntitlementState::Expired => {
            (1, entitlement.terms_on(today).and_then(|terms| terms.ends_on))
        }
        EntitlementState::Declined => (0, None),
    }
}

fn tallies<'a>(
    entitlements: &'a [Entitlement],
    assigned: &'a BTreeMap<ServiceCode, u64>,
    today: NaiveDate,
) -> BTreeMap<&'a ServiceCode, Tally> {
    let entitled = entitlements.iter().filter(|one| one.state(today).counts());
    let used = assigned.iter().filter(|(_, assigned)| **assigned > 0);
    let services: BTreeSet<_> =
        entitled.map(|one| &one.service).chain(used.map(|(service, _)| service)).collect();
    let tally = |service: &ServiceCode| {
        let of_it = entitlements.iter().filter(move |one| one.service == *service);
        Tally::of(of_it, assigned.get(service).copied().unwrap_or_default(), today)
    };
    services.into_iter().map(|service| (service, tally(service))).collect()
}

/// What all that an account has, however much that is, comes to on the dashboard, as far as licences
/// go. It takes no [`Holdings`]: those may be a part of it.
pub fn summary(
    entitlements: &[Entitlement],
    assigned: &BTreeMap<ServiceCode, u64>,
    today: NaiveDate,
) -> Summary {
    let tallies: Vec<_> = tallies(entitlements, assigned, today).into_values().collect();
    let purchased = tallies.iter().map(|tally| tally.purchased);
    let utilization = tallies.iter().filter_map(Tally::utilization);
    // What is only to come, or asked for, belongs to no service's tally.
    let all = || entitlements.iter();
    Summary {
        services: Some(number(tallies.len())),
        purchased: purchased.sum(),
        assigned: Some(tallies.iter().map(|tally| tally.assigned).sum()),
        overage: Some(tallies.iter().map(Tally::overage).sum()),
        max_utilization: utilization.reduce(f64::max),
        next_expiry: all().filter_map(|one| one.expiry(today)).min(),
        expiring_within90_days: Some(number(all().filter(|one| one.expires_soon(today)).count())),
        trials: Some(trials(all(), today)),
        ..Summary::default()
    }
}

#[cfg(test)]
mod tests;
