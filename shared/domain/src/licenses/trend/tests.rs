use proptest::{collection::vec, prelude::*, sample::select};
use rstest::rstest;

use super::*;
use crate::licenses::{
    entitlement::{EntitlementKind, Terms},
    figures::{Changes, Holders},
    oracle::{Holder, days, earliest, histories, on, reordered},
    samples::{entitlement, lasting},
    usage::{Activity, Happening},
};

type Histories = Vec<Vec<Happening>>;

/// The users and devices of a service, and what has happened to them in 13 months, in any order.
fn services() -> impl Strategy<Value = (NaiveDate, Both<Histories>)> {
    let holders = |now| {
        let holder = histories(earliest(now), now, 14).prop_flat_map(reordered);
        vec(holder, 0..6)
    };
    days().prop_flat_map(move |now| {
        let both = (holders(now), holders(now));
        (Just(now), both.prop_map(|(users, devices)| Both { users, devices }))
    })
}

fn changes(holders: &Histories) -> Changes {
    let mut sum = Changes::default();
    for heard in holders {
        let mut activity = Activity::default();
        for happening in heard {
            sum.add(&activity.take(*happening), 1);
        }
    }
    sum
}

fn current(both: &Both<Histories>) -> Current {
    both.map(changes).map(|changes| Holders { assigned: changes.assigned, ..Holders::default() })
}

/// Everything that is kept of the past.
fn past(both: &Both<Histories>) -> Past {
    let Both { users, devices } = both.map(changes);
    let mut past = Past::default();
    for (day, counts) in users.days {
        past.days.entry(day).or_default().users = counts;
    }
    for (day, counts) in devices.days {
        past.days.entry(day).or_default().devices = counts;
    }
    for (month, counts) in users.months {
        past.months.entry(month).or_default().users = counts;
    }
    for (month, counts) in devices.months {
        past.months.entry(month).or_default().devices = counts;
    }
    past
}

/// As little of the past as has to be read for a range: the days of its months alone, where days are
/// asked for, and no month before them.
fn needed(mut past: Past, range: Range) -> Past {
    let (first, last) = match range {
        Range::Months(from, to) => (from, to),
        Range::Days(from, to) => (Month::of(from), Month::of(to)),
    };
    let days = range.interval() == Interval::Day;
    past.days.retain(|day, _| days && (first..=last).contains(&Month::of(*day)));
    past.months.retain(|month, _| if days { last < *month } else { first <= *month });
    past
}

/// A range of up to 13 months that ends on any day of the last 13, or on the first that has no
/// usage yet.
fn ranges(now: NaiveDate) -> impl Strategy<Value = Range> {
    let months = (0_u32..13, 0_u32..13).prop_map(move |(back, length)| {
        let to = Month::of(now).back(back);
        Range::Months(to.back(length), to)
    });
    let days = (0_u64..390, 0_u64..390).prop_map(move |(back, length)| {
        let to = now - Days::new(back);
        Range::Days(to - Days::new(length), to)
    });
    prop_oneof![months, days]
}

/// The names of the periods of a range, each with its first and last day, by what their days say.
fn periods(range: Range) -> BTreeMap<String, (NaiveDate, NaiveDate)> {
    let (first, last, name) = match range {
        Range::Months(from, to) => (from.first_day(), to.last_day(), "%Y-%m"),
        Range::Days(from, to) => (from, to, "%Y-%m-%d"),
    };
    let mut periods = BTreeMap::new();
    for day in first.iter_days().take_while(|day| *day <= last) {
        let (_, end) = periods.entry(day.format(name).to_string()).or_insert((day, day));
        *end = day;
    }
    periods
}

/// How many of the holders are so, or how often they were.
fn count_of(holders: &Histories, of_one: &dyn Fn(&Holder) -> i64) -> u64 {
    count(holders.iter().map(|heard| of_one(&Holder::of(heard))).sum())
}

