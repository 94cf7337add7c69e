use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use futures::future::BoxFuture;
use rstest::rstest;

use super::*;
use crate::function::FunctionError;

/// A function that fails as it is told, and remembers what it was given.
#[derive(Default)]
struct Stub {
    given: Mutex<Vec<Vec<u32>>>,
    /// Records that it reports as failed.
    reports: BTreeSet<u32>,
    /// Records over which it breaks down.
    breaks: BTreeSet<u32>,
    /// So many invocations fail before it works.
    weak: Mutex<u32>,
}

fn numbers(event: &Value) -> Vec<u32> {
    let records = event["Records"].as_array().expect("records");
    records.iter().map(|record| sequence(record).parse().expect("a number")).collect()
}

impl Stub {
    fn given(&self) -> Vec<Vec<u32>> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Function for Stub {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'static, Result<Value, FunctionError>> {
        let numbers = numbers(&invocation.event);
        self.given.lock().unwrap_or_else(PoisonError::into_inner).push(numbers.clone());
        let mut weak = self.weak.lock().unwrap_or_else(PoisonError::into_inner);
        if *weak > 0 || numbers.iter().any(|number| self.breaks.contains(number)) {
            *weak = weak.saturating_sub(1);
            return Box::pin(async { Err(FunctionError::Panicked) });
        }
        let failed = numbers.iter().filter(|number| self.reports.contains(number));
        let failed: Vec<_> =
            failed.map(|number| json!({"itemIdentifier": number.to_string()})).collect();
        Box::pin(async move { Ok(json!({ "batchItemFailures": failed })) })
    }
}

struct Scene {
    stub: Arc<Stub>,
    batches: Batches,
    folder: tempfile::TempDir,
}

impl Scene {
    fn new(stub: Stub, retries: u32) -> Self {
        let pattern = format!(
            "{{Stream: s, StartingPosition: TRIM_HORIZON, MaximumRetryAttempts: {retries},
               BisectBatchOnFunctionError: true,
               FunctionResponseTypes: [ReportBatchItemFailures]}}"
        );
        let properties = yaml_serde::from_str(&pattern).expect("YAML");
        let source = StreamSource::parse(properties, "here").expect("a source");
        let (stub, folder) = (Arc::new(stub), tempfile::tempdir().expect("a folder"));
        let batches = Batches {
            name: "feed".to_owned(),
            function: stub.clone(),
            timeout: Duration::from_secs(1),
            source,
            kept: Kept::in_folder(folder.path()),
        };
        Self { stub, batches, folder }
    }

    async fn run(&self, count: u32) -> usize {
        self.batches.run("shard", records(count)).await.expect("files can be written")
    }

    /// What was put away: the payloads' numbers.
    fn buried(&self) -> BTreeSet<Vec<u32>> {
        let files = std::fs::read_dir(self.folder.path().join("failed-records"));
        let payload = |file: std::io::Result<std::fs::DirEntry>| {
            let content = std::fs::read(file.expect("a file").path()).expect("is read");
            let batch: Value = serde_json::from_slice(&content).expect("JSON");
            let payload = batch["payload"].as_str().expect("text");
            numbers(&serde_json::from_str(payload).expect("JSON"))
        };
        files.into_iter().flatten().map(payload).collect()
    }
}

fn records(count: u32) -> Vec<Value> {
    (1..=count).map(|number| json!({"dynamodb": {"SequenceNumber": number.to_string()}})).collect()
}

#[tokio::test(start_paused = true)]
async fn given_a_batch_that_goes_well_when_run_then_it_is_given_once() {
    let scene = Scene::new(Stub::default(), 3);
    assert_eq!(scene.run(3).await, 0);
    assert_eq!(scene.stub.given(), [vec![1, 2, 3]]);
}

#[tokio::test(start_paused = true)]
async fn given_a_function_that_is_down_when_it_is_up_again_then_nothing_was_put_away() {
    let scene = Scene::new(Stub { weak: Mutex::new(3), ..Stub::default() }, 3);
    assert_eq!(scene.run(2).await, 0);
    assert_eq!(scene.stub.given(), vec![vec![1, 2]; 4]);
    assert_eq!(scene.buried(), BTreeSet::new());
}

#[tokio::test(start_paused = true)]
async fn given_failures_when_tried_again_then_the_pauses_grow_and_end() {
    let scene = Scene::new(Stub { breaks: [1].into(), ..Stub::default() }, 3);
    let started = tokio::time::Instant::now();
    assert_eq!(scene.run(1).await, 1);
    let took = started.elapsed();
    assert_eq!(scene.stub.given().len(), 4);
    // 100, 200, 400 ms, and at least half of each.
    assert!((350..=710).contains(&took.as_millis()), "{took:?}");
    for (tries, whole) in [(0, 100), (1, 200), (5, 3200), (6, 5000), (40, 5000)] {
        let whole = Duration::from_millis(whole);
        assert_eq!((pause(tries, 0.0), pause(tries, 1.0)), (whole / 2, whole));
    }
}

