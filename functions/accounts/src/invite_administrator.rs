//! Inviting an administrator.

use axum::{extract::State, response::Response};
use deserr::Deserr;
use enumset::EnumSet;
use http::StatusCode;
use tsunagu_api::{App, Begun, FullAccess, Given, InputErrors, Once, Problem};
use tsunagu_domain::{administrator::Permission, email::EmailAddress, ids::AccountId};
use utoipa::ToSchema;

use crate::{
    administrator::{AccessName, AdministratorBody, access_of},
    refusal,
};

/// Whom to invite.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
pub(crate) struct InviteAdministrator {
    /// The address; whoever signs in with it, verified, takes the invitation.
    email: EmailAddress,
    /// What the person will be allowed.
    access: AccessName,
    /// With custom access, what it includes; none if left out. Not with full access.
    #[deserr(default)]
    #[schema(value_type = Vec<Permission>, required = false)]
    permissions: Given<EnumSet<Permission>>,
}

/// Invite an administrator
///
/// The invitation waits for 14 days. It is taken when a person whose access token carries the
/// address as a verified one first calls, under the same `adminId`. No mail is sent: tell the person
/// to sign in. An address that is invited or active already is 409.
#[utoipa::path(
    post,
    path = "/v1/accounts/{accountId}/administrators",
    tag = "administrators",
    params(("accountId" = AccountId, Path, description = "The acting account")),
    request_body = InviteAdministrator,
    responses(
        (status = 201, body = AdministratorBody, description = "Invited"),
        (status = 409, description = "`conflict`: invited or active already"),
        FullAccess,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn invite_administrator(
    State(app): State<App>,
    full: FullAccess,
    once: Once<InviteAdministrator>,
) -> Result<Response, Problem> {
    let (asked, pending) = match once.begin(&app, &full).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::New(asked, pending) => (asked, pending),
    };
    let access = access_of(asked.access, asked.permissions.0)?;
    let invitation = full.acting.invitation(asked.email, access, app.now());
    let body = AdministratorBody::invited(&invitation);
    let answer = pending.answer(&app, StatusCode::CREATED, &body)?;
    let written = app.store.invite_administrator(&full.acting, &invitation, answer.record()).await;
    let written = written.map_err(|error| error.map_refusal(refusal::of_administrators));
    answer.finish(&app, written).await
}
