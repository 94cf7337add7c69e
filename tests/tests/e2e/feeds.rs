//! Tickets and notifications of customers, by way of the table's stream: P17, P18.

use serde_json::{Value, json};
use tsunagu_tests::{
    laptop::Laptop,
    product::{Tenant, column},
};

async fn listed(tenant: &Tenant, path: &str, pointer: &str) -> Vec<Value> {
    let list = tenant.admin.get(&tenant.at(path)).await.expect(200);
    column(&list, pointer)
}

/// P17, P18: two partners of one customer.
pub(crate) async fn tickets_and_notifications(laptop: &Laptop) {
    let partner = laptop.partner("misaki@nagisa.example", "渚システム", "CSA").await;
    let other = laptop.partner("ken@misora.example", "みそらクラウド", "CSA").await;
    let customer = laptop.register("taro@yunagi.example", "夕凪工業").await;
    laptop.connect(&customer, &partner).await;
    laptop.connect(&customer, &other).await;
    ticket(laptop, &partner, &customer).await;
    notification(laptop, &partner, &other, &customer).await;
}

/// P17: the partner sees it and acts on it for the customer, who sees that it did.
async fn ticket(laptop: &Laptop, partner: &Tenant, customer: &Tenant) {
    let body = json!({
        "subject": "画面が固まる", "description": "十分ごとに固まります。", "severity": "critical",
    });
    let ticket = customer.admin.post(&customer.at("/tickets"), &body).await.expect(201);
    let id = ticket["ticketId"].as_str().expect("an id");
    laptop.copied().await;
    let found = listed(partner, "/customer-tickets?severity=critical", "/ticketId").await;
    assert_eq!(found, [json!(id)], "P17");
    let shown = partner.admin.get(&partner.customer(customer)).await.expect(200);
    assert_eq!(shown["summary"]["openTickets"], json!({"total": 1, "critical": 1}), "P3, P17");
    let theirs = format!("{}/tickets/{id}", partner.customer(customer));
    let said = json!({"body": "調べています。"});
    partner.admin.post(&format!("{theirs}/comments"), &said).await.expect(201);
    let change = json!({"severity": "high"});
    partner.admin.patch(&theirs, &change).await.expect(200);
    let path = format!("/tickets/{id}/comments");
    let authors = listed(customer, &path, "/author/partner/accountId").await;
    assert_eq!(authors, [json!(partner.id)], "P17");
    let own = customer.admin.get(&customer.at(&format!("/tickets/{id}"))).await.expect(200);
    assert_eq!(own["severity"], "high", "P17");
}

/// P18: dismissed by one partner, it is still there for the other one and for the customer.
async fn notification(laptop: &Laptop, partner: &Tenant, other: &Tenant, customer: &Tenant) {
    let body = json!({
        "severity": "error", "source": "connector", "code": "connector-unreachable",
        "title": {"ja": "到達できません", "en": "A connector is out of reach"},
        "message": {"ja": "応答がありません。", "en": "It does not answer."},
    });
    let path = format!("{}/notifications", customer.platform_path());
    let news = laptop.platform().await.post(&path, &body).await.expect(201);
    let id = news["notificationId"].as_str().expect("an id");
    laptop.copied().await;
    let mine = format!("/customer-notifications?severity=error&customer={}", customer.id);
    for one in [partner, other] {
        assert_eq!(listed(one, &mine, "/notificationId").await, [json!(id)], "P18");
    }
    let dismiss = partner.at(&format!("/customer-notifications/{id}/dismiss"));
    partner.admin.post(&dismiss, &json!({})).await.expect(204);
    assert_eq!(listed(partner, &mine, "/notificationId").await, [] as [Value; 0], "P18");
    assert_eq!(listed(other, &mine, "/notificationId").await, [json!(id)], "P18");
    let own =
        listed(customer, "/notifications?code=connector-unreachable", "/notificationId").await;
    assert_eq!(own, [json!(id)], "P18");
}
