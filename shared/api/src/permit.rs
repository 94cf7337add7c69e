//! Permission as a type in the handler's signature.
//!
//! Each extractor authenticates, asks the table once, and refuses in the order that the contract
//! fixes. What it hands over is sealed: a handler cannot read a customer's data without having been
//! admitted to it. The acting account is the first parameter of the path, the customer the second.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use http::{Method, request::Parts};
use tsunagu_domain::{
    access::{BadgeDemand, CustomerDemand, Demand, Right},
    administrator::Permission,
    ids::AccountId,
};
use tsunagu_store::{Acting, Admission, Caller, ConnectedCustomer};

use crate::{
    App,
    claims::{Identified, SignedIn},
    problem::Problem,
    scope,
};

/// Any administrator of the account.
pub type Member = Admitted<AnyAdministrator>;
/// An administrator with full access, which no permission implies (T4).
pub type FullAccess = Admitted<FullAdministrator>;
/// An administrator with permission `P`.
pub type Permitted<P> = Admitted<With<P>>;
/// An administrator with permission `P` of an account with any badge.
pub type BadgedPartner<P> = Admitted<Badged<P>>;
/// The same, connected to the customer in the path.
pub type ConnectedView<P> = AdmittedTo<P, Anything>;
/// The same, and the customer shares `S`.
pub type SharingView<P, S> = AdmittedTo<P, S>;

/// What an extractor demands of the administrator and the account.
pub trait Demands: Send + Sync + 'static {
    /// What the administrator must be allowed.
    const RIGHT: Right;
    /// The badge that the account must have.
    const BADGE: BadgeDemand = BadgeDemand::None;
}

/// Names a permission.
pub trait Permits: Send + Sync + 'static {
    /// The permission.
    const PERMISSION: Permission;
}

/// Names a part that a customer shares, or none.
pub trait Shares: Send + Sync + 'static {
    /// What must stand between the accounts.
    const DEMAND: CustomerDemand;
}

/// Demands nothing but being an administrator.
#[derive(Debug)]
pub enum AnyAdministrator {}
/// Demands full access.
#[derive(Debug)]
pub enum FullAdministrator {}
/// Demands a permission.
#[derive(Debug)]
pub struct With<P>(PhantomData<P>);
/// Demands a permission and any badge.
#[derive(Debug)]
pub struct Badged<P>(PhantomData<P>);
/// Demands a connection, whatever is shared.
#[derive(Debug)]
pub enum Anything {}

impl Demands for AnyAdministrator {
    const RIGHT: Right = Right::Any;
}

impl Demands for FullAdministrator {
    const RIGHT: Right = Right::FullAccess;
}

impl<P: Permits> Demands for With<P> {
    const RIGHT: Right = Right::Permission(P::PERMISSION);
}

impl<P: Permits> Demands for Badged<P> {
    const RIGHT: Right = Right::Permission(P::PERMISSION);
    const BADGE: BadgeDemand = BadgeDemand::Any;
}

impl Shares for Anything {
    const DEMAND: CustomerDemand = CustomerDemand::Connected;
}

macro_rules! permissions {
    ($($name:ident),+ $(,)?) => {
        /// One marker for each permission, for handlers' signatures.
        pub mod permission {
            use tsunagu_domain::administrator::Permission;

            $(
                #[doc = concat!("Stands for [`Permission::", stringify!($name), "`].")]
                #[derive(Debug)]
                pub enum $name {}

                impl super::Permits for $name {
                    const PERMISSION: Permission = Permission::$name;
                }
            )+

            #[cfg(test)]
            pub(super) const ALL: &[Permission] = &[$(Permission::$name),+];
        }
    };
}

permissions! {
    CustomerDashboardView, ConnectionsManage, LicensesView, LicensesManage, TicketsView,
    TicketsManage, NotificationsView, NotificationsDismiss, FederationManage, AccountManage,
    AuditView,
}

macro_rules! shares {
    ($($name:ident),+ $(,)?) => {
        /// One marker for each part that a customer shares, for handlers' signatures.
        pub mod sharing {
            use tsunagu_domain::{access::CustomerDemand, share::Share};

            $(
                #[doc = concat!("Stands for [`Share::", stringify!($name), "`].")]
                #[derive(Debug)]
                pub enum $name {}

                impl super::Shares for $name {
                    const DEMAND: CustomerDemand = CustomerDemand::Sharing(Share::$name);
                }
            )+

            #[cfg(test)]
            pub(super) const ALL: &[Share] = &[$(Share::$name),+];
        }
    };
}

