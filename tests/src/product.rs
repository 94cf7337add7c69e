//! The product as people and machines use it, for journeys, tenancy and attacks: everything goes
//! through the gateway, with real tokens, by the routes of the contract.

use bytes::Bytes;
use chrono::TimeDelta;
use http::Method;
use serde_json::{Map, Value, json};
use tsunagu_domain::time::Clock;
use tsunagu_local::{client::Caller, clock::SystemClock, tokens};

use crate::{Engine, Response, World};

/// Somebody who calls: a person, a machine of the vendor, or nobody.
#[derive(Clone)]
pub struct Person {
    caller: Caller,
}

/// An account and its first administrator, who has full access.
#[derive(Clone)]
pub struct Tenant {
    /// The account's id.
    pub id: String,
    /// Its ORGID.
    pub org: String,
    /// The address of its first administrator.
    pub email: String,
    /// That administrator.
    pub admin: Person,
}

/// The product, and what one does with it in order to test something else.
pub struct Product {
    /// The world that it runs in.
    pub world: World,
}

impl From<Caller> for Person {
    fn from(caller: Caller) -> Self {
        Self { caller }
    }
}

impl Person {
    /// `GET path`.
    pub async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, None).await
    }

    /// `POST path` with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Response {
        self.send(Method::POST, path, Some(body)).await
    }

    /// `PUT path` with a JSON body.
    pub async fn put(&self, path: &str, body: &Value) -> Response {
        self.send(Method::PUT, path, Some(body)).await
    }

    /// `PATCH path` with a JSON body.
    pub async fn patch(&self, path: &str, body: &Value) -> Response {
        self.send(Method::PATCH, path, Some(body)).await
    }

    /// `DELETE path`.
    pub async fn delete(&self, path: &str) -> Response {
        self.send(Method::DELETE, path, None).await
    }

    /// Any request with a JSON body, or none.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Response {
        self.caller.send(method, path, body).await.into()
    }

    /// Any request with any bytes.
    pub async fn send_bytes(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Response {
        let body = Bytes::copy_from_slice(body);
        self.caller.send_bytes(method, path, content_type, body).await.into()
    }

    /// The same with a header on every request.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        Self { caller: self.caller.clone().with(name, value) }
    }

    /// The same, reading this language.
    #[must_use]
    pub fn reading(&self, language: &str) -> Self {
        self.with("accept-language", language)
    }
}

impl Tenant {
    /// A path under the account: `tenant.at("/customers")`.
    pub fn at(&self, rest: &str) -> String {
        format!("/v1/accounts/{}{rest}", self.id)
    }

    /// The path of another account as this one's customer.
    pub fn customer(&self, customer: &Self) -> String {
        self.at(&format!("/customers/{}", customer.id))
    }

    /// The path of another account as this one's partner.
    pub fn partner(&self, partner: &Self) -> String {
        self.at(&format!("/partners/{}", partner.id))
    }

    /// The account for the vendor's machines.
    pub fn platform_path(&self) -> String {
        format!("/v1/platform/accounts/{}", self.id)
    }
}

impl Product {
    /// The product on a table of its own; `None` where the engine is left out.
    pub async fn open(engine: Engine) -> Option<Self> {
        let world = World::open_with(engine, tsunagu_local::functions::all).await?;
        Some(Self { world })
    }

    /// Somebody without a token.
    pub fn nobody(&self) -> Person {
        Person { caller: self.world.caller(None) }
    }

    /// The person with this address, signed in.
    pub async fn person(&self, email: &str) -> Person {
        self.bearing(&self.world.person(email).await)
    }

    /// A machine of the vendor.
    pub fn platform(&self) -> Person {
        self.bearing(&self.world.platform())
    }

    /// Whoever has this token.
    pub fn bearing(&self, token: &str) -> Person {
        Person { caller: self.world.caller(Some(token)) }
    }

    /// Whoever has a token of the issuer's with a person's claims, changed at will.
    pub fn claiming(&self, email: &str, change: impl FnOnce(&mut Map<String, Value>)) -> Person {
        let issuer = self.world.gateway.issuer();
        let mut claims = tokens::person_claims(issuer.url(), email, SystemClock.now());
        claims.insert("email".to_owned(), json!(email));
        claims.insert("email_verified".to_owned(), json!(true));
        change(&mut claims);
        let token = issuer.sign(&Value::Object(claims)).expect("the issuer signs anything");
        self.bearing(&token)
    }

