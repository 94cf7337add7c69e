//! `ETag` and `If-Match` on every PATCH and DELETE that takes them.

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    product::{Person, Product},
};

async fn tag(reader: &Person, path: &str) -> String {
    let answer = reader.get(path).await;
    let tag = answer.header("etag").map(str::to_owned);
    answer.expect(200);
    tag.expect("a single resource has a tag")
}

/// A change on what was read goes through, one on what has changed since does not.
async fn patch_by_tag(who: &Person, path: &str, first: Value, second: Value) {
    let read = tag(who, path).await;
    assert_eq!(read, tag(who, path).await, "reading changes nothing");
    let changed = who.with("if-match", &read).patch(path, &first).await;
    let new = changed.header("etag").map(str::to_owned).expect("the new tag");
    changed.expect(200);
    assert_ne!(new, read);
    let stale = who.with("if-match", &read).patch(path, &second).await;
    assert_eq!((stale.status.as_u16(), stale.code()), (412, Some("precondition-failed")), "{path}");
    assert_eq!(tag(who, path).await, new, "and changed nothing");
    let weak = format!("W/{new}");
    who.with("if-match", &weak).patch(path, &second).await.expect(412);
    let many = format!("{read}, {new}");
    who.with("if-match", &many).patch(path, &second).await.expect(200);
    who.with("if-match", "*").patch(path, &first).await.expect(200);
}

#[apply(both_engines)]
async fn every_patch_takes_if_match(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &partner).await;
    let invite = json!({"email": "ken@minato.example", "access": "full"});
    let ken = partner.admin.post(&partner.at("/administrators"), &invite).await.expect(201);
    let ken = partner.at(&format!("/administrators/{}", ken["adminId"].as_str().expect("id")));

    let names = |name: &str| json!({"displayName": name});
    patch_by_tag(&partner.admin, &partner.at(""), names("み"), names("な")).await;
    let marks = |mark: &str| json!({"reference": mark});
    patch_by_tag(&partner.admin, &partner.customer(&customer), marks("1"), marks("2")).await;
    let about = json!({"subject": "Slow", "description": "Slow.", "severity": "low"});
    let ticket = customer.admin.post(&customer.at("/tickets"), &about).await.expect(201);
    let ticket = format!("/tickets/{}", ticket["ticketId"].as_str().expect("an id"));
    let severity = |severity: &str| json!({"severity": severity});
    let path = customer.at(&ticket);
    patch_by_tag(&customer.admin, &path, severity("high"), severity("medium")).await;
    let path = partner.customer(&customer) + &ticket;
    patch_by_tag(&partner.admin, &path, severity("critical"), severity("low")).await;
    let shares = |share: &str| json!({"shares": [share]});
    let path = customer.partner(&partner);
    patch_by_tag(&customer.admin, &path, shares("orders"), shares("tickets")).await;
    let access = |what: &str| json!({"access": "custom", "permissions": [what]});
    patch_by_tag(&partner.admin, &ken, access("audit.view"), access("tickets.view")).await;
}

#[apply(both_engines)]
async fn every_delete_takes_if_match(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &partner).await;
    let invite = json!({"email": "ken@minato.example", "access": "full"});
    let ken = partner.admin.post(&partner.at("/administrators"), &invite).await.expect(201);
    let ken = partner.at(&format!("/administrators/{}", ken["adminId"].as_str().expect("id")));
    let access = json!({"access": "custom", "permissions": ["audit.view"]});
    delete_by_tag(&partner.admin, &ken, &access).await;
    delete_by_tag(&partner.admin, &partner.customer(&customer), &json!({"note": "n"})).await;
    product.tick();
    product.connect(&customer, &partner).await;
    delete_by_tag(&customer.admin, &customer.partner(&partner), &json!({"shares": []})).await;
}

async fn delete_by_tag(who: &Person, path: &str, change: &Value) {
    let read = tag(who, path).await;
    who.patch(path, change).await.expect(200);
    let stale = who.with("if-match", &read).delete(path).await;
    assert_eq!((stale.status.as_u16(), stale.code()), (412, Some("precondition-failed")), "{path}");
    let new = tag(who, path).await;
    who.with("if-match", &new).delete(path).await.expect(204);
    who.with("if-match", &new).delete(path).await.expect(404);
}

/// What changes by itself is no part of the tag: a badge that lapses makes no change stale.
#[apply(both_engines)]
async fn a_lapse_and_the_language_leave_the_tag_alone(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &partner).await;
    let path = customer.partner(&partner);
    let read = tag(&customer.admin, &path).await;
    assert_eq!(tag(&customer.admin.reading("ja"), &path).await, read);
    product.declare(&partner, "CSP", "inactive").await;
    assert_eq!(tag(&customer.admin, &path).await, read);
    let fewer = json!({"shares": ["account"]});
    customer.admin.with("if-match", &read).patch(&path, &fewer).await.expect(200);
}
