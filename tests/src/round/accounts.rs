//! What people do with their accounts and their administrators.

use serde_json::json;
use tsunagu_local::client::Caller;

use super::{Parties, Request, Round, Watch};

const INVITE: &str = "POST /v1/accounts/{accountId}/administrators";

impl<W: Watch> Round<'_, W> {
    /// A person registers an account; gives its id.
    pub(super) async fn register(&mut self, person: &Caller) -> String {
        let body = json!({"displayName": "鈴木商事株式会社", "country": "JP"});
        let request = Request::new("register", "POST /v1/accounts", person).body(body);
        let request = request.with("idempotency-key", "register").expect(201);
        let registered = self.ask(request).await.text("/accountId");
        let body = json!({"displayName": "鈴木商事株式会社", "country": "JP"});
        let request = Request::new("register again", "POST /v1/accounts", person).body(body);
        let again = self.ask(request.with("idempotency-key", "register").expect(201)).await;
        assert_eq!(again.text("/accountId"), registered, "the first answer again");
        registered
    }

    /// Accounts, as their administrators see and change them.
    pub(super) async fn accounts(&mut self, parties: &Parties) {
        let (admin, customer) = (&parties.customer_admin, parties.customer.as_str());
        // The provisioned administrator of the partner becomes active with this very call.
        self.ask(Request::new("me, invited", "GET /v1/me", &parties.partner_admin)).await;
        let me = self.ask(Request::new("me", "GET /v1/me", admin)).await;
        assert_eq!(me.text("/accounts/0/accountId"), customer);
        let route = "GET /v1/accounts/{accountId}";
        let account = self.ask(Request::new("get an account", route, admin).at(&[customer])).await;
        let route = "PATCH /v1/accounts/{accountId}";
        let request = Request::new("change an account", route, admin).at(&[customer]);
        let body = json!({"displayName": "鈴木商事", "address": "東京都港区", "contact": "情報システム部"});
        self.ask(request.body(body).with("if-match", &account.etag())).await;
        let route = "GET /v1/services";
        self.ask(Request::new("services", route, admin)).await;
        let route = "GET /v1/accounts/{accountId}/services";
        self.ask(Request::new("services of an account", route, admin).at(&[customer])).await;
    }

    /// An administrator is invited, joins, changes and goes.
    pub(super) async fn administrators(&mut self, parties: &Parties) {
        let (admin, customer) = (&parties.customer_admin, parties.customer.as_str());
        let permissions = ["connections.manage", "notifications.view"];
        let body = json!({
            "email": self.address("helper"), "access": "custom", "permissions": permissions,
        });
        let request = Request::new("invite an administrator", INVITE, admin).at(&[customer]);
        let request = request.body(body).with("idempotency-key", "invite").expect(201);
        let helper = self.ask(request).await.text("/adminId");
        let route = "GET /v1/accounts/{accountId}";
        let person = self.person("helper").await;
        self.ask(Request::new("take an invitation", route, &person).at(&[customer])).await;
        let route = "GET /v1/accounts/{accountId}/administrators";
        let request = Request::new("list administrators", route, admin).at(&[customer]);
        let listed = self.ask(request).await.json();
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(2), "{listed}");
        self.change_administrator(parties, &helper).await;
    }

    async fn change_administrator(&mut self, parties: &Parties, helper: &str) {
        let (admin, customer) = (&parties.customer_admin, parties.customer.as_str());
        let route = "GET /v1/accounts/{accountId}/administrators/{adminId}";
        let request = Request::new("get an administrator", route, admin).at(&[customer, helper]);
        let etag = self.ask(request).await.etag();
        let route = "PATCH /v1/accounts/{accountId}/administrators/{adminId}";
        let request = Request::new("promote an administrator", route, admin);
        let request = request.at(&[customer, helper]).with("if-match", &etag);
        self.ask(request.body(json!({"access": "full"}))).await;
        let request = Request::new("demote an administrator", route, admin);
        let body = json!({"access": "custom", "permissions": ["account.manage"]});
        self.ask(request.at(&[customer, helper]).body(body)).await;
        let route = "DELETE /v1/accounts/{accountId}/administrators/{adminId}";
        let request = Request::new("remove an administrator", route, admin);
        self.ask(request.at(&[customer, helper]).expect(204)).await;
        self.other_invitations(parties).await;
    }

    /// Invitations that are changed and withdrawn before anybody takes them.
    async fn other_invitations(&mut self, parties: &Parties) {
        let (admin, customer) = (&parties.customer_admin, parties.customer.as_str());
        let body = json!({"email": self.address("late"), "access": "full"});
        let request = Request::new("invite without a key", INVITE, admin).at(&[customer]);
        let late = self.ask(request.body(body).expect(201)).await.text("/adminId");
        let route = "PATCH /v1/accounts/{accountId}/administrators/{adminId}";
        let request = Request::new("change an invitation", route, admin).at(&[customer, &late]);
        let body = json!({"access": "custom", "permissions": ["audit.view"]});
        self.ask(request.body(body)).await;
        let route = "DELETE /v1/accounts/{accountId}/administrators/{adminId}";
        let request = Request::new("withdraw an invitation", route, admin).at(&[customer, &late]);
        self.ask(request.expect(204)).await;
    }
}
