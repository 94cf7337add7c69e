//! Permission as a type in the handler's signature.
//!
//! Each extractor authenticates, asks the table once, and refuses in the order that the contract
//! fixes. What it hands over is sealed: a handler cannot read a customer's data without having been
//! admitted to it. What the administrator must be allowed, the badge of the account and what the
//! customer shares are parameters of their own:
//!
//! ```
//! use tsunagu_api::permit::{
//!     Admitted, AdmittedTo, All, Anything, FullAdministrator, Holding, NoBadge, With,
//!     permission::{CustomerDashboardView, FederationManage, LicensesView},
//!     program::Csp,
//!     sharing::Federation,
//! };
//!
//! type Overview = Admitted<All<(CustomerDashboardView, LicensesView)>>;
//! type Provider = Admitted<With<FederationManage>, Holding<Csp>>;
//! type ProviderOwner = Admitted<FullAdministrator, Holding<Csp>>;
//! type ProvidersCustomer = AdmittedTo<With<FederationManage>, Federation, Holding<Csp>>;
//! type WhateverTheBadge = AdmittedTo<With<CustomerDashboardView>, Anything, NoBadge>;
//! ```

mod documented;

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use enumset::EnumSet;
use http::{Method, request::Parts};
use tsunagu_domain::{
    access::{BadgeDemand, CustomerDemand, Demand, Right},
    administrator::Permission,
    ids::AccountId,
    program::Program,
    share::Share,
};
use tsunagu_store::{Acting, Admission, Caller, ConnectedCustomer, Readable};

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
pub type BadgedPartner<P> = Admitted<With<P>, AnyBadge>;
/// The same, connected to the customer in the path.
pub type ConnectedView<P> = AdmittedTo<With<P>>;
/// The same, and the customer shares `S`.
pub type SharingView<P, S> = AdmittedTo<With<P>, S>;

/// What the administrator must be allowed.
pub trait Rights: Send + Sync + 'static {
    /// The right.
    fn right() -> Right;
}

/// The badge that the account must have.
pub trait Badge: Send + Sync + 'static {
    /// The badge.
    const DEMAND: BadgeDemand;
}

/// What must stand between the account and the customer.
pub trait Shares: Send + Sync + 'static {
    /// The connection, and what it shares.
    const DEMAND: CustomerDemand;
}

/// Names a permission.
pub trait Permits: Send + Sync + 'static {
    /// The permission.
    const PERMISSION: Permission;
}

/// Names a program.
pub trait Programs: Send + Sync + 'static {
    /// The program.
    const PROGRAM: Program;
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
/// Demands several permissions, given as a tuple; the first one missing is named.
#[derive(Debug)]
pub struct All<T>(PhantomData<T>);

/// Demands no badge.
#[derive(Debug)]
pub enum NoBadge {}
/// Demands the badge of any program.
#[derive(Debug)]
pub enum AnyBadge {}
/// Demands the badge of one program.
#[derive(Debug)]
pub struct Holding<G>(PhantomData<G>);

/// Demands a connection, whatever is shared.
#[derive(Debug)]
pub enum Anything {}

impl Rights for AnyAdministrator {
    fn right() -> Right {
        Right::Any
    }
}

impl Rights for FullAdministrator {
    fn right() -> Right {
        Right::FullAccess
    }
}

impl<P: Permits> Rights for With<P> {
    fn right() -> Right {
        Right::permission(P::PERMISSION)
    }
}

impl<P: Permits, Q: Permits> Rights for All<(P, Q)> {
    fn right() -> Right {
        Right::Permissions(EnumSet::only(P::PERMISSION) | Q::PERMISSION)
    }
}

impl<P: Permits, Q: Permits, O: Permits> Rights for All<(P, Q, O)> {
    fn right() -> Right {
        Right::Permissions(EnumSet::only(P::PERMISSION) | Q::PERMISSION | O::PERMISSION)
    }
}

impl Badge for NoBadge {
    const DEMAND: BadgeDemand = BadgeDemand::None;
}

impl Badge for AnyBadge {
    const DEMAND: BadgeDemand = BadgeDemand::Any;
}

impl<G: Programs> Badge for Holding<G> {
    const DEMAND: BadgeDemand = BadgeDemand::Of(G::PROGRAM);
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

/// One marker for each part that a customer shares, for handlers' signatures.
pub use tsunagu_domain::share::part as sharing;

impl<P: sharing::Part> Shares for P {
    const DEMAND: CustomerDemand = CustomerDemand::Sharing(P::SHARE);
}

/// One marker for each program, for handlers' signatures.
pub mod program {
    use tsunagu_domain::program::Program;

