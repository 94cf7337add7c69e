//! The vendor makes, changes and suspends accounts.

use axum::{extract::State, response::Response};
use deserr::Deserr;
use enumset::EnumSet;
use tsunagu_api::{
    App, ChosenId, Given, IfMatch, InputErrors, Json, Patch, Platform, Problem, Reader,
    input::Distinct,
};
use tsunagu_domain::{
    Invalid,
    account::{Account, AccountStatus, Provision},
    administrator::Permission,
    email::EmailAddress,
    ids::{AccountId, OrgId},
    locale::{CountryCode, TimeZone},
    text::DisplayName,
    vendor::ExternalId,
};
use tsunagu_store::{Invitee, Provisioning, Stated};
use utoipa::ToSchema;

use crate::{
    account::ProvisionedAccountBody,
    administrator::{AccessName, access_of},
    refusal,
};

/// How many administrators one call names at most: all are invited in one transaction.
const MAX_INVITEES: usize = 20;

/// What the vendor says of an account; what is left out stays as it is. A new account needs `orgId`,
/// `displayName` and `country`.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct PutAccount {
    /// The organization; never changes.
    #[deserr(default)]
    #[schema(value_type = OrgId, required = false)]
    org_id: Given<OrgId>,
    /// The account's name.
    #[deserr(default)]
    #[schema(value_type = DisplayName, required = false)]
    display_name: Given<DisplayName>,
    /// Where it is.
    #[deserr(default)]
    #[schema(value_type = CountryCode, required = false)]
    country: Given<CountryCode>,
    /// Its time zone; never changes. The operator's default if left out for a new account.
    #[deserr(default)]
    #[schema(value_type = TimeZone, required = false)]
    time_zone: Given<TimeZone>,
    /// The vendor's own number; `null` removes it.
    #[deserr(default)]
    #[schema(value_type = Option<ExternalId>)]
    external_id: Patch<ExternalId>,
    /// Whom to invite, unless invited or active already. Nobody is ever removed by it.
    #[deserr(default)]
    #[schema(value_type = Vec<PutAdministrator>, required = false, max_items = 20)]
    administrators: Given<Distinct<PutAdministrator, MAX_INVITEES>>,
    /// Whether the account may be used.
    #[deserr(default)]
    #[schema(value_type = AccountStatus, required = false)]
    status: Given<AccountStatus>,
}

/// Somebody to invite.
#[derive(Clone, Debug, PartialEq, Eq, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
pub(crate) struct PutAdministrator {
    /// The address.
    email: EmailAddress,
    /// What the person will be allowed.
    access: AccessName,
    /// With custom access, what it includes; none if left out. Not with full access.
    #[deserr(default)]
    #[schema(value_type = Vec<Permission>, required = false)]
    permissions: Given<EnumSet<Permission>>,
}

/// The people to invite, each address once.
fn invitees(named: &[PutAdministrator]) -> Result<Vec<Invitee>, InputErrors> {
    let mut invitees: Vec<Invitee> = Vec::new();
    let mut errors = Vec::new();
    for (index, PutAdministrator { email, access, permissions }) in named.iter().enumerate() {
        if named[..index].iter().any(|earlier| earlier.email == *email) {
            let pointer = format!("/administrators/{index}/email");
            errors.push(InputErrors::one(&pointer, Invalid::Duplicate));
        }
        if let Ok(access) = access_of(*access, permissions.0) {
            invitees.push(Invitee { email: email.clone(), access });
        } else {
            let pointer = format!("/administrators/{index}/permissions");
            errors.push(InputErrors::one(&pointer, refusal::FULL_HAS_ALL));
        }
    }
    InputErrors::all(errors).map_or(Ok(invitees), Err)
}

