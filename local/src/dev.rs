//! What exists on a laptop only: tokens for anybody, a clock that moves, functions run by hand.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use chrono::{DateTime, Datelike, SecondsFormat};
use futures::future::BoxFuture;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tsunagu_domain::{
    email::EmailAddress,
    time::{Clock, Instant},
};

use crate::{
    answer::{json_response, problem},
    clock::MovableClock,
    function::{Function, Invocation},
    issuer::Issuer,
    random,
    template::FunctionSpec,
    tokens::{self, CONSOLE_SCOPE, LIFETIME_SECONDS, PLATFORM_SCOPE, TokenError},
};

/// The function that Cognito would ask before it gives a person a token.
const TRIGGER: &str = "token-claims";

/// Asks whether everything behind the gateway is up; the error says what is not.
pub type Probe = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// What `/dev/*` works with.
pub(crate) struct Dev<'a> {
    pub(crate) issuer: &'a Issuer,
    pub(crate) clock: &'a MovableClock,
    pub(crate) token_clock: &'a dyn Clock,
    pub(crate) functions: &'a BTreeMap<String, (FunctionSpec, Arc<dyn Function>)>,
    pub(crate) probe: &'a Probe,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenRequest {
    email: Option<EmailAddress>,
    #[serde(default)]
    scope: Scope,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
enum Scope {
    #[default]
    #[serde(rename = "tsunagu/console")]
    Console,
    #[serde(rename = "tsunagu/platform")]
    Platform,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockRequest {
    now: Option<String>,
    advance: Option<String>,
}

/// Why a request is not done.
struct Refusal {
    status: StatusCode,
    code: &'static str,
    detail: String,
    allow: Option<&'static str>,
}

type Answer = Result<Response<Bytes>, Refusal>;

impl Dev<'_> {
    /// Answers a request below `/dev/`; `path` is what follows it.
    pub(crate) async fn handle(&self, path: &str, request: &Request<Bytes>) -> Response<Bytes> {
        let answer = match (path, request.method()) {
            ("token", &Method::POST) => self.token(request.body()).await,
            ("clock", &Method::POST) => self.move_clock(request.body()),
            ("clock", &Method::GET) => Ok(self.shown_clock()),
            ("health", &Method::GET) => self.health().await,
            ("token", _) => Err(only("POST")),
            ("clock", _) => Err(only("GET, POST")),
            ("health", _) => Err(only("GET")),
            (path, method) => match (path.strip_prefix("invoke/"), method) {
                (Some(name), &Method::POST) => self.invoke(name, request.body()).await,
                (Some(_), _) => Err(only("POST")),
                (None, _) => {
                    Err(not_found("There are token, clock, invoke/{function} and health."))
                }
            },
        };
        let mut response = answer.unwrap_or_else(Refusal::response);
        let no_store = HeaderValue::from_static("no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, no_store);
        response
    }

    async fn token(&self, body: &[u8]) -> Answer {
        let wanted: TokenRequest = parsed(body)?;
        let (token, scope) = match (wanted.scope, &wanted.email) {
            (Scope::Platform, _) => {
                (tokens::platform(self.issuer, self.token_clock.now()), PLATFORM_SCOPE)
            }
            (Scope::Console, Some(email)) => {
                (self.person_token(email.as_str()).await, CONSOLE_SCOPE)
            }
            (Scope::Console, None) => return Err(invalid("email: is missing")),
        };
        let token = token.map_err(|error: TokenError| failed(&error.to_string()))?;
        Ok(ok(&json!({
            "accessToken": token, "tokenType": "Bearer", "expiresIn": LIFETIME_SECONDS, "scope": scope,
        })))
    }

    pub(crate) async fn person_token(&self, email: &str) -> Result<String, TokenError> {
        let trigger = self.functions.get(TRIGGER).map(|(_, function)| function.as_ref());
        tokens::person(self.issuer, email, self.token_clock.now(), trigger).await
    }

    fn move_clock(&self, body: &[u8]) -> Answer {
        let wanted: ClockRequest = parsed(body)?;
        let target = match (wanted.now, wanted.advance) {
            (Some(now), None) => {
                DateTime::parse_from_rfc3339(&now).map(|now| now.to_utc()).map_err(|_| {
                    invalid("now: is not an RFC 3339 instant such as 2026-04-01T00:00:00Z")
                })?
            }
            (None, Some(step)) => advanced(self.clock.now(), &step).ok_or_else(|| {
                invalid("advance: is not an ISO 8601 duration such as P1D, PT6H or -P1M")
            })?,
            _ => return Err(invalid("give either now or advance")),
        };
        if !(2000..3000).contains(&target.year()) {
            return Err(invalid("the clock stays between the years 2000 and 2999"));
        }
        self.clock.set(target);
        Ok(self.shown_clock())
    }

    fn shown_clock(&self) -> Response<Bytes> {
        ok(&json!({ "now": self.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true) }))
    }

