//! CloudWatch's metrics, taken out of the lines of the log themselves (embedded metric format): no
//! agent, and no call that a request would wait for.
//!
//! Their dimensions are the function and the code of a problem, and never whose request it was: each
//! combination of values is a metric of its own that is read by everybody and paid for
//! (`docs/decisions/0031-metrics-stand-in-the-log.md`).

use std::fmt;

use serde_json::{Map, Value, json};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};
use tsunagu_domain::time::Clock;

use crate::{log::REQUEST, start::SystemClock};

/// Under which name CloudWatch keeps them.
const NAMESPACE: &str = "Tsunagu";

/// Fields of lines that are metrics as they stand, and their units.
const MEASURED: [(&str, &str); 5] = [
    ("latencyMs", "Milliseconds"),
    ("readUnits", "Count"),
    ("writeUnits", "Count"),
    ("foldLagSeconds", "Seconds"),
    ("feedLagSeconds", "Seconds"),
];

/// Lines of the log, which say of themselves what of them is a metric.
pub(crate) struct Metered<F> {
    lines: F,
    /// As Lambda calls it, the name of the stack included.
    function: Option<String>,
}

impl<F> Metered<F> {
    /// The lines of a function; without its name nothing is a metric, as on a laptop and in tests.
    pub(crate) const fn new(lines: F, function: Option<String>) -> Self {
        Self { lines, function }
    }
}

impl<S, N, F> FormatEvent<S, N> for Metered<F>
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    N: for<'writer> FormatFields<'writer> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut seen = Seen::default();
        event.record(&mut seen);
        let more = self.function.as_deref().and_then(|function| seen.members(function));
        let Some(more) = more else { return self.lines.format_event(context, writer, event) };
        let mut line = String::new();
        self.lines.format_event(context, Writer::new(&mut line), event)?;
        // What stands in the line stays as it is: members are added at the end of its object.
        let (line, more) = (line.trim_end(), Value::Object(more).to_string());
        let (Some(line), Some(more)) = (line.strip_suffix('}'), more.strip_prefix('{')) else {
            return Err(fmt::Error);
        };
        writeln!(writer, "{line},{more}")
    }
}

/// What a line holds that is a metric, or makes one.
#[derive(Default)]
struct Seen {
    measured: Vec<(&'static str, &'static str)>,
    is_request: bool,
    has_code: bool,
    cold: Option<bool>,
    done: Option<bool>,
}

impl Seen {
    /// What the line counts beside what it measures: CloudWatch adds up numbers alone.
    fn counted(&self) -> Vec<(&'static str, u8)> {
        let mut counted = Vec::new();
        if self.is_request {
            counted.push(("requests", 1));
        }
        if let Some(done) = self.done {
            counted.extend([("runs", 1), ("failedRuns", u8::from(!done))]);
        }
        if let Some(cold) = self.cold {
            counted.push(("coldStarts", u8::from(cold)));
        }
        counted
    }

    /// What makes the line one of metrics; nothing where it holds none.
    fn members(&self, function: &str) -> Option<Map<String, Value>> {
        let counted = self.counted();
        let named = |(name, unit): (&str, &str)| json!({"Name": name, "Unit": unit});
        let counts = counted.iter().map(|(name, _)| (*name, "Count"));
        let metrics: Vec<_> = self.measured.iter().copied().chain(counts).map(named).collect();
        if metrics.is_empty() {
            return None;
        }
        let directive = |dimensions: &[&str], metrics: Vec<Value>| json!({"Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics});
        let mut directives = vec![directive(&["function"], metrics)];
        let mut members = Map::new();
        if self.is_request && self.has_code {
            directives.push(directive(&["function", "code"], vec![named(("problems", "Count"))]));
            members.insert("problems".to_owned(), json!(1));
        }
        members.extend(counted.into_iter().map(|(name, count)| (name.to_owned(), json!(count))));
        members.insert("function".to_owned(), json!(function));
        let at = SystemClock.now().timestamp_millis();
        let aws = json!({"Timestamp": at, "CloudWatchMetrics": directives});
        members.insert("_aws".to_owned(), aws);
        Some(members)
    }

    fn number(&mut self, field: &Field) {
        self.measured.extend(MEASURED.iter().filter(|(name, _)| *name == field.name()));
    }
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.is_request = format!("{value:?}") == REQUEST;
        }
    }

    fn record_f64(&mut self, field: &Field, _: f64) {
        self.number(field);
    }

    fn record_i64(&mut self, field: &Field, _: i64) {
        self.number(field);
    }

    fn record_str(&mut self, field: &Field, _: &str) {
        self.has_code |= field.name() == "code";
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        match field.name() {
            "coldStart" => self.cold = Some(value),
            "done" => self.done = Some(value),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
