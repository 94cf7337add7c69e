//! Trends: the licences of a service month by month or day by day (P12).

use std::collections::BTreeMap;

use chrono::{Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use super::{
    MAX_MONTHS,
    entitlement::Entitlement,
    figures::{Both, Current, Period, PeriodCounts, count},
    tally::{purchased, ratio},
};
use crate::{
    Invalid,
    calendar::{self, Month},
    service::LicenseModel,
};

/// How many points there are where nobody asks for a range.
const DEFAULT_MONTHS: u32 = 12;
const DEFAULT_DAYS: u64 = 30;

/// How long a period is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Display, EnumString, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Interval {
    /// A month of the calendar.
    #[default]
    Month,
    /// A day.
    Day,
}

/// A range of months or of days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// Months.
    Months(Month, Month),
    /// Days.
    Days(NaiveDate, NaiveDate),
}

/// Which end of a range is refused, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeError {
    /// `from` is no period of the interval.
    From(Invalid),
    /// `to` is no period of the interval.
    To(Invalid),
    /// `from` is behind `to`.
    Reversed,
    /// There are more than 13 months from `from` to `to`.
    TooLong,
    /// `to` is in the future.
    Future,
}

impl Range {
    /// The range that is asked for, on `today`; where it is not said, it ends with the period of
    /// `as_of`. All that is wrong with it at once.
    pub fn parse(
        interval: Interval,
        from: Option<&str>,
        to: Option<&str>,
        as_of: NaiveDate,
        today: NaiveDate,
    ) -> Result<Self, Vec<RangeError>> {
        match interval {
            Interval::Month => {
                let present = Month::of(today);
                let (from, to) = parsed(from, to, present, str::parse)?;
                let to = to.unwrap_or(Month::of(as_of));
                let from = from.unwrap_or(to.back(DEFAULT_MONTHS - 1));
                let shortest = to.back(MAX_MONTHS - 1);
                checked(from, to, shortest, present).map(|()| Self::Months(from, to))
            }
            Interval::Day => {
                let (from, to) = parsed(from, to, today, calendar::day)?;
                let to = to.unwrap_or(as_of);
                let default = to.checked_sub_days(Days::new(DEFAULT_DAYS - 1)).unwrap_or(to);
                let from = from.unwrap_or(default);
                let shortest = to.checked_sub_months(Months::new(MAX_MONTHS)).unwrap_or(to);
                checked(from, to, shortest, today).map(|()| Self::Days(from, to))
            }
        }
    }

    /// The interval.
    pub const fn interval(self) -> Interval {
        match self {
            Self::Months(..) => Interval::Month,
            Self::Days(..) => Interval::Day,
        }
    }

    /// Its periods in order, by their names, first and last days.
    fn periods(self) -> Vec<(String, NaiveDate, NaiveDate)> {
        match self {
            Self::Months(from, to) => std::iter::successors(Some(from), |month| Some(month.next()))
                .take_while(|month| *month <= to)
                .map(|month| (month.to_string(), month.first_day(), month.last_day()))
                .collect(),
            Self::Days(from, to) => from
                .iter_days()
                .take_while(|day| *day <= to)
                .map(|day| (day.to_string(), day, day))
                .collect(),
        }
    }

    /// The names of its first and last periods.
    pub fn ends(self) -> (String, String) {
        match self {
            Self::Months(from, to) => (from.to_string(), to.to_string()),
            Self::Days(from, to) => (from.to_string(), to.to_string()),
        }
    }
}

type Ends<T> = (Option<T>, Option<T>);

fn parsed<T: Copy + PartialOrd>(
    from: Option<&str>,
    to: Option<&str>,
    present: T,
    parse: impl Fn(&str) -> Result<T, Invalid>,
) -> Result<Ends<T>, Vec<RangeError>> {
    match (from.map(&parse).transpose(), to.map(&parse).transpose()) {
        (Ok(from), Ok(to)) => Ok((from, to)),
        (from, to) => {
            // What is wrong with `to` alone is said even so.
            let is_future = matches!(&to, Ok(Some(to)) if *to > present);
            let future = is_future.then_some(RangeError::Future);
            let errors = [from.err().map(RangeError::From), to.err().map(RangeError::To), future];
            Err(errors.into_iter().flatten().collect())
        }
    }
}

