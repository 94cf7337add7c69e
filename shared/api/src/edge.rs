//! The edge: one value that runs in Lambda, behind the local gateway and in tests alike.

use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant, SystemTime},
};

use aws_lambda_events::{
    apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse},
    encodings,
};
use axum::{
    Router,
    body::{Body, to_bytes},
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures::{FutureExt, future::BoxFuture};
use http::{HeaderValue, Request, StatusCode, header};
use lambda_runtime::LambdaEvent;
use tower::{Service, ServiceExt};
use tsunagu_store::capacity;

use crate::{
    App, Event, Routes, log,
    problem::{Code, Problem},
    rebuild::{Rebuilt, rebuild},
    scope::Scope,
    traces::Span,
};

/// How long a request may take where nobody says when the invocation ends.
const DEFAULT_TIME: Duration = Duration::from_secs(9);
/// What is kept back of an invocation's time to tell the caller that it is over.
const TIME_TO_ANSWER: Duration = Duration::from_millis(500);
/// API Gateway gives up after 30 seconds; the answer must be on its way by then.
const MOST_TIME: Duration = Duration::from_secs(28);

/// What Lambda says of an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Names the request where the gateway does not.
    pub request_id: String,
    /// Names its trace in X-Ray, where there is one.
    pub trace_id: Option<String>,
    /// How long the request may take.
    pub time_limit: Duration,
}

impl Invocation {
    /// An invocation that nobody says the end of.
    pub fn new(request_id: &str) -> Self {
        Self { request_id: request_id.to_owned(), trace_id: None, time_limit: DEFAULT_TIME }
    }

    /// The invocation as Lambda tells it.
    pub(crate) fn of(context: &lambda_runtime::Context) -> Self {
        Self::at(SystemTime::now(), context)
    }

    /// The invocation as Lambda tells it at `now`: the function's own time-out decides when it ends.
    fn at(now: SystemTime, context: &lambda_runtime::Context) -> Self {
        let known = (context.deadline > 0).then(|| context.deadline());
        // A deadline that has passed leaves no time at all.
        let left = known.map(|deadline| deadline.duration_since(now).unwrap_or_default());
        let limit = left.map(|left| left.saturating_sub(TIME_TO_ANSWER));
        let time_limit = limit.unwrap_or(DEFAULT_TIME);
        let trace_id = context.xray_trace_id.as_deref().and_then(trace_id);
        Self { request_id: context.request_id.clone(), trace_id, time_limit }
    }
}

/// The id of a trace in the header that Lambda passes on: `Root=1-…;Parent=…;Sampled=0`. A caller may
/// send that header: what is no id of a trace is left out of the log (T17).
pub(crate) fn trace_id(header: &str) -> Option<String> {
    let root = header.split(';').find_map(|part| part.trim().strip_prefix("Root="))?;
    let parts: Vec<_> = root.split('-').collect();
    let ["1", time, random] = parts.as_slice() else { return None };
    let is_hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_id = time.len() == 8 && random.len() == 24 && is_hex(time) && is_hex(random);
    is_id.then(|| root.to_owned())
}

/// A function's routes behind everything that all requests have in common.
#[derive(Clone)]
pub struct Edge {
    router: Router,
    cold: Arc<AtomicBool>,
}

impl Edge {
    /// Puts routes behind the edge.
    pub fn new(routes: Routes, app: App) -> Self {
        Self { router: Router::from(routes).with_state(app), cold: Arc::new(AtomicBool::new(true)) }
    }

