//! What neither local engine ever does, done by a service of our own: shards that split, records
//! that are trimmed, iterators that expire.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodbstreams::{
    Config,
    config::{BehaviorVersion, Credentials, Region},
};
use axum::{Router, body::Bytes, extract::State, http::HeaderMap, response::IntoResponse};
use http::{StatusCode, header};
use serde_json::json;

use super::*;

/// A shard of the service: its numbers, and what became of it.
#[derive(Clone, Debug)]
struct Shard {
    name: &'static str,
    parent: Option<&'static str>,
    numbers: Vec<u32>,
    closed: bool,
}

#[derive(Default)]
struct Script {
    shards: Vec<Shard>,
    /// The first number that is left.
    trimmed_to: u32,
    /// Iterators that were given out before are refused, once each.
    expired: Vec<String>,
    /// The calls: `operation` and the shard that was asked.
    asked: Vec<String>,
}

#[derive(Clone, Default)]
struct Service {
    script: Arc<Mutex<Script>>,
}

type Refusal = (&'static str, &'static str);

impl Service {
    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Listens, and gives a client of it.
    async fn start(shards: &[Shard]) -> (Self, Client) {
        let service = Self::default();
        service.script().shards = shards.to_vec();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let app = Router::new().fallback(answer).with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(url)
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("local", "local", None, None, "test"));
        (service, Client::from_conf(config.build()))
    }

    fn answer(&self, operation: &str, input: &Value) -> Result<Value, Refusal> {
        let mut script = self.script();
        let shard = input["ShardId"].as_str().or(input["ShardIterator"].as_str());
        let shard = shard.map(|text| text.split(' ').next().unwrap_or_default().to_owned());
        script.asked.push(format!("{operation} {}", shard.clone().unwrap_or_default()));
        let shard = script.shards.iter().find(|known| Some(known.name) == shard.as_deref());
        match (operation, shard.cloned()) {
            ("ListStreams", _) => Ok(json!({"Streams": [
                {"StreamArn": "arn:old", "StreamLabel": "2025-01-01"},
                {"StreamArn": "arn:new", "StreamLabel": "2026-01-01"},
            ]})),
            ("DescribeStream", _) => {
                let described = |shard: &Shard| match shard.parent {
                    Some(parent) => json!({"ShardId": shard.name, "ParentShardId": parent}),
                    None => json!({"ShardId": shard.name}),
                };
                let shards: Vec<_> = script.shards.iter().map(described).collect();
                Ok(json!({"StreamDescription": {"Shards": shards}}))
            }
            ("GetShardIterator", Some(shard)) => {
                let after: u32 = match input["SequenceNumber"].as_str() {
                    Some(number) => number.parse().expect("a number"),
                    None => 0,
                };
                if after > 0 && after < script.trimmed_to {
                    return Err(("TrimmedDataAccessException", "trimmed"));
                }
                Ok(json!({"ShardIterator": format!("{} {after}", shard.name)}))
            }
            ("GetRecords", Some(shard)) => script.records(&shard, input),
            other => panic!("is not asked: {other:?}"),
        }
    }
}

impl Script {
    fn records(&mut self, shard: &Shard, input: &Value) -> Result<Value, Refusal> {
        let iterator = input["ShardIterator"].as_str().expect("an iterator").to_owned();
        if let Some(index) = self.expired.iter().position(|expired| *expired == iterator) {
            self.expired.remove(index);
            return Err(("ExpiredIteratorException", "expired"));
        }
        let after: u32 = iterator.split(' ').nth(1).expect("a place").parse().expect("a number");
        let left = |number: &&u32| **number > after && **number >= self.trimmed_to;
        // Two at a time, so that there is something to go on with.
        let numbers: Vec<_> = shard.numbers.iter().filter(left).take(2).collect();
        let next = numbers.last().map_or(after, |number| **number);
        let record = |number: &&u32| {
            json!({
                "eventID": number.to_string(), "eventName": "INSERT",
                "dynamodb": {
                    "ApproximateCreationDateTime": 1_700_000_000, "Keys": {"PK": {"S": "a"}},
                    "SequenceNumber": number.to_string(), "SizeBytes": 9,
                    "StreamViewType": "NEW_AND_OLD_IMAGES",
                },
            })
        };
        let mut answer = json!({"Records": numbers.iter().map(record).collect::<Vec<_>>()});
        if !(shard.closed && numbers.is_empty()) {
            answer["NextShardIterator"] = json!(format!("{} {next}", shard.name));
        }
        Ok(answer)
    }
}

