//! Languages, countries and time zones.

use std::{fmt, str::FromStr};

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;
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

/// The longest span that a zone's clocks have left out: a day, at the date line.
const MOST_SKIPPED: TimeDelta = TimeDelta::hours(25);

/// An IANA time zone, which decides what a day and a month are for an account.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeZone(Tz);

impl TimeZone {
    /// The day on which an instant falls in this zone.
    pub fn day_of(self, at: Instant) -> NaiveDate {
        at.with_timezone(&self.0).date_naive()
    }

    /// When the day after the one on which an instant falls begins in this zone.
    pub fn next_day_after(self, at: Instant) -> Instant {
        self.start_of(self.day_of(at) + Days::new(1))
    }

    /// When a day begins in this zone; one that the zone left out begins with the next.
    pub fn start_of(self, day: NaiveDate) -> Instant {
        let midnight = day.and_time(NaiveTime::MIN);
        // Where clocks go forward at midnight, the day begins with the first time that there is.
        (0..=MOST_SKIPPED.num_minutes())
            .step_by(15)
            .filter_map(|minutes| midnight.checked_add_signed(TimeDelta::minutes(minutes)))
            .find_map(|time| time.and_local_timezone(self.0).earliest())
            .map_or_else(|| midnight.and_utc(), |begin| begin.to_utc())
    }
}

impl FromStr for TimeZone {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.parse().map(Self).map_err(|_| Invalid::UnknownValue)
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
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
    use proptest::{prelude::*, sample::select};
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
            zone in select(&chrono_tz::TZ_VARIANTS[..]), days in 0_u64..30 * 365,
        ) {
            let day = NaiveDate::from_ymd_opt(2012, 1, 1).expect("a day") + Days::new(days);
            let begin = TimeZone(zone).start_of(day);
            let before = TimeZone(zone).day_of(begin - TimeDelta::milliseconds(1));
            prop_assert_eq!(TimeZone(zone).day_of(begin), day);
            prop_assert_eq!(Some(before), day.pred_opt());
            prop_assert_eq!(TimeZone(zone).next_day_after(begin), TimeZone(zone).start_of(day + Days::new(1)));
        }
    }

    #[test]
    fn an_unknown_zone_is_refused() {
        assert_eq!("Mars/Olympus".parse::<TimeZone>(), Err(Invalid::UnknownValue));
    }
}
