use axum::{
    extract::{Path, State},
    routing::{get, post, put},
};
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::{
    Json, Platform, Problem, SignedIn,
    scope::Scope,
    testing::{
        ACCOUNT, ask, console_event, default_event, edge, platform_event, routed, with_body,
    },
    unmatched::answer_unmatched,
};

const USER: &str = "GET /v1/accounts/{accountId}/users/{userId}";
const DOCUMENT: &str = r#"{"paths": {"/v1/platform/services/{service}": {"put": {}}}}"#;

async fn user(
    _: SignedIn,
    Path((account, user)): Path<(String, String)>,
) -> Json<serde_json::Map<String, Value>> {
    Json(
        [("account".to_owned(), json!(account)), ("user".to_owned(), json!(user))]
            .into_iter()
            .collect(),
    )
}

async fn service(_: Platform, Path(service): Path<String>) -> Json<Value> {
    Json(json!({"service": service}))
}

async fn host(scope: Scope, request: axum::extract::Request) -> Json<Value> {
    let host = request.headers().get(header::HOST).is_some();
    Json(json!({"host": host, "uri": request.uri().to_string(), "id": scope.request_id()}))
}

async fn panics() -> Json<Value> {
    panic!("holds a secret")
}

async fn slow(State(app): State<App>) -> Json<Value> {
    tokio::time::sleep(Duration::from_secs(20)).await;
    Json(json!(app.now()))
}

async fn endless() {
    std::future::pending::<()>().await;
}

fn toys() -> Edge {
    let routes = Routes::new()
        .route("/v1/accounts/{accountId}/users/{userId}", get(user))
        .route("/v1/platform/services/{service}", put(service))
        .route("/v1/echo/{text}", get(host))
        .route("/v1/panic", get(panics))
        .route("/v1/slow", get(slow))
        .route("/v1/endless", get(endless))
        .route("/v1/bytes", get(|| async { vec![0xFF_u8, 0xFE] }))
        .route("/v1/bare", get(|| async { StatusCode::IM_A_TEAPOT }))
        .route("/v1/cause", get(|| async { Problem::internal("acc_secret at host db-1") }))
        .route("/v1/things", post(|| async { StatusCode::NO_CONTENT }));
    edge(answer_unmatched(routes, DOCUMENT))
}

#[tokio::test]
async fn given_the_gateways_events_then_the_routes_they_name_answer() {
    let (status, headers, body) = ask(&toys(), console_event()).await;
    assert_eq!((status, body), (200, json!({"account": ACCOUNT, "user": "tanaka 1"})));
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    let (status, _, body) = ask(&toys(), platform_event()).await;
    assert_eq!((status, body), (200, json!({"service": "daas"})));
}

#[rstest]
#[case("../../../platform/services/daas")]
#[case("..%2F..%2F..%2Fplatform%2Fservices%2Fdaas")]
#[case("..\\..\\platform")]
#[case("a/b")]
#[case("a b#c?d=e&f")]
#[case("%2e%2e")]
#[case("日本語 ü")]
#[case("{service}")]
#[case("a\u{0}\r\nb")]
#[tokio::test]
async fn t1_whatever_a_parameter_holds_it_stays_in_its_segment(#[case] value: &str) {
    let asked = routed(console_event(), USER, &[("accountId", ACCOUNT), ("userId", value)]);
    let (status, _, body) = ask(&toys(), asked).await;
    assert_eq!((status, body), (200, json!({"account": ACCOUNT, "user": value})));
}

#[rstest]
#[case::dot(USER, &[("accountId", ACCOUNT), ("userId", ".")])]
#[case::dots(USER, &[("accountId", ".."), ("userId", "a")])]
#[case::empty(USER, &[("accountId", ACCOUNT), ("userId", "")])]
#[case::missing(USER, &[("accountId", ACCOUNT)])]
#[case::surplus(USER, &[("accountId", ACCOUNT), ("userId", "a"), ("proxy", "b")])]
#[case::renamed(USER, &[("accountId", ACCOUNT), ("user", "a")])]
#[case::greedy("GET /v1/platform/{proxy+}", &[("proxy", "services/daas")])]
#[case::foreign_route("GET /v1/accounts/{accountId}", &[("accountId", ACCOUNT)])]
#[case::no_route("nonsense", &[])]
#[tokio::test]
async fn t1_what_the_gateway_cannot_have_matched_is_not_found(
    #[case] route: &str,
    #[case] parameters: &[(&str, &str)],
) {
    let (status, _, body) = ask(&toys(), routed(console_event(), route, parameters)).await;
    assert_eq!((status, &body["code"]), (404, &json!("not-found")));
}

