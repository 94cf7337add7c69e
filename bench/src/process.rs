//! The benchmark's other processes: the engine, and one for each run that is measured, so that what is
//! measured of a run's memory is the run's alone.

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Read},
    process::{Child, ChildStdout, Command, ExitCode, Stdio},
    time::Instant,
};

use serde::{Deserialize, Serialize};
use tsunagu_api::{App, Settings, Task};
use tsunagu_domain::time::Instant as Moment;
use tsunagu_local::{clock::MovableClock, engine::Engine, settings::AwsIdentity};
use tsunagu_store::{Deadline, Store, Table, capacity::metered};
use tsunagu_tests::{measured::TABLE, meter::Meter, world::CONSOLE};
use usage_aggregation::Event;

use crate::figures::print;

const ENGINE: &str = "engine";
const RUN: &str = "run";

/// What a run of the scheduled function came to.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) facts: u64,
    /// Transactions written, those of other things than folding included.
    pub(crate) transactions: u64,
    pub(crate) read: f64,
    pub(crate) write: f64,
    pub(crate) seconds: f64,
    /// The most memory that the process ever had, in KB; `None` where the system does not tell.
    pub(crate) peak: Option<u64>,
}

/// An engine in a process of its own; it ends with this value.
pub(crate) struct Elsewhere {
    child: Child,
    endpoint: String,
}

/// What this process is for, if it is another one's; it ends when that is done.
pub(crate) async fn other() -> Option<ExitCode> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [ENGINE] => Some(serve().await),
        [RUN, endpoint, at] => Some(run(endpoint, at.parse().expect("an instant")).await),
        _ => None,
    }
}

fn start(arguments: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let this = env::current_exe().expect("this program has a file");
    let mut command = Command::new(this);
    let command = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("this program starts once more");
    let told = BufReader::new(child.stdout.take().expect("is piped"));
    (child, told)
}

impl Elsewhere {
    /// Starts an engine.
    pub(crate) fn start() -> Self {
        let (child, mut told) = start(&[ENGINE]);
        let mut endpoint = String::new();
        told.read_line(&mut endpoint).expect("the engine tells where it listens");
        Self { child, endpoint: endpoint.trim().to_owned() }
    }

    /// The way to it.
    pub(crate) fn engine(&self) -> Engine {
        Engine::elsewhere(&self.endpoint, AwsIdentity::local())
    }

    /// The scheduled function runs in a process of its own, up to this time.
    pub(crate) fn run(&self, at: Moment) -> Outcome {
        let (mut child, told) = start(&[RUN, &self.endpoint, &at.to_rfc3339()]);
        let outcome = serde_json::from_reader(told).expect("a run tells what it came to");
        let status = child.wait().expect("it ends");
        assert!(status.success(), "a run ends well");
        outcome
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        // The engine ends when nobody holds the other end of its input any more.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// An engine, for as long as somebody holds the other end of the input.
async fn serve() -> ExitCode {
    let engine = Engine::in_memory().await.expect("the embedded engine starts");
    print(engine.endpoint());
    let waiting = || io::stdin().read_to_end(&mut Vec::new());
    let waited = tokio::task::spawn_blocking(waiting).await;
    engine.stop().await;
    if waited.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One run, as its function makes it, on a connection that keeps nothing.
async fn run(endpoint: &str, at: Moment) -> ExitCode {
    let meter = Meter::counting();
    let engine = Engine::elsewhere(endpoint, AwsIdentity::local());
    let client = tsunagu_store::client::connect(engine.config().http_client(meter.clone()));
    let store = Store::new(Table::new(client, TABLE.to_owned()));
    let zone = "Asia/Tokyo".parse().expect("a zone");
    let settings = Settings::new(CONSOLE, zone).expect("an address");
    let clock = std::sync::Arc::new(MovableClock::frozen(at));
    let task = usage_aggregation::task(App::new(store, clock, settings));
    let event = Event { scheduled_time: Some(at), rebuild: None };
    let begun = Instant::now();
    let (report, consumed) = metered(task.run(event, Deadline::default())).await;
    let seconds = begun.elapsed().as_secs_f64();
    let report = report.expect("nothing stands in its way");
    assert!(report.complete, "{report:?}");
    let outcome = Outcome {
        facts: report.facts,
        transactions: meter.transactions(),
        read: consumed.read,
        write: consumed.write,
        seconds,
        peak: peak(),
    };
    print(&serde_json::to_string(&outcome).expect("figures serialize"));
    ExitCode::SUCCESS
}

/// The most memory that this process ever had, in KB, as Linux tells it.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
