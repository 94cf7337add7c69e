use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use bytes::Bytes;
use http::Method;
use rstest::rstest;
use std::collections::BTreeMap;

use super::*;
use crate::routes::{Access, Route, choose};

fn routes() -> Vec<Route> {
    let keys = [
        ("GET", "/v1/accounts/{accountId}/users/{userId}", "f"),
        ("POST", "/v1/accounts", "f"),
        ("ANY", "$default", "f"),
    ];
    keys.iter()
        .map(|(verb, path, function)| Route {
            verb: verb.parse().expect("a method"),
            path: path.parse().expect("a path"),
            access: Access::Public,
            function: (*function).to_owned(),
        })
        .collect()
}

fn made(request: &Request<Bytes>, authorized: Option<&Authorized>) -> Value {
    let routes = routes();
    let matched = choose(&routes, request.method(), request.uri().path()).expect("a route");
    let at = "2026-03-01T09:08:07.123Z".parse().expect("an instant");
    let origin = Origin { request_id: "id=", at, domain: "127.0.0.1:3000", authorized };
    event(request, &matched, &origin)
}

fn request(method: Method, uri: &str) -> http::request::Builder {
    Request::builder().method(method).uri(uri).header("host", "127.0.0.1:3000")
}

#[test]
fn given_a_request_when_made_an_event_then_it_has_the_payload_format_of_http_apis() {
    let request = request(Method::GET, "/v1/accounts/acc_1/users/a%20b?tag=x&tag=y&q=%E3%81%82+b")
        .header("X-Several", "1")
        .header("x-several", "2")
        .header("cookie", "a=1; b=2")
        .header("user-agent", "curl/8")
        .header("x-forwarded-for", "10.1.2.3")
        .extension(SourceIp("127.0.0.9".parse().expect("an address")))
        .body(Bytes::new())
        .expect("a request");
    let expected = json!({
        "version": "2.0",
        "routeKey": "GET /v1/accounts/{accountId}/users/{userId}",
        "rawPath": "/v1/accounts/acc_1/users/a b",
        "rawQueryString": "tag=x&tag=y&q=%E3%81%82+b",
        "cookies": ["a=1", "b=2"],
        "headers": {
            "host": "127.0.0.1:3000", "x-several": "1,2", "user-agent": "curl/8",
            "x-forwarded-for": "10.1.2.3, 127.0.0.9", "x-forwarded-port": "3000",
            "x-forwarded-proto": "http",
        },
        "queryStringParameters": {"tag": "x,y", "q": "あ b"},
        "pathParameters": {"accountId": "acc_1", "userId": "a b"},
        "requestContext": {
            "accountId": "000000000000", "apiId": "local",
            "domainName": "127.0.0.1:3000", "domainPrefix": "local",
            "http": {
                "method": "GET", "path": "/v1/accounts/acc_1/users/a b", "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.9", "userAgent": "curl/8",
            },
            "requestId": "id=",
            "routeKey": "GET /v1/accounts/{accountId}/users/{userId}",
            "stage": "$default",
            "time": "01/Mar/2026:09:08:07 +0000",
            "timeEpoch": 1_772_356_087_123_i64,
        },
        "isBase64Encoded": false,
    });
    assert_eq!(made(&request, None), expected);
}

#[test]
fn t1_given_encoded_separators_when_made_an_event_then_the_path_is_decoded_and_the_key_is_not() {
    let attack = "/v1/accounts/a/users/..%2F..%2F..%2Fplatform%2Faccounts%2Fb%23%5C";
    let event = made(&request(Method::GET, attack).body(Bytes::new()).expect("a request"), None);
    assert_eq!(event["routeKey"], "GET /v1/accounts/{accountId}/users/{userId}");
    assert_eq!(event["rawPath"], "/v1/accounts/a/users/../../../platform/accounts/b#\\");
    assert_eq!(event["pathParameters"]["userId"], "../../../platform/accounts/b#\\");
}

#[test]
fn t18_given_another_host_header_when_made_an_event_then_the_domain_is_the_gateways() {
    let request = Request::get("/x").header("host", "evil.example").body(Bytes::new());
    let event = made(&request.expect("a request"), None);
    assert_eq!(event["requestContext"]["domainName"], "127.0.0.1:3000");
}

#[test]
fn given_a_token_when_made_an_event_then_claims_and_scopes_stand_where_aws_puts_them() {
    let claims = BTreeMap::from([("sub".to_owned(), "s".to_owned())]);
    let scopes = Some(vec!["tsunagu/console".to_owned()]);
    let request = request(Method::GET, "/").body(Bytes::new()).expect("a request");
    let event = made(&request, Some(&Authorized { claims: claims.clone(), scopes }));
    let expected = json!({"jwt": {"claims": {"sub": "s"}, "scopes": ["tsunagu/console"]}});
    assert_eq!(event["requestContext"]["authorizer"], expected);
    let event = made(&request, Some(&Authorized { claims, scopes: None }));
    assert_eq!(event["requestContext"]["authorizer"]["jwt"]["scopes"], Value::Null);
    assert!(made(&request, None)["requestContext"].get("authorizer").is_none());
}

#[rstest]
#[case(Some("application/json"), b"{\"a\":\"\xe3\x81\x82\"}", Some("{\"a\":\"あ\"}"))]
#[case(Some("application/merge-patch+json; charset=utf-8"), b"{}", Some("{}"))]
#[case(Some("Text/Plain"), b"x", Some("x"))]
#[case(Some("application/x-www-form-urlencoded"), b"a=1", None)]
#[case(Some("application/octet-stream"), b"\x00\xff", None)]
#[case(Some("application/json"), b"\"\xff\"", None)]
#[case(None, b"{}", None)]
fn given_a_body_when_made_an_event_then_only_text_travels_as_text(
    #[case] kind: Option<&str>,
    #[case] body: &'static [u8],
    #[case] text: Option<&str>,
) {
    let mut builder = request(Method::POST, "/v1/accounts");
    if let Some(kind) = kind {
        builder = builder.header("content-type", kind);
    }
    let event = made(&builder.body(Bytes::from_static(body)).expect("a request"), None);
    assert_eq!(event["isBase64Encoded"], text.is_none());
    let expected = text.map_or_else(|| BASE64_STANDARD.encode(body), str::to_owned);
    assert_eq!(event["body"], expected);
}

#[test]
fn given_an_event_when_read_by_the_lambda_library_then_every_part_is_understood() {
    let request = request(Method::POST, "/v1/accounts?x=1")
        .header("content-type", "application/json")
        .body(Bytes::from_static(b"{}"));
    let text = made(&request.expect("a request"), None).to_string();
    let read: ApiGatewayV2httpRequest = serde_json::from_str(&text).expect("an event");
    assert_eq!(read.route_key.as_deref(), Some("POST /v1/accounts"));
    assert_eq!(read.request_context.http.method, Method::POST);
    assert_eq!(read.raw_query_string.as_deref(), Some("x=1"));
    assert_eq!(read.body.as_deref(), Some("{}"));
}

#[rstest]
#[case("/a%2Fb", true)]
#[case("/a%zz", false)]
#[case("/a%2", false)]
#[case("/%", false)]
fn given_a_path_when_its_escapes_are_broken_then_it_is_not_well_formed(
    #[case] path: &str,
    #[case] expected: bool,
) {
    assert_eq!(is_well_formed(path), expected);
}
