use proptest::{collection::btree_set, prelude::*};
use rstest::rstest;

use super::*;
use crate::licenses::{
    Quantity,
    oracle::on,
    samples::{self, entitlement, entitlements, lasting, stated},
};

use EntitlementKind::{Granted, Purchased, Trial};
use LicenseNotice::{
    EntitlementEnded, EntitlementExpiring, TrialApproved, TrialDeclined, TrialExpired,
};

/// What an account is told by runs on some days, having been told of everything before the first.
fn told(
    entitlement: &Entitlement,
    runs: impl IntoIterator<Item = NaiveDate>,
) -> Vec<(NaiveDate, LicenseNotice)> {
    let mut runs = runs.into_iter();
    let mut told = runs.next().expect("some runs");
    let of_run = |today| {
        let notice = entitlement.notice(told, today);
        told = today;
        notice.map(|notice| (today, notice))
    };
    runs.filter_map(of_run).collect()
}

fn every_day(from: &str, to: &str) -> impl Iterator<Item = NaiveDate> {
    let to = on(to);
    on(from).iter_days().take_while(move |day| *day <= to)
}

fn expiring(days_left: i64) -> LicenseNotice {
    EntitlementExpiring { days_left }
}

proptest! {
    /// Given an entitlement and runs on some days only, when each tells what it has to, then it is one
    /// thing at most, nothing that was told before, and the truth on that day.
    #[test]
    fn runs_on_any_days_tell_each_thing_once_and_truly(
        one in stated(), runs in btree_set(samples::days(), 1..60),
    ) {
        // The terms of one day, so that the end does not move.
        let one = one.as_of(samples::FIRST);
        let end = one.terms_on(samples::FIRST).and_then(|terms| terms.ends_on);
        let mut least_threshold = u64::MAX;
        let mut is_over = false;
        for (today, notice) in told(&one, runs) {
            prop_assert!(!is_over, "{:?} after the end", notice);
            let days_left = (end.expect("only what ends is told of") - today).num_days();
            let EntitlementExpiring { days_left: said } = notice else {
                let expected = if one.kind == Trial { (TrialExpired, -1) } else { (EntitlementEnded, -31) };
                prop_assert_eq!(notice, expected.0);
                prop_assert!(days_left <= expected.1);
                is_over = true;
                continue;
            };
            prop_assert_eq!(said, days_left);
            prop_assert!(days_left >= 0 && one.expires_soon(today));
            let reached = |days: &&u64| i64::try_from(**days).is_ok_and(|days| days_left <= days);
            let threshold = THRESHOLDS.iter().filter(reached).min().expect("90 days or less");
            prop_assert!(*threshold < least_threshold, "told of {} days before", threshold);
            least_threshold = *threshold;
        }
    }

    /// Given runs on some days only, when a threshold was reached since the last one or something is
    /// over since, then the next one tells it.
    #[test]
    fn no_run_misses_what_was_reached_since_the_last(
        one in stated(), last in samples::days(), days in 1_u64..120,
    ) {
        let one = one.as_of(samples::FIRST);
        let today = after(last, days);
        let end = one.terms_on(today).and_then(|terms| terms.ends_on);
        // How many days were left at the last run, and are now.
        let left = end.map(|end| ((end - last).num_days(), (end - today).num_days()));
        let crossed = |left: (i64, i64), days: i64| days < left.0 && left.1 <= days;
        let expected = left.and_then(|left| {
            if crossed(left, if one.kind == Trial { -1 } else { -31 }) {
                return Some(if one.kind == Trial { TrialExpired } else { EntitlementEnded });
            }
            let is_near = [90, 60, 30, 7, 1].into_iter().any(|days| crossed(left, days));
            (is_near && one.expiry(today).is_some()).then_some(expiring(left.1))
        });
        prop_assert_eq!(one.notice(last, today), expected);
    }

    /// Given a day and the next on which something turns, when the days between are looked at, then all
    /// is there as on the first, and nothing is told.
    #[test]
    fn between_two_turns_nothing_changes(one in entitlements(), day in samples::days()) {
        let end = one.next_turn(day).unwrap_or(after(samples::FIRST, 1_000));
        prop_assert!(day < end);
        let at = |day| (one.state(day), one.purchased_on(day), one.expires_soon(day), one.expiry(day));
        for between in day.iter_days().skip(1).take_while(|between| *between < end) {
            prop_assert_eq!(at(between), at(day));
            prop_assert_eq!(one.notice(before(between, 1), between), None);
            prop_assert_eq!(one.next_turn(between), one.next_turn(day));
        }
    }

    /// Given runs only where something turns, when they tell what they have to, then it is what runs of
    /// every day tell.
    #[test]
    fn runs_on_the_turns_tell_what_runs_of_every_day_tell(one in entitlements(), first in samples::days()) {
        let daily = first.iter_days().take_while(|day| *day < after(samples::FIRST, 1_000));
        // Four terms of nine days at most: more would be turns that never come to an end.
        let turns = std::iter::successors(Some(first), |day| one.next_turn(*day)).take(100);
        prop_assert_eq!(told(&one, turns), told(&one, daily));
    }
}

