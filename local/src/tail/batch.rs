//! One batch, until each of its records is done or put away: tried again with growing pauses, and
//! cut down to the record that is bad, as Lambda's event source mapping does it.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::kept::{Kept, KeptError};
use crate::{
    function::{Function, Invocation},
    random,
    source::StreamSource,
};

/// The pause before the first further attempt; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What batches are given to.
pub(super) struct Batches {
    pub(super) name: String,
    pub(super) function: Arc<dyn Function>,
    pub(super) timeout: Duration,
    pub(super) source: StreamSource,
    pub(super) kept: Kept,
}

/// Part of a batch.
struct Part {
    records: Vec<Value>,
    /// Whether it is the half of one that was tried in vain often enough.
    halved: bool,
}

/// What came of one attempt.
enum Outcome {
    Done,
    /// The records from this one on are to be given again.
    From(usize),
    /// Nobody knows which record it was.
    Failed(String),
}

/// Why records are left when all attempts are used up.
enum Trouble {
    /// The function says that it is the first of them.
    First,
    /// It may be any of them.
    Any(String),
}

impl Batches {
    /// Gives a batch to the function until nothing of it is left to do. Tells how many records had
    /// to be put away.
    pub(super) async fn run(&self, shard: &str, records: Vec<Value>) -> Result<usize, KeptError> {
        let mut buried = 0;
        let mut parts = vec![Part { records, halved: false }];
        while let Some(mut part) = parts.pop() {
            let Some(trouble) = self.attempt(&mut part).await else { continue };
            let many = part.records.len() > 1 && self.source.bisects;
            let (bad, problem) = match trouble {
                Trouble::Any(_) if many => {
                    let second = part.records.split_off(part.records.len() / 2);
                    parts.push(Part { records: second, halved: true });
                    parts.push(Part { records: part.records, halved: true });
                    continue;
                }
                Trouble::First if many => {
                    let rest = part.records.split_off(1);
                    parts.push(Part { records: rest, halved: false });
                    (part.records, REPORTED.to_owned())
                }
                Trouble::First => (part.records, REPORTED.to_owned()),
                Trouble::Any(problem) => (part.records, problem),
            };
            buried += bad.len();
            self.bury(shard, bad, &problem).await?;
        }
        Ok(buried)
    }

    /// Tries a part until it is done, or as often as it may be; what is left of it stays in it.
    async fn attempt(&self, part: &mut Part) -> Option<Trouble> {
        let mut tries = 0;
        loop {
            let trouble = match self.invoke(&part.records).await {
                Outcome::Done => return None,
                Outcome::From(0) => Trouble::First,
                Outcome::From(done) => {
                    part.records.drain(..done);
                    tries = 0;
                    Trouble::First
                }
                Outcome::Failed(problem) => Trouble::Any(problem),
            };
            // A half is only looked through for the bad record.
            let looked_through = part.halved && part.records.len() > 1;
            let allowed = match &trouble {
                Trouble::Any(_) if looked_through => 0,
                _ => self.source.retries,
            };
            if tries >= allowed {
                return Some(trouble);
            }
            self.tell(part, &trouble, tries);
            tokio::time::sleep(pause(tries, random::fraction())).await;
            tries += 1;
        }
    }

    async fn invoke(&self, records: &[Value]) -> Outcome {
        let invocation = Invocation {
            event: json!({ "Records": records }),
            request_id: random::uuid(),
            timeout: self.timeout,
        };
        match self.function.invoke(invocation).await {
            Err(error) => Outcome::Failed(error.to_string()),
            Ok(answer) if self.source.reports_failures => reported(&answer, records),
            Ok(_) => Outcome::Done,
        }
    }

    fn tell(&self, part: &Part, trouble: &Trouble, tries: u32) {
        let (function, records) = (&self.name, part.records.len());
        let problem = trouble.problem();
        let first = part.records.first().map(sequence).unwrap_or_default();
        tracing::warn!(function, first, records, tries, problem, "a batch is tried again");
    }

    /// Puts records away in the form that Lambda's on-failure destination has.
    async fn bury(&self, shard: &str, records: Vec<Value>, problem: &str) -> Result<(), KeptError> {
        let (Some(first), Some(last)) = (records.first(), records.last()) else { return Ok(()) };
        let (count, first, last) = (records.len(), sequence(first).to_owned(), sequence(last));
        let batch = json!({
            "requestContext": {
                "functionArn": self.name,
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": self.source.retries.saturating_add(1),
            },
            "responseContext": {"functionError": problem},
            "version": "1.0",
            "DDBStreamBatchInfo": {
                "shardId": shard,
                "startSequenceNumber": first,
                "endSequenceNumber": last,
                "batchSize": count,
                "streamArn": records[0]["eventSourceARN"],
            },
            // As text, as the destination has it.
            "payload": json!({ "Records": records }).to_string(),
        });
        let place = self.kept.bury(&format!("{}-{first}", self.name), &batch).await?;
        let function = &self.name;
        tracing::error!(
            function,
            first,
            count,
            problem,
            place,
            "RECORDS FAILED FOR GOOD and were put away; the stream goes on without them"
        );
        Ok(())
    }
}

const REPORTED: &str = "the function reported it as failed";

impl Trouble {
    fn problem(&self) -> &str {
        match self {
            Self::First => REPORTED,
            Self::Any(problem) => problem,
        }
    }
}

/// A record's number in the stream.
pub(super) fn sequence(record: &Value) -> &str {
    record["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default()
}

/// Reads `{"batchItemFailures": [{"itemIdentifier": …}]}` as Lambda does: nothing there is success,
/// and what makes no sense is a failure of all.
fn reported(answer: &Value, records: &[Value]) -> Outcome {
    let failures = match answer.get("batchItemFailures") {
        None | Some(Value::Null) => return Outcome::Done,
        Some(Value::Array(failures)) => failures,
        Some(other) => return Outcome::Failed(format!("batchItemFailures is {other}")),
    };
    let mut lowest = None;
    for failure in failures {
        let named = failure["itemIdentifier"].as_str().filter(|named| !named.is_empty());
        let index = named.and_then(|named| records.iter().position(|r| sequence(r) == named));
        let Some(index) = index else {
            return Outcome::Failed(format!(
                "batchItemFailures names no record of the batch: {failure}"
            ));
        };
        lowest = Some(lowest.map_or(index, |lowest: usize| lowest.min(index)));
    }
    lowest.map_or(Outcome::Done, Outcome::From)
}

/// The pause after so many further attempts, of which at least half is waited: with another part of
/// the other half each time, so that what met once does not meet again.
fn pause(tries: u32, fraction: f64) -> Duration {
    let whole = FIRST_PAUSE.saturating_mul(1 << tries.min(16)).min(LONGEST_PAUSE);
    whole.div_f64(2.0) + whole.div_f64(2.0).mul_f64(fraction)
}

#[cfg(test)]
#[path = "batch_tests.rs"]
mod tests;