#[tokio::test]
async fn t1_a_console_token_opens_no_platform_route_nor_a_platform_token_another() {
    let route = "PUT /v1/platform/services/{service}";
    let asked = routed(console_event(), route, &[("service", "daas")]);
    assert_eq!(ask(&toys(), asked).await.0, 403);
    let parameters = [("accountId", ACCOUNT), ("userId", "a")];
    assert_eq!(ask(&toys(), routed(platform_event(), USER, &parameters)).await.0, 403);
}

#[tokio::test]
async fn t1_the_method_is_the_routes_own() {
    let mut asked = console_event();
    asked["requestContext"]["http"]["method"] = json!("DELETE");
    assert_eq!(ask(&toys(), asked).await.0, 404);
}

#[tokio::test]
async fn t1_the_default_route_reaches_no_real_one() {
    let (status, headers, body) = ask(&toys(), default_event()).await;
    assert_eq!((status, &body["code"]), (404, &json!("not-found")), "its own method");
    assert!(!headers.contains_key(header::ALLOW));
    let mut asked = default_event();
    asked["requestContext"]["http"]["method"] = json!("GET");
    let (status, headers, body) = ask(&toys(), asked).await;
    assert_eq!((status, &body["code"]), (405, &json!("method-not-allowed")));
    assert_eq!(headers[header::ALLOW], "PUT");
    assert_eq!(body["requestId"], "JKJcZmRNxJeGUJC=");
}

#[rstest]
#[case("evil.example.com")]
#[case("[::1")]
#[case("a b c")]
#[case("")]
#[case("host:port:port")]
#[case("ホスト")]
#[tokio::test]
async fn t18_no_host_reaches_a_handler_and_none_makes_it_panic(#[case] host: &str) {
    let mut asked = routed(console_event(), "GET /v1/echo/{text}", &[("text", "x")]);
    asked["headers"]["host"] = json!(host);
    asked["requestContext"]["domainName"] = json!(host);
    asked["requestContext"]["stage"] = json!("prod");
    asked["rawQueryString"] = json!("a=\u{3042} #\"<>{}|^`\\&b=%zz");
    let (status, _, body) = ask(&toys(), asked).await;
    let uri = "/v1/echo/x?a=%E3%81%82%20%23%22%3C%3E%7B%7D%7C%5E%60%5C&b=%zz";
    assert_eq!((status, body), (200, json!({"host": false, "uri": uri, "id": "JKJaXmPLvHcESHA="})));
}

