//! What a function answered, as the HTTP response that an HTTP API makes of it; and the answers
//! that the gateway gives by itself.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value, json};

use tsunagu_api::problem::{MEDIA_TYPE, Problem};
use tsunagu_domain::locale::Language;

use crate::{function::FunctionError, random};

/// An answer in API Gateway's own words.
pub(crate) fn own(status: StatusCode, message: &str) -> Response<Bytes> {
    json_response(status, &json!({ "message": message }), "application/json")
}

/// An answer of the local server itself: the API's problem, with more to say where `detail` does.
pub(crate) fn problem(problem: &Problem, detail: Option<String>) -> Response<Bytes> {
    let mut body = problem.body(Language::En, &random::request_id());
    body.detail = detail.unwrap_or(body.detail);
    let mut response = json_response(problem.code().status(), &json!(body), MEDIA_TYPE);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// An answer in JSON.
pub(crate) fn json_response(
    status: StatusCode,
    body: &Value,
    kind: &'static str,
) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// The answer for a function that gave none.
pub(crate) fn failure(error: &FunctionError) -> Response<Bytes> {
    match error {
        FunctionError::EventTooLarge => {
            own(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large")
        }
        FunctionError::TimedOut(_) | FunctionError::Throttled(_) => {
            own(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
        }
        FunctionError::AnswerTooLarge
        | FunctionError::Failed(_)
        | FunctionError::Panicked
        | FunctionError::NotStarted(_)
        | FunctionError::Ended(_) => {
            own(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
    }
}

/// The response for what a function answered. Without a `statusCode` the whole answer is the body
/// of a 200; an answer that makes no response is a 500.
pub(crate) fn response(answer: &Value) -> Response<Bytes> {
    let stated = answer.as_object().filter(|answer| answer.contains_key("statusCode"));
    let response = match stated {
        Some(answer) => explicit(answer),
        None => Some(inferred(answer)),
    };
    response.unwrap_or_else(|| own(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"))
}

fn inferred(answer: &Value) -> Response<Bytes> {
    let body = match answer {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut response = Response::new(Bytes::from(body));
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn explicit(answer: &Map<String, Value>) -> Option<Response<Bytes>> {
    let mut response = Response::new(body(answer)?);
    *response.status_mut() = status(&answer["statusCode"])?;
    for (name, value) in entries(answer.get("headers"))? {
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            _ => return None,
        };
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        response.headers_mut().insert(name, HeaderValue::from_str(&value).ok()?);
    }
    for cookie in answer.get("cookies").and_then(Value::as_array).into_iter().flatten() {
        let cookie = HeaderValue::from_str(cookie.as_str()?).ok()?;
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    if !response.body().is_empty() && !response.headers().contains_key(header::CONTENT_TYPE) {
        let kind = HeaderValue::from_static("text/plain;charset=UTF-8");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    Some(response)
}

fn status(value: &Value) -> Option<StatusCode> {
    let number = match value {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    StatusCode::from_u16(u16::try_from(number).ok()?).ok()
}

fn entries(headers: Option<&Value>) -> Option<impl Iterator<Item = (&String, &Value)>> {
    match headers {
        None | Some(Value::Null) => Some(None.into_iter().flatten()),
        Some(Value::Object(headers)) => Some(Some(headers.iter()).into_iter().flatten()),
        Some(_) => None,
    }
}

fn body(answer: &Map<String, Value>) -> Option<Bytes> {
    let encoded = answer.get("isBase64Encoded").and_then(Value::as_bool).unwrap_or_default();
    match answer.get("body") {
        None | Some(Value::Null) => Some(Bytes::new()),
        Some(Value::String(text)) if encoded => BASE64_STANDARD.decode(text).ok().map(Bytes::from),
        Some(Value::String(text)) => Some(Bytes::from(text.clone())),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rstest::rstest;

    use super::*;

    #[test]
    fn given_a_full_answer_when_rendered_then_every_part_arrives() {
        let rendered = response(&json!({
            "statusCode": 201,
            "headers": {"Content-Type": "text/csv", "etag": "\"a\"", "x-count": 3},
            "multiValueHeaders": {"x-ignored": ["1", "2"]},
            "cookies": ["a=1; Secure", "b=2"],
            "body": "77u/YQ==", "isBase64Encoded": true,
        }));
        assert_eq!(rendered.status(), StatusCode::CREATED);
        assert_eq!(rendered.headers()["content-type"], "text/csv");
        assert_eq!(rendered.headers()["x-count"], "3");
        assert!(!rendered.headers().contains_key("x-ignored"));
        assert_eq!(rendered.headers().get_all("set-cookie").iter().count(), 2);
        assert_eq!(&rendered.body()[..], b"\xef\xbb\xbfa");
    }

    #[test]
    fn given_no_status_when_rendered_then_the_answer_is_the_body() {
        let rendered = response(&json!({"hello": "world"}));
        assert_eq!(rendered.status(), StatusCode::OK);
        assert_eq!(rendered.headers()["content-type"], "application/json");
        assert_eq!(&rendered.body()[..], br#"{"hello":"world"}"#);
        assert_eq!(&response(&json!("plain")).body()[..], b"plain");
    }

    #[test]
    fn given_a_body_without_a_type_when_rendered_then_it_is_plain_text_and_an_empty_one_is_none() {
        let rendered = response(&json!({"statusCode": 200, "body": "x"}));
        assert_eq!(rendered.headers()["content-type"], "text/plain;charset=UTF-8");
        let rendered = response(&json!({"statusCode": 204}));
        assert!(rendered.headers().is_empty());
    }

    #[rstest]
    #[case(json!({"statusCode": "abc"}))]
    #[case(json!({"statusCode": 99}))]
    #[case(json!({"statusCode": 200, "headers": {"bad name": "x"}}))]
    #[case(json!({"statusCode": 200, "headers": {"x": "a\r\nb: c"}}))]
    #[case(json!({"statusCode": 200, "headers": {"x": null}}))]
    #[case(json!({"statusCode": 200, "body": "no base64!", "isBase64Encoded": true}))]
    #[case(json!({"statusCode": 200, "body": {"not": "text"}}))]
    fn given_an_answer_that_makes_no_response_when_rendered_then_it_is_a_500(
        #[case] answer: Value,
    ) {
        let rendered = response(&answer);
        assert_eq!(rendered.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(&rendered.body()[..], br#"{"message":"Internal Server Error"}"#);
    }

    #[rstest]
    #[case(FunctionError::Panicked, 500, "Internal Server Error")]
    #[case(FunctionError::Failed("secret cause".to_owned()), 500, "Internal Server Error")]
    #[case(FunctionError::AnswerTooLarge, 500, "Internal Server Error")]
    #[case(FunctionError::NotStarted("secret cause".to_owned()), 500, "Internal Server Error")]
    #[case(FunctionError::Ended("exit status: 1".to_owned()), 500, "Internal Server Error")]
    #[case(FunctionError::TimedOut(Duration::from_secs(3)), 503, "Service Unavailable")]
    #[case(FunctionError::Throttled(5), 503, "Service Unavailable")]
    #[case(FunctionError::EventTooLarge, 413, "Request Entity Too Large")]
    fn given_a_function_that_gave_no_answer_when_rendered_then_it_is_awss_words(
        #[case] error: FunctionError,
        #[case] status: u16,
        #[case] message: &str,
    ) {
        let rendered = failure(&error);
        assert_eq!(rendered.status().as_u16(), status);
        assert_eq!(rendered.body(), json!({ "message": message }).to_string().as_bytes());
    }
}
