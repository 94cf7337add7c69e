use proptest::{collection::vec, prelude::*};
use rstest::rstest;

use super::*;
use crate::{
    dashboard::Trials,
    licenses::{
        Quantity,
        entitlement::EntitlementKind::{self, Granted, Purchased, Trial},
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

        let summary = holdings.summary(today);
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
            prop_assert_eq!(kept.summary(day), fresh.summary(day));
            prop_assert_eq!(kept.tallies(day), fresh.tallies(day));
        }
    }

    /// Given a customer, when its entitlements are listed by each state, then each is listed once.
    #[test]
    fn each_entitlement_is_listed_in_one_state((all, assigned) in customers(), today in samples::days()) {
        use strum::VariantArray;
        let holdings = Holdings::new(&all, assigned, today);
        prop_assert_eq!(holdings.in_state(None, today).count(), all.len());
        let listed = EntitlementState::VARIANTS.iter().flat_map(|state| {
            let of_state = holdings.in_state(Some(*state), today);
            of_state.map(|one| (one.state(today) == *state).then_some(one))
        });
        let listed: Option<Vec<_>> = listed.collect();
        prop_assert_eq!(listed.map(|listed| listed.len()), Some(all.len()));
    }
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
    assert_eq!(holdings.summary(today), expected);
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
    assert_eq!(Holdings::default().summary(on("2026-03-31")), expected);
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
    let summary = Holdings::new(&all, assigned, on("2026-03-31")).summary(on("2026-03-31"));
    assert_eq!(summary.purchased, purchased);
    assert_eq!((summary.overage, summary.max_utilization), (Some(2), Some(1.5)));
}
