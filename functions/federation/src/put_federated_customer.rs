//! A provider adds a customer to a domain.

use axum::{extract::State, response::Response};
use deserr::Deserr;
use tsunagu_api::{App, IfMatch, InputErrors, Json, Nullable, PathIds, Problem};
use tsunagu_domain::ids::{AccountId, DomainId, FederationId};
use tsunagu_store::{Shared, Stated};
use utoipa::ToSchema;

use crate::{
    ProviderFor,
    federated_customer::FederatedCustomerBody,
    members::{MembersBody, members},
    refusal,
};

/// Which users of the domain are the customer's.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, deny_unknown_fields)]
pub(crate) struct PutFederatedCustomer {
    /// A group or a branch; `null`, everyone, where it is the domain's only customer.
    #[schema(value_type = Option<MembersBody>, required = true)]
    members: Nullable<MembersBody>,
}

/// Add a customer to a domain, or change its members
///
/// Whoever signed in before a change signs in anew.
#[utoipa::path(
    put,
    path = "/v1/accounts/{csp}/domains/{domainId}/customers/{customer}",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("domainId" = DomainId, Path, description = "The domain"),
        ("customer" = AccountId, Path, description = "A connected customer"),
    ),
    request_body = PutFederatedCustomer,
    responses(
        (status = 201, body = FederatedCustomerBody, description = "Added"),
        (status = 200, body = FederatedCustomerBody, description = "Changed"),
        (
            status = 409,
            description = "`members-overlap`; `conflict`: the domain takes no more customers"
        ),
        ProviderFor,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn put_federated_customer(
    State(app): State<App>,
    provider: ProviderFor,
    ids: PathIds,
    if_match: IfMatch,
    Json(body): Json<PutFederatedCustomer>,
) -> Result<Response, Problem> {
    let domain: DomainId = ids.get("domainId")?;
    let members = members(body.members.0)?;
    let customer = shared(&provider)?;
    let seen = seen(&app, &customer, domain, &if_match).await?;
    let put = app.store.put_federated_customer(
        &provider.acting,
        &customer,
        domain,
        &members,
        seen,
        app.now(),
    );
    let Stated { value, is_new } = put.await.map_err(|error| error.map_refusal(refusal::of))?;
    app.stated(Stated { value: FederatedCustomerBody::from(value), is_new }).await
}

/// What the customer's entry was when the caller saw it, where it names that.
pub(crate) async fn seen(
    app: &App,
    customer: &Shared<'_, tsunagu_api::permit::sharing::Federation>,
    domain: DomainId,
    if_match: &IfMatch,
) -> Result<Option<FederationId>, Problem> {
    if !if_match.is_given() {
        return Ok(None);
    }
    let found = app.store.federated_customer(customer, domain).await?;
    let version = found.as_ref().map(|found| found.item.federation_id);
    let shown = found.map(FederatedCustomerBody::from);
    Ok(if_match.seen_if_any(app, shown.as_ref(), version).await?.flatten())
}

/// The customer as one that shares `federation`, as the extractor found.
pub(crate) fn shared(
    provider: &ProviderFor,
) -> Result<Shared<'_, tsunagu_api::permit::sharing::Federation>, Problem> {
    let shared = provider.customer.sharing();
    shared.ok_or_else(|| Problem::internal("admitted to what is not shared"))
}
