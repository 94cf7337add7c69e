//! An account's own notifications: filtered, dismissed, forgotten after 90 days.

use chrono::TimeDelta;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    product::{Product, Tenant, column},
};

/// A partner with so many notices, newest first by their ids.
async fn with_notices(product: &Product, count: usize) -> (Tenant, Vec<String>) {
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    for number in 0..count {
        let email = format!("a@customer{number}.example");
        let customer = product.register(&email, &format!("Customer {number}")).await;
        product.connect(&customer, &partner).await;
    }
    let ids = ids(&partner, "").await;
    assert_eq!(ids.len(), count);
    (partner, ids)
}

async fn ids(tenant: &Tenant, query: &str) -> Vec<String> {
    let path = tenant.at(&format!("/notifications{query}"));
    let list = tenant.admin.get(&path).await.expect(200);
    let text = |id: &Value| id.as_str().expect("an id").to_owned();
    column(&list, "/notificationId").iter().map(text).collect()
}

async fn dismiss(tenant: &Tenant, body: &Value) -> u16 {
    tenant.admin.post(&tenant.at("/notifications/dismiss"), body).await.status.as_u16()
}

#[apply(both_engines)]
async fn one_is_dismissed_and_stays_in_the_full_list_with_its_date(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let (partner, all) = with_notices(&product, 3).await;
    let path = partner.at(&format!("/notifications/{}/dismiss", all[1]));
    product.tick();
    let dismissed_at = product.world.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let answer = partner.admin.post(&path, &json!({})).await;
    assert!(answer.status.is_success(), "{}", answer.json);
    assert_eq!(ids(&partner, "").await, [all[0].clone(), all[2].clone()]);
    assert_eq!(ids(&partner, "?dismissed=true").await, [all[1].clone()]);
    assert_eq!(ids(&partner, "?dismissed=all").await, all);
    product.tick();
    assert!(partner.admin.post(&path, &json!({})).await.status.is_success(), "again is the same");
    let list = partner.admin.get(&partner.at("/notifications?dismissed=true")).await.expect(200);
    assert_eq!(column(&list, "/dismissedAt"), [dismissed_at.as_str()], "the first time counts");
    let unknown = partner.at("/notifications/ntf_01JD3Z8Q4V9X7M2N5P6R8S0T1W/dismiss");
    partner.admin.post(&unknown, &json!({})).await.expect(404);
}

#[apply(both_engines)]
async fn several_are_dismissed_together_or_none(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let (partner, all) = with_notices(&product, 4).await;
    let unknown = "ntf_01JD3Z8Q4V9X7M2N5P6R8S0T1W";
    let path = partner.at("/notifications/dismiss");
    let body = json!({"ids": [all[0], unknown, all[1]]});
    let refused = partner.admin.post(&path, &body).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (422, Some("validation-failed")));
    let pointers = column(&json!({"items": refused.json["errors"]}), "/pointer");
    assert_eq!(pointers, ["/ids/1"]);
    assert_eq!(ids(&partner, "").await, all, "nothing was dismissed");

    assert!((200..300).contains(&dismiss(&partner, &json!({"ids": [all[0], all[2]]})).await));
    assert_eq!(ids(&partner, "").await, [all[1].clone(), all[3].clone()]);
}

/// All up to one: what came later stays, and what comes afterwards is shown.
#[apply(both_engines)]
async fn all_up_to_one_leaves_what_came_later(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let (partner, all) = with_notices(&product, 4).await;
    assert!((200..300).contains(&dismiss(&partner, &json!({"all": true, "upTo": all[1]})).await));
    assert_eq!(ids(&partner, "").await, [all[0].clone()]);
    assert_eq!(ids(&partner, "?dismissed=true").await, all[1..]);
    assert_eq!(ids(&partner, "?dismissed=all").await, all);
    // An older mark takes nothing back.
    assert!((200..300).contains(&dismiss(&partner, &json!({"all": true, "upTo": all[3]})).await));
    assert_eq!(ids(&partner, "").await, [all[0].clone()]);
    let newcomer = product.register("new@comer.example", "Newcomer").await;
    product.connect(&newcomer, &partner).await;
    let now = ids(&partner, "").await;
    assert_eq!((now.len(), &now[1]), (2, &all[0]));
}

#[apply(both_engines)]
async fn a_dismissal_that_says_nothing_or_too_much_is_refused(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let (partner, all) = with_notices(&product, 1).await;
    let many: Vec<_> = (0..91).map(|_| all[0].clone()).collect();
    for body in [
        json!({}),
        json!({"all": true}),
        json!({"all": false, "upTo": all[0]}),
        json!({"upTo": all[0]}),
        json!({"ids": []}),
        json!({"ids": many}),
        json!({"ids": [all[0], all[0]]}),
        json!({"ids": [all[0]], "all": true, "upTo": all[0]}),
        json!({"all": true, "upTo": "ntf_01JD3Z8Q4V9X7M2N5P6R8S0T1W"}),
        json!({"ids": ["nonsense"]}),
    ] {
        assert_eq!(dismiss(&partner, &body).await, 422, "{body}");
    }
    assert_eq!(ids(&partner, "").await, all);
}

#[apply(both_engines)]
async fn a_list_is_filtered_by_code_and_forgets_after_90_days(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &partner).await;
    product.tick();
    customer.admin.delete(&customer.partner(&partner)).await.expect(204);
    assert_eq!(ids(&partner, "?code=connection-created").await.len(), 1);
    assert_eq!(ids(&partner, "?code=connection-ended-by-customer").await.len(), 1);
    assert_eq!(ids(&partner, "?code=trial-approved").await.len(), 0);
    let all = ids(&partner, "").await;

    product.world.wait(TimeDelta::days(90) - TimeDelta::milliseconds(500));
    assert_eq!(ids(&partner, "").await, all[..1], "the older one has gone");
    product.tick();
    assert_eq!(ids(&partner, "?dismissed=all").await, [] as [String; 0]);
    let path = partner.at(&format!("/notifications/{}/dismiss", all[0]));
    partner.admin.post(&path, &json!({})).await.expect(404);
}

#[apply(both_engines)]
async fn seeing_and_dismissing_are_two_permissions(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let (partner, all) = with_notices(&product, 1).await;
    let viewer = product.custom(&partner, "v@minato.example", &["notifications.view"]).await;
    let path = partner.at("/notifications");
    let one = partner.at(&format!("/notifications/{}/dismiss", all[0]));
    viewer.get(&path).await.expect(200);
    let refused = viewer.post(&one, &json!({})).await;
    assert_eq!(refused.json["permission"], "notifications.dismiss");
    let dismisser = product.custom(&partner, "d@minato.example", &["notifications.dismiss"]).await;
    assert_eq!(dismisser.get(&path).await.json["permission"], "notifications.view");
    assert!(dismisser.post(&one, &json!({})).await.status.is_success());
    assert_eq!(ids(&partner, "").await, [] as [String; 0]);
}
