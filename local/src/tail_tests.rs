use serde_json::json;

use super::*;

fn source(more: &str) -> StreamSource {
    let text = format!(
        "{{Stream: s, StartingPosition: TRIM_HORIZON, MaximumRetryAttempts: 0, BatchSize: 3, {more}}}"
    );
    let properties = yaml_serde::from_str(&text).expect("YAML");
    StreamSource::parse(properties, "here").expect("a source")
}

fn record(name: &str, size: usize) -> Value {
    json!({"eventName": name, "text": "x".repeat(size)})
}

fn sizes(batches: &[Batch]) -> Vec<(usize, usize)> {
    batches.iter().map(|batch| (batch.records.len(), batch.passed)).collect()
}

#[test]
fn given_records_when_cut_then_no_batch_has_more_than_it_may() {
    let all = vec![record("INSERT", 1); 7];
    assert_eq!(sizes(&cut(all, &source(""))), [(3, 3), (3, 3), (1, 1)]);
    // Three of 2.5 MB are more than an event may weigh.
    let heavy = vec![record("INSERT", 2_500_000); 3];
    assert_eq!(sizes(&cut(heavy, &source(""))), [(2, 2), (1, 1)]);
    for batch in cut(vec![record("INSERT", 2_000_000); 9], &source("")) {
        let event = json!({ "Records": batch.records }).to_string();
        assert!(event.len() <= PAYLOAD_LIMIT, "{}", event.len());
    }
}

#[test]
fn given_records_that_are_not_wanted_when_cut_then_they_are_passed_with_the_next_that_is() {
    let filters = "FilterCriteria: {Filters: [{Pattern: '{\"eventName\": [\"INSERT\"]}'}]}";
    let names = ["MODIFY", "INSERT", "INSERT", "MODIFY", "INSERT", "REMOVE", "INSERT", "REMOVE"];
    let all = names.map(|name| record(name, 1)).to_vec();
    assert_eq!(sizes(&cut(all, &source(filters))), [(3, 5), (1, 2)]);
    let none = vec![record("MODIFY", 1); 3];
    assert_eq!(sizes(&cut(none, &source(filters))), [(0, 0)]);
}