    /// Answers one event of the gateway.
    pub async fn answer(
        &self,
        event: ApiGatewayV2httpRequest,
        invocation: &Invocation,
    ) -> ApiGatewayV2httpResponse {
        let begun = Instant::now();
        let cold_start = self.cold.swap(false, Ordering::Relaxed);
        let Rebuilt { scope, request } = rebuild(event, &invocation.request_id);
        let span = Span::of_request(&scope);
        let responding = self.respond(request, invocation.time_limit.min(MOST_TIME));
        let (response, consumed) = capacity::metered(span.around(responding)).await;
        let (response, problem) = finished(response, &scope);
        let outcome = log::Outcome {
            scope: &scope,
            trace_id: invocation.trace_id.as_deref(),
            status: response.status().as_u16(),
            problem: problem.as_ref(),
            consumed,
            latency: begun.elapsed(),
            cold_start,
        };
        log::write(&outcome);
        span.end_request(&outcome);
        for_gateway(response).await
    }

    /// The handler's answer, whatever becomes of the handler.
    async fn respond(
        &self,
        request: Result<Request<Body>, Problem>,
        time_limit: Duration,
    ) -> Result<Response, Problem> {
        let call = self.router.clone().oneshot(request?);
        // A handler keeps nothing beyond its request that a panic could leave half-done.
        let guarded = AssertUnwindSafe(call).catch_unwind();
        match tokio::time::timeout(time_limit, guarded).await {
            Ok(Ok(answered)) => {
                let Ok(response): Result<Response, Infallible> = answered;
                Ok(response)
            }
            Ok(Err(_)) => Err(Problem::internal("a handler panicked")),
            Err(_) => Err(Problem::unavailable("the time limit of a request has passed")),
        }
    }
}

/// The answer as it leaves: every refusal a problem in the reader's language, nothing to be kept.
fn finished(answered: Result<Response, Problem>, scope: &Scope) -> (Response, Option<Problem>) {
    let (mut response, problem) = match answered {
        Ok(mut response) => {
            let problem = response.extensions_mut().remove().or_else(|| unexplained(&response));
            (response, problem)
        }
        Err(problem) => (Response::default(), Some(problem)),
    };
    if let Some(problem) = &problem {
        response = problem.render(scope.language(), scope.request_id());
    }
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, no_store);
    (response, problem)
}

/// A refusal that no handler made: the router's own, or a mistake of ours.
fn unexplained(response: &Response) -> Option<Problem> {
    match response.status() {
        StatusCode::NOT_FOUND => Some(Problem::not_found()),
        StatusCode::METHOD_NOT_ALLOWED => Some(match response.headers().get(header::ALLOW) {
            Some(allow) => Problem::method_not_allowed(allow.clone()),
            None => Problem::new(Code::MethodNotAllowed),
        }),
        status if status.is_client_error() || status.is_server_error() => {
            Some(Problem::internal(format!("a refusal {status} that is no problem")))
        }
        _ => None,
    }
}

/// The answer as the gateway takes it: text where it is text, base64 where it is not.
async fn for_gateway(response: Response) -> ApiGatewayV2httpResponse {
    let (parts, body) = response.into_parts();
    // Bodies are made in memory: there is nothing that reading them could fail at.
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.status_code = parts.status.as_u16().into();
    answer.headers = parts.headers;
    match String::from_utf8(bytes.into()) {
        Ok(text) if text.is_empty() => {}
        Ok(text) => answer.body = Some(encodings::Body::Text(text)),
        Err(error) => {
            answer.is_base64_encoded = true;
            let encoded = STANDARD.encode(error.as_bytes());
            answer.body = Some(encodings::Body::Text(encoded));
        }
    }
    answer
}

impl Service<LambdaEvent<Event<ApiGatewayV2httpRequest>>> for Edge {
    type Response = ApiGatewayV2httpResponse;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<ApiGatewayV2httpResponse, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, event: LambdaEvent<Event<ApiGatewayV2httpRequest>>) -> Self::Future {
        let edge = self.clone();
        let invocation = Invocation::of(&event.context);
        Box::pin(async move { Ok(edge.answer(event.payload.0, &invocation).await) })
    }
}

impl std::fmt::Debug for Edge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Edge").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod fuzzed;
#[cfg(test)]
mod tests;