/// Given an entitlement of a year, when a run comes every day, then each threshold is told once on its
/// day, and the end once: of a trial on the day after, of others after their grace.
#[rstest]
#[case::purchased(Purchased, "2025-01-31", EntitlementEnded)]
#[case::granted(Granted, "2025-01-31", EntitlementEnded)]
#[case::trial(Trial, "2025-01-01", TrialExpired)]
fn daily_runs_tell_each_threshold_once(
    #[case] kind: EntitlementKind,
    #[case] over: NaiveDate,
    #[case] end: LicenseNotice,
) {
    let one = entitlement(kind, [lasting(Some(5), on("2024-01-01"), on("2024-12-31"))]);
    let expected = [
        (on("2024-10-02"), expiring(90)),
        (on("2024-11-01"), expiring(60)),
        (on("2024-12-01"), expiring(30)),
        (on("2024-12-24"), expiring(7)),
        (on("2024-12-30"), expiring(1)),
        (over, end),
    ];
    assert_eq!(told(&one, every_day("2023-12-31", "2026-12-31")), expected);
}

#[test]
fn the_end_of_what_renews_by_itself_is_nobodys_worry_until_it_has_ended() {
    let terms = lasting(Some(5), on("2024-01-01"), on("2024-12-31"));
    let one = Entitlement { auto_renew: true, ..entitlement(Purchased, [terms]) };
    assert_eq!(told(&one, every_day("2024-01-01", "2025-01-30")), []);
    // It did not renew.
    let ended = [(on("2025-01-31"), EntitlementEnded)];
    assert_eq!(told(&one, every_day("2025-01-30", "2026-12-31")), ended);
}

#[test]
fn what_never_ends_is_never_told_of() {
    let one = entitlement(Purchased, [lasting(Some(5), on("2024-01-01"), None)]);
    assert_eq!(told(&one, every_day("2023-12-31", "2026-12-31")), []);
    assert_eq!(one.next_turn(on("2023-12-31")), Some(on("2024-01-01")));
    assert_eq!(one.next_turn(on("2024-01-01")), None);
}

/// Given an entitlement that ends in a week, when its end is moved away before a run that is late, then
/// nothing is told of the old end, and the new one has its own thresholds.
#[test]
fn after_a_renewal_only_the_new_end_is_told_of() {
    let old = lasting(Some(5), on("2024-01-01"), on("2024-12-31"));
    let renewed = Terms { from: on("2024-12-25"), ends_on: Some(on("2025-12-31")), ..old };
    let one = entitlement(Purchased, [old, renewed]);
    assert_eq!(one.notice(on("2024-12-20"), on("2024-12-26")), None);
    let days_before = |days| on("2025-12-31") - chrono::TimeDelta::days(days);
    let expected = [90, 60, 30, 7, 1].map(|days| (days_before(days), expiring(days)));
    assert_eq!(told(&one, every_day("2024-12-25", "2025-12-31")), expected);
}

/// Given a run after several things have turned, when it tells, then it is the last of them.
#[rstest]
#[case::two_thresholds("2026-03-01", "2026-05-02", Some(expiring(29)))]
#[case::on_the_last_day("2026-05-29", "2026-05-31", Some(expiring(0)))]
#[case::in_grace("2026-05-29", "2026-06-01", None)]
#[case::over("2026-05-29", "2026-07-01", Some(EntitlementEnded))]
#[case::told_of_the_threshold("2026-05-01", "2026-05-02", None)]
#[case::told_of_the_end("2026-07-01", "2026-07-02", None)]
fn a_late_run_tells_the_last_of_what_has_turned(
    #[case] told: NaiveDate,
    #[case] today: NaiveDate,
    #[case] expected: Option<LicenseNotice>,
) {
    let one = entitlement(Purchased, [lasting(Some(5), on("2026-01-01"), on("2026-05-31"))]);
    assert_eq!(one.notice(told, today), expected);
}

