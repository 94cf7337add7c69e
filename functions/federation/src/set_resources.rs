//! All apps and desktops of a customer at once.

use axum::extract::State;
use deserr::Deserr;
use serde::Serialize;
use tsunagu_api::{App, InputErrors, Json, Problem, input::Distinct};
use tsunagu_domain::ids::{AccountId, ResourceId};
use utoipa::ToSchema;

use crate::{ProviderFor, put_federated_customer::shared, refusal};

/// The most apps and desktops that are set at once.
const MAX: usize = 100;

/// What a customer may use.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct SetResources {
    /// These apps and desktops and no others.
    #[schema(value_type = Vec<ResourceId>, max_items = 100)]
    resource_ids: Distinct<ResourceId, MAX>,
}

/// What a customer may use from now on.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CustomerResources)]
pub(crate) struct CustomerResourcesBody {
    /// The apps and desktops.
    resource_ids: Vec<ResourceId>,
}

/// Set what a customer may use
///
/// Each that is none of the provider's is refused, and then nothing changes. Where there are many they
/// change a few at a time: after a failure, ask again.
#[utoipa::path(
    put,
    path = "/v1/accounts/{csp}/customers/{customer}/resources",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("customer" = AccountId, Path, description = "A connected customer"),
    ),
    request_body = SetResources,
    responses(
        (status = 200, body = CustomerResourcesBody),
        ProviderFor,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn set_resources(
    State(app): State<App>,
    provider: ProviderFor,
    Json(body): Json<SetResources>,
) -> Result<Json<CustomerResourcesBody>, Problem> {
    let resource_ids = body.resource_ids.to_vec();
    let customer = shared(&provider)?;
    let set = app.store.set_resources(&provider.acting, &customer, &resource_ids, app.now()).await;
    set.map_err(|error| error.map_refusal(refusal::of))?;
    Ok(Json(CustomerResourcesBody { resource_ids }))
}
