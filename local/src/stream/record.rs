//! A stream record as it stands in a function's event.

use std::collections::HashMap;

use aws_sdk_dynamodbstreams::{
    primitives::Blob,
    types::{AttributeValue, OperationType, Record, StreamRecord},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};

/// The record as an entry of `Records`, or none where nothing has changed: AWS records no such
/// update, and the embedded engine does. The error names what is missing.
pub(super) fn event(record: &Record, stream: &str) -> Result<Option<Value>, &'static str> {
    let change = record.dynamodb().ok_or("dynamodb")?;
    let name = record.event_name().ok_or("eventName")?;
    let unchanged = change.new_image().is_some() && change.new_image() == change.old_image();
    if *name == OperationType::Modify && unchanged {
        return Ok(None);
    }
    let mut event = json!({
        "eventID": record.event_id().ok_or("eventID")?,
        "eventName": name.as_str(),
        "eventVersion": record.event_version().unwrap_or("1.1"),
        "eventSource": "aws:dynamodb",
        "awsRegion": record.aws_region().unwrap_or_default(),
        "dynamodb": dynamodb(change)?,
        "eventSourceARN": stream,
    });
    if let Some(identity) = record.user_identity() {
        event["userIdentity"] =
            json!({"type": identity.r#type(), "principalId": identity.principal_id()});
    }
    Ok(Some(event))
}

fn dynamodb(change: &StreamRecord) -> Result<Value, &'static str> {
    let created = change.approximate_creation_date_time();
    let mut dynamodb = json!({
        "ApproximateCreationDateTime": created.ok_or("ApproximateCreationDateTime")?.secs(),
        "Keys": item(change.keys().ok_or("Keys")?),
        "SequenceNumber": change.sequence_number().ok_or("SequenceNumber")?,
        "SizeBytes": change.size_bytes().unwrap_or_default(),
        "StreamViewType": change.stream_view_type().ok_or("StreamViewType")?.as_str(),
    });
    for (name, image) in [("NewImage", change.new_image()), ("OldImage", change.old_image())] {
        if let Some(image) = image {
            dynamodb[name] = item(image);
        }
    }
    Ok(dynamodb)
}

fn item(attributes: &HashMap<String, AttributeValue>) -> Value {
    let attributes = attributes.iter().map(|(name, value)| (name.clone(), attribute(value)));
    Value::Object(attributes.collect::<Map<_, _>>())
}

fn attribute(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::Bool(flag) => json!({"BOOL": flag}),
        AttributeValue::Null(flag) => json!({"NULL": flag}),
        AttributeValue::B(bytes) => json!({"B": base64(bytes)}),
        AttributeValue::M(members) => json!({"M": item(members)}),
        AttributeValue::L(values) => json!({"L": values.iter().map(attribute).collect::<Vec<_>>()}),
        AttributeValue::Ss(texts) => json!({"SS": texts}),
        AttributeValue::Ns(numbers) => json!({"NS": numbers}),
        AttributeValue::Bs(all) => json!({"BS": all.iter().map(base64).collect::<Vec<_>>()}),
        // DynamoDB has had these types for ten years; a new one would have to be passed on somehow.
        _ => Value::Null,
    }
}

fn base64(bytes: &Blob) -> String {
    BASE64_STANDARD.encode(bytes)
}
