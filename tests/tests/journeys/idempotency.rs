//! Asking again creates nothing twice.

use chrono::TimeDelta;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, Response, both_engines,
    product::{Person, Product, column},
};

fn replayed(answer: &Response) -> bool {
    answer.header("idempotency-replayed") == Some("true")
}

fn registration(name: &str) -> Value {
    json!({"displayName": name, "country": "JP"})
}

async fn accounts_of(person: &Person) -> usize {
    person.get("/v1/me").await.expect(200)["accounts"].as_array().expect("accounts").len()
}

/// The same key and body give the first answer again, for 24 hours.
#[apply(both_engines)]
async fn the_same_request_is_answered_again_for_a_day(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let person = product.person("taro@sakura.example").await;
    let keyed = person.with("idempotency-key", "k-1");
    let first = keyed.post("/v1/accounts", &registration("さくら")).await;
    assert!(!replayed(&first));
    let first = first.expect(201);
    product.world.wait(TimeDelta::hours(24) - TimeDelta::seconds(1));
    let again = keyed.post("/v1/accounts", &registration("さくら")).await;
    assert!(replayed(&again));
    assert_eq!(again.expect(201), first);
    assert_eq!(accounts_of(&person).await, 1);
    // White space and order are the sender's own affair.
    let spelt = br#"{ "country":"JP" , "displayName":"\u3055\u304f\u3089" }"#;
    let again =
        keyed.send_bytes(http::Method::POST, "/v1/accounts", Some("application/json"), spelt).await;
    assert_eq!(again.expect(201), first);

    product.world.wait(TimeDelta::seconds(2));
    let late = keyed.post("/v1/accounts", &registration("さくら")).await;
    assert!(!replayed(&late));
    assert_ne!(late.expect(201)["accountId"], first["accountId"]);
    assert_eq!(accounts_of(&person).await, 2);
}

/// Another body under the key is refused; another caller's key is another key.
#[apply(both_engines)]
async fn another_body_is_refused_and_another_caller_is_another(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let taro = product.person("taro@sakura.example").await;
    let hanako = product.person("hanako@ume.example").await;
    let keyed = taro.with("idempotency-key", "k-1");
    let first = keyed.post("/v1/accounts", &registration("さくら")).await.expect(201);
    let other = keyed.post("/v1/accounts", &registration("うめ")).await;
    assert_eq!((other.status.as_u16(), other.code()), (422, Some("idempotency-mismatch")));
    let hers = hanako.with("idempotency-key", "k-1");
    let second = hers.post("/v1/accounts", &registration("さくら")).await.expect(201);
    assert_ne!(second["accountId"], first["accountId"]);
}

/// A key under which nothing had to be done is used all the same: asked again after the end, it
/// answers what it answered, and grants nothing anew.
#[apply(both_engines)]
async fn a_key_of_an_acceptance_that_changed_nothing_connects_nobody_later(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &partner).await;
    let path = format!("/v1/invitations/{}/accept", product.invite_token(&partner).await);
    let body = json!({"accountId": customer.id});
    let keyed = customer.admin.with("idempotency-key", "k-1");
    let first = keyed.post(&path, &body).await;
    assert!(!replayed(&first));
    let first = first.expect(200);

    customer.admin.delete(&customer.partner(&partner)).await.expect(204);
    let again = keyed.post(&path, &body).await;
    assert!(replayed(&again));
    assert_eq!(again.expect(200), first);
    customer.admin.get(&customer.partner(&partner)).await.expect(404);
    partner.admin.get(&partner.customer(&customer)).await.expect(404);
}

/// Accepting and inviting are made once under a key as well; a refusal is not kept.
#[apply(both_engines)]
async fn acceptances_and_invitations_are_made_once_and_refusals_are_not_kept(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    let path = format!("/v1/invitations/{}/accept", product.invite_token(&partner).await);
    let body = json!({"accountId": customer.id});
    let keyed = customer.admin.with("idempotency-key", "accept-1");
    product.declare(&partner, "CSP", "inactive").await;
    keyed.post(&path, &body).await.expect(409);
    product.declare(&partner, "CSP", "active").await;
    let first = keyed.post(&path, &body).await.expect(201);
    customer.admin.delete(&customer.partner(&partner)).await.expect(204);
    let again = keyed.post(&path, &body).await;
    assert!(replayed(&again));
    assert_eq!(again.expect(201), first, "the first answer, whatever happened since");
    let list = customer.admin.get(&customer.at("/partners")).await.expect(200);
    assert_eq!(list["items"], json!([]), "and nothing was connected anew");

    let invite = json!({"email": "ken@sakura.example", "access": "full"});
    let keyed = customer.admin.with("idempotency-key", "invite-1");
    let path = customer.at("/administrators");
    let first = keyed.post(&path, &invite).await.expect(201);
    assert_eq!(keyed.post(&path, &invite).await.expect(201), first);
    let list = customer.admin.get(&path).await.expect(200);
    assert_eq!(column(&list, "/email").len(), 2);
}

/// Permission is checked before an answer is given again (T11).
#[apply(both_engines)]
async fn a_caller_who_lost_the_permission_is_answered_nothing_again(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    let invite = json!({
        "email": "ken@sakura.example", "access": "custom", "permissions": ["connections.manage"],
    });
    let invited = customer.admin.post(&customer.at("/administrators"), &invite).await.expect(201);
    let ken = product.person("ken@sakura.example").await.with("idempotency-key", "accept-1");
    let path = format!("/v1/invitations/{}/accept", product.invite_token(&partner).await);
    let body = json!({"accountId": customer.id});
    ken.post(&path, &body).await.expect(201);

    let admin =
        customer.at(&format!("/administrators/{}", invited["adminId"].as_str().expect("id")));
    let less = json!({"access": "custom", "permissions": ["audit.view"]});
    customer.admin.patch(&admin, &less).await.expect(200);
    let refused = ken.post(&path, &body).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, Some("permission-missing")));
    customer.admin.delete(&admin).await.expect(204);
    let refused = ken.post(&path, &body).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (404, Some("not-found")));
}

/// Keys that are none are refused, and a thousand of them leave nothing behind but themselves.
#[apply(both_engines)]
async fn a_key_that_is_none_is_refused(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let person = product.person("taro@sakura.example").await;
    let long = "k".repeat(256);
    for key in ["", " ", "a b", &long, "鍵"] {
        let refused = person.with("idempotency-key", key);
        let refused = refused.post("/v1/accounts", &registration("さくら")).await;
        assert_eq!(refused.status.as_u16(), 422, "{key}: {}", refused.json);
    }
    let longest = person.with("idempotency-key", &"k".repeat(255));
    longest.post("/v1/accounts", &registration("さくら")).await.expect(201);
    assert_eq!(accounts_of(&person).await, 1);
}
