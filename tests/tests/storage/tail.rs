//! The local server's tailer, on both engines: it feeds a function from the table's stream and
//! loses nothing, whatever happens to the function or to itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::{BoxFuture, join_all};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_local::{
    function::{Function, FunctionError, Invocation},
    tail::{Counts, Kept, Parts, TailError, Tailer},
    template::Template,
};
use tsunagu_tests::{Database, Engine, both_engines};

/// A template with one function that listens to items whose key begins with `wanted`.
const TEMPLATE: &str = r#"
Resources:
  Api: {Type: AWS::Serverless::HttpApi}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: PK, AttributeType: S}]
      KeySchema: [{AttributeName: PK, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
  Listener:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/listener
      Timeout: 20
      Events:
        Changes:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Table.StreamArn
            StartingPosition: TRIM_HORIZON
            BatchSize: 10
            MaximumRetryAttempts: 2
            BisectBatchOnFunctionError: true
            FunctionResponseTypes: [ReportBatchItemFailures]
            FilterCriteria:
              Filters:
                - Pattern: '{"dynamodb": {"Keys": {"SK": {"S": [{"prefix": "wanted"}]}}}}'
"#;

type Answer =
    Box<dyn Fn(&[String]) -> BoxFuture<'static, Result<Value, FunctionError>> + Send + Sync>;

/// A function that remembers the sort keys it was given.
struct Listener {
    given: Mutex<Vec<String>>,
    answer: Answer,
}

impl Listener {
    fn answering(
        answer: impl Fn(&[String]) -> BoxFuture<'static, Result<Value, FunctionError>>
        + Send
        + Sync
        + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { given: Mutex::default(), answer: Box::new(answer) })
    }

    fn content() -> Arc<Self> {
        Self::answering(|_| Box::pin(async { Ok(json!({})) }))
    }

    fn given(&self) -> Vec<String> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn times(&self) -> BTreeMap<String, usize> {
        let mut times = BTreeMap::new();
        for sort in self.given() {
            *times.entry(sort).or_default() += 1;
        }
        times
    }
}

impl Function for Listener {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'static, Result<Value, FunctionError>> {
        let records = invocation.event["Records"].as_array().expect("records");
        let sort = |record: &Value| {
            record["dynamodb"]["Keys"]["SK"]["S"].as_str().expect("a key").to_owned()
        };
        let sorts: Vec<_> = records.iter().map(sort).collect();
        self.given.lock().unwrap_or_else(PoisonError::into_inner).extend(sorts.clone());
        (self.answer)(&sorts)
    }
}

fn tailer(database: &Database, function: &Arc<Listener>, kept: &Kept) -> Tailer {
    let template = Template::parse(TEMPLATE, &BTreeMap::new()).expect("the fixture is a template");
    let spec = &template.functions["listener"];
    let parts = Parts {
        name: "listener".to_owned(),
        function: function.clone(),
        timeout: spec.timeout,
        source: spec.stream.clone().expect("listens"),
        streams: database.streams(),
        table: database.table().to_owned(),
        kept: kept.clone(),
        records: database.records(),
    };
    Tailer::new(parts).expect("the position is read")
}

async fn put(database: &Database, sorts: impl IntoIterator<Item = String>) {
    for sort in sorts {
        let client = database.client();
        let request = client.put_item().table_name(database.table());
        let request = request.item("PK", AttributeValue::S("one".to_owned()));
        request.item("SK", AttributeValue::S(sort)).send().await.expect("the item is put");
    }
}

fn wanted(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("wanted-{number:03}")).collect()
}

#[apply(both_engines)]
async fn given_changes_when_drained_then_the_wanted_ones_are_given_in_order_and_once(
    engine: Engine,
) {
    let Some(database) = engine.open_with_stream().await else { return };
    let (listener, kept) = (Listener::content(), Kept::in_memory());
    let tailer = tailer(&database, &listener, &kept);
    assert_eq!(tailer.health().pending, None);
    for number in 0..25 {
        put(&database, [format!("wanted-{number:03}"), format!("other-{number:03}")]).await;
    }
    let counts = tailer.drain().await.expect("drains");
    assert_eq!(counts, Counts { batches: 3, records: 25, failed: 0 });
    assert_eq!(listener.given(), wanted(0..25));
    let health = tailer.health();
    assert_eq!((health.pending, health.lag_ms, health.failed), (Some(0), 0, 0));
    assert_eq!(tailer.drain().await.expect("drains"), Counts::default());
}

#[apply(both_engines)]
async fn given_a_kill_between_batch_and_position_when_started_again_then_no_record_is_lost(
    engine: Engine,
) {
    let Some(database) = engine.open_with_stream().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let kept = Kept::in_folder(folder.path());
    put(&database, wanted(0..25)).await;
    // It works on the second batch and never comes back: the position stands behind the first.
    let stuck = Listener::answering(|sorts| {
        let stuck = sorts[0] == "wanted-010";
        Box::pin(async move { if stuck { std::future::pending().await } else { Ok(json!({})) } })
    });
    let killed = tailer(&database, &stuck, &kept).drain_within(Duration::from_secs(5)).await;
    let Err(TailError::NotDrained { counts, pending, .. }) = killed else {
        panic!("it is stuck: {killed:?}");
    };
    assert_eq!((counts.records, pending), (10, 15));
    assert_eq!(stuck.given(), wanted(0..20));
    put(&database, wanted(25..30)).await;
    // The next process begins behind the first batch.
    let listener = Listener::content();
    let counts = tailer(&database, &listener, &kept).drain().await.expect("drains");
    assert_eq!(listener.given(), wanted(10..30));
    assert_eq!(counts.records, 20);
    // And one after it has nothing left to do.
    let listener = Listener::content();
    tailer(&database, &listener, &kept).drain().await.expect("drains");
    assert_eq!(listener.given(), wanted(0..0));
}

