//! How many sessions of a domain's users are open.

use axum::extract::State;
use serde::Serialize;
use tsunagu_api::{App, Json, PathId, Problem};
use tsunagu_domain::ids::{AccountId, DomainId};
use utoipa::ToSchema;

use crate::{Provider, federated_customer::NamedAccount};

/// Open sessions of a domain's users, by customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DomainSessions)]
pub(crate) struct DomainSessionsBody {
    /// By customer; those with none are left out.
    items: Vec<CustomerSessionsBody>,
}

/// Open sessions of a customer's members.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CustomerSessions)]
pub(crate) struct CustomerSessionsBody {
    /// The customer.
    customer: NamedAccount,
    /// How many. A user of several customers counts for each.
    open_sessions: u32,
}

/// Open sessions of a domain's users
///
/// By customer, and never by user.
#[utoipa::path(
    get,
    path = "/v1/accounts/{csp}/domains/{domainId}/sessions",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("domainId" = DomainId, Path, description = "The domain"),
    ),
    responses(
        (status = 200, body = DomainSessionsBody),
        Provider,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn count_domain_sessions(
    State(app): State<App>,
    provider: Provider,
    PathId(domain): PathId<DomainId>,
) -> Result<Json<DomainSessionsBody>, Problem> {
    let acting = &provider.acting;
    app.store.domain(acting, domain).await?.ok_or_else(Problem::not_found)?;
    let counts = app.store.count_domain_sessions(acting, domain, app.now()).await?;
    let mut names = app.store.customer_names(acting, counts.keys().copied()).await?;
    let items = counts.into_iter().filter_map(|(account_id, open_sessions)| {
        let display_name = names.remove(&account_id)?;
        let customer = NamedAccount { account_id, display_name };
        Some(CustomerSessionsBody { customer, open_sessions })
    });
    Ok(Json(DomainSessionsBody { items: items.collect() }))
}
