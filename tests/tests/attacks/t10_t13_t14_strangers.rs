//! T10, T13, T14: learning of others through what one may read, cursors, tags and ids.

use std::fmt::Write;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_domain::dashboard::Summary;
use tsunagu_store::{items::CustomerItem, keys};
use tsunagu_tests::{
    Engine, both_engines,
    product::{Product, Tenant, accept, column},
};

/// Everything of the customer's that its partner can read, as text.
async fn reach(partner: &Tenant, customer: &Tenant) -> String {
    let one = partner.customer(customer);
    let paths = [
        partner.at("/customers"),
        partner.at("/customers?format=csv"),
        one.clone(),
        format!("{one}/history"),
        partner.at("/connections"),
        partner.at("/notifications?dismissed=all"),
        partner.at("/blocked-customers"),
        partner.at("/administrators"),
        partner.at(""),
    ];
    let mut text = String::new();
    for path in paths {
        let answer = partner.admin.get(&path).await;
        text.push_str(&String::from_utf8_lossy(&answer.body));
        write!(text, "{:?}", answer.headers).expect("memory takes text");
    }
    text
}

/// One partner finds nothing of another, and nothing of a person of the customer.
#[apply(both_engines)]
async fn t10_a_partner_finds_no_trace_of_another_partner_or_of_a_person(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let one = product.partner("misaki@minato.example", "みなとクラウド").await;
    let other = product.partner("ken@hoshi.example", "星システムズ").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    let with_one = product.connect(&customer, &one).await;
    let with_other = product.connect(&customer, &other).await;
    let marks = json!({"reference": "SECRET-REF", "tags": ["SECRET-TAG"], "note": "SECRET-NOTE"});
    other.admin.patch(&other.customer(&customer), &marks).await.expect(200);
    product.tick();
    customer.admin.patch(&customer.partner(&other), &json!({"shares": []})).await.expect(200);
    product.tick();
    other.admin.delete(&other.customer(&customer)).await.expect(204);
    product.tick();
    product.connect(&customer, &other).await;
    product.custom(&customer, "hanako@sakura.example", &["connections.manage"]).await;

    let seen = reach(&one, &customer).await;
    assert!(
        seen.contains(&customer.id)
            && seen.contains(with_one["connectionId"].as_str().expect("id"))
    );
    let connection = with_other["connectionId"].as_str().expect("an id");
    for trace in
        [&*other.id, &other.org, "星システムズ", connection, "SECRET", "taro@", "hanako@", "ken@"]
    {
        assert!(!seen.contains(trace), "{trace}: {seen}");
    }
    // What is workflow is the account's own, never to be shared with partners.
    for tenant in [&one, &other, &customer] {
        let list = tenant.admin.get(&tenant.at("/notifications")).await.expect(200);
        assert!(column(&list, "/visibility").iter().all(|one| one == "account"));
    }
    // The customer's trail tells of the partner by account and role, of no person of it.
    let trail = product.world.stored.audit(customer.id.parse().expect("an id")).await;
    let trail = format!("{trail:?}");
    assert!(trail.contains(&other.id), "{trail}");
    assert!(!trail.contains("ken@") && !trail.contains("misaki@"), "{trail}");
    let trail = product.world.stored.audit(other.id.parse().expect("an id")).await;
    assert!(!format!("{trail:?}").contains("taro@"), "{trail:?}");
}

/// A cursor shows nothing: it holds no id, all are equally long, and none stands where nothing more
/// matches.
#[apply(both_engines)]
async fn t13_a_cursor_shows_and_proves_nothing(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    for (number, name) in ["A", &"長い名前".repeat(20), "Middle"].iter().enumerate() {
        let customer = product.register(&format!("a@c{number}.example"), name).await;
        product.connect(&customer, &partner).await;
    }
    let mut lengths = Vec::new();
    for query in
        ["limit=1", "limit=2", "limit=1&sort=name", "limit=2&sort=name", "limit=1&sort=-name"]
    {
        let list = partner.admin.get(&partner.at(&format!("/customers?{query}"))).await.expect(200);
        let cursor = list["nextCursor"].as_str().expect("more follow").to_owned();
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&cursor).expect("base64url");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains("acc_") && !text.contains("長い"), "{text}");
        lengths.push(cursor.len());
    }
    lengths.dedup();
    assert_eq!(lengths.len(), 1, "the length tells nothing: {lengths:?}");
    let list = partner.admin.get(&partner.at("/customers?limit=1&search=Middle")).await.expect(200);
    assert_eq!(list["nextCursor"], Value::Null, "no page follows, though customers do");
    let again = async || {
        let list = partner.admin.get(&partner.at("/customers?limit=1")).await.expect(200);
        list["nextCursor"].clone()
    };
    assert_ne!(again().await, again().await, "equal places cannot be told");
}

