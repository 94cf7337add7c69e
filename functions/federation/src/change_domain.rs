//! A domain lives elsewhere, or asks another directory.

use axum::{Extension, extract::State};
use deserr::Deserr;
use tsunagu_api::{App, Given, IfMatch, InputErrors, Json, Patch, PathId, Problem, Tagged};
use tsunagu_domain::ids::{AccountId, DomainId, ResourceLocationId};
use tsunagu_store::federation::{DomainChange, PasswordChange};
use tsunagu_vault::Belonging;
use utoipa::ToSchema;

use crate::{
    Management, ProviderOwner,
    directory::{BindPassword, ChangeDirectory},
    domain::DomainBody,
    get_domain, refusal,
};

/// What is to be different; what is left out stays. The name never changes.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct ChangeDomain {
    /// Where it lives.
    #[deserr(default)]
    #[schema(value_type = ResourceLocationId, required = false)]
    resource_location_id: Given<ResourceLocationId>,
    /// Whom it asks for its users, and how.
    #[deserr(default)]
    #[schema(value_type = ChangeDirectory, required = false)]
    directory: Given<ChangeDirectory>,
}

/// Change a domain
///
/// Takes full access: from now on its users' passwords go where this says. Customers that are federated
/// to it are told of the directory's host in their audit trails.
#[utoipa::path(
    patch,
    path = "/v1/accounts/{csp}/domains/{domainId}",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("domainId" = DomainId, Path, description = "The domain"),
    ),
    request_body = ChangeDomain,
    responses(
        (status = 200, body = DomainBody),
        (status = 422, description = "`directory-insecure`, `directory-address-refused`"),
        ProviderOwner,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn change_domain(
    State(app): State<App>,
    Extension(management): Extension<Management>,
    provider: ProviderOwner,
    PathId(domain): PathId<DomainId>,
    if_match: IfMatch,
    Json(asked): Json<ChangeDomain>,
) -> Result<Tagged<DomainBody>, Problem> {
    let acting = &provider.acting;
    let seen = get_domain::seen(&app, acting, domain, &if_match).await?;
    let mut directory = asked.directory.0.unwrap_or_default();
    let of = Belonging { provider: acting.account_id(), domain };
    let password = password(&management, of, std::mem::take(&mut directory.bind_password)).await?;
    let change = DomainChange {
        location: asked.resource_location_id.0,
        directory: directory.into(),
        password,
        policy: management.policy(of.provider),
    };
    let changed = app.store.change_domain(acting, domain, &change, seen, app.now()).await;
    app.tagged(changed.map_err(|error| error.map_refusal(refusal::of))?.into()).await
}

async fn password(
    management: &Management,
    of: Belonging,
    password: Patch<BindPassword>,
) -> Result<PasswordChange, Problem> {
    Ok(match password {
        Patch::Absent => PasswordChange::Left,
        Patch::Null => PasswordChange::Removed,
        Patch::Value(password) => {
            PasswordChange::Set(management.seal(of, password.secret()).await?)
        }
    })
}
