//! Who may do what: one decision, in the one order in which refusals are answered.

use enumset::EnumSet;

use crate::{
    account::AccountStatus,
    administrator::{Access, Permission},
    program::{Badges, Program},
    share::{Share, Shares},
};

/// What a route asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// What the administrator must be allowed.
    pub right: Right,
    /// Whether it only reads the account's own data, which a suspended account still may.
    pub reads_own: bool,
    /// The badge that the account must have.
    pub badge: BadgeDemand,
    /// What must stand between the account and a customer.
    pub customer: CustomerDemand,
}

/// What an administrator must be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Being an administrator is enough.
    Any,
    /// All of these permissions.
    Permissions(EnumSet<Permission>),
    /// Full access, which no permission implies (T4).
    FullAccess,
}

impl Right {
    /// One permission.
    pub fn permission(permission: Permission) -> Self {
        Self::Permissions(permission.into())
    }
}

/// Which badge an account must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadgeDemand {
    /// None.
    None,
    /// Any program's.
    Any,
    /// That of one program.
    Of(Program),
}

/// What must stand between the account and a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomerDemand {
    /// Nothing: no customer is touched.
    None,
    /// An active connection with a customer that is not suspended.
    Connected,
    /// Such a connection that shares a part.
    Sharing(Share),
}

/// What the table says of the caller, read in one strongly consistent round trip.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The caller's access; `None` for somebody who is no administrator of the account.
    pub access: Option<Access>,
    /// Whether the account is suspended.
    pub status: AccountStatus,
    /// The account's badges at the time of the request.
    pub badges: &'a Badges,
    /// The active connection with the customer in the path, if there is one.
    pub connection: Option<ConnectionStanding>,
}

/// What matters of a connection for a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionStanding {
    /// What the customer shares.
    pub shares: Shares,
    /// Whether the customer's account is suspended.
    pub customer_suspended: bool,
}

/// Why a caller is refused. The variants stand in the order in which they are decided: an earlier
/// one hides the later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// No administrator of the account: answered as if the account did not exist.
    NotAdministrator,
    /// The right is missing.
    RightMissing(MissingRight),
    /// The account is suspended.
    AccountSuspended,
    /// No badge at all.
    BadgeRequired,
    /// The badge of this program is missing.
    ProgramRequired(Program),
    /// Not connected: answered as if the customer did not exist.
    NotConnected,
    /// The customer does not share this.
    NotShared(Share),
}

/// The right that a refused administrator lacks: of several permissions, the first in the order in
/// which they are declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MissingRight {
    /// A permission.
    Permission(Permission),
    /// Full access.
    FullAccess,
}

impl MissingRight {
    /// The name of the right, as it stands in a problem's `permission`.
    pub fn name(self) -> String {
        match self {
            Self::Permission(permission) => permission.to_string(),
            Self::FullAccess => "full-access".to_owned(),
        }
    }
}

/// Decides whether a caller of this standing may do what demands this.
pub fn decide(standing: &Standing<'_>, demand: &Demand) -> Result<(), Refusal> {
    let access = standing.access.ok_or(Refusal::NotAdministrator)?;
    check_right(access, demand.right).map_err(Refusal::RightMissing)?;
    if standing.status == AccountStatus::Suspended && !demand.reads_own {
        return Err(Refusal::AccountSuspended);
    }
    check_badge(standing.badges, demand.badge)?;
    check_customer(standing.connection, demand.customer)
}

fn check_right(access: Access, right: Right) -> Result<(), MissingRight> {
    match right {
        Right::Permissions(needed) => {
            let missing = (needed - access.permissions()).iter().next();
            missing.map_or(Ok(()), |permission| Err(MissingRight::Permission(permission)))
        }
        Right::FullAccess if !access.is_full() => Err(MissingRight::FullAccess),
        Right::FullAccess | Right::Any => Ok(()),
    }
}

fn check_badge(badges: &Badges, demand: BadgeDemand) -> Result<(), Refusal> {
    match demand {
        BadgeDemand::Any if !badges.any() => Err(Refusal::BadgeRequired),
        BadgeDemand::Of(program) if !badges.has(program) => Err(Refusal::ProgramRequired(program)),
        _ => Ok(()),
    }
}

