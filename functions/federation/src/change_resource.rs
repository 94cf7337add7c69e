//! An app or a desktop changes.

use axum::{Extension, extract::State};
use deserr::Deserr;
use tsunagu_api::{App, Given, IfMatch, InputErrors, Json, Patch, PathId, Problem, Tagged};
use tsunagu_domain::{
    federation::{launch_url::LaunchUrl, resource::ResourceKind},
    ids::{AccountId, ResourceId, ResourceLocationId},
    text::{DisplayName, ResourceDescription},
    vendor::ServiceCode,
};
use tsunagu_store::federation::ResourceChange;
use utoipa::ToSchema;

use crate::{
    Management, Provider,
    directory::given,
    get_resource, refusal,
    resource::{ResourceBody, demand},
};

/// What is to be different; what is left out stays.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct ChangeResource {
    /// What users call it.
    #[deserr(default)]
    #[schema(value_type = DisplayName, required = false)]
    name: Given<DisplayName>,
    /// What is opened.
    #[deserr(default)]
    #[schema(value_type = ResourceKind, required = false)]
    kind: Given<ResourceKind>,
    /// The service whose licence its use counts for from now on.
    #[deserr(default)]
    #[schema(value_type = ServiceCode, required = false)]
    service: Given<ServiceCode>,
    /// Where its machine is.
    #[deserr(default)]
    #[schema(value_type = ResourceLocationId, required = false)]
    resource_location_id: Given<ResourceLocationId>,
    /// Where it is opened.
    #[deserr(default)]
    #[schema(value_type = LaunchUrl, required = false)]
    launch_url: Given<LaunchUrl>,
    /// What it is for; `null` removes.
    #[deserr(default)]
    #[schema(value_type = Option<ResourceDescription>)]
    description: Patch<ResourceDescription>,
}

impl From<ChangeResource> for ResourceChange {
    fn from(change: ChangeResource) -> Self {
        Self {
            name: change.name.0,
            kind: change.kind.0,
            service: change.service.0,
            location: change.resource_location_id.0,
            launch_url: change.launch_url.0,
            description: given(change.description),
        }
    }
}

/// Change an app or a desktop
#[utoipa::path(
    patch,
    path = "/v1/accounts/{csp}/resources/{resourceId}",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("resourceId" = ResourceId, Path, description = "The app or desktop"),
    ),
    request_body = ChangeResource,
    responses(
        (status = 200, body = ResourceBody),
        (status = 422, description = "`unknown-service`"),
        Provider,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn change_resource(
    State(app): State<App>,
    Extension(management): Extension<Management>,
    provider: Provider,
    PathId(resource): PathId<ResourceId>,
    if_match: IfMatch,
    Json(change): Json<ChangeResource>,
) -> Result<Tagged<ResourceBody>, Problem> {
    let acting = &provider.acting;
    let seen = get_resource::seen(&app, acting, resource, &if_match).await?;
    let change = ResourceChange::from(change);
    demand(&app, &management, change.service.as_ref(), change.launch_url.as_ref()).await?;
    let changed = app.store.change_resource(acting, resource, &change, seen, app.now()).await;
    app.tagged(changed.map_err(|error| error.map_refusal(refusal::of))?.into()).await
}
