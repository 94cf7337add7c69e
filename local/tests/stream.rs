//! The table's stream on a laptop, with the functions that are deployed: what one account does
//! reaches the others, over kills and restarts too.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tsunagu_local::{
    client::Caller,
    demo, functions,
    server::Server,
    settings::{Data, Settings},
    template::DEPLOYED,
};

fn settings(data: Data) -> Settings {
    Settings { port: 0, data, demo: false, endpoint: None, cors_origins: Vec::new() }
}

fn in_folder(folder: &Path) -> Settings {
    settings(Data::Folder(folder.to_owned()))
}

async fn start(settings: &Settings) -> Server {
    Server::start(settings, functions::all).await.expect("starts")
}

/// Somebody at the laptop.
struct Person {
    caller: Caller,
    account: String,
}

impl Person {
    async fn get(&self, path: &str) -> Value {
        let answer = self.caller.get(&format!("/v1/accounts/{}{path}", self.account)).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.json());
        answer.json()
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let path = format!("/v1/accounts/{}{path}", self.account);
        let answer = self.caller.post(&path, body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.json());
        answer.json()
    }

    async fn subjects(&self) -> Vec<Value> {
        let list = self.get("/customer-tickets").await;
        let items = list["items"].as_array().expect("a list").iter();
        items.map(|item| item["subject"].clone()).collect()
    }
}

/// An account with its administrator, and a badge where it is a partner.
async fn account(server: &Server, number: u32, programs: &[&str]) -> Person {
    let gateway = server.gateway();
    let platform = Caller::platform(gateway).expect("signs in");
    let (account, org) = (format!("acc_{number:026}"), format!("org_{number:026}"));
    let path = format!("/v1/platform/organizations/{org}");
    let mut puts = vec![(path.clone(), json!({"name": format!("組織{number}")}))];
    puts.push((
        format!("/v1/platform/accounts/{account}"),
        json!({
            "orgId": org, "displayName": format!("会社{number}"), "country": "JP",
            "administrators": [{"email": format!("a{number}@example.jp"), "access": "full"}],
        }),
    ));
    let badge =
        |program: &&str| (format!("{path}/programs/{program}"), json!({"status": "active"}));
    puts.extend(programs.iter().map(badge));
    for (path, body) in puts {
        let answer = platform.put(&path, &body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.json());
    }
    signed_in(server, number).await
}

async fn signed_in(server: &Server, number: u32) -> Person {
    let email = format!("a{number}@example.jp");
    let caller = Caller::person(server.gateway(), &email).await.expect("signs in");
    Person { caller, account: format!("acc_{number:026}") }
}

async fn connect(customer: &Person, partner: &Person) {
    let link = partner.get("/invite-link").await;
    let path = format!("/v1/invitations/{}/accept", link["token"].as_str().expect("a token"));
    let answer = customer.caller.post(&path, &json!({"accountId": customer.account})).await;
    assert!(answer.status.is_success(), "{}", answer.json());
}

async fn open_ticket(customer: &Person, subject: &str) {
    let ticket =
        json!({"subject": subject, "description": "つながりません。", "severity": "critical"});
    customer.post("/tickets", &ticket).await;
}

