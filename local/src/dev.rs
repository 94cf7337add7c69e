//! What exists on a laptop only: tokens for anybody, a clock that moves, functions run by hand.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use deserr::Deserr;
use futures::future::BoxFuture;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};
use tsunagu_api::{Code, Flaw, InputErrors, Problem, Text};
use tsunagu_domain::{
    Invalid,
    email::EmailAddress,
    time::{Clock, Instant},
};

use crate::{
    answer::{json_response, problem},
    clock::MovableClock,
    function::{Function, FunctionError, Invocation},
    issuer::Issuer,
    random,
    reads::{COUNTER, Reads},
    tail::{TailError, Tailer},
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
    pub(crate) tailer: Option<&'a Tailer>,
    pub(crate) reads: &'a Reads,
}

/// How long the database may take to say that it is up.
const PROBE_TIME: Duration = Duration::from_secs(2);
/// The years in which the clock stays.
const YEARS: std::ops::Range<i32> = 2000..3000;

#[derive(Deserr)]
#[deserr(error = InputErrors, deny_unknown_fields)]
struct TokenRequest {
    #[deserr(default)]
    email: Option<EmailAddress>,
    #[deserr(default)]
    scope: Scope,
}

#[derive(Deserr, Default, Clone, Copy, PartialEq, Eq)]
#[deserr(error = InputErrors)]
enum Scope {
    #[default]
    #[deserr(rename = "tsunagu/console")]
    Console,
    #[deserr(rename = "tsunagu/platform")]
    Platform,
}

#[derive(Deserr)]
#[deserr(error = InputErrors, deny_unknown_fields)]
struct ClockRequest {
    #[deserr(default)]
    now: Option<DateTime<Utc>>,
    #[deserr(default)]
    advance: Option<String>,
}

/// Why a request is not done.
struct Refusal {
    problem: Problem,
    detail: Option<String>,
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
                (None, _) => Err(not_found(
                    "There are token, clock, invoke/{function} and health.".to_owned(),
                )),
            },
        };
        let mut response = answer.unwrap_or_else(Refusal::response);
        let no_store = HeaderValue::from_static("no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, no_store);
        response
    }

    async fn token(&self, body: &[u8]) -> Answer {
        let wanted: TokenRequest = taken(document(body)?)?;
        let (token, scope) = match (wanted.scope, &wanted.email) {
            (Scope::Platform, _) => {
                (tokens::platform(self.issuer, self.token_clock.now()), PLATFORM_SCOPE)
            }
            (Scope::Console, Some(email)) => {
                (self.person_token(email.as_str()).await, CONSOLE_SCOPE)
            }
            (Scope::Console, None) => return Err(invalid("/email", Flaw::Required)),
        };
        let token = token.map_err(|error: TokenError| failed(error.to_string()))?;
        Ok(ok(&json!({
            "accessToken": token, "tokenType": "Bearer", "expiresIn": LIFETIME_SECONDS, "scope": scope,
        })))
    }

    pub(crate) async fn person_token(&self, email: &str) -> Result<String, TokenError> {
        let trigger = self.functions.get(TRIGGER).map(|(_, function)| function.as_ref());
        tokens::person(self.issuer, email, self.token_clock.now(), trigger).await
    }

    fn move_clock(&self, body: &[u8]) -> Answer {
        if !self.clock.is_movable() {
            let why = "Binaries live by the system's clock, which is not moved.";
            return Err(Refusal::new(Problem::new(Code::Conflict), Some(why.to_owned())));
        }
        let wanted: ClockRequest = taken(document(body)?)?;
        let (pointer, target) = match (wanted.now, wanted.advance) {
            (Some(now), None) => ("/now", Some(now)),
            (None, Some(step)) => ("/advance", advanced(self.clock.now(), &step)),
            (None, None) => return Err(invalid("/now", Flaw::Required)),
            (Some(_), Some(_)) => return Err(invalid("/advance", NOT_BOTH)),
        };
        let target = target.ok_or_else(|| invalid(pointer, NO_DURATION))?;
        if !YEARS.contains(&target.year()) {
            return Err(invalid(pointer, NO_YEAR));
        }
        self.clock.set(target);
        Ok(self.shown_clock())
    }

    fn shown_clock(&self) -> Response<Bytes> {
        ok(&json!({ "now": self.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true) }))
    }

    async fn invoke(&self, name: &str, body: &[u8]) -> Answer {
        let event = document(body)?;
        // Its events are the stream's: what is asked for is that none is left.
        if let Some(tailer) = self.tailer.filter(|tailer| tailer.function() == name) {
            // Boxed: below it is all of the SDK, and every request's future would be as deep.
            let drained: BoxFuture<'_, _> = Box::pin(tailer.drain());
            let drained = drained.await;
            let late = |error: TailError| {
                Refusal::new(Problem::new(Code::Unavailable), Some(error.to_string()))
            };
            return drained.map(|counts| ok(&json!(counts))).map_err(late);
        }
        // Its events are the log's: what is asked for is that no line of it waits.
        let waiting = (name == COUNTER && event == json!({})).then(|| self.reads.take());
        let event = match waiting {
            Some(Some(waiting)) => waiting,
            Some(None) => return Ok(ok(&json!({ "lines": 0, "counted": 0 }))),
            None => event,
        };
        let Some(answer) = self.run(name, event).await else {
            let names = self.functions.iter().filter(|(_, (spec, _))| !spec.answers_http);
            let names: Vec<_> = names.map(|(name, _)| name.as_str()).collect();
            let names = names.join(", ");
            let detail = format!("No request but an event starts these functions: {names}.");
            return Err(not_found(detail));
        };
        answer.map(|answer| ok(&answer)).map_err(|error| failed(error.to_string()))
    }

    /// Runs a function that no request starts; `None` where there is none of this name.
    pub(crate) async fn run(
        &self,
        name: &str,
        event: Value,
    ) -> Option<Result<Value, FunctionError>> {
        let (spec, function) = self.functions.get(name).filter(|(spec, _)| !spec.answers_http)?;
        let invocation = Invocation { event, request_id: random::uuid(), timeout: spec.timeout };
        Some(function.invoke(invocation).await)
    }

    async fn health(&self) -> Answer {
        // Who asks whether it is up wants an answer, above all when it is not.
        let cause = match tokio::time::timeout(PROBE_TIME, (self.probe)()).await {
            Ok(Ok(())) => {
                let mut health = json!({ "status": "ok" });
                if let Some(tailer) = self.tailer {
                    health["stream"] = json!(tailer.health());
                }
                return Ok(ok(&health));
            }
            Ok(Err(cause)) => cause,
            Err(_) => format!("No answer within {} seconds.", PROBE_TIME.as_secs()),
        };
        Err(Refusal::new(Problem::new(Code::Unavailable), Some(cause)))
    }
}

