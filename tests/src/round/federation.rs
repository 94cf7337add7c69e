//! What a service provider sets up for its customer, and what both manage of it.

use serde_json::json;

use super::{Parties, Request, Round, Watch};

const LOCATIONS: [&str; 2] =
    ["GET /v1/accounts/{csp}/resource-locations", "POST /v1/accounts/{csp}/resource-locations"];
const LOCATION: [&str; 4] = [
    "GET /v1/accounts/{csp}/resource-locations/{resourceLocationId}",
    "PATCH /v1/accounts/{csp}/resource-locations/{resourceLocationId}",
    "DELETE /v1/accounts/{csp}/resource-locations/{resourceLocationId}",
    "POST /v1/accounts/{csp}/resource-locations/{resourceLocationId}/rotate-key",
];
const DOMAINS: [&str; 2] = ["GET /v1/accounts/{csp}/domains", "POST /v1/accounts/{csp}/domains"];
const DOMAIN: [&str; 5] = [
    "GET /v1/accounts/{csp}/domains/{domainId}",
    "PATCH /v1/accounts/{csp}/domains/{domainId}",
    "DELETE /v1/accounts/{csp}/domains/{domainId}",
    "GET /v1/accounts/{csp}/domains/{domainId}/sessions",
    "POST /v1/accounts/{csp}/domains/{domainId}/sessions/end",
];
const FEDERATED: [&str; 4] = [
    "GET /v1/accounts/{csp}/domains/{domainId}/customers",
    "PUT /v1/accounts/{csp}/domains/{domainId}/customers/{customer}",
    "DELETE /v1/accounts/{csp}/domains/{domainId}/customers/{customer}",
    "GET /v1/accounts/{account}/federated-domains",
];
const WORKSPACES: [&str; 4] = [
    "GET /v1/accounts/{account}/workspaces",
    "GET /v1/accounts/{account}/workspaces/{host}",
    "PUT /v1/accounts/{account}/workspaces/{host}",
    "DELETE /v1/accounts/{account}/workspaces/{host}",
];
const OF_CUSTOMER: [&str; 4] = [
    "GET /v1/accounts/{csp}/customers/{customer}/workspaces",
    "GET /v1/accounts/{csp}/customers/{customer}/workspaces/{host}",
    "PUT /v1/accounts/{csp}/customers/{customer}/workspaces/{host}",
    "DELETE /v1/accounts/{csp}/customers/{customer}/workspaces/{host}",
];
const RESOURCES: [&str; 6] = [
    "GET /v1/accounts/{csp}/resources",
    "POST /v1/accounts/{csp}/resources",
    "GET /v1/accounts/{csp}/resources/{resourceId}",
    "PATCH /v1/accounts/{csp}/resources/{resourceId}",
    "DELETE /v1/accounts/{csp}/resources/{resourceId}",
    "PUT /v1/accounts/{csp}/customers/{customer}/resources",
];
const USABLE: [&str; 3] = [
    "GET /v1/accounts/{csp}/resources/{resourceId}/customers",
    "PUT /v1/accounts/{csp}/resources/{resourceId}/customers/{customer}",
    "DELETE /v1/accounts/{csp}/resources/{resourceId}/customers/{customer}",
];
const SESSIONS: [&str; 2] =
    ["GET /v1/accounts/{account}/sessions", "DELETE /v1/accounts/{account}/sessions"];

const PARTNER: &str = "GET /v1/accounts/{customer}/partners/{partner}";

