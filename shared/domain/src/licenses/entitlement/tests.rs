use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*};
use rstest::rstest;
use serde_json::json;

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

/// Every state that holds on a day, each by its own definition, without regard to the others.
fn holding(entitlement: &Entitlement, terms: Terms, day: NaiveDate) -> Vec<EntitlementState> {
    let Entitlement { stage, kind, .. } = *entitlement;
    let begun = (day - terms.starts_on).num_days() >= 0;
    let days_over = terms.ends_on.map(|end| (day - end).num_days());
    let is_over = days_over.is_some_and(|days| days > 0);
    let in_grace = kind != Trial && days_over.is_some_and(|days| (1..=30).contains(&days));
    let definitions = [
        (Pending, stage == Stage::Requested),
        (Declined, stage == Stage::Declined),
        (Upcoming, stage == Stage::Stated && !begun),
        (Active, stage == Stage::Stated && begun && !is_over),
        (Grace, stage == Stage::Stated && begun && in_grace),
        (Expired, stage == Stage::Stated && begun && is_over && !in_grace),
    ];
    definitions.into_iter().filter(|(_, holds)| *holds).map(|(state, _)| state).collect()
}

fn stages() -> impl Strategy<Value = Stage> {
    prop_oneof![Just(Stage::Requested), Just(Stage::Declined), Just(Stage::Stated)]
}

/// What the vendor says, and on which day.
fn statements() -> impl Strategy<Value = Vec<(NaiveDate, Statement)>> {
    let statement = (terms(), any::<bool>(), samples::days());
    vec(statement, 1..8).prop_map(|mut all| {
        all.sort_by_key(|(.., today)| *today);
        let statement = |(terms, is_explicit, today): (Terms, bool, NaiveDate)| {
            (today, Statement { effective_on: is_explicit.then_some(terms.from), ..said(terms) })
        };
        all.into_iter().map(statement).collect()
    })
}

/// The vendor's word on a purchased entitlement to `daas`.
fn said(terms: Terms) -> Statement {
    let Terms { from: _, quantity, starts_on, ends_on } = terms;
    let Entitlement { service, kind, auto_renew, order_id, .. } = entitlement(Purchased, []);
    let effective_on = None;
    Statement { service, kind, quantity, effective_on, starts_on, ends_on, auto_renew, order_id }
}

fn after_word(known: Option<&Entitlement>, word: Statement, today: NaiveDate) -> Entitlement {
    let id = "ent-1".parse().expect("a number");
    Entitlement::state_terms(id, known, word, today).expect("of one service, and no trial request")
}

fn after_all(statements: &[(NaiveDate, Statement)]) -> Entitlement {
    let word = |known: Option<Entitlement>, (today, word): &(NaiveDate, Statement)| {
        Some(after_word(known.as_ref(), word.clone(), *today))
    };
    statements.iter().fold(None, word).expect("something was said")
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
        let counts = matches!(one.state(day), Active | Grace) && terms.from <= day;
        prop_assert_eq!(one.purchased_on(day), counts.then_some(terms.quantity));
    }

    /// Given whatever the vendor has said, when the purchased of a day is asked for, then the last word
    /// counts that was said for that day or an earlier one.
    #[test]
    fn on_every_day_the_last_word_for_it_counts(statements in statements(), day in samples::days()) {
        let effective = |place: usize, (today, said): &(NaiveDate, Statement)| {
            said.effective_on.unwrap_or(if place == 0 { said.starts_on } else { *today })
        };
        let word = statements.iter().enumerate().rev().find(|(place, one)| effective(*place, one) <= day);
        let expected = word.and_then(|(_, (_, said))| {
            let days_over = said.ends_on.map_or(0, |end| (day - end).num_days());
            (said.starts_on <= day && days_over <= 30).then_some(said.quantity)
        });
        prop_assert_eq!(after_all(&statements).purchased_on(day), expected);
    }

    /// Given what was purchased so far, when the vendor says something new that names no day, then no
    /// day before today changes.
    #[test]
    fn a_change_does_not_rewrite_what_was_purchased_before_it(
        statements in statements(), change in terms(), day in samples::days(), later in 0_u64..90,
    ) {
        let before = after_all(&statements);
        let today = statements.last().expect("something was said").0 + Days::new(later);
        let changed = after_word(Some(&before), said(change), today);
        if day < today {
            prop_assert_eq!(changed.purchased_on(day), before.purchased_on(day));
        } else {
            prop_assert_eq!(changed.state(day), change.state(Purchased, day));
        }
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

    /// Given an entitlement, when it is kept and read back, then it is the same.
    #[test]
    fn an_entitlement_reads_back_as_it_was(one in entitlements()) {
        let kept = serde_json::to_string(&one).expect("strings and numbers");
        prop_assert_eq!(serde_json::from_str::<Entitlement>(&kept).expect("as written"), one);
    }
}

