//! What the vendor says of an entitlement, and what is kept of it.

use proptest::collection::vec;

use super::*;

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
        let one = after_all(&statements);
        prop_assert_eq!(one.purchased_on(day), expected);
        prop_assert!(one.terms.is_sorted_by(|earlier, later| earlier.from < later.from));
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
    let all: Vec<_> = (0..=450).map(word).collect();
    assert_eq!(after_all(&all[..450]).terms.len(), 450);
    let one = after_all(&all);
    assert_eq!(one.terms.len(), 450);
    assert_eq!(one.purchased_on(samples::FIRST), None);
    assert_eq!(one.purchased_on(after(samples::FIRST, 1)), Some(Some(1)));
    // What changes every day is remembered for the 13 months that trends go back.
    assert_eq!(one.purchased_on(after(samples::FIRST, 450 - 397)), Some(Some(450 - 397)));
    assert_eq!(one.purchased_on(after(samples::FIRST, 450)), Some(Some(450)));
}

/// Given terms that count from a day after the first, when asked before that day, then it is upcoming
/// and nothing is purchased; from that day on both say that it may be used.
#[test]
fn what_counts_later_may_not_be_used_before() {
    let terms = lasting(Some(7), on("2026-11-01"), Some(on("2026-12-10")));
    let word = Statement { effective_on: Some(on("2026-12-01")), ..said(terms) };
    let one = after_word(None, word, on("2026-11-26"));
    for (day, state, purchased) in [
        ("2026-11-30", EntitlementState::Upcoming, None),
        ("2026-12-01", EntitlementState::Active, Some(Some(7))),
        ("2026-12-11", EntitlementState::Grace, Some(Some(7))),
    ] {
        assert_eq!((one.state(on(day)), one.purchased_on(on(day))), (state, purchased), "{day}");
    }
    assert_eq!(one.next_turn(on("2026-11-26")), Some(on("2026-12-01")));
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
    assert!(granted.stage.is_stated() && granted.stage.was_requested());
    assert_eq!(granted.state(today), Active);
    assert_eq!(granted.purchased_on(ends_on), Some(Some(3)));
    assert_eq!(granted.state(after(ends_on, 1)), Expired);
    let word = Statement { kind: Trial, ..said(lasting(Some(3), starts_on, after(ends_on, 14))) };
    let prolonged = after_word(Some(&granted), word, ends_on);
    assert_eq!(prolonged.state(after(ends_on, 1)), Active);
    assert_eq!(prolonged.stage, Stage::Approved, "the account had asked for it");
}
