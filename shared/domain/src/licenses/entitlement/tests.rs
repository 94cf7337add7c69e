use std::collections::BTreeSet;

use proptest::{prelude::*, sample::select};
use rstest::rstest;

use super::*;
use crate::{
    licenses::{
        oracle::on,
        samples::{self, entitlement, entitlements, lasting, stated, terms},
    },
    locale::TimeZone,
};

use EntitlementKind::{Granted, Purchased, Trial};
use EntitlementState::{Active, Declined, Expired, Grace, Pending, Upcoming};

mod statements;

/// Every state that holds on a day, each by its own definition, without regard to the others.
fn holding(entitlement: &Entitlement, terms: Terms, day: NaiveDate) -> Vec<EntitlementState> {
    let Entitlement { stage, kind, .. } = *entitlement;
    let begun = terms.starts_on <= day && terms.from <= day;
    let days_over = terms.ends_on.map(|end| (day - end).num_days());
    let is_over = days_over.is_some_and(|days| days > 0);
    let in_grace = kind != Trial && days_over.is_some_and(|days| (1..=30).contains(&days));
    let definitions = [
        (Pending, stage == Stage::Requested),
        (Declined, stage == Stage::Declined),
        (Upcoming, stage.is_stated() && !begun),
        (Active, stage.is_stated() && begun && !is_over),
        (Grace, stage.is_stated() && begun && in_grace),
        (Expired, stage.is_stated() && begun && is_over && !in_grace),
    ];
    definitions.into_iter().filter(|(_, holds)| *holds).map(|(state, _)| state).collect()
}

fn stages() -> impl Strategy<Value = Stage> {
    use Stage::{Approved, Declined, Requested, Stated};
    select(&[Requested, Declined, Approved, Stated][..])
}

proptest! {
    /// Given anything that is entitled and any day, when it is asked where it stands, then the one
    /// state is named whose definition holds.
    #[test]
    fn on_every_day_exactly_one_state_holds(
        kind in samples::kinds(), stage in stages(), terms in terms(), day in samples::days(),
    ) {
        let one = Entitlement { stage, ..entitlement(kind, [terms]) };
        prop_assert_eq!(holding(&one, terms, day), [one.state(day)]);
        let counts = matches!(one.state(day), Active | Grace);
        prop_assert_eq!(one.purchased_on(day), counts.then_some(terms.quantity));
    }

    /// Given an entitlement with the terms of one day alone, when that day is asked about, then it
    /// answers as the whole.
    #[test]
    fn the_terms_of_a_day_are_all_that_the_day_needs(whole in entitlements(), day in samples::days()) {
        let alone = whole.as_of(day);
        prop_assert!(alone.terms.len() <= 1);
        prop_assert_eq!(alone.state(day), whole.state(day));
        prop_assert_eq!(alone.purchased_on(day), whole.purchased_on(day));
        prop_assert_eq!(alone.expiry(day), whole.expiry(day));
        prop_assert_eq!(alone.expires_soon(day), whole.expires_soon(day));
    }

    /// Given an entitlement, when it is asked whether it ends soon, then it does where it is active,
    /// does not renew by itself, and has 90 days or less to go.
    #[test]
    fn only_what_is_active_and_does_not_renew_ends_soon(one in stated(), day in samples::days()) {
        let end = one.terms_on(day).and_then(|terms| terms.ends_on);
        let minded = end.filter(|_| one.state(day) == Active && !one.auto_renew);
        prop_assert_eq!(one.expiry(day), minded);
        let soon = minded.is_some_and(|end| (0..=90).contains(&(end - day).num_days()));
        prop_assert_eq!(one.expires_soon(day), soon);
    }

    /// Given a filter, when an entitlement is shown by it, then everything that the filter names is so.
    #[test]
    fn a_filter_shows_what_is_all_that_it_names(
        one in entitlements(), day in samples::days(), kind in samples::kinds(),
        state in select(EntitlementState::VARIANTS), days in 0_u32..400, named in any::<[bool; 4]>(),
    ) {
        let filter = EntitlementFilter {
            state: named[0].then_some(state),
            kind: named[1].then_some(kind),
            service: named[2].then(|| "mail".parse().expect("a code")),
            expiring_within_days: named[3].then_some(days),
        };
        let ends = one.expiry(day).is_some_and(|end| (end - day).num_days() <= days.into());
        let holds = [one.state(day) == state, one.kind == kind, false, ends];
        let expected = named.into_iter().zip(holds).all(|(named, holds)| !named || holds);
        prop_assert_eq!(filter.admits(&one, day), expected);
    }
}

