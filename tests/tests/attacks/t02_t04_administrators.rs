//! T2, T3, T4: becoming an administrator, or a greater one, without being let in.

use chrono::TimeDelta;
use futures::future::join;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    product::{PERMISSIONS, Product, Tenant, column},
    record::Operation,
};

use crate::events::{ask, claims, edge, event, functions, operations};

async fn invite(tenant: &Tenant, email: &str) -> String {
    let body = json!({"email": email, "access": "full"});
    let made = tenant.admin.post(&tenant.at("/administrators"), &body).await.expect(201);
    made["adminId"].as_str().expect("an id").to_owned()
}

/// Only an address that the issuer calls verified, in so many words, takes an invitation.
#[apply(both_engines)]
async fn t02_an_unverified_address_takes_no_invitation(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let tenant = product.register("misaki@minato.example", "みなとクラウド").await;
    invite(&tenant, "ken@minato.example").await;
    for verified in [
        json!(false),
        json!("false"),
        json!(null),
        json!("TRUE"),
        json!("yes"),
        json!(1),
        json!([true]),
        json!(""),
    ] {
        let thief = product.claiming("ken@minato.example", |claims| {
            claims.insert("sub".into(), json!("thief"));
            claims.insert("email_verified".into(), verified.clone());
        });
        thief.get(&tenant.at("")).await.expect(404);
        let me = thief.get("/v1/me").await.expect(200);
        assert_eq!(me["accounts"], json!([]), "{verified}");
    }
    let silent = product.claiming("ken@minato.example", |claims| {
        claims.insert("sub".into(), json!("thief"));
        claims.remove("email_verified");
    });
    silent.get(&tenant.at("")).await.expect(404);
    let list = tenant.admin.get(&tenant.at("/administrators")).await.expect(200);
    assert!(column(&list, "/status").contains(&json!("invited")), "it still waits: {list}");
    let ken = product.person("ken@minato.example").await;
    ken.get(&tenant.at("")).await.expect(200);
}