const LEAP_YEAR_END: &str = "2024-02-29";

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
    let one = entitlement(kind, [lasting(Some(5), on("2024-02-01"), on(LEAP_YEAR_END))]);
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

/// The first word counts from the first day on, each later one from the day on which it is said, and
/// each from the day that it names.
#[rstest]
#[case::first_word_late(&[("2026-03-10", None, 5)], &[("2025-12-31", None), ("2026-01-01", Some(5))])]
#[case::first_word_ahead(
    &[("2025-11-01", None, 5)], &[("2025-11-01", None), ("2025-12-31", None), ("2026-01-01", Some(5))],
)]
#[case::first_word_from_a_day(
    &[("2026-03-10", Some("2026-02-01"), 5)], &[("2026-01-31", None), ("2026-02-01", Some(5))],
)]
#[case::change_from_today(
    &[("2026-01-01", None, 5), ("2026-03-10", None, 9)],
    &[("2026-03-09", Some(5)), ("2026-03-10", Some(9))],
)]
#[case::change_backwards(
    &[("2026-01-01", None, 5), ("2026-03-10", Some("2026-02-01"), 9)],
    &[("2026-01-31", Some(5)), ("2026-02-01", Some(9)), ("2026-03-10", Some(9))],
)]
#[case::change_ahead(
    &[("2026-01-01", None, 5), ("2026-03-10", Some("2026-04-01"), 9)],
    &[("2026-03-10", Some(5)), ("2026-03-31", Some(5)), ("2026-04-01", Some(9))],
)]
#[case::change_ahead_taken_back_today(
    &[("2026-01-01", None, 5), ("2026-03-10", Some("2026-04-01"), 9), ("2026-03-20", None, 7)],
    &[("2026-03-19", Some(5)), ("2026-03-20", Some(7)), ("2026-04-01", Some(7))],
)]
#[case::change_backwards_over_others(
    &[("2026-01-01", None, 5), ("2026-02-01", None, 6), ("2026-03-10", Some("2026-01-15"), 9)],
    &[("2026-01-14", Some(5)), ("2026-01-15", Some(9)), ("2026-02-01", Some(9))],
)]
#[case::two_words_of_a_day(
    &[("2026-01-01", None, 5), ("2026-03-10", None, 6), ("2026-03-10", None, 7)],
    &[("2026-03-09", Some(5)), ("2026-03-10", Some(7))],
)]
fn each_word_counts_from_its_day_on(
    #[case] words: &[(&str, Option<&str>, u32)],
    #[case] expected: &[(&str, Option<u32>)],
) {
    let word = |(today, from, quantity): &(&str, Option<&str>, u32)| {
        let statement = said(lasting(Some(*quantity), on("2026-01-01"), None));
        (on(today), Statement { effective_on: from.map(on), ..statement })
    };
    let one = after_all(&words.iter().map(word).collect::<Vec<_>>());
    let purchased = expected.iter().map(|(day, _)| (*day, one.purchased_on(on(day)).flatten()));
    assert_eq!(purchased.collect::<Vec<_>>(), expected);
}

/// Given an entitlement of a year, when its end is moved, then days that are past stay as they were,
/// even where it was over by the old word.
#[test]
fn a_renewal_after_the_end_does_not_fill_the_days_between() {
    let until = |end| said(lasting(Some(5), on("2025-01-01"), on(end)));
    let one = after_all(&[
        (on("2025-01-01"), until("2025-12-31")),
        (on("2026-03-01"), until("2026-12-31")),
    ]);
    let purchased = |day| one.purchased_on(on(day));
    assert_eq!(purchased("2026-01-30"), Some(Some(5)));
    assert_eq!(purchased("2026-01-31"), None);
    assert_eq!(purchased("2026-02-28"), None);
    assert_eq!(purchased("2026-03-01"), Some(Some(5)));
    assert_eq!(one.expiry(on("2026-03-01")), Some(on("2026-12-31")));
}

#[test]
fn the_same_word_again_is_not_kept_again() {
    let word = |today| (on(today), said(lasting(Some(5), on("2026-01-01"), None)));
    assert_eq!(after_all(&[word("2026-01-01"), word("2026-02-01")]).terms.len(), 1);
}

