//! Samples, and the table that they are shown in.

use std::{
    fmt,
    io::{self, Write},
    time::Duration,
};

use tsunagu_tests::{
    measured::Measured,
    sample::{Budget, CHECK, Cost, database_time},
};

/// One request.
#[derive(Clone, Copy, Debug)]
struct Sample {
    cost: Cost,
    handler: Duration,
    database: Duration,
    calls: usize,
}

/// All samples of a request.
struct Row {
    name: &'static str,
    samples: Vec<Sample>,
}

/// The figures of requests, in the order in which they came.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

impl Table {
    /// Adds what the product was seen to do since the last time, as one request.
    pub(crate) fn add(&mut self, name: &'static str, product: &Measured) {
        let calls = product.meter.take();
        let handler = product.handlers.take().into_iter().sum();
        let sample = Sample {
            cost: Cost::by_engine(&calls),
            handler,
            database: database_time(&calls),
            calls: calls.len(),
        };
        match self.rows.iter_mut().find(|row| row.name == name) {
            Some(row) => row.samples.push(sample),
            None => self.rows.push(Row { name, samples: vec![sample] }),
        }
    }

    /// Requests that cost more than they may.
    pub(crate) fn over_budget(&self) -> Vec<String> {
        let over = |row: &&Row| {
            let budget = Budget::of(row.name);
            !row.samples.iter().all(|sample| budget.holds(sample.cost))
        };
        self.rows.iter().filter(over).map(|row| row.name.to_owned()).collect()
    }
}

impl Row {
    /// The dearest sample by a unit.
    fn most(&self, unit: impl Fn(&Cost) -> f64) -> f64 {
        self.samples.iter().map(|sample| unit(&sample.cost)).fold(0.0, f64::max)
    }

    fn millis(&self, percent: usize, time: impl Fn(&Sample) -> Duration) -> f64 {
        let mut times: Vec<_> = self.samples.iter().map(time).collect();
        times.sort();
        let place = (times.len() * percent).div_ceil(100).max(1) - 1;
        times[place].as_secs_f64() * 1000.0
    }

    fn ratio(&self) -> Option<f64> {
        let database = self.millis(50, |sample| sample.database);
        (database > 0.0).then(|| self.millis(50, |sample| sample.handler) / database)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<34}{:>6}{:>8}{:>8}{:>13}{:>7}{:>10}{:>10}{:>10}{:>7}",
            "request",
            "check",
            "read",
            "write",
            "budget",
            "calls",
            "p50 ms",
            "p99 ms",
            "db p50",
            "ratio"
        )?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let check = self.most(|cost| cost.check);
        let read = self.most(|cost| cost.read);
        let write = self.most(|cost| cost.write);
        let calls = self.samples.iter().map(|sample| sample.calls).max().unwrap_or(0);
        let handler = |percent| self.millis(percent, |sample| sample.handler);
        let database = self.millis(50, |sample| sample.database);
        let mark = if check > CHECK.1 { "!" } else { "" };
        write!(f, "{:<34}{check:>5}{mark:1}{read:>8}{write:>8}", self.name)?;
        write!(f, "{:>13}{calls:>7}", told(Budget::of(self.name)))?;
        write!(f, "{:>10.2}{:>10.2}{database:>10.2}", handler(50), handler(99))?;
        match self.ratio() {
            Some(ratio) => write!(f, "{ratio:>7.2}"),
            None => write!(f, "{:>7}", "-"),
        }
    }
}

/// A budget in a column: read and write, where it has them.
fn told(budget: Budget) -> String {
    let told = |units: Option<f64>| units.map_or("-".to_owned(), |units| units.to_string());
    match (budget.read, budget.write) {
        (None, None) => "-".to_owned(),
        (read, write) => format!("{}/{}", told(read), told(write)),
    }
}

/// Prints for the person who ran the benchmark.
pub(crate) fn print(text: &str) {
    // A reader that has gone away wants no more.
    let _ = writeln!(io::stdout(), "{text}");
}
