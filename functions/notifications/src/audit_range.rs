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
    if format == Format::Csv && from + FILE_MONTHS < end - AHEAD {
        return Err(InputErrors::one("/from", TOO_LONG));
    }
    Ok(AuditRange { from: from.max(beginning), until: end })
}
