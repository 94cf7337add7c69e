//! A customer may use an app or a desktop, or may no longer.

use axum::{extract::State, response::Response};
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Serialize;
use tsunagu_api::{App, PathIds, Problem, Shown};
use tsunagu_domain::ids::{AccountId, ResourceId};
use tsunagu_store::{Stated, federation::ResourceCustomer};
use utoipa::ToSchema;

use crate::{
    ProviderFor, federated_customer::NamedAccount, put_federated_customer::shared, refusal,
};

/// A customer that may use an app or a desktop.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ResourceCustomer)]
pub(crate) struct ResourceCustomerBody {
    /// The customer.
    customer: NamedAccount,
    /// The app or desktop.
    resource_id: ResourceId,
    /// Since when.
    added_at: DateTime<Utc>,
}

impl Shown for ResourceCustomerBody {
    const DERIVED: &'static [&'static str] = &["/customer/displayName"];
}

impl From<ResourceCustomer> for ResourceCustomerBody {
    fn from(ResourceCustomer { item, names }: ResourceCustomer) -> Self {
        let customer = NamedAccount::of(item.customer, names);
        Self { customer, resource_id: item.resource_id, added_at: item.added_at }
    }
}

/// Let a customer use an app or a desktop
#[utoipa::path(
    put,
    path = "/v1/accounts/{csp}/resources/{resourceId}/customers/{customer}",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("resourceId" = ResourceId, Path, description = "The app or desktop"),
        ("customer" = AccountId, Path, description = "A connected customer"),
    ),
    responses(
        (status = 201, body = ResourceCustomerBody, description = "From now on"),
        (status = 200, body = ResourceCustomerBody, description = "It may already"),
        ProviderFor,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn allow_resource(
    State(app): State<App>,
    provider: ProviderFor,
    ids: PathIds,
) -> Result<Response, Problem> {
    let resource: ResourceId = ids.get("resourceId")?;
    let customer = shared(&provider)?;
    let allowed = app.store.allow_resource(&provider.acting, &customer, resource, app.now()).await;
    let Stated { value, is_new } = allowed.map_err(|error| error.map_refusal(refusal::of))?;
    app.stated(Stated { value: ResourceCustomerBody::from(value), is_new }).await
}

/// Let a customer no longer use an app or a desktop
#[utoipa::path(
    delete,
    path = "/v1/accounts/{csp}/resources/{resourceId}/customers/{customer}",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("resourceId" = ResourceId, Path, description = "The app or desktop"),
        ("customer" = AccountId, Path, description = "A connected customer"),
    ),
    responses(
        (status = 204, description = "From the next request on"),
        ProviderFor,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn withdraw_resource(
    State(app): State<App>,
    provider: ProviderFor,
    ids: PathIds,
) -> Result<StatusCode, Problem> {
    let resource: ResourceId = ids.get("resourceId")?;
    let customer = shared(&provider)?;
    let withdrawn =
        app.store.withdraw_resource(&provider.acting, &customer, resource, app.now()).await;
    withdrawn.map_err(|error| error.map_refusal(refusal::of))?;
    Ok(StatusCode::NO_CONTENT)
}