/// The same subject at another issuer is somebody else.
#[apply(both_engines)]
async fn t03_the_same_subject_at_another_issuer_is_somebody_else(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let tenant = product.register("misaki@minato.example", "みなとクラウド").await;
    let edge = edge(&product);
    let operation =
        operations(functions()).into_iter().find(|one| one.key() == "GET /v1/accounts/{accountId}");
    let operation = operation.expect("the route");
    let as_issuer = |issuer: &str| {
        let mut claims = claims("tsunagu/console");
        claims["sub"] = json!(tsunagu_local::tokens::subject_of("misaki@minato.example"));
        claims["iss"] = json!(issuer);
        let mut event = event(&operation, &tenant.at(""), Some(&claims));
        event["pathParameters"]["accountId"] = json!(tenant.id);
        event
    };
    assert_eq!(ask(&edge, as_issuer(product.world.gateway.issuer().url())).await.0, 200);
    for other in ["https://other.example", "http://127.0.0.1:3000/", "HTTP://127.0.0.1:3000"] {
        assert_eq!(ask(&edge, as_issuer(other)).await.0, 404, "{other}");
    }
    // The parts of the digest cannot be shifted into each other.
    let mut shifted = as_issuer("http://127.0.0.1:300");
    let subject = shifted["requestContext"]["authorizer"]["jwt"]["claims"]["sub"].clone();
    let subject = format!("0{}", subject.as_str().expect("a subject"));
    shifted["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = json!(subject);
    assert_eq!(ask(&edge, shifted).await.0, 404);
}

/// Whoever was removed stays removed: no invitation outlives its administrator.
#[apply(both_engines)]
async fn t03_no_invitation_outlives_the_removal_of_its_administrator(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let tenant = product.register("misaki@minato.example", "みなとクラウド").await;
    let id = invite(&tenant, "ken@minato.example").await;
    let ken = product.person("ken@minato.example").await;
    ken.get(&tenant.at("")).await.expect(200);
    // The vendor names the address again, as it does with every provisioning.
    let body = json!({"administrators": [{"email": "ken@minato.example", "access": "full"}]});
    product.platform().put(&tenant.platform_path(), &body).await.expect(200);
    tenant.admin.delete(&tenant.at(&format!("/administrators/{id}"))).await.expect(204);
    for _ in 0..2 {
        ken.get(&tenant.at("")).await.expect(404);
        assert_eq!(ken.get("/v1/me").await.expect(200)["accounts"], json!([]));
    }
    let left = product.world.stored.json().await;
    assert!(!left.keys().any(|key| key.contains("INVITED#")), "no invitation is left");
    // An invitation that is withdrawn is gone too.
    let id = invite(&tenant, "ken@minato.example").await;
    tenant.admin.delete(&tenant.at(&format!("/administrators/{id}"))).await.expect(204);
    ken.get(&tenant.at("")).await.expect(404);
}

/// An old invitation is none, even where the table has not forgotten it yet.
#[apply(both_engines)]
async fn t03_an_old_invitation_is_none(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let tenant = product.register("misaki@minato.example", "みなとクラウド").await;
    invite(&tenant, "ken@minato.example").await;
    product.world.wait(TimeDelta::days(14));
    let kept = product.world.stored.json().await;
    assert!(kept.keys().any(|key| key.contains("INVITED#")), "TTL deletes late");
    let ken = product.person("ken@minato.example").await;
    ken.get(&tenant.at("")).await.expect(404);
    let list = tenant.admin.get(&tenant.at("/administrators")).await.expect(200);
    assert_eq!(column(&list, "/email"), ["misaki@minato.example"]);
}

/// Addresses that only look alike are nobody; those that differ in case are the same person.
#[apply(both_engines)]
async fn t03_look_alike_addresses_take_nothing(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let tenant = product.register("misaki@minato.example", "みなとクラウド").await;
    invite(&tenant, "KEN@Minato.Example").await;
    let alike = [
        "ken@minato.example ",
        " ken@minato.example",
        "ken@mınato.example",
        "kеn@minato.example",
        "ＫＥＮ@minato.example",
        "ken@minato。example",
        "ken@minato.example.",
        "ken+a@minato.example",
        "\u{212A}en@minato.example",
        "ken@minato.example\u{200B}",
    ];
    for (number, email) in alike.into_iter().enumerate() {
        let thief = product.claiming(email, |claims| {
            claims.insert("sub".into(), json!(format!("thief-{number}")));
        });
        thief.get(&tenant.at("")).await.expect(404);
        let refused = json!({"email": email.trim(), "access": "full"});
        if !email.trim().is_ascii() {
            let refused = tenant.admin.post(&tenant.at("/administrators"), &refused).await;
            assert_eq!(refused.status.as_u16(), 422, "{email}");
        }
    }
    let ken = product.claiming("Ken@MINATO.example", |_| {});
    ken.get(&tenant.at("")).await.expect(200);
}

/// Somebody who is demoted while his own request is on its way cannot use it to raise himself again.
#[apply(both_engines)]
async fn t04_who_was_demoted_meanwhile_does_not_raise_himself(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let tenant = product.register("misaki@minato.example", "みなとクラウド").await;
    let id = invite(&tenant, "ken@minato.example").await;
    let ken = product.person("ken@minato.example").await;
    ken.get(&tenant.at("")).await.expect(200);
    let path = tenant.at(&format!("/administrators/{id}"));
    // Given that he was let in with full access, and has not read himself yet.
    let mut held = product.world.database.faults.hold(Operation::Query);
    let demote = async {
        held.reached().await;
        let custom = json!({"access": "custom", "permissions": []});
        let demoted = tenant.admin.patch(&path, &custom).await;
        held.release();
        demoted
    };
    let full = json!({"access": "full"});
    let (raised, demoted) = join(ken.patch(&path, &full), demote).await;
    demoted.expect(200);
    assert_eq!((raised.status.as_u16(), raised.code()), (403, Some("permission-missing")));
    let one = tenant.admin.get(&path).await.expect(200);
    assert_eq!(one["access"], "custom");
}

/// All permissions at once raise nobody and invite nobody.
#[apply(both_engines)]
async fn t04_a_custom_administrator_cannot_raise_himself_or_invite_a_full_one(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let tenant = product.partner("misaki@minato.example", "みなとクラウド").await;
    let custom = product.custom(&tenant, "ken@minato.example", &PERMISSIONS).await;
    let list = tenant.admin.get(&tenant.at("/administrators")).await.expect(200);
    let ids = column(&list, "/adminId");
    let before = product.world.stored.json().await;
    let path = tenant.at("/administrators");
    let full = json!({"access": "full"});
    let mut refused = vec![
        custom.get(&path).await,
        custom.post(&path, &json!({"email": "eve@x.example", "access": "full"})).await,
        custom
            .post(&path, &json!({"email": "eve@x.example", "access": "custom", "permissions": []}))
            .await,
    ];
    for id in &ids {
        let one = format!("{path}/{}", id.as_str().expect("an id"));
        refused.push(custom.get(&one).await);
        refused.push(custom.patch(&one, &full).await);
    }
    for answer in refused {
        assert_eq!((answer.status.as_u16(), answer.code()), (403, Some("permission-missing")));
    }
    assert_eq!(product.world.stored.json().await, before);
    let me = custom.get("/v1/me").await.expect(200);
    assert_eq!(me["accounts"][0]["access"], "custom");
    assert_ne!(me["accounts"][0]["permissions"], Value::Null);
}
