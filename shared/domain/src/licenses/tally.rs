//! What the licences of a service come to: bought against assigned (P11).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

use super::{
    entitlement::{Entitlement, EntitlementKind, EntitlementState},
    sum,
};
use crate::dashboard::Trials;

/// From which utilization on a service is near its limit.
const NEAR: f64 = 0.9;

/// How the assigned licences of a service stand to the purchased.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Display,
    EnumString,
    VariantArray,
    Serialize,
    Deserialize,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Level {
    /// Less than nine of ten are assigned.
    Ok,
    /// Nine of ten or more.
    Near,
    /// More are assigned than purchased.
    Over,
}

/// Bought against assigned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tally {
    /// What is active or in grace, trials included; `None` is unlimited.
    pub purchased: Option<u64>,
    /// How much of it are trials; `None` is unlimited.
    pub of_which_trial: Option<u64>,
    /// How many are assigned.
    pub assigned: u64,
    /// The earliest end that somebody should mind.
    pub next_expiry: Option<NaiveDate>,
    /// How many end within 90 days.
    pub expiring_soon: u32,
}

impl Tally {
    /// What entitlements of one service, and its assigned licences, come to on a day.
    pub fn of<'a>(
        entitlements: impl Iterator<Item = &'a Entitlement> + Clone,
        assigned: u64,
        today: NaiveDate,
    ) -> Self {
        let trials =
            entitlements.clone().filter(|entitlement| entitlement.kind == EntitlementKind::Trial);
        let soon = entitlements.clone().filter(|entitlement| entitlement.expires_soon(today));
        Self {
            purchased: purchased(entitlements.clone(), today),
            of_which_trial: purchased(trials, today),
            assigned,
            next_expiry: entitlements.filter_map(|entitlement| entitlement.expiry(today)).min(),
            expiring_soon: number(soon.count()),
        }
    }

    /// How many more may be assigned; `None` is unlimited.
    pub fn available(&self) -> Option<u64> {
        self.purchased.map(|purchased| purchased.saturating_sub(self.assigned))
    }

    /// How many are assigned beyond what is purchased.
    pub fn overage(&self) -> u64 {
        self.purchased.map_or(0, |purchased| self.assigned.saturating_sub(purchased))
    }

    /// The assigned as a fraction of the purchased.
    pub fn utilization(&self) -> Option<f64> {
        ratio(self.assigned, self.purchased)
    }

    /// How the assigned stand to the purchased.
    pub fn level(&self) -> Level {
        match self.utilization() {
            _ if self.overage() > 0 => Level::Over,
            Some(utilization) if utilization >= NEAR => Level::Near,
            _ => Level::Ok,
        }
    }
}

/// A number as a fraction of what is purchased; `None` where that is nothing or unlimited.
pub fn ratio(number: u64, purchased: Option<u64>) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "licences are far fewer than 2^52")]
    purchased.filter(|purchased| *purchased > 0).map(|purchased| number as f64 / purchased as f64)
}

/// What entitlements add up to on a day; `None` is unlimited.
pub fn purchased<'a>(
    entitlements: impl Iterator<Item = &'a Entitlement>,
    day: NaiveDate,
) -> Option<u64> {
    sum(entitlements.filter_map(|entitlement| entitlement.purchased_on(day)))
}

/// Trials by where they stand on a day.
pub fn trials<'a>(entitlements: impl Iterator<Item = &'a Entitlement>, today: NaiveDate) -> Trials {
    let mut trials = Trials::default();
    for trial in entitlements.filter(|entitlement| entitlement.kind == EntitlementKind::Trial) {
        match trial.state(today) {
            EntitlementState::Active => trials.active += 1,
            EntitlementState::Pending => trials.pending += 1,
            EntitlementState::Expired => trials.expired += 1,
            EntitlementState::Upcoming | EntitlementState::Grace | EntitlementState::Declined => {}
        }
    }
    trials
}

/// A number of things in memory.
pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
