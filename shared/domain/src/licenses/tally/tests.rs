use proptest::{collection::vec, prelude::*};
use rstest::rstest;

use super::*;
use crate::{
    licenses::{
        Quantity,
        entitlement::{Stage, Terms},
        oracle::on,
        samples::{self, entitlement, entitlements, lasting},
    },
    time::Instant,
};

use EntitlementKind::{Granted, Purchased, Trial};

fn tally(purchased: Option<u64>, assigned: u64) -> Tally {
    Tally { purchased, of_which_trial: Some(0), assigned, next_expiry: None, expiring_soon: 0 }
}

proptest! {
    /// Given entitlements, when they are added up on a day, then what counts adds its quantity, and
    /// one that is unlimited makes the sum so.
    #[test]
    fn what_counts_adds_up(all in vec(entitlements(), 0..6), day in samples::days(), assigned in 0_u64..50) {
        let add_up = |is_counted: fn(EntitlementKind) -> bool| {
            let counted = all.iter().filter(|one| is_counted(one.kind));
            let quantities: Vec<_> = counted.filter_map(|one| one.purchased_on(day)).collect();
            let is_unlimited = quantities.contains(&None);
            (!is_unlimited).then(|| quantities.into_iter().flatten().map(u64::from).sum())
        };
        let tally = Tally::of(all.iter(), assigned, day);
        prop_assert_eq!(tally.purchased, add_up(|_| true));
        prop_assert_eq!(tally.of_which_trial, add_up(|kind| kind == Trial));
        prop_assert_eq!(tally.assigned, assigned);
        let ends: Vec<_> = all.iter().filter_map(|one| one.expiry(day)).collect();
        prop_assert_eq!(tally.next_expiry, ends.iter().min().copied());
        let soon = ends.iter().filter(|end| (**end - day).num_days() <= 90).count();
        prop_assert_eq!(tally.expiring_soon, number(soon));
    }

    /// Given any numbers, when they are compared, then available, overage and level follow from whole
    /// numbers alone: no fraction rounds a service over a limit.
    #[test]
    fn levels_follow_from_whole_numbers(purchased in 0_u64..1 << 40, assigned in 0_u64..1 << 40) {
        let of = |assigned: u64| {
            let tally = tally(Some(purchased), assigned);
            (tally.available(), tally.overage(), tally.level())
        };
        let near = (purchased * 9).div_ceil(10);
        for assigned in [assigned, near.saturating_sub(1), near, purchased, purchased + 1] {
            let level = if assigned > purchased {
                Level::Over
            } else if purchased > 0 && assigned * 10 >= purchased * 9 {
                Level::Near
            } else {
                Level::Ok
            };
            let available = purchased.saturating_sub(assigned);
            prop_assert_eq!(of(assigned), (Some(available), assigned.saturating_sub(purchased), level));
        }
    }
}

#[rstest]
#[case::nothing(Some(0), 0, Some(0), 0, None, Level::Ok)]
#[case::assigned_of_nothing(Some(0), 1, Some(0), 1, None, Level::Over)]
#[case::unlimited(None, 1_000_000, None, 0, None, Level::Ok)]
#[case::none_assigned(Some(10), 0, Some(10), 0, Some(0.0), Level::Ok)]
#[case::two_of_five(Some(5), 2, Some(3), 0, Some(0.4), Level::Ok)]
#[case::less_than_nine_of_ten(Some(100), 89, Some(11), 0, Some(0.89), Level::Ok)]
#[case::nine_of_ten(Some(100), 90, Some(10), 0, Some(0.9), Level::Near)]
#[case::nine_of_ten_of_three_tens(Some(30), 27, Some(3), 0, Some(0.9), Level::Near)]
#[case::all(Some(10), 10, Some(0), 0, Some(1.0), Level::Near)]
#[case::one_of_one(Some(1), 1, Some(0), 0, Some(1.0), Level::Near)]
#[case::one_more(Some(10), 11, Some(0), 1, Some(1.1), Level::Over)]
#[case::twice(Some(10), 20, Some(0), 10, Some(2.0), Level::Over)]
fn the_assigned_stand_to_the_purchased(
    #[case] purchased: Option<u64>,
    #[case] assigned: u64,
    #[case] available: Option<u64>,
    #[case] overage: u64,
    #[case] utilization: Option<f64>,
    #[case] level: Level,
) {
    let tally = tally(purchased, assigned);
    assert_eq!((tally.available(), tally.overage()), (available, overage));
    assert_eq!((tally.utilization(), tally.level()), (utilization, level));
}

