//! A small world in which there is something of everything.

use serde_json::{Value, json};
use tsunagu_domain::{
    federation::workspace::DomainOf,
    ids::{OrgId, WorkspaceId},
    notification::Severity,
};
use tsunagu_store::{
    items::{Grant, SessionItem},
    keys,
};
use tsunagu_tests::{
    Engine,
    feeds::Fed,
    product::{Tenant, column},
    seed::attributes,
    stored::Contents,
};

use crate::edit::{at, place_item, put};

/// Who is in it.
pub(crate) struct Scene {
    fed: Fed,
    partner: Tenant,
    sakura: Tenant,
    aozora: Tenant,
    ume: Tenant,
}

/// The table once everything pending was run; `None` where the engine is left out.
pub(crate) async fn world(engine: Engine) -> Option<Contents> {
    let mut scene = Scene::open(engine).await?;
    scene.offer().await;
    scene.connect().await;
    scene.buy().await;
    scene.tell().await;
    scene.federate().await;
    scene.end().await;
    scene.settle().await;
    let mut contents = scene.fed.product.world.stored.contents().await;
    sign_in(&mut contents);
    Some(contents)
}

impl Scene {
    async fn open(engine: Engine) -> Option<Self> {
        let fed = Fed::open(engine).await?;
        let product = &fed.product;
        let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
        let sakura = product.register("taro@sakura.example", "さくら商事").await;
        let aozora = product.register("hana@aozora.example", "青空工業").await;
        let ume = product.register("jiro@ume.example", "梅商店").await;
        Some(Self { fed, partner, sakura, aozora, ume })
    }

    async fn offer(&self) {
        for (service, model) in [("daas", "user-device"), ("mail", "user")] {
            let body = json!({"name": {"ja": service, "en": service}, "model": model});
            let path = format!("/v1/platform/services/{service}");
            self.fed.product.platform().put(&path, &body).await.expect(201);
        }
    }

    /// Two are connected, one of them for the second time, and one was.
    async fn connect(&self) {
        let product = &self.fed.product;
        for customer in [&self.sakura, &self.aozora, &self.ume] {
            product.connect(customer, &self.partner).await;
        }
        product.tick();
        self.sakura.admin.delete(&self.sakura.partner(&self.partner)).await.expect(204);
        product.connect(&self.sakura, &self.partner).await;
        product.tick();
        let note = json!({"note": "九月に訪問", "reference": "A-1"});
        self.partner.admin.patch(&self.partner.customer(&self.sakura), &note).await.expect(200);
        let shares = json!({"shares": ["account", "tickets", "notifications", "federation"]});
        self.aozora.admin.patch(&self.aozora.partner(&self.partner), &shares).await.expect(200);
    }

    async fn buy(&self) {
        let (platform, sakura) = (self.fed.product.platform(), &self.sakura);
        let terms = json!({
            "service": "daas", "kind": "purchased", "quantity": 10, "startsOn": "2026-01-01",
            "endsOn": "2026-12-31", "autoRenew": false, "orderId": "SO-1",
        });
        let path = sakura.platform_path();
        platform.put(&format!("{path}/entitlements/EN-1"), &terms).await.expect(201);
        let line = json!({
            "service": "daas", "quantity": 10, "unit": "user", "startsOn": "2026-01-01",
            "endsOn": "2026-12-31",
        });
        let order = json!({"orderedOn": "2026-01-01", "purchaseOrder": "42", "lines": [line]});
        platform.put(&format!("{path}/orders/SO-1"), &order).await.expect(201);
        let trial = json!({"service": "mail"});
        let asked = sakura.admin.post(&sakura.at("/trials"), &trial).await.expect(201);
        let id = asked["entitlementId"].as_str().expect("an id");
        let grant = json!({"quantity": 5, "startsOn": "2026-03-01", "endsOn": "2026-03-31"});
        platform.post(&format!("{path}/trials/{id}/approve"), &grant).await.expect(200);
        sakura.admin.post(&sakura.at("/trials"), &json!({"service": "daas"})).await.expect(201);
        let event = |user: u32| {
            json!({
                "id": format!("e-{user}"), "accountId": sakura.id, "service": "daas",
                "userId": format!("user-{user}"), "deviceId": "device-1",
                "occurredAt": "2026-03-01T03:00:00Z",
            })
        };
        let events: Vec<_> = (1..=3).map(event).collect();
        let taken = platform.post("/v1/platform/usage-events", &json!({"events": events})).await;
        assert_eq!(taken.expect(200)["accepted"], 3);
    }

    /// Notifications, of which the partner dismisses some in every way, and tickets.
    async fn tell(&mut self) {
        for (code, severity) in [("one", Severity::Error), ("two", Severity::Warning)] {
            for customer in [&self.ume, &self.sakura, &self.aozora] {
                self.publish(customer, code, severity).await;
            }
        }
        self.fed.drain().await;
        let path = self.partner.at("/customer-notifications");
        let listed = self.partner.admin.get(&path).await.expect(200);
        let dismiss = format!("{path}/dismiss");
        let all = json!({"all": true, "upTo": column(&listed, "/notificationId")[2]});
        self.partner.admin.post(&dismiss, &all).await.expect(204);
        self.publish(&self.sakura, "three", Severity::Information).await;
        self.publish(&self.sakura, "four", Severity::Information).await;
        self.fed.drain().await;
        let listed = self.partner.admin.get(&path).await.expect(200);
        let last = json!({"ids": [column(&listed, "/notificationId")[0]]});
        self.partner.admin.post(&dismiss, &last).await.expect(204);
        let path = format!("{path}?customer={}", self.aozora.id);
        let listed = self.partner.admin.get(&path).await.expect(200);
        let up_to = &column(&listed, "/notificationId")[0];
        let all = json!({"all": true, "upTo": up_to, "customer": self.aozora.id});
        self.partner.admin.post(&dismiss, &all).await.expect(204);
        self.ticket("開かない", "critical").await;
        let done = self.ticket("遅い", "low").await;
        let path = self.sakura.at(&format!("/tickets/{done}"));
        self.fed.product.tick();
        self.sakura.admin.patch(&path, &json!({"status": "closed"})).await.expect(200);
    }

