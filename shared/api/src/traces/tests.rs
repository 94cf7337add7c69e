use std::time::{Duration, Instant};

use axum::routing::get;
use lambda_runtime::{Config, service_fn};
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use rstest::rstest;
use serde_json::{Value, json};
use tower::ServiceExt;
use tsunagu_store::Deadline;

use super::{
    collector::{Listener, told},
    *,
};
use crate::{
    App, Background, Edge, Member, Problem, Routes, Task, TaskError,
    testing::{Heard, Lines, app, app_at, console_event, hear, routed},
};

const USER: &str = "GET /v1/accounts/{accountId}/users/{userId}";
/// What a caller has added to the header stands in no span.
const SAMPLED: &str = "Root=1-67e0a1b2-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1;\
                       Lineage=1:a87bd80c:0;Self=hanako-example";
const NOT_SAMPLED: &str =
    "Root=1-67e0a1b2-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=0";
const TRACE: u128 = 0x67e0_a1b2_0123_4567_89ab_cdef_0123_4567;
const PARENT: u64 = 0x5399_5c3f_42cd_8ad8;

fn routes() -> Routes {
    Routes::new()
        .route("/v1/accounts/{accountId}/users/{userId}", get(|_: Member| async { "hanako" }))
        .route("/v1/cause", get(|| async { Problem::internal("hanako at host db-1") }))
}

/// A function that sends its traces to a collector, and writes its log.
struct Traced {
    traces: Traces,
    lines: Lines,
    _heard: Heard,
}

impl Traced {
    fn new(variables: &[(&str, &str)]) -> Self {
        let variables = variables.iter().chain(&[("AWS_LAMBDA_FUNCTION_NAME", "stack-Users-1")]);
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let aws = aws_types::SdkConfig::builder().build();
        let environment = Environment::new(variables.map(owned), aws);
        let traces = Traces::of(&environment).expect("a good environment");
        let lines = Lines::default();
        let log = "info".parse().expect("a filter");
        let subscriber = traces.subscriber(lines.clone(), log, None);
        let heard = hear(subscriber);
        Self { traces, lines, _heard: heard }
    }

    fn sending_to(collector: &str) -> Self {
        Self::new(&[("OTEL_EXPORTER_OTLP_ENDPOINT", collector)])
    }

    /// One invocation, as Lambda's runtime makes it.
    async fn invoke<H, E>(&self, handler: H, event: &Value, header: Option<&str>)
    where
        H: Service<LambdaEvent<E>> + Clone,
        H::Error: Debug,
        E: DeserializeOwned,
    {
        let answers = service_fn(async |invocation: LambdaInvocation| {
            let event = serde_json::from_slice(&invocation.body).expect("an event");
            let event = LambdaEvent::new(event, invocation.context);
            // A run that failed is an answer too.
            let _ = handler.clone().oneshot(event).await;
            Ok::<_, Error>(())
        });
        let mut context = lambda_runtime::Context::default();
        context.request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned();
        context.xray_trace_id = header.map(str::to_owned);
        let function_name = "stack-Users-1".to_owned();
        context.env_config = Arc::new(Config { function_name, ..Config::default() });
        let (parts, ()) = http::Response::new(()).into_parts();
        let body = event.to_string().into();
        let invocation = LambdaInvocation { parts, body, context };
        self.traces.around(answers).oneshot(invocation).await.expect("is answered");
    }

    async fn ask(&self, app: App, event: &Value, header: Option<&str>) {
        self.invoke(Edge::new(routes(), app), event, header).await;
    }

    /// The lines of the log of that message.
    fn lines(&self, message: &str) -> Vec<Value> {
        self.lines.read().into_iter().filter(|line| line["message"] == message).collect()
    }
}

fn collector() -> Listener {
    Listener::new("200 ", Duration::ZERO)
}

fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
    spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("{name}: {names:?}"))
}

fn spans(collector: &Listener) -> Vec<Span> {
    collector.spans().into_iter().map(|(_, span)| span).collect()
}

fn is_error(span: &Span) -> bool {
    span.status.as_ref().is_some_and(|status| status.code() == StatusCode::Error)
}

#[tokio::test]
async fn given_a_sampled_request_then_its_spans_and_calls_are_parts_of_the_trace_passed_on() {
    let (collector, table) = (collector(), Listener::new("200 {}", Duration::ZERO));
    let traced = Traced::sending_to(collector.address());
    traced.ask(app_at(table.address()), &console_event(), Some(SAMPLED)).await;

    let spans = spans(&collector);
    assert_eq!(spans.len(), 3, "nothing else is sent: {spans:?}");
    assert!(spans.iter().all(|span| span.trace_id == TRACE.to_be_bytes()), "one trace");
    let invocation = named(&spans, "stack-Users-1");
    assert_eq!(invocation.parent_span_id, PARENT.to_be_bytes());
    let request = named(&spans, USER);
    assert_eq!(request.parent_span_id, invocation.span_id);
    assert_eq!(request.kind(), SpanKind::Server);
    let call = named(&spans, "DynamoDB.BatchGetItem");
    assert_eq!(call.parent_span_id, request.span_id);
    assert!(call.start_time_unix_nano >= request.start_time_unix_nano);
    assert!(call.end_time_unix_nano <= request.end_time_unix_nano);
    assert_eq!(table.sent().len(), 1);

    let [line] = traced.lines("request").try_into().expect("one line");
    let logged = line["traceId"].as_str().expect("a trace").replace('-', "");
    assert_eq!(logged, format!("1{TRACE:032x}"), "the log finds it");
}

