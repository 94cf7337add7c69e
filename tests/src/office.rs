//! A provider with a directory whose customer's users sign in, all of it set up through the routes: for
//! tests of what becomes of them when something of it changes.

use serde_json::{Value, json};
use tsunagu_local::directory::{DirectoryServer, Security, Tree};

use crate::{
    Engine, Response,
    background::{exchange, standing_still},
    corp::{Corp, text},
    desk::{everybody, password},
    federated::BASE,
    product::Person,
};

/// The host of the customer's workspace.
pub const HOST: &str = "aozora-desktops";

/// A provider with a directory, a customer of its domain, the customer's workspace and an app.
pub struct Office {
    /// Provider, customers and a resource location.
    pub corp: Corp,
    /// The domain.
    pub domain: String,
    /// The app.
    pub app: String,
    server: DirectoryServer,
}

impl Office {
    /// All of it; `None` where the engine is left out.
    pub async fn open(engine: Engine) -> Option<Self> {
        let corp = Corp::open(engine).await?;
        let tree = Tree::new(everybody());
        let server =
            exchange(async move { DirectoryServer::start(0, tree, Security::Plain).await });
        let server = server.await.expect("there is a free port");
        let mut office = Self { corp, domain: String::new(), app: String::new(), server };
        office.domain = office.make_domain("desk.example").await;
        office.add(&office.domain).await;
        office.put_workspace(&[&office.domain], true).await;
        office.app = office.corp.app("台帳").await;
        office.allow().await;
        Some(office)
    }

    /// Where the directory answers.
    pub fn directory(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.server.address().port())
    }

    /// Makes a domain with the directory; gives its id.
    pub async fn make_domain(&self, name: &str) -> String {
        let template = format!("uid={{username}},ou=people,{BASE}");
        let body = json!({
            "name": name, "resourceLocationId": self.corp.location,
            "directory": {"kind": "ldap", "url": self.directory(), "baseDn": BASE,
                "bind": "dn-template", "dnTemplate": template},
        });
        let made = self.admin().post(&self.corp.provider.at("/domains"), &body).await;
        text(&made.expect(201), "domainId")
    }

    /// The provider's administrator.
    pub fn admin(&self) -> &Person {
        &self.corp.provider.admin
    }

    /// The path of the customer in a domain.
    pub fn federated(&self, domain: &str) -> String {
        let customer = &self.corp.customer.id;
        self.corp.provider.at(&format!("/domains/{domain}/customers/{customer}"))
    }

    /// Adds the customer to a domain.
    pub async fn add(&self, domain: &str) {
        let members = json!({"members": {"groupDn": format!("cn=aozora,ou=groups,{BASE}")}});
        self.admin().put(&self.federated(domain), &members).await.expect(201);
    }

    /// Removes the customer from the domain.
    pub async fn remove(&self) {
        let removed = self.admin().delete(&self.federated(&self.domain)).await;
        assert_eq!(removed.status.as_u16(), 204, "{}", removed.json);
    }

    /// The customer puts its workspace with these domains.
    pub async fn put_workspace(&self, domains: &[&String], enabled: bool) {
        let path = self.corp.customer.at(&format!("/workspaces/{HOST}"));
        let body = json!({
            "kind": "dedicated", "displayName": "青空", "domains": domains, "enabled": enabled,
        });
        let put = self.corp.customer.admin.put(&path, &body).await;
        assert!(put.status.is_success(), "{}", put.json);
    }

    /// The path of the customer at the app.
    pub fn allowed(&self) -> String {
        let customer = &self.corp.customer.id;
        self.corp.provider.at(&format!("/resources/{}/customers/{customer}", self.app))
    }

    /// Lets the customer open the app.
    pub async fn allow(&self) {
        let put = self.admin().put(&self.allowed(), &json!(null)).await;
        assert!(put.status.is_success(), "{}", put.json);
    }

    /// Hanako tries to sign in with the domain.
    pub async fn sign_in(&self) -> Response {
        let path = format!("/v1/workspaces/{HOST}/sign-in");
        let body = json!({
            "username": "hanako@desk.example", "password": password("hanako"),
        });
        standing_still(self.corp.product.nobody().post(&path, &body)).await
    }

    /// Hanako in a session.
    pub async fn session(&self) -> Person {
        self.bearer(&self.sign_in().await.expect(200))
    }

    /// Who holds the token of a sign-in's answer.
    pub fn bearer(&self, signed_in: &Value) -> Person {
        self.corp.product.bearing(&text(signed_in, "sessionToken"))
    }

    /// The code with which a session's next request is refused; none where it is let in.
    pub async fn refusal(&self, user: &Person) -> Option<String> {
        let answer = user.get(&format!("/v1/workspaces/{HOST}/session")).await;
        answer.code().map(ToOwned::to_owned)
    }

    /// Opens the app, under a key of idempotency.
    pub async fn launch(&self, user: &Person, key: &str) -> Response {
        let path = format!("/v1/workspaces/{HOST}/resources/{}/launch", self.app);
        user.with("idempotency-key", key).post(&path, &json!({})).await
    }

    /// The location's machine redeems a ticket.
    pub async fn redeem(&self, ticket: &str) -> Response {
        let machine = self.corp.product.bearing(&self.corp.key);
        machine.post("/v1/launches/redeem", &json!({"ticket": ticket})).await
    }
}