/// `POST /dev/invoke/change-feed`.
async fn drain(server: &Server) -> Value {
    let caller = Caller::nobody(server.gateway());
    let answer = caller.post("/dev/invoke/change-feed", &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

async fn health(server: &Server) -> Value {
    let answer = Caller::nobody(server.gateway()).get("/dev/health").await;
    assert_eq!(answer.status, 200);
    answer.json()
}

#[tokio::test]
async fn given_a_ticket_when_the_feed_is_invoked_then_the_partner_has_it_and_health_says_so() {
    let server = start(&settings(Data::Memory)).await;
    let partner = account(&server, 1, &["CSA"]).await;
    let customer = account(&server, 2, &[]).await;
    connect(&customer, &partner).await;
    assert_eq!(health(&server).await["stream"]["pending"], Value::Null);
    open_ticket(&customer, "印刷できない").await;
    let counts = drain(&server).await;
    assert!(counts["records"].as_u64() >= Some(2), "{counts}");
    assert_eq!(counts["failed"], 0);
    assert_eq!(partner.subjects().await, ["印刷できない"]);
    let idle = json!({"status": "ok", "stream": {"pending": 0, "lagMs": 0, "failed": 0}});
    assert_eq!(health(&server).await, idle);
    assert_eq!(drain(&server).await, json!({"batches": 0, "records": 0, "failed": 0}));
    server.run(async {}).await.expect("ends");
}

#[tokio::test]
async fn given_a_server_that_runs_when_a_ticket_is_opened_then_the_partner_has_it_unasked() {
    let server = start(&settings(Data::Memory)).await;
    let partner = account(&server, 1, &["CSA"]).await;
    let customer = account(&server, 2, &[]).await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(server.run(async move { drop(stopped.await) }));
    connect(&customer, &partner).await;
    open_ticket(&customer, "印刷できない").await;
    tokio::time::timeout(Duration::from_secs(20), async {
        while partner.subjects().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await
    .expect("is there soon");
    stop.send(()).expect("still runs");
    running.await.expect("does not panic").expect("ends");
}

#[tokio::test]
async fn given_a_restart_before_the_feed_was_run_when_it_is_run_then_nothing_is_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = start(&in_folder(folder.path())).await;
    let partner = account(&server, 1, &["CSA"]).await;
    let customer = account(&server, 2, &[]).await;
    connect(&customer, &partner).await;
    drain(&server).await;
    open_ticket(&customer, "一").await;
    // Ended before anybody has read the stream.
    drop(server);
    let server = start(&in_folder(folder.path())).await;
    let (partner, customer) = (signed_in(&server, 1).await, signed_in(&server, 2).await);
    open_ticket(&customer, "二").await;
    drain(&server).await;
    assert_eq!(partner.subjects().await, ["二", "一"]);
    server.run(async {}).await.expect("ends");
}

#[tokio::test]
async fn given_a_folder_of_a_version_without_a_stream_when_started_then_it_has_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let older = DEPLOYED.replace("Type: DynamoDB\n", "Type: Cognito\n");
    assert_ne!(older, DEPLOYED);
    let settings = in_folder(folder.path());
    let server = Server::start_deployment(&older, &settings, functions::all).await.expect("starts");
    let partner = account(&server, 1, &["CSA"]).await;
    let customer = account(&server, 2, &[]).await;
    connect(&customer, &partner).await;
    assert_eq!(health(&server).await, json!({"status": "ok"}), "nobody listens");
    server.run(async {}).await.expect("ends");

    let server = start(&settings).await;
    let (partner, customer) = (signed_in(&server, 1).await, signed_in(&server, 2).await);
    open_ticket(&customer, "印刷できない").await;
    drain(&server).await;
    assert_eq!(partner.subjects().await, ["印刷できない"]);
    server.run(async {}).await.expect("ends");
}

#[cfg(unix)]
#[tokio::test]
async fn given_a_process_that_is_killed_while_it_feeds_when_started_again_then_nothing_is_missing()
{
    let folder = tempfile::tempdir().expect("a folder");
    // Ready with its demo data, whose records are all before it: killed while it is at them.
    let mut child = Command::new(env!("CARGO_BIN_EXE_tsunagu-local"))
        .env_remove("DYNAMODB_ENDPOINT")
        .envs([("TSUNAGU_PORT", "0"), ("TSUNAGU_DEMO", "1")])
        .env("TSUNAGU_DATA", folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("runs");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let ready = lines.next().expect("a line").expect("text");
    assert!(ready.starts_with("ready on "), "{ready}");
    tokio::time::sleep(Duration::from_millis(400)).await;
    child.kill().expect("is killed");
    child.wait().expect("ends");

    let server = start(&in_folder(folder.path())).await;
    let counts = drain(&server).await;
    assert!(counts["records"].as_u64() > Some(0), "it was killed in the midst: {counts}");
    assert_eq!(counts["failed"], 0);
    let demo = demo::seed(server.gateway()).await.expect("is there");
    for (email, account) in &demo.partners {
        let caller = Caller::person(server.gateway(), email).await.expect("signs in");
        let partner = Person { caller, account: account.clone() };
        let customers = partner.get("/customers?limit=100").await;
        // Each connection's beginning was brought: even that there is no ticket is known.
        for item in customers["items"].as_array().expect("a list") {
            let known = item["summary"]["openTickets"].is_u64();
            let shared = item["shares"].as_array().is_some_and(|s| s.contains(&json!("support")));
            assert!(known || !shared, "{item}");
        }
    }
    server.run(async {}).await.expect("ends");
}

/// Posts to a running server as a person with curl does, and gives the status and the body.
async fn post_by_http(address: &str, path: &str) -> (u16, Value) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("listens");
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: 2\r\nconnection: close\r\n\r\n{{}}"
    );
    stream.write_all(request.as_bytes()).await.expect("is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answers");
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let body = answer.split("\r\n\r\n").nth(1).and_then(|body| serde_json::from_str(body).ok());
    (status.expect("a status"), body.expect("JSON"))
}

/// A server whose failing records are given up after one more attempt, and its database.
async fn start_impatient(folder: &Path) -> (Server, aws_sdk_dynamodb::Client) {
    let template = DEPLOYED.replace("MaximumRetryAttempts: 8", "MaximumRetryAttempts: 1");
    assert_ne!(template, DEPLOYED);
    let mut client = None;
    let settings = in_folder(folder);
    let server = Server::start_deployment(&template, &settings, |backend| {
        client = Some(backend.client.clone());
        functions::all(backend)
    });
    let server = server.await.expect("starts");
    (server, client.expect("the functions were made"))
}

/// Puts a ticket of a version that nobody knows.
async fn put_poison(client: &aws_sdk_dynamodb::Client, account: &str) {
    let attribute = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    let put = client
        .put_item()
        .table_name(tsunagu_local::server::TABLE)
        .item("PK", attribute(&format!("A#{account}")))
        .item("SK", attribute("TKT#poison"))
        .item("entity", attribute("ticket"))
        .item("poison", attribute("of tomorrow"));
    put.send().await.expect("is put");
}

#[tokio::test]
async fn given_a_poison_record_between_others_then_it_is_put_away_and_holds_up_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, client) = start_impatient(folder.path()).await;
    let partner = account(&server, 1, &["CSA"]).await;
    let customer = account(&server, 2, &[]).await;
    connect(&customer, &partner).await;
    drain(&server).await;
    open_ticket(&customer, "一").await;
    put_poison(&client, &customer.account).await;
    open_ticket(&customer, "二").await;
    let counts = drain(&server).await;
    assert_eq!(counts["failed"], 1, "{counts}");
    assert_eq!(partner.subjects().await, ["二", "一"]);
    let summary = partner.get(&format!("/customers/{}", customer.account)).await;
    assert_eq!(summary["summary"]["openTickets"]["total"], 2, "what follows is done, too");
    // Then it lies there whole, alone, and for whoever looks.
    let failed: Vec<_> = std::fs::read_dir(folder.path().join("failed-records"))
        .expect("a folder")
        .map(|file| file.expect("a file").path())
        .collect();
    let [path] = &failed[..] else { panic!("one file: {failed:?}") };
    let batch: Value = serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON");
    assert_eq!(batch["DDBStreamBatchInfo"]["batchSize"], 1);
    let payload: Value =
        serde_json::from_str(batch["payload"].as_str().expect("text")).expect("it");
    let image = &payload["Records"][0]["dynamodb"]["NewImage"];
    assert_eq!(image["poison"]["S"], "of tomorrow");
    assert_eq!(health(&server).await["stream"]["failed"], 1);
    // It comes no more, not even after a restart.
    drop(server);
    let server = start(&in_folder(folder.path())).await;
    assert_eq!(drain(&server).await["failed"], 0);
    open_ticket(&signed_in(&server, 2).await, "三").await;
    drain(&server).await;
    assert_eq!(signed_in(&server, 1).await.subjects().await, ["三", "二", "一"]);
    server.run(async {}).await.expect("ends");
}