#[tokio::test]
async fn given_a_request_then_its_spans_tell_what_is_listed_and_nothing_else() {
    let (collector, table) = (collector(), Listener::new("200 {}", Duration::ZERO));
    let traced = Traced::sending_to(collector.address());
    traced.ask(app_at(table.address()), &console_event(), Some(SAMPLED)).await;

    let spans = spans(&collector);
    let expected = [
        "http.request.method=GET",
        "http.response.status_code=404",
        "http.route=/v1/accounts/{accountId}/users/{userId}",
        "tsunagu.problem=not-found",
    ];
    assert_eq!(told(&named(&spans, USER).attributes), expected);
    let expected = [
        "faas.coldstart=true",
        "faas.invocation_id=8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        "faas.name=stack-Users-1",
        "faas.trigger=other",
    ];
    assert_eq!(told(&named(&spans, "stack-Users-1").attributes), expected);
    let mut call = told(&named(&spans, "DynamoDB.BatchGetItem").attributes);
    // A random number, for the SDK's own log.
    call.retain(|attribute| !attribute.starts_with("sdk_invocation_id="));
    assert_eq!(call, ["rpc.method=BatchGetItem", "rpc.service=DynamoDB", "rpc.system=aws-api"]);
    for span in &spans {
        assert!(!is_error(span), "that something is not there is no error of ours");
        assert!(span.events.is_empty() && span.links.is_empty() && span.trace_state.is_empty());
    }
    let (resource, _) = collector.spans().remove(0);
    let resource = told(&resource.attributes);
    for expected in ["service.name=stack-Users-1", "service.version=0.1.0"] {
        assert!(resource.iter().any(|attribute| attribute == expected), "{resource:?}");
    }
}

/// Every text in a value.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => members.values().for_each(|member| texts(member, found)),
        _ => {}
    }
}

#[tokio::test]
async fn t17_nothing_that_was_sent_or_went_wrong_inside_is_in_the_bytes_of_a_trace() {
    let (collector, table) = (collector(), Listener::new("200 {}", Duration::ZERO));
    let traced = Traced::sending_to(collector.address());
    traced.ask(app_at(table.address()), &console_event(), Some(SAMPLED)).await;
    let failing = routed(console_event(), "GET /v1/cause", &[]);
    traced.ask(app(), &failing, Some(SAMPLED)).await;

    let mut sent = vec!["hanako".to_owned(), "db-1".to_owned(), "a87bd80c".to_owned()];
    texts(&console_event(), &mut sent);
    // What the gateway says of itself is none of the caller's.
    sent.retain(|text| text.len() > 3 && !text.contains(" /v1/") && text != "true");
    assert!(sent.len() > 30, "{sent:?}");
    let bodies: Vec<_> = collector.sent().into_iter().map(|(_, body)| body).collect();
    assert_eq!(bodies.len(), 2, "one batch an invocation");
    for body in &bodies {
        let body = String::from_utf8_lossy(body).to_lowercase();
        for text in &sent {
            assert!(!body.contains(&text.to_lowercase()), "{text} is told");
        }
    }
    assert_eq!(traced.lines("request failed inside").len(), 1, "the log says why");
    let spans = spans(&collector);
    let failed = named(&spans, "GET /v1/cause");
    assert!(is_error(failed));
    assert!(told(&failed.attributes).contains(&"http.response.status_code=500".to_owned()));
}

#[rstest]
#[case::by_who_passed_it_on(NOT_SAMPLED, "false")]
#[case::by_the_environment(SAMPLED, "true")]
#[tokio::test]
async fn given_what_is_not_sampled_then_nothing_is_sent_and_all_is_logged(
    #[case] header: &str,
    #[case] disabled: &str,
) {
    let collector = collector();
    let traced = Traced::new(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address()),
        ("OTEL_SDK_DISABLED", disabled),
    ]);
    traced.ask(app(), &routed(console_event(), "GET /v1/cause", &[]), Some(header)).await;
    assert!(collector.sent().is_empty());
    assert_eq!(traced.lines("request").len(), 1);
}

