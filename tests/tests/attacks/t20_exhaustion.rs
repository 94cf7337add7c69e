//! T20: requests that are made to cost.

use http::Method;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Map, Value, json};
use tsunagu_tests::{Engine, both_engines, product::Product};

/// Bodies beyond the limit are refused before they are understood, and beyond the gateway's before
/// any function sees them.
#[apply(both_engines)]
async fn t20_huge_bodies_and_headers_are_refused(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let person = product.person("mallory@example.com").await;
    let before = product.world.database.record.calls().len();
    let of =
        |size: usize| format!("{{\"displayName\": \"{}\"}}", "x".repeat(size - 19)).into_bytes();
    for (size, status) in [(256 * 1024, 422), (256 * 1024 + 1, 413), (1024 * 1024, 413)] {
        let body = of(size);
        assert_eq!(body.len(), size);
        let answer =
            person.send_bytes(Method::POST, "/v1/accounts", Some("application/json"), &body).await;
        assert_eq!(answer.status.as_u16(), status, "{size}");
    }
    let body = of(11 * 1024 * 1024);
    let answer =
        person.send_bytes(Method::POST, "/v1/accounts", Some("application/json"), &body).await;
    assert_eq!(answer.status.as_u16(), 413);
    let answer = person.with("x-large", &"x".repeat(11_000)).get("/v1/me").await;
    assert_eq!(answer.status.as_u16(), 431);
    assert_eq!(
        product.world.database.record.calls().len(),
        before,
        "none of it asked the database"
    );
}

/// Deep, wide and repetitive JSON costs little and answers little.
#[apply(both_engines)]
async fn t20_deep_and_wide_json_is_refused_with_a_short_answer(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let person = product.person("mallory@example.com").await;
    let post = async |body: &[u8]| {
        person.send_bytes(Method::POST, "/v1/accounts", Some("application/json"), body).await
    };
    let deep = ["{\"a\":".repeat(40_000), "1".to_owned(), "}".repeat(40_000)].concat();
    let answer = post(deep.as_bytes()).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (400, Some("malformed-request")));
    let wide: Map<String, Value> =
        (0..15_000).map(|number| (format!("field{number}"), json!(1))).collect();
    let answer = post(Value::Object(wide).to_string().as_bytes()).await;
    assert_eq!(answer.status.as_u16(), 422);
    let errors = answer.json["errors"].as_array().expect("errors").len();
    assert!((1..=100).contains(&errors), "{errors}");
    assert!(answer.body.len() < 64 * 1024, "{}", answer.body.len());
    let twice = format!("{{{}\"b\":1}}", "\"a\":1,".repeat(30_000));
    let answer = post(twice.as_bytes()).await;
    assert_eq!(answer.status.as_u16(), 422);
    assert!(answer.json["errors"].as_array().expect("errors").len() <= 100);
    let number = format!("{{\"displayName\": 1{}}}", "0".repeat(100_000));
    let answer = post(number.as_bytes()).await;
    assert!([400, 422].contains(&answer.status.as_u16()), "{}", answer.status);
}

/// Many keys are as many small records that go by themselves; none makes the next request dearer.
#[apply(both_engines)]
async fn t20_many_idempotency_keys_make_nothing_dearer(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &partner).await;
    let path = format!("/v1/invitations/{}/accept", product.invite_token(&partner).await);
    let body = json!({"accountId": customer.id});
    let mut calls = Vec::new();
    for number in 0..100 {
        let before = product.world.database.record.calls().len();
        let keyed = customer.admin.with("idempotency-key", &format!("key-{number}"));
        keyed.post(&path, &body).await.expect(200);
        calls.push(product.world.database.record.calls().len() - before);
    }
    // The first also reads what an environment remembers.
    assert!(calls[1..].iter().all(|count| *count == calls[1]), "{calls:?}");
    let items = product.world.stored.json().await;
    let kept: Vec<_> = items.iter().filter(|(key, _)| key.starts_with("IDEM#")).collect();
    assert!(kept.len() <= 100);
    assert!(kept.iter().all(|(_, item)| item["ttl"]["N"].is_string()), "each goes by itself");
    assert!(kept.iter().all(|(_, item)| item.to_string().len() < 3000));
}

/// Long searches and endless queries are refused.
#[apply(both_engines)]
async fn t20_long_searches_and_queries_are_refused(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let long = "%E3%81%82".repeat(101);
    let answer = partner.admin.get(&partner.at(&format!("/customers?search={long}"))).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json["errors"][0]["code"]),
        (422, &json!("too-long"))
    );
    let many: Vec<_> = (0..1000).map(|number| format!("p{number}=1")).collect();
    let answer = partner.admin.get(&partner.at(&format!("/customers?{}", many.join("&")))).await;
    assert_eq!(answer.status.as_u16(), 422);
    assert!(answer.json["errors"].as_array().expect("errors").len() <= 100);
    let endless = "x".repeat(12_000);
    let answer = partner.admin.get(&partner.at(&format!("/customers?search={endless}"))).await;
    assert_eq!(answer.status.as_u16(), 431);
}
