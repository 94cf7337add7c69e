//! Usage: what happens to a holder of a licence, and how that moves the figures.
//!
//! A holder is assigned from its first active day on until its licence is released. Each release
//! ends a *segment*, and the first active day on or after it begins the next. What a holder is like
//! follows from the set of its active days and releases alone, whatever their order: so the figures,
//! which are sums over holders, do too.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::figures::Changes;
use crate::calendar::Month;

/// Of how many months the active days are kept, counted back from the last active one. Usage is
/// taken 13 months back: a run may be a month late before any could be missed.
pub const KEPT_MONTHS: u32 = 15;

/// Something that happens to a holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Happening {
    /// It is active on a day.
    Active(NaiveDate),
    /// Its licence is released on a day.
    Released(NaiveDate),
}

impl Happening {
    /// When.
    pub const fn day(self) -> NaiveDate {
        match self {
            Self::Active(day) | Self::Released(day) => day,
        }
    }
}

/// From when to when a holder is assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// The first active day.
    #[serde(rename = "b")]
    pub begin: NaiveDate,
    /// The day of the release, on which it is assigned no more; `None` while it is.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub released: Option<NaiveDate>,
}

/// What is known of a holder's activity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// The active days of the last months, a bit for each day of a month.
    days: BTreeMap<Month, u32>,
    /// Oldest first; all but the last are released.
    segments: Vec<Segment>,
}

impl Activity {
    /// The last active day.
    pub fn last_active(&self) -> Option<NaiveDate> {
        let (month, bits) = self.days.last_key_value()?;
        month.day(u32::BITS - bits.leading_zeros())
    }

    /// Since when it is assigned; `None` where it is not.
    pub fn assigned_on(&self) -> Option<NaiveDate> {
        self.segments.last().filter(|last| last.released.is_none()).map(|last| last.begin)
    }

    /// The last day that says anything: the last active one, or that of the last release.
    pub fn last_day(&self) -> Option<NaiveDate> {
        let released = self.segments.last().and_then(|last| last.released);
        self.last_active().max(released)
    }

    /// Lets something happen; gives how that moves the figures. What has happened already, and what
    /// is older than the days that are kept, moves nothing.
    #[must_use]
    pub fn take(&mut self, happening: Happening) -> Changes {
        let before = self.standing();
        let mut changes = Changes::default();
        match happening {
            Happening::Active(day) => {
                if !self.mark(day, &mut changes) {
                    return changes;
                }
                self.assign(day);
            }
            Happening::Released(day) => self.release(day),
        }
        changes.add(&self.standing(), 1);
        changes.add(&before, -1);
        changes.tidy();
        self.forget();
        changes
    }

    /// All that it adds to the figures of months from `first` on, and to the present ones.
    pub fn contribution(&self, first: Month) -> Changes {
        let mut whole = self.standing();
        for (month, bits) in &self.days {
            whole.months.entry(*month).or_default().active = 1;
            for day in (1..=31).filter(|day| bits >> (day - 1) & 1 == 1) {
                if let Some(day) = month.day(day) {
                    whole.days.entry(day).or_default().active = 1;
                }
            }
        }
        whole.days.retain(|day, _| first.first_day() <= *day);
        whole.months.retain(|month, _| first <= *month);
        whole
    }

    /// Marks a day as active; `false` where it is already, or is older than what is kept.
    fn mark(&mut self, day: NaiveDate, changes: &mut Changes) -> bool {
        let month = Month::of(day);
        if self.horizon().is_some_and(|horizon| month < horizon) {
            return false;
        }
        let bits = self.days.entry(month).or_default();
        let bit = 1 << day.day0();
        if *bits & bit != 0 {
            return false;
        }
        if *bits == 0 {
            changes.months.entry(month).or_default().active += 1;
        }
        changes.days.entry(day).or_default().active += 1;
        *bits |= bit;
        true
    }

    /// Puts an active day into the segment that it belongs to, or begins one.
    fn assign(&mut self, day: NaiveDate) {
        let of_day =
            |segment: &&mut Segment| segment.released.is_none_or(|released| day < released);
        match self.segments.iter_mut().find(of_day) {
            Some(segment) => segment.begin = segment.begin.min(day),
            None => self.segments.push(Segment { begin: day, released: None }),
        }
    }

    /// Ends the segment that a release falls into. Active days from then on are a segment of their
    /// own: they may have been heard of first.
    fn release(&mut self, day: NaiveDate) {
        let falls_into =
            |one: &Segment| one.begin < day && one.released.is_none_or(|released| day < released);
        let Some(place) = self.segments.iter().position(falls_into) else { return };
        let rest = self.segments[place].released.replace(day);
        let begin = self.first_active_from(day);
        if let Some(begin) = begin.filter(|begin| rest.is_none_or(|rest| *begin < rest)) {
            self.segments.insert(place + 1, Segment { begin, released: rest });
        }
    }

    fn first_active_from(&self, from: NaiveDate) -> Option<NaiveDate> {
        let first = Month::of(from);
        self.days.range(first..).find_map(|(month, bits)| {
            let wanted = if *month == first { bits >> from.day0() << from.day0() } else { *bits };
            (wanted != 0).then(|| month.day(wanted.trailing_zeros() + 1)).flatten()
        })
    }

    /// What it adds to the figures apart from its active days.
    fn standing(&self) -> Changes {
        let mut standing = Changes::default();
        if let Some(last) = self.last_active() {
            standing.last_active.insert(last, 1);
        }
        for segment in &self.segments {
            let begun = Month::of(segment.begin);
            standing.days.entry(segment.begin).or_default().started += 1;
            standing.months.entry(begun).or_default().started += 1;
            let Some(released) = segment.released else {
                standing.assigned += 1;
                continue;
            };
            standing.days.entry(released).or_default().released += 1;
            let ended = standing.months.entry(Month::of(released)).or_default();
            ended.released += 1;
            ended.both += i64::from(begun == Month::of(released));
        }
        standing
    }

    /// The first month of which active days are kept.
    fn horizon(&self) -> Option<Month> {
        self.days.last_key_value().map(|(last, _)| last.back(KEPT_MONTHS - 1))
    }

    /// Drops what no usage can touch any more.
    fn forget(&mut self) {
        let Some(horizon) = self.horizon() else { return };
        self.days = self.days.split_off(&horizon);
        let first = horizon.first_day();
        self.segments.retain(|one| one.released.is_none_or(|released| first <= released));
    }
}

#[cfg(test)]
mod tests;