proptest! {
    /// Given users and devices and all that has happened, when a trend is asked for, then each period
    /// says what counting its holders one by one says, of either model.
    #[test]
    fn each_period_says_what_counting_its_holders_says(
        ((now, holders), range) in services().prop_flat_map(|(now, holders)| {
            (Just((now, holders)), ranges(now))
        }),
        model in select(vec![LicenseModel::User, LicenseModel::UserDevice]),
        late in 0_u64..3,
    ) {
        let as_of = now - Days::new(late);
        let (current, whole) = (current(&holders), past(&holders));
        let course =
            Course { model, entitlements: &[], current: &current, past: &whole, as_of, today: now };
        let points = course.points(range);
        // No more has to be read than the range needs.
        let past = needed(whole.clone(), range);
        prop_assert_eq!(&Course { past: &past, ..course }.points(range), &points);

        let expected: Vec<_> = periods(range).into_iter().map(|(period, (first, last))| {
            let figure = |of_one: &dyn Fn(&Holder) -> i64| {
                let users = count_of(&holders.users, of_one);
                let devices = count_of(&holders.devices, of_one);
                if model == LicenseModel::User { users } else { users.min(devices) }
            };
            let assigned = figure(&|holder| holder.is_assigned_at_end_of(last).into());
            let newly_assigned = figure(&|holder| holder.is_new_at_end_of((first, last)).into());
            Point {
                period,
                purchased: Some(0),
                assigned,
                utilization: None,
                previously_assigned: assigned - newly_assigned,
                newly_assigned,
                // On the first and on the last day of a month, one holder can be released twice.
                released: figure(&|holder| holder.counts((first, last)).released),
                active_users: figure(&|holder| holder.is_active_in((first, last)).into()),
                complete: last < as_of,
            }
        }).collect();
        prop_assert_eq!(points, expected);
    }

    /// Given any range that is asked for, when it is taken, then it is of 13 months at most, its ends are
    /// in order, and it reads back from its own ends.
    #[test]
    fn a_range_that_is_taken_reads_back_from_its_ends(
        now in days(), from in 0_u64..500, to in 0_u64..500, by_month: bool, late in 0_u64..3,
    ) {
        let (interval, name) =
            if by_month { (Interval::Month, "%Y-%m") } else { (Interval::Day, "%Y-%m-%d") };
        let period = |back| (now + Days::new(2) - Days::new(back)).format(name).to_string();
        let as_of = now - Days::new(late);
        let parse = |from: &str, to: &str| Range::parse(interval, Some(from), Some(to), as_of, now);
        let (from, to) = (period(from), period(to));
        // Names of periods sort as they do.
        let now = now.format(name).to_string();
        let (is_future, is_reversed) = (to > now, from > to);
        match parse(&from, &to) {
            Ok(range) => {
                prop_assert!(!is_future && !is_reversed);
                prop_assert_eq!(range.ends(), (from.clone(), to.clone()));
                prop_assert_eq!(range.interval(), interval);
                let periods = periods(range);
                prop_assert_eq!(periods.len(), range.periods().len());
                let most = if by_month { 13 } else { 398 };
                prop_assert!(periods.len() <= most);
            }
            Err(errors) => {
                prop_assert_eq!(errors.contains(&RangeError::Future), is_future);
                prop_assert_eq!(errors.contains(&RangeError::Reversed), is_reversed);
                prop_assert!(is_future || is_reversed || errors == [RangeError::TooLong]);
            }
        }
    }
}

const NOT_A_MONTH: Invalid = Invalid::NotAMonth;
const NOT_A_DAY: Invalid = Invalid::NotADay;

