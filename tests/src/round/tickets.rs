//! What an account, its partner and the vendor's support say to each other on tickets.

use serde_json::{Value, json};

use super::{Parties, Request, Round, Watch};

const OWN: [&str; 6] = [
    "GET /v1/accounts/{account}/tickets",
    "POST /v1/accounts/{account}/tickets",
    "GET /v1/accounts/{account}/tickets/{ticketId}",
    "PATCH /v1/accounts/{account}/tickets/{ticketId}",
    "GET /v1/accounts/{account}/tickets/{ticketId}/comments",
    "POST /v1/accounts/{account}/tickets/{ticketId}/comments",
];
const OF_CUSTOMER: [&str; 6] = [
    "GET /v1/accounts/{partner}/customers/{customer}/tickets",
    "POST /v1/accounts/{partner}/customers/{customer}/tickets",
    "GET /v1/accounts/{partner}/customers/{customer}/tickets/{ticketId}",
    "PATCH /v1/accounts/{partner}/customers/{customer}/tickets/{ticketId}",
    "GET /v1/accounts/{partner}/customers/{customer}/tickets/{ticketId}/comments",
    "POST /v1/accounts/{partner}/customers/{customer}/tickets/{ticketId}/comments",
];
const PLATFORM: [&str; 4] = [
    "GET /v1/platform/tickets",
    "GET /v1/platform/accounts/{accountId}/tickets/{ticketId}",
    "GET /v1/platform/accounts/{accountId}/tickets/{ticketId}/comments",
    "POST /v1/platform/accounts/{accountId}/tickets/{ticketId}/updates",
];

impl<W: Watch> Round<'_, W> {
    /// A ticket from its opening to its end.
    pub(super) async fn tickets(&mut self, parties: &Parties) {
        let ticket = self.opened(parties).await;
        self.pass_a_second().await;
        self.answered_by_the_partner(parties, &ticket).await;
        self.pass_a_second().await;
        self.answered_by_the_support(parties, &ticket).await;
        self.solved(parties, &ticket).await;
    }

    fn about(&self) -> Value {
        json!({
            "subject": "セッションが十分で切れます",
            "description": "月曜日から、全員のセッションが十分で切れます。\n再起動しても変わりません。",
            "severity": "high", "service": self.daas(),
        })
    }

    /// The account opens one, and says more.
    async fn opened(&mut self, parties: &Parties) -> String {
        let (admin, customer) = (&parties.customer_admin, parties.customer.as_str());
        let request = Request::new("open a ticket", OWN[1], admin).at(&[customer]);
        let request = request.body(self.about()).with("idempotency-key", "ticket");
        let ticket = self.ask(request.expect(201)).await.text("/ticketId");
        self.ask(Request::new("tickets", OWN[0], admin).at(&[customer])).await;
        let request = Request::new("tickets, filtered", OWN[0], admin).at(&[customer]);
        self.ask(request.query("status=open&severity=high")).await;
        let at = [customer, ticket.as_str()];
        let etag = self.ask(Request::new("get a ticket", OWN[2], admin).at(&at)).await.etag();
        let request = Request::new("change a ticket", OWN[3], admin).at(&at);
        let request = request.body(json!({"severity": "critical"})).with("if-match", &etag);
        self.ask(request).await;
        let body = json!({"body": "山田さんの端末も同じです。", "visibility": "account"});
        let request = Request::new("comment on a ticket", OWN[5], admin).at(&at).body(body);
        self.ask(request.with("idempotency-key", "comment").expect(201)).await;
        self.ask(Request::new("comments", OWN[4], admin).at(&at)).await;
        ticket
    }

    /// The partner sees it, acts on it, and opens another.
    async fn answered_by_the_partner(&mut self, parties: &Parties, ticket: &str) {
        let (admin, customer) = (&parties.partner_admin, parties.customer.as_str());
        let partner = parties.partner.to_string();
        let base = [partner.as_str(), customer];
        self.ask(Request::new("tickets of a customer", OF_CUSTOMER[0], admin).at(&base)).await;
        let request = Request::new("open a ticket for a customer", OF_CUSTOMER[1], admin);
        let request = request.at(&base).body(self.about()).with("idempotency-key", "ticket");
        self.ask(request.expect(201)).await;
        let at = [partner.as_str(), customer, ticket];
        let request = Request::new("get a ticket of a customer", OF_CUSTOMER[2], admin);
        let etag = self.ask(request.at(&at)).await.etag();
        let request = Request::new("change a ticket of a customer", OF_CUSTOMER[3], admin);
        let body = json!({"subject": "セッションが切れます"});
        self.ask(request.at(&at).body(body).with("if-match", &etag)).await;
        let request = Request::new("comment for a customer", OF_CUSTOMER[5], admin).at(&at);
        let body = json!({"body": "設定を確認しています。"});
        self.ask(request.body(body).with("idempotency-key", "comment").expect(201)).await;
        self.ask(Request::new("comments of a customer", OF_CUSTOMER[4], admin).at(&at)).await;
    }

    /// The support finds it, and works on it.
    async fn answered_by_the_support(&mut self, parties: &Parties, ticket: &str) {
        let (vendor, at) = (&parties.vendor, [parties.customer.as_str(), ticket]);
        self.ask(Request::new("tickets of all accounts", PLATFORM[0], vendor)).await;
        let request = Request::new("tickets of all accounts, filtered", PLATFORM[0], vendor);
        self.ask(request.query("status=open&updatedSince=2026-01-01T00%3A00%3A00Z")).await;
        self.ask(Request::new("get a ticket for the support", PLATFORM[1], vendor).at(&at)).await;
        let body = json!({
            "status": "waiting", "caseNumber": "CS-2026-00042",
            "comment": {"body": "ログを送ってください。"},
        });
        let request = Request::new("update a ticket", PLATFORM[3], vendor).at(&at).body(body);
        // The machine is the same in every round.
        let key = format!("update-{}", self.number);
        self.ask(request.with("idempotency-key", &key)).await;
        self.ask(Request::new("comments for the support", PLATFORM[2], vendor).at(&at)).await;
    }

    /// The account says that it is solved.
    async fn solved(&mut self, parties: &Parties, ticket: &str) {
        let at = [parties.customer.as_str(), ticket];
        let request = Request::new("solve a ticket", OWN[3], &parties.customer_admin).at(&at);
        self.ask(request.body(json!({"status": "resolved"}))).await;
    }
}
