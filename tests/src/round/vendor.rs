//! What the vendor's machines do: the catalogue, organizations, programs, provisioning.

use serde_json::json;
use tsunagu_domain::ids::{AccountId, OrgId};
use tsunagu_local::client::Caller;

use super::{Parties, Request, Round, Watch};

const ACCOUNT: &str = "PUT /v1/platform/accounts/{accountId}";

impl<W: Watch> Round<'_, W> {
    /// The partner: its organization with a badge, its account with a first administrator.
    pub(super) async fn provision(&mut self, vendor: &Caller, partner: AccountId, org: OrgId) {
        let (account, org) = (partner.to_string(), org.to_string());
        let route = "PUT /v1/platform/organizations/{orgId}";
        let request = Request::new("name an organization", route, vendor).at(&[&org]);
        self.ask(request.body(json!({"name": "みなと情報サービス株式会社"})).expect(201)).await;
        let route = "PUT /v1/platform/organizations/{orgId}/programs/{program}";
        let request = Request::new("give a badge", route, vendor).at(&[&org, "CSP"]);
        self.ask(request.body(json!({"status": "active"})).expect(201)).await;
        let request = Request::new("provision an account", ACCOUNT, vendor).at(&[&account]);
        let administrators = json!([{"email": self.address("partner"), "access": "full"}]);
        let body = json!({
            "orgId": org, "displayName": "みなと情報サービス", "country": "JP",
            "externalId": self.external_id(), "administrators": administrators,
        });
        self.ask(request.body(body).expect(201)).await;
    }

    fn external_id(&self) -> String {
        format!("V-{:05}", self.number)
    }

    /// What the vendor looks up, and the catalogue.
    pub(super) async fn vendor(&mut self, parties: &Parties) {
        let (vendor, org) = (&parties.vendor, parties.partner_org.to_string());
        let account = parties.partner.to_string();
        let route = "GET /v1/platform/organizations/{orgId}";
        self.ask(Request::new("get an organization", route, vendor).at(&[&org])).await;
        let route = "GET /v1/platform/organizations/{orgId}/programs/{program}";
        self.ask(Request::new("get a badge", route, vendor).at(&[&org, "CSP"])).await;
        let route = "GET /v1/platform/accounts/{accountId}";
        self.ask(Request::new("get a provisioned account", route, vendor).at(&[&account])).await;
        let route = "GET /v1/platform/accounts";
        let query = format!("orgId={org}");
        let request = Request::new("find accounts by ORGID", route, vendor);
        let found = self.ask(request.query(&query)).await;
        assert_eq!(found.text("/items/0/accountId"), account);
        let query = format!("externalId={}", self.external_id());
        let request = Request::new("find accounts by external id", route, vendor);
        let found = self.ask(request.query(&query)).await;
        assert_eq!(found.text("/items/0/accountId"), account);
        self.catalogue(vendor).await;
    }

    async fn catalogue(&mut self, vendor: &Caller) {
        let service = self.daas();
        let body = json!({
            "name": {"ja": "デスクトップ サービス", "en": "Desktop service"},
            "model": "user-device", "requiredProgram": "CSP",
        });
        let route = "PUT /v1/platform/services/{service}";
        let request = Request::new("add a service", route, vendor).at(&[&service]);
        self.ask(request.body(body.clone()).expect(201)).await;
        let request = Request::new("change a service", route, vendor).at(&[&service]);
        let body = json!({"name": body["name"], "model": "user-device"});
        self.ask(request.body(body)).await;
        let route = "GET /v1/platform/services/{service}";
        self.ask(Request::new("get a service", route, vendor).at(&[&service])).await;
    }

    /// A connected customer is suspended, and opened again.
    pub(super) async fn suspension(&mut self, parties: &Parties) {
        self.accept(parties, "accept after a block").await;
        self.run("run, a new connection").await;
        for (name, status) in [("suspend", "suspended"), ("reopen", "active")] {
            let request = Request::new(name, ACCOUNT, &parties.vendor).at(&[&parties.customer]);
            self.ask(request.body(json!({"status": status}))).await;
        }
        let org = parties.partner_org.to_string();
        let route = "PUT /v1/platform/organizations/{orgId}";
        let request = Request::new("rename an organization", route, &parties.vendor).at(&[&org]);
        self.ask(request.body(json!({"name": "港情報サービス株式会社"}))).await;
        let route = "PUT /v1/platform/organizations/{orgId}/programs/{program}";
        let request = Request::new("end a badge", route, &parties.vendor).at(&[&org, "CSP"]);
        self.ask(request.body(json!({"status": "inactive"}))).await;
    }
}
