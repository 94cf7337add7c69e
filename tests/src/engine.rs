//! The two DynamoDB engines, and a fresh table on either.

use std::{
    env,
    hash::{BuildHasher, RandomState},
    io::Write,
    process,
    sync::{
        Once,
        atomic::{AtomicU32, Ordering},
    },
};

use aws_sdk_dynamodb::{
    Client,
    config::{Builder, retry::RetryPartition},
};
use rstest_reuse::template;
use tsunagu_local::{
    engine::{Engine as Running, Records},
    settings::AwsIdentity,
    stream::{Position, Reader, WholeMaps},
    table::TableSpec,
    template::{DEPLOYED, Template},
};
use tsunagu_store::{Store, Table};

use crate::{
    background::{exchange, exchange_now},
    connector::FaultyClient,
    faults::Faults,
    record::Record,
    stored::Stored,
};

/// Where DynamoDB Local listens; `make test` starts it and says so here.
const ENDPOINT: &str = "DYNAMODB_LOCAL_ENDPOINT";
/// Makes a missing DynamoDB Local a failure.
const REQUIRE: &str = "REQUIRE_DYNAMODB_LOCAL";

/// A DynamoDB engine that tests run on, with the same assertions on each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The one of the local server: an instance in memory for each test.
    Embedded,
    /// AWS's own: one server for a run, a table for each test.
    DynamoDbLocal,
}

/// Runs a test on both engines, in paused time: `#[apply(both_engines)]`.
#[template]
#[export]
#[hidden]
#[rstest]
#[case::embedded(tsunagu_tests::Engine::Embedded)]
#[case::dynamodb_local(tsunagu_tests::Engine::DynamoDbLocal)]
#[tokio::test(start_paused = true)]
async fn both_engines(#[case] engine: tsunagu_tests::Engine) {}

/// A table of a test's own.
///
/// When it is dropped, every read that the test made has to have been strongly consistent (T12).
pub struct Database {
    config: Builder,
    streams: aws_sdk_dynamodbstreams::Client,
    table: String,
    engine: Engine,
    /// What goes wrong.
    pub faults: Faults,
    /// What was asked.
    pub record: Record,
    running: Option<Running>,
}

impl Engine {
    /// A fresh table; `None` where the engine is left out, which is said loudly.
    ///
    /// It has no stream: nobody listens, and each write would cost a record.
    pub async fn open(self) -> Option<Database> {
        self.open_as(TableSpec::without_stream).await
    }

    /// A fresh table with its stream, for a test that reads it: see [`Database::stream`].
    pub async fn open_with_stream(self) -> Option<Database> {
        self.open_as(|table| table).await
    }

    async fn open_as(self, shape: fn(TableSpec) -> TableSpec) -> Option<Database> {
        let running = match self {
            Self::Embedded => {
                exchange(Running::in_memory()).await.expect("the embedded engine starts")
            }
            Self::DynamoDbLocal => Running::elsewhere(&dynamodb_local()?, AwsIdentity::local()),
        };
        let table = table_name();
        let (client, name) = (running.client(), table.clone());
        exchange(async move { make_table(&client, &name, shape).await }).await;
        let (faults, record) = (Faults::default(), Record::default());
        let config = running
            .config()
            // Tests exhaust their allowance of retries on purpose: none may use up another's.
            .retry_partition(RetryPartition::new(table.clone()))
            .http_client(FaultyClient::new(faults.clone(), record.clone()));
        // The stream's readers are no part of what faults and counts are about.
        let unharmed = FaultyClient::new(Faults::default(), Record::default());
        let streams = running.streams_config().http_client(WholeMaps::by(unharmed)).build();
        let streams = aws_sdk_dynamodbstreams::Client::from_conf(streams);
        let running = Some(running);
        Some(Database { config, streams, table, engine: self, faults, record, running })
    }
}

impl Database {
    /// The SDK's settings, by way of the faults.
    pub fn config(&self) -> Builder {
        self.config.clone()
    }

    /// The table's name.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// A client with the product's time limits and retries, by way of the faults.
    pub fn client(&self) -> Client {
        tsunagu_store::client::connect(self.config())
    }

    /// A store that remembers nothing yet, as in a new environment.
    pub fn store(&self) -> Store {
        Store::new(Table::new(self.client(), self.table.clone()))
    }

    /// A client of the table's stream, past all faults.
    pub fn streams(&self) -> aws_sdk_dynamodbstreams::Client {
        self.streams.clone()
    }

    /// A reader of the table's stream, past all faults: from a position, or from the oldest record.
    /// The table must have been opened with it.
    pub async fn stream(&self, position: Option<Position>) -> Reader {
        let reader = Reader::open(self.streams(), &self.table, position).await;
        reader.expect("the table was opened with its stream")
    }

    /// What removes the records of its stream: on the embedded engine.
    pub fn records(&self) -> Option<Records> {
        self.running.as_ref().and_then(Running::records)
    }

    /// What is in the table, past all faults.
    pub fn stored(&self) -> Stored {
        let running = self.running.as_ref().expect("runs until it is dropped");
        Stored::new(running.client(), self.table.clone())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some(running) = self.running.take() else { return };
        let table = self.table.clone();
        let keep = self.engine == Engine::Embedded;
        exchange_now(async move {
            if !keep {
                // A server of somebody's own outlives the run: it gets its memory back.
                let _ = running.client().delete_table().table_name(table).send().await;
            }
            running.stop().await;
        });
        if !std::thread::panicking() {
            let stale = self.record.stale_reads();
            assert!(stale.is_empty(), "T12: reads that may be stale: {stale:#?}");
        }
    }
}

/// Makes the table as `template.yaml` has it, but for `shape`.
async fn make_table(client: &Client, name: &str, shape: fn(TableSpec) -> TableSpec) {
    let parameters = [("ConsoleUrl".to_owned(), "https://console.example".to_owned())];
    let template = Template::parse(DEPLOYED, &parameters.into()).expect("the template is ours");
    let spec = shape(template.table);
    spec.create_if_absent(client, name).await.expect("the table is made");
}

/// A name that no other test, process or earlier run has used.
fn table_name() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let random = RandomState::new().hash_one(number);
    format!("test-{}-{number}-{random:x}", process::id())
}

/// Where DynamoDB Local is; `None` where it is left out, which is said loudly.
pub fn dynamodb_local() -> Option<String> {
    let endpoint = env::var(ENDPOINT).ok().filter(|endpoint| !endpoint.is_empty());
    if endpoint.is_none() {
        let required = env::var(REQUIRE).is_ok_and(|value| value == "1");
        assert!(!required, "DynamoDB Local is required ({REQUIRE}=1), but {ENDPOINT} is not set");
        say_left_out();
    }
    endpoint
}

/// Says it once a process, on the process's own standard error, which the test runner does not
/// hide.
fn say_left_out() {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        let line = format!(
            "\n!!!! DynamoDB Local is LEFT OUT: {ENDPOINT} is not set (`make test` starts it).\n\n"
        );
        // A closed standard error is no reason to fail.
        let _ = std::io::stderr().write_all(line.as_bytes());
    });
}
