//! A provider's directory, its customers' workspaces, and an app in them: P19.

use serde_json::{Value, json};
use tsunagu_local::directory::{DirectoryServer, Security, Tree};
use tsunagu_tests::{
    Response,
    corp::{location, text},
    desk::{everybody, password, ticket},
    federated::BASE,
    laptop::Laptop,
    product::{Tenant, column},
};

const DEDICATED: &str = "e2e-aozora";
const SHARED: &str = "e2e-minato";

/// What a provider has set up.
struct Rooms {
    provider: Tenant,
    customer: Tenant,
    domain: String,
    app: String,
    key: String,
}

async fn sign_in(laptop: &Laptop, host: &str, user: &str, secret: &str) -> Response {
    let body = json!({"username": user, "password": secret});
    laptop.nobody().post(&format!("/v1/workspaces/{host}/sign-in"), &body).await
}

fn members() -> Value {
    json!({"members": {"groupDn": format!("cn=aozora,ou=groups,{BASE}")}})
}

impl Rooms {
    fn federated(&self) -> String {
        self.provider.at(&format!("/domains/{}/customers/{}", self.domain, self.customer.id))
    }

    async fn set_up(laptop: &Laptop, port: u16) -> Self {
        let provider = laptop.partner("admin@minato.example", "港クラウド", "CSP").await;
        let customer = laptop.register("admin@aozora.example", "青空製作所").await;
        laptop.connect(&customer, &provider).await;
        let (location, key) = location(&provider).await;
        let directory = json!({
            "kind": "ldap", "url": format!("ldap://127.0.0.1:{port}"), "baseDn": BASE,
            "bind": "dn-template", "dnTemplate": format!("uid={{username}},ou=people,{BASE}"),
        });
        let body = json!({
            "name": "corp.example", "resourceLocationId": location, "directory": directory,
        });
        let made = provider.admin.post(&provider.at("/domains"), &body).await.expect(201);
        let domain = text(&made, "domainId");
        let body = json!({
            "name": "台帳", "kind": "app", "service": "daas", "resourceLocationId": location,
            "launchUrl": "https://apps.example.com/open?app=1",
        });
        let made = provider.admin.post(&provider.at("/resources"), &body).await.expect(201);
        let app = text(&made, "resourceId");
        let rooms = Self { provider, customer, domain, app, key };
        rooms.open().await;
        rooms
    }

    /// The customer is added, and has its workspace and the app.
    async fn open(&self) {
        let Self { provider, customer, domain, app, .. } = self;
        provider.admin.put(&self.federated(), &members()).await.expect(201);
        let workspace = |kind: &str| json!({"kind": kind, "displayName": "港", "domains": [domain], "enabled": true});
        let path = format!("{}/workspaces/{DEDICATED}", provider.customer(customer));
        provider.admin.put(&path, &workspace("dedicated")).await.expect(201);
        let path = provider.at(&format!("/workspaces/{SHARED}"));
        provider.admin.put(&path, &workspace("shared")).await.expect(201);
        let path = provider.at(&format!("/resources/{app}/customers/{}", customer.id));
        let allowed = provider.admin.put(&path, &json!({})).await;
        assert!(allowed.status.is_success(), "{}", allowed.json);
    }
}

/// P19: its users sign in, open the app, and are out from the next request on.
pub(crate) async fn from_the_directory_to_a_launch(laptop: &Laptop) {
    let directory = DirectoryServer::start(0, Tree::new(everybody()), Security::Plain).await;
    let directory = directory.expect("there is a free port");
    let rooms = Rooms::set_up(laptop, directory.address().port()).await;
    let Rooms { provider, customer, domain, app, key } = &rooms;
    let path = provider.at(&format!("/domains/{domain}/test"));
    let body = json!({"username": "hanako", "password": password("hanako")});
    let tested = provider.admin.post(&path, &body).await.expect(200);
    assert_eq!(tested["matchedCustomers"], json!([customer.id]), "P19: {tested}");
    let seen = customer.admin.get(&customer.at("/federated-domains")).await.expect(200);
    assert_eq!(column(&seen, "/name"), ["corp.example"]);

    for host in [DEDICATED, SHARED] {
        let shown = laptop.nobody().get(&format!("/v1/workspaces/{host}")).await.expect(200);
        assert_eq!(shown["host"], host);
        let wrong = sign_in(laptop, host, "hanako", "a guess").await;
        assert_eq!((wrong.status.as_u16(), wrong.code()), (401, Some("sign-in-failed")));
        let session = sign_in(laptop, host, "hanako", &password("hanako")).await.expect(200);
        let hanako = laptop.bearing(&text(&session, "sessionToken"));
        let base = format!("/v1/workspaces/{host}");
        let apps = hanako.get(&format!("{base}/resources")).await.expect(200);
        assert_eq!(column(&apps, "/name"), ["台帳"], "P19");
        let path = format!("{base}/resources/{app}/launch");
        let launch = hanako.post(&path, &json!({})).await.expect(201);
        let body = json!({"ticket": ticket(&launch)});
        let machine = laptop.bearing(key);
        let redeemed = machine.post("/v1/launches/redeem", &body).await.expect(200);
        assert_eq!(redeemed["customer"]["accountId"], json!(customer.id), "P19");
        assert_eq!(redeemed["username"], "hanako");
        machine.post("/v1/launches/redeem", &body).await.expect(404);
    }
    let stranger = sign_in(laptop, DEDICATED, "jiro", &password("jiro")).await;
    assert_eq!((stranger.status.as_u16(), stranger.code()), (401, Some("sign-in-failed")));
    out_with_the_next_request(laptop, &rooms).await;
    the_grace_of_a_lapse(laptop, &rooms).await;
}

/// P19: who is removed is out, session and all.
async fn out_with_the_next_request(laptop: &Laptop, rooms: &Rooms) {
    let session = sign_in(laptop, DEDICATED, "hanako", &password("hanako")).await.expect(200);
    let hanako = laptop.bearing(&text(&session, "sessionToken"));
    let path = format!("/v1/workspaces/{DEDICATED}/session");
    hanako.get(&path).await.expect(200);
    rooms.provider.admin.delete(&rooms.federated()).await.expect(204);
    hanako.get(&path).await.expect(401);
    let refused = sign_in(laptop, DEDICATED, "hanako", &password("hanako")).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (401, Some("sign-in-failed")), "P19");
    rooms.provider.admin.put(&rooms.federated(), &members()).await.expect(201);
    hanako.get(&path).await.expect(401);
}

/// P19: a lapse closes management at once, and workspaces go on for a while.
async fn the_grace_of_a_lapse(laptop: &Laptop, rooms: &Rooms) {
    let session = sign_in(laptop, SHARED, "hanako", &password("hanako")).await.expect(200);
    let hanako = laptop.bearing(&text(&session, "sessionToken"));
    laptop.declare(&rooms.provider, "CSP", "inactive").await;
    let closed = rooms.provider.admin.get(&rooms.provider.at("/domains")).await;
    assert_eq!(closed.status.as_u16(), 403, "P19: {}", closed.json);
    hanako.get(&format!("/v1/workspaces/{SHARED}/session")).await.expect(200);
}