    async fn publish(&self, to: &Tenant, code: &str, severity: Severity) {
        self.fed.product.tick();
        let text = json!({"ja": code, "en": code});
        let body = json!({
            "severity": severity.to_string(), "source": "platform", "code": code,
            "title": text, "message": text,
        });
        let path = format!("{}/notifications", to.platform_path());
        self.fed.product.platform().post(&path, &body).await.expect(201);
    }

    /// One that was opened by its account, and commented on by both.
    async fn ticket(&self, subject: &str, severity: &str) -> String {
        let (sakura, partner) = (&self.sakura, &self.partner);
        self.fed.product.tick();
        let body = json!({"subject": subject, "description": "…", "severity": severity});
        let opening = sakura.admin.with("idempotency-key", severity);
        let opened = opening.post(&sakura.at("/tickets"), &body).await.expect(201);
        let id = opened["ticketId"].as_str().expect("an id").to_owned();
        self.fed.product.tick();
        let said = json!({"body": "調べます。"});
        let path = format!("{}/tickets/{id}/comments", partner.customer(sakura));
        partner.admin.post(&path, &said).await.expect(201);
        self.fed.product.tick();
        let said = json!({"body": "内輪の話。", "visibility": "account"});
        let path = sakura.at(&format!("/tickets/{id}/comments"));
        sakura.admin.post(&path, &said).await.expect(201);
        id
    }

    async fn federate(&self) {
        let (partner, aozora) = (&self.partner, &self.aozora);
        let name = json!({"name": "大阪"});
        let made = partner.admin.post(&partner.at("/resource-locations"), &name).await;
        let location = made.expect(201)["resourceLocationId"].clone();
        let directory = json!({
            "kind": "ldap", "url": "ldaps://ldap.example.com", "baseDn": "dc=example,dc=com",
            "bind": "search", "bindDn": "cn=reader,dc=example,dc=com", "bindPassword": "swordfish",
        });
        let body = json!({
            "name": "corp.example.com", "resourceLocationId": location, "directory": directory,
        });
        let made = partner.admin.post(&partner.at("/domains"), &body).await.expect(201);
        let domain = made["domainId"].as_str().expect("an id").to_owned();
        let path = partner.at(&format!("/domains/{domain}/customers/{}", aozora.id));
        partner.admin.put(&path, &json!({"members": null})).await.expect(201);
        for (who, host, kind) in
            [(aozora, "aozora-desktops", "dedicated"), (partner, "minato-desktops", "shared")]
        {
            let body = json!({
                "kind": kind, "displayName": "Desktops", "domains": [domain], "enabled": true,
            });
            let path = who.at(&format!("/workspaces/{host}"));
            who.admin.put(&path, &body).await.expect(201);
        }
        let app = json!({
            "name": "会計", "kind": "app", "service": "mail", "resourceLocationId": location,
            "launchUrl": "https://apps.example.com/open",
        });
        let made = partner.admin.post(&partner.at("/resources"), &app).await.expect(201);
        let app: Value = json!({"resourceIds": [made["resourceId"]]});
        let path = format!("{}/resources", partner.customer(aozora));
        let set = partner.admin.put(&path, &app).await;
        assert!(set.status.is_success(), "{}", set.json);
    }

    async fn end(&self) {
        self.fed.product.tick();
        let path = format!("{}?block=true", self.partner.customer(&self.ume));
        self.partner.admin.delete(&path).await.expect(204);
    }

    async fn settle(&mut self) {
        self.fed.drain().await;
        self.fed.product.aggregate().await;
        self.fed.drain().await;
        self.fed.product.aggregate().await;
    }
}

/// Somebody is signed in at the workspace: a session, at the places where it is found.
fn sign_in(contents: &mut Contents) {
    let entry = contents.of_kind::<tsunagu_store::items::FederatedCustomerItem>("A#");
    let entry = entry.first().expect("a customer of the domain");
    let domain = contents.of_kind::<tsunagu_store::items::DomainItem>("A#");
    let domain = domain.first().expect("a domain");
    let now = entry.added_at;
    let session = SessionItem {
        digest: "digest".to_owned(),
        host: "aozora-desktops".parse().expect("a host"),
        workspace_id: WorkspaceId::mint(now),
        domain: DomainOf { provider: entry.provider, domain_id: entry.domain_id },
        directory_rev: 0,
        domain_name: domain.name.clone(),
        provider_org: OrgId::mint(now),
        user: "hanako".parse().expect("a name"),
        user_id: "hanako".parse().expect("an id"),
        grants: vec![Grant {
            customer: entry.customer,
            federation_id: entry.federation_id,
            episode: entry.episode,
            withdrawn: 0,
        }],
        after: None,
        began_at: now,
        used_at: now,
        ends_at: now,
    };
    let user = keys::domain_user(entry.domain_id, &session.user);
    for partition in
        [keys::sessions_of_domain(entry.domain_id), keys::sessions_of_customer(entry.customer)]
    {
        let key = keys::session_place(partition, &user, &session.digest);
        put(contents, place_item(&key, entry.provider, now));
    }
    put(contents, attributes(&session));
    assert!(at(contents, "session", |_| true).is_some());
}