impl PutAccount {
    fn provision(self) -> (Provision, Option<Distinct<PutAdministrator, MAX_INVITEES>>) {
        let external_id = match self.external_id {
            Patch::Absent => None,
            Patch::Null => Some(None),
            Patch::Value(external_id) => Some(Some(external_id)),
        };
        let provision = Provision {
            org_id: self.org_id.0,
            display_name: self.display_name.0,
            country: self.country.0,
            time_zone: self.time_zone.0,
            external_id,
            status: self.status.0,
        };
        (provision, self.administrators.0)
    }
}

/// Provision an account
///
/// The organization is made where nobody has heard of it. `orgId` and `timeZone` of an existing
/// account never change (409). Administrators are invited for 14 days; no mail is sent. A suspended
/// account's administrators may only read its own data, and its partners no longer see it, with the
/// next request. Repeating the call completes one that was cut off.
#[utoipa::path(
    put,
    path = "/v1/platform/accounts/{accountId}",
    tag = "platform",
    params(("accountId" = AccountId, Path, description = "The account")),
    request_body = PutAccount,
    responses(
        (status = 201, body = ProvisionedAccountBody, description = "Made"),
        (status = 200, body = ProvisionedAccountBody, description = "Changed"),
        (status = 409, description = "`conflict`: ORGID and time zone never change"),
    ),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn put_account(
    State(app): State<App>,
    _: Platform,
    Reader(language): Reader,
    ChosenId(account_id): ChosenId<AccountId>,
    if_match: IfMatch,
    Json(put): Json<PutAccount>,
) -> Result<Response, Problem> {
    let (provision, named) = put.provision();
    let administrators = invitees(named.as_deref().unwrap_or_default())?;
    let now = app.now();
    let default_time_zone = app.settings.default_time_zone;
    let wanted = Provisioning { account_id, provision, administrators, default_time_zone, now };
    let mut seen = None;
    if if_match.is_given() {
        let record = app.store.account_on_record(account_id, now).await?;
        let shown = record.as_ref();
        let shown = shown.map(|record| ProvisionedAccountBody::on_record(record, language));
        let account = record.map(|record| record.account);
        seen = if_match.seen_if_any(&app, shown.as_ref(), account).await?;
    }
    let still = |known: Option<&Account>| seen.as_ref().is_none_or(|seen| known == seen.as_ref());
    let provisioned = app.store.provision(&wanted, still).await;
    let provisioned = provisioned.map_err(|error| error.map_refusal(refusal::of_provisioning))?;
    let value = ProvisionedAccountBody::on_record(&provisioned.record, language);
    app.stated(Stated { value, is_new: provisioned.is_new }).await
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parse(body: Value) -> Result<(Provision, Vec<Invitee>), Problem> {
        let put = deserr::deserialize::<PutAccount, _, InputErrors>(body)?;
        let (provision, named) = put.provision();
        Ok((provision, invitees(named.as_deref().unwrap_or_default())?))
    }

    #[test]
    fn given_nothing_then_nothing_is_said() {
        assert_eq!(parse(json!({})), Ok((Provision::default(), vec![])));
    }

    #[test]
    fn given_null_then_only_the_vendors_number_is_removed_by_it() {
        let (provision, _) = parse(json!({"externalId": null})).expect("valid");
        assert_eq!(provision, Provision { external_id: Some(None), ..Provision::default() });
        let problem = parse(json!({"status": null, "orgId": null})).expect_err("two mistakes");
        assert_eq!(problem.errors().len(), 2);
    }

    #[test]
    fn given_mistakes_about_administrators_then_each_is_pointed_at() {
        let problem = parse(json!({"administrators": [
            {"email": "a@example.com", "access": "full"},
            {"email": "A@example.com", "access": "custom"},
            {"email": "b@example.com", "access": "full", "permissions": []},
        ]}))
        .expect_err("two mistakes");
        let pointers: Vec<_> = problem.errors().iter().map(|error| &*error.pointer).collect();
        assert_eq!(pointers, ["/administrators/1/email", "/administrators/2/permissions"]);
    }
}
