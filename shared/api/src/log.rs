//! One flat JSON line per request or run, and one more for what went wrong inside (T17).
//!
//! Nothing of the request as it was sent stands in it: invite tokens and users are in paths and
//! queries. The route is the gateway's template.

use std::time::Duration;

use http::Method;
use tsunagu_store::capacity::Consumed;

use crate::{
    background::TaskError,
    problem::{Code, Problem},
    scope::{Scope, Told},
};

/// What the line of a request says; by it metrics tell it from others.
pub(crate) const REQUEST: &str = "request";

/// What a request came to.
#[derive(Debug)]
pub(crate) struct Outcome<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) trace_id: Option<&'a str>,
    pub(crate) status: u16,
    pub(crate) problem: Option<&'a Problem>,
    pub(crate) consumed: Consumed,
    pub(crate) latency: Duration,
    pub(crate) cold_start: bool,
}

impl Outcome<'_> {
    /// What a partner read of a customer: was asked for and is given. From these two fields the
    /// customer's audit trail is counted.
    fn told(&self) -> Option<Told> {
        let is_given = self.scope.method() == Method::GET && (200..300).contains(&self.status);
        self.scope.told().filter(|_| is_given)
    }
}

/// Writes the line of a request.
pub(crate) fn write(outcome: &Outcome<'_>) {
    let Outcome { scope, trace_id, problem, consumed, .. } = outcome;
    if let Some(problem) = problem {
        write_cause(scope, *trace_id, problem);
    }
    let account = scope.acting_account().map(|account| account.to_string());
    let told = outcome.told();
    tracing::info!(
        "requestId" = scope.request_id(),
        "traceId" = trace_id,
        method = scope.told_method(),
        route = scope.template(),
        status = outcome.status,
        code = problem.map(|problem| problem.code().as_str()),
        account,
        customer = told.map(|told| told.customer.to_string()),
        reads = told.map(|told| told.share.to_string()),
        "latencyMs" = milliseconds(outcome.latency),
        "coldStart" = outcome.cold_start,
        "readUnits" = consumed.read,
        "writeUnits" = consumed.write,
        "{REQUEST}"
    );
}

/// What went wrong inside is an error of ours; that somebody's directory is away is none.
fn write_cause(scope: &Scope, trace_id: Option<&str>, problem: &Problem) {
    let Some(cause) = problem.cause() else { return };
    let request_id = scope.request_id();
    if problem.code() == Code::DirectoryUnavailable {
        tracing::warn!(
            "requestId" = request_id,
            "traceId" = trace_id,
            cause,
            "a directory is away"
        );
    } else {
        tracing::error!(
            "requestId" = request_id,
            "traceId" = trace_id,
            cause,
            "request failed inside"
        );
    }
}

/// Writes what went wrong inside with one of many items of a request that goes on with the others.
pub(crate) fn write_item(scope: &Scope, problem: &Problem) {
    if let Some(cause) = problem.cause() {
        let code = problem.code().as_str();
        tracing::error!("requestId" = scope.request_id(), code, cause, "item failed inside");
    }
}

/// What a run of a function that no request starts came to.
#[derive(Debug)]
pub(crate) struct TaskOutcome<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) trace_id: Option<&'a str>,
    pub(crate) error: Option<&'a TaskError>,
    pub(crate) consumed: Consumed,
    pub(crate) latency: Duration,
    pub(crate) cold_start: bool,
}

/// Writes the line of a run.
pub(crate) fn write_task(outcome: &TaskOutcome<'_>) {
    let TaskOutcome { request_id, trace_id, error, consumed, .. } = outcome;
    if let Some(cause) = error.map(ToString::to_string) {
        tracing::error!("requestId" = request_id, "traceId" = trace_id, cause, "run failed");
    }
    tracing::info!(
        "requestId" = request_id,
        "traceId" = trace_id,
        done = error.is_none(),
        "latencyMs" = milliseconds(outcome.latency),
        "coldStart" = outcome.cold_start,
        "readUnits" = consumed.read,
        "writeUnits" = consumed.write,
        "run"
    );
}

/// Milliseconds with two decimals: what is finer is noise.
fn milliseconds(latency: Duration) -> f64 {
    (latency.as_secs_f64() * 100_000.0).round() / 100.0
}

#[cfg(test)]
mod tests;