/// Given more changes than are kept, when there is another, then the oldest goes and the others stay.
#[test]
fn of_many_terms_the_oldest_go_first() {
    let word = |number: u32| {
        let today = after(samples::FIRST, number.into());
        (today, said(lasting(Some(number), samples::FIRST, None)))
    };
    let all: Vec<_> = (0..=60).map(word).collect();
    assert_eq!(after_all(&all[..60]).terms.len(), 60);
    let one = after_all(&all);
    assert_eq!(one.terms.len(), 60);
    assert_eq!(one.purchased_on(samples::FIRST), None);
    assert_eq!(one.purchased_on(after(samples::FIRST, 1)), Some(Some(1)));
    assert_eq!(one.purchased_on(after(samples::FIRST, 60)), Some(Some(60)));
}

#[test]
fn the_vendors_word_replaces_all_but_the_past() {
    let terms = lasting(Some(5), on("2026-01-01"), None);
    let known = after_word(None, said(terms), on("2026-01-01"));
    let order_id = Some("so-1".parse().expect("a number"));
    let word = Statement { kind: Granted, auto_renew: true, order_id, ..said(terms) };
    let changed = after_word(Some(&known), word.clone(), on("2026-02-01"));
    assert_eq!((changed.kind, changed.auto_renew), (Granted, true));
    assert_eq!((changed.order_id, changed.stage), (word.order_id, Stage::Stated));
}

#[test]
fn an_entitlement_stays_with_its_service() {
    let terms = lasting(Some(5), on("2026-01-01"), None);
    let known = after_word(None, said(terms), on("2026-01-01"));
    let other = Statement { service: "vdi".parse().expect("a code"), ..said(terms) };
    let refused = Entitlement::state_terms(
        known.entitlement_id.clone(),
        Some(&known),
        other,
        on("2026-02-01"),
    );
    assert_eq!(refused, Err(StatementRefusal::OtherService));
}

/// Given a trial that an account asked for, when the vendor decides, then it is granted or declined; it
/// cannot be stated over, whatever the statement says.
#[test]
fn a_trial_request_is_decided_and_not_overwritten() {
    let today = on("2026-03-01");
    let service: ServiceCode = "daas".parse().expect("a code");
    let asked = Entitlement::request_trial(service, Instant::default());
    assert!(asked.entitlement_id.as_str().starts_with("trl_"));
    let declined = asked.clone().declined();
    for (one, state) in [(&asked, Pending), (&declined, Declined)] {
        assert_eq!((one.state(today), one.purchased_on(today)), (state, None));
        let word = said(lasting(Some(5), today, None));
        let id = one.entitlement_id.clone();
        let refused = Entitlement::state_terms(id, Some(one), word, today);
        assert_eq!(refused, Err(StatementRefusal::TrialRequest));
    }
    let (starts_on, ends_on) = (today, after(today, 13));
    let granted = asked.clone().granted(Grant { quantity: Some(3), starts_on, ends_on });
    assert_eq!(granted.entitlement_id, asked.entitlement_id);
    assert_eq!(granted.state(today), Active);
    assert_eq!(granted.purchased_on(ends_on), Some(Some(3)));
    assert_eq!(granted.state(after(ends_on, 1)), Expired);
    let word = Statement { kind: Trial, ..said(lasting(Some(3), starts_on, after(ends_on, 14))) };
    assert_eq!(after_word(Some(&granted), word, ends_on).state(after(ends_on, 1)), Active);
}

/// An account's entitlements are all read for one summary: what is usual takes no room.
#[test]
fn an_entitlement_is_kept_by_numbers_without_what_is_usual() {
    let bought = entitlement(Purchased, [lasting(Some(5), on("1970-01-11"), on("1970-01-31"))]);
    let kept = json!({
        "entitlementId": "ent-1", "service": "daas", "kind": "purchased", "terms": [[10, 5, 10, 30]],
    });
    assert_eq!(serde_json::to_value(bought).expect("strings and numbers"), kept);
    let endless = entitlement(Trial, [lasting(None, on("1970-01-11"), None)]);
    let unusual = Entitlement {
        stage: Stage::Declined,
        auto_renew: true,
        order_id: Some("so-1".parse().expect("a number")),
        ..endless
    };
    let kept = json!({
        "entitlementId": "ent-1", "service": "daas", "kind": "trial", "stage": "declined",
        "terms": [[10, null, 10, null]], "autoRenew": true, "orderId": "so-1",
    });
    assert_eq!(serde_json::to_value(unusual).expect("strings and numbers"), kept);
}
