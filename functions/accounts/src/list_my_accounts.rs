//! Who am I, and where am I an administrator?

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use tsunagu_api::{App, Json, Problem, Reader, SignedIn, bodies::BadgeBody};
use tsunagu_domain::{
    account::AccountStatus,
    administrator::Permission,
    email::EmailAddress,
    ids::{AccountId, AdminId, OrgId},
    locale::Language,
    text::DisplayName,
};
use tsunagu_store::MyAccount;
use utoipa::ToSchema;

use crate::administrator::AccessName;

/// The signed-in person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Me)]
pub(crate) struct MeBody {
    /// The token's own `sub`: the person's id at its issuer.
    #[schema(example = "7c9e6679-7425-40de-944b-e07fc1f90ae7")]
    subject: String,
    /// The token's address.
    #[schema(required = true)]
    email: Option<EmailAddress>,
    /// The accounts whose administrator the person is, by account id; all of them.
    accounts: Vec<MyAccountBody>,
}

/// An account and the person's place in it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MyAccount)]
struct MyAccountBody {
    /// The account.
    account_id: AccountId,
    /// The name that it gives itself.
    display_name: DisplayName,
    /// The organization's name as the vendor verified it; `null` until it has.
    #[schema(required = true)]
    organization_name: Option<DisplayName>,
    /// Its organization.
    org_id: OrgId,
    /// Whether the vendor has suspended it.
    status: AccountStatus,
    /// The person as an administrator of it.
    admin_id: AdminId,
    /// What the person may do there.
    access: AccessName,
    /// The permissions in force; all of them with full access.
    permissions: Vec<Permission>,
    /// The account's badges.
    badges: Vec<BadgeBody>,
    /// The address of the administrator who invited the person; `null` for who registered the
    /// account or was named by the vendor.
    #[schema(required = true)]
    invited_by: Option<EmailAddress>,
    /// When the person became an administrator.
    joined_at: DateTime<Utc>,
}

impl MyAccountBody {
    fn new(mine: MyAccount, language: Language) -> Self {
        let MyAccount { record, administrator } = mine;
        Self {
            account_id: record.account.account_id,
            display_name: record.account.display_name,
            organization_name: record.organization.name,
            org_id: record.account.org_id,
            status: record.account.status,
            admin_id: administrator.admin_id,
            access: administrator.access.into(),
            permissions: administrator.access.permissions().iter().collect(),
            badges: BadgeBody::all(&record.badges, language),
            invited_by: administrator.invited_by,
            joined_at: administrator.joined_at,
        }
    }
}

/// Me and my accounts
///
/// Invitations that wait for the token's verified address are taken by this call.
#[utoipa::path(
    get,
    path = "/v1/me",
    tag = "accounts",
    responses((status = 200, body = MeBody)),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_my_accounts(
    State(app): State<App>,
    SignedIn { caller, subject }: SignedIn,
    Reader(language): Reader,
) -> Result<Json<MeBody>, Problem> {
    let mine = app.store.my_accounts(&caller, app.now()).await?;
    Ok(Json(MeBody {
        subject,
        email: caller.email,
        accounts: mine.into_iter().map(|mine| MyAccountBody::new(mine, language)).collect(),
    }))
}
