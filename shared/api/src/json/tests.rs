use http::Request;
use rstest::rstest;
use serde_json::json;
use tsunagu_domain::locale::Language;

use super::*;
use crate::testing::app;

async fn read_as(media_type: &str, body: impl Into<Body>) -> Result<Value, Code> {
    let request = Request::post("/").header(header::CONTENT_TYPE, media_type);
    let request = request.body(body.into()).expect("a request");
    read_document(request, BODY_LIMIT).await.map_err(|problem| problem.code())
}

#[rstest]
#[case("application/json", Ok(()))]
#[case("Application/JSON; charset=utf-8", Ok(()))]
#[case("application/json; charset=\"UTF-8\"", Ok(()))]
#[case("application/json; charset=shift_jis", Err(Code::UnsupportedMediaType))]
#[case("application/jsonp", Err(Code::UnsupportedMediaType))]
#[case("text/plain", Err(Code::UnsupportedMediaType))]
#[case("", Err(Code::UnsupportedMediaType))]
#[tokio::test]
async fn given_a_media_type_then_only_json_is_read(
    #[case] media_type: &str,
    #[case] expected: Result<(), Code>,
) {
    assert_eq!(read_as(media_type, "{}").await.map(|_| ()), expected);
}

#[rstest]
#[case("identity", Ok(()))]
#[case("gzip", Err(Code::UnsupportedMediaType))]
#[tokio::test]
async fn given_a_content_encoding_then_only_none_is_read(
    #[case] coding: &str,
    #[case] expected: Result<(), Code>,
) {
    let request = Request::post("/").header(header::CONTENT_TYPE, "application/json");
    let request = request.header(header::CONTENT_ENCODING, coding).body(Body::from("{}"));
    let read = read_document(request.expect("a request"), BODY_LIMIT).await;
    assert_eq!(read.map(|_| ()).map_err(|problem| problem.code()), expected);
}

#[rstest]
#[case::nothing(b"")]
#[case::half(b"{\"a\":")]
#[case::invalid_utf8(b"{\"a\":\"\xFF\"}")]
#[case::two(b"{}{}")]
#[tokio::test]
async fn given_what_is_not_json_then_it_is_malformed(#[case] body: &'static [u8]) {
    assert_eq!(read_as("application/json", body).await, Err(Code::MalformedRequest));
}

#[tokio::test]
async fn given_a_body_beyond_the_limit_then_it_is_too_large_and_at_the_limit_it_is_not() {
    let text = |length: usize| format!("\"{}\"", "a".repeat(length - 2));
    let read = read_as("application/json", text(BODY_LIMIT)).await;
    assert_eq!(read.map(|_| ()), Ok(()));
    let read = read_as("application/json", text(BODY_LIMIT + 1)).await;
    assert_eq!(read, Err(Code::PayloadTooLarge));
}

#[tokio::test]
async fn given_keys_that_stand_twice_then_each_is_pointed_at() {
    let request = Request::post("/").header(header::CONTENT_TYPE, "application/json");
    let request = request.body(Body::from(r#"{"a":1,"a":2,"b":{"c":1,"c":1}}"#));
    let problem = read_document(request.expect("a request"), BODY_LIMIT).await.expect_err("twice");
    let pointers: Vec<_> = problem.errors().iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!((problem.code(), pointers), (Code::ValidationFailed, vec!["/a", "/b/c"]));
}

#[derive(Debug, PartialEq, Deserr)]
#[deserr(error = InputErrors, deny_unknown_fields)]
struct Named {
    name: tsunagu_domain::text::DisplayName,
}

#[tokio::test]
async fn given_a_bulk_route_then_it_takes_up_to_its_own_limit() {
    let body = format!("{{\"name\":\"a\"{}}}", " ".repeat(BODY_LIMIT));
    let request = || {
        let request = Request::post("/").header(header::CONTENT_TYPE, "application/json");
        request.body(Body::from(body.clone())).expect("a request")
    };
    let small = Json::<Named>::from_request(request(), &app()).await;
    assert_eq!(small.map_err(|problem| problem.code()), Err(Code::PayloadTooLarge));
    let Json(bulk) =
        Json::<Named, BULK_LIMIT>::from_request(request(), &app()).await.expect("fits");
    assert_eq!(bulk.name.as_str(), "a");
}

#[tokio::test]
async fn given_a_body_to_answer_then_it_is_json() {
    let response = Json::<_>(json!({"a": 1})).into_response();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    let bytes = to_bytes(response.into_body(), 100).await.expect("in memory");
    assert_eq!(bytes, "{\"a\":1}");
}

#[tokio::test]
async fn given_what_cannot_be_read_then_its_place_is_told_and_none_of_its_text() {
    let request = Request::post("/").header(header::CONTENT_TYPE, "application/json");
    let request = request.body(Body::from("{\"events\":[\n{\"userId\":\"hanako\\ud83d\"}]}"));
    let problem = read_document(request.expect("a request"), BODY_LIMIT).await.expect_err("half");
    let body = problem.body(Language::En, "any");
    assert!(body.detail.ends_with("Look at line 2, byte 24."), "{}", body.detail);
    assert!(problem.body(Language::Ja, "any").detail.contains("2 行目"));
    assert!(!body.detail.contains("hanako"), "{}", body.detail);
}
