use proptest::{collection::vec, prelude::*};
use rstest::rstest;

use super::*;
use crate::licenses::{
    MAX_MONTHS,
    figures::PeriodCounts,
    oracle::{self, Holder, days, earliest, histories, on, reordered},
};

/// Lets all of it happen; gives the sum of what moved.
fn take_all(activity: &mut Activity, happenings: &[Happening]) -> Changes {
    let mut sum = Changes::default();
    for happening in happenings {
        sum.add(&activity.take(*happening), 1);
    }
    sum.tidy();
    sum
}

/// `+` before a day on which a holder is active, `-` before one on which its licence is released.
fn happenings(text: &str) -> Vec<Happening> {
    let happening = |word: &str| {
        let (kind, day) = word.split_at(1);
        if kind == "+" { Happening::Active(on(day)) } else { Happening::Released(on(day)) }
    };
    text.split_whitespace().map(happening).collect()
}

/// The months of figures by their names, each with its active, started, released, and both.
fn months(figures: &Changes) -> Vec<(String, [i64; 4])> {
    let numbers = |one: &PeriodCounts| [one.active, one.started, one.released, one.both];
    figures.months.iter().map(|(month, counts)| (month.to_string(), numbers(counts))).collect()
}

/// Holders of whom everything falls into the 13 months before a day, in an order of their own.
fn recent() -> impl Strategy<Value = (NaiveDate, Vec<Vec<Happening>>)> {
    days().prop_flat_map(|now| {
        let holder = histories(earliest(now), now, 14).prop_flat_map(reordered);
        (Just(now), vec(holder, 1..4))
    })
}

/// What is heard of one holder in three years, as it is heard.
fn long() -> impl Strategy<Value = (NaiveDate, Vec<Happening>)> {
    days().prop_flat_map(|now| (Just(now), histories(now - chrono::Months::new(36), now, 60)))
}

proptest! {
    /// Given holders of whom is heard in any order, again and late, when it is all taken, then what
    /// moved adds up to the figures of the definition.
    #[test]
    fn in_any_order_the_changes_add_up_to_the_definition((_, holders) in recent()) {
        let mut sum = Changes::default();
        for holder in &holders {
            sum.add(&take_all(&mut Activity::default(), holder), 1);
        }
        sum.tidy();
        prop_assert_eq!(sum, oracle::figures(holders.iter().map(Vec::as_slice)));
    }

    /// Given the same, when the figures of some of the last 13 months are asked of the holders, then
    /// they are those of the definition.
    #[test]
    fn what_holders_contribute_adds_up_to_the_definition(
        (now, holders) in recent(), back in 0..=MAX_MONTHS,
    ) {
        let first = Month::of(now).back(back);
        let mut sum = Changes::default();
        for holder in &holders {
            let mut activity = Activity::default();
            let _ = take_all(&mut activity, holder);
            sum.add(&activity.contribution(first), 1);
        }
        let all = oracle::figures(holders.iter().map(Vec::as_slice));
        prop_assert_eq!(sum, oracle::since(all, first));
    }

    /// Given years in which the oldest days and segments are forgotten, when each thing is taken as it
    /// is heard, then the figures are those of the definition all the same, and so is what is kept.
    #[test]
    fn forgetting_the_oldest_changes_no_figure((now, heard) in long(), back in 0..=MAX_MONTHS) {
        let mut activity = Activity::default();
        prop_assert_eq!(take_all(&mut activity, &heard), Holder::of(&heard).figures());
        // Only holders of whom is heard are kept for ever.
        if let Some(last) = activity.last_active() {
            let first = Month::of(last.min(now)).back(back);
            let expected = oracle::since(Holder::of(&heard).figures(), first);
            prop_assert_eq!(activity.contribution(first), expected);
        }
    }

    /// Given anything that was heard, when a holder is looked at, then it stands where the definition
    /// says.
    #[test]
    fn a_holder_stands_where_the_definition_says((now, heard) in long()) {
        let mut activity = Activity::default();
        for (count, happening) in heard.iter().enumerate() {
            let _ = activity.take(*happening);
            let holder = Holder::of(&heard[..=count]);
            let present = holder.spans().into_iter().rfind(|span| now < span.end);
            prop_assert_eq!(activity.assigned_on(), present.map(|span| span.begin));
            prop_assert_eq!(activity.last_active(), holder.last_active());
            prop_assert_eq!(activity.last_day(), holder.last_day());
        }
    }

    /// Given a holder, when something happens again, then nothing moves.
    #[test]
    fn what_has_happened_already_moves_nothing((_, heard) in long(), which: prop::sample::Index) {
        prop_assume!(!heard.is_empty());
        let mut activity = Activity::default();
        let _ = take_all(&mut activity, &heard);
        let before = activity.clone();
        prop_assert!(activity.take(heard[which.index(heard.len())]).is_empty());
        prop_assert_eq!(activity, before);
    }

    /// Given a change, when it is given, then it names nothing that does not move: each name is a write.
    #[test]
    fn a_change_names_only_what_moves((_, holders) in recent()) {
        for holder in holders {
            let mut activity = Activity::default();
            for happening in holder {
                let changes = activity.take(happening);
                let mut tidied = changes.clone();
                tidied.tidy();
                prop_assert_eq!(tidied, changes);
            }
        }
    }

    /// Given a holder, when it is kept and read back, then it is the same, and 15 months are all of it.
    #[test]
    fn a_holder_reads_back_as_it_was((_, heard) in long()) {
        let mut activity = Activity::default();
        let _ = take_all(&mut activity, &heard);
        let kept = serde_json::to_string(&activity).expect("strings and numbers");
        prop_assert_eq!(serde_json::from_str::<Activity>(&kept).expect("as written"), activity.clone());
        prop_assert!(activity.days.len() <= KEPT_MONTHS as usize);
    }
}

