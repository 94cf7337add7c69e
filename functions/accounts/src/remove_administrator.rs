//! Removing an administrator or an invitation; anyone may remove himself.

use axum::extract::State;
use http::StatusCode;
use tsunagu_api::{App, IfMatch, PathIds, Problem, SignedIn, scope::Scope};
use tsunagu_domain::{
    access::{BadgeDemand, CustomerDemand, Demand, Refusal, Right},
    account::AccountStatus,
    ids::{AccountId, AdminId},
};
use tsunagu_store::{Acting, AdministratorOnRecord, AdmitError, Caller};

use crate::{administrator::AdministratorBody, refusal};

/// Remove an administrator
///
/// Needs full access, except that anyone may remove himself. The person is out with the next
/// request. The last administrator with full access stays (409 `last-administrator`).
#[utoipa::path(
    delete,
    path = "/v1/accounts/{accountId}/administrators/{adminId}",
    tag = "administrators",
    params(
        ("accountId" = AccountId, Path, description = "The acting account"),
        ("adminId" = AdminId, Path, description = "An administrator of it"),
    ),
    responses(
        (status = 204, description = "Removed"),
        (status = 409, description = "`last-administrator`"),
        (status = 403, description = "`permission-missing` (another one takes full access)"),
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn remove_administrator(
    State(app): State<App>,
    SignedIn { caller, .. }: SignedIn,
    scope: Scope,
    ids: PathIds,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let account = scope.acting_account().ok_or_else(Problem::not_found)?;
    let target = ids.get::<AdminId>("adminId");
    let acting = admitted(&app, &caller, account, target.as_ref().ok().copied()).await?;
    let target = target?;
    let present = app.store.administrator(&acting, target, app.now()).await?;
    let present = present.ok_or_else(Problem::not_found)?;
    let seen = if_match.seen(&app, &AdministratorBody::of(&present), &present).await?;
    let still = |known: &AdministratorOnRecord| seen.is_none_or(|seen| known.is_unchanged(seen));
    let removed = app.store.remove_administrator(&acting, target, app.now(), still).await;
    removed.map_err(|error| error.map_refusal(refusal::of_administrators))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Admits whoever has full access, and whoever is the target himself.
async fn admitted(
    app: &App,
    caller: &Caller,
    account: AccountId,
    target: Option<AdminId>,
) -> Result<Acting, Problem> {
    let full = demand(Right::FullAccess, false);
    let lacking = match app.store.admit(caller, account, None, &full, app.now()).await {
        Ok(admission) => return Ok(admission.acting),
        Err(AdmitError::Refused(lacking @ Refusal::RightMissing(_))) => lacking,
        Err(error) => return Err(error.into()),
    };
    // Who it is shows only now; that the account is suspended is told after that.
    let any = demand(Right::Any, true);
    let acting = app.store.admit(caller, account, None, &any, app.now()).await?.acting;
    if Some(acting.administrator().admin_id) != target {
        return Err(lacking.into());
    }
    if acting.account().status == AccountStatus::Suspended {
        return Err(Refusal::AccountSuspended.into());
    }
    Ok(acting)
}

const fn demand(right: Right, reads_own: bool) -> Demand {
    Demand { right, reads_own, badge: BadgeDemand::None, customer: CustomerDemand::None }
}