    /// Stands for [`Program::Csa`].
    #[derive(Debug)]
    pub enum Csa {}
    /// Stands for [`Program::Csp`].
    #[derive(Debug)]
    pub enum Csp {}

    impl super::Programs for Csa {
        const PROGRAM: Program = Program::Csa;
    }

    impl super::Programs for Csp {
        const PROGRAM: Program = Program::Csp;
    }
}

/// An administrator who was admitted to an account: by the right `R`, with the badge `B`.
#[derive(Debug)]
pub struct Admitted<R, B = NoBadge> {
    /// Who it is.
    pub caller: Caller,
    /// The account that acts, sealed.
    pub acting: Acting,
    demands: PhantomData<(R, B)>,
}

/// An administrator who was admitted to a customer of a partner: by the right `R`, with the badge
/// `B`, to a customer that shares `S`.
#[derive(Debug)]
pub struct AdmittedTo<R, S = Anything, B = AnyBadge> {
    /// Who it is.
    pub caller: Caller,
    /// The account that acts, sealed.
    pub acting: Acting,
    /// The customer as this partner may see it, sealed.
    pub customer: ConnectedCustomer,
    demands: PhantomData<(R, S, B)>,
}

impl<R: Rights, B: Badge> Admitted<R, B> {
    fn demand(method: &Method) -> Demand {
        Demand {
            right: R::right(),
            reads_own: reads_own(method, B::DEMAND),
            badge: B::DEMAND,
            customer: CustomerDemand::None,
        }
    }
}

impl<R: Rights, S: Shares, B: Badge> AdmittedTo<R, S, B> {
    fn demand() -> Demand {
        Demand { right: R::right(), reads_own: false, badge: B::DEMAND, customer: S::DEMAND }
    }
}

impl<R, P: sharing::Part, B> AdmittedTo<R, P, B> {
    /// The part of the customer's account that the extractor found shared, for what reads it for the
    /// account itself as well ([`Acting::own`]).
    pub fn readable(&self) -> Result<Readable<P>, Problem> {
        let shared = self.customer.sharing::<P>();
        shared
            .map(Readable::from)
            .ok_or_else(|| Problem::internal("admitted to what is not shared"))
    }
}

impl<R: Rights, B: Badge> FromRequestParts<App> for Admitted<R, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let SignedIn { caller, .. } = SignedIn::from_request_parts(parts, app).await?;
        let account = scope::of(parts)?.acting_account().ok_or_else(Problem::not_found)?;
        let demand = Self::demand(&parts.method);
        let admission = app.store.admit(&caller, account, None, &demand, app.now()).await?;
        Ok(Self { caller, acting: admission.acting, demands: PhantomData })
    }
}

impl<R: Rights, S: Shares, B: Badge> FromRequestParts<App> for AdmittedTo<R, S, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let SignedIn { caller, .. } = SignedIn::from_request_parts(parts, app).await?;
        let scope = scope::of(parts)?;
        let account = scope.acting_account().ok_or_else(Problem::not_found)?;
        // What is no id is nobody's: refused as not connected, after what comes before that.
        let customer = scope.customer();
        let demand = Self::demand();
        let admission = app.store.admit(&caller, account, customer, &demand, app.now()).await?;
        let Admission { acting, customer } = admission;
        let customer = customer.ok_or_else(Problem::not_found)?;
        scope.tells_of(customer.customer, told_by(S::DEMAND));
        Ok(Self { caller, acting, customer, demands: PhantomData })
    }
}

/// As a read of what a request counts. What asks for no share in particular is the customer's own page:
/// its names, what the connection is and, where it is shared, its account.
const fn told_by(demand: CustomerDemand) -> Share {
    match demand {
        CustomerDemand::Sharing(share) => share,
        CustomerDemand::Connected | CustomerDemand::None => Share::Account,
    }
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
        right: Right::permission(permission),
        reads_own: false,
        badge: BadgeDemand::None,
        customer: CustomerDemand::None,
    };
    let admission = app.store.admit(&person.caller, account, None, &demand, app.now()).await?;
    Ok(admission.acting)
}

impl<R, B> Identified for Admitted<R, B> {
    fn digest(&self) -> &str {
        self.caller.subject.as_str()
    }
}

impl<R, S, B> Identified for AdmittedTo<R, S, B> {
    fn digest(&self) -> &str {
        self.caller.subject.as_str()
    }
}

#[cfg(test)]
mod tests;
