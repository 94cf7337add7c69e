//! A user opens an app or a desktop.

use axum::{extract::State, response::Response};
use chrono::{DateTime, Utc};
use deserr::Deserr;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use tsunagu_api::{
    App, Flaw, InputErrors, Once, PathIds, Problem, Text,
    idempotency::{Before, Pending, was_taken},
    json::created,
};
use tsunagu_domain::{
    federation::{host::WorkspaceHost, resource::Resource},
    ids::{AccountId, LaunchId, ResourceId},
};
use tsunagu_store::{
    WriteError,
    workspaces::{LaunchRefusal, LaunchableResource, Launched, NewLaunch, NotLaunchable},
};
use utoipa::ToSchema;

use crate::session::InSession;

/// For whom something is opened.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, deny_unknown_fields)]
pub(crate) struct LaunchResource {
    /// One of the user's customers; needed where it may be opened for several.
    #[deserr(default)]
    customer: Option<AccountId>,
}

/// Something that can be opened.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Launch)]
pub(crate) struct LaunchBody {
    /// The launch.
    launch_id: LaunchId,
    /// Where it is opened, its ticket in the query: once.
    url: String,
    /// Until when.
    expires_at: DateTime<Utc>,
}

/// What is kept of an answer: everything but what opens something.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    launch_id: LaunchId,
    customer: AccountId,
}

const WHICH_CUSTOMER: Flaw = Flaw::Rule {
    code: "several-customers",
    text: Text::new(
        "どの顧客のために開くかを指定してください。",
        "Say for which customer it is to be opened.",
    ),
};

/// Open an app or a desktop
///
/// Its use counts for the customer. The same request under the same idempotency key gives the same
/// launch with a new ticket: those before are void.
#[utoipa::path(
    post,
    path = "/v1/workspaces/{host}/resources/{resourceId}/launch",
    tag = "workspaces",
    params(
        ("host" = WorkspaceHost, Path, description = "The first label of the workspace's address"),
        ("resourceId" = ResourceId, Path, description = "The app or desktop"),
    ),
    request_body = LaunchResource,
    responses(
        (status = 201, body = LaunchBody, description = "Its ticket opens it within 60 seconds"),
        (status = 422, description = "`validation-failed`: at `/customer` where it may be opened for several"),
    ),
    security(("session" = []))
)]
pub(crate) async fn launch_resource(
    State(app): State<App>,
    session: InSession,
    ids: PathIds,
    once: Once<LaunchResource>,
) -> Result<Response, Problem> {
    let resource_id: ResourceId = ids.get("resourceId")?;
    let (body, pending) = once.claim(&app, &session).await?;
    if let Some(before) = pending.before(&app).await? {
        return again(&app, &session, resource_id, &before).await;
    }
    let resource = launchable(&app, &session, resource_id, body.customer).await?;
    let now = app.now();
    let new = NewLaunch { launch_id: LaunchId::mint(now), resource };
    let record = record(&app, &pending, &new)?;
    match Box::pin(app.store.launch(&session.0, &new, record, now)).await {
        Ok(launched) => created(&shown(&new.resource.resource, &launched), false),
        Err(WriteError::KeyTaken) => {
            let before = pending.before(&app).await?.ok_or_else(was_taken)?;
            again(&app, &session, resource_id, &before).await
        }
        Err(error) => Err(refused(error)),
    }
}

/// The launch that was answered before, with another ticket.
async fn again(
    app: &App,
    session: &InSession,
    resource_id: ResourceId,
    before: &Before,
) -> Result<Response, Problem> {
    let Kept { launch_id, customer } =
        serde_json::from_str(before.body()).map_err(Problem::internal)?;
    // Permission first: what may no longer be opened is not opened by asking again (T11).
    let resource = launchable(app, session, resource_id, Some(customer)).await?;
    let now = app.now();
    let launched = app.store.launch_again(&session.0, launch_id, &resource, now).await;
    let launched = launched.map_err(refused)?;
    created(&shown(&resource.resource, &launched), true)
}

async fn launchable(
    app: &App,
    session: &InSession,
    resource: ResourceId,
    customer: Option<AccountId>,
) -> Result<LaunchableResource, Problem> {
    let found = app.store.launchable_resource(&session.0, resource, customer).await?;
    found.map_err(|refusal| match refusal {
        NotLaunchable::Unknown => Problem::not_found(),
        NotLaunchable::SeveralCustomers => Problem::invalid("/customer", WHICH_CUSTOMER),
    })
}

fn record(
    app: &App,
    pending: &Pending,
    new: &NewLaunch,
) -> Result<Option<tsunagu_store::RecordedAnswer>, Problem> {
    let kept = Kept { launch_id: new.launch_id, customer: new.resource.customer };
    Ok(pending.answer(app, StatusCode::CREATED, &kept)?.record())
}

fn shown(resource: &Resource, launched: &Launched) -> LaunchBody {
    LaunchBody {
        launch_id: launched.launch_id,
        url: resource.launch_url.with_ticket(launched.ticket.expose()),
        expires_at: launched.until,
    }
}

fn refused(error: WriteError<LaunchRefusal>) -> Problem {
    match error {
        WriteError::Refused(LaunchRefusal::Gone) => Problem::not_found(),
        WriteError::KeyTaken => was_taken(),
        WriteError::Store(error) => error.into(),
    }
}
