use std::collections::BTreeSet;

use serde::Deserialize;

use super::*;
use crate::{
    log::REQUEST,
    start,
    testing::{Lines, hear},
};

/// What CloudWatch reads of a line: the metadata of the embedded metric format.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Metadata {
    timestamp: i64,
    cloud_watch_metrics: Vec<Directive>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Directive {
    namespace: String,
    dimensions: Vec<Vec<String>>,
    metrics: Vec<Definition>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Definition {
    name: String,
    unit: String,
}

/// The one line that a function writes.
fn line(function: Option<&str>, write: impl FnOnce()) -> Value {
    let lines = Lines::default();
    let function = function.map(str::to_owned);
    let filter = "info".parse().expect("a filter");
    let subscriber = start::function_subscriber(lines.clone(), filter, function);
    let _heard = hear(subscriber);
    write();
    let [line] = lines.read().try_into().expect("one line");
    line
}

/// What CloudWatch takes out of a line: dimensions with their values, the metric, and its value.
fn taken(line: &Value) -> BTreeSet<String> {
    let metadata: Metadata = serde_json::from_value(line["_aws"].clone()).expect("the format");
    let written: chrono::DateTime<chrono::Utc> =
        line["timestamp"].as_str().expect("a time").parse().expect("RFC 3339");
    assert!((written.timestamp_millis() - metadata.timestamp).abs() < 60_000, "milliseconds");
    let mut taken = BTreeSet::new();
    for directive in &metadata.cloud_watch_metrics {
        assert_eq!(directive.namespace, "Tsunagu");
        assert!(!directive.metrics.is_empty() && directive.metrics.len() <= 100);
        for dimensions in &directive.dimensions {
            let named = dimensions.iter().map(|name| {
                assert!(["function", "code"].contains(&name.as_str()), "nobody's name: {name}");
                line[name].as_str().expect("dimensions are texts of the line")
            });
            let named = named.collect::<Vec<_>>().join("/");
            for Definition { name, unit } in &directive.metrics {
                let value = &line[name];
                assert!(value.is_number(), "{name} is a number of the line: {value}");
                assert!(taken.insert(format!("{named} {name} {value} {unit}")), "once");
            }
        }
    }
    taken
}

fn set(expected: &[&str]) -> BTreeSet<String> {
    expected.iter().map(|one| (*one).to_owned()).collect()
}

fn request() {
    tracing::info!(
        "requestId" = "r-1",
        account = "acc_1",
        code = "not-found",
        "latencyMs" = 12.35,
        "coldStart" = true,
        "readUnits" = 4.0,
        "writeUnits" = 0.5,
        "{}",
        REQUEST
    );
}

#[test]
fn given_a_requests_line_then_cloud_watch_takes_its_metrics_by_function_and_code_and_nobodys_name()
{
    let line = line(Some("stack-Tickets-1"), request);
    let expected = set(&[
        "stack-Tickets-1 requests 1 Count",
        "stack-Tickets-1 coldStarts 1 Count",
        "stack-Tickets-1 latencyMs 12.35 Milliseconds",
        "stack-Tickets-1 readUnits 4.0 Count",
        "stack-Tickets-1 writeUnits 0.5 Count",
        "stack-Tickets-1/not-found problems 1 Count",
    ]);
    assert_eq!(taken(&line), expected);
    assert_eq!((&line["requestId"], &line["account"]), (&json!("r-1"), &json!("acc_1")));
    assert_eq!(line["coldStart"], true, "what the line said before it says still");
}

#[test]
fn given_the_line_of_a_run_then_it_counts_the_run_and_whether_it_failed() {
    let run = || tracing::info!("requestId" = "r", done = false, "coldStart" = false, "run");
    let expected = ["f runs 1 Count", "f failedRuns 1 Count", "f coldStarts 0 Count"];
    assert_eq!(taken(&line(Some("f"), run)), set(&expected));
}

#[test]
fn given_a_lag_then_it_is_a_metric_and_an_unknown_one_is_none() {
    let lag = |seconds: Option<i64>| {
        line(Some("f"), || tracing::info!(records = 2, "feedLagSeconds" = seconds, "batch"))
    };
    assert_eq!(taken(&lag(Some(61))), set(&["f feedLagSeconds 61 Seconds"]));
    assert!(lag(None).get("_aws").is_none());
}

#[test]
fn given_other_lines_and_other_places_than_lambda_then_lines_stay_flat() {
    let other = || tracing::error!("requestId" = "r", code = "internal", cause = "}", "item");
    for line in [line(Some("f"), other), line(None, request)] {
        let members = line.as_object().expect("an object");
        assert!(members.values().all(|value| !value.is_object()), "{line}");
        assert!(!members.contains_key("function"), "{line}");
    }
}
