use http::{HeaderMap, Method};
use serde_json::{Value, json};
use tsunagu_domain::share::Share;

use super::*;
use crate::{
    problem::Code,
    start,
    testing::{ACCOUNT, Lines, hear},
};

/// The id of a trace.
const TRACE: &str = "1-69240f10-0123456789abcdef01234567";

fn logged(scope: &Scope, problem: Option<&Problem>) -> Vec<Value> {
    let lines = Lines::default();
    let subscriber = start::subscriber(lines.clone(), "info".parse().expect("a filter"));
    let _heard = hear(subscriber);
    write(&Outcome {
        scope,
        trace_id: Some(TRACE),
        status: problem.map_or(200, |problem| problem.code().status().as_u16()),
        problem,
        consumed: Consumed { read: 4.0, write: 0.5, calls: 1 },
        latency: Duration::from_micros(12_345),
        cold_start: true,
    });
    lines.read()
}

fn scope(account: &str) -> Scope {
    let template = "/v1/accounts/{accountId}".to_owned();
    let parameters = vec![("accountId".to_owned(), account.to_owned())];
    Scope::new("r-1\n{}".to_owned(), &HeaderMap::new(), Method::GET, template, parameters)
}

#[test]
fn given_a_request_then_one_flat_line_tells_what_it_came_to() {
    let mut lines = logged(&scope(ACCOUNT), None);
    assert_eq!(lines.len(), 1);
    let line = lines[0].as_object_mut().expect("an object");
    assert!(line.remove("timestamp").is_some());
    let expected = json!({
        "level": "INFO",
        "message": "request",
        "requestId": "r-1\n{}",
        "traceId": TRACE,
        "method": "GET",
        "route": "/v1/accounts/{accountId}",
        "status": 200,
        "account": ACCOUNT,
        "latencyMs": 12.35,
        "coldStart": true,
        "readUnits": 4.0,
        "writeUnits": 0.5,
    });
    assert_eq!(Value::Object(line.clone()), expected);
}

#[test]
fn given_a_failure_inside_then_its_cause_has_a_line_of_its_own_under_the_same_id() {
    let lines = logged(&scope(ACCOUNT), Some(&Problem::internal("broken\nitem")));
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["level"], "ERROR");
    assert_eq!(lines[0]["cause"], "broken\nitem");
    assert_eq!(lines[0]["requestId"], lines[1]["requestId"]);
    assert_eq!((&lines[0]["traceId"], &lines[1]["traceId"]), (&json!(TRACE), &json!(TRACE)));
    assert_eq!((&lines[1]["status"], &lines[1]["code"]), (&json!(500), &json!("internal")));
}

#[test]
fn t17_nothing_of_the_path_as_sent_is_logged() {
    let sent = "hanako@example.com\n{\"level\":\"ERROR\"}";
    let lines = logged(&scope(sent), Some(&Problem::new(Code::NotFound)));
    assert_eq!(lines.len(), 1);
    assert!(!lines[0].to_string().contains("hanako"), "{}", lines[0]);
}

/// The two fields from which reads are counted.
fn reads(method: Method, status: u16, noted: bool) -> (Value, Value) {
    let scope = Scope::new(
        "r-1".to_owned(),
        &HeaderMap::new(),
        method,
        "/v1/accounts/{partner}/customers/{customer}/orders".to_owned(),
        vec![("partner".to_owned(), ACCOUNT.to_owned())],
    );
    if noted {
        scope.tells_of(ACCOUNT.parse().expect("an id"), Share::Orders);
        scope.tells_of(ACCOUNT.parse().expect("an id"), Share::Tickets);
    }
    let lines = Lines::default();
    let subscriber = start::subscriber(lines.clone(), "info".parse().expect("a filter"));
    let _heard = hear(subscriber);
    write(&Outcome {
        scope: &scope,
        trace_id: None,
        status,
        problem: None,
        consumed: Consumed::default(),
        latency: Duration::ZERO,
        cold_start: false,
    });
    let [line] = lines.read().try_into().expect("one line");
    (line["customer"].clone(), line["reads"].clone())
}

#[test]
fn given_a_read_that_was_given_then_its_line_says_of_whom_and_what_and_no_other_line_does() {
    assert_eq!(reads(Method::GET, 200, true), (json!(ACCOUNT), json!("orders")));
    for (method, status, noted) in [
        (Method::GET, 200, false),
        (Method::GET, 404, true),
        (Method::GET, 503, true),
        (Method::PATCH, 200, true),
        (Method::POST, 201, true),
    ] {
        assert_eq!(reads(method, status, noted), (Value::Null, Value::Null));
    }
}
