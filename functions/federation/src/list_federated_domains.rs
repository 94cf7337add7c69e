//! The domains that are federated to an account.

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use tsunagu_api::{App, Json, Member, Page, PageBody, PageParams, Problem};
use tsunagu_domain::{
    federation::domain_name::DomainName,
    ids::{AccountId, DomainId},
};
use tsunagu_store::federation::FederatedDomain;
use utoipa::ToSchema;

use crate::federated_customer::NamedAccount;

/// A domain of a provider whose users may enter the account's workspaces.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FederatedDomain)]
pub(crate) struct FederatedDomainBody {
    /// The domain.
    domain_id: DomainId,
    /// Its name.
    name: DomainName,
    /// Whose it is.
    provider: NamedAccount,
    /// When the account was added to it.
    added_at: DateTime<Utc>,
}

impl From<FederatedDomain> for FederatedDomainBody {
    fn from(FederatedDomain { item, provider_name }: FederatedDomain) -> Self {
        let provider = NamedAccount { account_id: item.provider, display_name: provider_name };
        Self { domain_id: item.domain_id, name: item.name, provider, added_at: item.added_at }
    }
}

/// The domains that are federated to the account
///
/// A page may be short, even empty, and still not be the last.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/federated-domains",
    tag = "federation",
    params(("account" = AccountId, Path, description = "The acting account"), PageParams),
    responses((status = 200, body = PageBody<FederatedDomainBody>)),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_federated_domains(
    State(app): State<App>,
    account: Member,
    page: Page,
) -> Result<Json<PageBody<FederatedDomainBody>>, Problem> {
    let after = page.position(&app).await?;
    let found = app.store.federated_domains(&account.acting, after, page.limit).await?;
    let items = found.items.into_iter().map(FederatedDomainBody::from).collect();
    Ok(Json(page.answer(&app, items, found.next).await?))
}
