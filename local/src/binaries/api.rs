//! The Lambda Runtime API of one environment: its bootstrap fetches events here and brings answers.
//!
//! Each environment has an address of its own, as on AWS. So an answer that comes too late, from a
//! process that is being killed, cannot be taken for that of another call.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Value, json};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use crate::{
    cors::CorsRules,
    function::{FunctionError, PAYLOAD_LIMIT},
    guard::Guard,
    random,
    serve::listen,
};

/// What all paths begin with: the version of the interface.
const PREFIX: &str = "/2018-06-01/runtime/";
/// The most that a function may say of an error.
const ERROR_LIMIT: usize = 256 * 1024;

/// A call on its way to the bootstrap.
pub(super) struct Call {
    /// Its id.
    pub(super) id: String,
    /// The event.
    pub(super) event: Bytes,
    /// How long it may take from when it is taken.
    pub(super) timeout: Duration,
    /// Told when the bootstrap takes it.
    pub(super) taken: oneshot::Sender<()>,
    /// Told what came of it.
    pub(super) answer: Answer,
}

/// Who waits for what comes of a call.
pub(super) type Answer = oneshot::Sender<Result<Value, FunctionError>>;

/// The interface of one environment; it ends when it is dropped.
pub(super) struct RuntimeApi {
    authority: String,
    served: JoinHandle<()>,
}

impl RuntimeApi {
    /// Listens on a loopback port of its own. What `calls` gives is what the bootstrap is given; an
    /// error of its start goes to `unstarted`.
    pub(super) async fn start(
        arn: String,
        calls: mpsc::Receiver<Call>,
        unstarted: oneshot::Sender<String>,
    ) -> io::Result<Self> {
        let listener = listen(0).await?;
        let guard = Guard::new(listener.local_addr()?.port(), CorsRules::default(), false);
        let authority = guard.authority().to_owned();
        let desk = Arc::new(Desk {
            guard,
            arn,
            calls: tokio::sync::Mutex::new(calls),
            at_work: Mutex::default(),
            unstarted: Mutex::new(Some(unstarted)),
        });
        let router = Router::new().fallback(move |request: Request| answer(desk.clone(), request));
        let served = tokio::spawn(async move {
            // It serves until it is aborted: whoever waits for a call notices what is missing.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { authority, served })
    }

    /// Where it is: the value of `AWS_LAMBDA_RUNTIME_API`.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.served.abort();
    }
}

struct Desk {
    // Pages in the developer's browser reach loopback too, and shall take no event (T19).
    guard: Guard,
    arn: String,
    calls: tokio::sync::Mutex<mpsc::Receiver<Call>>,
    at_work: Mutex<Option<(String, Answer)>>,
    unstarted: Mutex<Option<oneshot::Sender<String>>>,
}

async fn answer(desk: Arc<Desk>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let head = http::Request::from_parts(parts, Bytes::new());
    if let Some(refusal) = desk.guard.refusal(&head) {
        return refusal.map(Body::from);
    }
    let path = head.uri().path().strip_prefix(PREFIX).unwrap_or_default();
    let path: Vec<_> = path.split('/').collect();
    match (head.method().as_str(), path.as_slice()) {
        ("GET", ["invocation", "next"]) => desk.next().await,
        ("POST", ["invocation", id, "response"]) => desk.finish(id, answered(body).await),
        ("POST", ["invocation", id, "error"]) => {
            desk.finish(id, Err(FunctionError::Failed(error_of(body).await)))
        }
        ("POST", ["init", "error"]) => desk.give_up(error_of(body).await),
        _ => refused(StatusCode::NOT_FOUND, "There is nothing here."),
    }
}

impl Desk {
    fn at_work(&self) -> MutexGuard<'_, Option<(String, Answer)>> {
        self.at_work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a call and hands it over; its time begins now.
    async fn next(&self) -> Response {
        let Some(call) = self.calls.lock().await.recv().await else {
            return refused(StatusCode::INTERNAL_SERVER_ERROR, "The environment is being closed.");
        };
        let deadline = SystemTime::now() + call.timeout;
        let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("lambda-runtime-aws-request-id", call.id.clone()),
            ("lambda-runtime-deadline-ms", deadline.to_string()),
            ("lambda-runtime-invoked-function-arn", self.arn.clone()),
            ("lambda-runtime-trace-id", trace_id(deadline / 1000)),
        ];
        *self.at_work() = Some((call.id, call.answer));
        // Whoever has given up the call has no use for knowing.
        let _ = call.taken.send(());
        let mut response = call.event.into_response();
        for (name, value) in headers {
            if let Ok(value) = value.parse() {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }

    /// What came of the call at work; of another one nothing is taken.
    fn finish(&self, id: &str, result: Result<Value, FunctionError>) -> Response {
        let Some((_, answer)) = self.at_work().take_if(|(at_work, _)| at_work == id) else {
            return refused(StatusCode::BAD_REQUEST, "No call of this id is at work.");
        };
        let too_large = result == Err(FunctionError::AnswerTooLarge);
        let _ = answer.send(result);
        if too_large {
            return refused(StatusCode::PAYLOAD_TOO_LARGE, "The answer is too large.");
        }
        accepted()
    }

    /// The bootstrap says that it cannot start.
    fn give_up(&self, why: String) -> Response {
        let told = self.unstarted.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(told) = told {
            let _ = told.send(why);
        }
        accepted()
    }
}

async fn answered(body: Body) -> Result<Value, FunctionError> {
    let body = collected(body, PAYLOAD_LIMIT).await?;
    let wrong = |error| FunctionError::Failed(format!("its answer is no JSON: {error}"));
    if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&body).map_err(wrong) }
}

/// What a function says of its error, as its runtime wraps it.
async fn error_of(body: Body) -> String {
    let Ok(body) = collected(body, ERROR_LIMIT).await else { return String::new() };
    let told = serde_json::from_slice::<Value>(&body).unwrap_or_default();
    match told["errorMessage"].as_str() {
        Some(message) => message.to_owned(),
        None => String::from_utf8_lossy(&body).into_owned(),
    }
}

async fn collected(body: Body, limit: usize) -> Result<Bytes, FunctionError> {
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(FunctionError::AnswerTooLarge),
        Err(error) => Err(FunctionError::Failed(format!("its answer broke off: {error}"))),
    }
}

/// Of X-Ray's form, and not sampled: nothing here records traces.
fn trace_id(seconds: u128) -> String {
    let hex = |length: usize| random::uuid().replace('-', "")[..length].to_owned();
    format!("Root=1-{seconds:08x}-{};Parent={};Sampled=0", hex(24), hex(16))
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, json!({"status": "OK"}).to_string()).into_response()
}

fn refused(status: StatusCode, message: &str) -> Response {
    let body = json!({"errorType": "InvalidRequest", "errorMessage": message});
    (status, body.to_string()).into_response()
}
