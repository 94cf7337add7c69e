//! The table's stream, read through the SDK as Lambda's event source mapping reads it: shard after
//! shard, parents before their children, each record in the shape that a function's event has.
//!
//! ```no_run
//! # async fn shown(engine: tsunagu_local::engine::Engine) -> Result<(), Box<dyn std::error::Error>> {
//! use tsunagu_local::stream::Reader;
//! let mut reader = Reader::open(engine.streams(), "tsunagu", None).await?;
//! let page = reader.next().await?; // empty where there is nothing more for now
//! let kept = serde_json::to_string(&page.position)?; // another reader goes on from here
//! # Ok(()) }
//! ```

mod record;
mod shards;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use aws_sdk_dynamodbstreams::{
    Client,
    error::SdkError,
    operation::{
        get_records::{GetRecordsError, GetRecordsOutput},
        get_shard_iterator::GetShardIteratorError,
    },
    types::{Record, ShardIteratorType},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use shards::Known;

/// The most records that the service gives at once.
const PAGE: i32 = 1000;

/// How far a stream has been read. It may be kept: reading goes on from it without leaving a record
/// out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The stream's ARN: a stream that was switched off and on is another one.
    stream: String,
    /// What was read of each shard; what is not named here is still to be read whole.
    shards: BTreeMap<String, Reached>,
}

/// How far a shard has been read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Reached {
    /// Up to the record of this number.
    After(String),
    /// To its end, which only a shard has that gets no more records.
    End,
}

impl Position {
    /// Moves on behind a record, named by its sequence number.
    pub fn pass(&mut self, shard: &str, sequence: &str) {
        self.shards.insert(shard.to_owned(), Reached::After(sequence.to_owned()));
    }

    /// The beginning of the same stream.
    pub(crate) fn begun(&self) -> Self {
        Self { stream: self.stream.clone(), shards: BTreeMap::new() }
    }

    /// The number of the last record that was read of a shard.
    pub fn last(&self, shard: &str) -> Option<&str> {
        match self.shards.get(shard)? {
            Reached::After(sequence) => Some(sequence),
            Reached::End => None,
        }
    }
}

/// Records of one shard, in the order in which they were made.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The shard.
    pub shard: String,
    /// Each as an entry of `Records` in a function's event.
    pub records: Vec<Value>,
    /// From where reading goes on after them.
    pub position: Position,
}

/// Why a stream cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The table has none.
    #[error("the table {0} has no stream")]
    Absent(String),
    /// The service, or the way to it, did not do what it was asked.
    #[error("the stream of the table {table} cannot be read: {cause}")]
    Service {
        /// The table.
        table: String,
        /// What was said.
        cause: String,
    },
    /// The service gave a record that has no place in an event.
    #[error("the stream of the table {0} has a record without {1}")]
    Incomplete(String, &'static str),
}

/// A reader of one table's stream.
pub struct Reader {
    client: Client,
    table: String,
    position: Position,
    /// Where the service goes on with a shard.
    iterators: BTreeMap<String, String>,
    /// Shards in the order in which they are asked, so that a busy one does not hide the others.
    turns: VecDeque<String>,
}

impl Reader {
    /// A reader that goes on from `position`, or begins with the oldest record.
    pub async fn open(
        client: Client,
        table: &str,
        position: Option<Position>,
    ) -> Result<Self, StreamError> {
        let stream = shards::stream_of(&client, table).await?;
        let position = match position {
            Some(position) if position.stream == stream => position,
            other => {
                if let Some(other) = other {
                    tracing::error!(
                        table,
                        was = other.stream,
                        "the table has another stream than the one that was read: reading it from \
                         its oldest record"
                    );
                }
                Position { stream, shards: BTreeMap::new() }
            }
        };
        let (iterators, turns) = (BTreeMap::new(), VecDeque::new());
        Ok(Self { client, table: table.to_owned(), position, iterators, turns })
    }

    /// Up to where this reader has read.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// The next records, of one shard. An empty page says that no shard has more for now.
    pub async fn next(&mut self) -> Result<Page, StreamError> {
        let mut dry = BTreeSet::new();
        loop {
            while let Some(shard) = self.turns.pop_front() {
                let records = self.read(&shard).await?;
                if !records.is_empty() {
                    self.turns.push_back(shard.clone());
                    return Ok(Page { shard, records, position: self.position.clone() });
                }
                dry.insert(shard);
            }
            self.refresh(&dry).await?;
            if self.turns.is_empty() {
                let (shard, records) = (String::new(), Vec::new());
                return Ok(Page { shard, records, position: self.position.clone() });
            }
        }
    }

