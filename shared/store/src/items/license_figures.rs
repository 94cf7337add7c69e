//! Licence figures. Many change by one usage fact, each by adding to a number: so numbers are
//! attributes of their own, with a name for what they count.
//!
//! The first letter is the kind of holder, `u` or `d`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use tsunagu_domain::{
    calendar::Month,
    ids::AccountId,
    licenses::{
        figures::{Both, Current, Holders, Period, PeriodCounts},
        holder::HolderKind,
    },
    vendor::ServiceCode,
};

use super::days::DayNumber;
use crate::{
    item::Item,
    keys::{self, Key},
    nonce::Nonce,
};

/// How many days' buckets are kept behind the last completed run: those of the 30 days that may be
/// asked for, and some more for runs that come late.
pub(crate) const BUCKETS_KEPT: u64 = 45;

/// The names of the numbers.
pub(crate) mod attributes {
    use super::{DayNumber, HolderKind, Month, NaiveDate};

    /// Stands while the figures are recomputed.
    pub(crate) const REBUILDING: &str = "rebuilding";

    pub(super) const fn letter(kind: HolderKind) -> char {
        match kind {
            HolderKind::User => 'u',
            HolderKind::Device => 'd',
        }
    }

    /// How many are assigned.
    pub(crate) fn assigned(kind: HolderKind) -> String {
        format!("{}a", letter(kind))
    }

    /// How many were last active on a day.
    pub(crate) fn last_active(kind: HolderKind, day: NaiveDate) -> String {
        format!("{}{}", letter(kind), i32::from(DayNumber::from(day)))
    }

    /// How many are assigned since a month.
    pub(crate) fn newly(kind: HolderKind, month: Month) -> String {
        format!("{}n{month}", letter(kind))
    }

    /// What a period counts: active, started, released, both started and released.
    pub(crate) fn period(kind: HolderKind, what: char) -> String {
        format!("{}{what}", letter(kind))
    }

    /// The same of a day of a month, by its number.
    pub(crate) fn of_day(kind: HolderKind, what: char, day: u32) -> String {
        format!("{}{what}{day:02}", letter(kind))
    }
}

/// What stands in an item beside its numbers.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    account_id: AccountId,
    service: ServiceCode,
    #[serde(default)]
    month: Option<Month>,
    #[serde(default)]
    rebuilding: Option<Nonce>,
    #[serde(rename = "PK")]
    _pk: IgnoredAny,
    #[serde(rename = "SK")]
    _sk: IgnoredAny,
    #[serde(rename = "entity")]
    _entity: IgnoredAny,
    #[serde(rename = "v")]
    _version: IgnoredAny,
    #[serde(flatten)]
    numbers: BTreeMap<String, i64>,
}

/// The licence figures of a service as they stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Written")]
pub struct CurrentFiguresItem {
    /// The account.
    pub account_id: AccountId,
    /// The service.
    pub service: ServiceCode,
    /// The figures.
    pub current: Current,
    /// Whose rebuild is under way: until then nothing is folded.
    pub rebuilding: Option<Nonce>,
}

/// An item as it is written: what it is, and its numbers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    account_id: AccountId,
    service: ServiceCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    month: Option<Month>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rebuilding: Option<Nonce>,
    #[serde(flatten)]
    numbers: BTreeMap<String, i64>,
}

impl Item for CurrentFiguresItem {
    const ENTITY: &'static str = "current-figures";

    fn key(&self) -> Key {
        keys::current_figures(self.account_id, &self.service)
    }
}

impl TryFrom<Raw> for CurrentFiguresItem {
    type Error = String;

    fn try_from(raw: Raw) -> Result<Self, String> {
        let Raw { account_id, service, rebuilding, numbers, .. } = raw;
        let mut current = Current::default();
        for (name, number) in numbers {
            let Both { users, devices } = &mut current;
            let known = [(HolderKind::User, users), (HolderKind::Device, devices)];
            let of_kind = known.into_iter().find_map(|(kind, holders)| {
                Some((holders, name.strip_prefix(attributes::letter(kind))?))
            });
            let unknown = || format!("an unknown number: {name}");
            let (holders, what) = of_kind.ok_or_else(unknown)?;
            if what == "a" {
                holders.assigned = number;
            } else if let Some(month) = what.strip_prefix('n') {
                holders.newly.insert(month.parse().map_err(|_| unknown())?, number);
            } else {
                let day: i32 = what.parse().map_err(|_| unknown())?;
                holders.last_active.insert(DayNumber::try_from(day)?.into(), number);
            }
        }
        Ok(Self { account_id, service, current, rebuilding })
    }
}

impl From<CurrentFiguresItem> for Written {
    fn from(item: CurrentFiguresItem) -> Self {
        let CurrentFiguresItem { account_id, service, current, rebuilding } = item;
        let of_kind = |kind, holders: Holders| {
            let days = holders.last_active.into_iter();
            let days = days.map(move |(day, count)| (attributes::last_active(kind, day), count));
            let months = holders.newly.into_iter();
            let months = months.map(move |(month, count)| (attributes::newly(kind, month), count));
            let assigned = [(attributes::assigned(kind), holders.assigned)];
            assigned.into_iter().chain(days).chain(months).filter(|(_, count)| *count != 0)
        };
        let numbers = of_kind(HolderKind::User, current.users)
            .chain(of_kind(HolderKind::Device, current.devices))
            .collect();
        Self { account_id, service, month: None, rebuilding, numbers }
    }
}

