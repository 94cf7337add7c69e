//! What Lambda hands over of the table's stream, and what it wants to hear.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tsunagu_store::feed::{Image, StreamRecord};

/// A batch of stream records, each looked at by itself: one that cannot be read fails alone.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Event {
    /// The records, oldest first.
    pub records: Vec<Value>,
}

/// Which records are to be handed over again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Those that failed; Lambda goes on from the first of them.
    pub batch_item_failures: Vec<BatchItemFailure>,
}

/// A record that failed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchItemFailure {
    /// Its sequence number.
    pub item_identifier: String,
}

#[derive(Deserialize)]
struct Record {
    dynamodb: Images,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Images {
    #[serde(default)]
    old_image: Option<Image>,
    #[serde(default)]
    new_image: Option<Image>,
}

/// The sequence number of a record; empty where it has none, which Lambda takes for the whole batch.
pub(crate) fn sequence_number(record: &Value) -> String {
    let number = record.pointer("/dynamodb/SequenceNumber");
    number.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// When a record came to be, to the second or so.
pub(crate) fn created(record: &Value) -> Option<DateTime<Utc>> {
    let seconds = record.pointer("/dynamodb/ApproximateCreationDateTime")?.as_f64()?;
    let since = TimeDelta::from_std(Duration::try_from_secs_f64(seconds).ok()?).ok()?;
    DateTime::UNIX_EPOCH.checked_add_signed(since)
}

/// The images of a record.
pub(crate) fn read(record: Value) -> Result<StreamRecord, serde_json::Error> {
    let Record { dynamodb: Images { old_image, new_image } } = serde_json::from_value(record)?;
    Ok(StreamRecord { old: old_image, new: new_image })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn given_a_record_then_it_is_read_with_its_images_and_its_number() {
        let record = json!({
            "eventName": "INSERT",
            "dynamodb": {
                "SequenceNumber": "111",
                "Keys": {"PK": {"S": "a"}, "SK": {"S": "b"}},
                "NewImage": {"PK": {"S": "a"}, "entity": {"S": "something"}, "n": {"N": "1"}},
            },
        });
        assert_eq!(sequence_number(&record), "111");
        let read = read(record).expect("a record");
        assert!(read.old.is_none());
        assert!(read.changes().expect("readable").is_empty(), "nothing follows from other items");
    }

    #[test]
    fn given_a_record_then_it_is_read_when_it_came_to_be_and_nonsense_is_no_time() {
        let at = |time: Value| created(&json!({"dynamodb": {"ApproximateCreationDateTime": time}}));
        let expected = "2026-03-02T03:00:00Z".parse().ok();
        assert_eq!(at(json!(1_772_420_400)), expected);
        assert_eq!(at(json!(1.772_420_4e9)), expected);
        for nonsense in [json!(-1), json!(1e300), json!("1772420400"), json!(null)] {
            assert_eq!(at(nonsense), None);
        }
    }

    #[test]
    fn given_records_that_are_none_then_they_are_refused_one_by_one() {
        assert!(read(json!({"dynamodb": {"NewImage": {"PK": {"X": "a"}}}})).is_err());
        assert!(read(json!("nothing")).is_err());
        let empty = read(json!({"dynamodb": {}})).expect("a record without images");
        assert!(empty.changes().is_err(), "the stream has images of everything");
        let event: Event = serde_json::from_value(json!({"Records": [1, "a"]})).expect("a batch");
        assert_eq!(event.records.len(), 2);
    }

    #[test]
    fn given_failures_then_lambda_reads_them() {
        let failure = BatchItemFailure { item_identifier: "111".to_owned() };
        let report = Report { batch_item_failures: vec![failure] };
        let told = serde_json::to_value(report).expect("plain");
        assert_eq!(told, json!({"batchItemFailures": [{"itemIdentifier": "111"}]}));
    }
}