    /// The scheduled function runs, up to the present.
    pub async fn aggregate(&self) -> Value {
        let event = json!({"scheduledTime": self.world.now()});
        let report = self.world.gateway.invoke("usage-aggregation", event).await;
        let report = report.expect("it is there").expect("it runs");
        assert_eq!(report["complete"], true, "{report}");
        report
    }

    /// Lets a second pass, so that what follows is newer.
    pub fn tick(&self) {
        self.world.wait(TimeDelta::seconds(1));
    }

    /// Somebody registers an account.
    pub async fn register(&self, email: &str, name: &str) -> Tenant {
        self.tick();
        let admin = self.person(email).await;
        let body = json!({"displayName": name, "country": "JP", "timeZone": "Asia/Tokyo"});
        let account = admin.post("/v1/accounts", &body).await.expect(201);
        let text = |field: &str| account[field].as_str().expect("the contract has it").to_owned();
        Tenant { id: text("accountId"), org: text("orgId"), email: email.to_owned(), admin }
    }

    /// Somebody registers an account, and the vendor makes its organization a service provider.
    pub async fn partner(&self, email: &str, name: &str) -> Tenant {
        let partner = self.register(email, name).await;
        self.declare(&partner, "CSP", "active").await;
        partner
    }

    /// The vendor declares a membership.
    pub async fn declare(&self, tenant: &Tenant, program: &str, status: &str) {
        let path = format!("/v1/platform/organizations/{}/programs/{program}", tenant.org);
        let answer = self.platform().put(&path, &json!({"status": status})).await;
        assert!(answer.status.is_success(), "{}", answer.json);
    }

    /// The vendor suspends an account, or opens it again.
    pub async fn set_status(&self, tenant: &Tenant, status: &str) {
        let body = json!({"status": status});
        let answer = self.platform().put(&tenant.platform_path(), &body).await;
        answer.expect(200);
    }

    /// The secret of the partner's invite link.
    pub async fn invite_token(&self, partner: &Tenant) -> String {
        let link = partner.admin.get(&partner.at("/invite-link")).await.expect(200);
        link["token"].as_str().expect("a token").to_owned()
    }

    /// The customer accepts the partner's invitation with these terms beside its account.
    pub async fn accept_with(&self, customer: &Tenant, partner: &Tenant, terms: Value) -> Response {
        let token = self.invite_token(partner).await;
        self.tick();
        accept(customer, &token, terms).await
    }

    /// A new connection that shares everything.
    pub async fn connect(&self, customer: &Tenant, partner: &Tenant) -> Value {
        self.accept_with(customer, partner, json!({})).await.expect(201)
    }

    /// Another administrator of the account, invited and signed in.
    pub async fn administrator(&self, tenant: &Tenant, email: &str, access: &Value) -> Person {
        let mut invitation = access.clone();
        invitation["email"] = json!(email);
        tenant.admin.post(&tenant.at("/administrators"), &invitation).await.expect(201);
        let person = self.person(email).await;
        person.get(&tenant.at("")).await.expect(200);
        person
    }

    /// An administrator with exactly these permissions.
    pub async fn custom(&self, tenant: &Tenant, email: &str, permissions: &[&str]) -> Person {
        let access = json!({"access": "custom", "permissions": permissions});
        self.administrator(tenant, email, &access).await
    }
}

/// A customer accepts an invitation with these terms beside its account.
pub async fn accept(customer: &Tenant, token: &str, terms: Value) -> Response {
    let mut body = json!({"accountId": customer.id});
    for (name, value) in terms.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    customer.admin.post(&format!("/v1/invitations/{token}/accept"), &body).await
}

/// A field of every item of a list, in the order of the list.
pub fn column(list: &Value, pointer: &str) -> Vec<Value> {
    let items = list["items"].as_array().expect("a list has items");
    items.iter().map(|item| item.pointer(pointer).cloned().unwrap_or_default()).collect()
}

/// All permissions of custom access, as the contract names them.
pub const PERMISSIONS: [&str; 11] = [
    "customer-dashboard.view",
    "connections.manage",
    "licenses.view",
    "licenses.manage",
    "tickets.view",
    "tickets.manage",
    "notifications.view",
    "notifications.dismiss",
    "federation.manage",
    "account.manage",
    "audit.view",
];

/// Everything that a customer may share, as the contract names it.
pub const SHARES: [&str; 7] =
    ["account", "orders", "entitlements", "licenses", "tickets", "notifications", "federation"];
