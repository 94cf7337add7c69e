//! The kinds of callers, and what the contract answers each of them.

use crate::rows::{Demand, Other, Right, Row};

/// Somebody who calls, or a state in which the account's own administrator calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Without a token.
    Nobody,
    /// A person without any account.
    Stranger,
    /// An administrator of another partner of the same customer.
    OtherPartner,
    /// An administrator of the customer on the other side.
    CustomersAdministrator,
    /// An administrator of the partner on the other side.
    PartnersAdministrator,
    /// An administrator who has every permission but the one that is asked for.
    WithoutPermission,
    /// An administrator without any permission.
    Powerless,
    /// An administrator with every permission, and not with full access.
    EveryPermission,
    /// The administrator with full access.
    Full,
    /// The same, when the account is suspended.
    OwnSuspended,
    /// The same, when the account's badge has lapsed.
    Lapsed,
    /// The same, when the connection has ended.
    Ended,
    /// The same, when nothing is shared any more.
    Narrowed,
    /// The same, when the account on the other side is suspended.
    OtherSuspended,
    /// The same, when the other account was never connected.
    NeverConnected,
    /// The same, when there is no other account.
    UnknownOther,
    /// A machine of the vendor.
    Platform,
    /// Whoever has a token with both scopes.
    BothScopes,
}

impl Kind {
    pub(crate) const ALL: [Self; 18] = [
        Self::Nobody,
        Self::Stranger,
        Self::OtherPartner,
        Self::CustomersAdministrator,
        Self::PartnersAdministrator,
        Self::WithoutPermission,
        Self::Powerless,
        Self::EveryPermission,
        Self::Full,
        Self::OwnSuspended,
        Self::Lapsed,
        Self::Ended,
        Self::Narrowed,
        Self::OtherSuspended,
        Self::NeverConnected,
        Self::UnknownOther,
        Self::Platform,
        Self::BothScopes,
    ];
}

/// What is answered: a status and the problem's code, or the gateway's own word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Admitted: the row's own answer.
    Admitted,
    /// The gateway refuses, in AWS's words.
    Gateway(u16, &'static str),
    /// A problem with this status and code, and what it names besides.
    Problem(u16, &'static str, Option<&'static str>),
}

const NOT_FOUND: Expected = Expected::Problem(404, "not-found", None);

/// What the contract answers this kind of caller on this route.
pub(crate) fn expected(row: &Row, kind: Kind) -> Expected {
    match (row.demand, kind) {
        (Demand::Public, _) | (Demand::Platform, Kind::Platform) => Expected::Admitted,
        (Demand::Secret(_), _) => Expected::Problem(401, "unauthenticated", None),
        (_, Kind::Nobody) => Expected::Gateway(401, "Unauthorized"),
        (_, Kind::BothScopes) => Expected::Problem(403, "forbidden", None),
        (Demand::Platform, _) | (_, Kind::Platform) => Expected::Gateway(403, "Forbidden"),
        (Demand::Person, _) => Expected::Admitted,
        (Demand::Account(right), _) => of_account(row, right, kind),
    }
}

fn of_account(row: &Row, right: Right, kind: Kind) -> Expected {
    match kind {
        Kind::Stranger
        | Kind::OtherPartner
        | Kind::CustomersAdministrator
        | Kind::PartnersAdministrator => NOT_FOUND,
        Kind::WithoutPermission | Kind::Powerless => match right {
            Right::Any => Expected::Admitted,
            Right::Permission(name) => permission_missing(name),
            Right::Both(_, second) if kind == Kind::WithoutPermission => permission_missing(second),
            Right::Both(first, _) => permission_missing(first),
            Right::Full => permission_missing("full-access"),
        },
        Kind::EveryPermission if right == Right::Full => permission_missing("full-access"),
        Kind::OwnSuspended if !row.reads_own => Expected::Problem(403, "account-suspended", None),
        Kind::Lapsed if row.program => Expected::Problem(403, "program-required", None),
        Kind::Lapsed if row.badge => Expected::Problem(403, "partner-badge-required", None),
        Kind::Narrowed if row.share.is_some() => Expected::Problem(403, "not-shared", None),
        _ => with_other(row.other, kind),
    }
}

fn permission_missing(name: &'static str) -> Expected {
    Expected::Problem(403, "permission-missing", Some(name))
}

/// What the other side decides. A customer sees and leaves a suspended partner.
fn with_other(other: Other, kind: Kind) -> Expected {
    let hidden = match kind {
        Kind::NeverConnected | Kind::UnknownOther => other != Other::Nobody,
        Kind::Ended => matches!(other, Other::Customer | Other::LeavingCustomer | Other::Partner),
        Kind::OtherSuspended => matches!(other, Other::Customer | Other::FormerCustomer),
        _ => false,
    };
    if hidden { NOT_FOUND } else { Expected::Admitted }
}
