//! The tailer: gives the table's stream to the function that `template.yaml` feeds from it, batch
//! after batch, and keeps how far it came.
//!
//! A record is given at least once: the position moves only after its batch is done. Who asks for
//! everything pending to be run ([`Tailer::drain`]) and the tailer itself take turns.

mod batch;
mod kept;

use std::{
    sync::{Arc, Mutex as Lock, PoisonError},
    time::Duration,
};

use aws_sdk_dynamodbstreams::Client;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tsunagu_domain::time::{Clock, Instant};

use crate::{
    clock::SystemClock,
    engine::Records,
    function::{Function, PAYLOAD_LIMIT},
    source::StreamSource,
    stream::{Page, Position, Reader, StreamError},
};
use batch::{Batches, sequence};
pub use kept::{Kept, KeptError};

/// How often a stream that had nothing is asked again: as often as Lambda asks.
const POLL: Duration = Duration::from_millis(250);
/// After the stream could not be read.
const AFTER_FAILURE: Duration = Duration::from_secs(2);
/// The longest that somebody waits for everything to be run.
const DRAIN_TIME: Duration = Duration::from_mins(1);
/// What an event may have beside its records.
const ENVELOPE: usize = 64;

/// What a tailer is made of.
pub struct Parts {
    /// The function's name.
    pub name: String,
    /// The function.
    pub function: Arc<dyn Function>,
    /// How long an invocation may take.
    pub timeout: Duration,
    /// What the template says of its event.
    pub source: StreamSource,
    /// A client of the stream.
    pub streams: Client,
    /// The table.
    pub table: String,
    /// Where position and failed records are kept.
    pub kept: Kept,
    /// Where what was read is removed: on the embedded engine.
    pub records: Option<Records>,
}

/// A tailer. Clones are the same one.
#[derive(Clone)]
pub struct Tailer {
    inner: Arc<Inner>,
}

struct Inner {
    batches: Batches,
    streams: Client,
    table: String,
    kept: Kept,
    records: Option<Records>,
    work: Mutex<Work>,
    progress: Lock<Progress>,
}

/// What only one may work on at a time.
struct Work {
    /// Taken out while a page is worked on: who is stopped in between begins with the kept position.
    reader: Option<Reader>,
    position: Option<Position>,
}

/// What was run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Batches.
    pub batches: usize,
    /// Their records, those that failed among them.
    pub records: usize,
    /// Records that failed for good and were put away.
    pub failed: usize,
}

#[derive(Default)]
struct Progress {
    counts: Counts,
    /// Records that were read and are not done; none where the stream was not read yet.
    pending: Option<usize>,
    /// When the oldest of them was made.
    oldest: Option<Instant>,
}

/// How far behind the stream its function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// Records that were read and are not done, whether the function wants them or not; none where
    /// the stream was not read yet. What was not read yet is not counted.
    pub pending: Option<usize>,
    /// The age of the oldest of them in milliseconds.
    pub lag_ms: i64,
    /// Batches that failed for good and still lie in the folder.
    pub failed: usize,
}

/// Why the stream is not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum TailError {
    /// It cannot be read.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// How far it was read, or what failed, cannot be kept.
    #[error("what was read of the stream cannot be kept: {0}")]
    Kept(#[from] KeptError),
    /// It was not at its end when the time was over.
    #[error(
        "the stream was not at its end after {} s: {} batches of {} records were run, {} records \
         read are pending; ask again, the tailer goes on meanwhile",
        time.as_secs(), counts.batches, counts.records, pending
    )]
    NotDrained {
        /// How long it was tried.
        time: Duration,
        /// What was run.
        counts: Counts,
        /// What was read and is not done.
        pending: usize,
    },
}