#[apply(both_engines)]
async fn given_a_poison_record_when_drained_then_it_is_in_the_folder_and_holds_up_nothing(
    engine: Engine,
) {
    let Some(database) = engine.open_with_stream().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    put(&database, wanted(0..25)).await;
    let poisoned = Listener::answering(|sorts| {
        let poison = sorts.iter().any(|sort| sort == "wanted-013");
        Box::pin(async move { if poison { Err(FunctionError::Panicked) } else { Ok(json!({})) } })
    });
    let tailer = tailer(&database, &poisoned, &Kept::in_folder(folder.path()));
    let counts = tailer.drain().await.expect("drains");
    assert_eq!(counts, Counts { batches: 3, records: 25, failed: 1 });
    assert_eq!(poisoned.times().into_keys().collect::<Vec<_>>(), wanted(0..25));
    assert_eq!(tailer.health().failed, 1);
    let files: Vec<_> = std::fs::read_dir(folder.path().join("failed-records"))
        .expect("a folder")
        .map(|file| file.expect("a file").path())
        .collect();
    let [file] = files.as_slice() else { panic!("one file: {files:?}") };
    let content = std::fs::read(file).expect("is read");
    let batch: Value = serde_json::from_slice(&content).expect("JSON");
    assert_eq!(batch["DDBStreamBatchInfo"]["batchSize"], 1);
    // What can be given to the function again, as it was.
    let payload = batch["payload"].as_str().expect("text");
    let payload: Value = serde_json::from_str(payload).expect("JSON");
    assert_eq!(payload["Records"][0]["dynamodb"]["NewImage"]["SK"]["S"], "wanted-013");
}

#[apply(both_engines)]
async fn given_the_tailer_and_others_that_drain_when_at_once_then_each_record_is_given_once(
    engine: Engine,
) {
    let Some(database) = engine.open_with_stream().await else { return };
    let (listener, kept) = (Listener::content(), Kept::in_memory());
    let tailer = tailer(&database, &listener, &kept);
    let running = tokio::spawn(tailer.clone().keep());
    put(&database, wanted(0..45)).await;
    let drained = join_all((0..3).map(|_| tailer.drain())).await;
    assert!(drained.iter().all(Result::is_ok), "{drained:?}");
    // Whoever waited has seen the end: all is done now.
    assert_eq!(listener.given(), wanted(0..45));
    // What comes later needs nobody who asks.
    put(&database, wanted(45..50)).await;
    tokio::time::timeout(Duration::from_secs(5), async {
        while listener.given().len() < 50 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .expect("is given soon");
    running.abort();
    let once = |times: usize| times == 1;
    assert!(listener.times().into_values().all(once), "{:?}", listener.times());
}

#[apply(both_engines)]
async fn given_a_stream_that_never_ends_when_drained_then_it_is_said_in_time(engine: Engine) {
    let Some(database) = engine.open_with_stream().await else { return };
    let (client, table) = (database.client(), database.table().to_owned());
    // Each record makes another, for ever.
    let restless = Listener::answering(move |sorts| {
        let (client, table) = (client.clone(), table.clone());
        let next = format!("{}+", sorts[0]);
        Box::pin(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let request = client.put_item().table_name(table);
            let request = request.item("PK", AttributeValue::S("one".to_owned()));
            let put = request.item("SK", AttributeValue::S(next)).send().await;
            put.map(|_| json!({})).map_err(|error| FunctionError::Failed(error.to_string()))
        })
    });
    put(&database, wanted(0..1)).await;
    let tailer = tailer(&database, &restless, &Kept::in_memory());
    let error = tailer.drain_within(Duration::from_secs(10)).await.expect_err("never ends");
    let said = error.to_string();
    assert!(said.starts_with("the stream was not at its end after 10 s: "), "{said}");
    assert!(said.contains(" batches of ") && said.contains("ask again"), "{said}");
}

#[apply(both_engines)]
async fn given_what_was_read_when_trimmed_then_what_was_not_is_still_there(engine: Engine) {
    let Some(database) = engine.open_with_stream().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let kept = Kept::in_folder(folder.path());
    for round in 0..5 {
        let (from, to) = (round * 10, round * 10 + 10);
        put(&database, wanted(from..to)).await;
        // A process of its own each time, and it finds all of the round and no more.
        let listener = Listener::content();
        tailer(&database, &listener, &kept).drain().await.expect("drains");
        assert_eq!(listener.given(), wanted(from..to));
    }
    let left: BTreeSet<_> = {
        let page = database.stream(None).await.next().await.expect("the stream is read");
        page.records.iter().map(|record| record["eventID"].to_string()).collect()
    };
    let expected = if engine == Engine::Embedded { 1 } else { 50 };
    assert_eq!(left.len(), expected, "only the embedded engine's are removed, but for the last");
}
