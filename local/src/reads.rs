//! What stands for the log service: lines that tell of reads go to the function that counts them, in
//! the event that the log service makes, a moment after they were written.

use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_lambda_events::cloudwatch_logs::{LogEntry, LogsEvent};
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;
use tsunagu_domain::time::{Clock, Instant};

use crate::{function::FunctionError, gateway::Gateway, random};

/// The function that counts.
pub const COUNTER: &str = "read-audit";
/// How long lines wait for others to go with.
const MOMENT: Duration = Duration::from_secs(1);
/// The most lines that wait, and that one event holds: what more comes meanwhile is not counted.
const MOST: usize = 10_000;

/// The lines that wait to be counted. Clones hold the same.
#[derive(Clone, Debug, Default)]
pub struct Reads(Arc<Mutex<Vec<LogEntry>>>);

impl Reads {
    fn waiting(&self) -> MutexGuard<'_, Vec<LogEntry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hears what is logged at an instant, and keeps what tells of a read, as the subscription's
    /// filter would.
    pub fn hear(&self, text: &str, at: Instant) {
        let told = text.lines().filter(|line| tells_of_a_read(line));
        let entries = told.map(|line| entry(line, at));
        let mut waiting = self.waiting();
        waiting.extend(entries);
        waiting.truncate(MOST);
    }

    /// Everything that waits, as an event; `None` where nothing does.
    pub fn take(&self) -> Option<Value> {
        let lines = mem::take(&mut *self.waiting());
        (!lines.is_empty()).then(|| event(lines))
    }

    /// Delivers what waits; what the function said, or `None` where nothing waited.
    pub async fn deliver(&self, gateway: &Gateway) -> Option<Result<Value, FunctionError>> {
        gateway.invoke(COUNTER, self.take()?).await
    }

    /// Delivers until this is dropped. What fails is tried once more, as it is the same event, and is
    /// then lost: the log tells of it.
    pub(crate) async fn keep(self, gateway: Gateway) {
        loop {
            tokio::time::sleep(MOMENT).await;
            let Some(event) = self.take() else { continue };
            if let Some(Err(_)) = gateway.invoke(COUNTER, event.clone()).await
                && let Some(Err(error)) = gateway.invoke(COUNTER, event).await
            {
                tracing::error!(%error, "reads were not counted");
            }
        }
    }

    /// Writes the log where `inner` does, and hears it.
    pub fn beside<W>(self, inner: W, clock: Arc<dyn Clock>) -> Beside<W> {
        Beside { inner, reads: self, clock }
    }
}

fn tells_of_a_read(line: &str) -> bool {
    // Most lines do not: they need not be parsed.
    line.contains("\"reads\"")
        && serde_json::from_str::<Value>(line).is_ok_and(|line| line["reads"].is_string())
}

fn entry(line: &str, at: Instant) -> LogEntry {
    let mut entry = LogEntry::default();
    entry.id = random::uuid();
    entry.timestamp = at.timestamp_millis();
    line.clone_into(&mut entry.message);
    entry
}

/// The event of a subscription: what is in it is zipped and then text.
fn event(lines: Vec<LogEntry>) -> Value {
    let mut event = LogsEvent::default();
    let data = &mut event.aws_logs.data;
    "DATA_MESSAGE".clone_into(&mut data.message_type);
    "/tsunagu/local".clone_into(&mut data.log_group);
    "local".clone_into(&mut data.log_stream);
    data.log_events = lines;
    // Maps of texts and numbers always become JSON.
    let mut event = serde_json::to_value(event).unwrap_or_else(|_| json!({}));
    if let Some(Value::String(zipped)) = event.pointer_mut("/awslogs/data") {
        // The library reads base64 with its padding, as it comes from the service, and writes it without.
        let padded = zipped.len().next_multiple_of(4);
        zipped.extend(std::iter::repeat_n('=', padded - zipped.len()));
    }
    event
}

/// A log that is heard.
#[derive(Clone)]
pub struct Beside<W> {
    inner: W,
    reads: Reads,
    clock: Arc<dyn Clock>,
}

/// A line on its way.
pub struct Heard<'w, W: Write> {
    inner: W,
    reads: &'w Reads,
    at: Instant,
}

impl<W: Write> Write for Heard<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        // The subscriber writes each line whole.
        self.reads.hear(&String::from_utf8_lossy(bytes), self.at);
        self.inner.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<'w, W: MakeWriter<'w>> MakeWriter<'w> for Beside<W> {
    type Writer = Heard<'w, W::Writer>;

    fn make_writer(&'w self) -> Self::Writer {
        Heard { inner: self.inner.make_writer(), reads: &self.reads, at: self.clock.now() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Instant {
        "2026-03-01T00:00:00.5Z".parse().expect("an instant")
    }

    #[test]
    fn given_lines_then_those_that_tell_of_reads_become_an_event_that_reads_back() {
        let reads = Reads::default();
        reads.hear("{\"message\": \"request\"}\n{\"reads\": \"orders\"}\n", at());
        reads.hear("{\"message\": \"a \\\"reads\\\" in a text\"}\nno \"reads\" at all\n", at());
        let event = reads.take().expect("one waits");
        let event: LogsEvent = serde_json::from_str(&event.to_string()).expect("an event");
        let data = event.aws_logs.data;
        assert_eq!(data.message_type, "DATA_MESSAGE");
        let told: Vec<_> =
            data.log_events.iter().map(|line| (line.message.as_str(), line.timestamp)).collect();
        assert_eq!(told, [("{\"reads\": \"orders\"}", at().timestamp_millis())]);
        assert_eq!(reads.take(), None);
    }

    #[test]
    fn given_more_lines_than_an_event_takes_then_the_first_wait_and_memory_is_bounded() {
        let reads = Reads::default();
        for _ in 0..=MOST {
            reads.hear("{\"reads\": \"orders\"}", at());
        }
        assert_eq!(reads.waiting().len(), MOST);
    }

    #[test]
    fn given_a_log_when_it_is_written_then_it_is_heard_and_goes_where_it_went() {
        let (reads, clock) = (Reads::default(), crate::clock::MovableClock::frozen(at()));
        let log = reads.clone().beside(io::sink, Arc::new(clock));
        log.make_writer().write_all(b"{\"reads\": \"tickets\"}\n").expect("is written");
        assert_eq!(reads.waiting().len(), 1);
    }
}
