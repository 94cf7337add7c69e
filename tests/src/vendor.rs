//! What the vendor's machines say of licences, and how they are read: the language of the journeys
//! through licences.

use serde_json::{Value, json};

use crate::{
    Response,
    product::{Person, Product, Tenant},
};

impl Product {
    /// Somebody registers an account in a time zone.
    pub async fn register_in(&self, email: &str, name: &str, zone: &str) -> Tenant {
        self.tick();
        let admin = self.person(email).await;
        let body = json!({"displayName": name, "country": "JP", "timeZone": zone});
        let account = admin.post("/v1/accounts", &body).await.expect(201);
        let text = |field: &str| account[field].as_str().expect("the contract has it").to_owned();
        Tenant { id: text("accountId"), org: text("orgId"), email: email.to_owned(), admin }
    }

    /// The vendor has a service in its catalogue, of a model.
    pub async fn offer(&self, service: &str, model: &str) {
        let name = json!({"ja": format!("サービス {service}"), "en": format!("Service {service}")});
        self.offer_as(service, &json!({"name": name, "model": model})).await;
    }

    /// The vendor has a service in its catalogue, as it says.
    pub async fn offer_as(&self, service: &str, said: &Value) {
        let answer = self.platform().put(&format!("/v1/platform/services/{service}"), said).await;
        assert!(answer.status.is_success(), "{}", answer.json);
    }

    /// The vendor states an entitlement.
    pub async fn entitle(&self, tenant: &Tenant, id: &str, said: &Value) -> Value {
        let path = format!("{}/entitlements/{id}", tenant.platform_path());
        let answer = self.platform().put(&path, said).await;
        assert!(answer.status.is_success(), "{}", answer.json);
        answer.json
    }

    /// The vendor's services report usage; all of it is taken.
    pub async fn report(&self, events: &[Value]) {
        let taken = self.send_usage(events).await.expect(200);
        assert_eq!(taken, json!({"accepted": events.len(), "rejected": []}));
    }

    /// The vendor's services report usage, whatever comes of it.
    pub async fn send_usage(&self, events: &[Value]) -> Response {
        let body = json!({ "events": events });
        self.platform().post("/v1/platform/usage-events", &body).await
    }

    /// The clock shows this instant.
    pub fn set_clock(&self, at: &str) {
        self.world.clock.set(at.parse().expect("an instant"));
    }
}

/// Something bought from 2026 on, for ever.
pub fn bought(service: &str, quantity: impl Into<Value>) -> Value {
    entitlement("purchased", service, quantity, None)
}

/// Something bought from 2026 on, up to a day.
pub fn bought_until(service: &str, quantity: impl Into<Value>, ends_on: &str) -> Value {
    entitlement("purchased", service, quantity, Some(ends_on))
}

/// A trial from 2026 on, up to a day, as the vendor gives it unasked.
pub fn tried_until(service: &str, quantity: impl Into<Value>, ends_on: &str) -> Value {
    entitlement("trial", service, quantity, Some(ends_on))
}

fn entitlement(
    kind: &str,
    service: &str,
    quantity: impl Into<Value>,
    ends_on: Option<&str>,
) -> Value {
    let quantity: Value = quantity.into();
    json!({
        "service": service, "kind": kind, "quantity": quantity, "startsOn": "2026-01-01",
        "endsOn": ends_on, "autoRenew": false,
    })
}

/// That a user was active on a day, at noon in Tokyo.
pub fn used(tenant: &Tenant, service: &str, user: &str, day: &str) -> Value {
    json!({
        "id": "e", "accountId": tenant.id, "service": service, "userId": user,
        "occurredAt": format!("{day}T03:00:00Z"),
    })
}

/// The same on a device.
pub fn used_on(tenant: &Tenant, service: &str, user: &str, device: &str, day: &str) -> Value {
    let mut event = used(tenant, service, user, day);
    event["deviceId"] = json!(device);
    event
}

/// The licences of a service, of an account as somebody sees it; `null` where it is not listed.
pub async fn license(who: &Person, base: &str, service: &str) -> Value {
    let licenses = who.get(&format!("{base}/licenses")).await.expect(200);
    item(&licenses, "service", service)
}

/// The item of a list whose field has a value; `null` where there is none.
pub fn item(list: &Value, field: &str, value: &str) -> Value {
    let items = list["items"].as_array().expect("a list has items");
    items.iter().find(|item| item[field] == value).cloned().unwrap_or_default()
}

/// The fields of an object that are named, in that order.
pub fn fields<const N: usize>(of: &Value, names: [&str; N]) -> [Value; N] {
    names.map(|name| of[name].clone())
}

/// The points of a service's trend.
pub async fn points(who: &Person, base: &str, service: &str, query: &str) -> Vec<Value> {
    let path = format!("{base}/licenses/{service}/trends{query}");
    let trend = who.get(&path).await.expect(200);
    trend["points"].as_array().expect("points").clone()
}

/// The text of a file.
pub fn text(file: &Response) -> String {
    assert_eq!(file.status.as_u16(), 200, "{}", file.json);
    String::from_utf8(file.body.to_vec()).expect("UTF-8")
}
