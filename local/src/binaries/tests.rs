use std::{io::Write as _, time::Duration};

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

use super::*;
use crate::{
    clock::SystemClock,
    function::{Function, FunctionError, Invocation, PAYLOAD_LIMIT},
};

/// What makes the program of these tests a bootstrap.
const ACTING: &str = "RUNTIME_OF_TESTS";
/// How it is to go wrong from the start.
const START: &str = "HOW_TO_START";

/// No test: the bootstrap that the tests start. It is this very program, told to run this alone.
#[test]
#[ignore = "is started by the other tests"]
fn bootstrap() {
    if std::env::var_os(ACTING).is_none() {
        return;
    }
    match std::env::var(START).as_deref() {
        Ok("exit") => std::process::exit(7),
        Ok("hang") => std::thread::sleep(Duration::from_mins(5)),
        _ => {}
    }
    writeln!(io::stdout(), "a line of the start").expect("it is heard");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be had");
    runtime.block_on(lambda_runtime::run(service_fn(act))).expect("runs until it is ended");
}

async fn act(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let (event, context) = event.into_parts();
    let pause = Duration::from_millis(event["for"].as_u64().unwrap_or_default());
    match event["do"].as_str() {
        Some("wait") => tokio::time::sleep(pause).await,
        Some("fail") => return Err("out of order".into()),
        Some("exit") => std::process::exit(3),
        Some("grow") => return Ok(json!("x".repeat(PAYLOAD_LIMIT))),
        Some("leave") => {
            std::thread::spawn(move || {
                std::thread::sleep(pause);
                std::process::exit(0);
            });
        }
        Some("log") => writeln!(io::stdout(), r#"{{"reads": "orders"}}"#)?,
        _ => {}
    }
    let left = context.deadline().duration_since(std::time::SystemTime::now());
    let variables: BTreeMap<_, _> = std::env::vars().collect();
    Ok(json!({
        "process": std::process::id(), "id": context.request_id, "arn": context.invoked_function_arn,
        "trace": context.xray_trace_id, "left": left.unwrap_or_default().as_secs(),
        "variables": variables,
    }))
}

/// A function with such environments, and what is seen of them.
struct Stand {
    pool: Pool,
    started: Arc<AtomicUsize>,
    reads: Reads,
    lines: Arc<Mutex<Vec<String>>>,
    _folder: tempfile::TempDir,
}

impl Stand {
    fn new(limit: usize, start: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (lines, reads) = (Arc::new(Mutex::new(Vec::new())), Reads::default());
        let written = lines.clone();
        let write: Write = Arc::new(move |line: &str| {
            written.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
        });
        let log = Log { reads: reads.clone(), clock: Arc::new(SystemClock), write };
        let own = std::env::current_exe().expect("a program").display().to_string();
        let bootstrap = folder.path().join("bootstrap");
        // A program is started without arguments: this one hands it those of the test harness.
        let script = format!(
            "#!/bin/sh\nexec '{own}' --exact binaries::tests::bootstrap --ignored --nocapture\n"
        );
        std::fs::write(&bootstrap, script).expect("a script");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&bootstrap, mode).expect("it can be run");
        let variables = [
            ("AWS_LAMBDA_FUNCTION_NAME", "acting"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_REGION", "ap-northeast-1"),
            (ACTING, "1"),
            (START, start),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let blueprint = Blueprint { name: "acting".to_owned(), bootstrap, variables, log };
        let started = Arc::new(AtomicUsize::new(0));
        let pool = Pool::new(blueprint, limit, started.clone());
        Self { pool, started, reads, lines, _folder: folder }
    }

    async fn ask(&self, event: Value) -> Result<Value, FunctionError> {
        self.ask_within(event, Duration::from_secs(20)).await
    }

    async fn ask_within(&self, event: Value, timeout: Duration) -> Result<Value, FunctionError> {
        let request_id = "4Z379cJjWSD7b2c=".to_owned();
        self.pool.invoke(Invocation { event, request_id, timeout }).await
    }

    async fn process(&self) -> u64 {
        let answer = self.ask(json!({})).await.expect("it answers");
        answer["process"].as_u64().expect("a number")
    }

    fn started(&self) -> usize {
        self.started.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn given_a_bootstrap_when_called_then_it_finds_what_lambda_gives_and_nothing_else() {
    let stand = Stand::new(2, "");
    let answer = stand.ask(json!({})).await.expect("it answers");
    assert_eq!(answer["id"], "4Z379cJjWSD7b2c=");
    assert_eq!(answer["arn"], "arn:aws:lambda:ap-northeast-1:000000000000:function:acting");
    assert!(answer["trace"].as_str().is_some_and(|trace| trace.starts_with("Root=1-")), "{answer}");
    let left = answer["left"].as_u64().expect("a number");
    assert!((10..=20).contains(&left), "{left} s");
    let variables = answer["variables"].as_object().expect("variables");
    assert_eq!(variables["AWS_LAMBDA_FUNCTION_NAME"], "acting");
    let api = variables["AWS_LAMBDA_RUNTIME_API"].as_str().expect("an address");
    assert!(api.starts_with("127.0.0.1:"), "{api}");
    assert!(!variables.contains_key("HOME") && !variables.contains_key("CARGO_MANIFEST_DIR"));
}

#[tokio::test]
async fn given_calls_one_after_another_when_made_then_one_environment_does_them_all() {
    let stand = Stand::new(4, "");
    let first = stand.process().await;
    assert_eq!(stand.process().await, first);
    assert_eq!(stand.started(), 1);
}

#[tokio::test]
async fn given_calls_at_a_time_when_made_then_each_has_its_environment_up_to_the_limit() {
    let stand = Stand::new(3, "");
    let wait = || stand.ask(json!({"do": "wait", "for": 3000}));
    let (one, two, three, fourth) = tokio::join!(wait(), wait(), wait(), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        stand.ask(json!({})).await
    });
    let processes = [one, two, three].map(|answer| answer.expect("it answers")["process"].clone());
    assert!(processes[0] != processes[1] && processes[1] != processes[2], "{processes:?}");
    assert_eq!(fourth, Err(FunctionError::Throttled(3)));
    // All three are there for whoever comes next.
    assert!(processes.contains(&json!(stand.process().await)));
    assert_eq!(stand.started(), 3);
}

#[tokio::test]
async fn given_a_function_that_may_have_no_environment_when_called_then_it_is_throttled() {
    let stand = Stand::new(0, "");
    assert_eq!(stand.ask(json!({})).await, Err(FunctionError::Throttled(0)));
    assert_eq!(stand.started(), 0);
}

#[tokio::test]
async fn given_a_call_that_takes_too_long_when_its_time_is_over_then_the_next_is_done_afresh() {
    let stand = Stand::new(1, "");
    let first = stand.process().await;
    let limit = Duration::from_secs(1);
    let late = stand.ask_within(json!({"do": "wait", "for": 60_000}), limit).await;
    assert_eq!(late, Err(FunctionError::TimedOut(limit)));
    assert!(!Path::new(&format!("/proc/{first}/exe")).exists(), "it was ended");
    assert_ne!(stand.process().await, first);
    assert_eq!(stand.started(), 2);
}

#[tokio::test]
async fn given_a_crash_when_the_call_is_lost_then_the_next_is_done_afresh() {
    let stand = Stand::new(1, "");
    let first = stand.process().await;
    let lost = stand.ask(json!({"do": "exit"})).await;
    assert_eq!(lost, Err(FunctionError::Ended("exit status: 3".to_owned())));
    assert_ne!(stand.process().await, first);
}

#[tokio::test]
async fn given_an_environment_that_ended_between_calls_when_called_then_another_does_it() {
    let stand = Stand::new(1, "");
    let first = stand.ask(json!({"do": "leave", "for": 100})).await.expect("it answers");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_ne!(json!(stand.process().await), first["process"]);
    assert_eq!(stand.started(), 2);
}

#[tokio::test]
async fn given_an_error_that_the_function_tells_when_called_then_its_environment_goes_on() {
    let stand = Stand::new(1, "");
    let failed = stand.ask(json!({"do": "fail"})).await;
    assert_eq!(failed, Err(FunctionError::Failed("out of order".to_owned())));
    let grown = stand.ask(json!({"do": "grow"})).await;
    assert_eq!(grown, Err(FunctionError::AnswerTooLarge));
    let huge = json!("x".repeat(PAYLOAD_LIMIT));
    assert_eq!(stand.ask(huge).await, Err(FunctionError::EventTooLarge));
    stand.process().await;
    assert_eq!(stand.started(), 1);
}

#[tokio::test]
async fn given_a_bootstrap_that_does_not_come_up_when_called_then_each_call_tries_anew() {
    let stand = Stand::new(1, "exit");
    for started in 1..=2 {
        let failed = stand.ask(json!({})).await;
        assert_eq!(failed, Err(FunctionError::NotStarted("exit status: 7".to_owned())));
        assert_eq!(stand.started(), started);
    }
}

#[tokio::test]
async fn given_a_bootstrap_that_hangs_at_its_start_when_called_then_it_is_given_ten_seconds() {
    let stand = Stand::new(1, "hang");
    let failed = stand.ask(json!({})).await;
    let why = "it asked for no event in 10 s".to_owned();
    assert_eq!(failed, Err(FunctionError::NotStarted(why)));
}

#[tokio::test]
async fn given_a_caller_who_leaves_when_the_call_is_at_work_then_it_is_finished_all_the_same() {
    let stand = Stand::new(1, "");
    let first = stand.process().await;
    let left = stand.ask(json!({"do": "wait", "for": 1000}));
    assert!(tokio::time::timeout(Duration::from_millis(200), left).await.is_err());
    assert_eq!(stand.ask(json!({})).await, Err(FunctionError::Throttled(1)));
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(stand.process().await, first);
}

#[tokio::test]
async fn given_what_a_bootstrap_writes_when_it_tells_of_a_read_then_it_waits_to_be_counted() {
    let stand = Stand::new(1, "");
    stand.ask(json!({"do": "log"})).await.expect("it answers");
    // The pipe is another way than the answer's.
    for _ in 0..100 {
        if let Some(event) = stand.reads.take() {
            assert!(event["awslogs"]["data"].is_string(), "{event}");
            let lines = stand.lines.lock().unwrap_or_else(PoisonError::into_inner);
            assert!(lines.iter().any(|line| line.ends_with("a line of the start")), "{lines:?}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the line was not heard");
}

#[tokio::test]
async fn given_a_folder_without_a_bootstrap_when_asked_then_one_line_names_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let binaries = Binaries::in_folder(folder.path(), Arc::new(|_| {}));
    let settings = crate::settings::Settings {
        port: 0,
        data: crate::settings::Data::Memory,
        demo: false,
        endpoint: None,
        cors_origins: Vec::new(),
    };
    let refused = crate::server::Server::start_binaries(&settings, &binaries).await;
    let message = refused.err().expect("is refused").to_string();
    assert!(message.contains("accounts/bootstrap: "), "{message}");
    assert!(message.ends_with("(make build makes all bootstraps)"), "{message}");
    assert_eq!(message.lines().count(), 1);
}

#[test]
fn given_a_program_for_another_processor_when_looked_at_then_it_is_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("bootstrap");
    let mut head = b"\x7fELF".to_vec();
    // RISC-V, for which nothing is deployed.
    head.extend([0; 14]);
    head.extend([243, 0]);
    std::fs::write(&program, &head).expect("a file");
    let known = matches!(std::env::consts::ARCH, "x86_64" | "aarch64");
    assert_eq!(is_for_another_machine(&program).expect("is read"), known);
    std::fs::write(&program, "#!/bin/sh\n").expect("a file");
    assert!(!is_for_another_machine(&program).expect("is read"));
    let own = std::env::current_exe().expect("a program");
    assert!(!is_for_another_machine(&own).expect("is read"));
}
