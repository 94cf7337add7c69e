//! Trials: asked for by an account, decided by the vendor (P2, P16).

use chrono::{SecondsFormat, TimeDelta};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, Response, both_engines,
    product::{Product, Tenant, column},
    vendor::{fields, item, license},
};

async fn stage(engine: Engine) -> Option<(Product, Tenant)> {
    let product = Product::open(engine).await?;
    product.offer("daas", "user").await;
    product.offer("mail", "user").await;
    let account = product.register("taro@sakura.example", "さくら商事").await;
    Some((product, account))
}

async fn ask(account: &Tenant, service: &str) -> Response {
    account.admin.post(&account.at("/trials"), &json!({"service": service})).await
}

fn id(trial: &Value) -> String {
    trial["entitlementId"].as_str().expect("an id").to_owned()
}

async fn decide(
    product: &Product,
    account: &Tenant,
    id: &str,
    how: &str,
    body: &Value,
) -> Response {
    let path = format!("{}/trials/{id}/{how}", account.platform_path());
    product.platform().post(&path, body).await
}

fn grant() -> Value {
    json!({"quantity": 5, "startsOn": "2026-03-02", "endsOn": "2026-03-31"})
}

async fn notices(account: &Tenant, language: &str, code: &str) -> Vec<Value> {
    let path = account.at(&format!("/notifications?code={code}"));
    let list = account.admin.reading(language).get(&path).await.expect(200);
    let items = list["items"].as_array().expect("notices");
    items.iter().map(|notice| json!(fields(notice, ["title", "message", "severity"]))).collect()
}

/// One request waits for each service; the vendor sees whose they are.
#[apply(both_engines)]
async fn given_a_request_then_it_is_pending_once_and_the_vendor_lists_it(engine: Engine) {
    let Some((product, account)) = stage(engine).await else { return };
    let other = product.register("jiro@ume.example", "梅商店").await;
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    product.connect(&account, &partner).await;
    let keyed = account.admin.with("idempotency-key", "once");
    let path = account.at("/trials");
    let first = keyed.post(&path, &json!({"service": "daas"})).await.expect(201);
    let shown = fields(&first, ["service", "kind", "state", "quantity", "startsOn", "endsOn"]);
    assert_eq!(json!(shown), json!(["daas", "trial", "pending", null, null, null]));
    let again = keyed.post(&path, &json!({"service": "daas"})).await.expect(201);
    assert_eq!(again, first, "the same key gives the first answer");
    let refused = ask(&account, "daas").await;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, Some("conflict")));
    product.tick();
    ask(&account, "mail").await.expect(201);
    product.tick();
    ask(&other, "daas").await.expect(201);
    let unknown = ask(&account, "nowhere").await;
    assert_eq!((unknown.status.as_u16(), unknown.code()), (422, Some("unknown-service")));

    let own = account.admin.get(&path).await.expect(200);
    let mut services = column(&own, "/service");
    services.sort_by_key(ToString::to_string);
    assert_eq!(services, ["daas", "mail"]);
    let entitlements = format!("{}/entitlements?state=pending", partner.customer(&account));
    let seen = partner.admin.get(&entitlements).await.expect(200);
    assert_eq!(item(&seen, "entitlementId", &id(&first)), first, "its partner sees the same");

    let waiting = product.platform().get("/v1/platform/trials?state=pending").await.expect(200);
    let whose: Vec<_> = waiting["items"]
        .as_array()
        .expect("trials")
        .iter()
        .map(|trial| json!(fields(trial, ["accountId", "service", "state"])))
        .collect();
    let row = |account: &Tenant, service: &str| json!([account.id, service, "pending"]);
    let expected = [row(&account, "daas"), row(&account, "mail"), row(&other, "daas")];
    assert_eq!(whose, expected, "oldest first");
    let viewer = product.custom(&account, "v@sakura.example", &["licenses.view"]).await;
    viewer.get(&path).await.expect(200);
    let refused = viewer.post(&path, &json!({"service": "daas"})).await;
    assert_eq!(refused.json["permission"], "licenses.manage");
}

