//! What a partner keeps of a customer's licences, and what it comes to on the dashboard.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{
    entitlement::{Entitlement, EntitlementState},
    tally::{Tally, number, trials},
};
use crate::{dashboard::Summary, vendor::ServiceCode};

/// A customer's entitlements, each with the terms of the day on which this was made, and its assigned
/// licences by service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// By their numbers.
    pub entitlements: Vec<Entitlement>,
    /// How many licences are assigned, where any are.
    pub assigned: BTreeMap<ServiceCode, u64>,
}

impl Holdings {
    /// What an account has on a day.
    pub fn new(
        entitlements: &[Entitlement],
        assigned: BTreeMap<ServiceCode, u64>,
        today: NaiveDate,
    ) -> Self {
        let entitlements = entitlements.iter().map(|one| one.as_of(today)).collect();
        Self { entitlements, assigned }
    }

    /// The services that may be used or are used on a day, each with what it comes to.
    pub fn tallies(&self, today: NaiveDate) -> BTreeMap<&ServiceCode, Tally> {
        self.services(today)
            .into_iter()
            .map(|service| (service, self.tally(service, today)))
            .collect()
    }

    fn tally(&self, service: &ServiceCode, today: NaiveDate) -> Tally {
        let assigned = self.assigned.get(service).copied().unwrap_or_default();
        Tally::of(self.of_service(service), assigned, today)
    }

    fn of_service<'a>(
        &'a self,
        service: &'a ServiceCode,
    ) -> impl Iterator<Item = &'a Entitlement> + Clone {
        self.entitlements.iter().filter(move |entitlement| entitlement.service == *service)
    }

    fn services(&self, today: NaiveDate) -> BTreeSet<&ServiceCode> {
        let entitled = self.entitlements.iter().filter(|one| one.state(today).counts());
        let used = self.assigned.iter().filter(|(_, assigned)| **assigned > 0);
        entitled.map(|one| &one.service).chain(used.map(|(service, _)| service)).collect()
    }

    /// What it comes to on the dashboard, as far as licences go.
    pub fn summary(&self, today: NaiveDate) -> Summary {
        let tallies: Vec<_> = self.tallies(today).into_values().collect();
        let purchased = tallies.iter().map(|tally| tally.purchased);
        let utilization = tallies.iter().filter_map(Tally::utilization);
        // What is only to come, or asked for, belongs to no service's tally.
        let all = || self.entitlements.iter();
        Summary {
            services: Some(number(tallies.len())),
            purchased: purchased.sum(),
            assigned: Some(tallies.iter().map(|tally| tally.assigned).sum()),
            overage: Some(tallies.iter().map(Tally::overage).sum()),
            max_utilization: utilization.reduce(f64::max),
            next_expiry: all().filter_map(|one| one.expiry(today)).min(),
            expiring_within90_days: Some(number(
                all().filter(|one| one.expires_soon(today)).count(),
            )),
            trials: Some(trials(all(), today)),
            ..Summary::default()
        }
    }

    /// The entitlements in one of these states on a day.
    pub fn in_state(
        &self,
        state: Option<EntitlementState>,
        today: NaiveDate,
    ) -> impl Iterator<Item = &Entitlement> {
        let wanted = move |one: &&Entitlement| state.is_none_or(|state| one.state(today) == state);
        self.entitlements.iter().filter(wanted)
    }
}

#[cfg(test)]
mod tests;