#[rstest]
#[case::nothing("", 0, &[])]
#[case::leap_day("+2024-02-29", 1, &[("2024-02", [1, 1, 0, 0])])]
#[case::end_of_a_leap_february(
    "+2024-02-29 +2024-03-01", 1, &[("2024-02", [1, 1, 0, 0]), ("2024-03", [1, 0, 0, 0])],
)]
#[case::end_of_a_year(
    "+2025-12-31 +2026-01-01", 1, &[("2025-12", [1, 1, 0, 0]), ("2026-01", [1, 0, 0, 0])],
)]
#[case::several_days_of_a_month("+2026-01-31 +2026-01-01 +2026-01-15", 1, &[("2026-01", [1, 1, 0, 0])])]
#[case::late_over_the_end_of_a_month(
    "+2026-03-01 +2026-02-28", 1, &[("2026-02", [1, 1, 0, 0]), ("2026-03", [1, 0, 0, 0])],
)]
#[case::late_over_the_end_of_a_year(
    "+2026-01-01 +2025-12-31", 1, &[("2025-12", [1, 1, 0, 0]), ("2026-01", [1, 0, 0, 0])],
)]
#[case::late_over_a_leap_day(
    "+2024-03-01 +2024-02-29", 1, &[("2024-02", [1, 1, 0, 0]), ("2024-03", [1, 0, 0, 0])],
)]
#[case::released(
    "+2026-01-31 -2026-03-02", 0, &[("2026-01", [1, 1, 0, 0]), ("2026-03", [0, 0, 1, 0])],
)]
#[case::released_in_the_month_of_its_begin(
    "+2026-01-01 -2026-01-31", 0, &[("2026-01", [1, 1, 1, 1])],
)]
#[case::late_before_the_month_of_its_begin(
    "+2026-01-01 -2026-01-31 +2025-12-31", 0,
    &[("2025-12", [1, 1, 0, 0]), ("2026-01", [1, 0, 1, 0])],
)]
#[case::active_on_the_day_of_the_release(
    "+2026-01-01 -2026-01-31 +2026-01-31", 1, &[("2026-01", [1, 2, 1, 1])],
)]
#[case::active_on_the_day_before_the_release(
    "+2026-01-01 -2026-01-31 +2026-01-30", 0, &[("2026-01", [1, 1, 1, 1])],
)]
#[case::late_into_the_second_segment(
    "+2026-01-01 -2026-02-15 +2026-04-01 +2026-02-15", 1,
    &[("2026-01", [1, 1, 0, 0]), ("2026-02", [1, 1, 1, 0]), ("2026-04", [1, 0, 0, 0])],
)]
#[case::late_into_the_first_segment(
    "+2026-01-01 -2026-02-15 +2026-04-01 +2026-02-14", 1,
    &[("2026-01", [1, 1, 0, 0]), ("2026-02", [1, 0, 1, 0]), ("2026-04", [1, 1, 0, 0])],
)]
#[case::released_after_what_came_after_it(
    "+2026-04-01 +2026-01-01 -2026-02-15", 1,
    &[("2026-01", [1, 1, 0, 0]), ("2026-02", [0, 0, 1, 0]), ("2026-04", [1, 1, 0, 0])],
)]
#[case::released_twice_in_a_month(
    "+2026-04-01 -2026-05-01 +2026-05-01 -2026-05-31", 0,
    &[("2026-04", [1, 1, 0, 0]), ("2026-05", [1, 1, 2, 1])],
)]
#[case::released_before_a_release_that_is_known(
    "+2026-01-01 -2026-06-01 +2026-07-01 -2026-02-15", 1,
    &[("2026-01", [1, 1, 0, 0]), ("2026-02", [0, 0, 1, 0]), ("2026-07", [1, 1, 0, 0])],
)]
#[case::released_twice(
    "+2026-01-01 -2026-02-15 +2026-02-15 -2026-03-31", 0,
    &[("2026-01", [1, 1, 0, 0]), ("2026-02", [1, 1, 1, 0]), ("2026-03", [0, 0, 1, 0])],
)]
fn months_count_active_started_released_and_both(
    #[case] heard: &str,
    #[case] assigned: i64,
    #[case] expected: &[(&str, [i64; 4])],
) {
    let figures = take_all(&mut Activity::default(), &happenings(heard));
    let expected: Vec<_> =
        expected.iter().map(|(month, counts)| ((*month).to_owned(), *counts)).collect();
    assert_eq!(figures.assigned, assigned);
    assert_eq!(months(&figures), expected);
}

