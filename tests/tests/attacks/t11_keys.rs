//! T11: replaying somebody else's idempotency key, or reading what is kept under it.

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;
use tsunagu_tests::{
    Engine, both_engines,
    product::{Product, column},
};

/// A key is its caller's, its route's and its account's.
#[apply(both_engines)]
async fn t11_a_key_is_its_callers_routes_and_accounts_own(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let tenant = product.register("misaki@minato.example", "みなとクラウド").await;
    let second = product.register("misaki@minato.example", "みなと第二").await;
    product.administrator(&tenant, "ken@minato.example", &json!({"access": "full"})).await;
    let ken = product.person("ken@minato.example").await.with("idempotency-key", "k");
    let misaki = tenant.admin.with("idempotency-key", "k");
    let invite = json!({"email": "new@minato.example", "access": "full"});
    let path = tenant.at("/administrators");
    let hers = misaki.post(&path, &invite).await.expect(201);
    // Another caller is told what is there, not what she was told.
    let his = ken.post(&path, &invite).await;
    assert_eq!((his.status.as_u16(), his.code()), (409, Some("conflict")));
    assert_eq!(his.header("idempotency-replayed"), None);
    // The same caller on another account, or another route, begins anew.
    let elsewhere = misaki.post(&second.at("/administrators"), &invite).await.expect(201);
    assert_ne!(elsewhere["adminId"], hers["adminId"]);
    let account = json!({"displayName": "x", "country": "JP"});
    let account = misaki.post("/v1/accounts", &account).await.expect(201);
    assert!(account["accountId"].is_string());
    let again = misaki.post(&path, &invite).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.expect(201), hers);
}

/// Neither key nor body nor any secret stands in the table as it was sent.
#[apply(both_engines)]
async fn t11_what_is_kept_tells_neither_key_nor_body_nor_secret(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    let token = product.invite_token(&partner).await;
    let path = format!("/v1/invitations/{token}/accept");
    let keyed = customer.admin.with("idempotency-key", "my-secret-key");
    let body = json!({"accountId": customer.id, "version": null});
    keyed.post(&path, &body).await.expect(201);
    let items = product.world.stored.json().await;
    let kept: Vec<_> = items.iter().filter(|(key, _)| key.starts_with("IDEM#")).collect();
    assert_eq!(kept.len(), 1);
    let text = format!("{:?}", kept[0]);
    for secret in ["my-secret-key", token.as_str(), "taro@sakura.example", "\"version\""] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(kept[0].1["ttl"]["N"].is_string(), "and it goes by itself");
    // The record stands in the caller's partition, and nobody lists it.
    let list = customer.admin.get(&customer.at("/connections")).await.expect(200);
    assert_eq!(column(&list, "/state"), ["active"]);
}
