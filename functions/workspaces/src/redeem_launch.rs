//! A machine asks what a ticket opens.

use axum::{Extension, extract::State};
use deserr::Deserr;
use serde::Serialize;
use tsunagu_api::{App, InputErrors, Json, Machine, Problem};
use tsunagu_domain::{
    federation::{domain_name::DomainName, login::UserName},
    ids::{AccountId, LaunchId, ResourceId},
};
use tsunagu_store::workspaces::Redeemed;
use utoipa::ToSchema;

use crate::Workspaces;

/// The most that a body may weigh: a ticket, and what stands around it.
const LIMIT: usize = 4 * 1024;

/// A ticket as it stood in the launch's address.
#[derive(Deserr, ToSchema)]
#[deserr(error = InputErrors, deny_unknown_fields)]
pub(crate) struct RedeemLaunch {
    /// The value of `ticket` in the query.
    ticket: String,
}

/// What a ticket opened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RedeemedLaunch)]
pub(crate) struct RedeemedBody {
    /// The launch.
    launch_id: LaunchId,
    /// The app or desktop.
    resource_id: ResourceId,
    /// The user's name within the domain.
    username: UserName,
    /// The domain.
    domain: DomainName,
    /// For whom it is opened.
    customer: RedeemedCustomerBody,
}

/// For whom something is opened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RedeemedCustomer)]
pub(crate) struct RedeemedCustomerBody {
    /// The account.
    account_id: AccountId,
}

impl From<Redeemed> for RedeemedBody {
    fn from(redeemed: Redeemed) -> Self {
        Self {
            launch_id: redeemed.launch_id,
            resource_id: redeemed.resource_id,
            username: redeemed.user,
            domain: redeemed.domain_name,
            customer: RedeemedCustomerBody { account_id: redeemed.customer },
        }
    }
}

/// Redeem a launch's ticket
///
/// Once, within 60 seconds, by the resource location at which the app or desktop is, and while the
/// session that launched it stands: otherwise it is 404. A key of no location is 401.
#[utoipa::path(
    post,
    path = "/v1/launches/redeem",
    tag = "workspaces",
    request_body = RedeemLaunch,
    responses(
        (status = 200, body = RedeemedBody),
        (status = 404, description = "`not-found`: unknown, late, redeemed already, replaced by another \
                                      one or another location's"),
    ),
    security(("location" = []))
)]
pub(crate) async fn redeem_launch(
    State(app): State<App>,
    Extension(workspaces): Extension<Workspaces>,
    Machine(location): Machine,
    Json(body): Json<RedeemLaunch, LIMIT>,
) -> Result<Json<RedeemedBody>, Problem> {
    let ticket = body.ticket.parse().map_err(|_| Problem::not_found())?;
    let grace = workspaces.terms().grace;
    let redeemed = app.store.redeem(location, &ticket, grace, app.now()).await?;
    redeemed.map(|redeemed| Json(redeemed.into())).ok_or_else(Problem::not_found)
}
