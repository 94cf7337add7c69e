use proptest::{collection::vec, prelude::*};
use rstest::rstest;

use super::*;
use crate::{
    dashboard::Trials,
    licenses::{
        Quantity,
        entitlement::{
            EntitlementKind::{self, Granted, Purchased, Trial},
            EntitlementState::{Active, Declined, Expired, Grace, Pending, Upcoming},
        },
        oracle::on,
        samples::{self, entitlement, entitlements, lasting},
        tally::Level,
    },
};

fn service(code: &str) -> ServiceCode {
    code.parse().expect("a code")
}

/// A customer's entitlements, of up to three services, and its assigned licences.
fn customers() -> impl Strategy<Value = (Vec<Entitlement>, BTreeMap<ServiceCode, u64>)> {
    let services = || proptest::sample::select(["daas", "mail", "vpn"].map(service).to_vec());
    let entitlement =
        (entitlements(), services()).prop_map(|(one, service)| Entitlement { service, ..one });
    (vec(entitlement, 0..6), proptest::collection::btree_map(services(), 0_u64..30, 0..4))
}

proptest! {
    /// Given a customer, when its summary is made, then each figure is that of its services together,
    /// of whatever has anything bought or assigned.
    #[test]
    fn a_summary_adds_up_the_services((all, assigned) in customers(), today in samples::days()) {
        let holdings = Holdings::new(&all, assigned.clone(), today);
        let tallies = holdings.tallies(today);
        for (service, tally) in &tallies {
            let of_it = all.iter().filter(|one| one.service == **service);
            let assigned = assigned.get(service).copied().unwrap_or_default();
            prop_assert_eq!(*tally, Tally::of(of_it, assigned, today));
        }
        let entitled = all.iter().filter(|one| one.state(today).counts()).map(|one| &one.service);
        let used = assigned.iter().filter(|(_, assigned)| **assigned > 0).map(|(service, _)| service);
        prop_assert!(tallies.keys().copied().eq(entitled.chain(used).collect::<BTreeSet<_>>()));

        let summary = summary(&all, &assigned, today);
        let purchased: Vec<_> = tallies.values().map(|tally| tally.purchased).collect();
        let is_unlimited = purchased.contains(&None);
        prop_assert_eq!(summary.purchased, (!is_unlimited).then(|| purchased.into_iter().flatten().sum()));
        prop_assert_eq!(summary.services, Some(number(tallies.len())));
        prop_assert_eq!(summary.assigned, Some(assigned.values().sum()));
        prop_assert_eq!(summary.overage, Some(tallies.values().map(Tally::overage).sum()));
        let highest = tallies.values().filter_map(Tally::utilization).max_by(f64::total_cmp);
        prop_assert_eq!(summary.max_utilization, highest);
        let ends = || all.iter().filter_map(|one| one.expiry(today));
        prop_assert_eq!(summary.next_expiry, ends().min());
        let soon = ends().filter(|end| (*end - today).num_days() <= 90).count();
        prop_assert_eq!(summary.expiring_within90_days, Some(number(soon)));
        prop_assert_eq!(summary.trials, Some(trials(all.iter(), today)));
        let known_elsewhere = (summary.open_tickets, summary.active_notifications, summary.as_of);
        prop_assert_eq!(known_elsewhere, (None, None, None));
    }

    /// Given what a partner keeps since a day, when it is read before anything turns, then it says what
    /// the whole entitlements say.
    #[test]
    fn what_is_kept_is_true_until_something_turns((all, assigned) in customers(), made in samples::days()) {
        let kept = Holdings::new(&all, assigned.clone(), made);
        prop_assert!(kept.entitlements.iter().all(|one| one.terms.len() <= 1));
        let turn = all.iter().filter_map(|one| one.next_turn(made)).min();
        for day in made.iter_days().take(200).take_while(|day| turn.is_none_or(|turn| *day < turn)) {
            let fresh = Holdings::new(&all, assigned.clone(), day);
            let of_kept = summary(&kept.entitlements, &kept.assigned, day);
            prop_assert_eq!(of_kept, summary(&all, &assigned, day));
            prop_assert_eq!(kept.tallies(day), fresh.tallies(day));
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Given a customer with some more than a partner keeps, when it is kept, then so many are, in their
    /// order, and nothing that was left out matters more than anything that was not.
    #[test]
    fn of_more_than_a_partner_keeps_those_that_matter_least_are_left_out(
        few in vec(entitlements(), 1..8), more in 0_usize..20, today in samples::days(),
    ) {
        let all = few.iter().cycle().take(MOST_KEPT - 5 + more).enumerate();
        let all: Vec<_> = all.map(|(place, one)| numbered(place, one.clone())).collect();
        let kept = Holdings::new(&all, BTreeMap::new(), today).entitlements;
        prop_assert_eq!(kept.len(), all.len().min(MOST_KEPT));
        let numbers: BTreeSet<_> = kept.iter().map(|one| &one.entitlement_id).collect();
        let is_kept = |one: &&Entitlement| numbers.contains(&one.entitlement_id);
        let (in_order, left): (Vec<_>, Vec<_>) = all.iter().partition(is_kept);
        let expected: Vec<_> = in_order.iter().map(|one| one.as_of(today)).collect();
        prop_assert!(kept == expected);
        let matters = |one: &&Entitlement| {
            let end = one.terms_on(today).and_then(|terms| terms.ends_on);
            match one.state(today) {
                Declined => (0, None),
                Expired => (1, end),
                Pending | Upcoming => (2, None),
                Active | Grace => (3, None),
            }
        };
        let least = in_order.iter().map(matters).min();
        prop_assert!(left.iter().map(matters).max() <= least);
    }
}

fn numbered(place: usize, one: Entitlement) -> Entitlement {
    Entitlement { entitlement_id: format!("ent-{place:04}").parse().expect("a number"), ..one }
}

/// Given as many entitlements as a partner keeps and one more, when they are kept, then the one that is
/// over for longest is left out, and the summary still tells of all.
#[rstest]
#[case::as_many(MOST_KEPT, &[])]
#[case::one_more(MOST_KEPT + 1, &["ent-0000"])]
#[case::two_more(MOST_KEPT + 2, &["ent-0000", "ent-0001"])]
#[case::three_more(MOST_KEPT + 3, &["ent-0000", "ent-0001", "ent-0002"])]
fn a_partner_keeps_a_thousand_entitlements(#[case] many: usize, #[case] left_out: &[&str]) {
    let today = on("2026-03-31");
    let asked = Entitlement::request_trial(service("vpn"), crate::time::Instant::default());
    // Of the first three, the order in which they go is not that of their numbers' kinds.
    let first = [
        asked.declined(),
        entitled("wiki", Trial, Some(1), ("2024-01-01", "2024-03-01")),
        entitled("wiki", Trial, Some(1), ("2024-01-01", "2024-03-02")),
    ];
    let active = entitled("daas", Purchased, Some(2), ("2026-01-01", "2026-04-30"));
    let all = first.into_iter().chain(std::iter::repeat(active)).take(many).enumerate();
    let all: Vec<_> = all.map(|(place, one)| numbered(place, one)).collect();
    let holdings = Holdings::new(&all, BTreeMap::new(), today);
    let numbers = |all: &[Entitlement]| {
        all.iter().map(|one| one.entitlement_id.to_string()).collect::<BTreeSet<_>>()
    };
    let gone: Vec<_> =
        numbers(&all).difference(&numbers(&holdings.entitlements)).cloned().collect();
    assert_eq!(gone, left_out);
    let summary = summary(&all, &BTreeMap::new(), today);
    assert_eq!(summary.purchased, Some(2 * (many as u64 - 3)));
    assert_eq!(summary.trials, Some(Trials { active: 0, pending: 0, expired: 2 }));
}

fn entitled(
    code: &str,
    kind: EntitlementKind,
    quantity: Quantity,
    (start, end): (&str, &str),
) -> Entitlement {
    let terms = lasting(quantity, on(start), on(end));
    Entitlement { service: service(code), ..entitlement(kind, [terms]) }
}

/// Given a customer with services that are bought, tried, over, to come, and used without, when its
/// dashboard is made, then it shows what they come to.
#[test]
fn a_dashboard_shows_what_the_services_come_to() {
    let today = on("2026-03-31");
    let asked = Entitlement::request_trial(service("vpn"), crate::time::Instant::default());
    let all = [
        entitled("daas", Purchased, Some(10), ("2026-01-01", "2026-06-29")),
        entitled("daas", Trial, Some(5), ("2026-03-01", "2026-03-31")),
        entitled("mail", Granted, Some(4), ("2026-01-01", "2026-03-01")),
        entitled("chat", Purchased, Some(7), ("2026-04-01", "2026-05-01")),
        entitled("wiki", Trial, Some(7), ("2026-01-01", "2026-03-30")),
        asked,
    ];
    let assigned = [("daas", 12), ("mail", 6), ("wiki", 1), ("chat", 0)];
    let assigned = assigned.map(|(code, assigned)| (service(code), assigned)).into();
    let holdings = Holdings::new(&all, assigned, today);
    let expected = Summary {
        services: Some(3),
        purchased: Some(19),
        assigned: Some(19),
        overage: Some(3),
        max_utilization: Some(1.5),
        next_expiry: Some(today),
        expiring_within90_days: Some(2),
        trials: Some(Trials { active: 1, pending: 1, expired: 1 }),
        ..Summary::default()
    };
    assert_eq!(summary(&all, &holdings.assigned, today), expected);
    let levels =
        holdings.tallies(today).into_iter().map(|(code, tally)| (code.as_str(), tally.level()));
    let expected = [("daas", Level::Ok), ("mail", Level::Over), ("wiki", Level::Over)];
    assert_eq!(levels.collect::<Vec<_>>(), expected);
}

#[test]
fn of_nothing_the_dashboard_shows_nothing_rather_than_not_knowing() {
    let expected = Summary {
        services: Some(0),
        purchased: Some(0),
        assigned: Some(0),
        overage: Some(0),
        expiring_within90_days: Some(0),
        trials: Some(Trials::default()),
        ..Summary::default()
    };
    assert_eq!(summary(&[], &BTreeMap::new(), on("2026-03-31")), expected);
}

/// Given a service without limit beside one with, when they are added up, then the sum has no limit, and
/// the other's overage and utilization stay.
#[rstest]
#[case::unlimited(None, None)]
#[case::limited(Some(100), Some(104))]
fn one_unlimited_service_makes_the_sum_unlimited(
    #[case] quantity: Quantity,
    #[case] purchased: Option<u64>,
) {
    let year = ("2026-01-01", "2026-12-31");
    let all =
        [entitled("daas", Purchased, quantity, year), entitled("mail", Purchased, Some(4), year)];
    let assigned = [(service("daas"), 50), (service("mail"), 6)].into();
    let summary = summary(&all, &assigned, on("2026-03-31"));
    assert_eq!(summary.purchased, purchased);
    assert_eq!((summary.overage, summary.max_utilization), (Some(2), Some(1.5)));
}