fn checked<T: Copy + PartialOrd>(
    from: T,
    to: T,
    shortest: T,
    present: T,
) -> Result<(), Vec<RangeError>> {
    let wrong = [
        (to > present, RangeError::Future),
        (from > to, RangeError::Reversed),
        (from < shortest, RangeError::TooLong),
    ];
    let wrong: Vec<_> = wrong.into_iter().filter(|(is, _)| *is).map(|(_, error)| error).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// What is kept of the past of a service: months, and days of those months that are looked into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// What happened in months.
    pub months: BTreeMap<Month, Period>,
    /// What happened on days.
    pub days: BTreeMap<NaiveDate, Period>,
}

/// A service as far as its trends go.
#[derive(Clone, Copy, Debug)]
pub struct Course<'a> {
    /// What its licences count.
    pub model: LicenseModel,
    /// Its entitlements.
    pub entitlements: &'a [Entitlement],
    /// How it stands.
    pub current: &'a Current,
    /// How it came there.
    pub past: &'a Past,
    /// Up to which day usage is counted.
    pub as_of: NaiveDate,
    /// Today.
    pub today: NaiveDate,
}

/// A period of a trend.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The month or day by its name.
    pub period: String,
    /// What was purchased at its end; `None` is unlimited.
    pub purchased: Option<u64>,
    /// What was assigned at its end.
    pub assigned: u64,
    /// The assigned as a fraction of the purchased.
    pub utilization: Option<f64>,
    /// How many of the assigned were so before it.
    pub previously_assigned: u64,
    /// How many of the assigned are so since it.
    pub newly_assigned: u64,
    /// How many were released in it.
    pub released: u64,
    /// Distinct users of it, or what the model counts.
    pub active_users: u64,
    /// Whether it is over.
    pub complete: bool,
}

impl Course<'_> {
    /// A point for every period of a range.
    ///
    /// What was assigned at the end of a period is what is assigned now, less what has changed since:
    /// so late usage moves every period from its day on, and none has to be rewritten.
    pub fn points(&self, range: Range) -> Vec<Point> {
        let mut since = self.growth_after(range);
        let mut points: Vec<_> = range
            .periods()
            .into_iter()
            .rev()
            .map(|(name, first, last)| {
                let period = self.period(range.interval(), first);
                let assigned = self.current.map(|holders| holders.assigned).minus(since);
                since = since.plus(period.map(PeriodCounts::growth));
                self.point(name, last, &period, count(assigned.by(self.model)))
            })
            .collect();
        points.reverse();
        points
    }

    fn point(&self, period: String, last: NaiveDate, counts: &Period, assigned: u64) -> Point {
        let purchased = purchased(self.entitlements.iter(), last.min(self.today));
        let figure = |ask: fn(&PeriodCounts) -> i64| count(counts.map(ask).by(self.model));
        let newly_assigned = figure(PeriodCounts::newly).min(assigned);
        Point {
            period,
            purchased,
            assigned,
            utilization: ratio(assigned, purchased),
            previously_assigned: assigned - newly_assigned,
            newly_assigned,
            released: figure(|counts| counts.released),
            active_users: figure(|counts| counts.active),
            complete: last < self.as_of,
        }
    }

    fn period(&self, interval: Interval, first: NaiveDate) -> Period {
        let known = match interval {
            Interval::Month => self.past.months.get(&Month::of(first)),
            Interval::Day => self.past.days.get(&first),
        };
        known.copied().unwrap_or_default()
    }

    /// By how much more are assigned now than at the end of a range.
    fn growth_after(&self, range: Range) -> Both<i64> {
        let growth = |period: &Period| period.map(PeriodCounts::growth);
        let (last_month, later_days) = match range {
            Range::Months(_, to) => (to, None),
            Range::Days(_, to) => (Month::of(to), Some((to, Month::of(to).last_day()))),
        };
        let days = later_days.into_iter().flat_map(|(to, last)| {
            self.past.days.iter().filter(move |(day, _)| to < **day && **day <= last)
        });
        let months = self.past.months.iter().filter(|(month, _)| last_month < **month);
        let all = days.map(|(_, period)| period).chain(months.map(|(_, period)| period));
        all.map(growth).fold(Both::default(), Both::plus)
    }
}

#[cfg(test)]
mod tests;
