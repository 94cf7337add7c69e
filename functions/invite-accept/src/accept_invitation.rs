//! The customer accepts: the one act that grants a partner its view (P4).

use axum::{extract::State, response::Response};
use deserr::Deserr;
use http::StatusCode;
use tsunagu_api::{
    App,
    bodies::{ConnectionBody, PartnerBody, PartyBody},
    claims::SignedIn,
    idempotency::{Begun, Once},
    input::InputErrors,
    path::PathId,
    permit::admit_account,
    problem::Problem,
    scope::Reader,
};
use tsunagu_domain::{
    administrator::Permission,
    ids::AccountId,
    invitation::InviteToken,
    locale::Language,
    share::{Share, Shares},
};
use tsunagu_store::{Acceptance, Accepted, Acting, StoreError};
use utoipa::ToSchema;

use crate::refusal;

/// Which account accepts, and what it shares.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct AcceptInvitation {
    /// The customer: an account of the caller's.
    account_id: AccountId,
    /// What the partner will see; everything if left out.
    #[deserr(default)]
    #[schema(value_type = Option<Vec<Share>>)]
    shares: Option<Shares>,
    /// The mark of what was shown. If it is given and something else is shown by now, nothing is
    /// accepted (`invitation-changed`).
    #[deserr(default)]
    version: Option<String>,
}

/// Accept an invitation
///
/// Connects the account to the partner: 201. If they are connected already, that connection is
/// answered with 200 and nothing changes. No mail is sent; the partner gets a notification.
#[utoipa::path(
    post,
    path = "/v1/invitations/{token}/accept",
    tag = "invitations",
    params(("token" = String, Path, description = "The secret of the link")),
    request_body = AcceptInvitation,
    responses(
        (status = 201, body = ConnectionBody, description = "Connected"),
        (status = 200, body = ConnectionBody, description = "Connected already"),
        (
            status = 403,
            description = "`permission-missing` (it takes `connections.manage` of the account), \
                           `account-suspended`"
        ),
        (
            status = 409,
            description = "`self-connection`, `partner-not-available`, `invitation-changed`"
        ),
        (
            status = 429,
            description = "`rate-limited`: 20 new episodes of a pair a day",
            headers(("Retry-After" = u32, description = "Seconds until the customer's next day"))
        ),
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn accept_invitation(
    State(app): State<App>,
    person: SignedIn,
    Reader(language): Reader,
    PathId(token): PathId<InviteToken>,
    once: Once<AcceptInvitation>,
) -> Result<Response, Problem> {
    let account = once.body().account_id;
    let customer = admit_account(&app, &person, account, Permission::ConnectionsManage).await?;
    let (accept, pending) = match once.begin(&app, &person).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::New(accept, pending) => (accept, pending),
    };
    let now = app.now();
    let invitation = app.store.invitation(&token, now).await?.ok_or_else(Problem::not_found)?;
    let acceptance = Acceptance {
        customer: &customer,
        shares: accept.shares.unwrap_or(Shares::all()),
        version: accept.version.as_deref(),
        now,
    };
    let answer = |accepted: &Accepted| {
        let status = if accepted.is_new { StatusCode::CREATED } else { StatusCode::OK };
        pending.answer(&app, status, &connection(accepted, &customer, language))
    };
    let record = |accepted: &Accepted| match answer(accepted) {
        Ok(answer) => Ok(answer.record()),
        Err(problem) => Err(StoreError::Internal(format!("{problem:?}"))),
    };
    let zone = customer.account().time_zone;
    let refused = |refusal| refusal::of_acceptance(refusal, zone, now);
    let accepted = app.store.accept(invitation, &acceptance, record).await;
    let accepted = accepted.map_err(|error| error.map_refusal(refused));
    pending.finish(&app, accepted, answer).await
}

fn connection(accepted: &Accepted, customer: &Acting, language: Language) -> ConnectionBody {
    let partner = accepted.invitation.partner_names();
    let partner = PartyBody::new(accepted.connection.pair.partner, &partner);
    let badges = &accepted.invitation.badges;
    let partner = PartnerBody::new(partner, badges, language);
    ConnectionBody::new(&accepted.connection, partner, PartyBody::of(customer))
}
