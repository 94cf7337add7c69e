//! The benchmark's other processes: the engine, and one for each run that is measured, so that what is
//! measured of a run's memory is the run's alone.

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdout, Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use tsunagu_api::{App, Settings, Task};
use tsunagu_domain::time::Instant as Moment;
use tsunagu_local::{
    clock::MovableClock,
    engine::{Engine, EngineError},
    settings::AwsIdentity,
};
use tsunagu_store::{Deadline, Store, Table, capacity::metered};
use tsunagu_tests::{elsewhere, measured::TABLE, meter::Meter, world::CONSOLE};
use usage_aggregation::Event;

use crate::figures::print;

const ENGINE: &str = "engine";
const RUN: &str = "run";
const FEED: &str = "feed";
/// What the function of the stream has before it puts off what is left: its time-out less 15 seconds.
const FEED_TIME: Duration = Duration::from_secs(45);

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

/// What a batch of the stream's function came to.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Batch {
    pub(crate) write: f64,
    pub(crate) seconds: f64,
    /// Records that are to come again.
    pub(crate) failed: usize,
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
        [ENGINE] => Some(serve(Engine::in_memory().await).await),
        [ENGINE, folder] => Some(serve(Engine::in_folder(Path::new(folder)).await).await),
        [FEED, endpoint, at] => Some(feed(endpoint, at.parse().expect("an instant")).await),
        [RUN, endpoint, at] => Some(run(endpoint, at.parse().expect("an instant")).await),
        _ => None,
    }
}

/// This program once more.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let this = env::current_exe().expect("this program has a file");
    let mut command = Command::new(this);
    command.args(arguments);
    command
}

fn start(arguments: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let mut command = command(arguments);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("this program starts once more");
    let told = BufReader::new(child.stdout.take().expect("is piped"));
    (child, told)
}

impl Elsewhere {
    /// Starts an engine in memory.
    pub(crate) fn start() -> Self {
        Self::start_with(&[ENGINE])
    }

    /// Starts one whose data is in a folder: there may be more of it than fits in memory.
    pub(crate) fn start_in(folder: &Path) -> Self {
        Self::start_with(&[ENGINE, folder.to_str().expect("a name in UTF-8")])
    }

    fn start_with(arguments: &[&str]) -> Self {
        let (child, mut told) = start(arguments);
        let mut endpoint = String::new();
        told.read_line(&mut endpoint).expect("the engine tells where it listens");
        Self { child, endpoint: endpoint.trim().to_owned() }
    }

    /// Where it listens.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
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

    /// The function of the stream is handed an event in a process of its own.
    pub(crate) fn feed(&self, event: &serde_json::Value, at: Moment) -> Batch {
        let (mut child, told) = start(&[FEED, &self.endpoint, &at.to_rfc3339()]);
        let mut input = child.stdin.take().expect("is piped");
        input.write_all(event.to_string().as_bytes()).expect("it reads");
        drop(input);
        let batch = serde_json::from_reader(told).expect("it tells what it came to");
        assert!(child.wait().expect("it ends").success(), "a batch ends well");
        batch
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        // The engine ends when nobody holds the other end of its input any more.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// This process is an engine's.
async fn serve(engine: Result<Engine, EngineError>) -> ExitCode {
    let served = elsewhere::serve(engine.expect("the embedded engine starts")).await;
    if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A function's application on a connection that keeps nothing.
fn app(endpoint: &str, at: Moment) -> (App, Meter) {
    let meter = Meter::counting();
    let engine = Engine::elsewhere(endpoint, AwsIdentity::local());
    let client = tsunagu_store::client::connect(engine.config().http_client(meter.clone()));
    let store = Store::new(Table::new(client, TABLE.to_owned()));
    let zone = "Asia/Tokyo".parse().expect("a zone");
    let settings = Settings::new(CONSOLE, zone).expect("an address");
    let clock = std::sync::Arc::new(MovableClock::frozen(at));
    (App::new(store, clock, settings), meter)
}

/// One batch of the stream, as Lambda hands it over, until its time is up.
async fn feed(endpoint: &str, at: Moment) -> ExitCode {
    let (app, _) = app(endpoint, at);
    let mut text = Vec::new();
    io::stdin().read_to_end(&mut text).expect("an event comes");
    let event = serde_json::from_slice(&text).expect("an event");
    drop(text);
    let deadline = Deadline::default();
    let passing = deadline.clone();
    tokio::spawn(async move {
        tokio::time::sleep(FEED_TIME).await;
        passing.pass();
    });
    let begun = Instant::now();
    let (report, consumed) = metered(change_feed::task(app).run(event, deadline)).await;
    let seconds = begun.elapsed().as_secs_f64();
    let report = report.expect("a batch always ends");
    let failed = report.batch_item_failures.len();
    let batch = Batch { write: consumed.write, seconds, failed, peak: peak() };
    print(&serde_json::to_string(&batch).expect("figures serialize"));
    ExitCode::SUCCESS
}

/// One run, as its function makes it.
async fn run(endpoint: &str, at: Moment) -> ExitCode {
    let (app, meter) = app(endpoint, at);
    let task = usage_aggregation::task(app);
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
