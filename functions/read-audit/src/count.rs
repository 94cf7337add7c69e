//! One delivery of the log: its lines are added up and counted.

use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::cloudwatch_logs::LogData;
use serde::Serialize;
use tsunagu_api::{App, TaskError};
use tsunagu_domain::time::Instant;
use tsunagu_store::{ReadKey, ReadsBatch};

use crate::line::{self, Line};

/// What the log service sends to see whether anybody listens.
const CONTROL_MESSAGE: &str = "CONTROL_MESSAGE";

/// What a delivery came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many lines there were.
    pub lines: usize,
    /// How many reads were counted: fewer where some had been counted before.
    pub counted: u64,
}

pub(crate) async fn count(app: &App, data: LogData) -> Result<Report, TaskError> {
    if data.message_type == CONTROL_MESSAGE {
        return Ok(Report::default());
    }
    let read = readable(&data);
    let customers: BTreeSet<_> = read.iter().map(|(line, _)| line.customer).collect();
    let zones = app.store.time_zones(&customers).await?;
    let mut reads = BTreeMap::<ReadKey, u32>::new();
    let mut failed = data.log_events.len() - read.len();
    for (Line { account: partner, customer, reads: share }, at) in read {
        let Some(zone) = zones.get(&customer) else {
            tracing::error!(customer = customer.to_string(), "a read of an unknown account");
            failed += 1;
            continue;
        };
        let day = zone.day_of(at);
        let key = ReadKey { customer, partner, day, day_begins: zone.start_of(day), share };
        *reads.entry(key).or_default() += 1;
    }
    let counted = app.store.count_reads(&named(&data, reads), app.now()).await?;
    let report = Report { lines: data.log_events.len(), counted };
    tracing::info!(lines = report.lines, counted, failed, "reads counted");
    // The others are counted: a delivery that comes again for these adds nothing.
    if failed > 0 { Err(TaskError::Partial(failed)) } else { Ok(report) }
}

/// The lines that can be read; of the others the log tells, each by the id that the log service gave it.
fn readable(data: &LogData) -> Vec<(Line, Instant)> {
    let lines = data.log_events.iter().filter_map(|entry| match line::read(entry) {
        Ok(line) => Some(line),
        Err(cause) => {
            tracing::error!(id = entry.id, stream = data.log_stream, cause, "an unreadable line");
            None
        }
    });
    lines.collect()
}

/// The reads of a delivery, by what the log service calls its lines: again the same when it comes again.
fn named(data: &LogData, reads: BTreeMap<ReadKey, u32>) -> ReadsBatch {
    let place = [data.log_group.as_str(), data.log_stream.as_str()];
    let ids = data.log_events.iter().map(|entry| entry.id.as_str());
    ReadsBatch::new(place.into_iter().chain(ids), reads)
}
