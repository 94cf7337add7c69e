//! What partner and customer do with each other.

use serde_json::json;

use super::{Asked, Parties, Request, Round, Watch};

const CUSTOMER: [&str; 3] = [
    "GET /v1/accounts/{partner}/customers/{customer}",
    "PATCH /v1/accounts/{partner}/customers/{customer}",
    "DELETE /v1/accounts/{partner}/customers/{customer}",
];
const PARTNER: [&str; 3] = [
    "GET /v1/accounts/{customer}/partners/{partner}",
    "PATCH /v1/accounts/{customer}/partners/{partner}",
    "DELETE /v1/accounts/{customer}/partners/{partner}",
];

impl<W: Watch> Round<'_, W> {
    /// The link leads to a connection.
    pub(super) async fn invitation(&mut self, parties: &Parties) {
        let partner = parties.partner.to_string();
        let route = "GET /v1/accounts/{partner}/invite-link";
        for name in ["invite link, first", "invite link"] {
            self.ask(Request::new(name, route, &parties.partner_admin).at(&[&partner])).await;
        }
        let accepted = self.accept(parties, "accept").await;
        assert_eq!(accepted.text("/state"), "active");
        let token = self.token(parties).await;
        let route = "POST /v1/invitations/{token}/accept";
        let request = Request::new("accept again", route, &parties.customer_admin);
        self.ask(request.at(&[&token]).body(json!({"accountId": parties.customer}))).await;
    }

    async fn token(&mut self, parties: &Parties) -> String {
        let partner = parties.partner.to_string();
        let route = "GET /v1/accounts/{partner}/invite-link";
        let request = Request::new("invite link", route, &parties.partner_admin);
        self.ask(request.at(&[&partner])).await.text("/token")
    }

    /// The customer looks at the invitation and accepts it.
    pub(super) async fn accept(&mut self, parties: &Parties, name: &'static str) -> Asked {
        let token = self.token(parties).await;
        let route = "GET /v1/invitations/{token}";
        let request = Request::new("show an invitation", route, &self.nobody()).at(&[&token]);
        let version = self.ask(request).await.text("/version");
        let route = "POST /v1/invitations/{token}/accept";
        let request = Request::new(name, route, &parties.customer_admin).at(&[&token]);
        let body = json!({"accountId": parties.customer, "version": version});
        let request = request.body(body).with("idempotency-key", &name.replace([' ', ','], "-"));
        self.ask(request.expect(201)).await
    }

    /// Each side looks at the connection, and changes what is its own.
    pub(super) async fn both_sides(&mut self, parties: &Parties) {
        self.partners_side(parties).await;
        let (admin, customer) = (&parties.customer_admin, parties.customer.as_str());
        let partner = parties.partner.to_string();
        let route = "GET /v1/accounts/{customer}/partners";
        self.ask(Request::new("list partners", route, admin).at(&[customer])).await;
        let request = Request::new("get a partner", PARTNER[0], admin);
        let etag = self.ask(request.at(&[customer, &partner])).await.etag();
        let shares = ["account", "entitlements", "licenses"];
        let request = Request::new("change shares", PARTNER[1], admin).at(&[customer, &partner]);
        let request = request.body(json!({"shares": shares})).with("if-match", &etag);
        self.ask(request).await;
        let route = "GET /v1/accounts/{customer}/partners/{partner}/history";
        let request = Request::new("history with a partner", route, admin);
        self.ask(request.at(&[customer, &partner])).await;
    }

    async fn partners_side(&mut self, parties: &Parties) {
        let (admin, customer) = (&parties.partner_admin, parties.customer.as_str());
        let partner = parties.partner.to_string();
        let route = "GET /v1/accounts/{partner}/customers";
        self.ask(Request::new("dashboard", route, admin).at(&[&partner])).await;
        let request = Request::new("dashboard, sorted", route, admin).at(&[&partner]);
        self.ask(request.query("search=%EF%BD%BD&sort=-name&limit=10")).await;
        let request = Request::new("dashboard as CSV", route, admin).at(&[&partner]);
        self.ask(request.query("format=csv")).await;
        let request = Request::new("get a customer", CUSTOMER[0], admin);
        let etag = self.ask(request.at(&[&partner, customer])).await.etag();
        let request = Request::new("mark a customer", CUSTOMER[1], admin);
        let body = json!({"reference": "A-0042", "tags": ["重要", "更新"], "note": "九月に訪問"});
        let request = request.at(&[&partner, customer]).body(body).with("if-match", &etag);
        self.ask(request).await;
        let route = "GET /v1/accounts/{partner}/customers/{customer}/history";
        let request = Request::new("history with a customer", route, admin);
        self.ask(request.at(&[&partner, customer])).await;
    }

    /// The partner reads what happened, and dismisses it one by one, several and all.
    pub(super) async fn notifications(&mut self, parties: &Parties) {
        let (admin, partner) = (&parties.partner_admin, parties.partner.to_string());
        let route = "GET /v1/accounts/{account}/notifications";
        let request = Request::new("notifications", route, admin).at(&[&partner]);
        let list = self.ask(request).await;
        let ids = ["/items/0/notificationId", "/items/1/notificationId"].map(|at| list.text(at));
        let one = "POST /v1/accounts/{account}/notifications/{notificationId}/dismiss";
        let request = Request::new("dismiss one", one, admin).at(&[&partner, &ids[0]]);
        self.ask(request.expect(204)).await;
        let many = "POST /v1/accounts/{account}/notifications/dismiss";
        let request = Request::new("dismiss several", many, admin).at(&[&partner]);
        self.ask(request.body(json!({"ids": ids})).expect(204)).await;
        let request = Request::new("dismiss all", many, admin).at(&[&partner]);
        self.ask(request.body(json!({"all": true, "upTo": ids[0]})).expect(204)).await;
        let request = Request::new("notifications, all", route, admin).at(&[&partner]);
        self.ask(request.query("dismissed=all")).await;
    }

    /// Each side ends the connection, the partner with a block that it lifts again.
    pub(super) async fn ends(&mut self, parties: &Parties) {
        let (customer, partner) = (parties.customer.as_str(), parties.partner.to_string());
        let connection = self.connection(parties).await;
        let request = Request::new("end as customer", PARTNER[2], &parties.customer_admin);
        self.ask(request.at(&[customer, &partner]).expect(204)).await;
        self.hear_of_end(connection).await;
        let route = "GET /v1/accounts/{account}/connections";
        let admin = &parties.partner_admin;
        self.ask(Request::new("connections, ended", route, admin).at(&[&partner])).await;
        self.accept(parties, "accept, known").await;
        self.ask(Request::new("connections", route, admin).at(&[&partner])).await;
        let of_customer = Request::new("connections of a customer", route, &parties.customer_admin);
        self.ask(of_customer.at(&[customer])).await;
        self.run("run, a connection anew").await;
        let request = Request::new("end as partner", CUSTOMER[2], admin);
        let request = request.at(&[&partner, customer]).query("block=true");
        self.ask(request.expect(204)).await;
        let route = "GET /v1/accounts/{partner}/blocked-customers";
        self.ask(Request::new("blocked customers", route, admin).at(&[&partner])).await;
        let route = "DELETE /v1/accounts/{partner}/blocked-customers/{customer}";
        let request = Request::new("unblock", route, admin).at(&[&partner, customer]);
        self.ask(request.expect(204)).await;
    }
}
