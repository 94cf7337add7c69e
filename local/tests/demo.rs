//! The demo data, made by the real functions on the embedded engine.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use chrono::TimeDelta;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use tsunagu_domain::time::{Clock, Instant};
use tsunagu_local::{
    client::Caller,
    clock::SystemClock,
    demo::{self, Demo},
    function::{Function, FunctionError, Invocation},
    functions,
    gateway::Gateway,
    server::{Backend, Functions, Server},
    settings::{Data, Settings},
};

fn settings(data: Data) -> Settings {
    Settings { port: 0, data, demo: true, endpoint: None, cors_origins: Vec::new() }
}

async fn all(caller: &Caller, path: &str) -> Vec<Value> {
    let answer = caller.get(path).await;
    assert!(answer.status.is_success(), "{path}: {}", answer.json());
    let body = answer.json();
    assert_eq!(body["nextCursor"], Value::Null, "one page is enough for {path}");
    body["items"].as_array().cloned().expect("a list")
}

async fn partner(gateway: &Gateway, demo: &Demo, index: usize) -> (Caller, String) {
    let (email, account) = &demo.partners[index];
    (Caller::person(gateway, email).await.expect("signs in"), account.clone())
}

/// How many customers each partner sees, and how many connections it had that ended.
async fn counts(gateway: &Gateway, demo: &Demo) -> Vec<(usize, usize)> {
    let mut counts = Vec::new();
    for index in 0..demo.partners.len() {
        let (caller, account) = partner(gateway, demo, index).await;
        let base = format!("/v1/accounts/{account}");
        let customers = all(&caller, &format!("{base}/customers?limit=100")).await;
        let ended = format!("{base}/connections?role=partner&state=ended&limit=100");
        counts.push((customers.len(), all(&caller, &ended).await.len()));
    }
    counts
}

#[tokio::test]
async fn given_a_first_start_when_seeded_then_both_partners_see_their_year() {
    let server = Server::start(&settings(Data::Memory), functions::all).await.expect("starts");
    let gateway = server.gateway();
    let demo = demo::seed(gateway).await.expect("seeds");
    assert_eq!(demo.partners.len(), 2);
    for (seen, ended) in counts(gateway, &demo).await {
        assert!(seen >= 15 && ended >= 2, "{seen} customers, {ended} ended");
    }
    let (caller, account) = partner(gateway, &demo, 1).await;
    let customers = all(&caller, &format!("/v1/accounts/{account}/customers?limit=100")).await;
    let named = |part: fn(&Value) -> bool| customers.iter().filter(|item| part(item)).count();
    assert!(named(|item| item["customer"]["displayName"].as_str().is_some_and(str::is_ascii)) > 3);
    assert!(named(|item| !item["customer"]["displayName"].as_str().is_some_and(str::is_ascii)) > 3);
    assert!(named(|item| item["shares"].as_array().is_some_and(|shares| shares.len() == 3)) > 0);
    assert!(named(|item| item["reference"].is_string() && !item["tags"][0].is_null()) > 10);
    let connected: Vec<Instant> = customers
        .iter()
        .map(|item| item["connectedAt"].as_str().expect("text").parse().expect("an instant"))
        .collect();
    let now = SystemClock.now();
    assert!(connected.iter().all(|at| *at < now && *at > now - TimeDelta::days(400)));
    assert!(connected.iter().any(|at| *at < now - TimeDelta::days(300)));
    assert!((gateway.clock().now() - now).abs() < TimeDelta::minutes(1), "the clock is back");
    server.run(async {}).await.expect("ends");
}

#[tokio::test]
async fn given_the_demo_when_its_users_sign_in_then_each_sees_apps_of_its_own_customer() {
    let server = Server::start(&settings(Data::Memory), functions::all).await.expect("starts");
    let gateway = server.gateway();
    let demo = demo::seed(gateway).await.expect("seeds");
    for (host, users) in &demo.workspaces {
        for user in users.split(", ") {
            let path = format!("/v1/workspaces/{host}/sign-in");
            let body = json!({"username": user, "password": demo::people::PASSWORD});
            let answer = Caller::nobody(gateway).post(&path, &body).await;
            assert!(answer.status.is_success(), "{user} at {host}: {}", answer.json());
            let answer = answer.json();
            let token = answer["sessionToken"].as_str().expect("a token");
            let caller = Caller::nobody(gateway).bearing(token);
            let seen = all(&caller, &format!("/v1/workspaces/{host}/resources")).await;
            let expected = if ["hanako", "taro"].contains(&user) { 2 } else { 1 };
            assert_eq!(seen.len(), expected, "{user} at {host}: {seen:?}");
        }
    }
    server.run(async {}).await.expect("ends");
}

#[tokio::test]
async fn given_seeded_data_when_started_again_then_what_a_person_did_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = settings(Data::Folder(folder.path().to_owned()));
    let server = Server::start(&settings, functions::all).await.expect("starts");
    let first = demo::seed(server.gateway()).await.expect("seeds");
    let (caller, account) = partner(server.gateway(), &first, 0).await;
    let path = format!("/v1/accounts/{account}/customers");
    let customer = all(&caller, &format!("{path}?limit=100")).await.remove(0);
    let customer = customer["customer"]["accountId"].as_str().expect("an id").to_owned();
    assert_eq!(caller.delete(&format!("{path}/{customer}")).await.status, 204);
    let before = counts(server.gateway(), &first).await;
    server.run(async {}).await.expect("ends");

    let server = Server::start(&settings, functions::all).await.expect("starts again");
    let second = demo::seed(server.gateway()).await.expect("finds what is there");
    assert_eq!(second, first);
    assert_eq!(counts(server.gateway(), &second).await, before);
    server.run(async {}).await.expect("ends");
}

/// Breaks down after so many invocations.
struct Breaking {
    function: Arc<dyn Function>,
    left: AtomicUsize,
}

impl Function for Breaking {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'static, Result<Value, FunctionError>> {
        let take = |left: usize| left.checked_sub(1);
        match self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take) {
            Ok(_) => self.function.invoke(invocation),
            Err(_) => Box::pin(async { Err(FunctionError::Failed("cut off".to_owned())) }),
        }
    }
}

fn breaking(backend: &Backend) -> Result<Functions, String> {
    let mut functions = functions::all(backend)?;
    let function = functions.remove("connections").ok_or("there is no such function")?;
    let left = AtomicUsize::new(40);
    functions.insert("connections".to_owned(), Arc::new(Breaking { function, left }));
    Ok(functions)
}

#[tokio::test]
async fn given_a_seeding_that_was_cut_off_when_started_again_then_it_is_completed_once() {
    let whole = Server::start(&settings(Data::Memory), functions::all).await.expect("starts");
    let demo = demo::seed(whole.gateway()).await.expect("seeds");
    let expected = counts(whole.gateway(), &demo).await;
    whole.run(async {}).await.expect("ends");

    let folder = tempfile::tempdir().expect("a folder");
    let settings = settings(Data::Folder(folder.path().to_owned()));
    let server = Server::start(&settings, breaking).await.expect("starts");
    assert!(demo::seed(server.gateway()).await.is_err());
    let now = SystemClock.now();
    assert!((server.gateway().clock().now() - now).abs() < TimeDelta::minutes(1));
    server.run(async {}).await.expect("ends");

    let server = Server::start(&settings, functions::all).await.expect("starts again");
    let demo = demo::seed(server.gateway()).await.expect("seeds");
    assert_eq!(counts(server.gateway(), &demo).await, expected);
    server.run(async {}).await.expect("ends");
}
