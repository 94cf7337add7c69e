use chrono::TimeDelta;
use http::Method;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use tsunagu_domain::time::Instant;

use super::*;
use crate::{cors::CorsRules, function::InProcess, routes::Verb};

const HOST: &str = "127.0.0.1:3000";

fn template() -> Template {
    let text = "
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      CorsConfiguration: {AllowOrigins: ['http://localhost:5173'], AllowMethods: [GET]}
      Auth:
        DefaultAuthorizer: Tokens
        Authorizers: {Tokens: {JwtConfiguration: {issuer: x, audience: [y]}}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties: {AttributeDefinitions: [], KeySchema: []}
  EchoFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/echo
      Events:
        Me: {Type: HttpApi, Properties: {Method: GET, Path: /v1/me, Auth: {AuthorizationScopes: [tsunagu/console]}}}
        User: {Type: HttpApi, Properties: {Method: GET, Path: '/v1/users/{user}', Auth: {AuthorizationScopes: [tsunagu/console]}}}
        Vendor: {Type: HttpApi, Properties: {Method: GET, Path: '/v1/platform/{id}', Auth: {AuthorizationScopes: [tsunagu/platform]}}}
        Default: {Type: HttpApi, Properties: {Method: ANY, Path: $default, Auth: {Authorizer: NONE}}}
  TriggerFunction: {Type: 'AWS::Serverless::Function', Properties: {CodeUri: target/lambda/token-claims}}
";
    Template::parse(text, &BTreeMap::new()).expect("the fixture is a template")
}

/// Answers with the event; fails or hangs where a header asks for it.
fn echo() -> Arc<dyn Function> {
    Arc::new(InProcess::new(service_fn(|event: LambdaEvent<Value>| async move {
        match event.payload["headers"]["x-do"].as_str() {
            Some("fail") => return Err(Error::from("a cause that nobody outside may see")),
            Some("hang") => std::future::pending::<()>().await,
            _ => {}
        }
        Ok(json!({"statusCode": 200, "headers": {"content-type": "application/json"},
            "body": event.payload.to_string()}))
    })))
}

fn trigger() -> Arc<dyn Function> {
    Arc::new(InProcess::new(service_fn(|event: LambdaEvent<Value>| async move {
        let mut event = event.payload;
        let person = &event["request"]["userAttributes"];
        let add = json!({"email": person["email"], "email_verified": person["email_verified"]});
        let wish = json!({"accessTokenGeneration": {"claimsToAddOrOverride": add}});
        event["response"] = json!({"claimsAndScopeOverrideDetails": wish});
        Ok::<_, Error>(event)
    })))
}

fn parts() -> Parts {
    let template = template();
    let functions =
        BTreeMap::from([("echo".to_owned(), echo()), ("token-claims".to_owned(), trigger())]);
    let issuer = Issuer::in_memory("http://127.0.0.1:3000").expect("an issuer");
    let guard = Guard::new(3000, template.cors.clone(), true);
    Parts::new(template, functions, issuer, Arc::new(MovableClock::ticking()), guard)
}

fn gateway() -> Gateway {
    Gateway::new(parts()).expect("a gateway")
}

struct Answer {
    status: u16,
    headers: http::HeaderMap,
    body: Value,
}

async fn send(
    gateway: &Gateway,
    method: Method,
    uri: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Answer {
    let mut request = Request::builder().method(method).uri(uri).header("host", HOST);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let response = gateway.handle(request.body(body).expect("a request")).await;
    let (parts, body) = response.into_parts();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

async fn get(gateway: &Gateway, uri: &str, headers: &[(&str, &str)]) -> Answer {
    send(gateway, Method::GET, uri, headers, &Value::Null).await
}

async fn post(gateway: &Gateway, uri: &str, body: Value) -> Answer {
    send(gateway, Method::POST, uri, &[("content-type", "application/json")], &body).await
}

async fn bearer(gateway: &Gateway, body: Value) -> String {
    let answer = post(gateway, "/dev/token", body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(
        (&answer.body["tokenType"], &answer.body["expiresIn"]),
        (&json!("Bearer"), &json!(3600))
    );
    format!("Bearer {}", answer.body["accessToken"].as_str().expect("a token"))
}

#[tokio::test]
async fn given_a_person_when_it_asks_then_the_function_sees_its_verified_address() {
    let gateway = gateway();
    let bearer = bearer(&gateway, json!({"email": "Hanako@Example.com"})).await;
    let answer = get(&gateway, "/v1/me", &[("authorization", &bearer)]).await;
    assert_eq!(answer.status, 200);
    let jwt = &answer.body["requestContext"]["authorizer"]["jwt"];
    assert_eq!(jwt["claims"]["email"], "hanako@example.com");
    assert_eq!(jwt["claims"]["email_verified"], "true");
    assert_eq!(jwt["claims"]["sub"], tokens::subject_of("hanako@example.com"));
    assert_eq!(jwt["scopes"], json!(["tsunagu/console"]));
    let id = answer.headers["apigw-requestid"].to_str().expect("text");
    assert_eq!(answer.body["requestContext"]["requestId"], id);
}

#[tokio::test]
async fn given_scopes_when_the_other_ones_route_is_asked_then_it_is_forbidden() {
    let gateway = gateway();
    let console = bearer(&gateway, json!({"email": "a@example.com"})).await;
    let platform = bearer(&gateway, json!({"scope": "tsunagu/platform"})).await;
    assert_eq!(get(&gateway, "/v1/platform/x", &[("authorization", &console)]).await.status, 403);
    assert_eq!(get(&gateway, "/v1/me", &[("authorization", &platform)]).await.status, 403);
    let answer = get(&gateway, "/v1/platform/x", &[("authorization", &platform)]).await;
    let claims = &answer.body["requestContext"]["authorizer"]["jwt"]["claims"];
    assert_eq!((&claims["sub"], claims.get("email")), (&json!("platform"), None));
    assert_eq!(get(&gateway, "/v1/me", &[]).await.status, 401);
}

#[tokio::test]
async fn t1_given_a_climbing_parameter_when_asked_then_the_console_scope_was_checked_for_its_own_route()
 {
    let gateway = gateway();
    let console = bearer(&gateway, json!({"email": "a@example.com"})).await;
    for climb in ["..%2Fplatform%2Fx", "%2e%2e%2fplatform%2fx", "..%5Cplatform", "x%23y", "x%3Fy"] {
        let uri = format!("/v1/users/{climb}");
        let answer = get(&gateway, &uri, &[("authorization", &console)]).await;
        assert_eq!(answer.body["routeKey"], "GET /v1/users/{user}", "{climb}");
        assert_eq!(get(&gateway, &uri, &[]).await.status, 401, "{climb}");
    }
    // Dots in the path itself are no escape either: no route, so the public default takes it.
    let answer = get(&gateway, "/v1/users/../platform/x", &[("authorization", &console)]).await;
    assert_eq!(answer.body["routeKey"], "$default");
    assert_eq!(get(&gateway, "/v1/users/a%2", &[]).await.status, 400);
}

#[tokio::test]
async fn given_a_function_that_fails_when_asked_then_its_cause_stays_inside() {
    let gateway = gateway();
    let answer = get(&gateway, "/x", &[("x-do", "fail")]).await;
    assert_eq!((answer.status, answer.body), (500, json!({"message": "Internal Server Error"})));
}

#[tokio::test(start_paused = true)]
async fn given_a_function_that_hangs_when_its_timeout_is_over_then_it_is_unavailable() {
    let answer = get(&gateway(), "/x", &[("x-do", "hang")]).await;
    assert_eq!((answer.status, answer.body), (503, json!({"message": "Service Unavailable"})));
}

#[tokio::test]
async fn t19_given_a_foreign_host_or_page_when_it_asks_then_neither_api_nor_dev_answers() {
    let gateway = gateway();
    let rebound = Request::get("/v1/me").header("host", "evil.example:3000").body(Bytes::new());
    assert_eq!(gateway.handle(rebound.expect("a request")).await.status(), 403);
    for path in ["/x", "/dev/health", "/.well-known/jwks.json"] {
        let answer = get(&gateway, path, &[("origin", "https://evil.example")]).await;
        assert_eq!(answer.status, 403, "{path}");
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer =
        send(&gateway, Method::POST, "/dev/clock", &form, &json!({"advance": "P1D"})).await;
    assert_eq!(answer.status, 415);
}

#[tokio::test]
async fn t19_given_a_database_elsewhere_when_dev_is_asked_then_there_is_none() {
    let mut parts = parts();
    parts.guard = Guard::new(3000, CorsRules::default(), false);
    let gateway = Gateway::new(parts).expect("a gateway");
    let answer = post(&gateway, "/dev/token", json!({"email": "a@example.com"})).await;
    assert_eq!(answer.body["routeKey"], "$default");
    assert_eq!(get(&gateway, "/dev/health", &[]).await.body["routeKey"], "$default");
}

#[tokio::test]
async fn given_an_allowed_origin_when_it_asks_then_its_headers_are_the_gateways() {
    let gateway = gateway();
    let page = [("origin", "http://localhost:5173"), ("access-control-request-method", "GET")];
    let answer = send(&gateway, Method::OPTIONS, "/v1/me", &page, &Value::Null).await;
    assert_eq!(answer.status, 204);
    let answer = get(&gateway, "/v1/me", &page[..1]).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.headers["access-control-allow-origin"], "http://localhost:5173");
}

#[tokio::test]
async fn given_the_clock_when_moved_then_functions_see_it_and_nobody_is_locked_out() {
    let gateway = gateway();
    let bearer = bearer(&gateway, json!({"email": "a@example.com"})).await;
    let set = post(&gateway, "/dev/clock", json!({"now": "2030-01-31T00:00:00+09:00"})).await;
    assert_eq!(set.status, 200);
    let moved = post(&gateway, "/dev/clock", json!({"advance": "P1D"})).await;
    let now: Instant = moved.body["now"].as_str().expect("text").parse().expect("an instant");
    let expected: Instant = "2030-01-31T15:00:00Z".parse().expect("an instant");
    assert!((now - expected).abs() < TimeDelta::minutes(1), "{now}");
    let answer = get(&gateway, "/v1/me", &[("authorization", &bearer)]).await;
    assert_eq!(answer.status, 200);
    let seen = answer.body["requestContext"]["timeEpoch"].as_i64().expect("a number");
    assert!(seen >= now.timestamp_millis());
}

#[rstest::rstest]
#[case("/dev/token", json!({"email": "not an address"}), 422)]
#[case("/dev/token", json!({}), 422)]
#[case("/dev/token", json!({"email": "a@example.com", "scope": "openid"}), 422)]
#[case("/dev/token", json!({"email": "a@example.com", "admin": true}), 422)]
#[case("/dev/token", Value::Null, 400)]
#[case("/dev/clock", json!({}), 422)]
#[case("/dev/clock", json!({"now": "2030-01-01T00:00:00Z", "advance": "P1D"}), 422)]
#[case("/dev/clock", json!({"now": "tomorrow"}), 422)]
#[case("/dev/clock", json!({"advance": "1 day"}), 422)]
#[case("/dev/clock", json!({"now": "9999-01-01T00:00:00Z"}), 422)]
#[case("/dev/invoke/echo", json!({}), 404)]
#[case("/dev/invoke/nothing", json!({}), 404)]
#[case("/dev/nothing", json!({}), 404)]
#[case("/dev/health", json!({}), 405)]
#[tokio::test]
async fn given_bad_input_when_sent_to_dev_then_a_problem_says_so(
    #[case] path: &str,
    #[case] body: Value,
    #[case] status: u16,
) {
    let answer = post(&gateway(), path, body).await;
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(answer.body["status"], status);
    assert_eq!(answer.body["requestId"].as_str().map(str::len), Some(16));
    assert!(answer.body["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
}

#[rstest::rstest]
#[case("/dev/token", json!({"email": "not"}), "/email", "malformed")]
#[case("/dev/token", json!({}), "/email", "required")]
#[case("/dev/token", json!({"email": "a@example.com", "scope": "openid"}), "/scope", "unknown-value")]
#[case("/dev/token", json!({"admin": true, "email": "a@example.com"}), "/admin", "unknown-field")]
#[case("/dev/clock", json!({"now": "tomorrow"}), "/now", "malformed")]
#[case("/dev/clock", json!({"advance": "1 day"}), "/advance", "malformed")]
#[tokio::test]
async fn given_a_bad_value_when_sent_to_dev_then_it_is_pointed_at_in_the_products_words(
    #[case] path: &str,
    #[case] body: Value,
    #[case] pointer: &str,
    #[case] code: &str,
) {
    let answer = post(&gateway(), path, body).await.body;
    assert_eq!(
        (&answer["code"], &answer["title"]),
        (&json!("validation-failed"), &json!("Invalid input"))
    );
    let errors = answer["errors"].as_array().expect("errors");
    assert_eq!(errors.len(), 1, "{answer}");
    assert_eq!((&errors[0]["pointer"], &errors[0]["code"]), (&json!(pointer), &json!(code)));
}

#[tokio::test]
async fn given_a_foreign_host_when_asked_then_the_refusal_is_the_products_problem() {
    let request = Request::get("/v1/me").header("host", "evil.example").body(Bytes::new());
    let refused = gateway().handle(request.expect("a request")).await;
    let body: Value = serde_json::from_slice(refused.body()).expect("JSON");
    assert_eq!((&body["code"], &body["title"]), (&json!("forbidden"), &json!("Forbidden")));
    assert_eq!(body["requestId"].as_str().map(str::len), Some(16));
}

#[tokio::test(start_paused = true)]
async fn given_a_database_that_hangs_when_health_is_asked_then_it_says_so_in_two_seconds() {
    let mut parts = parts();
    parts.probe = Arc::new(|| Box::pin(std::future::pending()));
    let gateway = Gateway::new(parts).expect("a gateway");
    let asked = tokio::time::Instant::now();
    let answer = get(&gateway, "/dev/health", &[]).await;
    assert_eq!((answer.status, &answer.body["code"]), (503, &json!("unavailable")));
    assert_eq!(asked.elapsed().as_secs(), 2);
}

#[tokio::test]
async fn given_a_function_without_routes_when_invoked_by_hand_then_its_answer_comes_back() {
    let event = json!({"request": {"userAttributes": {"email": "a@example.com"}}});
    let answer = post(&gateway(), "/dev/invoke/token-claims", event).await;
    assert_eq!(answer.status, 200);
    let wish = &answer.body["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"];
    assert_eq!(wish["claimsToAddOrOverride"]["email"], "a@example.com");
}

#[tokio::test]
async fn given_a_probe_when_something_is_down_then_health_says_what() {
    assert_eq!(get(&gateway(), "/dev/health", &[]).await.status, 200);
    let mut parts = parts();
    parts.probe = Arc::new(|| Box::pin(async { Err("the table is away".to_owned()) }));
    let gateway = Gateway::new(parts).expect("a gateway");
    let answer = get(&gateway, "/dev/health", &[]).await;
    assert_eq!((answer.status, &answer.body["detail"]), (503, &json!("the table is away")));
}

#[tokio::test]
async fn given_no_default_route_or_too_much_when_asked_then_the_gateway_answers_itself() {
    let mut parts = parts();
    parts.template.routes.retain(|route| route.verb != Verb::Any);
    let gateway = Gateway::new(parts).expect("a gateway");
    let answer = get(&gateway, "/nowhere", &[]).await;
    assert_eq!((answer.status, answer.body), (404, json!({"message": "Not Found"})));
    let answer = get(&gateway, "/v1/me", &[("x-long", &"x".repeat(HEADER_LIMIT))]).await;
    assert_eq!(answer.status, 431);
    let huge = Request::post("/v1/me").header("host", HOST).body(vec![0; BODY_LIMIT + 1].into());
    assert_eq!(gateway.handle(huge.expect("a request")).await.status(), 413);
}

#[test]
fn given_a_function_that_nobody_provides_when_put_together_then_it_is_named() {
    let mut parts = parts();
    parts.functions.remove("echo");
    assert_eq!(Gateway::new(parts).err(), Some(MissingFunction("echo".to_owned())));
}
