//! A user of the customer signs in at the provider's workspaces and opens an app; what the provider set
//! up for it is put straight into the table.

use serde_json::json;
use tsunagu_domain::{
    federation::members::Members,
    ids::{AccountId, ResourceId},
    time::Clock,
};
use tsunagu_local::{
    client::Caller,
    directory::{DirectoryServer, Security, Tree},
    gateway::Gateway,
};

use super::{Parties, Request, Round, Watch};
use crate::{
    background::exchange,
    desk::{everybody, password},
    federated::{BASE, Federated, group},
    stored::Stored,
};

const SHOW: &str = "GET /v1/workspaces/{host}";
const SIGN_IN: &str = "POST /v1/workspaces/{host}/sign-in";
const SESSION: &str = "GET /v1/workspaces/{host}/session";
const RESOURCES: &str = "GET /v1/workspaces/{host}/resources";
const LAUNCH: &str = "POST /v1/workspaces/{host}/resources/{resourceId}/launch";
const SIGN_OUT: &str = "POST /v1/workspaces/{host}/sign-out";
const REDEEM: &str = "POST /v1/launches/redeem";
/// The test of a domain's directory.
pub const TEST: &str = "POST /v1/accounts/{csp}/domains/{domainId}/test";

/// How many customers of the domain have no connection any more, beside the one that has.
const FORMER: usize = 9;

/// What a provider set up: a domain of ten customers, a workspace of one of them and one for all.
pub struct Rooms {
    /// The domain and its resource location.
    pub realm: Federated,
    /// The customer's own workspace.
    pub dedicated: String,
    /// The provider's workspace for all.
    pub shared: String,
    /// An app.
    pub app: ResourceId,
    // Ends when it is dropped.
    _server: DirectoryServer,
}

impl Rooms {
    /// All of it, in this episode of the connection; each number may be used once on one table.
    pub async fn set_up(
        stored: &Stored,
        gateway: &Gateway,
        (provider, customer): (AccountId, AccountId),
        episode: u32,
        (service, number): (&str, u32),
    ) -> Self {
        let now = gateway.clock().now();
        let tree = Tree::new(everybody());
        let server =
            exchange(async move { DirectoryServer::start(0, tree, Security::Plain).await });
        let server = server.await.expect("there is a free port");
        let port = server.address().port();
        let realm = Federated::set_up(stored, provider, "corp.example", port, now).await;
        realm.add(customer, episode, group("aozora")).await;
        for number in 0..FORMER {
            let branch = format!("ou=former{number},{BASE}").parse().expect("a name");
            realm.add(AccountId::mint(now), 1, Members::Branch(branch)).await;
        }
        let dedicated = format!("dedicated-{number:05}");
        let shared = format!("shared-{number:05}");
        realm.workspace(&dedicated, customer).await;
        realm.workspace(&shared, provider).await;
        let app = realm.app("台帳", service, &[(customer, episode)]).await;
        realm.app("図面", service, &[(customer, episode)]).await;
        Self { realm, dedicated, shared, app, _server: server }
    }
}

impl<W: Watch> Round<'_, W> {
    /// From the page to the redeemed ticket.
    pub(super) async fn workspaces(&mut self, parties: &Parties) {
        let customer: AccountId = parties.customer.parse().expect("an id");
        let (pair, service) = ((parties.partner, customer), self.daas());
        let rooms =
            Rooms::set_up(self.stored, self.gateway, pair, 1, (&service, self.number)).await;
        self.test_directory(parties, &rooms).await;
        let nobody = self.nobody();
        let body = json!({"username": "hanako", "password": password("hanako")});
        for (name, host) in
            [("sign in, shared", &rooms.shared), ("sign in, dedicated", &rooms.dedicated)]
        {
            self.ask(Request::new("show a workspace", SHOW, &nobody).at(&[host])).await;
            let request = Request::new(name, SIGN_IN, &nobody).at(&[host]).body(body.clone());
            let signed_in = self.ask(request.standing_still()).await;
            let user = nobody.clone().bearing(&signed_in.text("/sessionToken"));
            self.in_session(&rooms, host, &user).await;
        }
        let request = Request::new("sign in once more", SIGN_IN, &nobody).at(&[&rooms.dedicated]);
        self.ask(request.body(body).standing_still()).await;
        let domain = rooms.realm.domain.domain_id.to_string();
        self.count_sessions(parties, &domain).await;
        self.end_sessions(parties, &domain).await;
    }

    /// As the provider does before anybody comes.
    async fn test_directory(&mut self, parties: &Parties, rooms: &Rooms) {
        let provider = parties.partner.to_string();
        let domain = rooms.realm.domain.domain_id.to_string();
        let at = [provider.as_str(), domain.as_str()];
        let test = |name| Request::new(name, TEST, &parties.partner_admin).at(&at);
        let user = json!({"username": "hanako", "password": password("hanako")});
        self.ask(test("test a directory, a user").body(user).standing_still()).await;
        let request = test("test a directory, nobody").body(json!({}));
        self.ask(request.standing_still()).await;
    }

    async fn in_session(&mut self, rooms: &Rooms, host: &str, user: &Caller) {
        self.ask(Request::new("session", SESSION, user).at(&[host])).await;
        self.ask(Request::new("apps of a session", RESOURCES, user).at(&[host])).await;
        let app = rooms.app.to_string();
        let mut opened = None;
        for name in ["launch", "launch again"] {
            let request = Request::new(name, LAUNCH, user).at(&[host, &app]).body(json!({}));
            let request = request.with("idempotency-key", &format!("launch-{host}")).expect(201);
            opened = Some(self.ask(request).await);
        }
        let opened = opened.expect("it was launched").text("/url");
        let ticket = opened.split_once("ticket=").expect("a ticket").1;
        let machine = self.nobody().bearing(rooms.realm.key.expose());
        let request = Request::new("redeem a ticket", REDEEM, &machine);
        self.ask(request.body(json!({"ticket": ticket}))).await;
        self.ask(Request::new("sign out", SIGN_OUT, user).at(&[host]).expect(204)).await;
    }
}
