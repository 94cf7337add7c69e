//! The database stops in mid-request: 503 with `Retry-After`, nothing half-written, and everything
//! works again when it is back.

use http::Method;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_local::{client::Caller, functions, server::Server, settings::Settings};
use tsunagu_tests::{
    Engine, both_engines,
    faults::Fault,
    product::{Product, Tenant, column},
    record::Operation,
};

/// One request of each kind of change, as its sender would repeat it.
async fn changes(
    product: &Product,
    partner: &Tenant,
    customer: &Tenant,
) -> Vec<(Tenant, Method, String, Option<Value>)> {
    let token = product.invite_token(partner).await;
    let notices = partner.admin.get(&partner.at("/notifications")).await.expect(200);
    let notice = column(&notices, "/notificationId")[0].as_str().expect("an id").to_owned();
    vec![
        (customer.clone(), Method::PATCH, customer.at(""), Some(json!({"displayName": "さくら"}))),
        (
            customer.clone(),
            Method::POST,
            customer.at("/administrators"),
            Some(json!({"email": "k@e.example", "access": "full"})),
        ),
        (
            partner.clone(),
            Method::PATCH,
            partner.customer(customer),
            Some(json!({"reference": "C-1", "note": "n"})),
        ),
        (
            customer.clone(),
            Method::PATCH,
            customer.partner(partner),
            Some(json!({"shares": ["account"]})),
        ),
        (
            partner.clone(),
            Method::POST,
            partner.at(&format!("/notifications/{notice}/dismiss")),
            Some(json!({})),
        ),
        (
            partner.clone(),
            Method::POST,
            partner.at("/notifications/dismiss"),
            Some(json!({"all": true, "upTo": notice})),
        ),
        (partner.clone(), Method::DELETE, partner.customer(customer), None),
        (
            customer.clone(),
            Method::POST,
            format!("/v1/invitations/{token}/accept"),
            Some(json!({"accountId": customer.id})),
        ),
    ]
}

async fn connected(engine: Engine) -> Option<(Product, Tenant, Tenant)> {
    let product = Product::open(engine).await?;
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &partner).await;
    Some((product, partner, customer))
}

fn assert_unavailable(answer: &tsunagu_tests::Response, what: &str) {
    assert_eq!((answer.status.as_u16(), answer.code()), (503, Some("unavailable")), "{what}");
    assert_eq!(answer.header("retry-after"), Some("1"), "{what}");
    let text = answer.json.to_string();
    assert!(!text.contains("Dynamo") && !text.contains("onnect"), "no cause is told: {text}");
}

/// Given a database that stops before anything is read, every request is 503 and changes nothing.
#[apply(both_engines)]
async fn a_stopped_database_is_503_for_reads_and_changes_and_nothing_happens(engine: Engine) {
    let Some((product, partner, customer)) = connected(engine).await else { return };
    let changes = changes(&product, &partner, &customer).await;
    let before = product.world.stored.json().await;
    product.world.faults().stop_database();
    for path in [partner.at("/customers"), partner.at("/notifications"), partner.at("")] {
        assert_unavailable(&partner.admin.get(&path).await, &path);
    }
    let japanese = partner.admin.reading("ja").get(&partner.at("/customers")).await;
    assert_eq!(japanese.json["title"], "一時的に利用できません");
    for (who, method, path, body) in &changes {
        let answer = who.admin.send(method.clone(), path, body.as_ref()).await;
        assert_unavailable(&answer, path);
    }
    product.world.faults().heal();
    assert_eq!(product.world.stored.json().await, before);
    partner.admin.get(&partner.at("/customers")).await.expect(200);
}

/// Given a database that stops between the permission check and the change, nothing is half-written;
/// when it is back, the same request goes through.
#[apply(both_engines)]
async fn a_database_that_stops_before_the_write_leaves_nothing_half_written(engine: Engine) {
    let Some((product, partner, customer)) = connected(engine).await else { return };
    for (who, method, path, body) in changes(&product, &partner, &customer).await {
        product.tick();
        let before = product.world.stored.json().await;
        product.world.faults().always(Operation::WRITES, Fault::Refused);
        let answer = who.admin.send(method.clone(), &path, body.as_ref()).await;
        assert_unavailable(&answer, &path);
        product.world.faults().heal();
        assert_eq!(product.world.stored.json().await, before, "{method} {path}");
        let answer = who.admin.send(method.clone(), &path, body.as_ref()).await;
        assert!(answer.status.is_success(), "{method} {path}: {}", answer.json);
        assert_ne!(product.world.stored.json().await, before, "{method} {path}");
    }
}

