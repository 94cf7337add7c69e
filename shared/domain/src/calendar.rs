//! Months of the calendar. A day is a [`NaiveDate`]; whose day it is, an account's time zone decides.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Datelike, Months, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    Invalid,
    schema::string_schema,
    time::{Instant, whole_millis},
};

/// A month of the calendar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    first: NaiveDate,
}

impl Month {
    /// The month in which a day falls.
    pub fn of(day: NaiveDate) -> Self {
        // Every month has a first day.
        Self { first: day.with_day(1).unwrap_or(day) }
    }

    /// Its first day.
    pub const fn first_day(self) -> NaiveDate {
        self.first
    }

    /// Its last day.
    pub fn last_day(self) -> NaiveDate {
        self.next().first.pred_opt().unwrap_or(NaiveDate::MAX)
    }

    /// The month after.
    #[must_use]
    pub fn next(self) -> Self {
        Self { first: self.first.checked_add_months(Months::new(1)).unwrap_or(self.first) }
    }

    /// So many months before.
    #[must_use]
    pub fn back(self, months: u32) -> Self {
        Self { first: self.first.checked_sub_months(Months::new(months)).unwrap_or(self.first) }
    }

    /// A day of it by its number; `None` where it has no such day.
    pub fn day(self, number: u32) -> Option<NaiveDate> {
        self.first.with_day(number)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first.format("%Y-%m"))
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Month {
    type Err = Invalid;

    /// `YYYY-MM` and nothing else.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        day(&format!("{text}-01")).map(Self::of).map_err(|_| Invalid::NotAMonth)
    }
}

/// No day before this year is taken: whatever is computed from a day stays a day that can be written.
const FIRST_YEAR: i32 = 1900;

/// `YYYY-MM-DD` and nothing else: chrono alone would take one-digit months, signs, and years of more
/// than four digits.
pub fn day(text: &str) -> Result<NaiveDate, Invalid> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .filter(|day| text.len() == "YYYY-MM-DD".len() && day.to_string() == text)
        .filter(|day| FIRST_YEAR <= day.year())
        .ok_or(Invalid::NotADay)
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

string_schema!(Month, "2026-03");

/// A day, or an instant: an end of a range that people and machines give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A day, of whatever time zone the range is in.
    Day(NaiveDate),
    /// An instant, in whole milliseconds.
    At(Instant),
}

impl FromStr for Moment {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        // A day has no `T`, an instant always one.
        if !text.contains(['T', 't']) {
            return day(text).map(Self::Day);
        }
        let at = DateTime::parse_from_rfc3339(text).map_err(|_| Invalid::NotAnInstant)?;
        Ok(Self::At(whole_millis(at.to_utc())))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2024-02", "2024-02-01", "2024-02-29")]
    #[case("2026-02", "2026-02-01", "2026-02-28")]
    #[case("2026-12", "2026-12-01", "2026-12-31")]
    fn a_month_reaches_from_its_first_to_its_last_day(
        #[case] month: Month,
        #[case] first: NaiveDate,
        #[case] last: NaiveDate,
    ) {
        assert_eq!((month.first_day(), month.last_day()), (first, last));
        assert_eq!(Month::of(last), month);
        assert_eq!(month.next().back(1), month);
        assert_eq!(month.next(), Month::of(last.succ_opt().expect("a day")));
    }

    #[rstest]
    #[case("2026-13")]
    #[case("2026-1")]
    #[case("2026-01-01")]
    #[case("+2026-01")]
    #[case("+12026-01")]
    #[case("-0001-01")]
    #[case("26-01")]
    #[case("2026-00")]
    #[case("0000-01")]
    #[case("")]
    fn only_a_year_and_a_month_parse(#[case] text: &str) {
        assert_eq!(text.parse::<Month>(), Err(Invalid::NotAMonth));
    }

    #[rstest]
    #[case("2026-03-02", true)]
    #[case("2024-02-29", true)]
    #[case("2026-02-29", false)]
    #[case("2026-3-2", false)]
    #[case("26-03-02", false)]
    #[case("+2026-03-02", false)]
    #[case("+12026-03-02", false)]
    #[case("-0001-03-02", false)]
    #[case("2026-03-02 ", false)]
    #[case("2026-03", false)]
    #[case("20260302", false)]
    #[case("1900-01-01", true)]
    #[case("1899-12-31", false)]
    #[case("0000-01-01", false)]
    fn only_a_year_a_month_and_a_day_parse(#[case] text: &str, #[case] parses: bool) {
        let expected = if parses { Ok(text.to_owned()) } else { Err(Invalid::NotADay) };
        assert_eq!(day(text).map(|day| day.to_string()), expected);
    }

    #[test]
    fn a_month_is_written_as_it_is_read() {
        let month: Month = "2026-03".parse().expect("a month");
        assert_eq!(serde_json::to_value(month).expect("a string"), "2026-03");
        assert_eq!(serde_json::from_value::<Month>("2026-03".into()).expect("a month"), month);
        assert!(serde_json::from_value::<Month>("2026-3".into()).is_err());
        assert_eq!(month.day(31), NaiveDate::from_ymd_opt(2026, 3, 31));
        assert_eq!(month.next().day(31), None);
    }
}