shares! { Account, Orders, Entitlements, Licenses, Tickets, Notifications, Federation }

/// An administrator who was admitted to an account.
#[derive(Debug)]
pub struct Admitted<D> {
    /// Who it is.
    pub caller: Caller,
    /// The account that acts, sealed.
    pub acting: Acting,
    demands: PhantomData<D>,
}

/// An administrator who was admitted to a customer of a partner.
#[derive(Debug)]
pub struct AdmittedTo<P, S> {
    /// Who it is.
    pub caller: Caller,
    /// The account that acts, sealed.
    pub acting: Acting,
    /// The customer as this partner may see it, sealed.
    pub customer: ConnectedCustomer,
    demands: PhantomData<(P, S)>,
}

impl<D: Demands> FromRequestParts<App> for Admitted<D> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let SignedIn { caller } = SignedIn::from_request_parts(parts, app).await?;
        let account = scope::of(parts)?.acting_account().ok_or_else(Problem::not_found)?;
        let demand = Demand {
            right: D::RIGHT,
            reads_own: reads_own(&parts.method, D::BADGE),
            badge: D::BADGE,
            customer: CustomerDemand::None,
        };
        let admission = app.store.admit(&caller, account, None, &demand, app.now()).await?;
        Ok(Self { caller, acting: admission.acting, demands: PhantomData })
    }
}

impl<P: Permits, S: Shares> FromRequestParts<App> for AdmittedTo<P, S> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let SignedIn { caller } = SignedIn::from_request_parts(parts, app).await?;
        let scope = scope::of(parts)?;
        let account = scope.acting_account().ok_or_else(Problem::not_found)?;
        let customer = scope.other_account();
        let demand = Demand {
            right: Right::Permission(P::PERMISSION),
            reads_own: false,
            badge: BadgeDemand::Any,
            customer: known(customer, S::DEMAND),
        };
        let admission = app.store.admit(&caller, account, customer, &demand, app.now()).await?;
        let Admission { acting, customer } = admission;
        let customer = customer.ok_or_else(Problem::not_found)?;
        Ok(Self { caller, acting, customer, demands: PhantomData })
    }
}

/// What is demanded where the customer's id is not even an id: nobody is connected to it, but the
/// refusals that come before that one are told first.
fn known(customer: Option<AccountId>, demand: CustomerDemand) -> CustomerDemand {
    if customer.is_some() { demand } else { CustomerDemand::None }
}

/// Whether a suspended account may still do this: read its own data, not its customers'.
fn reads_own(method: &Method, badge: BadgeDemand) -> bool {
    method == Method::GET && badge == BadgeDemand::None
}

/// Admits a person to an account that the body names, where the path has none.
pub async fn admit_account(
    app: &App,
    person: &SignedIn,
    account: AccountId,
    permission: Permission,
) -> Result<Acting, Problem> {
    let demand = Demand {
        right: Right::Permission(permission),
        reads_own: false,
        badge: BadgeDemand::None,
        customer: CustomerDemand::None,
    };
    let admission = app.store.admit(&person.caller, account, None, &demand, app.now()).await?;
    Ok(admission.acting)
}

impl<D> Identified for Admitted<D> {
    fn digest(&self) -> &str {
        self.caller.subject.as_str()
    }
}

impl<P, S> Identified for AdmittedTo<P, S> {
    fn digest(&self) -> &str {
        self.caller.subject.as_str()
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray;
    use tsunagu_domain::share::Share;

    use super::*;

    #[test]
    fn every_permission_and_every_share_has_its_marker() {
        assert_eq!(permission::ALL, Permission::VARIANTS);
        assert_eq!(sharing::ALL, Share::VARIANTS);
    }

    #[test]
    fn only_reading_without_a_badge_is_reading_ones_own() {
        assert!(reads_own(&Method::GET, BadgeDemand::None));
        assert!(!reads_own(&Method::GET, BadgeDemand::Any));
        assert!(!reads_own(&Method::POST, BadgeDemand::None));
    }
}
