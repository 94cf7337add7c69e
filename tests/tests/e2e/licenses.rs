//! What was bought, tried and used, as a partner sees it and as it does not: P10 to P13, P16.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tsunagu_tests::{
    laptop::{Laptop, in_days, now, text},
    product::{Tenant, column},
};

/// What all names of users begin with: nobody but the customer ever reads it.
pub(crate) const USER: &str = "e2e-person";

/// P10 to P13, P16.
pub(crate) async fn bought_tried_used_and_seen(laptop: &Laptop) {
    let partner = laptop.partner("misaki@hikari.example", "光クラウド", "CSA").await;
    let customer = laptop.register("taro@aozora.example", "青空商事").await;
    laptop.connect(&customer, &partner).await;
    laptop.offer("daas").await;
    laptop.offer("mail").await;
    bought(laptop, &customer).await;
    tried(laptop, &customer).await;
    used(laptop, &customer).await;
    let told = seen_by_the_partner(&partner, &customer).await;
    assert!(!told.contains(USER), "P13: {told}");
    individuals_are_the_customers_alone(&partner, &customer).await;
    reads_are_counted(laptop, &partner, &customer).await;
}

async fn bought(laptop: &Laptop, customer: &Tenant) {
    let platform = laptop.platform().await;
    let (from, to) = (in_days(-60), in_days(300));
    let line = json!({
        "service": "daas", "quantity": 10, "unit": "ユーザー", "startsOn": from, "endsOn": to,
    });
    let order = json!({"orderedOn": from, "purchaseOrder": "注文 42", "lines": [line]});
    let path = format!("{}/orders/SO-1", customer.platform_path());
    platform.put(&path, &order).await.expect(201);
    let entitlement = json!({
        "service": "daas", "kind": "purchased", "quantity": 10, "startsOn": from, "endsOn": to,
        "autoRenew": false, "orderId": "SO-1",
    });
    let path = format!("{}/entitlements/EN-1", customer.platform_path());
    platform.put(&path, &entitlement).await.expect(201);
}

/// One trial that is over, one that is granted, one that is asked for.
async fn tried(laptop: &Laptop, customer: &Tenant) {
    let platform = laptop.platform().await;
    let over = json!({
        "service": "mail", "kind": "trial", "quantity": 3, "startsOn": in_days(-60),
        "endsOn": in_days(-30), "autoRenew": false,
    });
    let path = format!("{}/entitlements/EN-2", customer.platform_path());
    platform.put(&path, &over).await.expect(201);
    let asked = customer.at("/trials");
    let trial = customer.admin.post(&asked, &json!({"service": "mail"})).await.expect(201);
    let id = trial["entitlementId"].as_str().expect("an id");
    let grant = json!({"quantity": 5, "startsOn": in_days(-1), "endsOn": in_days(29)});
    let path = format!("{}/trials/{id}/approve", customer.platform_path());
    platform.post(&path, &grant).await.expect(200);
    customer.admin.post(&asked, &json!({"service": "daas"})).await.expect(201);
}

