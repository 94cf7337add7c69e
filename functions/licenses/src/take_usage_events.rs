//! The vendor's services tell who used them.

use std::collections::BTreeSet;

use axum::extract::State;
use deserr::Deserr;
use serde::Serialize;
use serde_json::Value;
use tsunagu_api::{
    App, InputErrors, Json, Platform, Problem, Reader,
    bulk::{self, Items},
    json::BULK_LIMIT,
};
use tsunagu_domain::locale::Language;
use utoipa::ToSchema;

use crate::usage_event::{Known, Rejection, RejectionCode, UsageEvent};

/// What was used.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
pub(crate) struct TakeUsageEvents {
    /// Up to 1,000 events.
    #[schema(value_type = Vec<UsageEvent>, max_items = 1_000)]
    events: Items<0, 1_000>,
}

/// What was taken, and what was not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsageIntake)]
pub(crate) struct UsageIntakeBody {
    /// How many events were taken. They are durable, and the next run counts them.
    accepted: usize,
    /// The others.
    rejected: Vec<RejectedEventBody>,
}

/// An event that is not counted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RejectedEvent)]
pub(crate) struct RejectedEventBody {
    /// Its place among the events, from 0.
    index: usize,
    /// The sender's own mark; `null` where it was no text, or too long.
    #[schema(required = true)]
    id: Option<String>,
    /// Why.
    code: RejectionCode,
    /// Why, in words, in the language asked for.
    detail: String,
}

/// Report usage
///
/// Each event is judged by itself. What is accepted is durable when this answers; the next run over the
/// usage counts it. The same user, device and day again, in one call or in several, changes nothing: a
/// call whose answer was lost can be repeated. A rejected event is rejected again.
#[utoipa::path(
    post,
    path = "/v1/platform/usage-events",
    tag = "platform",
    request_body = TakeUsageEvents,
    responses((status = 200, body = UsageIntakeBody)),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn take_usage_events(
    State(app): State<App>,
    _: Platform,
    Reader(language): Reader,
    Json(take): Json<TakeUsageEvents, BULK_LIMIT>,
) -> Result<Json<UsageIntakeBody>, Problem> {
    let sent = take.events.into_vec();
    let read: Vec<_> = sent.into_iter().map(read).collect();
    let known = known(&app, read.iter().filter_map(|(_, event)| event.as_ref().ok())).await?;
    let mut usage = Vec::new();
    let mut rejected = Vec::new();
    for (index, (id, event)) in read.into_iter().enumerate() {
        match event.and_then(|event| known.judge(event)) {
            Ok(one) => usage.push(one),
            Err(why) => rejected.push(RejectedEventBody::new(index, id, &why, language)),
        }
    }
    let accepted = usage.len();
    app.store.take_usage(usage).await?;
    Ok(Json(UsageIntakeBody { accepted, rejected }))
}

/// An event with its sender's mark.
fn read(sent: Value) -> (Option<String>, Result<UsageEvent, Rejection>) {
    (bulk::mark(&sent, "id"), UsageEvent::read(sent))
}

/// What these events are judged by: everything is asked for once.
async fn known(
    app: &App,
    events: impl Iterator<Item = &UsageEvent> + Clone,
) -> Result<Known, Problem> {
    let accounts: BTreeSet<_> = events.clone().map(|event| event.account_id).collect();
    let zones = app.store.time_zones(&accounts).await?;
    let services = app.store.services_of(events.map(|event| &event.service)).await?;
    Ok(Known { zones, services, now: app.now() })
}

impl RejectedEventBody {
    fn new(index: usize, id: Option<String>, why: &Rejection, language: Language) -> Self {
        Self { index, id, code: why.code, detail: why.detail(language) }
    }
}