    /// Finds out which shards are to be asked now, besides those that were dry just before.
    async fn refresh(&mut self, dry: &BTreeSet<String>) -> Result<(), StreamError> {
        let known = Known::of(&self.client, &self.table, &self.position.stream).await?;
        self.iterators.retain(|shard, _| known.has(shard));
        self.position.shards.retain(|shard, reached| {
            let forgotten = !known.has(shard);
            if forgotten && *reached != Reached::End {
                tracing::error!(
                    shard,
                    ?reached,
                    "a shard was trimmed before it was read to its end"
                );
            }
            // What the service has forgotten needs no place any more.
            !forgotten
        });
        let finished = |shard: &str| self.position.shards.get(shard) == Some(&Reached::End);
        let readable = known.readable(finished).filter(|shard| !dry.contains(*shard));
        self.turns = readable.map(str::to_owned).collect();
        Ok(())
    }

    /// Reads on in a shard, over pages on which everything is left out. Nothing is read where the
    /// shard has no more for now, or at all.
    async fn read(&mut self, shard: &str) -> Result<Vec<Value>, StreamError> {
        loop {
            let Some(page) = self.page(shard).await? else { continue };
            let records = page.records.unwrap_or_default();
            let events = self.events(&records)?;
            let last = records.last().and_then(|record| record.dynamodb()?.sequence_number());
            if let Some(last) = last {
                self.position.pass(shard, last);
            }
            if let Some(next) = page.next_shard_iterator {
                self.iterators.insert(shard.to_owned(), next);
            } else {
                self.iterators.remove(shard);
                if records.is_empty() {
                    self.position.shards.insert(shard.to_owned(), Reached::End);
                }
            }
            if records.is_empty() || !events.is_empty() {
                return Ok(events);
            }
        }
    }

    fn events(&self, records: &[Record]) -> Result<Vec<Value>, StreamError> {
        let made = records.iter().map(|record| record::event(record, &self.position.stream));
        let made: Result<Vec<_>, _> = made.collect();
        let made = made.map_err(|what| StreamError::Incomplete(self.table.clone(), what))?;
        Ok(made.into_iter().flatten().collect())
    }

    /// Asks for records of a shard; `None` where the place was stale and is looked up anew.
    async fn page(&mut self, shard: &str) -> Result<Option<GetRecordsOutput>, StreamError> {
        let iterator = match self.iterators.get(shard) {
            Some(iterator) => iterator.clone(),
            None => self.iterator(shard).await?,
        };
        let asked = self.client.get_records().shard_iterator(iterator).limit(PAGE).send().await;
        match asked {
            Ok(page) => Ok(Some(page)),
            Err(error) => {
                let service = error.as_service_error();
                let trimmed =
                    service.is_some_and(GetRecordsError::is_trimmed_data_access_exception);
                let expired = service.is_some_and(GetRecordsError::is_expired_iterator_exception);
                if !trimmed && !expired {
                    return Err(failed(&self.table, &error));
                }
                self.iterators.remove(shard);
                if trimmed {
                    self.begin_anew(shard);
                }
                Ok(None)
            }
        }
    }

    /// A place in a shard: behind what was read of it, or at its oldest record.
    async fn iterator(&mut self, shard: &str) -> Result<String, StreamError> {
        loop {
            let request = self.client.get_shard_iterator();
            let request = request.stream_arn(&self.position.stream).shard_id(shard);
            let request = match self.position.last(shard) {
                Some(last) => request
                    .shard_iterator_type(ShardIteratorType::AfterSequenceNumber)
                    .sequence_number(last),
                None => request.shard_iterator_type(ShardIteratorType::TrimHorizon),
            };
            match request.send().await {
                Ok(answer) => {
                    let iterator = answer.shard_iterator.unwrap_or_default();
                    self.iterators.insert(shard.to_owned(), iterator.clone());
                    return Ok(iterator);
                }
                Err(error) if is_trimmed(&error) && self.position.last(shard).is_some() => {
                    self.begin_anew(shard);
                }
                Err(error) => return Err(failed(&self.table, &error)),
            }
        }
    }

    /// Goes on with the oldest record that a shard still has.
    fn begin_anew(&mut self, shard: &str) {
        let last = self.position.shards.remove(shard);
        tracing::error!(
            table = self.table,
            shard,
            ?last,
            "records of the stream were trimmed before they were read: going on with the oldest \
             that is left"
        );
    }
}

fn is_trimmed(error: &SdkError<GetShardIteratorError>) -> bool {
    let service = error.as_service_error();
    service.is_some_and(GetShardIteratorError::is_trimmed_data_access_exception)
}

fn failed<E: std::error::Error + 'static>(table: &str, error: &SdkError<E>) -> StreamError {
    // The chain's texts alone: the SDK's own rendering repeats it all as Rust values.
    let chain =
        std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    let cause = chain.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    StreamError::Service { table: table.to_owned(), cause }
}
