use axum::body::to_bytes;
use http::header;
use rstest::rstest;
use tsunagu_domain::time::Instant;

use super::*;
use crate::{claims::Identified, testing::app};

struct By(&'static str);

impl Identified for By {
    fn digest(&self) -> &str {
        self.0
    }
}

async fn key_and_body(key: Option<&str>, body: &str) -> Result<Once<Value>, Problem> {
    let mut request =
        Request::post("/v1/accounts").header(header::CONTENT_TYPE, "application/json");
    if let Some(key) = key {
        request = request.header(IDEMPOTENCY_KEY, key);
    }
    let mut request = request.body(axum::body::Body::from(body.to_owned())).expect("a request");
    let headers = HeaderMap::new();
    let template = "/v1/accounts".to_owned();
    let scope = Scope::new("r".to_owned(), &headers, http::Method::POST, template, vec![]);
    request.extensions_mut().insert(scope);
    Once::from_request(request, &app()).await
}

fn claim(body_digest: &str) -> Claim {
    let key = AnswerKey {
        caller: "c".to_owned(),
        route: "POST /v1/accounts".to_owned(),
        account: None,
        key_digest: "k".to_owned(),
    };
    Claim { key, body_digest: body_digest.to_owned() }
}

fn recorded(claim: &Claim) -> RecordedAnswer {
    let pending = Pending(Some(Arc::new(Claim {
        key: claim.key.clone(),
        body_digest: claim.body_digest.clone(),
    })));
    let answer = pending.answer(&app(), StatusCode::CREATED, &json!({"accountId": "acc_1"}));
    answer.expect("an answer").record().expect("recorded under its key")
}

#[tokio::test]
async fn given_an_answer_under_the_same_body_then_it_is_given_again_and_marked() {
    let claim = claim("digest");
    let response = claim.same(recorded(&claim)).and_then(Before::again).expect("the same body");
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()[REPLAYED], "true");
    let body = to_bytes(response.into_body(), 100).await.expect("in memory");
    assert_eq!(body, "{\"accountId\":\"acc_1\"}");
}

#[test]
fn given_an_answer_under_another_body_then_it_is_not_given() {
    let refused = claim("other").same(recorded(&claim("digest"))).and_then(Before::again);
    assert_eq!(refused.map(|_| ()).map_err(|p| p.code()), Err(Code::IdempotencyMismatch));
}

#[test]
fn given_an_answer_then_it_is_kept_for_a_day() {
    let record = recorded(&claim("digest"));
    let now: Instant = app().now();
    assert_eq!((record.recorded_at, record.expires_at), (now, now + TimeDelta::hours(24)));
}

#[tokio::test]
async fn given_no_key_then_nothing_is_asked_or_recorded() {
    let once = key_and_body(None, "{}").await.expect("a body");
    let begun = once.begin(&app(), &By("c")).await.expect("the table is not asked");
    let Begun::New(_, pending) = begun else { panic!("new") };
    let answer = pending.answer(&app(), StatusCode::CREATED, &json!({})).expect("an answer");
    assert_eq!(answer.record(), None);
    let written: Result<(), WriteError<tsunagu_domain::access::Refusal>> = Ok(());
    let response = answer.finish(&app(), written).await.expect("answered");
    assert_eq!(response.status(), 201);
}

#[tokio::test]
async fn given_a_refusal_of_the_store_then_it_is_the_answer() {
    let pending = Pending(Some(Arc::new(claim("digest"))));
    let answer = pending.answer(&app(), StatusCode::CREATED, &json!({})).expect("an answer");
    let refusal = tsunagu_domain::access::Refusal::AccountSuspended;
    let refused = answer.finish(&app(), Err::<(), _>(WriteError::Refused(refusal))).await;
    assert_eq!(refused.map(|_| ()).map_err(|p| p.code()), Err(Code::AccountSuspended));
}

#[rstest]
#[case::empty("", "empty")]
#[case::spaces("a b", "forbidden-character")]
#[case::japanese("鍵", "forbidden-character")]
#[case::two_that_the_gateway_joined("a,b", "not-one")]
#[case::too_long(&"k".repeat(256), "too-long")]
#[tokio::test]
async fn given_a_key_that_is_none_then_it_is_refused(#[case] key: &str, #[case] code: &str) {
    let problem = key_and_body(Some(key), "{}").await.expect_err("no key");
    let errors: Vec<_> =
        problem.errors().iter().map(|e| (e.pointer.as_str(), e.flaw.code())).collect();
    assert_eq!(errors, [("/Idempotency-Key", code)]);
}

#[test]
fn given_two_keys_then_none_is_chosen() {
    let mut headers = HeaderMap::new();
    headers.append(IDEMPOTENCY_KEY, HeaderValue::from_static("a"));
    headers.append(IDEMPOTENCY_KEY, HeaderValue::from_static("a"));
    let problem = key_of(&headers).expect_err("two");
    assert_eq!(problem.errors()[0].flaw.code(), "not-one");
}

#[tokio::test]
async fn given_a_key_of_255_visible_characters_then_it_is_taken() {
    let key = "!".repeat(255);
    let once = key_and_body(Some(&key), "{\"a\":1}").await.expect("a key");
    assert_eq!(once.key.as_deref(), Some(key.as_str()));
    assert_eq!(once.body(), &json!({"a": 1}));
}