/// Decides on the connection alone: for what was admitted a moment ago and is about to be written.
pub fn check_customer(
    connection: Option<ConnectionStanding>,
    demand: CustomerDemand,
) -> Result<(), Refusal> {
    let visible = connection.filter(|connection| !connection.customer_suspended);
    match (demand, visible) {
        (CustomerDemand::None, _) | (CustomerDemand::Connected, Some(_)) => Ok(()),
        (_, None) => Err(Refusal::NotConnected),
        (CustomerDemand::Sharing(share), Some(connection)) => {
            if connection.shares.contains(share) {
                Ok(())
            } else {
                Err(Refusal::NotShared(share))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use enumset::enum_set;
    use proptest::prelude::*;

    use super::*;
    use crate::{program::Badge, time::Instant};

    const DEMAND: Demand = Demand {
        right: Right::Permissions(enum_set!(Permission::LicensesView)),
        reads_own: false,
        badge: BadgeDemand::Of(Program::Csp),
        customer: CustomerDemand::Sharing(Share::Licenses),
    };

    proptest! {
        /// Given any set of failings, when decided, then the first in the contract's order answers.
        #[test]
        fn the_first_failing_in_the_contracts_order_answers(
            stranger: bool, powerless: bool, suspended: bool, badgeless: bool,
            apart: bool, customer_suspended: bool, unshared: bool,
        ) {
            let badges: Badges = (!badgeless)
                .then_some(Badge { program: Program::Csp, since: Instant::default() })
                .into_iter()
                .collect();
            let granted: EnumSet<Permission> =
                if powerless { EnumSet::empty() } else { Permission::LicensesView.into() };
            let shares = if unshared { Shares::empty() } else { Share::Licenses.into() };
            let standing = Standing {
                access: (!stranger).then_some(Access::Custom(granted)),
                status: if suspended { AccountStatus::Suspended } else { AccountStatus::Active },
                badges: &badges,
                connection: (!apart).then_some(ConnectionStanding { shares, customer_suspended }),
            };
            let missing = MissingRight::Permission(Permission::LicensesView);
            let expected = [
                (stranger, Refusal::NotAdministrator),
                (powerless, Refusal::RightMissing(missing)),
                (suspended, Refusal::AccountSuspended),
                (badgeless, Refusal::ProgramRequired(Program::Csp)),
                (apart || customer_suspended, Refusal::NotConnected),
                (unshared, Refusal::NotShared(Share::Licenses)),
            ];
            let first = expected.into_iter().find(|(fails, _)| *fails).map(|(_, refusal)| refusal);
            prop_assert_eq!(decide(&standing, &DEMAND).err(), first);
        }
    }

    #[test]
    fn of_several_permissions_the_first_that_is_missing_is_named() {
        use Permission::{CustomerDashboardView, LicensesView, TicketsView};
        let check = |granted: EnumSet<Permission>| {
            let right = Right::Permissions(LicensesView | CustomerDashboardView);
            check_right(Access::Custom(granted), right)
        };
        let missing = |permission| Err(MissingRight::Permission(permission));
        assert_eq!(check(TicketsView.into()), missing(CustomerDashboardView));
        assert_eq!(check(LicensesView.into()), missing(CustomerDashboardView));
        assert_eq!(check(CustomerDashboardView.into()), missing(LicensesView));
        assert_eq!(check(CustomerDashboardView | LicensesView), Ok(()));
        assert_eq!(check_right(Access::Full, Right::permission(LicensesView)), Ok(()));
    }

    #[test]
    fn every_permission_together_does_not_open_what_needs_full_access() {
        let standing = Standing {
            access: Some(Access::Custom(EnumSet::all())),
            status: AccountStatus::Active,
            badges: &Badges::default(),
            connection: None,
        };
        let demand = Demand {
            right: Right::FullAccess,
            reads_own: true,
            badge: BadgeDemand::None,
            customer: CustomerDemand::None,
        };
        let refusal = Refusal::RightMissing(MissingRight::FullAccess);
        assert_eq!(decide(&standing, &demand), Err(refusal));
    }

    #[test]
    fn a_suspended_account_still_reads_its_own_data() {
        let standing = Standing {
            access: Some(Access::Full),
            status: AccountStatus::Suspended,
            badges: &Badges::default(),
            connection: None,
        };
        let own = Demand {
            right: Right::Any,
            reads_own: true,
            badge: BadgeDemand::None,
            customer: CustomerDemand::None,
        };
        assert_eq!(decide(&standing, &own), Ok(()));
        let change = Demand { reads_own: false, ..own };
        assert_eq!(decide(&standing, &change), Err(Refusal::AccountSuspended));
    }
}