impl<W: Watch> Round<'_, W> {
    /// A location, a domain, a workspace and an app, from their beginning to their end.
    pub(super) async fn federation(&mut self, parties: &Parties) {
        let location = self.location(parties).await;
        let domain = self.domain(parties, &location).await;
        self.federated(parties, &domain).await;
        self.workspaces_of_both(parties, &domain).await;
        self.apps(parties, &location).await;
        self.taken_down(parties, &location, &domain).await;
    }

    async fn location(&mut self, parties: &Parties) -> String {
        let (admin, csp) = (&parties.partner_admin, parties.partner.to_string());
        let request = Request::new("make a resource location", LOCATIONS[1], admin).at(&[&csp]);
        let request = request.body(json!({"name": "大阪データセンター"}));
        let location = self.ask(request.with("idempotency-key", "location").expect(201)).await;
        let location = location.text("/resourceLocationId");
        self.ask(Request::new("resource locations", LOCATIONS[0], admin).at(&[&csp])).await;
        let at = [csp.as_str(), location.as_str()];
        let request = Request::new("get a resource location", LOCATION[0], admin).at(&at);
        let etag = self.ask(request).await.etag();
        let request = Request::new("rename a resource location", LOCATION[1], admin).at(&at);
        self.ask(request.body(json!({"name": "東京データセンター"})).with("if-match", &etag)).await;
        for (name, key, overlap) in
            [("rotate a key", "later", 60), ("rotate a key at once", "at-once", 0)]
        {
            let request = Request::new(name, LOCATION[3], admin).at(&at);
            let request = request.body(json!({"overlapSeconds": overlap}));
            self.ask(request.with("idempotency-key", key)).await;
        }
        location
    }

    async fn domain(&mut self, parties: &Parties, location: &str) -> String {
        let (admin, csp) = (&parties.partner_admin, parties.partner.to_string());
        let directory = json!({
            "kind": "ldap", "url": "ldaps://ldap.example.com", "baseDn": "dc=example,dc=com",
            "bind": "search", "bindDn": "cn=reader,dc=example,dc=com", "bindPassword": "swordfish",
        });
        let body = json!({
            "name": "corp.example.com", "resourceLocationId": location, "directory": directory,
        });
        let request = Request::new("make a domain", DOMAINS[1], admin).at(&[&csp]).body(body);
        let domain = self.ask(request.with("idempotency-key", "domain").expect(201)).await;
        let domain = domain.text("/domainId");
        self.ask(Request::new("domains", DOMAINS[0], admin).at(&[&csp])).await;
        let at = [csp.as_str(), domain.as_str()];
        let etag = self.ask(Request::new("get a domain", DOMAIN[0], admin).at(&at)).await.etag();
        let change = json!({"directory": {"baseDn": "ou=all,dc=example,dc=com"}});
        let request = Request::new("change a domain", DOMAIN[1], admin).at(&at).body(change);
        self.ask(request.with("if-match", &etag)).await;
        domain
    }

    async fn federated(&mut self, parties: &Parties, domain: &str) {
        let (admin, csp) = (&parties.partner_admin, parties.partner.to_string());
        let customer = parties.customer.as_str();
        let at = [csp.as_str(), domain, customer];
        let group = json!({"members": {"groupDn": "cn=minato,ou=groups,dc=example,dc=com"}});
        let request = Request::new("add a customer to a domain", FEDERATED[1], admin).at(&at);
        self.ask(request.body(group).expect(201)).await;
        let request = Request::new("change a customer's members", FEDERATED[1], admin).at(&at);
        self.ask(request.body(json!({"members": null}))).await;
        let request = Request::new("customers of a domain", FEDERATED[0], admin);
        self.ask(request.at(&[&csp, domain])).await;
        let request = Request::new("federated domains", FEDERATED[3], &parties.customer_admin);
        self.ask(request.at(&[customer])).await;
        // Told to the customer too.
        let change = json!({"directory": {"url": "ldaps://ldap2.example.com"}});
        let request = Request::new("ask another directory", DOMAIN[1], admin);
        self.ask(request.at(&[&csp, domain]).body(change)).await;
    }

    async fn workspaces_of_both(&mut self, parties: &Parties, domain: &str) {
        let (admin, csp) = (&parties.partner_admin, parties.partner.to_string());
        let customer = parties.customer.as_str();
        let [own, theirs, shared] =
            ["own", "theirs", "shared"].map(|name| format!("{name}-desktops-{:05}", self.number));
        let body = |kind: &str| json!({"kind": kind, "displayName": "みなと", "domains": [domain], "enabled": true});
        let request = Request::new("put a shared workspace", WORKSPACES[2], admin);
        let request = request.at(&[&csp, &shared]).body(body("shared"));
        self.ask(request.expect(201)).await;
        let request = Request::new("put a workspace for a customer", OF_CUSTOMER[2], admin);
        let request = request.at(&[&csp, customer, &theirs]).body(body("dedicated"));
        self.ask(request.expect(201)).await;
        let request = Request::new("put a customer's workspace again", OF_CUSTOMER[2], admin);
        self.ask(request.at(&[&csp, customer, &theirs]).body(body("dedicated"))).await;
        self.ask(
            Request::new("a customer's workspaces", OF_CUSTOMER[0], admin).at(&[&csp, customer]),
        )
        .await;
        let at = [csp.as_str(), customer, theirs.as_str()];
        self.ask(Request::new("a customer's workspace", OF_CUSTOMER[1], admin).at(&at)).await;
        let request = Request::new("delete a customer's workspace", OF_CUSTOMER[3], admin);
        self.ask(request.at(&at).expect(204)).await;
        let admin = &parties.customer_admin;
        let at = [customer, own.as_str()];
        let request = Request::new("put a dedicated workspace", WORKSPACES[2], admin).at(&at);
        self.ask(request.body(body("dedicated")).expect(201)).await;
        let request = Request::new("change a workspace", WORKSPACES[2], admin).at(&at);
        let mut disabled = body("dedicated");
        disabled["enabled"] = json!(false);
        self.ask(request.body(disabled)).await;
        self.ask(Request::new("workspaces", WORKSPACES[0], admin).at(&[customer])).await;
        let request = Request::new("get a workspace", WORKSPACES[1], admin).at(&at);
        let etag = self.ask(request).await.etag();
        let request = Request::new("delete a workspace", WORKSPACES[3], admin).at(&at);
        self.ask(request.with("if-match", &etag).expect(204)).await;
        let request =
            Request::new("delete a shared workspace", WORKSPACES[3], &parties.partner_admin);
        self.ask(request.at(&[&csp, &shared]).expect(204)).await;
    }

    async fn apps(&mut self, parties: &Parties, location: &str) {
        let (admin, csp) = (&parties.partner_admin, parties.partner.to_string());
        let customer = parties.customer.as_str();
        let body = json!({
            "name": "会計", "kind": "app", "service": self.daas(), "resourceLocationId": location,
            "launchUrl": "https://apps.example.com/open?app=1",
        });
        let request = Request::new("make an app", RESOURCES[1], admin).at(&[&csp]).body(body);
        let app = self.ask(request.with("idempotency-key", "app").expect(201)).await;
        let app = app.text("/resourceId");
        let of_no_service = json!({
            "name": "x", "kind": "app", "service": "none", "resourceLocationId": location,
            "launchUrl": "https://apps.example.com",
        });
        let request = Request::new("make an app of no service", RESOURCES[1], admin).at(&[&csp]);
        self.ask(request.body(of_no_service).expect(422)).await;
        self.ask(Request::new("apps", RESOURCES[0], admin).at(&[&csp])).await;
        let at = [csp.as_str(), app.as_str()];
        let etag = self.ask(Request::new("get an app", RESOURCES[2], admin).at(&at)).await.etag();
        let request = Request::new("change an app", RESOURCES[3], admin).at(&at);
        self.ask(request.body(json!({"name": "経理"})).with("if-match", &etag)).await;
        let for_customer = [csp.as_str(), app.as_str(), customer];
        let request = Request::new("let a customer use an app", USABLE[1], admin);
        self.ask(request.at(&for_customer).expect(201)).await;
        let request = Request::new("let a customer use an app again", USABLE[1], admin);
        self.ask(request.at(&for_customer)).await;
        self.ask(Request::new("customers of an app", USABLE[0], admin).at(&at)).await;
        let request = Request::new("let a customer no longer use an app", USABLE[2], admin);
        self.ask(request.at(&for_customer).expect(204)).await;
        let request = Request::new("set a customer's apps", RESOURCES[5], admin);
        self.ask(request.at(&[&csp, customer]).body(json!({"resourceIds": [app]}))).await;
        self.ask(Request::new("delete an app", RESOURCES[4], admin).at(&at).expect(204)).await;
    }

    /// Sessions of the domain's users, of whom one is signed in.
    pub(super) async fn count_sessions(&mut self, parties: &Parties, domain: &str) {
        let (admin, csp) = (&parties.partner_admin, parties.partner.to_string());
        let at = [csp.as_str(), domain];
        self.ask(Request::new("sessions of a domain", DOMAIN[3], admin).at(&at)).await;
        let (admin, customer) = (&parties.customer_admin, parties.customer.as_str());
        self.ask(Request::new("sessions of members", SESSIONS[0], admin).at(&[customer])).await;
        let request = Request::new("get a partner with open sessions", PARTNER, admin);
        self.ask(request.at(&[customer, &csp])).await;
    }

    /// Ends them, a user's and then all of the customer's members.
    pub(super) async fn end_sessions(&mut self, parties: &Parties, domain: &str) {
        let (admin, csp) = (&parties.partner_admin, parties.partner.to_string());
        let request = Request::new("end a user's sessions", DOMAIN[4], admin);
        let body = json!({"username": "hanako"});
        self.ask(request.at(&[&csp, domain]).body(body).expect(204)).await;
        let request = Request::new("end members' sessions", SESSIONS[1], &parties.customer_admin);
        self.ask(request.at(&[&parties.customer]).expect(204)).await;
    }

    async fn taken_down(&mut self, parties: &Parties, location: &str, domain: &str) {
        let (admin, csp) = (&parties.partner_admin, parties.partner.to_string());
        let at = [csp.as_str(), domain, parties.customer.as_str()];
        let request = Request::new("remove a customer from a domain", FEDERATED[2], admin);
        self.ask(request.at(&at).expect(204)).await;
        let request = Request::new("delete a domain", DOMAIN[2], admin);
        self.ask(request.at(&[&csp, domain]).expect(204)).await;
        let request = Request::new("delete a resource location", LOCATION[2], admin);
        self.ask(request.at(&[&csp, location]).expect(204)).await;
    }
}
