//! The stream of a stage's table, and the function that it drives.

use change_feed::Report;
use serde_json::{Value, json};
use tsunagu_api::Task;
use tsunagu_local::stream::Reader;
use tsunagu_store::Deadline;

use crate::{Stage, background::exchange};

/// How many records a batch has at most.
const BATCH: usize = 100;

/// Hands the stream's records to the function, as Lambda does: in order, or, as no promise rests on
/// order, in any.
pub struct Feeder {
    reader: Option<Reader>,
    /// What has been read and not been handed over yet, or failed.
    pub waiting: Vec<Value>,
    /// What has been handed over.
    pub past: Vec<Value>,
}

impl Feeder {
    /// Begins with the oldest record.
    pub async fn open(stage: &Stage) -> Self {
        let reader = Some(stage.database.stream(None).await);
        Self { reader, waiting: Vec::new(), past: Vec::new() }
    }

    /// Reads what is new.
    pub async fn pull(&mut self) {
        loop {
            let mut reader = self.reader.take().expect("is put back");
            let (reader, page) = exchange(async move {
                let page = reader.next().await;
                (reader, page)
            })
            .await;
            self.reader = Some(reader);
            let page = page.expect("the stream is read");
            if page.records.is_empty() {
                return;
            }
            self.waiting.extend(page.records);
        }
    }

    /// Hands over some records; those that failed wait again.
    pub async fn deliver(&mut self, stage: &Stage, records: Vec<Value>) -> Report {
        self.deliver_until(stage, records, Deadline::default()).await
    }

    /// The same within a time.
    pub async fn deliver_until(
        &mut self,
        stage: &Stage,
        records: Vec<Value>,
        deadline: Deadline,
    ) -> Report {
        let event = serde_json::from_value(json!({ "Records": records })).expect("an event");
        let report = change_feed::task(stage.app()).run(event, deadline).await;
        let report = report.expect("a batch always ends");
        let failed = |record: &Value| {
            let number = record["dynamodb"]["SequenceNumber"].as_str();
            let mut failures = report.batch_item_failures.iter();
            failures.any(|failure| Some(failure.item_identifier.as_str()) == number)
        };
        let (failed, done): (Vec<_>, Vec<_>) = records.into_iter().partition(failed);
        self.waiting.splice(0..0, failed);
        self.past.extend(done);
        report
    }

    /// Hands over everything, and what follows from it, until nothing follows any more.
    pub async fn drain(&mut self, stage: &Stage) {
        loop {
            self.pull().await;
            if self.waiting.is_empty() {
                return;
            }
            let batch = self.waiting.len().min(BATCH);
            let batch = self.waiting.drain(..batch).collect();
            let report = self.deliver(stage, batch).await;
            assert_eq!(report, Report::default(), "nothing fails");
        }
    }
}