/// What happened to a service in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Written")]
pub struct MonthFiguresItem {
    /// The account.
    pub account_id: AccountId,
    /// The service.
    pub service: ServiceCode,
    /// The month.
    pub month: Month,
    /// What happened.
    pub counts: Period,
}

impl Item for MonthFiguresItem {
    const ENTITY: &'static str = "month-figures";

    fn key(&self) -> Key {
        keys::month_figures(self.account_id, &self.service, self.month)
    }
}

/// What a number of a period is called, and where it stands.
pub(crate) fn counts_of(counts: &PeriodCounts) -> [(char, i64); 4] {
    [('a', counts.active), ('s', counts.started), ('r', counts.released), ('b', counts.both)]
}

fn counts(number: impl Fn(char) -> Option<i64>) -> PeriodCounts {
    let number = |what| number(what).unwrap_or_default();
    PeriodCounts {
        active: number('a'),
        started: number('s'),
        released: number('r'),
        both: number('b'),
    }
}

fn both<T>(of_kind: impl Fn(HolderKind) -> T) -> Both<T> {
    Both { users: of_kind(HolderKind::User), devices: of_kind(HolderKind::Device) }
}

/// Items of a month say which.
fn month_of(raw: &Raw) -> Result<Month, &'static str> {
    raw.month.ok_or("figures without their month")
}

impl TryFrom<Raw> for MonthFiguresItem {
    type Error = &'static str;

    fn try_from(raw: Raw) -> Result<Self, &'static str> {
        let number = |kind, what| raw.numbers.get(&attributes::period(kind, what)).copied();
        let counts = both(|kind| counts(|what| number(kind, what)));
        let month = month_of(&raw)?;
        Ok(Self { account_id: raw.account_id, service: raw.service, month, counts })
    }
}

impl From<MonthFiguresItem> for Written {
    fn from(item: MonthFiguresItem) -> Self {
        let MonthFiguresItem { account_id, service, month, counts } = item;
        let of_kind = |kind, counts: PeriodCounts| {
            counts_of(&counts).map(|(what, count)| (attributes::period(kind, what), count))
        };
        let numbers =
            [of_kind(HolderKind::User, counts.users), of_kind(HolderKind::Device, counts.devices)];
        let numbers = numbers.into_iter().flatten().filter(|(_, count)| *count != 0).collect();
        Self { account_id, service, month: Some(month), rebuilding: None, numbers }
    }
}

/// What happened to a service on the days of a month: one item, so that usage of many days costs
/// little, and a range of days is read at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Written")]
pub struct DayFiguresItem {
    /// The account.
    pub account_id: AccountId,
    /// The service.
    pub service: ServiceCode,
    /// The month.
    pub month: Month,
    /// What happened on its days, where anything did.
    pub days: BTreeMap<NaiveDate, Period>,
}

impl Item for DayFiguresItem {
    const ENTITY: &'static str = "day-figures";

    fn key(&self) -> Key {
        keys::day_figures(self.account_id, &self.service, self.month)
    }
}

impl TryFrom<Raw> for DayFiguresItem {
    type Error = &'static str;

    fn try_from(raw: Raw) -> Result<Self, &'static str> {
        let month = month_of(&raw)?;
        let of_day = |day: u32| {
            let number =
                |kind, what| raw.numbers.get(&attributes::of_day(kind, what, day)).copied();
            both(|kind| counts(|what| number(kind, what)))
        };
        let days = (1..=31).filter_map(|day| Some((month.day(day)?, of_day(day))));
        let days = days.filter(|(_, counts)| *counts != Period::default()).collect();
        Ok(Self { account_id: raw.account_id, service: raw.service, month, days })
    }
}

impl From<DayFiguresItem> for Written {
    fn from(item: DayFiguresItem) -> Self {
        use chrono::Datelike;
        let DayFiguresItem { account_id, service, month, days } = item;
        let of_kind = |kind, day: NaiveDate, counts: PeriodCounts| {
            counts_of(&counts)
                .map(|(what, count)| (attributes::of_day(kind, what, day.day()), count))
        };
        let numbers = days.into_iter().flat_map(|(day, counts)| {
            let users = of_kind(HolderKind::User, day, counts.users);
            users.into_iter().chain(of_kind(HolderKind::Device, day, counts.devices))
        });
        let numbers = numbers.filter(|(_, count)| *count != 0).collect();
        Self { account_id, service, month: Some(month), rebuilding: None, numbers }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn with(name: &str, value: impl Into<Value>) -> Value {
        let mut item = json!({
            "PK": "A#acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W", "SK": "LIC#daas", "entity": "figures", "v": 1,
            "accountId": "acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W", "service": "daas", "ua": 2,
        });
        item[name] = value.into();
        item
    }

    #[test]
    fn given_a_number_that_means_nothing_then_the_figures_are_refused() {
        let read = |item| serde_json::from_value::<CurrentFiguresItem>(item);
        let known = read(with("u20514", 1)).expect("figures").current.users;
        assert_eq!((known.assigned, known.last_active.len()), (2, 1));
        for name in ["u2147483647", "un2026-3", "un", "u", "x1"] {
            assert!(read(with(name, 1)).is_err(), "{name}");
        }
    }

    #[test]
    fn given_figures_of_a_period_without_a_month_then_they_are_refused() {
        assert!(serde_json::from_value::<MonthFiguresItem>(with("month", "2026-03")).is_ok());
        assert!(serde_json::from_value::<DayFiguresItem>(with("month", "2026-03")).is_ok());
        assert!(serde_json::from_value::<MonthFiguresItem>(with("us", 1)).is_err());
        assert!(serde_json::from_value::<DayFiguresItem>(with("us", 1)).is_err());
    }
}
