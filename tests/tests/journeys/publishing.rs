//! The vendor publishes notifications, one and many at once.

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    product::{Product, Tenant, column},
};

const NOBODY: &str = "acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W";
const MANY: &str = "/v1/platform/notifications";

async fn stage(engine: Engine) -> Option<(Product, Tenant, Tenant)> {
    let product = Product::open(engine).await?;
    let one = product.register("taro@sakura.example", "さくら商事").await;
    let other = product.register("jiro@ume.example", "梅商店").await;
    Some((product, one, other))
}

fn said(code: &str) -> Value {
    json!({
        "severity": "warning", "source": "maintenance", "code": code,
        "title": {"ja": "日曜日の保守", "en": "Maintenance on Sunday"},
        "message": {"ja": "一行目\n二行目", "en": "One line\nand another"},
    })
}

fn item(account: &str, code: &str) -> Value {
    let mut item = said(code);
    item["accountId"] = json!(account);
    item
}

fn path(tenant: &Tenant) -> String {
    format!("{}/notifications", tenant.platform_path())
}

/// Given a text in both languages, when it is published, then each reader sees it in his own, and the
/// trail tells that the vendor did it and not what it said.
#[apply(both_engines)]
async fn given_both_languages_when_published_then_each_reader_sees_its_own(engine: Engine) {
    let Some((product, one, other)) = stage(engine).await else { return };
    let vendor = product.platform().reading("ja");
    let told = vendor.post(&path(&one), &said("maintenance-planned")).await.expect(201);
    assert_eq!(told["title"], "日曜日の保守");
    assert_eq!((&told["visibility"], &told["dismissedAt"]), (&json!("shared"), &Value::Null));
    for (language, title) in [("ja", "日曜日の保守"), ("en", "Maintenance on Sunday")] {
        let list = one.admin.reading(language).get(&one.at("/notifications")).await.expect(200);
        assert_eq!(column(&list, "/title"), [title]);
        assert_eq!(column(&list, "/notificationId"), [told["notificationId"].clone()]);
    }
    let strangers = other.admin.get(&other.at("/notifications")).await.expect(200);
    assert_eq!(strangers["items"], json!([]));
    let trail = one.admin.get(&one.at("/audit?action=notification-published")).await.expect(200);
    let entry = &trail["items"][0];
    assert_eq!(entry["actor"]["kind"], "platform");
    assert_eq!(entry["target"], json!({"type": "notification", "id": told["notificationId"]}));
    assert_eq!(entry["changes"]["code"], json!({"from": null, "to": "maintenance-planned"}));
    assert!(!trail.to_string().contains("Sunday"), "{trail}");
}

#[apply(both_engines)]
async fn given_one_text_then_it_is_both_languages_and_what_is_wrong_is_pointed_at(engine: Engine) {
    let Some((product, one, _)) = stage(engine).await else { return };
    let vendor = product.platform();
    let mut body = said("note");
    (body["title"], body["visibility"]) = (json!("Plain"), json!("account"));
    let told = vendor.reading("ja").post(&path(&one), &body).await.expect(201);
    assert_eq!((&told["title"], &told["visibility"]), (&json!("Plain"), &json!("account")));
    body["code"] = json!("connection-created");
    let refused = vendor.post(&path(&one), &body).await.expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/code");
    assert_eq!(refused["errors"][0]["code"], "reserved-code");
    body = json!({"severity": "loud", "title": {"ja": "x"}, "more": 1});
    let refused = vendor.post(&path(&one), &body).await.expect(422);
    let errors = json!({"items": refused["errors"]});
    let mut pointers: Vec<_> = column(&errors, "/pointer")
        .iter()
        .map(|one| one.as_str().unwrap_or("").to_owned())
        .collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/code", "/message", "/more", "/severity", "/source", "/title/en"]);
    let unknown = format!("/v1/platform/accounts/{NOBODY}/notifications");
    assert_eq!(vendor.post(&unknown, &said("note")).await.code(), Some("not-found"));
    let list = one.admin.get(&one.at("/notifications")).await.expect(200);
    assert_eq!(column(&list, "/code"), ["note"], "nothing else was published");
}

/// Given good and bad items, when they are published at once, then the good ones are there in order.
#[apply(both_engines)]
async fn given_many_then_the_good_ones_are_published_in_order_and_the_others_told(engine: Engine) {
    let Some((product, one, other)) = stage(engine).await else { return };
    let vendor = product.platform();
    let items = json!({"items": [
        item(&one.id, "first"),
        item(NOBODY, "lost"),
        item(&one.id, "trial-approved"),
        item(&other.id, "second"),
        json!("nonsense"),
        item(&one.id, "third"),
    ]});
    let answer = vendor.post(MANY, &items).await.expect(200);
    let results = answer["results"].as_array().expect("results");
    let statuses: Vec<_> = results.iter().map(|one| one["status"].clone()).collect();
    assert_eq!(json!(statuses), json!([201, 404, 422, 201, 422, 201]), "{answer}");
    assert_eq!(results[2]["errors"][0]["pointer"], "/code");
    assert_eq!(results[0]["notification"]["code"], "first");
    assert!(results[1].get("notification").is_none());
    let codes = |list: Value| column(&list, "/code");
    let own = codes(one.admin.get(&one.at("/notifications")).await.expect(200));
    assert_eq!(own, ["third", "first"], "newest first");
    assert_eq!(codes(other.admin.get(&other.at("/notifications")).await.expect(200)), ["second"]);
    for (count, code) in [(0, "empty"), (41, "too-many")] {
        let items: Vec<_> = (0..count).map(|_| item(&one.id, "x")).collect();
        let refused = vendor.post(MANY, &json!({"items": items})).await.expect(422);
        assert_eq!(refused["errors"][0]["code"], code);
    }
}

/// Given a key, when a call is repeated, then nothing is published twice; forty of the longest fit.
#[apply(both_engines)]
async fn given_a_key_when_repeated_then_the_first_answer_comes_again(engine: Engine) {
    let Some((product, one, other)) = stage(engine).await else { return };
    let vendor = product.platform().with("idempotency-key", "k-1");
    let first = vendor.post(&path(&one), &said("once")).await.expect(201);
    let again = vendor.post(&path(&one), &said("once")).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.expect(201), first);
    let other_body = vendor.post(&path(&one), &said("twice")).await;
    assert_eq!(other_body.code(), Some("idempotency-mismatch"));
    let mut longest = item(&other.id, &"c".repeat(64));
    longest["title"] = json!("\u{1F980}".repeat(200));
    longest["message"] = json!("\u{1F980}".repeat(2000));
    let items = json!({"items": vec![longest; 40]});
    let first = vendor.post(MANY, &items).await.expect(200);
    assert_eq!(vendor.post(MANY, &items).await.expect(200), first);
    let count = async |tenant: &Tenant| {
        let path = tenant.at("/notifications?limit=100");
        tenant.admin.get(&path).await.expect(200)["items"].as_array().map(Vec::len)
    };
    assert_eq!((count(&one).await, count(&other).await), (Some(1), Some(40)));
}
