//! A service provider that federates its customers, through the routes: for tests of what is managed.

use serde_json::{Value, json};

use crate::{
    Engine, Response,
    product::{Product, Tenant},
};

/// A provider with a resource location and a domain, and two of its customers.
pub struct Corp {
    /// The product.
    pub product: Product,
    /// The provider.
    pub provider: Tenant,
    /// A customer.
    pub customer: Tenant,
    /// Another one.
    pub other: Tenant,
    /// The resource location.
    pub location: String,
    /// The first key of its machines.
    pub key: String,
    /// The domain.
    pub domain: String,
}

/// A directory that is searched by somebody in particular.
pub fn directory() -> Value {
    json!({
        "kind": "ldap", "url": "ldaps://ldap.example.com", "baseDn": "dc=example,dc=com",
        "bind": "search", "bindDn": "cn=reader,dc=example,dc=com", "bindPassword": PASSWORD,
    })
}

/// What the service bind of the directory needs.
pub const PASSWORD: &str = "swordfish-in-the-kettle";

/// The members of a group.
pub fn group(name: &str) -> Value {
    json!({"members": {"groupDn": format!("cn={name},ou=groups,dc=example,dc=com")}})
}

/// Everybody below a place.
pub fn branch(path: &str) -> Value {
    json!({"members": {"baseDn": format!("{path},dc=example,dc=com")}})
}

/// A text of an answer.
pub fn text(answer: &Value, field: &str) -> String {
    answer[field].as_str().unwrap_or_else(|| panic!("{field}: {answer}")).to_owned()
}

impl Corp {
    /// All of it; `None` where the engine is left out.
    pub async fn open(engine: Engine) -> Option<Self> {
        let product = Product::open(engine).await?;
        let provider = product.partner("admin@minato.example", "みなとクラウド").await;
        let customer = product.register("admin@aozora.example", "青空商事").await;
        let other = product.register("admin@yunagi.example", "夕凪工業").await;
        for one in [&customer, &other] {
            product.connect(one, &provider).await;
        }
        let service = json!({"name": {"ja": "デスクトップ", "en": "Desktops"}, "model": "user"});
        let put = product.platform().put("/v1/platform/services/daas", &service).await;
        assert!(put.status.is_success(), "{}", put.json);
        let (location, key) = location(&provider).await;
        let domain = domain(&provider, &location, "corp.example.com").await;
        Some(Self { product, provider, customer, other, location, key, domain })
    }

    /// The path of the domain.
    pub fn domain_path(&self) -> String {
        self.provider.at(&format!("/domains/{}", self.domain))
    }

    /// The path of a customer in the domain.
    pub fn federated(&self, customer: &Tenant) -> String {
        format!("{}/customers/{}", self.domain_path(), customer.id)
    }

    /// Adds a customer to the domain.
    pub async fn add(&self, customer: &Tenant, members: &Value) -> Response {
        self.provider.admin.put(&self.federated(customer), members).await
    }

    /// A statement of a workspace with the domain.
    pub fn workspace(&self, kind: &str) -> Value {
        json!({"kind": kind, "displayName": "みなと", "domains": [self.domain], "enabled": true})
    }

    /// An app of the provider.
    pub async fn app(&self, name: &str) -> String {
        // So that the order of apps is no chance.
        self.product.tick();
        let path = self.provider.at("/resources");
        let made = self.provider.admin.post(&path, &self.about(name)).await;
        text(&made.expect(201), "resourceId")
    }

    /// What an app begins with.
    pub fn about(&self, name: &str) -> Value {
        json!({
            "name": name, "kind": "app", "service": "daas", "resourceLocationId": self.location,
            "launchUrl": "https://apps.example.com/open?app=1",
        })
    }
}

/// Makes a resource location; gives its id and its key.
pub async fn location(provider: &Tenant) -> (String, String) {
    let path = provider.at("/resource-locations");
    let made = provider.admin.post(&path, &json!({"name": "大阪"})).await.expect(201);
    (text(&made, "resourceLocationId"), text(&made, "key"))
}

/// Makes a domain; gives its id.
pub async fn domain(provider: &Tenant, location: &str, name: &str) -> String {
    let body = json!({"name": name, "resourceLocationId": location, "directory": directory()});
    let made = provider.admin.post(&provider.at("/domains"), &body).await.expect(201);
    text(&made, "domainId")
}