/// Given a run on the last of January 2026 and a request on the first of February, when a range is asked
/// for, then it is taken, or all that is wrong with it is said.
#[rstest]
#[case::default_months(Interval::Month, None, None, Ok(("2025-02", "2026-01")))]
#[case::default_days(Interval::Day, None, None, Ok(("2026-01-02", "2026-01-31")))]
#[case::from_a_month(Interval::Month, Some("2025-12"), None, Ok(("2025-12", "2026-01")))]
#[case::to_a_month(Interval::Month, None, Some("2024-12"), Ok(("2024-01", "2024-12")))]
#[case::to_a_leap_day(Interval::Day, None, Some("2024-02-29"), Ok(("2024-01-31", "2024-02-29")))]
#[case::this_month(Interval::Month, Some("2026-02"), Some("2026-02"), Ok(("2026-02", "2026-02")))]
#[case::today(Interval::Day, Some("2026-02-01"), Some("2026-02-01"), Ok(("2026-02-01", "2026-02-01")))]
#[case::longest_months(Interval::Month, Some("2025-01"), Some("2026-01"), Ok(("2025-01", "2026-01")))]
#[case::fourteen_months(
    Interval::Month, Some("2024-12"), Some("2026-01"), Err(&[RangeError::TooLong][..]),
)]
#[case::longest_days(
    Interval::Day, Some("2024-12-31"), Some("2026-01-31"), Ok(("2024-12-31", "2026-01-31")),
)]
#[case::one_day_longer(
    Interval::Day, Some("2024-12-30"), Some("2026-01-31"), Err(&[RangeError::TooLong][..]),
)]
#[case::longest_days_to_a_leap_day(
    Interval::Day, Some("2023-01-29"), Some("2024-02-29"), Ok(("2023-01-29", "2024-02-29")),
)]
#[case::one_day_longer_to_a_leap_day(
    Interval::Day, Some("2023-01-28"), Some("2024-02-29"), Err(&[RangeError::TooLong][..]),
)]
#[case::longest_days_from_a_short_month(
    Interval::Day, Some("2024-02-29"), Some("2025-03-31"), Ok(("2024-02-29", "2025-03-31")),
)]
#[case::reversed(Interval::Month, Some("2026-01"), Some("2025-12"), Err(&[RangeError::Reversed][..]))]
#[case::reversed_days(
    Interval::Day, Some("2026-01-02"), Some("2026-01-01"), Err(&[RangeError::Reversed][..]),
)]
#[case::future(Interval::Month, Some("2026-02"), Some("2026-03"), Err(&[RangeError::Future][..]))]
#[case::tomorrow(
    Interval::Day, Some("2026-02-01"), Some("2026-02-02"), Err(&[RangeError::Future][..]),
)]
#[case::both_ends_malformed(
    Interval::Month, Some("2026"), Some("2026-13"),
    Err(&[RangeError::From(NOT_A_MONTH), RangeError::To(NOT_A_MONTH)][..]),
)]
#[case::days_for_months(
    Interval::Month, Some("2026-01-01"), None, Err(&[RangeError::From(NOT_A_MONTH)][..]),
)]
#[case::months_for_days(
    Interval::Day, None, Some("2026-01"), Err(&[RangeError::To(NOT_A_DAY)][..]),
)]
#[case::no_leap_day(
    Interval::Day, Some("2025-02-29"), None, Err(&[RangeError::From(NOT_A_DAY)][..]),
)]
#[case::far_future(Interval::Month, None, Some("+12345-01"), Err(&[RangeError::To(NOT_A_MONTH)][..]))]
#[case::future_and_reversed(
    Interval::Month, Some("2026-04"), Some("2026-03"),
    Err(&[RangeError::Future, RangeError::Reversed][..]),
)]
#[case::future_and_too_long(
    Interval::Day, Some("2024-01-01"), Some("2026-03-01"),
    Err(&[RangeError::Future, RangeError::TooLong][..]),
)]
#[case::malformed_and_future(
    Interval::Month, Some("x"), Some("2026-03"),
    Err(&[RangeError::From(NOT_A_MONTH), RangeError::Future][..]),
)]
fn a_range_is_taken_or_all_that_is_wrong_is_said(
    #[case] interval: Interval,
    #[case] from: Option<&str>,
    #[case] to: Option<&str>,
    #[case] expected: Result<(&str, &str), &[RangeError]>,
) {
    let parsed = Range::parse(interval, from, to, on("2026-01-31"), on("2026-02-01"));
    let ends = parsed.map(Range::ends);
    let expected = expected.map(|(from, to)| (from.to_owned(), to.to_owned()));
    assert_eq!(ends, expected.map_err(<[_]>::to_vec));
}

/// What three users come to: one since January, released in March, again in April; one since February;
/// one in March alone.
fn three_users() -> Both<Histories> {
    let active = |day: &str| Happening::Active(on(day));
    let released = |day: &str| Happening::Released(on(day));
    let users = vec![
        vec![active("2024-01-31"), released("2024-03-31"), active("2024-04-01")],
        vec![active("2024-02-29"), active("2024-04-01")],
        vec![active("2024-03-01"), released("2024-03-31")],
    ];
    Both { users, devices: Vec::new() }
}

