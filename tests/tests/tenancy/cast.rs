//! Everybody whom the matrix needs: one account that is partner and customer at once, and on either
//! side of it one account in each state.

use http::Method;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, Response,
    product::{PERMISSIONS, Person, Product, Tenant, column},
};

use crate::{
    callers::Kind,
    rows::{Body, Demand, Other, Right, Row},
};

/// The accounts of one side of the acting account, by what stands between them.
pub(crate) struct Side {
    active: Tenant,
    ended: Tenant,
    narrowed: Tenant,
    suspended: Tenant,
}

/// Everybody.
pub(crate) struct Cast {
    pub(crate) product: Product,
    /// The account that acts: a badged partner, and a customer too.
    pub(crate) acting: Tenant,
    customers: Side,
    partners: Side,
    stranger: Tenant,
    other_partner: Tenant,
    blocked: std::cell::RefCell<Vec<Tenant>>,
    token: String,
    notification: String,
    administrator: String,
    user: String,
    device: String,
    ticket: String,
    customers_ticket: String,
}

impl Cast {
    pub(crate) async fn open(engine: Engine) -> Option<Self> {
        let product = Product::open(engine).await?;
        let acting = product.partner("full@acting.example", "みなとクラウド").await;
        let customers = side(&product, &acting, "customer", false).await;
        let partners = side(&product, &acting, "partner", true).await;
        let stranger = product.partner("admin@stranger.example", "Stranger").await;
        let other_partner = product.partner("admin@other.example", "Other partner").await;
        product.connect(&customers.active, &other_partner).await;
        let mut blocked = Vec::new();
        for number in 0..10 {
            let email = format!("admin@blocked{number}.example");
            let customer = product.register(&email, "Blocked").await;
            product.connect(&customer, &acting).await;
            let path = format!("{}?block=true", acting.customer(&customer));
            acting.admin.delete(&path).await.expect(204);
            blocked.push(customer);
        }
        let token = product.invite_token(&acting).await;
        let (user, device) = licenses(&product, &acting).await;
        let notices = acting.admin.get(&acting.at("/notifications")).await.expect(200);
        let notification = text(&column(&notices, "/notificationId")[0]);
        let ticket = ticket(&acting).await;
        let customers_ticket = self::ticket(&customers.active).await;
        let invite = json!({"email": "invited@acting.example", "access": "full"});
        let path = acting.at("/administrators");
        let administrator = text(&acting.admin.post(&path, &invite).await.expect(201)["adminId"]);
        product.custom(&acting, "powerless@acting.example", &[]).await;
        product.custom(&acting, "every@acting.example", &PERMISSIONS).await;
        for missing in PERMISSIONS {
            let others: Vec<_> = PERMISSIONS.into_iter().filter(|one| *one != missing).collect();
            product.custom(&acting, &without(missing), &others).await;
        }
        let blocked = blocked.into();
        Some(Self {
            product,
            acting,
            customers,
            partners,
            stranger,
            other_partner,
            blocked,
            token,
            notification,
            administrator,
            user,
            device,
            ticket,
            customers_ticket,
        })
    }

    /// Brings about the state that a kind of caller stands for.
    pub(crate) async fn enter(&self, kind: Kind) {
        match kind {
            Kind::OwnSuspended => self.product.set_status(&self.acting, "suspended").await,
            Kind::Lapsed => self.product.declare(&self.acting, "CSP", "inactive").await,
            _ => {}
        }
    }

    /// Ends that state.
    pub(crate) async fn leave(&self, kind: Kind) {
        match kind {
            Kind::OwnSuspended => self.product.set_status(&self.acting, "active").await,
            Kind::Lapsed => self.product.declare(&self.acting, "CSP", "active").await,
            _ => {}
        }
    }

    /// Whoever is of this kind, on this route.
    pub(crate) async fn caller(&self, row: &Row, kind: Kind) -> Person {
        let product = &self.product;
        match kind {
            Kind::Nobody => product.nobody(),
            Kind::Stranger => product.person("nobody@nowhere.example").await,
            Kind::OtherPartner => self.other_partner.admin.clone(),
            Kind::CustomersAdministrator => self.customers.active.admin.clone(),
            Kind::PartnersAdministrator => self.partners.active.admin.clone(),
            Kind::Powerless => product.person("powerless@acting.example").await,
            Kind::EveryPermission => product.person("every@acting.example").await,
            Kind::WithoutPermission => match row.demand {
                Demand::Account(Right::Permission(name) | Right::Both(_, name)) => {
                    product.person(&without(name)).await
                }
                _ => product.person("every@acting.example").await,
            },
            Kind::Platform => product.platform(),
            Kind::BothScopes => product.claiming(&self.acting.email, |claims| {
                claims.insert("scope".into(), json!("tsunagu/console tsunagu/platform"));
            }),
            _ => self.acting.admin.clone(),
        }
    }

    /// The id of the account on the other side.
    pub(crate) fn other(&self, other: Other, kind: Kind) -> String {
        let side = match other {
            Other::Partner | Other::FormerPartner => &self.partners,
            _ => &self.customers,
        };
        match kind {
            Kind::Ended => side.ended.id.clone(),
            Kind::Narrowed => side.narrowed.id.clone(),
            Kind::OtherSuspended => side.suspended.id.clone(),
            Kind::NeverConnected => self.stranger.id.clone(),
            Kind::UnknownOther => "acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W".to_owned(),
            _ => side.active.id.clone(),
        }
    }

