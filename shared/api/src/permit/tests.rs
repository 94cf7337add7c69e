use strum::VariantArray;
use tsunagu_domain::share::Share;

use super::{
    permission::{CustomerDashboardView, FederationManage, LicensesView, TicketsView},
    program::{Csa, Csp},
    *,
};

type Provider = Admitted<With<FederationManage>, Holding<Csp>>;
type Owner = Admitted<FullAdministrator, Holding<Csa>>;
type Partner = BadgedPartner<CustomerDashboardView>;
type Two = All<(LicensesView, CustomerDashboardView)>;
type Three = All<(LicensesView, CustomerDashboardView, TicketsView)>;
type Badgeless = AdmittedTo<With<LicensesView>, Anything, NoBadge>;

#[test]
fn every_permission_has_its_marker() {
    assert_eq!(permission::ALL, Permission::VARIANTS);
}

#[test]
fn only_reading_without_a_badge_is_reading_ones_own() {
    assert!(reads_own(&Method::GET, BadgeDemand::None));
    assert!(!reads_own(&Method::GET, BadgeDemand::Any));
    assert!(!reads_own(&Method::GET, BadgeDemand::Of(Program::Csp)));
    assert!(!reads_own(&Method::POST, BadgeDemand::None));
}

/// Given a signature, when it is read as a demand, then right and badge stand for themselves.
#[test]
fn an_account_is_admitted_by_any_right_with_any_badge() {
    let own = |right, badge, reads_own| Demand {
        right,
        reads_own,
        badge,
        customer: CustomerDemand::None,
    };
    let get = &Method::GET;
    assert_eq!(Member::demand(get), own(Right::Any, BadgeDemand::None, true));
    assert_eq!(FullAccess::demand(get), own(Right::FullAccess, BadgeDemand::None, true));
    let manage = Right::permission(Permission::FederationManage);
    let csp = BadgeDemand::Of(Program::Csp);
    assert_eq!(Provider::demand(get), own(manage, csp, false));
    let csa = BadgeDemand::Of(Program::Csa);
    assert_eq!(Owner::demand(get), own(Right::FullAccess, csa, false));
    let dashboard = Right::permission(Permission::CustomerDashboardView);
    assert_eq!(Partner::demand(get), own(dashboard, BadgeDemand::Any, false));
}

#[test]
fn several_permissions_are_demanded_at_once() {
    let two = Permission::CustomerDashboardView | Permission::LicensesView;
    assert_eq!(Two::right(), Right::Permissions(two));
    assert_eq!(Three::right(), Right::Permissions(two | Permission::TicketsView));
}

#[test]
fn a_customer_is_admitted_to_with_or_without_a_badge_and_by_what_it_shares() {
    let right = Right::permission(Permission::LicensesView);
    let demand = |badge, customer| Demand { right, reads_own: false, badge, customer };
    let connected = CustomerDemand::Connected;
    let view = ConnectedView::<LicensesView>::demand();
    assert_eq!(view, demand(BadgeDemand::Any, connected));
    assert_eq!(Badgeless::demand(), demand(BadgeDemand::None, connected));
    let sharing = SharingView::<LicensesView, sharing::Licenses>::demand();
    let licenses = CustomerDemand::Sharing(Share::Licenses);
    assert_eq!(sharing, demand(BadgeDemand::Any, licenses));
}