impl Tailer {
    /// A tailer that goes on where the kept position says.
    pub fn new(parts: Parts) -> Result<Self, KeptError> {
        let position = parts.kept.position()?;
        let Parts { name, function, timeout, source, streams, table, kept, records } = parts;
        let batches = Batches { name, function, timeout, source, kept: kept.clone() };
        let work = Mutex::new(Work { reader: None, position });
        let progress = Lock::default();
        let inner = Inner { batches, streams, table, kept, records, work, progress };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The function that it feeds.
    pub fn function(&self) -> &str {
        &self.inner.batches.name
    }

    /// Feeds the function until this is dropped. What fails is told and tried again.
    pub async fn keep(self) {
        loop {
            match self.step().await {
                Ok(true) => {}
                Ok(false) => tokio::time::sleep(POLL).await,
                Err(error) => {
                    tracing::error!(function = self.function(), %error, "the stream stands still");
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
        }
    }

    /// Runs what is pending until there is no more, and tells what was run meanwhile by anybody.
    pub async fn drain(&self) -> Result<Counts, TailError> {
        self.drain_within(DRAIN_TIME).await
    }

    /// The same within a time of one's own.
    pub async fn drain_within(&self, time: Duration) -> Result<Counts, TailError> {
        let before = self.inner.counts();
        let drained = tokio::time::timeout(time, async {
            while self.step().await? {}
            Ok::<_, TailError>(())
        });
        let drained = drained.await;
        let counts = self.inner.counts().since(before);
        let Ok(drained) = drained else {
            let pending = self.inner.progress().pending.unwrap_or_default();
            return Err(TailError::NotDrained { time, counts, pending });
        };
        drained.map(|()| counts)
    }

    /// How far behind the function is.
    pub fn health(&self) -> Health {
        let (pending, oldest) = {
            let progress = self.inner.progress();
            (progress.pending, progress.oldest)
        };
        let lag = oldest.map_or(0, |oldest| (SystemClock.now() - oldest).num_milliseconds());
        Health { pending, lag_ms: lag.max(0), failed: self.inner.kept.failed() }
    }

    /// Works on the next page; `false` where the stream has no more.
    async fn step(&self) -> Result<bool, TailError> {
        let inner = &self.inner;
        let mut work = inner.work.lock().await;
        let mut reader = if let Some(reader) = work.reader.take() {
            reader
        } else {
            Reader::open(inner.streams.clone(), &inner.table, work.position.clone()).await?
        };
        let page = reader.next().await?;
        let more = !page.records.is_empty();
        inner.run(&mut work, page).await?;
        work.reader = Some(reader);
        Ok(more)
    }
}

impl Inner {
    async fn run(&self, work: &mut Work, page: Page) -> Result<(), TailError> {
        self.read(&page.records);
        let Page { shard, records, position } = page;
        let mut left = records.len();
        for batch in cut(records, &self.batches.source) {
            let Some(last) = batch.records.last().map(|record| sequence(record).to_owned()) else {
                continue;
            };
            let count = batch.records.len();
            let failed = self.batches.run(&shard, batch.records).await?;
            left -= batch.passed;
            // Only what is kept behind the last page's end may have another page before it.
            let mut done = work.position.clone().unwrap_or_else(|| position.begun());
            done.pass(&shard, &last);
            self.keep(work, done).await?;
            self.ran(Counts { batches: 1, records: count, failed }, left);
        }
        self.keep(work, position).await?;
        if let Some(records) = &self.records
            && let Some(last) = work.position.as_ref().and_then(|position| position.last(&shard))
            && let Err(error) = records.trim(&self.table, last).await
        {
            // Nothing is lost by it: the next page's end tries again.
            tracing::warn!(%error, "records of the stream that were read stay");
        }
        self.ran(Counts::default(), 0);
        Ok(())
    }

    async fn keep(&self, work: &mut Work, position: Position) -> Result<(), KeptError> {
        if work.position.as_ref() != Some(&position) {
            self.kept.keep(&position).await?;
            work.position = Some(position);
        }
        Ok(())
    }

    fn progress(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counts(&self) -> Counts {
        self.progress().counts
    }

    fn read(&self, records: &[Value]) {
        let made = records.first().and_then(|record| {
            let seconds = &record["dynamodb"]["ApproximateCreationDateTime"];
            Instant::from_timestamp(seconds.as_i64()?, 0)
        });
        let mut progress = self.progress();
        progress.pending = Some(records.len());
        progress.oldest = made;
    }

    fn ran(&self, counts: Counts, left: usize) {
        let mut progress = self.progress();
        progress.counts = progress.counts.and(counts);
        progress.pending = Some(left);
        if left == 0 {
            progress.oldest = None;
        }
    }
}

impl Counts {
    fn and(self, other: Self) -> Self {
        Self {
            batches: self.batches + other.batches,
            records: self.records + other.records,
            failed: self.failed + other.failed,
        }
    }

    fn since(self, before: Self) -> Self {
        Self {
            batches: self.batches - before.batches,
            records: self.records - before.records,
            failed: self.failed - before.failed,
        }
    }
}

/// Records for one invocation.
struct Batch {
    records: Vec<Value>,
    /// How many records of the stream it brings the position past.
    passed: usize,
}

/// Cuts the records that the function wants into batches, by their number and by what an event may
/// weigh.
fn cut(records: Vec<Value>, source: &StreamSource) -> Vec<Batch> {
    let mut batches = vec![Batch { records: Vec::new(), passed: 0 }];
    let (mut weight, mut passed) = (ENVELOPE, 0);
    for record in records {
        passed += 1;
        if !source.wants(&record) {
            continue;
        }
        // With the comma between two.
        let heavy = record.to_string().len() + 1;
        let full = batches.last().is_some_and(|batch| {
            batch.records.len() == source.batch_size
                || (!batch.records.is_empty() && weight + heavy > PAYLOAD_LIMIT)
        });
        if full {
            batches.push(Batch { records: Vec::new(), passed: 0 });
            weight = ENVELOPE;
        }
        weight += heavy;
        if let Some(batch) = batches.last_mut() {
            batch.records.push(record);
            batch.passed += passed;
            passed = 0;
        }
    }
    batches
}

#[cfg(test)]
#[path = "tail_tests.rs"]
mod tests;
