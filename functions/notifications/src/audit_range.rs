//! From when to when an audit trail is read.

use chrono::{Months, TimeDelta};
use tsunagu_api::{Flaw, Format, InputErrors, Text};
use tsunagu_domain::{account::Account, calendar::Moment, time::Instant};
use tsunagu_store::AuditRange;

/// How far a file goes back where nobody says so.
const FILE: TimeDelta = TimeDelta::days(30);
/// The most months of a file.
const FILE_MONTHS: Months = Months::new(13);
/// How far ahead the clock of whoever wrote an entry may have been.
const AHEAD: TimeDelta = TimeDelta::days(1);

const REVERSED: Flaw = Flaw::Rule {
    code: "behind-end",
    text: Text::new("from は to 以前にしてください。", "from must not be behind to."),
};

const TOO_LONG: Flaw = Flaw::Rule {
    code: "range-too-long",
    text: Text::new(
        "CSV の期間は 13 か月以内にしてください。",
        "A CSV file may have at most 13 months.",
    ),
};

/// The range that is asked for: everything, or in a file the last 30 days, where nobody says so.
pub(crate) fn range(
    from: Option<Moment>,
    to: Option<Moment>,
    format: Format,
    account: &Account,
    now: Instant,
) -> Result<AuditRange, InputErrors> {
    let zone = account.time_zone;
    let until = match to {
        Some(Moment::Day(day)) => zone.next_day_after(zone.start_of(day)),
        Some(Moment::At(at)) => at + TimeDelta::milliseconds(1),
        None => now + AHEAD,
    };
    let end = until.min(now + AHEAD);
    // What is counted by day stands at the day's beginning, also that of the account's first day.
    let beginning = zone.start_of(zone.day_of(account.created_at));
    let default = match format {
        Format::Json => beginning,
        Format::Csv => zone.start_of(zone.day_of(end.min(now) - FILE)),
    };
    let from = match from {
        Some(Moment::Day(day)) => zone.start_of(day),
        Some(Moment::At(at)) => at,
        None => default.min(end),
    };
    if until <= from {
        return Err(InputErrors::one("/from", REVERSED));
    }
    let last = zone.day_of((end - TimeDelta::milliseconds(1)).min(now));
    let first = last.checked_sub_months(FILE_MONTHS).unwrap_or(last);
    if format == Format::Csv && zone.day_of(from) < first {
        return Err(InputErrors::one("/from", TOO_LONG));
    }
    Ok(AuditRange { from: from.max(beginning), until: end })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use tsunagu_api::Problem;
    use tsunagu_domain::{
        account::AccountStatus,
        ids::{AccountId, OrgId},
    };

    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().expect("an instant")
    }

    /// An account of this zone, made on the 15th of January 2025, at noon in Greenwich.
    fn account(zone: &str) -> Account {
        let created_at = at("2025-01-15T12:00:00Z");
        Account {
            account_id: AccountId::mint(created_at),
            org_id: OrgId::mint(created_at),
            external_id: None,
            display_name: "Sakura".parse().expect("a name"),
            country: "JP".parse().expect("a country"),
            time_zone: zone.parse().expect("a zone"),
            address: None,
            contact: None,
            status: AccountStatus::Active,
            created_at,
        }
    }

    fn asked(
        format: Format,
        zone: &str,
        from: &str,
        to: &str,
    ) -> Result<(String, String), &'static str> {
        let moment = |text: &str| (!text.is_empty()).then(|| text.parse().expect("a moment"));
        let now = at("2026-03-10T12:00:00Z");
        let range = range(moment(from), moment(to), format, &account(zone), now);
        let range = range.map_err(|errors| Problem::from(errors).errors()[0].flaw.code())?;
        Ok((range.from.to_rfc3339(), range.until.to_rfc3339()))
    }

    #[rstest]
    #[case::days(
        "Asia/Tokyo",
        "2026-03-01",
        "2026-03-02",
        "2026-02-28T15:00:00",
        "2026-03-02T15:00:00"
    )]
    #[case::west(
        "Pacific/Niue",
        "2026-03-01",
        "2026-03-01",
        "2026-03-01T11:00:00",
        "2026-03-02T11:00:00"
    )]
    #[case::east(
        "Pacific/Kiritimati",
        "2026-03-01",
        "2026-03-01",
        "2026-02-28T10:00:00",
        "2026-03-01T10:00:00"
    )]
    #[case::summer(
        "America/New_York",
        "2026-03-08",
        "2026-03-08",
        "2026-03-08T05:00:00",
        "2026-03-09T04:00:00"
    )]
    #[case::instants(
        "Asia/Tokyo",
        "2026-03-01T00:00:00Z",
        "2026-03-01T09:00:00+09:00",
        "2026-03-01T00:00:00",
        "2026-03-01T00:00:00.001"
    )]
    #[case::never_before_the_account(
        "Asia/Tokyo",
        "1999-01-01",
        "2025-01-15",
        "2025-01-14T15:00:00",
        "2025-01-15T15:00:00"
    )]
    #[case::everything("Asia/Tokyo", "", "", "2025-01-14T15:00:00", "2026-03-11T12:00:00")]
    #[case::the_future(
        "Asia/Tokyo",
        "",
        "9999-12-31",
        "2025-01-14T15:00:00",
        "2026-03-11T12:00:00"
    )]
    fn given_days_or_instants_then_the_range_is_the_accounts_and_bounded(
        #[case] zone: &str,
        #[case] from: &str,
        #[case] to: &str,
        #[case] begins: &str,
        #[case] ends: &str,
    ) {
        let expected = (format!("{begins}+00:00"), format!("{ends}+00:00"));
        assert_eq!(asked(Format::Json, zone, from, to), Ok(expected));
    }

    #[rstest]
    #[case::by_default("", "", Ok("2026-02-07T15:00:00+00:00"))]
    #[case::before("", "2026-01-31", Ok("2026-01-01T15:00:00+00:00"))]
    #[case::thirteen_months("2025-02-10", "", Ok("2025-02-09T15:00:00+00:00"))]
    #[case::more("2025-02-09", "", Err("range-too-long"))]
    #[case::more_of_the_past("2025-01-15", "2026-02-16", Err("range-too-long"))]
    #[case::reversed("2026-03-02", "2026-03-01", Err("behind-end"))]
    fn given_a_file_then_it_has_thirty_days_and_at_most_thirteen_months(
        #[case] from: &str,
        #[case] to: &str,
        #[case] expected: Result<&str, &'static str>,
    ) {
        let begins = asked(Format::Csv, "Asia/Tokyo", from, to).map(|(begins, _)| begins);
        assert_eq!(begins, expected.map(str::to_owned));
    }
}