/// Given a service that is bought, granted, tried and asked for, when it is added up, then trials count
/// while they last, grace counts, and what is to come, over or not decided does not.
#[rstest]
#[case::before_all("2025-12-31", Some(0), Some(0))]
#[case::bought("2026-01-01", Some(10), Some(0))]
#[case::trial_beside("2026-02-01", Some(13), Some(3))]
#[case::last_day_of_the_trial("2026-02-14", Some(13), Some(3))]
#[case::day_after_the_trial("2026-02-15", Some(10), Some(0))]
#[case::unlimited_grant("2026-03-01", None, Some(0))]
#[case::grace_of_the_grant("2026-04-30", None, Some(0))]
#[case::after_its_grace("2026-05-01", Some(10), Some(0))]
fn trials_and_grace_count_as_purchased(
    #[case] today: NaiveDate,
    #[case] purchased: Option<u64>,
    #[case] of_which_trial: Option<u64>,
) {
    let lasts = |quantity: Quantity, from, to| lasting(quantity, on(from), on(to));
    let asked = Entitlement { stage: Stage::Requested, ..entitlement(Trial, []) };
    let all = [
        entitlement(Purchased, [lasts(Some(10), "2026-01-01", "2026-12-31")]),
        entitlement(Trial, [lasts(Some(3), "2026-02-01", "2026-02-14")]),
        entitlement(Granted, [lasts(None, "2026-03-01", "2026-03-31")]),
        asked,
    ];
    let tally = Tally::of(all.iter(), 0, today);
    assert_eq!((tally.purchased, tally.of_which_trial), (purchased, of_which_trial));
}

/// Given several ends, when the next is asked for, then it is the earliest that somebody should mind:
/// not of what renews by itself, is in grace, over, or to come.
#[test]
fn the_next_end_leaves_out_what_nobody_minds() {
    let until = |start, end| entitlement(Purchased, [lasting(Some(1), on(start), on(end))]);
    let renewing = Entitlement { auto_renew: true, ..until("2026-01-01", "2026-03-02") };
    let all = [
        renewing,
        until("2026-01-01", "2026-02-28"),
        until("2025-01-01", "2025-12-31"),
        until("2026-03-02", "2026-03-15"),
        until("2026-01-01", "2026-05-30"),
        until("2026-01-01", "2026-05-31"),
    ];
    let tally = Tally::of(all.iter(), 0, on("2026-03-01"));
    assert_eq!(tally.next_expiry, Some(on("2026-05-30")));
    // The second of them is 91 days away.
    assert_eq!(tally.expiring_soon, 1);
}

#[test]
fn trials_are_counted_where_they_run_are_asked_for_or_over() {
    let asked = || {
        let service = "daas".parse().expect("a code");
        Entitlement::request_trial(service, Instant::default())
    };
    let lasts = |start, end| -> Terms { lasting(Some(1), on(start), on(end)) };
    let all = [
        asked(),
        asked(),
        asked().declined(),
        entitlement(Trial, [lasts("2026-02-01", "2026-03-01")]),
        entitlement(Trial, [lasts("2026-01-01", "2026-02-28")]),
        entitlement(Trial, [lasts("2026-03-02", "2026-03-31")]),
        entitlement(Purchased, [lasts("2026-01-01", "2026-02-28")]),
    ];
    let counted = trials(all.iter(), on("2026-03-01"));
    assert_eq!(counted, Trials { active: 1, pending: 2, expired: 1 });
}

#[test]
fn sums_of_licences_do_not_overflow() {
    let most = || entitlement(Purchased, [lasting(Some(u32::MAX), on("2026-01-01"), None)]);
    let all = [most(), most()];
    assert_eq!(purchased(all.iter(), on("2026-01-01")), Some(2 * u64::from(u32::MAX)));
    assert_eq!(number(usize::MAX), u32::MAX);
}