    async fn invoke(&self, name: &str, body: &[u8]) -> Answer {
        let runnable = |(spec, _): &&(FunctionSpec, _)| !spec.answers_http;
        let Some((spec, function)) = self.functions.get(name).filter(runnable) else {
            let names = self.functions.iter().filter(|(_, entry)| runnable(entry));
            let names: Vec<_> = names.map(|(name, _)| name.as_str()).collect();
            let detail =
                format!("No request but an event starts these functions: {}.", names.join(", "));
            return Err(not_found(&detail));
        };
        let event = parsed(body)?;
        let invocation = Invocation { event, request_id: random::uuid(), timeout: spec.timeout };
        let answer = function.invoke(invocation).await;
        answer.map(|answer| ok(&answer)).map_err(|error| failed(&error.to_string()))
    }

    async fn health(&self) -> Answer {
        match (self.probe)().await {
            Ok(()) => Ok(ok(&json!({ "status": "ok" }))),
            Err(cause) => Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", cause)),
        }
    }
}

/// `now` moved by an ISO 8601 duration; months and years are the calendar's.
fn advanced(now: Instant, step: &str) -> Option<Instant> {
    // The library also reads `1 day`, which is nothing that other tools would understand.
    step.trim_start_matches(['-', '+']).strip_prefix('P')?;
    let span: jiff::Span = step.parse().ok()?;
    let now = jiff::Timestamp::from_millisecond(now.timestamp_millis()).ok()?;
    let moved = now.to_zoned(jiff::tz::TimeZone::UTC).checked_add(span).ok()?;
    DateTime::from_timestamp_millis(moved.timestamp().as_millisecond())
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        let detail = format!("The body is not JSON: {error}.");
        Refusal::new(StatusCode::BAD_REQUEST, "malformed-request", detail)
    })?;
    serde_json::from_value(value).map_err(|error| invalid(&error.to_string()))
}

fn ok(body: &Value) -> Response<Bytes> {
    json_response(StatusCode::OK, body, "application/json")
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), allow: None }
    }

    fn response(self) -> Response<Bytes> {
        let mut response = problem(self.status, self.code, &self.detail);
        if let Some(methods) = self.allow {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
        }
        response
    }
}

fn invalid(detail: &str) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "validation-failed", detail)
}

fn failed(detail: &str) -> Refusal {
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
}

fn not_found(detail: &str) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "not-found", detail)
}

fn only(methods: &'static str) -> Refusal {
    let detail = format!("This takes {methods} only.");
    let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail);
    Refusal { allow: Some(methods), ..refusal }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("P1D", Some("2026-02-01T12:00:00Z"))]
    #[case("P1M", Some("2026-02-28T12:00:00Z"))]
    #[case("-P1Y", Some("2025-01-31T12:00:00Z"))]
    #[case("P1W", Some("2026-02-07T12:00:00Z"))]
    #[case("PT36H", Some("2026-02-02T00:00:00Z"))]
    #[case("P1DT1H30M", Some("2026-02-01T13:30:00Z"))]
    #[case("1 day", None)]
    #[case("P", None)]
    #[case("tomorrow", None)]
    #[case("P99999Y", None)]
    #[case("", None)]
    fn given_a_duration_when_added_then_it_is_the_calendars(
        #[case] step: &str,
        #[case] expected: Option<&str>,
    ) {
        let now = "2026-01-31T12:00:00Z".parse().expect("an instant");
        let expected = expected.map(|at| at.parse::<Instant>().expect("an instant"));
        assert_eq!(advanced(now, step), expected);
    }
}