#[test]
fn a_late_day_moves_the_beginning_and_the_days_between_say_so() {
    let mut activity = Activity::default();
    let _ = activity.take(Happening::Active(on("2026-03-01")));
    let changes = activity.take(Happening::Active(on("2026-02-28")));
    let moved = [
        (on("2026-02-28"), PeriodCounts { active: 1, started: 1, ..Default::default() }),
        (on("2026-03-01"), PeriodCounts { started: -1, ..Default::default() }),
    ];
    assert_eq!(changes.days, moved.into());
    assert_eq!((changes.assigned, changes.last_active.len()), (0, 0));
    assert_eq!(activity.assigned_on(), Some(on("2026-02-28")));
}

#[test]
fn a_later_day_moves_the_last_active_one() {
    let mut activity = Activity::default();
    let _ = activity.take(Happening::Active(on("2024-02-29")));
    let changes = activity.take(Happening::Active(on("2024-03-01")));
    assert_eq!(changes.last_active, [(on("2024-02-29"), -1), (on("2024-03-01"), 1)].into());
}

/// Given a last active day, when a day is taken that is older than what is kept, then nothing moves:
/// whether it counted already can no longer be known.
#[rstest]
#[case::first_day_kept("2026-03-31", "2025-01-01", true)]
#[case::day_before_it("2026-03-31", "2024-12-31", false)]
#[case::first_day_kept_as_of_the_first("2026-03-01", "2025-01-01", true)]
#[case::kept_until_the_month_turns("2026-04-01", "2025-01-31", false)]
#[case::leap_day_kept("2025-04-30", "2024-02-29", true)]
#[case::leap_day_forgotten("2025-05-01", "2024-02-29", false)]
fn days_older_than_15_months_move_nothing(
    #[case] last: NaiveDate,
    #[case] day: NaiveDate,
    #[case] counts: bool,
) {
    let mut activity = Activity::default();
    let _ = activity.take(Happening::Active(last));
    assert_eq!(!activity.take(Happening::Active(day)).is_empty(), counts);
    assert_eq!(activity.assigned_on(), Some(if counts { day } else { last }));
}

/// Given usage that is 13 months old when it is sent, when it is taken only after usage of the next
/// month, then it counts: a run may be late by a month.
#[rstest]
#[case("2025-12-31", "2026-01-31")]
#[case("2026-01-31", "2026-02-28")]
#[case("2024-02-29", "2024-03-31")]
fn a_run_that_is_a_month_late_misses_nothing(#[case] sent: NaiveDate, #[case] later: NaiveDate) {
    let mut activity = Activity::default();
    let _ = activity.take(Happening::Active(later));
    let oldest = earliest(sent);
    assert!(!activity.take(Happening::Active(oldest)).is_empty());
    assert_eq!(activity.assigned_on(), Some(oldest));
}

/// Given a segment that was released 15 months ago and more, when usage goes on, then it is
/// forgotten, and no change takes its figures back.
#[test]
fn an_old_segment_is_forgotten_without_a_trace() {
    let mut activity = Activity::default();
    let begun = take_all(&mut activity, &happenings("+2024-01-10 -2024-03-01"));
    assert_eq!(begun.assigned, 0);
    let changes = activity.take(Happening::Active(on("2026-01-10")));
    assert_eq!(months(&changes), [("2026-01".to_owned(), [1, 1, 0, 0])]);
    assert_eq!(activity.segments, [Segment { begin: on("2026-01-10"), released: None }]);
    assert!(activity.take(Happening::Released(on("2024-03-01"))).is_empty());
}

/// The records of holders are the many: a year of use in one has to stay small.
#[test]
fn a_holder_is_kept_by_bits_and_short_names() {
    let mut activity = Activity::default();
    let _ = take_all(&mut activity, &happenings("+2026-01-01 +2026-01-31 -2026-03-02 +2026-03-02"));
    let kept = serde_json::to_value(&activity).expect("strings and numbers");
    let expected = serde_json::json!({
        "days": { "2026-01": 1 + (1_u32 << 30), "2026-03": 2 },
        "segments": [{ "b": "2026-01-01", "r": "2026-03-02" }, { "b": "2026-03-02" }],
    });
    assert_eq!(kept, expected);
}