#[tokio::test]
async fn given_a_stream_that_cannot_be_run_when_asked_by_http_then_503_until_it_can() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = start(&in_folder(folder.path())).await;
    let partner = account(&server, 1, &["CSA"]).await;
    let customer = account(&server, 2, &[]).await;
    connect(&customer, &partner).await;
    open_ticket(&customer, "一").await;
    // Given that how far it was read cannot be kept: a folder is where the file is to be.
    let position = folder.path().join("stream-position.json");
    std::fs::create_dir_all(position.join("in the way")).expect("a folder");
    let address = server.gateway().issuer().url().trim_start_matches("http://").to_owned();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(server.run(async move { drop(stopped.await) }));
    let path = "/dev/invoke/change-feed";
    let (status, problem) = post_by_http(&address, path).await;
    assert_eq!((status, &problem["code"]), (503, &json!("unavailable")), "{problem}");
    let detail = problem["detail"].as_str().expect("a detail");
    assert!(detail.contains("stream-position.json"), "{detail}");
    // When it can be kept again, then all is run.
    std::fs::remove_dir_all(&position).expect("is removed");
    let (status, counts) = post_by_http(&address, path).await;
    assert_eq!((status, &counts["failed"]), (200, &json!(0)), "{counts}");
    assert_eq!(partner.subjects().await, ["一"]);
    stop.send(()).expect("still runs");
    running.await.expect("does not panic").expect("ends");
}
