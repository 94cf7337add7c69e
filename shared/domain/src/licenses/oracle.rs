//! What usage comes to, from scratch: the definition, written as simply as it can be, and histories
//! to hold the rules against it.

use std::collections::BTreeSet;

use chrono::{Days, Months, NaiveDate};
use proptest::{prelude::*, sample::subsequence};

use super::{
    IDLE_DAYS, MAX_MONTHS,
    figures::{Changes, PeriodCounts},
    usage::Happening,
};
use crate::calendar::Month;

/// A holder: on which days it was active, and on which its licence was released.
#[derive(Clone, Debug, Default)]
pub(super) struct Holder {
    active: BTreeSet<NaiveDate>,
    releases: BTreeSet<NaiveDate>,
}

/// A span in which a holder is assigned: from its first active day up to the release, that day not
/// included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) begin: NaiveDate,
    /// The day of the release; the last day of all where there was none.
    pub(super) end: NaiveDate,
}

impl Span {
    fn holds_at_end_of(self, day: NaiveDate) -> bool {
        self.begin <= day && day < self.end
    }
}

/// From a first to a last day, both included.
pub(super) type Period = (NaiveDate, NaiveDate);

fn is_in(day: NaiveDate, (first, last): Period) -> bool {
    first <= day && day <= last
}

impl Holder {
    pub(super) fn of(happenings: &[Happening]) -> Self {
        let mut holder = Self::default();
        for happening in happenings {
            match happening {
                Happening::Active(day) => holder.active.insert(*day),
                Happening::Released(day) => holder.releases.insert(*day),
            };
        }
        holder
    }

    /// The releases cut time into intervals; each in which it is active is a span.
    pub(super) fn spans(&self) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut from = NaiveDate::MIN;
        for end in self.releases.iter().copied().chain([NaiveDate::MAX]) {
            if let Some(begin) = self.active.range(from..end).next() {
                spans.push(Span { begin: *begin, end });
            }
            from = end;
        }
        spans
    }

    pub(super) fn last_active(&self) -> Option<NaiveDate> {
        self.active.last().copied()
    }

    pub(super) fn last_day(&self) -> Option<NaiveDate> {
        self.active.union(&self.releases).max().copied()
    }

    pub(super) fn is_assigned_at_end_of(&self, day: NaiveDate) -> bool {
        self.spans().into_iter().any(|span| span.holds_at_end_of(day))
    }

    /// Whether its assignment began in a period and goes on at its end.
    pub(super) fn is_new_at_end_of(&self, period: Period) -> bool {
        let is_new = |span: Span| is_in(span.begin, period) && span.holds_at_end_of(period.1);
        self.spans().into_iter().any(is_new)
    }

    pub(super) fn is_active_in(&self, period: Period) -> bool {
        self.active.iter().any(|day| is_in(*day, period))
    }

    pub(super) fn counts(&self, period: Period) -> PeriodCounts {
        let mut counts =
            PeriodCounts { active: self.is_active_in(period).into(), ..PeriodCounts::default() };
        for span in self.spans() {
            let (started, released) = (is_in(span.begin, period), is_in(span.end, period));
            counts.started += i64::from(started);
            counts.released += i64::from(released);
            counts.both += i64::from(started && released);
        }
        counts
    }

    /// All that it adds to the figures, days and months that say nothing left out.
    pub(super) fn figures(&self) -> Changes {
        let days = self.active.union(&self.releases);
        let (Some(first), Some(last)) = (days.clone().min(), days.max()) else {
            return Changes::default();
        };
        let days = first.iter_days().take_while(|day| day <= last);
        let months: BTreeSet<_> = days.clone().map(Month::of).collect();
        let of_month = |month: Month| self.counts((month.first_day(), month.last_day()));
        let mut figures = Changes {
            assigned: self.is_assigned_at_end_of(*last).into(),
            last_active: self.last_active().map(|day| (day, 1)).into_iter().collect(),
            days: days.map(|day| (day, self.counts((day, day)))).collect(),
            months: months.into_iter().map(|month| (month, of_month(month))).collect(),
        };
        figures.days.retain(|_, counts| *counts != PeriodCounts::default());
        figures.months.retain(|_, counts| *counts != PeriodCounts::default());
        figures
    }

    /// Whether it was active in the interval that a release closes.
    fn could_be_released(&self, releases: &BTreeSet<NaiveDate>, on: NaiveDate) -> bool {
        let from = releases.range(..on).next_back().copied().unwrap_or(NaiveDate::MIN);
        self.active.range(from..on).next().is_some()
    }
}

