//! Workspaces as their users meet them: a provider with a directory, two customers, an app for each.

use serde_json::{Value, json};
use tsunagu_domain::ids::{AccountId, ResourceId};
use tsunagu_local::directory::{DirectoryServer, Entry, Security, Tree};

use crate::{
    Engine, Response,
    background::{exchange, standing_still},
    federated::{BASE, Federated, group},
    product::{Person, Product, Tenant},
};

/// The host of the first customer's own workspace.
pub const DEDICATED: &str = "aozora-desktops";
/// The host of the provider's workspace for all.
pub const SHARED: &str = "minato-desktops";

/// A provider whose directory knows the users of two customers: `hanako` of the first, `jiro` of the
/// second, `both` of both and `nobody` of none.
pub struct Desk {
    /// The product.
    pub product: Product,
    /// The provider.
    pub provider: Tenant,
    /// The customer with a workspace of its own.
    pub customer: Tenant,
    /// The other customer.
    pub other: Tenant,
    /// What the provider set up.
    pub realm: Federated,
    /// The directory's entries.
    pub tree: Tree,
    /// An app for the first customer.
    pub app: ResourceId,
    /// An app for the second one.
    pub other_app: ResourceId,
    // Ends when it is dropped.
    server: DirectoryServer,
}

/// Somebody's password.
pub fn password(user: &str) -> String {
    format!("{user}'s password")
}

/// The name of an entry in the directory.
pub fn entry_of(user: &str) -> String {
    format!("uid={user},ou=people,{BASE}")
}

/// Who is in the directory.
pub fn everybody() -> Vec<Entry> {
    let dn = |text: &str| text.parse().expect("a name");
    let id = |number: usize| format!("00000000-0000-4000-8000-{number:012}");
    let place = |name: &str, number| {
        Entry::new(dn(&format!("ou={name},{BASE}")), &id(number))
            .with("objectClass", "organizationalUnit")
            .with("ou", name)
    };
    let root = Entry::new(dn(BASE), &id(1)).with("objectClass", "domain").with("dc", "corp");
    let mut entries = vec![root, place("people", 2), place("groups", 3)];
    for (number, user) in ["hanako", "jiro", "both", "nobody"].into_iter().enumerate() {
        let entry = Entry::new(dn(&entry_of(user)), &id(100 + number))
            .with("objectClass", "inetOrgPerson")
            .with("uid", user)
            .with("cn", user)
            .with("sn", user)
            .with_password(&password(user));
        entries.push(entry);
    }
    for (number, (name, members)) in
        [("aozora", ["hanako", "both"]), ("yunagi", ["jiro", "both"])].into_iter().enumerate()
    {
        let group = Entry::new(dn(&format!("cn={name},ou=groups,{BASE}")), &id(10 + number))
            .with("objectClass", "groupOfNames")
            .with("cn", name);
        entries.push(
            members.iter().fold(group, |group, user| group.with("member", entry_of(user).as_str())),
        );
    }
    entries
}

impl Desk {
    /// All of it; `None` where the engine is left out.
    pub async fn open(engine: Engine) -> Option<Self> {
        Some(Self::over(Product::open(engine).await?).await)
    }

    /// All of it in a product that is still empty.
    pub async fn over(product: Product) -> Self {
        let provider = product.partner("admin@minato.example", "みなとクラウド").await;
        let customer = product.register("admin@aozora.example", "青空商事").await;
        let other = product.register("admin@yunagi.example", "夕凪工業").await;
        for one in [&customer, &other] {
            product.connect(one, &provider).await;
        }
        let service =
            json!({"name": {"ja": "仮想デスクトップ", "en": "Desktops"}, "model": "user"});
        let put = product.platform().put("/v1/platform/services/daas", &service).await;
        assert!(put.status.is_success(), "{}", put.json);
        let tree = Tree::new(everybody());
        let entries = tree.clone();
        let server =
            exchange(async move { DirectoryServer::start(0, entries, Security::Plain).await });
        let server = server.await.expect("there is a free port");
        let (stored, now) = (&product.world.stored, product.world.now());
        let port = server.address().port();
        let realm = Federated::set_up(stored, id(&provider), "corp.example", port, now).await;
        realm.add(id(&customer), 1, group("aozora")).await;
        realm.add(id(&other), 1, group("yunagi")).await;
        realm.workspace(DEDICATED, id(&customer)).await;
        realm.workspace(SHARED, id(&provider)).await;
        let app = realm.app("台帳", "daas", &[(id(&customer), 1)]).await;
        let other_app = realm.app("図面", "daas", &[(id(&other), 1)]).await;
        Self { product, provider, customer, other, realm, tree, app, other_app, server }
    }

    /// The port of the directory.
    pub fn port(&self) -> u16 {
        self.server.address().port()
    }

    /// Somebody tries to sign in.
    pub async fn try_as(&self, host: &str, body: &Value) -> Response {
        let path = format!("/v1/workspaces/{host}/sign-in");
        let nobody = self.product.nobody();
        standing_still(nobody.post(&path, body)).await
    }

    /// A user tries to sign in with the right password.
    pub async fn sign_in(&self, host: &str, user: &str) -> Response {
        let body = json!({"username": user, "password": password(user)});
        self.try_as(host, &body).await
    }

    /// A user in a session.
    pub async fn session(&self, host: &str, user: &str) -> User {
        let answer = self.sign_in(host, user).await.expect(200);
        let token = answer["sessionToken"].as_str().expect("a token");
        User { person: self.product.bearing(token), host: host.to_owned() }
    }

    /// A machine at the resource location.
    pub fn machine(&self) -> Person {
        self.product.bearing(self.realm.key.expose())
    }

    /// Redeems a ticket there.
    pub async fn redeem(&self, ticket: &str) -> Response {
        self.machine().post("/v1/launches/redeem", &json!({"ticket": ticket})).await
    }
}

/// A user in a session of a workspace.
pub struct User {
    /// Whoever holds the token.
    pub person: Person,
    host: String,
}

impl User {
    /// A path of the workspace.
    pub fn at(&self, rest: &str) -> String {
        format!("/v1/workspaces/{}{rest}", self.host)
    }

    /// `GET` of something of the workspace.
    pub async fn get(&self, rest: &str) -> Response {
        self.person.get(&self.at(rest)).await
    }

    /// Opens something.
    pub async fn launch(&self, app: ResourceId, body: &Value) -> Response {
        self.person.post(&self.at(&format!("/resources/{app}/launch")), body).await
    }
}

/// The ticket in a launch's address.
pub fn ticket(launch: &Value) -> String {
    let url = launch["url"].as_str().expect("an address");
    url.split_once("ticket=").expect("a ticket").1.to_owned()
}

/// A tenant's id.
pub fn id(tenant: &Tenant) -> AccountId {
    tenant.id.parse().expect("an id")
}
