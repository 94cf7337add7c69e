//! T12: stale reads after a revocation.

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;
use tsunagu_domain::notification::Severity;
use tsunagu_tests::{
    Engine, both_engines,
    feeds::{Fed, Told},
    product::Product,
    record::{Call, Operation},
};

/// Whatever decides on access insists on what is true now; no local engine would show that it does
/// not, so it is asserted on what was sent.
#[apply(both_engines)]
async fn t12_every_read_that_decides_insists_on_what_is_true_now(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &partner).await;
    let record = &product.world.database.record;
    for path in [
        partner.at("/customers"),
        partner.at("/customers?sort=name"),
        partner.customer(&customer),
        partner.at("/connections"),
        partner.at("/notifications"),
        partner.at("/administrators"),
        partner.at("/blocked-customers"),
        "/v1/me".to_owned(),
    ] {
        record.clear();
        partner.admin.get(&path).await.expect(200);
        let calls = record.calls();
        assert!(calls.iter().any(|call| Operation::READS.contains(&call.operation)), "{path}");
        let stale: Vec<_> = calls.iter().filter(|call| call.is_stale_read()).collect();
        assert!(stale.is_empty(), "{path}: {stale:?}");
    }
    // The permission check is one round trip where the environment knows the account's ORGID.
    record.clear();
    partner.admin.get(&partner.customer(&customer)).await.expect(200);
    let is_batch = |call: &Call| call.operation == Operation::BatchGetItem;
    let checks = record.calls().into_iter().filter(is_batch).count();
    assert!((1..=2).contains(&checks), "{checks} batches");
}

/// What an index found a moment ago is read again before it is told: a removed administrator has no
/// account in the very next answer.
#[apply(both_engines)]
async fn t12_what_an_index_found_is_read_again(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let tenant = product.register("misaki@minato.example", "みなとクラウド").await;
    let ken = product.custom(&tenant, "ken@minato.example", &["audit.view"]).await;
    let list = tenant.admin.get(&tenant.at("/administrators")).await.expect(200);
    let mut all = list["items"].as_array().expect("items").iter();
    let ken_there = all.find(|one| one["email"] == "ken@minato.example").expect("Ken");
    let id = ken_there["adminId"].as_str().expect("an id");
    let path = tenant.at(&format!("/administrators/{id}"));
    tenant.admin.delete(&path).await.expect(204);
    assert_eq!(ken.get("/v1/me").await.expect(200)["accounts"], json!([]));
    let platform = product.platform();
    let path = format!("/v1/platform/accounts?orgId={}", tenant.org);
    product.world.database.record.clear();
    let found = platform.get(&path).await.expect(200);
    assert_eq!(found["items"][0]["accountId"], tenant.id.as_str());
    let calls = product.world.database.record.calls();
    let by_index = calls.iter().any(|call| call.input.get("IndexName").is_some());
    assert!(by_index, "it is found by the index");
    assert!(calls.iter().any(|call| call.operation == Operation::BatchGetItem), "and read again");
}

/// Feeds are found by an index: with whom one is connected, and what is shared and dismissed, is read
/// from the table, of all that is told.
#[apply(both_engines)]
async fn t12_what_a_feed_shows_is_decided_by_the_table(engine: Engine) {
    let Some(mut fed) = Fed::open(engine).await else { return };
    let partner = fed.product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = fed.product.register("taro@sakura.example", "さくら商事").await;
    fed.product.connect(&customer, &partner).await;
    let ticket = json!({"subject": "Slow", "description": "Slow", "severity": "high"});
    let ticket = customer.admin.post(&customer.at("/tickets"), &ticket).await.expect(201);
    let ticket = ticket["ticketId"].as_str().expect("an id");
    let mut told = Vec::new();
    for _ in 0..3 {
        told.push(fed.tell(&customer, Told::shared("news", Severity::Warning)).await);
    }
    fed.drain().await;
    let record = &fed.product.world.database.record;
    let connection = format!("CUST#{}", customer.id);
    let feed = partner.at("/customer-notifications");
    let one = format!("{}/tickets/{ticket}", partner.customer(&customer));
    for path in [
        feed.clone(),
        format!("{feed}?customer={}", customer.id),
        partner.at("/customer-tickets"),
        partner.at(&format!("/customer-tickets?customer={}", customer.id)),
        format!("{one}/comments"),
        one,
    ] {
        record.clear();
        partner.admin.get(&path).await.expect(200);
        let stale = record.stale_reads();
        assert!(stale.is_empty(), "{path}: {stale:?}");
        let read = |call: &Call| {
            call.operation == Operation::BatchGetItem
                && call.input.to_string().contains(&connection)
        };
        assert!(record.calls().iter().any(read), "{path}: the connection is read");
    }
    for body in [
        json!({"ids": [told[2]]}),
        json!({"all": true, "upTo": told[0], "customer": customer.id}),
        json!({"all": true, "upTo": told[1]}),
    ] {
        record.clear();
        partner.admin.post(&format!("{feed}/dismiss"), &body).await.expect(204);
        let stale = record.stale_reads();
        assert!(stale.is_empty(), "{body}: {stale:?}");
    }
    // And so is what the function of the stream decides by.
    record.clear();
    customer.admin.delete(&customer.partner(&partner)).await.expect(204);
    fed.drain().await;
    fed.product.connect(&customer, &partner).await;
    fed.drain().await;
    let stale = fed.product.world.database.record.stale_reads();
    assert!(stale.is_empty(), "{stale:?}");
}