/// Given an answer of the database that is lost, the request is done once all the same.
#[apply(both_engines)]
async fn a_lost_answer_is_done_once(engine: Engine) {
    let Some((product, partner, customer)) = connected(engine).await else { return };
    product.tick();
    let faults = product.world.faults();
    faults.next(&[Operation::TransactWriteItems], Fault::LostAnswer, 1);
    customer.admin.delete(&customer.partner(&partner)).await.expect(204);
    product.tick();
    let token = product.invite_token(&partner).await;
    faults.next(&[Operation::TransactWriteItems], Fault::LostAnswer, 1);
    tsunagu_tests::product::accept(&customer, &token, json!({})).await.expect(201);
    let notices = partner.admin.get(&partner.at("/notifications")).await.expect(200);
    let codes = ["connection-created", "connection-ended-by-customer", "connection-created"];
    assert_eq!(column(&notices, "/code"), codes);
    let key = customer.admin.with("idempotency-key", "once");
    faults.next(&[Operation::TransactWriteItems], Fault::LostAnswer, 1);
    let body = json!({"displayName": "支店", "country": "JP"});
    let first = key.post("/v1/accounts", &body).await.expect(201);
    assert_eq!(key.post("/v1/accounts", &body).await.expect(201), first);
    let me = customer.admin.get("/v1/me").await.expect(200);
    assert_eq!(me["accounts"].as_array().expect("accounts").len(), 2);
}

/// Given a database that throttles, conflicts or leaves keys unprocessed for a moment, nobody
/// notices.
#[apply(both_engines)]
async fn a_moment_of_throttling_and_conflicts_goes_unnoticed(engine: Engine) {
    let Some((product, partner, customer)) = connected(engine).await else { return };
    for fault in
        [Fault::Conflict, Fault::Throttled, Fault::ThrottledInTransaction, Fault::ServerError]
    {
        product.tick();
        let faults = product.world.faults();
        faults.next(&[Operation::TransactWriteItems], fault, 1);
        faults.next(&[Operation::BatchGetItem], Fault::HalfUnprocessed, 1);
        customer.admin.delete(&customer.partner(&partner)).await.expect(204);
        product.tick();
        product.connect(&customer, &partner).await;
        faults.heal();
    }
    let path = format!("{}/history", customer.partner(&partner));
    let history = customer.admin.get(&path).await.expect(200);
    assert_eq!(column(&history, "/episode"), [5, 4, 3, 2, 1]);
}

/// The embedded engine itself, stopped and started again on its folder: 503 meanwhile, and what was
/// written is there.
#[tokio::test]
async fn the_embedded_engine_stopped_and_started_again_keeps_everything() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("a path");
    let variables = [("TSUNAGU_PORT", "0"), ("TSUNAGU_DATA", data), ("TSUNAGU_DEMO", "0")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = Settings::read(&variables.into()).expect("settings");

    let server = Server::start(&settings, functions::all).await.expect("starts");
    let gateway = server.gateway().clone();
    let hanako = Caller::person(&gateway, "hanako@example.com").await.expect("a token");
    let body = json!({"displayName": "花子商店", "country": "JP"});
    let made = hanako.post("/v1/accounts", &body).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let path = format!("/v1/accounts/{}", made.json()["accountId"].as_str().expect("an id"));
    server.run(async {}).await.expect("stops");
    let away = hanako.get(&path).await;
    assert_eq!((away.status.as_u16(), away.header("retry-after")), (503, Some("1")));

    let server = Server::start(&settings, functions::all).await.expect("starts again");
    let hanako = Caller::person(server.gateway(), "hanako@example.com").await.expect("a token");
    assert_eq!(hanako.get(&path).await.json(), made.json());
    server.run(async {}).await.expect("stops");
}