#[rstest]
#[case::day_before_the_first(Purchased, "2024-01-31", Upcoming)]
#[case::first_day(Purchased, "2024-02-01", Active)]
#[case::last_day(Purchased, "2024-02-29", Active)]
#[case::day_after(Purchased, "2024-03-01", Grace)]
#[case::thirty_days_after(Purchased, "2024-03-30", Grace)]
#[case::thirty_one_days_after(Purchased, "2024-03-31", Expired)]
#[case::granted_on_its_last_day(Granted, "2024-02-29", Active)]
#[case::granted_and_in_grace(Granted, "2024-03-30", Grace)]
#[case::granted_and_over(Granted, "2024-03-31", Expired)]
#[case::trial_before_its_first_day(Trial, "2024-01-31", Upcoming)]
#[case::trial_on_its_first_day(Trial, "2024-02-01", Active)]
#[case::trial_on_its_last_day(Trial, "2024-02-29", Active)]
#[case::trial_without_grace(Trial, "2024-03-01", Expired)]
fn an_entitlement_of_a_leap_february_turns_on_these_days(
    #[case] kind: EntitlementKind,
    #[case] day: NaiveDate,
    #[case] expected: EntitlementState,
) {
    let one = entitlement(kind, [lasting(Some(5), on("2024-02-01"), on("2024-02-29"))]);
    assert_eq!(one.state(day), expected);
    let counts = matches!(expected, Active | Grace);
    assert_eq!(expected.counts(), counts);
    assert_eq!(one.purchased_on(day), counts.then_some(Some(5)));
    let endless = entitlement(kind, [lasting(None, on("2024-02-01"), None)]);
    assert_eq!(endless.state(day) == Upcoming, expected == Upcoming);
    assert_eq!(endless.state(day) == Active, expected != Upcoming);
}

/// Given an account's zone, when its last day is over there, then what is entitled turns at that
/// instant: not a millisecond before, and not by anybody else's day.
#[rstest]
#[case::date_line_east("Pacific/Kiritimati", "2026-03-31", "2026-03-31T10:00:00Z")]
#[case::date_line_west("Pacific/Pago_Pago", "2026-03-31", "2026-04-01T11:00:00Z")]
#[case::utc("UTC", "2025-12-31", "2026-01-01T00:00:00Z")]
#[case::leap_day("Asia/Tokyo", "2024-02-29", "2024-02-29T15:00:00Z")]
#[case::quarter_of_an_hour("Asia/Kathmandu", "2026-03-31", "2026-03-31T18:15:00Z")]
#[case::winter("Europe/Berlin", "2026-03-28", "2026-03-28T23:00:00Z")]
#[case::day_of_23_hours("Europe/Berlin", "2026-03-29", "2026-03-29T22:00:00Z")]
#[case::day_of_25_hours("America/New_York", "2026-11-01", "2026-11-02T05:00:00Z")]
#[case::no_midnight("Africa/Cairo", "2026-04-23", "2026-04-23T22:00:00Z")]
fn it_turns_at_the_first_instant_of_the_accounts_day(
    #[case] zone: &str,
    #[case] last: NaiveDate,
    #[case] over: Instant,
) {
    let zone: TimeZone = zone.parse().expect("a zone");
    let moment = chrono::TimeDelta::milliseconds(1);
    let one = entitlement(Purchased, [lasting(Some(5), before(last, 30), last)]);
    assert_eq!(zone.start_of(after(last, 1)), over);
    let state = |at: Instant| one.state(zone.day_of(at));
    assert_eq!((state(over - moment), state(over)), (Active, Grace));
    let grace_over = zone.start_of(after(last, 31));
    assert_eq!((state(grace_over - moment), state(grace_over)), (Grace, Expired));
    let begin = zone.start_of(before(last, 30));
    assert_eq!((state(begin - moment), state(begin)), (Upcoming, Active));
}

/// Given an account's zone, when an entitlement begins and ends there, then it turns at four instants
/// and at no other of the hours around them.
#[rstest]
fn between_two_turns_it_never_turns(
    #[values(
        "Pacific/Pago_Pago",
        "America/Havana",
        "America/St_Johns",
        "UTC",
        "Asia/Beirut",
        "Australia/Lord_Howe",
        "Pacific/Kiritimati"
    )]
    zone: &str,
) {
    let zone: TimeZone = zone.parse().expect("a zone");
    let (first, last) = (on("2026-03-08"), on("2026-03-28"));
    let one = entitlement(Purchased, [lasting(Some(5), first, last)]);
    let from = zone.start_of(first) - chrono::TimeDelta::days(2);
    let states = (0..60 * 24).map(|hours| {
        let at = from + chrono::TimeDelta::hours(hours);
        let since = [first, after(last, 1), after(last, 31)].map(|day| zone.start_of(day) <= at);
        (since, one.state(zone.day_of(at)))
    });
    let seen: BTreeSet<_> = states.map(|(since, state)| (since, state.to_string())).collect();
    let expected = [
        ([false, false, false], Upcoming),
        ([true, false, false], Active),
        ([true, true, false], Grace),
        ([true, true, true], Expired),
    ];
    assert_eq!(seen, expected.map(|(since, state)| (since, state.to_string())).into());
}
