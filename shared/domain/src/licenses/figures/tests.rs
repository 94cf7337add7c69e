use proptest::{collection::vec, prelude::*};
use rstest::rstest;

use super::*;
use crate::licenses::{
    oracle::{self, Holder, days, earliest, histories, on},
    usage::Happening,
};

/// Holders of one kind and what has happened to them within 13 months.
fn holders() -> impl Strategy<Value = (NaiveDate, Vec<Vec<Happening>>)> {
    days().prop_flat_map(|now| (Just(now), vec(histories(earliest(now), now, 14), 0..6)))
}

/// Holders as they stand after what has happened.
fn standing(holders: &[Vec<Happening>]) -> Holders {
    let Changes { assigned, last_active, months, .. } =
        oracle::figures(holders.iter().map(Vec::as_slice));
    let newly = months.iter().map(|(month, counts)| (*month, counts.newly())).collect();
    Holders { assigned, last_active, newly }
}

fn count_of(holders: &[Vec<Happening>], is_one: impl Fn(Holder) -> bool) -> i64 {
    let found = holders.iter().filter(|heard| is_one(Holder::of(heard))).count();
    i64::try_from(found).expect("a few")
}

proptest! {
    /// Given holders, when it is asked how many were active since a day of the last months, then they
    /// are the distinct ones that were.
    #[test]
    fn who_was_active_since_a_day_is_counted_once((now, holders) in holders(), back in 0_u64..300) {
        let from = before(now, back);
        let expected = count_of(&holders, |holder| holder.is_active_in((from, now)));
        prop_assert_eq!(standing(&holders).active_since(from), expected);
    }

    /// Given holders, when it is asked how many are assigned since this month, then they are those that
    /// are assigned now and whose assignment began in it.
    #[test]
    fn who_is_newly_assigned_began_in_this_month((now, holders) in holders()) {
        let month = Month::of(now);
        let expected = count_of(&holders, |holder| holder.is_new_at_end_of((month.first_day(), now)));
        let standing = standing(&holders);
        prop_assert_eq!(standing.newly_since(month), expected);
        prop_assert!(expected <= standing.assigned);
    }

    /// Given a month of the past, when its figures are looked at, then they tell who began in it and was
    /// assigned at its end, and by how much more were assigned then than before.
    #[test]
    fn a_month_tells_who_is_new_and_by_how_much_it_grew((now, holders) in holders(), back in 0_u32..13) {
        let month = Month::of(now).back(back);
        let (first, last) = (month.first_day(), month.last_day());
        let counts = oracle::figures(holders.iter().map(Vec::as_slice)).months;
        let counts = counts.get(&month).copied().unwrap_or_default();
        let new = count_of(&holders, |holder| holder.is_new_at_end_of((first, last)));
        prop_assert_eq!(counts.newly(), new);
        let assigned = |day| count_of(&holders, |holder| holder.is_assigned_at_end_of(day));
        prop_assert_eq!(counts.growth(), assigned(last) - assigned(before(first, 1)));
    }

    /// Given changes, when they are added and taken back, then nothing is left of them.
    #[test]
    fn what_is_taken_back_leaves_nothing((_, holders) in holders()) {
        let figures = oracle::figures(holders.iter().map(Vec::as_slice));
        let mut sum = Changes::default();
        sum.add(&figures, 2);
        prop_assert_eq!(sum.is_empty(), figures.is_empty());
        sum.add(&figures, -1);
        prop_assert_eq!(&sum, &figures);
        sum.add(&figures, -1);
        sum.tidy();
        prop_assert!(sum.is_empty());
        prop_assert_eq!(sum, Changes::default());
    }
}

#[test]
fn each_kind_of_figure_alone_is_a_change() {
    let counts = PeriodCounts { active: 1, ..PeriodCounts::default() };
    let day = on("2026-03-01");
    let changes = [
        Changes { assigned: 1, ..Changes::default() },
        Changes { last_active: [(day, 1)].into(), ..Changes::default() },
        Changes { days: [(day, counts)].into(), ..Changes::default() },
        Changes { months: [(Month::of(day), counts)].into(), ..Changes::default() },
    ];
    assert!(changes.iter().all(|change| !change.is_empty()));
}

fn last_active(days: [(&str, i64); 4]) -> Holders {
    let last_active = days.into_iter().map(|(day, count)| (on(day), count)).collect();
    Holders { last_active, ..Holders::default() }
}

/// Given a run on the first of March, when active holders are asked for, then 30 days are the run's
/// own and 29 before it.
#[rstest]
#[case::month_of_users(LicenseModel::User, Span::Month, 7, "2024-02-01")]
#[case::day_of_users(LicenseModel::User, Span::Day, 1, "2024-03-01")]
#[case::month_of_the_smaller(LicenseModel::UserDevice, Span::Month, 3, "2024-02-01")]
#[case::day_of_the_smaller(LicenseModel::UserDevice, Span::Day, 1, "2024-03-01")]
fn active_holders_are_those_of_30_days_or_of_one(
    #[case] model: LicenseModel,
    #[case] span: Span,
    #[case] users: u64,
    #[case] from: NaiveDate,
) {
    let holders = |days: [i64; 4]| {
        let [before, first, between, today] = days;
        last_active([
            ("2024-01-31", before),
            ("2024-02-01", first),
            ("2024-02-29", between),
            ("2024-03-01", today),
        ])
    };
    let current = Current { users: holders([8, 4, 2, 1]), devices: holders([90, 0, 1, 2]) };
    let to = on("2024-03-01");
    assert_eq!(current.active(model, span, to), Active { users, from, to });
}

#[test]
fn of_two_kinds_each_figure_is_the_smaller_by_itself() {
    let (february, march) = (Month::of(on("2026-02-01")), Month::of(on("2026-03-01")));
    let users =
        Holders { assigned: 10, newly: [(february, 5), (march, 1)].into(), ..Holders::default() };
    let devices = Holders { assigned: 4, newly: [(march, 3)].into(), ..Holders::default() };
    let current = Current { users, devices };
    assert_eq!(current.assigned(LicenseModel::User), 10);
    assert_eq!(current.assigned(LicenseModel::UserDevice), 4);
    assert_eq!(current.newly_assigned(LicenseModel::User, march), 1);
    assert_eq!(current.newly_assigned(LicenseModel::UserDevice, march), 1);
    assert_eq!(current.newly_assigned(LicenseModel::UserDevice, february), 3);
    let sums = Both { users: 3, devices: -2 };
    assert_eq!(sums.plus(sums), Both { users: 6, devices: -4 });
    assert_eq!(sums.minus(sums), Both::default());
}

#[rstest]
#[case(-1, 0)]
#[case(0, 0)]
#[case(7, 7)]
fn no_figure_is_negative_for_people(#[case] figure: i64, #[case] shown: u64) {
    assert_eq!(count(figure), shown);
}