fn point(period: &str, assigned: u64, newly_assigned: u64, released: u64, active: u64) -> Point {
    Point {
        period: period.to_owned(),
        purchased: Some(4),
        assigned,
        utilization: ratio(assigned, Some(4)),
        previously_assigned: assigned - newly_assigned,
        newly_assigned,
        released,
        active_users: active,
        complete: true,
    }
}

fn trend(interval: Interval, from: &str, to: &str, terms: &[Terms]) -> Vec<Point> {
    let (as_of, today) = (on("2024-04-02"), on("2024-04-03"));
    let range = Range::parse(interval, Some(from), Some(to), as_of, today).expect("a range");
    let holders = three_users();
    let (current, past) = (current(&holders), past(&holders));
    let entitlements = [entitlement(EntitlementKind::Purchased, terms.iter().copied())];
    let entitlements = &entitlements;
    let model = LicenseModel::User;
    Course { model, entitlements, current: &current, past: &past, as_of, today }.points(range)
}

#[test]
fn months_show_who_came_and_who_went() {
    let expected = [
        point("2023-12", 0, 0, 0, 0),
        point("2024-01", 1, 1, 0, 1),
        point("2024-02", 2, 1, 0, 1),
        // Who began and was released in it is neither new nor was there before.
        point("2024-03", 1, 0, 2, 1),
        Point { complete: false, ..point("2024-04", 2, 1, 0, 2) },
    ];
    let always = lasting(Some(4), on("2023-01-01"), None);
    assert_eq!(trend(Interval::Month, "2023-12", "2024-04", &[always]), expected);
}

#[test]
fn days_show_who_came_and_who_went() {
    let always = lasting(Some(4), on("2023-01-01"), None);
    let leap = trend(Interval::Day, "2024-02-28", "2024-03-01", &[always]);
    let expected = [
        point("2024-02-28", 1, 0, 0, 0),
        point("2024-02-29", 2, 1, 0, 1),
        point("2024-03-01", 3, 1, 0, 1),
    ];
    assert_eq!(leap, expected);
    let last = trend(Interval::Day, "2024-03-30", "2024-04-03", &[always]);
    let expected = [
        point("2024-03-30", 3, 0, 0, 0),
        point("2024-03-31", 1, 0, 2, 0),
        point("2024-04-01", 2, 1, 0, 2),
        Point { complete: false, ..point("2024-04-02", 2, 0, 0, 0) },
        Point { complete: false, ..point("2024-04-03", 2, 0, 0, 0) },
    ];
    assert_eq!(last, expected);
}

/// Given terms that changed, when a trend is asked for, then each period has what was purchased at its
/// end, and the present one what is today.
#[test]
fn the_purchased_of_a_period_is_that_of_its_end() {
    let (start, end) = (on("2024-01-31"), on("2024-04-02"));
    let first = lasting(Some(2), start, end);
    let later = |from, quantity| Terms { from: on(from), quantity, ..first };
    let terms = [
        first,
        later("2024-02-29", None),
        later("2024-03-02", Some(4)),
        // Still to come on the third of April.
        later("2024-04-04", Some(9)),
    ];
    let purchased = |interval, from, to| {
        let points = trend(interval, from, to, &terms).into_iter();
        points.map(|point| (point.purchased, point.utilization)).collect::<Vec<_>>()
    };
    let by_month = [
        (Some(0), None),
        (Some(2), Some(0.5)),
        (None, None),
        (Some(4), Some(0.25)),
        (Some(4), Some(0.5)),
    ];
    assert_eq!(purchased(Interval::Month, "2023-12", "2024-04"), by_month);
    let by_day = [(Some(2), Some(0.5)), (None, None), (None, None), (Some(4), Some(0.75))];
    assert_eq!(purchased(Interval::Day, "2024-02-28", "2024-03-02"), by_day);
}

/// Given a run that left figures half-way, when a trend is asked for, then no figure is negative.
#[test]
fn no_figure_of_a_period_is_negative() {
    let holders = three_users();
    let (current, past) = (Current::default(), past(&holders));
    let (as_of, today) = (on("2024-04-02"), on("2024-04-03"));
    let model = LicenseModel::User;
    let course = Course { model, entitlements: &[], current: &current, past: &past, as_of, today };
    for point in course.points(Range::Months(Month::of(on("2024-01-01")), Month::of(today))) {
        assert_eq!(point.assigned, point.previously_assigned + point.newly_assigned);
    }
}
