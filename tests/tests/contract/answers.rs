//! Every answer is one that the document tells of: status, media type, schema.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::Method;
use serde_json::json;
use tsunagu_local::client::{Answer, Caller};
use tsunagu_tests::{
    measured::Measured,
    meter::Meter,
    round::{Asked, Round, SCHEDULED, STREAM, Watch},
};

use crate::schema::Judge;

/// Judges all answers of a walk.
struct Court {
    judge: Judge,
    seen: BTreeSet<(String, String, String)>,
}

impl Court {
    fn new() -> Self {
        Self { judge: Judge::new(), seen: BTreeSet::new() }
    }

    fn hear(&mut self, route: &str, answer: &Answer) {
        let (status, media) = self.judge.judge(route, answer);
        self.seen.insert((route.to_owned(), status, media));
    }
}

impl Watch for Court {
    async fn before(&mut self, _: &'static str) {}

    async fn after(&mut self, asked: &Asked) {
        if [SCHEDULED, STREAM].contains(&asked.route) {
            return;
        }
        self.hear(asked.route, &asked.answer);
        if let Some(body) = &asked.body {
            self.judge.judge_body(asked.route, body);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn given_a_walk_through_all_routes_then_every_answer_is_documented_and_every_success_seen() {
    let product = Measured::open(Meter::paused_time()).await;
    let mut court = Court::new();
    for number in [1, 2] {
        Round::new(&product, &mut court, number).walk().await;
    }
    let missing: Vec<_> =
        court.judge.successes().into_iter().filter(|one| !court.seen.contains(one)).collect();
    assert!(missing.is_empty(), "documented, but never answered: {missing:#?}");
}

/// What goes wrong with a request, whatever its route: the route key, and the answer.
async fn refusals(product: &Measured) -> Vec<(&'static str, u16, Answer)> {
    let gateway = &product.gateway;
    let nobody = Caller::nobody(gateway);
    let person = Caller::person(gateway, "one@example.com").await.expect("signs in");
    let vendor = Caller::platform(gateway).expect("signs in");
    let key = |caller: &Caller| caller.clone().with("idempotency-key", "k");
    let account = json!({"displayName": "Suzuki", "country": "JP"});
    let other = json!({"displayName": "Sato", "country": "JP"});
    let registered = key(&person).post("/v1/accounts", &account).await;
    let own = registered.json()["accountId"].as_str().expect("an id").to_owned();
    let path = format!("/v1/accounts/{own}");
    let nowhere = "/v1/accounts/acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W";
    let stale = person.clone().with("if-match", "\"stale\"");
    let text = Some("text/plain");
    let json = Some("application/json");
    let huge = Bytes::from(vec![b' '; 300 * 1024]);
    let post = |kind, body: &'static [u8]| {
        person.send_bytes(Method::POST, "/v1/accounts", kind, Bytes::from_static(body))
    };
    let bad_filter = format!("{path}/connections?role=friend&limit=0");
    let cursor = format!("{path}/connections?cursor=AAAA");
    vec![
        ("GET /v1/me", 401, nobody.get("/v1/me").await),
        ("GET /v1/me", 403, vendor.get("/v1/me").await),
        ("GET /v1/accounts/{accountId}", 404, person.get(nowhere).await),
        ("POST /v1/accounts", 400, post(json, b"{").await),
        ("POST /v1/accounts", 415, post(text, b"{}").await),
        ("POST /v1/accounts", 422, post(json, b"{}").await),
        ("POST /v1/accounts", 422, key(&person).post("/v1/accounts", &other).await),
        (
            "POST /v1/accounts",
            413,
            person.send_bytes(Method::POST, "/v1/accounts", json, huge).await,
        ),
        ("PATCH /v1/accounts/{accountId}", 412, stale.patch(&path, &json!({})).await),
        ("GET /v1/accounts/{account}/connections", 422, person.get(&bad_filter).await),
        ("GET /v1/accounts/{account}/connections", 400, person.get(&cursor).await),
        (
            "GET /v1/accounts/{partner}/customers",
            403,
            person.get(&format!("{path}/customers")).await,
        ),
        ("GET /v1/invitations/{token}", 404, nobody.get("/v1/invitations/nothing").await),
        (
            "GET /v1/platform/accounts/{accountId}",
            403,
            person.get(&nowhere.replace("/v1", "/v1/platform")).await,
        ),
        ("GET /v1/platform/accounts", 422, vendor.get("/v1/platform/accounts").await),
    ]
}

#[tokio::test(start_paused = true)]
async fn given_a_request_that_is_refused_then_its_answer_is_documented_too() {
    let product = Measured::open(Meter::paused_time()).await;
    let mut court = Court::new();
    for (route, status, answer) in refusals(&product).await {
        assert_eq!(answer.status.as_u16(), status, "{route}: {}", answer.json());
        court.hear(route, &answer);
        let own = answer.json().get("code").is_some();
        let media = answer.header("content-type").unwrap_or_default();
        let expected = if own { "application/problem+json" } else { "application/json" };
        assert!(media.starts_with(expected), "{route} {status}: {media}");
    }
}

#[tokio::test(start_paused = true)]
async fn given_a_route_that_nobody_has_then_the_answer_is_a_problem_all_the_same() {
    let product = Measured::open(Meter::paused_time()).await;
    let nobody = Caller::nobody(&product.gateway);
    let unknown = nobody.get("/v1/nothing").await;
    assert_eq!(
        (unknown.status.as_u16(), unknown.json()["code"].as_str()),
        (404, Some("not-found"))
    );
    let known = nobody.delete("/v1/me").await;
    let code = known.json()["code"].as_str().map(str::to_owned);
    assert_eq!((known.status.as_u16(), code.as_deref()), (405, Some("method-not-allowed")));
    assert_eq!(known.header("allow"), Some("GET"));
}
