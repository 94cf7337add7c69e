//! T17: secrets, people and requests in the log.

use std::{cell::RefCell, io, sync::Once};

use http::Method;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;
use tsunagu_tests::{
    Engine, both_engines,
    product::{Product, accept, column},
};

thread_local! {
    /// What the thread's test hears of the log, while it listens.
    static HEARD: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Writes each line where the test of its thread hears it.
#[derive(Clone, Copy)]
struct ToListener;

impl io::Write for ToListener {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        HEARD.with_borrow_mut(|heard| heard.as_mut().map(|heard| heard.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for ToListener {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

/// Begins to listen to this thread's log, set up as in the functions: everything of a test runs on
/// its thread. One subscriber serves the whole process, because those that come and go with
/// tests lose lines of each other.
pub(crate) fn listen() {
    static SET_UP: Once = Once::new();
    SET_UP.call_once(|| {
        let subscriber =
            tsunagu_api::start::subscriber(ToListener, "info".parse().expect("a filter"));
        tracing::subscriber::set_global_default(subscriber).expect("nobody else listens here");
    });
    HEARD.set(Some(Vec::new()));
}

/// Ends listening; all that was heard.
pub(crate) fn heard() -> String {
    let heard = HEARD.take().expect("it listened");
    String::from_utf8(heard).expect("UTF-8")
}

/// Every field of a request's line, with the test of its value.
fn assert_request_line(line: &Value) {
    let object = line.as_object().expect("an object");
    for (name, value) in object {
        assert!(!value.is_object() && !value.is_array(), "flat: {name} in {line}");
    }
    for name in ["timestamp", "level", "message", "requestId", "method", "route"] {
        assert!(line[name].is_string(), "{name} in {line}");
    }
    for name in ["status", "latencyMs", "readUnits", "writeUnits"] {
        assert!(line[name].is_number(), "{name} in {line}");
    }
    assert!(line["coldStart"].is_boolean(), "{line}");
    let route = line["route"].as_str().expect("a route");
    assert!(route == "$default" || route.starts_with("/v1/"), "{line}");
}

/// A run through good and bad requests: one flat line each, and nothing in it that was sent.
#[apply(both_engines)]
async fn t17_each_request_is_one_flat_line_and_tells_no_secret(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    listen();
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    let token = product.invite_token(&partner).await;
    product.nobody().get(&format!("/v1/invitations/{token}")).await.expect(200);
    accept(&customer, &token, json!({})).await.expect(201);
    let note = json!({"note": "SECRET-NOTE", "reference": "SECRET-REF", "tags": ["SECRET-TAG"]});
    partner.admin.patch(&partner.customer(&customer), &note).await.expect(200);
    partner.admin.get(&partner.at("/customers?search=SECRET-SEARCH")).await.expect(200);
    partner.admin.get(&partner.at("/customers?cursor=SECRET-CURSOR")).await.expect(400);
    let keyed = customer.admin.with("idempotency-key", "SECRET-KEY");
    keyed
        .post("/v1/accounts", &json!({"displayName": "SECRET-NAME", "country": "JP"}))
        .await
        .expect(201);
    customer.admin.patch(&customer.at(""), &json!({"SECRET-FIELD": 1})).await.expect(422);
    product.nobody().get("/v1/SECRET-PATH?x=SECRET-QUERY").await.expect(404);
    partner.admin.get("/v1/accounts/SECRET-ACCOUNT/customers").await.expect(404);
    let broken = b"{\"email\": \"SECRET-BODY";
    let path = customer.at("/administrators");
    customer
        .admin
        .send_bytes(Method::POST, &path, Some("application/json"), broken)
        .await
        .expect(400);
    // Things go wrong inside, too: the cause is told, without what was asked.
    product.world.faults().stop_database();
    customer.admin.get(&customer.at("/partners")).await.expect(503);
    product.nobody().get(&format!("/v1/invitations/{token}")).await.expect(503);
    product.world.faults().heal();

    let text = heard();
    let subject = tsunagu_local::tokens::subject_of("misaki@minato.example");
    for secret in [
        "SECRET",
        token.as_str(),
        "misaki",
        "taro",
        "@",
        "Bearer",
        "eyJ",
        "みなと",
        "さくら",
        &subject,
        "/v1/accounts/acc_",
        "example.com",
    ] {
        assert!(!text.contains(secret), "{secret} in\n{text}");
    }
    let logged: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    let requests: Vec<_> = logged.iter().filter(|line| line["message"] == "request").collect();
    for line in &requests {
        assert_request_line(line);
    }
    let mut ids: Vec<_> = requests.iter().map(|line| line["requestId"].to_string()).collect();
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "one line a request");
    assert_eq!(count, 16, "{text}");
    let of_partner = requests.iter().filter(|line| line["account"] == partner.id.as_str());
    assert!(of_partner.count() >= 4, "{text}");
    for line in logged.iter().filter(|line| line["message"] != "request") {
        assert!(line["requestId"].is_string(), "what went wrong inside names its request: {line}");
    }
}

/// Values that would begin a new line or a new field stay inside their own.
#[apply(both_engines)]
async fn t17_nothing_that_is_sent_makes_a_line_of_its_own(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let tenant = product.partner("misaki@minato.example", "みなとクラウド").await;
    listen();
    let evil = "%0A%7B%22message%22%3A%22request%22%2C%22status%22%3A200%7D";
    for path in [
        format!("/v1/accounts/{evil}"),
        tenant.at(&format!("/customers/{evil}")),
        tenant.at(&format!("/customers?search={evil}")),
        format!("/v1/{evil}"),
        format!("/v1/invitations/{evil}"),
        tenant.at(&format!("/customers?{evil}=1")),
    ] {
        tenant.admin.get(&path).await;
    }
    let agent = tenant.admin.with("user-agent", "x\",\"status\":1,\"y\":\"");
    agent.with("accept-language", "ja\";q=1").get("/v1/me").await.expect(200);
    let text = heard();
    assert_eq!(text.lines().count(), 7, "{text}");
    let logged: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    logged.iter().for_each(assert_request_line);
    let list = column(&json!({"items": logged}), "/method");
    assert!(list.iter().all(|method| method == "GET"));
}
