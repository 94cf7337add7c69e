//! The promises over what is deployed: the functions' own binaries behind the local gateway, asked over
//! a socket, on both engines. `make e2e` builds the binaries first; `TSUNAGU_BINARIES` names the folder
//! of others.
//!
//! Time is the system's here: what needs a clock that moves is in the journeys.

mod connections;
mod emulator;
mod feeds;
mod licenses;
mod routes;
mod workspaces;

use std::collections::BTreeMap;

use futures::future::join_all;
use rstest::rstest;
use serde_json::json;
use tsunagu_tests::{Engine, invariants, laptop::Laptop, secrets::wrong_in_log};

/// One server for all of it, so that environments are reused as they would be.
#[rstest]
#[case::embedded(Engine::Embedded)]
#[case::dynamodb_local(Engine::DynamoDbLocal)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn given_the_binaries_when_people_and_machines_use_them_then_every_promise_holds(
    #[case] engine: Engine,
) {
    let Some(laptop) = Laptop::start(engine).await else { return };
    connections::organizations_and_badges(&laptop).await;
    connections::from_the_link_to_the_end(&laptop).await;
    licenses::bought_tried_used_and_seen(&laptop).await;
    feeds::tickets_and_notifications(&laptop).await;
    workspaces::from_the_directory_to_a_launch(&laptop).await;
    the_laptop_is_as_it_says(&laptop).await;
    each_was_started(&laptop.started());
    what_is_left_holds_together(&laptop).await;
    let secrets = laptop.secrets.clone();
    let lines = laptop.stop().await;
    assert!(
        lines.iter().any(|line| line.contains(r#""coldStart":true"#)),
        "each logs its requests"
    );
    for secret in ["'s password", licenses::USER, "青空"] {
        secrets.add(secret);
    }
    assert_eq!(wrong_in_log(&lines, &secrets), [] as [String; 0]);
}

/// Once nothing is pending any more, every rule of the table holds.
async fn what_is_left_holds_together(laptop: &Laptop) {
    laptop.copied().await;
    laptop.aggregate().await;
    laptop.copied().await;
    let found = invariants::check(&laptop.stored.contents().await);
    assert!(found.violations.is_empty(), "{:#?}", found.violations);
}

fn each_was_started(started: &BTreeMap<String, usize>) {
    assert_eq!(started.len(), 12, "{started:?}");
    assert!(started.values().all(|count| *count > 0), "each was really started: {started:?}");
}

/// Calls at a time have an environment each; the clock is not to be moved; unknown routes are problems.
async fn the_laptop_is_as_it_says(laptop: &Laptop) {
    let person = laptop.person("many@example.com").await;
    let answers = join_all((0..8).map(|_| person.get("/v1/me"))).await;
    assert!(answers.iter().all(|answer| answer.status.as_u16() == 200));
    let started = laptop.started();
    assert!(started["accounts"] > 1, "several at a time: {started:?}");
    let nobody = laptop.nobody();
    let moved = nobody.post("/dev/clock", &json!({"advance": "P1D"})).await;
    assert_eq!((moved.status.as_u16(), moved.code()), (409, Some("conflict")));
    let unknown = nobody.get("/v1/nothing").await;
    assert_eq!((unknown.status.as_u16(), unknown.code()), (404, Some("not-found")));
    let unsigned = nobody.get("/v1/me").await.expect(401);
    assert_eq!(unsigned, json!({"message": "Unauthorized"}));
    nobody.get("/dev/health").await.expect(200);
}