    /// Calls a route as somebody.
    pub(crate) async fn call(&self, row: &Row, who: &Person, other: &str) -> Response {
        let (method, template) = row.route.split_once(' ').expect("a method and a path");
        let mut path = template.to_owned();
        let first = template.split('/').find(|part| part.starts_with('{')).unwrap_or_default();
        if template.starts_with("/v1/accounts/{") {
            path = path.replacen(first, &self.acting.id, 1);
        }
        let customers = format!("{{customer}}/tickets/{}", self.customers_ticket);
        let values = [
            ("{customer}/tickets/{ticketId}", customers.as_str()),
            ("{customer}", other),
            ("{partner}", other),
            ("{token}", &self.token),
            ("{accountId}", &self.acting.id),
            ("{adminId}", &self.administrator),
            ("{notificationId}", &self.notification),
            ("{orgId}", &self.acting.org),
            ("{program}", "CSP"),
            ("{ticketId}", &self.ticket),
            ("{host}", "nobodys-desktops"),
            ("{domainId}", "dom_01JD3Z8Q4V9X7M2N5P6R8S0T1W"),
            ("{resourceLocationId}", "loc_01JD3Z8Q4V9X7M2N5P6R8S0T1W"),
            ("{resourceId}", "res_01JD3Z8Q4V9X7M2N5P6R8S0T1W"),
            ("{service}", "one"),
            ("{orderId}", "SO-1"),
            ("{entitlementId}", "EN-1"),
            ("devices/{holderId}", &format!("devices/{}", self.device)),
            ("{holderId}", &self.user),
        ];
        for (name, value) in values {
            path = path.replace(name, value);
        }
        if template == "/v1/platform/accounts" {
            path = format!("{path}?orgId={}", self.acting.org);
        }
        let body = self.body(row.body);
        let who = if row.admitted == 412 { who.with("if-match", "\"stale\"") } else { who.clone() };
        who.send(method.parse::<Method>().expect("a method"), &path, body.as_ref()).await
    }

    /// A customer that is blocked, for a caller who will let it in again.
    pub(crate) fn take_blocked(&self) -> String {
        self.blocked.borrow_mut().pop().expect("as many as callers are admitted").id
    }

    /// A customer that stays blocked.
    pub(crate) fn blocked(&self) -> String {
        self.blocked.borrow()[0].id.clone()
    }

    fn body(&self, body: Body) -> Option<Value> {
        match body {
            Body::None => None,
            Body::Json(text) => Some(serde_json::from_str(text).expect("the table holds JSON")),
            Body::OwnAcceptance => Some(json!({"accountId": self.acting.id})),
            Body::Provision => Some(json!({"displayName": "みなとクラウド"})),
        }
    }
}

/// A ticket of an account.
async fn ticket(account: &Tenant) -> String {
    let body = json!({"subject": "Slow", "description": "Very slow.", "severity": "low"});
    let ticket = account.admin.post(&account.at("/tickets"), &body).await.expect(201);
    text(&ticket["ticketId"])
}

/// Something bought and used; gives the holders, a user and a device that are too active to be
/// released.
async fn licenses(product: &Product, acting: &Tenant) -> (String, String) {
    let vendor = product.platform();
    let service = json!({"name": {"ja": "一", "en": "One"}, "model": "user-device"});
    let answer = vendor.put("/v1/platform/services/one", &service).await;
    assert!(answer.status.is_success());
    let order = json!({"orderedOn": "2026-03-01", "lines": [{"service": "one", "quantity": 1}]});
    let path = format!("{}/orders/SO-1", acting.platform_path());
    vendor.put(&path, &order).await.expect(201);
    let entitlement = json!({
        "service": "one", "kind": "granted", "quantity": 1, "startsOn": "2026-03-01", "endsOn": null,
        "autoRenew": false,
    });
    let path = format!("{}/entitlements/EN-1", acting.platform_path());
    vendor.put(&path, &entitlement).await.expect(201);
    let event = json!({
        "id": "e", "accountId": acting.id, "service": "one", "userId": "hanako",
        "deviceId": "desk", "occurredAt": product.world.now(),
    });
    let events = json!({ "events": [event] });
    vendor.post("/v1/platform/usage-events", &events).await.expect(200);
    product.aggregate().await;
    let first = async |list: &str| {
        let list = acting.admin.get(&acting.at(&format!("/licenses/one/{list}"))).await;
        text(&column(&list.expect(200), "/holderId")[0])
    };
    (first("users").await, first("devices").await)
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The address of the administrator who has every permission but this one.
fn without(permission: &str) -> String {
    format!("without.{permission}@acting.example")
}

/// Four accounts on one side of the acting one.
async fn side(product: &Product, acting: &Tenant, name: &str, are_partners: bool) -> Side {
    let mut made = Vec::new();
    for state in ["active", "ended", "narrowed", "suspended"] {
        let email = format!("{state}@{name}.example");
        let other = product.partner(&email, &format!("{state} {name}")).await;
        let (partner, customer) = if are_partners { (&other, acting) } else { (acting, &other) };
        product.connect(customer, partner).await;
        let path = customer.partner(partner);
        match state {
            "ended" => customer.admin.delete(&path).await.expect(204),
            "narrowed" => customer.admin.patch(&path, &json!({"shares": []})).await.expect(200),
            _ => Value::Null,
        };
        if state == "suspended" {
            product.set_status(&other, "suspended").await;
        }
        made.push(other);
    }
    let mut made = made.into_iter();
    let mut next = || made.next().expect("four were made");
    Side { active: next(), ended: next(), narrowed: next(), suspended: next() }
}