async fn used(laptop: &Laptop, customer: &Tenant) {
    let event = |user: i64| {
        json!({
            "id": format!("e-{user}"), "accountId": customer.id, "service": "daas",
            "userId": format!("{USER}-{user}"),
            "occurredAt": text(now() - TimeDelta::minutes(user)),
        })
    };
    let events: Vec<_> = (1..=3).map(event).collect();
    let path = "/v1/platform/usage-events";
    let body = json!({ "events": events });
    let taken = laptop.platform().await.post(path, &body).await.expect(200);
    assert_eq!(taken["accepted"], 3, "{taken}");
    let again = laptop.platform().await.post(path, &body).await.expect(200);
    assert_eq!(again["accepted"], 3, "{again}");
    for _ in 0..20 {
        // The schedule's own run may be at it, and what is claimed is left to it.
        laptop.aggregate().await;
        let shown = customer.admin.get(&customer.at("/licenses")).await.expect(200);
        if column(&shown, "/assigned").contains(&json!(3)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    panic!("usage was not counted");
}

/// All that the partner reads of it, as one text.
async fn seen_by_the_partner(partner: &Tenant, customer: &Tenant) -> String {
    let base = partner.customer(customer);
    let mut told = String::new();
    let mut get = async |path: &str| {
        let answer = partner.admin.get(path).await.expect(200);
        told.push_str(&answer.to_string());
        answer
    };
    let shown = get(&base).await;
    assert_eq!(shown["account"]["country"], "JP", "P10");
    assert_eq!(shown["customer"]["displayName"], "青空商事", "P10");
    let orders = get(&format!("{base}/orders")).await;
    assert_eq!(column(&orders, "/orderId"), ["SO-1"], "P10");
    let bought = get(&format!("{base}/entitlements?kind=purchased")).await;
    assert_eq!(column(&bought, "/state"), ["active"], "P16");
    assert_eq!(column(&bought, "/quantity"), [10], "P10");
    assert_eq!(column(&bought, "/endsOn"), [json!(in_days(300))], "P10");
    let trials = get(&format!("{base}/entitlements?kind=trial")).await;
    let mut states = column(&trials, "/state");
    states.sort_by_key(Value::to_string);
    assert_eq!(states, ["active", "expired", "pending"], "P16");
    let licenses = get(&format!("{base}/licenses")).await;
    let items = licenses["items"].as_array().expect("a list");
    let daas = items.iter().find(|item| item["service"] == "daas").expect("P11: it is there");
    assert_eq!((&daas["purchased"], &daas["assigned"]), (&json!(10), &json!(3)), "P11");
    assert_eq!(daas["available"], 7, "P11");
    let trends = get(&format!("{base}/licenses/daas/trends?interval=month")).await;
    let last = trends["points"].as_array().and_then(|points| points.last()).expect("points");
    assert_eq!((&last["purchased"], &last["assigned"]), (&json!(10), &json!(3)), "P12");
    get(&partner.at("/overview")).await;
    get(&partner.at("/customer-licenses")).await;
    let path = format!("{base}/licenses/daas/trends?format=csv");
    let file = partner.admin.reading("ja").get(&path).await;
    assert_eq!(file.status.as_u16(), 200, "P12");
    let kind = file.header("content-type").unwrap_or_default();
    assert!(kind.starts_with("text/csv"), "P12: {kind}");
    let body = String::from_utf8(file.body.to_vec()).expect("P12: text");
    assert!(body.starts_with('\u{feff}') && body.lines().count() > 2, "P12: {body}");
    told + &body
}

/// P13: who they are is the customer's to see.
async fn individuals_are_the_customers_alone(partner: &Tenant, customer: &Tenant) {
    let own = customer.admin.get(&customer.at("/licenses/daas/users")).await.expect(200);
    let mut users = column(&own, "/userId");
    users.sort_by_key(Value::to_string);
    let expected = [1, 2, 3].map(|user| format!("{USER}-{user}"));
    assert_eq!(users, expected);
    let path = format!("{}/licenses/daas/users", partner.customer(customer));
    let never = partner.admin.get(&path).await;
    assert_eq!((never.status.as_u16(), never.code()), (404, Some("not-found")), "P13");
}

/// The log's lines reach `read-audit`, and from there the customer's trail.
async fn reads_are_counted(laptop: &Laptop, partner: &Tenant, customer: &Tenant) {
    for _ in 0..40 {
        laptop.nobody().post("/dev/invoke/read-audit", &json!({})).await.expect(200);
        let path = customer.at("/audit?action=customer-read&limit=100");
        let trail = customer.admin.get(&path).await.expect(200);
        if column(&trail, "/target/id").contains(&json!("orders")) {
            assert!(column(&trail, "/actor/accountId").contains(&json!(partner.id)));
            return;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    panic!("what the partner read was not counted");
}
