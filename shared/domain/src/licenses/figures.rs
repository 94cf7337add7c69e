//! Licence figures of a service: what is kept, and how it moves.
//!
//! Users and devices are counted side by side; which of them a figure is, the service's model says.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{ACTIVE_DAYS, entitlement::before};
use crate::{calendar::Month, service::LicenseModel};

/// A number of users and a number of devices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Both<T> {
    /// Of users.
    pub users: T,
    /// Of devices.
    pub devices: T,
}

impl<T> Both<T> {
    /// Something of both kinds of holders.
    pub fn map<U>(&self, ask: impl Fn(&T) -> U) -> Both<U> {
        Both { users: ask(&self.users), devices: ask(&self.devices) }
    }
}

impl Both<i64> {
    /// Both sums.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { users: self.users + other.users, devices: self.devices + other.devices }
    }

    /// Both differences.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self { users: self.users - other.users, devices: self.devices - other.devices }
    }
}

impl<T: Ord> Both<T> {
    /// The one that a model counts.
    pub fn by(self, model: LicenseModel) -> T {
        model.count(self.users, self.devices)
    }
}

/// What happened in a day or a month to one kind of holders. As a change, it may be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeriodCounts {
    /// Distinct holders that were active in it.
    pub active: i64,
    /// Segments that began in it.
    pub started: i64,
    /// Segments that were released in it.
    pub released: i64,
    /// Those that began and were released in it.
    pub both: i64,
}

impl PeriodCounts {
    /// Whether it says nothing.
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    fn add(&mut self, other: &Self, times: i64) {
        self.active += times * other.active;
        self.started += times * other.started;
        self.released += times * other.released;
        self.both += times * other.both;
    }

    /// Holders whose assignment began in it and that are still assigned at its end.
    pub fn newly(&self) -> i64 {
        self.started - self.both
    }

    /// By how much more are assigned at its end than at its beginning.
    pub fn growth(&self) -> i64 {
        self.started - self.released
    }
}

/// How one kind of holders moves the figures of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Holders that are assigned.
    pub assigned: i64,
    /// Holders by their last active day.
    pub last_active: BTreeMap<NaiveDate, i64>,
    /// What happened on days.
    pub days: BTreeMap<NaiveDate, PeriodCounts>,
    /// What happened in months.
    pub months: BTreeMap<Month, PeriodCounts>,
}

impl Changes {
    /// Adds others, so many times.
    pub fn add(&mut self, other: &Self, times: i64) {
        self.assigned += times * other.assigned;
        for (day, count) in &other.last_active {
            *self.last_active.entry(*day).or_default() += times * count;
        }
        for (day, counts) in &other.days {
            self.days.entry(*day).or_default().add(counts, times);
        }
        for (month, counts) in &other.months {
            self.months.entry(*month).or_default().add(counts, times);
        }
    }

    /// Leaves out what changes nothing.
    pub fn tidy(&mut self) {
        self.last_active.retain(|_, count| *count != 0);
        self.days.retain(|_, counts| !counts.is_zero());
        self.months.retain(|_, counts| !counts.is_zero());
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.assigned == 0
            && self.last_active.is_empty()
            && self.days.is_empty()
            && self.months.is_empty()
    }
}

/// One kind of holders of a service as they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holders {
    /// How many are assigned.
    pub assigned: i64,
    /// How many there are by their last active day, of the days that may still be asked for.
    pub last_active: BTreeMap<NaiveDate, i64>,
    /// Of those assigned, how many are by the month in which their assignment began, as far as they
    /// were not released in it; of the months that may still be asked for.
    pub newly: BTreeMap<Month, i64>,
}

impl Holders {
    /// How many were active from a day on.
    pub fn active_since(&self, day: NaiveDate) -> i64 {
        self.last_active.range(day..).map(|(_, count)| count).sum()
    }

    /// How many of those assigned were so from a month on.
    pub fn newly_since(&self, month: Month) -> i64 {
        self.newly.range(month..).map(|(_, count)| count).sum()
    }
}

/// The holders of a service as they stand.
pub type Current = Both<Holders>;

/// What happened in a day or a month.
pub type Period = Both<PeriodCounts>;

impl Current {
    /// How many licences are assigned.
    pub fn assigned(&self, model: LicenseModel) -> u64 {
        count(self.map(|holders| holders.assigned).by(model))
    }

    /// How many were active in the days up to `as_of`, it included, and from which day on: the last
    /// 30 days, or that day alone.
    pub fn active(&self, model: LicenseModel, span: Span, as_of: NaiveDate) -> Active {
        let from = match span {
            Span::Month => before(as_of, ACTIVE_DAYS - 1),
            Span::Day => as_of,
        };
        let users = self.map(|holders| holders.active_since(from)).by(model);
        Active { users: count(users), from, to: as_of }
    }

    /// How many of the assigned are so since this month alone.
    pub fn newly_assigned(&self, model: LicenseModel, month: Month) -> u64 {
        count(self.map(|holders| holders.newly_since(month)).by(model))
    }
}

/// Over how many days active holders are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// 30 days.
    Month,
    /// One day.
    Day,
}

/// How many were active, and in which days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Active {
    /// How many users, or what the model counts.
    pub users: u64,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

/// A figure for people: never negative, whatever a run has left half-way.
pub fn count(figure: i64) -> u64 {
    u64::try_from(figure).unwrap_or(0)
}

#[cfg(test)]
mod tests;
