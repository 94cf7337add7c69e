//! What each step of a function's start costs: the steps of `tsunagu_api::start`, each start in a process of
//! its own, with the CPU that all its threads took.

use std::{
    env, io,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::{
    Client,
    config::{Builder, retry::RetryConfig},
};
use aws_types::SdkConfig;
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use tsunagu_api::{
    App, Edge, Environment,
    edge::Invocation,
    start::{SystemClock, log_to},
};
use tsunagu_local::settings::AwsIdentity;
use tsunagu_store::client;
use tsunagu_tests::{
    measured::{Measured, TABLE},
    meter::Meter,
    world::CONSOLE,
};

use crate::{
    figures::print,
    process::{Elsewhere, command},
    untrusted::Untrusted,
};

/// What a process is for that is a start.
const START: &str = "start";
/// Starts that are measured, after one that is not.
const STARTS: usize = 20;
/// Whoever asks is known to nobody: one call of DynamoDB, and a refusal.
const EVENT: &str = include_str!("../../events/connections.json");

/// A step of a start.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Step {
    name: String,
    cpu: Duration,
    time: Duration,
}

/// Measures one step after the other.
struct Steps {
    done: Vec<Step>,
    cpu: Duration,
    begun: Instant,
}

impl Steps {
    /// Begins with the start of the process, whose time nobody has taken.
    fn since_start(begun: Instant) -> Self {
        Self { done: Vec::new(), cpu: Duration::ZERO, begun }
    }

    fn done(&mut self, name: &str) {
        let (cpu, now) = (cpu(), Instant::now());
        let step = Step {
            name: name.to_owned(),
            cpu: cpu.saturating_sub(self.cpu),
            time: now - self.begun,
        };
        self.done.push(step);
        // What noting it took belongs to no step.
        (self.cpu, self.begun) = (self::cpu(), Instant::now());
    }
}

/// What all threads of this process have taken of processors.
fn cpu() -> Duration {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(spent).expect("a process has taken no less than nothing")
}

/// Prints what the steps cost.
pub(crate) async fn measure() {
    let elsewhere = Elsewhere::start();
    // Makes the table.
    let _product = Measured::open_on(elsewhere.engine(), Meter::counting()).await;
    let untrusted = Untrusted::listen().await;
    let starts: Vec<Vec<Step>> = (0..=STARTS)
        .map(|_| started(elsewhere.endpoint(), &untrusted.endpoint()))
        .skip(1)
        .collect();
    print(&format!("A start of `connections`, {STARTS} times\n"));
    print(&format!("{:<52}{:>10}{:>10}{:>10}", "step", "CPU p50", "CPU most", "ms p50"));
    for (place, step) in starts[0].iter().enumerate() {
        let of = |part: fn(&Step) -> Duration| {
            let mut all: Vec<_> = starts.iter().map(|start| part(&start[place])).collect();
            all.sort();
            (millis(all[STARTS / 2]), millis(all[STARTS - 1]))
        };
        let ((cpu, most), (time, _)) = (of(|step| step.cpu), of(|step| step.time));
        print(&format!("{:<52}{cpu:>10.2}{most:>10.2}{time:>10.2}", step.name));
    }
    print("");
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// A function starts in a process of its own.
fn started(endpoint: &str, untrusted: &str) -> Vec<Step> {
    let mut command = command(&[START, untrusted]);
    // Nothing of this machine's, as on Lambda.
    let output = command.env_clear().envs(variables(endpoint)).output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("it tells its steps")
}

/// What this process is for, if it is a function's start: which comes before everything else.
pub(crate) fn other(begun: Instant) -> Option<ExitCode> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [what, untrusted] if what == START => Some(start(begun, untrusted)),
        _ => None,
    }
}

/// This process is one start: tells its steps.
fn start(begun: Instant, untrusted: &str) -> ExitCode {
    let mut steps = Steps::since_start(begun);
    steps.done("the process: loading, relocations, up to main");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("one thread");
    steps.done("the runtime");
    runtime.block_on(steps.of_a_function(untrusted));
    print(&serde_json::to_string(&steps.done).expect("figures serialize"));
    ExitCode::SUCCESS
}

impl Steps {
    /// As `tsunagu_api::start` has them.
    async fn of_a_function(&mut self, untrusted: &str) {
        let environment = Environment::of_process().expect("all is there");
        self.done("the environment, and how AWS is reached");
        log_to(io::sink, "info".parse().expect("a filter"));
        self.done("the log");
        let connected = client::connect(Builder::from(environment.aws()));
        self.done("the client");
        let app = App::of(&environment, connected, Arc::new(SystemClock)).expect("a good one");
        self.done("what handlers may use");
        let edge = Edge::new(connections::routes(), app);
        self.done("the routes");
        for request in ["the first request: one call, on a new connection", "a second request"] {
            let event = serde_json::from_str(EVENT).expect("the gateway's form");
            let answer = edge.answer(event, &Invocation::new("start")).await;
            assert_eq!(answer.status_code, 404, "{answer:?}");
            self.done(request);
        }
        for connection in ["TLS, up to the other's certificate: the first time", "… a second time"]
        {
            meet(environment.aws(), untrusted).await;
            self.done(connection);
        }
    }
}

/// A connection to somebody whose certificate nobody vouches for: all of TLS but its last step.
async fn meet(aws: &SdkConfig, endpoint: &str) {
    let once = Builder::from(aws).endpoint_url(endpoint).retry_config(RetryConfig::disabled());
    let met = Client::from_conf(once.build()).list_tables().send().await;
    let error = format!("{:?}", met.expect_err("nobody vouches for it"));
    assert!(error.contains("UnknownIssuer"), "{error}");
}

/// What a start finds in its environment: as Lambda and the template give it.
fn variables(endpoint: &str) -> [(&'static str, String); 7] {
    let identity = AwsIdentity::local();
    [
        ("AWS_ACCESS_KEY_ID", identity.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", identity.secret_access_key),
        ("AWS_REGION", identity.region),
        ("AWS_ENDPOINT_URL_DYNAMODB", endpoint.to_owned()),
        ("TABLE_NAME", TABLE.to_owned()),
        ("CONSOLE_URL", CONSOLE.to_owned()),
        ("DEFAULT_TIME_ZONE", "Asia/Tokyo".to_owned()),
    ]
}