/// An `ETag` is of what is shown: what is hidden moves it not, and equal bodies elsewhere differ.
#[apply(both_engines)]
async fn t13_an_etag_neither_shows_nor_proves_what_is_hidden(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &partner).await;
    customer.admin.patch(&customer.partner(&partner), &json!({"shares": []})).await.expect(200);
    let tag = async || {
        let answer = partner.admin.get(&partner.customer(&customer)).await;
        answer.header("etag").expect("a tag").to_owned()
    };
    let before = tag().await;
    let contact = json!({"contact": "内線 12", "address": "東京", "country": "US"});
    customer.admin.patch(&customer.at(""), &contact).await.expect(200);
    assert_eq!(tag().await, before, "unshared account information");
    let id = |tenant: &Tenant| tenant.id.parse().expect("an id");
    let key = keys::customer(id(&partner), id(&customer));
    let mut item: CustomerItem = product.world.stored.get(key).await.expect("connected");
    item.figures = Some(Summary { purchased: Some(7), ..Summary::default() });
    product.world.stored.put(&item).await;
    assert_eq!(tag().await, before, "unshared figures");
    let other = product.partner("ken@hoshi.example", "星システムズ").await;
    product.connect(&customer, &other).await;
    assert_eq!(tag().await, before, "another partner");
    // Keyed: whoever knows all that is shown cannot tell the tag of another installation.
    assert!(before.len() > 20 && before.starts_with('"'), "{before}");
}

/// A foreign id is an unknown one, wherever an id is named.
#[apply(both_engines)]
async fn t14_foreign_ids_are_unknown_ids(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let one = product.partner("misaki@minato.example", "みなとクラウド").await;
    let other = product.partner("ken@hoshi.example", "星システムズ").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &other).await;
    let notices = other.admin.get(&other.at("/notifications")).await.expect(200);
    let foreign = column(&notices, "/notificationId")[0].clone();
    let unknown = json!("ntf_01JD3Z8Q4V9X7M2N5P6R8S0T1W");
    let without_id = |mut body: Value| {
        body.as_object_mut().expect("a problem").remove("requestId");
        body
    };
    let path = one.at("/notifications/dismiss");
    for shape in [|id: &Value| json!({"ids": [id]}), |id: &Value| json!({"all": true, "upTo": id})]
    {
        let a = one.admin.post(&path, &shape(&foreign)).await.expect(422);
        let b = one.admin.post(&path, &shape(&unknown)).await.expect(422);
        assert_eq!(without_id(a), without_id(b));
    }
    let dismiss =
        |id: &Value| one.at(&format!("/notifications/{}/dismiss", id.as_str().expect("id")));
    let a = one.admin.post(&dismiss(&foreign), &json!({})).await.expect(404);
    let b = one.admin.post(&dismiss(&unknown), &json!({})).await.expect(404);
    assert_eq!(without_id(a), without_id(b));

    let list = other.admin.get(&other.at("/administrators")).await.expect(200);
    let admin = column(&list, "/adminId")[0].as_str().expect("an id").to_owned();
    for id in [admin.as_str(), "adm_01JD3Z8Q4V9X7M2N5P6R8S0T1W"] {
        let path = one.at(&format!("/administrators/{id}"));
        one.admin.get(&path).await.expect(404);
        let custom = json!({"access": "custom", "permissions": []});
        one.admin.patch(&path, &custom).await.expect(404);
        one.admin.delete(&path).await.expect(404);
    }
    other.admin.get(&other.at(&format!("/administrators/{admin}"))).await.expect(200);
    let token = product.invite_token(&one).await;
    let stolen = Tenant { admin: one.admin.clone(), ..customer.clone() };
    accept(&stolen, &token, json!({})).await.expect(404);
    let list = other.admin.get(&other.at("/notifications")).await.expect(200);
    assert_eq!(column(&list, "/dismissedAt"), [Value::Null]);
}
