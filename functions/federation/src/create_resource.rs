//! A provider makes an app or a desktop.

use axum::{Extension, extract::State, response::Response};
use deserr::Deserr;
use http::StatusCode;
use tsunagu_api::{App, Begun, InputErrors, Once, Problem};
use tsunagu_domain::{
    federation::{
        launch_url::LaunchUrl,
        resource::{Resource, ResourceKind},
    },
    ids::{AccountId, ResourceId, ResourceLocationId},
    text::{DisplayName, ResourceDescription},
    vendor::ServiceCode,
};
use utoipa::ToSchema;

use crate::{
    Management, Provider, refusal,
    resource::{ResourceBody, demand},
};

/// What an app or a desktop begins with.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct CreateResource {
    /// What users call it.
    name: DisplayName,
    /// What is opened.
    kind: ResourceKind,
    /// The service whose licence its use counts for.
    service: ServiceCode,
    /// Where its machine is.
    resource_location_id: ResourceLocationId,
    /// Where it is opened: https, or a scheme that the operator allows. A launch adds `ticket` to its
    /// query.
    launch_url: LaunchUrl,
    /// What it is for.
    #[deserr(default)]
    description: Option<ResourceDescription>,
}

/// Make an app or a desktop
#[utoipa::path(
    post,
    path = "/v1/accounts/{csp}/resources",
    tag = "federation",
    params(("csp" = AccountId, Path, description = "The acting service provider")),
    request_body = CreateResource,
    responses(
        (status = 201, body = ResourceBody, description = "Made"),
        (status = 422, description = "`unknown-service`"),
        Provider,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn create_resource(
    State(app): State<App>,
    Extension(management): Extension<Management>,
    provider: Provider,
    once: Once<CreateResource>,
) -> Result<Response, Problem> {
    let (asked, pending) = match once.begin(&app, &provider).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::New(asked, pending) => (asked, pending),
    };
    demand(&app, &management, Some(&asked.service), Some(&asked.launch_url)).await?;
    let now = app.now();
    let resource = Resource {
        resource_id: ResourceId::mint(now),
        name: asked.name,
        kind: asked.kind,
        service: asked.service,
        resource_location_id: asked.resource_location_id,
        launch_url: asked.launch_url,
        description: asked.description,
        created_at: now,
    };
    let body = ResourceBody::from(resource.clone());
    let answer = pending.answer(&app, StatusCode::CREATED, &body)?;
    let written = app.store.create_resource(&provider.acting, &resource, answer.record()).await;
    answer.finish(&app, written.map_err(|error| error.map_refusal(refusal::of))).await
}