/// Approved: it may be used at once, the account is told, and the request is decided for good.
#[apply(both_engines)]
async fn given_an_approval_then_it_is_active_and_the_account_is_told(engine: Engine) {
    let Some((product, account)) = stage(engine).await else { return };
    let trial = ask(&account, "daas").await.expect(201);
    let answer = decide(&product, &account, &id(&trial), "approve", &grant()).await.expect(200);
    assert_eq!(answer["accountId"], json!(account.id));
    let list = account.admin.get(&account.at("/entitlements")).await.expect(200);
    let shown = item(&list, "entitlementId", &id(&trial));
    let shown = fields(&shown, ["kind", "state", "quantity", "startsOn", "endsOn"]);
    assert_eq!(json!(shown), json!(["trial", "active", 5, "2026-03-02", "2026-03-31"]));
    let found = license(&account.admin, &account.at(""), "daas").await;
    assert_eq!(fields(&found, ["purchased", "ofWhichTrial"]), [5, 5].map(Value::from));
    let waiting = product.platform().get("/v1/platform/trials").await.expect(200);
    assert_eq!(waiting["items"], json!([]));

    let ja = json!([
        "トライアルが承認されました",
        "サービス daas のトライアル（5 ライセンス）を 2026-03-02 から 2026-03-31 まで利用できます。",
        "information"
    ]);
    assert_eq!(notices(&account, "ja", "trial-approved").await, [ja]);
    let message =
        "The trial of Service daas (5 licences) may be used from 2026-03-02 to 2026-03-31.";
    let en = json!(["Trial approved", message, "information"]);
    assert_eq!(notices(&account, "en", "trial-approved").await, [en]);

    for (how, body) in [("approve", grant()), ("decline", json!({}))] {
        let refused = decide(&product, &account, &id(&trial), how, &body).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (409, Some("conflict")), "{how}");
    }
    assert_eq!(notices(&account, "en", "trial-approved").await.len(), 1, "told once");
    assert_eq!(notices(&account, "en", "trial-declined").await.len(), 0);
    product.tick();
    ask(&account, "daas").await.expect(201);
}

/// Declined: nothing may be used, the account is told, and may ask again.
#[apply(both_engines)]
async fn given_a_decline_then_the_account_is_told_and_may_ask_again(engine: Engine) {
    let Some((product, account)) = stage(engine).await else { return };
    let trial = ask(&account, "daas").await.expect(201);
    let answer = decide(&product, &account, &id(&trial), "decline", &json!({})).await.expect(200);
    assert_eq!(answer["state"], "declined");
    let list = account.admin.get(&account.at("/entitlements?state=declined")).await.expect(200);
    assert_eq!(column(&list, "/entitlementId"), [json!(id(&trial))]);
    assert_eq!(license(&account.admin, &account.at(""), "daas").await, Value::Null);
    let ja = json!([
        "トライアルは承認されませんでした",
        "サービス daas のトライアルの申請は承認されませんでした。",
        "warning"
    ]);
    assert_eq!(notices(&account, "ja", "trial-declined").await, [ja]);
    let message = "The trial of Service daas that was asked for was not granted.";
    let en = json!(["Trial declined", message, "warning"]);
    assert_eq!(notices(&account, "en", "trial-declined").await, [en]);
    let refused = decide(&product, &account, &id(&trial), "approve", &grant()).await;
    refused.expect(409);
    product.tick();
    let again = ask(&account, "daas").await.expect(201);
    assert_ne!(id(&again), id(&trial));
    for body in [
        json!({"quantity": 5, "startsOn": "2026-03-02", "endsOn": "2026-03-01"}),
        json!({"quantity": 5, "startsOn": "2026-03-02", "endsOn": null}),
        json!({}),
    ] {
        decide(&product, &account, &id(&again), "approve", &body).await.expect(422);
    }
    decide(&product, &account, &id(&again), "approve", &grant()).await.expect(200);
}

/// A service that requires a program may be tried while the badge stands, to the very instant.
#[apply(both_engines)]
async fn given_a_service_of_a_program_then_the_badge_opens_and_closes_its_trial(engine: Engine) {
    let Some((product, account)) = stage(engine).await else { return };
    for service in ["secure", "secure-2"] {
        let name = json!({"ja": "セキュア", "en": "Secure"});
        let said = json!({"name": name, "model": "user", "requiredProgram": "CSP"});
        product.offer_as(service, &said).await;
    }
    let required = async |service: &str| {
        let refused = ask(&account, service).await;
        let told = (refused.status.as_u16(), refused.code().map(str::to_owned));
        assert_eq!(told, (403, Some("program-required".to_owned())), "{}", refused.json);
        assert_eq!(refused.json["program"], "CSP");
    };
    required("secure").await;
    product.declare(&account, "CSA", "active").await;
    required("secure").await;
    let until = product.world.now() + TimeDelta::days(1);
    let body = json!({
        "status": "active", "activeUntil": until.to_rfc3339_opts(SecondsFormat::Secs, true),
    });
    let path = format!("/v1/platform/organizations/{}/programs/CSP", account.org);
    assert!(product.platform().put(&path, &body).await.status.is_success());
    product.world.clock.set(until - TimeDelta::milliseconds(1));
    let trial = ask(&account, "secure").await.expect(201);
    product.world.clock.set(until);
    required("secure-2").await;
    // What was asked for in time is the vendor's to decide.
    decide(&product, &account, &id(&trial), "approve", &grant()).await.expect(200);
    product.declare(&account, "CSP", "active").await;
    ask(&account, "secure-2").await.expect(201);
}
