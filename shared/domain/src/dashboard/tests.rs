use enumset::EnumSet;
use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn known() -> Summary {
    Summary {
        services: Some(2),
        purchased: Some(10),
        assigned: Some(12),
        overage: Some(2),
        max_utilization: Some(1.2),
        next_expiry: NaiveDate::from_ymd_opt(2026, 3, 31),
        expiring_within90_days: Some(1),
        open_tickets: Some(OpenTickets { total: 3, critical: 1 }),
        active_notifications: Some(ActiveNotifications { total: 1, ..Default::default() }),
        trials: Some(Trials { active: 1, pending: 0, expired: 0 }),
        as_of: Some(Instant::default()),
    }
}

fn row(summary: &Summary) -> Row<'_> {
    Row {
        customer: AccountId::first_of(Instant::default()),
        display_name: "株式会社ミナト",
        organization_name: Some("Minato K.K."),
        org_id: "org_1",
        reference: Some("C-1024"),
        tags: vec!["Gold"],
        connected_at: Instant::default(),
        summary,
    }
}

fn summaries() -> impl Strategy<Value = Summary> {
    (
        proptest::option::of(0.0_f64..3.0),
        proptest::option::of(0_u64..5),
        proptest::option::of(0_u32..5),
        proptest::option::of(0_u32..60),
    )
        .prop_map(|(max_utilization, overage, tickets, days)| Summary {
            max_utilization,
            overage,
            open_tickets: tickets.map(|total| OpenTickets { total, critical: 0 }),
            next_expiry: days.map(|days| expires_by(NaiveDate::default(), days)),
            ..Summary::default()
        })
}

fn sorts() -> impl Strategy<Value = Sort> {
    use SortField::{ConnectedAt, Name, NextExpiry, OpenTickets, Utilization};
    let fields = [Name, ConnectedAt, NextExpiry, Utilization, OpenTickets];
    (proptest::sample::select(fields.to_vec()), any::<bool>())
        .prop_map(|(field, descending)| Sort { field, descending })
}

proptest! {
    /// Given any shares, when a summary is seen through them, then exactly the shared parts show.
    #[test]
    fn a_part_shows_exactly_when_its_share_is_given(bits in 0_u32..128) {
        let shares = EnumSet::<Share>::from_u32_truncated(bits);
        let seen = known().through(shares);
        let licenses = shares.contains(Share::Licenses);
        let entitlements = shares.contains(Share::Entitlements);
        prop_assert_eq!(seen.services.is_some(), licenses);
        prop_assert_eq!(seen.purchased.is_some(), licenses);
        prop_assert_eq!(seen.assigned.is_some(), licenses);
        prop_assert_eq!(seen.overage.is_some(), licenses);
        prop_assert_eq!(seen.max_utilization.is_some(), licenses);
        prop_assert_eq!(seen.as_of.is_some(), licenses);
        prop_assert_eq!(seen.next_expiry.is_some(), entitlements);
        prop_assert_eq!(seen.expiring_within90_days.is_some(), entitlements);
        prop_assert_eq!(seen.trials.is_some(), entitlements);
        prop_assert_eq!(seen.open_tickets.is_some(), shares.contains(Share::Tickets));
        prop_assert_eq!(seen.active_notifications.is_some(), shares.contains(Share::Notifications));
    }

    /// Given rows of which some hide the value, when sorted either way, then the hidden come last.
    #[test]
    fn what_is_not_known_sorts_last_in_both_directions(
        summaries in proptest::collection::vec(summaries(), 2..20),
        sort in sorts(),
    ) {
        let mut positions: Vec<_> = summaries
            .iter()
            .map(|summary| {
                let customer = AccountId::mint(Instant::default());
                sort.position(&Row { customer, ..row(summary) })
            })
            .collect();
        positions.sort_by(|a, b| sort.compare(a, b));
        let first_unknown = positions.iter().position(|p| p.value.is_none());
        if let Some(first) = first_unknown {
            prop_assert!(positions[first..].iter().all(|p| p.value.is_none()));
        }
        for pair in positions.windows(2) {
            prop_assert_eq!(sort.compare(&pair[0], &pair[1]), Ordering::Less);
            prop_assert_eq!(sort.compare(&pair[1], &pair[0]), Ordering::Greater);
        }
    }
}

#[rstest]
#[case::expires(Filter { expires_by: NaiveDate::from_ymd_opt(2099, 1, 1), ..Filter::default() })]
#[case::utilization(Filter { min_utilization: Some(0.0), ..Filter::default() })]
#[case::overage(Filter { has_overage: Some(true), ..Filter::default() })]
#[case::no_overage(Filter { has_overage: Some(false), ..Filter::default() })]
#[case::tickets(Filter { has_open_tickets: Some(true), ..Filter::default() })]
#[case::no_tickets(Filter { has_open_tickets: Some(false), ..Filter::default() })]
#[case::trials(Filter { has_trials: Some(true), ..Filter::default() })]
#[case::no_trials(Filter { has_trials: Some(false), ..Filter::default() })]
fn what_is_not_shared_matches_no_filter(#[case] filter: Filter) {
    let hidden = known().through(Shares::empty());
    assert!(!filter.matches(&row(&hidden)));
}

#[rstest]
#[case("みなと", true)]
#[case("ﾐﾅﾄ", true)]
#[case("MINATO", true)]
#[case("ｍｉｎａｔｏ", true)]
#[case("c-10", true)]
#[case("ORG_1", true)]
#[case("gold", false)]
#[case("横浜", false)]
fn searching_looks_into_names_orgid_and_reference(#[case] text: &str, #[case] found: bool) {
    let summary = Summary::default();
    let filter = Filter { search: Some(fold(text)), ..Filter::default() };
    assert_eq!(filter.matches(&row(&summary)), found);
}

#[test]
fn filters_look_at_what_is_known() {
    let summary = known();
    let matching = Filter {
        search: None,
        tag: Some(fold("ＧＯＬＤ")),
        expires_by: NaiveDate::from_ymd_opt(2026, 3, 31),
        min_utilization: Some(1.2),
        has_overage: Some(true),
        has_open_tickets: Some(true),
        has_trials: Some(true),
    };
    assert!(matching.matches(&row(&summary)));
    let others = [
        Filter { tag: Some(fold("silver")), ..matching.clone() },
        Filter { expires_by: NaiveDate::from_ymd_opt(2026, 3, 30), ..matching.clone() },
        Filter { min_utilization: Some(1.21), ..matching.clone() },
        Filter { has_overage: Some(false), ..matching.clone() },
        Filter { has_open_tickets: Some(false), ..matching.clone() },
        Filter { has_trials: Some(false), ..matching },
    ];
    for filter in others {
        assert!(!filter.matches(&row(&summary)), "{filter:?}");
    }
}

#[rstest]
#[case("name", Some((SortField::Name, false)))]
#[case("-connectedAt", Some((SortField::ConnectedAt, true)))]
#[case("utilization", Some((SortField::Utilization, false)))]
#[case("--name", None)]
#[case("Name", None)]
#[case("", None)]
fn a_sort_is_a_field_with_an_optional_minus(
    #[case] text: &str,
    #[case] expected: Option<(SortField, bool)>,
) {
    let parsed = text.parse::<Sort>().ok().map(|sort| (sort.field, sort.descending));
    assert_eq!(parsed, expected);
}