#[tokio::test(start_paused = true)]
async fn given_a_reported_failure_when_it_stays_then_only_what_follows_comes_again_and_it_alone_is_put_away()
 {
    let scene = Scene::new(Stub { reports: [3].into(), ..Stub::default() }, 2);
    assert_eq!(scene.run(5).await, 1);
    assert_eq!(
        scene.stub.given(),
        // What came before the failed record is done; with retries used up the rest goes on.
        [vec![1, 2, 3, 4, 5], vec![3, 4, 5], vec![3, 4, 5], vec![4, 5]],
    );
    assert_eq!(scene.buried(), [vec![3]].into());
}

#[tokio::test(start_paused = true)]
async fn given_a_record_that_breaks_the_function_when_halved_then_it_alone_is_put_away() {
    let scene = Scene::new(Stub { breaks: [6].into(), ..Stub::default() }, 1);
    assert_eq!(scene.run(8).await, 1);
    let given = scene.stub.given();
    assert_eq!(
        given,
        [
            vec![1, 2, 3, 4, 5, 6, 7, 8],
            vec![1, 2, 3, 4, 5, 6, 7, 8],
            vec![1, 2, 3, 4],
            vec![5, 6, 7, 8],
            vec![5, 6],
            vec![5],
            // Alone it gets its retries: perhaps it was not its fault.
            vec![6],
            vec![6],
            vec![7, 8],
        ],
    );
    assert_eq!(scene.buried(), [vec![6]].into());
}

#[tokio::test(start_paused = true)]
async fn given_a_source_that_does_not_halve_when_a_batch_fails_then_it_is_put_away_whole() {
    let mut scene = Scene::new(Stub { breaks: [2].into(), ..Stub::default() }, 1);
    scene.batches.source.bisects = false;
    assert_eq!(scene.run(3).await, 3);
    assert_eq!(scene.buried(), [vec![1, 2, 3]].into());
}

#[tokio::test(start_paused = true)]
async fn given_a_function_that_reports_nothing_when_it_answers_then_all_is_done() {
    let mut scene = Scene::new(Stub { reports: [2].into(), ..Stub::default() }, 1);
    scene.batches.source.reports_failures = false;
    assert_eq!(scene.run(3).await, 0);
    assert_eq!(scene.stub.given().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn given_any_mix_of_bad_records_when_run_then_they_are_put_away_and_all_others_are_done() {
    // Every combination over six records, of reporting and of breaking down.
    for mask in 0..1_u32 << 6 {
        for breaking in 0..1_u32 << 6 {
            let of = |mask: u32| (1..=6).filter(move |n| mask >> (n - 1) & 1 == 1);
            let stub = Stub {
                reports: of(mask).collect(),
                breaks: of(breaking).collect(),
                ..Stub::default()
            };
            let scene = Scene::new(stub, 1);
            scene.run(6).await;
            let bad: BTreeSet<_> = of(mask | breaking).map(|number| vec![number]).collect();
            assert_eq!(scene.buried(), bad, "{mask:b} {breaking:b}");
        }
    }
}

#[rstest]
#[case(json!({}), "done")]
#[case(json!(null), "done")]
#[case(json!({"batchItemFailures": null}), "done")]
#[case(json!({"batchItemFailures": []}), "done")]
#[case(json!({"batchItemFailures": [{"itemIdentifier": "3"}, {"itemIdentifier": "2"}]}), "from 1")]
#[case(json!({"batchItemFailures": [{"itemIdentifier": "1"}]}), "from 0")]
#[case(json!({"batchItemFailures": [{"itemIdentifier": "9"}]}), "failed")]
#[case(json!({"batchItemFailures": [{"itemIdentifier": ""}]}), "failed")]
#[case(json!({"batchItemFailures": [{"itemIdentifier": null}]}), "failed")]
#[case(json!({"batchItemFailures": [{"id": "2"}]}), "failed")]
#[case(json!({"batchItemFailures": "2"}), "failed")]
fn given_an_answer_when_read_then_it_means_what_it_means_to_lambda(
    #[case] answer: Value,
    #[case] expected: &str,
) {
    let outcome = match reported(&answer, &records(3)) {
        Outcome::Done => "done".to_owned(),
        Outcome::From(index) => format!("from {index}"),
        Outcome::Failed(_) => "failed".to_owned(),
    };
    assert_eq!(outcome, expected);
}
