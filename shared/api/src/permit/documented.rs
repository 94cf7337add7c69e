//! What extractors refuse, for the document: a handler lists its extractor among its responses, so
//! that the document names the permission which the handler's signature demands.

use std::collections::BTreeMap;

use tsunagu_domain::access::{BadgeDemand, CustomerDemand, Right};
use utoipa::{
    IntoResponses,
    openapi::{RefOr, Response},
};

use super::{Admitted, AdmittedTo, Badge, Rights, Shares};
use crate::problem::Code;

impl<R: Rights, B: Badge> IntoResponses for Admitted<R, B> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(R::right(), B::DEMAND, CustomerDemand::None)
    }
}

impl<R: Rights, S: Shares, B: Badge> IntoResponses for AdmittedTo<R, S, B> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(R::right(), B::DEMAND, S::DEMAND)
    }
}

fn refusals(
    right: Right,
    badge: BadgeDemand,
    customer: CustomerDemand,
) -> BTreeMap<String, RefOr<Response>> {
    let quoted = |code: Code| format!("`{}`", code.as_str());
    let missing = quoted(Code::PermissionMissing);
    let right = match right {
        Right::Any => None,
        Right::FullAccess => Some(format!("{missing} (it takes full access)")),
        Right::Permissions(permissions) => {
            let names: Vec<_> = permissions.iter().map(|one| format!("`{one}`")).collect();
            Some(format!("{missing} (it takes {})", names.join(", ")))
        }
    };
    let badge = match badge {
        BadgeDemand::None => None,
        BadgeDemand::Any => Some(quoted(Code::PartnerBadgeRequired)),
        BadgeDemand::Of(program) => Some(format!("{} ({program})", quoted(Code::ProgramRequired))),
    };
    let share = match customer {
        CustomerDemand::Sharing(share) => Some(format!("{} (`{share}`)", quoted(Code::NotShared))),
        CustomerDemand::None | CustomerDemand::Connected => None,
    };
    // A suspended account still reads its own data, and its customers' no longer.
    let suspended = (badge.is_some() || customer != CustomerDemand::None)
        .then(|| quoted(Code::AccountSuspended));
    let told: Vec<_> = [right, suspended, badge, share].into_iter().flatten().collect();
    if told.is_empty() {
        return BTreeMap::new();
    }
    BTreeMap::from([("403".to_owned(), Response::new(told.join(", ")).into())])
}