/// Whoever calls without a trace is sampled by nobody, unless the environment says so.
#[rstest]
#[case::nothing(None)]
#[case::without_parent(Some("Root=1-67e0a1b2-0123456789abcdef01234567;Sampled=1"))]
#[tokio::test]
async fn given_no_trace_that_was_passed_on_then_one_begins_only_where_the_environment_wants_it(
    #[case] header: Option<&str>,
) {
    let collector = collector();
    let request = || routed(console_event(), "GET /v1/cause", &[]);
    let traced = Traced::sending_to(collector.address());
    traced.ask(app(), &request(), header).await;
    assert_eq!(spans(&collector), []);
}

#[rstest]
#[case::away(None)]
#[case::failing(Some(("503 ", Duration::ZERO)))]
#[case::slow(Some(("200 ", Duration::from_secs(30))))]
#[tokio::test]
async fn given_a_collector_that_takes_nothing_then_requests_are_answered_and_one_line_says_so(
    #[case] listener: Option<(&'static str, Duration)>,
) {
    let listener = listener.map(|(answer, after)| Listener::new(answer, after));
    let nobody = "http://127.0.0.1:1";
    let traced = Traced::sending_to(listener.as_ref().map_or(nobody, Listener::address));
    let begun = Instant::now();
    for _ in 0..2 {
        traced.ask(app(), &routed(console_event(), "GET /v1/cause", &[]), Some(SAMPLED)).await;
    }
    // A second each, and some for a busy machine.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(traced.lines("request").len(), 2);
    let [line] = traced.lines("traces are not sent").try_into().expect("one line");
    assert_eq!(line["level"], "WARN");
    if let Some(listener) = listener {
        assert_eq!(listener.sent().len(), 2, "nothing is sent twice");
    }
}

#[derive(Clone)]
struct Counting;

impl Task for Counting {
    type Event = Value;
    type Report = ();

    async fn run(&self, event: Value, _: Deadline) -> Result<(), TaskError> {
        if event["fails"] == true {
            return Err(TaskError::Refused("hanako".to_owned()));
        }
        Ok(())
    }
}

#[rstest]
#[case(false)]
#[case(true)]
#[tokio::test]
async fn given_a_run_then_it_is_a_part_of_the_trace_and_says_whether_it_was_done(
    #[case] fails: bool,
) {
    let collector = collector();
    let traced = Traced::sending_to(collector.address());
    traced.invoke(Background::new(Counting), &json!({"fails": fails}), Some(SAMPLED)).await;
    let spans = spans(&collector);
    assert_eq!(spans.len(), 2);
    let (run, invocation) = (named(&spans, "run"), named(&spans, "stack-Users-1"));
    assert_eq!(run.parent_span_id, invocation.span_id);
    assert_eq!(run.trace_id, TRACE.to_be_bytes());
    assert_eq!(told(&run.attributes), [format!("tsunagu.done={}", !fails)]);
    assert_eq!(is_error(run), fails);
    assert!(!format!("{spans:?}").contains("hanako"), "what went wrong stays in the log");
    assert_eq!(traced.lines("run").len(), 1);
}

#[rstest]
#[case::sampled(SAMPLED, Some(true))]
#[case::not_sampled(NOT_SAMPLED, Some(false))]
#[case::undecided(
    "Root=1-67e0a1b2-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=?",
    Some(false)
)]
#[case::spaced(
    "Self=a; Root=1-67e0a1b2-0123456789abcdef01234567; Sampled=1; Parent=53995c3f42cd8ad8",
    Some(true)
)]
#[case::without_parent("Root=1-67e0a1b2-0123456789abcdef01234567;Sampled=1", None)]
#[case::with_no_parent("Root=1-67e0a1b2-0123456789abcdef01234567;Parent=hanako;Sampled=1", None)]
#[case::without_trace("Parent=53995c3f42cd8ad8;Sampled=1", None)]
#[case::no_trace("Root=1-hanako-0123456789abcdef01234567;Parent=53995c3f42cd8ad8", None)]
#[case::empty("", None)]
fn given_x_rays_header_then_ids_and_the_decision_are_taken_and_nothing_else(
    #[case] header: &str,
    #[case] expected: Option<bool>,
) {
    let found = passed_on(header);
    assert_eq!(found.as_ref().map(SpanContext::is_sampled), expected);
    if let Some(found) = found {
        assert!(found.is_remote());
        assert_eq!(found.trace_id(), TRACE.into());
        assert_eq!(found.span_id(), PARENT.into());
        assert_eq!(found.trace_state(), &TraceState::NONE);
    }
}

#[test]
fn given_an_address_that_is_none_then_the_start_fails_in_one_line() {
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), "not an address".to_owned())];
    let aws = aws_types::SdkConfig::builder().build();
    let error = Traces::of(&Environment::new(variables, aws)).expect_err("bad").to_string();
    assert!(error.starts_with("traces: ") && error.lines().count() == 1, "{error}");
}
