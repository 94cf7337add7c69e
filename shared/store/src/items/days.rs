//! Days, and what is made of them, in few bytes: for items of which many are read at once.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use tsunagu_domain::licenses::{Quantity, entitlement::Terms};

/// A day as the number of days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub(super) struct DayNumber(NaiveDate);

impl From<NaiveDate> for DayNumber {
    fn from(day: NaiveDate) -> Self {
        Self(day)
    }
}

impl From<DayNumber> for NaiveDate {
    fn from(day: DayNumber) -> Self {
        day.0
    }
}

impl From<DayNumber> for i32 {
    fn from(day: DayNumber) -> Self {
        day.0.to_epoch_days()
    }
}

impl TryFrom<i32> for DayNumber {
    type Error = String;

    fn try_from(number: i32) -> Result<Self, String> {
        let day = NaiveDate::from_epoch_days(number);
        day.map(Self).ok_or_else(|| format!("a day beyond the calendar: {number}"))
    }
}

/// Terms as a list: from, quantity, first and last day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CompactTerms(DayNumber, Quantity, DayNumber, Option<DayNumber>);

impl From<Terms> for CompactTerms {
    fn from(terms: Terms) -> Self {
        let Terms { from, quantity, starts_on, ends_on } = terms;
        Self(from.into(), quantity, starts_on.into(), ends_on.map(DayNumber::from))
    }
}

impl From<CompactTerms> for Terms {
    fn from(CompactTerms(from, quantity, starts_on, ends_on): CompactTerms) -> Self {
        let ends_on = ends_on.map(NaiveDate::from);
        Self { from: from.into(), quantity, starts_on: starts_on.into(), ends_on }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("1970-01-01", 0)]
    #[case("2026-03-02", 20_514)]
    #[case("1969-12-31", -1)]
    fn given_a_day_then_it_reads_back_from_its_number(#[case] day: NaiveDate, #[case] number: i32) {
        assert_eq!(i32::from(DayNumber::from(day)), number);
        assert_eq!(DayNumber::try_from(number).map(NaiveDate::from), Ok(day));
    }

    #[test]
    fn given_a_number_beyond_the_calendar_then_it_is_refused_and_never_guessed() {
        assert!(DayNumber::try_from(i32::MAX).is_err());
        assert!(serde_json::from_str::<CompactTerms>("[0, 5, 2147483647, null]").is_err());
        let terms: CompactTerms = serde_json::from_str("[0, 5, 10, null]").expect("terms");
        assert_eq!(serde_json::to_string(&terms).expect("numbers"), "[0,5,10,null]");
    }
}
