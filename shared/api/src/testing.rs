//! What the tests of this crate share: the gateway's events, an edge over toy routes, and who hears
//! the log.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, Once, PoisonError},
};

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Credentials, Region};
use serde_json::{Value, json};
use tracing::{Subscriber, subscriber::DefaultGuard};
use tracing_subscriber::{fmt::MakeWriter, registry};
use tsunagu_domain::time::{Clock, Instant};
use tsunagu_store::{Store, Table, client};

use crate::{App, Edge, Routes, Settings, edge::Invocation};

/// The account that the events act for.
pub(crate) const ACCOUNT: &str = "acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W";

#[derive(Debug)]
struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> Instant {
        "2026-03-01T00:00:00Z".parse().expect("an instant")
    }
}

/// An app whose table nobody answers for, with keys of its own.
pub(crate) fn app() -> App {
    app_at("http://127.0.0.1:1")
}

/// The same with who answers for the table at an address.
pub(crate) fn app_at(table: &str) -> App {
    let config = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(Credentials::new("none", "none", None, None, "tests"))
        .endpoint_url(table);
    let store = Store::new(Table::new(client::connect(config), "tsunagu"));
    let zone = "Asia/Tokyo".parse().expect("a zone");
    let settings = Settings::new("https://console.example.com", zone).expect("an address");
    App::new(store, Arc::new(FixedClock), settings).with_secret(&[9; 32])
}

/// Real events of an HTTP API, as the gateway sends them.
pub(crate) fn console_event() -> Value {
    parse(include_str!("../tests/fixtures/console.json"))
}

pub(crate) fn platform_event() -> Value {
    parse(include_str!("../tests/fixtures/platform.json"))
}

pub(crate) fn default_event() -> Value {
    parse(include_str!("../tests/fixtures/default.json"))
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect("a fixture is JSON")
}

/// An event with another route, and its path parameters as the gateway decodes them.
pub(crate) fn routed(mut event: Value, route: &str, parameters: &[(&str, &str)]) -> Value {
    let method = route.split(' ').next().filter(|method| *method != "$default");
    event["routeKey"] = json!(route);
    event["requestContext"]["routeKey"] = json!(route);
    if let Some(method) = method {
        event["requestContext"]["http"]["method"] = json!(method);
    }
    event["pathParameters"] =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    event
}

/// An event with a JSON body.
pub(crate) fn with_body(mut event: Value, body: &str) -> Value {
    event["headers"]["content-type"] = json!("application/json");
    event["body"] = json!(body);
    event["isBase64Encoded"] = json!(false);
    event
}

pub(crate) fn event(event: Value) -> ApiGatewayV2httpRequest {
    serde_json::from_value(event).expect("an event of the gateway")
}

/// What the edge answers to an event: status, headers, and the body as JSON.
pub(crate) async fn ask(edge: &Edge, asked: Value) -> (i64, http::HeaderMap, Value) {
    let answer: ApiGatewayV2httpResponse =
        edge.answer(event(asked), &Invocation::new("fallback")).await;
    let answer = serde_json::to_value(&answer).expect("the gateway takes JSON");
    let headers = serde_json::from_value::<ApiGatewayV2httpResponse>(answer.clone());
    let headers = headers.expect("reads back").headers;
    let body = answer["body"].as_str().and_then(|body| serde_json::from_str(body).ok());
    (answer["statusCode"].as_i64().expect("a status"), headers, body.unwrap_or_default())
}

pub(crate) fn edge(routes: Routes) -> Edge {
    Edge::new(routes, app())
}

/// Whose turn it is to hear the log.
static TURN: Mutex<()> = Mutex::new(());

/// A subscriber that hears what this thread says.
pub(crate) struct Heard {
    // It ends before somebody else's turn begins.
    _heard: DefaultGuard,
    _turn: MutexGuard<'static, ()>,
}

/// Hears this thread for as long as what is given back is kept. One at a time: what somebody wants to hear is
/// remembered for all threads, and is worked out anew whenever a subscriber comes. A place that speaks for
/// the first time just then may be taken for one that nobody wants to hear: so there is always somebody.
pub(crate) fn hear(subscriber: impl Subscriber + Send + Sync + 'static) -> Heard {
    static EVERYBODY: Once = Once::new();
    EVERYBODY.call_once(|| drop(tracing::subscriber::set_global_default(registry())));
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    Heard { _heard: tracing::subscriber::set_default(subscriber), _turn: turn }
}

/// Hears the log.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lines, each of which is JSON.
    pub(crate) fn read(&self) -> Vec<Value> {
        let text = String::from_utf8(self.bytes().clone()).expect("UTF-8");
        text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