#[test]
fn nothing_is_told_of_what_has_not_begun() {
    let one = entitlement(Purchased, [lasting(Some(5), on("2026-03-01"), on("2026-03-14"))]);
    let expected = [(on("2026-03-07"), expiring(7)), (on("2026-03-13"), expiring(1))];
    assert_eq!(told(&one, every_day("2025-12-01", "2026-03-31")), expected);
}

#[test]
fn a_trial_that_is_not_decided_turns_on_no_day() {
    let service = "daas".parse().expect("a code");
    let asked = Entitlement::request_trial(service, Instant::default());
    for one in [asked.clone(), asked.declined()] {
        assert_eq!(one.next_turn(NaiveDate::MIN), None);
        assert_eq!(one.notice(NaiveDate::MIN, NaiveDate::MAX), None);
    }
}

/// Given a notice, when it is notified, then it has its code of the contract, says in both languages
/// what it is about and the day, and partners that are shown notifications see it.
#[rstest]
#[case(
    TrialApproved,
    "trial-approved",
    Severity::Information,
    "The entitlement to DaaS (5 licences) may be used from 2026-03-01 to 2026-03-31."
)]
#[case(
    TrialDeclined,
    "trial-declined",
    Severity::Warning,
    "The entitlement to DaaS (5 licences) that was asked for was not granted."
)]
#[case(
    TrialExpired,
    "trial-expired",
    Severity::Warning,
    "The entitlement to DaaS (5 licences) ended on 2026-03-31."
)]
#[case(
    expiring(31),
    "entitlement-expiring",
    Severity::Information,
    "The entitlement to DaaS (5 licences) ends on 2026-03-31."
)]
#[case(
    expiring(30),
    "entitlement-expiring",
    Severity::Warning,
    "The entitlement to DaaS (5 licences) ends on 2026-03-31."
)]
#[case(
    EntitlementEnded,
    "entitlement-ended",
    Severity::Error,
    "The entitlement to DaaS (5 licences) ended on 2026-03-31, and its grace period is over."
)]
fn a_notice_is_notified_by_its_code_and_in_both_languages(
    #[case] notice: LicenseNotice,
    #[case] code: &str,
    #[case] severity: Severity,
    #[case] message: &str,
) {
    let to = AccountId::mint(Instant::default());
    let one = entitlement(Purchased, [lasting(Some(5), on("2026-03-01"), Some(on("2026-03-31")))]);
    let sent = notice.notify(to, &one, &desktops(), on("2026-03-01"), Instant::default());
    assert_eq!((sent.code.as_str(), sent.severity), (code, severity));
    assert_eq!((sent.account_id, sent.visibility), (to, Visibility::Shared));
    assert_eq!(sent.message.en, message);
    let ja = &sent.message.ja;
    assert!(ja.starts_with("デスクトップ の使用権（5 ライセンス）"), "{ja}");
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    assert_eq!(digits(ja), digits(message));
    let related = sent.related.expect("it is about an entitlement");
    assert_eq!((related.kind.as_str(), related.id.as_str()), ("entitlement", "ent-1"));
}

/// Given entitlements of each kind and quantity, when notified, then the message tells them apart.
#[rstest]
#[case(Trial, Some(1), "The trial of DaaS (1 licence) ends on 2026-03-31.")]
#[case(Granted, Some(0), "The entitlement to DaaS (0 licences) ends on 2026-03-31.")]
#[case(Purchased, None, "The entitlement to DaaS (unlimited) ends on 2026-03-31.")]
fn a_message_says_what_it_is_about(
    #[case] kind: EntitlementKind,
    #[case] quantity: Quantity,
    #[case] message: &str,
) {
    let to = AccountId::mint(Instant::default());
    let one = entitlement(kind, [lasting(quantity, on("2026-03-01"), Some(on("2026-03-31")))]);
    let sent = expiring(7).notify(to, &one, &desktops(), on("2026-03-24"), Instant::default());
    assert_eq!(sent.message.en, message);
}

/// Given a request that was declined, when notified, then there is no quantity to tell.
#[test]
fn a_declined_request_is_told_without_numbers() {
    let to = AccountId::mint(Instant::default());
    let asked = Entitlement::request_trial("daas".parse().expect("a code"), Instant::default());
    let today = on("2026-03-24");
    let sent = TrialDeclined.notify(to, &asked.declined(), &desktops(), today, Instant::default());
    assert_eq!(sent.message.en, "The trial of DaaS that was asked for was not granted.");
    assert_eq!(sent.message.ja, "デスクトップ のトライアルの申請は承認されませんでした。");
}

fn desktops() -> LocalizedText {
    LocalizedText { ja: "デスクトップ".to_owned(), en: "DaaS".to_owned() }
}