/// `now` moved by an ISO 8601 duration; months and years are the calendar's.
fn advanced(now: Instant, step: &str) -> Option<Instant> {
    // The library also reads `1 day`, which is nothing that other tools would understand.
    step.trim_start_matches(['-', '+']).strip_prefix('P')?;
    let span: jiff::Span = step.parse().ok()?;
    let now = jiff::Timestamp::from_millisecond(now.timestamp_millis()).ok()?;
    let moved = now.to_zoned_datetime(jiff::tz::TimeZone::UTC).checked_add(span).ok()?;
    DateTime::from_timestamp_millis(moved.timestamp().as_millisecond())
}

fn document(body: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(body).map_err(|_| Problem::new(Code::MalformedRequest).into())
}

fn taken<T: Deserr<InputErrors>>(document: Value) -> Result<T, Refusal> {
    deserr::deserialize::<T, _, InputErrors>(document)
        .map_err(|errors| Problem::from(errors).into())
}

fn ok(body: &Value) -> Response<Bytes> {
    json_response(StatusCode::OK, body, "application/json")
}

impl Refusal {
    const fn new(problem: Problem, detail: Option<String>) -> Self {
        Self { problem, detail, allow: None }
    }

    fn response(self) -> Response<Bytes> {
        let mut response = problem(&self.problem, self.detail);
        if let Some(methods) = self.allow {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
        }
        response
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::new(problem, None)
    }
}

const NOT_BOTH: Flaw = Flaw::Rule {
    code: "not-both",
    text: Text::new("now と advance は同時に指定できません。", "Give either now or advance."),
};
const NO_DURATION: Flaw = Flaw::Rule {
    code: Invalid::Malformed.code(),
    text: Text::new(
        "P1D、PT6H、-P1M のような ISO 8601 の期間にしてください。",
        "Must be an ISO 8601 duration such as P1D, PT6H or -P1M.",
    ),
};
const NO_YEAR: Flaw = Flaw::Rule {
    code: "out-of-range",
    text: Text::new(
        "時計は 2000 年から 2999 年までにしてください。",
        "The clock stays between the years 2000 and 2999.",
    ),
};

fn invalid(pointer: &str, flaw: Flaw) -> Refusal {
    Problem::invalid(pointer, flaw).into()
}

fn failed(detail: String) -> Refusal {
    Refusal::new(Problem::new(Code::Internal), Some(detail))
}

fn not_found(detail: String) -> Refusal {
    Refusal::new(Problem::not_found(), Some(detail))
}

fn only(methods: &'static str) -> Refusal {
    let refusal = Refusal::from(Problem::new(Code::MethodNotAllowed));
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