/// The figures of several holders.
pub(super) fn figures<'a>(holders: impl IntoIterator<Item = &'a [Happening]>) -> Changes {
    let mut all = Changes::default();
    for holder in holders {
        all.add(&Holder::of(holder).figures(), 1);
    }
    all
}

/// The figures of a month and later alone; the present ones are whole.
pub(super) fn since(mut figures: Changes, first: Month) -> Changes {
    figures.days.retain(|day, _| first <= Month::of(*day));
    figures.months.retain(|month, _| first <= *month);
    figures
}

/// Any day of six years, of which two have leap days.
pub(super) fn days() -> impl Strategy<Value = NaiveDate> {
    (0_u64..6 * 365).prop_map(|days| on("2024-01-01") + Days::new(days))
}

/// A day that a test names.
pub(super) fn on(day: &str) -> NaiveDate {
    day.parse().expect("tests name days of the calendar")
}

/// The earliest day of which something is still heard on `now`.
pub(super) fn earliest(now: NaiveDate) -> NaiveDate {
    now - Months::new(MAX_MONTHS)
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// So many days later, it is heard that the holder was active so many days before.
    Hear { later: u64, late: u64 },
    /// The next month begins, and the holder is active on its first day: alone from there, its
    /// licence can be released within the month.
    Turn,
    /// So many days after the first on which it could be, its licence is released.
    Release { later: u64 },
}

fn steps() -> impl Strategy<Value = Step> {
    let later = || prop_oneof![2 => Just(0), 3 => 0_u64..10, 2 => 0_u64..70];
    let late = prop_oneof![3 => Just(0), 2 => 0_u64..40, 2 => 0_u64..400];
    prop_oneof![
        4 => (later(), late).prop_map(|(later, late)| Step::Hear { later, late }),
        1 => Just(Step::Turn),
        2 => later().prop_map(|later| Step::Release { later }),
    ]
}

/// What happens to a holder from `first` to `now`, in the order in which it is heard of: its licence
/// is released only while it is assigned and idle as far as was heard, and no usage is heard of
/// that is older than `first` or than what is taken.
pub(super) fn histories(
    first: NaiveDate,
    now: NaiveDate,
    most: usize,
) -> impl Strategy<Value = Vec<Happening>> {
    proptest::collection::vec(steps(), 0..=most).prop_map(move |steps| heard(first, now, steps))
}

fn heard(first: NaiveDate, now: NaiveDate, steps: Vec<Step>) -> Vec<Happening> {
    let mut heard = Vec::new();
    let mut today = first;
    for step in steps {
        let known = Holder::of(&heard);
        let (day, happening) = match step {
            Step::Hear { later, late } => {
                let day = today + Days::new(later);
                let of = (day - Days::new(late)).max(first).max(earliest(day));
                (day, Happening::Active(of))
            }
            Step::Turn => {
                let day = Month::of(today).next().first_day();
                (day, Happening::Active(day))
            }
            Step::Release { later } => {
                let last = known.last_active().filter(|_| known.is_assigned_at_end_of(today));
                let Some(last) = last else { continue };
                let day = today.max(last + Days::new(IDLE_DAYS)) + Days::new(later);
                (day, Happening::Released(day))
            }
        };
        if now < day {
            break;
        }
        today = day;
        heard.push(happening);
    }
    heard
}

/// The same in any order, some of it more than once. A release still comes after one active day at
/// least of the interval that it closes: the store releases nobody's licence of whom it has not heard.
pub(super) fn reordered(heard: Vec<Happening>) -> impl Strategy<Value = Vec<Happening>> {
    subsequence(heard.clone(), 0..=heard.len())
        .prop_map(move |again| [heard.clone(), again].concat())
        .prop_shuffle()
        .prop_map(put_releases_off)
}

fn put_releases_off(mut waiting: Vec<Happening>) -> Vec<Happening> {
    let releases = Holder::of(&waiting).releases;
    let mut order = Vec::new();
    while !waiting.is_empty() {
        let known = Holder::of(&order);
        let may_come = |one: &Happening| match *one {
            Happening::Active(_) => true,
            Happening::Released(day) => known.could_be_released(&releases, day),
        };
        let next = waiting.iter().position(may_come).expect("the active days come at any time");
        order.push(waiting.remove(next));
    }
    order
}