async fn answer(
    State(service): State<Service>,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let target = headers["x-amz-target"].to_str().expect("text");
    let operation = target.rsplit('.').next().unwrap_or_default();
    let input: Value = serde_json::from_slice(&body).expect("JSON");
    let (status, answer) = match service.answer(operation, &input) {
        Ok(answer) => (StatusCode::OK, answer),
        Err((kind, message)) => {
            (StatusCode::BAD_REQUEST, json!({"__type": format!("x#{kind}"), "message": message}))
        }
    };
    (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.0")], answer.to_string())
}

fn shard(name: &'static str, parent: Option<&'static str>, numbers: &[u32]) -> Shard {
    Shard { name, parent, numbers: numbers.to_vec(), closed: parent.is_none() }
}

/// Reads to the end: shards with their numbers, page by page.
async fn drain(reader: &mut Reader) -> Vec<(String, Vec<u32>)> {
    let mut pages = Vec::new();
    loop {
        let page = reader.next().await.expect("the stream is read");
        if page.records.is_empty() {
            return pages;
        }
        let number = |record: &Value| {
            let number = record["dynamodb"]["SequenceNumber"].as_str().expect("a number");
            number.parse().expect("a number")
        };
        pages.push((page.shard, page.records.iter().map(number).collect()));
    }
}

fn page(shard: &str, numbers: &[u32]) -> (String, Vec<u32>) {
    (shard.to_owned(), numbers.to_vec())
}

async fn open(client: &Client, position: Option<Position>) -> Reader {
    Reader::open(client.clone(), "table", position).await.expect("there is a stream")
}

#[tokio::test]
async fn given_a_shard_that_split_when_read_then_its_children_come_after_its_end() {
    let shards = [shard("z-parent", None, &[1, 2, 3]), shard("a-child", Some("z-parent"), &[4])];
    let (service, client) = Service::start(&shards).await;
    let mut reader = open(&client, None).await;
    let read = drain(&mut reader).await;
    assert_eq!(read, [page("z-parent", &[1, 2]), page("z-parent", &[3]), page("a-child", &[4])]);
    // A finished shard is never asked again, by another reader neither.
    let kept = reader.position().clone();
    service.script().asked.clear();
    assert!(drain(&mut open(&client, Some(kept)).await).await.is_empty());
    let asked = service.script().asked.clone();
    assert!(!asked.iter().any(|call| call.contains("z-parent")), "{asked:?}");
}

#[tokio::test]
async fn given_a_shard_that_splits_while_it_is_read_when_read_on_then_the_child_is_found() {
    let mut parent = shard("parent", None, &[1]);
    parent.closed = false;
    let (service, client) = Service::start(&[parent]).await;
    let mut reader = open(&client, None).await;
    assert_eq!(drain(&mut reader).await, [page("parent", &[1])]);
    {
        let mut script = service.script();
        script.shards[0].numbers.push(2);
        script.shards[0].closed = true;
        script.shards.push(shard("child", Some("parent"), &[3]));
    }
    assert_eq!(drain(&mut reader).await, [page("parent", &[2]), page("child", &[3])]);
}

#[tokio::test]
async fn given_two_open_shards_when_read_then_neither_waits_for_the_others_end() {
    let shards = [shard("a", Some("gone"), &[1, 2, 3, 4]), shard("b", Some("gone"), &[5, 6])];
    let (_service, client) = Service::start(&shards).await;
    let read = drain(&mut open(&client, None).await).await;
    assert_eq!(read, [page("a", &[1, 2]), page("b", &[5, 6]), page("a", &[3, 4])]);
}

#[tokio::test]
async fn given_records_trimmed_before_they_were_read_when_read_then_with_the_oldest_that_is_left() {
    let shards = [shard("a", Some("gone"), &[1, 2, 3, 4, 5])];
    let (service, client) = Service::start(&shards).await;
    let mut reader = open(&client, None).await;
    let first = reader.next().await.expect("the stream is read");
    service.script().trimmed_to = 4;
    assert_eq!(drain(&mut open(&client, Some(first.position)).await).await, [page("a", &[4, 5])]);
}

#[tokio::test]
async fn given_an_iterator_that_expired_when_read_on_then_from_the_same_place() {
    let (service, client) = Service::start(&[shard("a", Some("gone"), &[1, 2, 3])]).await;
    let mut reader = open(&client, None).await;
    reader.next().await.expect("the stream is read");
    service.script().expired.push("a 2".to_owned());
    assert_eq!(drain(&mut reader).await, [page("a", &[3])]);
    assert_eq!(service.script().expired, Vec::<String>::new());
}

#[tokio::test]
async fn given_a_shard_that_is_forgotten_when_read_on_then_the_position_forgets_it_too() {
    let shards = [shard("parent", None, &[1]), shard("child", Some("parent"), &[2])];
    let (service, client) = Service::start(&shards).await;
    let mut reader = open(&client, None).await;
    drain(&mut reader).await;
    service.script().shards.remove(0);
    assert!(drain(&mut reader).await.is_empty());
    let kept = serde_json::to_value(reader.position()).expect("is JSON");
    assert_eq!(kept, json!({"stream": "arn:new", "shards": {"child": {"after": "2"}}}));
}