#[tokio::test]
async fn given_a_panic_then_the_answer_is_fixed_and_the_next_request_is_served() {
    let edge = toys();
    let (status, headers, body) = ask(&edge, routed(console_event(), "GET /v1/panic", &[])).await;
    let expected = json!({
        "type": "https://tsunagu.dev/problems/internal",
        "title": "内部エラー",
        "status": 500,
        "detail": "予期しないエラーが発生しました。requestId を添えてお問い合わせください。",
        "code": "internal",
        "requestId": "JKJaXmPLvHcESHA=",
    });
    assert_eq!((status, body), (500, expected));
    assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(ask(&edge, console_event()).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn given_a_handler_without_end_then_the_caller_is_told_to_come_again() {
    let (status, headers, body) = ask(&toys(), routed(console_event(), "GET /v1/slow", &[])).await;
    assert_eq!((status, &body["code"]), (503, &json!("unavailable")));
    assert_eq!(headers[header::RETRY_AFTER], "1");
}

#[tokio::test(start_paused = true)]
async fn given_more_time_than_the_default_then_a_slow_handler_may_use_it() {
    let begun = tokio::time::Instant::now();
    let slow = || crate::testing::event(routed(console_event(), "GET /v1/slow", &[]));
    let short = Invocation { time_limit: Duration::from_secs(2), ..Invocation::new("r") };
    assert_eq!(toys().answer(slow(), &short).await.status_code, 503);
    assert_eq!(begun.elapsed().as_secs(), 2);
    let long = Invocation { time_limit: Duration::from_secs(61), ..Invocation::new("r") };
    assert_eq!(toys().answer(slow(), &long).await.status_code, 200);
}

#[tokio::test(start_paused = true)]
async fn given_a_function_with_more_time_than_the_gateway_then_the_answer_comes_before_it_gives_up()
{
    let begun = tokio::time::Instant::now();
    let endless = crate::testing::event(routed(console_event(), "GET /v1/endless", &[]));
    let long = Invocation { time_limit: Duration::from_mins(5), ..Invocation::new("r") };
    assert_eq!(toys().answer(endless, &long).await.status_code, 503);
    assert_eq!(begun.elapsed().as_secs(), 28);
}

#[rstest]
#[case::unknown(None, 9_000)]
#[case::default_function(Some(15_000), 14_500)]
#[case::long_function(Some(29_000), 28_500)]
#[case::hardly_any(Some(300), 0)]
#[case::over(Some(-1_000), 0)]
fn given_a_deadline_then_the_request_ends_in_time_to_say_so(
    #[case] left: Option<i64>,
    #[case] expected: u64,
) {
    let now = 1_772_323_200_000_i64;
    let mut context = lambda_runtime::Context::default();
    context.request_id = "lambda-1".to_owned();
    context.deadline = left.map_or(0, |left| u64::try_from(now + left).expect("after 1970"));
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(now).expect("too"));
    let time_limit = Duration::from_millis(expected);
    let expected = Invocation { time_limit, ..Invocation::new("lambda-1") };
    assert_eq!(Invocation::at(now, &context), expected);
}

#[rstest]
#[case::passed_on(
    "Root=1-69240f10-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=0",
    Some("1-69240f10-0123456789abcdef01234567")
)]
#[case::later(
    "Self=1-1;Root=1-69240f10-0123456789abcdef01234567",
    Some("1-69240f10-0123456789abcdef01234567")
)]
#[case::a_callers_own("Root=1-69240f10-hanako@example.com;Sampled=1", None)]
#[case::none("Sampled=1", None)]
fn t17_given_a_trace_then_its_id_names_the_invocation_and_what_is_none_does_not(
    #[case] header: &str,
    #[case] expected: Option<&str>,
) {
    let mut context = lambda_runtime::Context::default();
    context.xray_trace_id = Some(header.to_owned());
    assert_eq!(Invocation::of(&context).trace_id.as_deref(), expected);
}

#[rstest]
#[case("GET /v1/bare", 500)]
#[case("GET /v1/cause", 500)]
#[case("GET /v1/things", 405)]
#[tokio::test]
async fn given_a_refusal_then_it_leaves_as_a_problem_that_tells_nothing_inside(
    #[case] route: &str,
    #[case] expected: i64,
) {
    let (status, headers, body) = ask(&toys(), routed(console_event(), route, &[])).await;
    assert_eq!((status, &body["status"]), (expected, &json!(expected)));
    assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
    assert!(!body.to_string().contains("secret"), "{body}");
}

#[tokio::test]
async fn given_bytes_that_are_no_text_then_they_travel_as_base64() {
    let asked = routed(console_event(), "GET /v1/bytes", &[]);
    let answer = toys().answer(crate::testing::event(asked), &Invocation::new("r")).await;
    let answer = serde_json::to_value(answer).expect("JSON");
    assert_eq!((&answer["isBase64Encoded"], &answer["body"]), (&json!(true), &json!("//4=")));
}

#[tokio::test]
async fn given_no_body_to_answer_then_none_is_sent() {
    let asked = with_body(routed(console_event(), "POST /v1/things", &[]), "{}");
    let answer = toys().answer(crate::testing::event(asked), &Invocation::new("r")).await;
    assert_eq!((answer.status_code, answer.body), (204, None));
}

#[tokio::test]
async fn given_a_body_that_is_not_the_base64_it_claims_then_it_is_malformed() {
    let mut asked = platform_event();
    asked["body"] = json!("***");
    assert_eq!(ask(&toys(), asked).await.2["code"], "malformed-request");
}

#[tokio::test]
async fn given_no_request_id_of_the_gateway_then_lambdas_own_stands_for_it() {
    let mut asked = default_event();
    asked["requestContext"]["requestId"] = Value::Null;
    let mut service = toys();
    let context = lambda_runtime::Context::default();
    let mut event = LambdaEvent::new(crate::Event(crate::testing::event(asked)), context);
    event.context.request_id = "lambda-1".to_owned();
    let answer = service.ready().await.expect("ready").call(event).await.expect("an answer");
    let Some(encodings::Body::Text(body)) = answer.body else { panic!("a body") };
    assert!(body.contains("\"requestId\":\"lambda-1\""), "{body}");
}
