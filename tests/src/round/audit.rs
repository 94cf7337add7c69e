//! What the vendor publishes, what partners read, and the audit trail that tells of both.

use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tsunagu_domain::{ids::AccountId, time::Clock};
use tsunagu_local::client::Answer;

use super::{Asked, Parties, READS, Request, Round, Watch};

const AUDIT: &str = "GET /v1/accounts/{account}/audit";

impl<W: Watch> Round<'_, W> {
    /// Publishing, counting, reading the trail.
    pub(super) async fn audit(&mut self, parties: &Parties) {
        self.publish(parties).await;
        self.count(parties, "count reads").await;
        self.count(parties, "count further reads").await;
        let (admin, customer) = (&parties.customer_admin, parties.customer.as_str());
        let request = |name| Request::new(name, AUDIT, admin).at(&[customer]);
        let all = self.ask(request("audit trail").query("limit=100")).await.json();
        let entries = all["items"].as_array().expect("items");
        let told = |action: &str| entries.iter().any(|entry| entry["action"] == action);
        assert!(told("customer-read") && told("notification-published"), "{all}");
        let only = "actor=partner&action=customer-read&from=2026-01-01&limit=100";
        self.ask(request("audit trail, filtered").query(only)).await;
        self.ask(request("audit trail as CSV").query("format=csv")).await;
    }

    async fn publish(&mut self, parties: &Parties) {
        let said = json!({
            "severity": "warning", "source": "maintenance", "code": "maintenance-planned",
            "title": {"ja": "日曜日の保守", "en": "Maintenance on Sunday"},
            "message": "02:00 - 04:00 UTC",
        });
        let route = "POST /v1/platform/accounts/{accountId}/notifications";
        let request = Request::new("publish", route, &parties.vendor).at(&[&parties.customer]);
        let request = request.with("idempotency-key", &format!("publish-{}", self.number));
        self.ask(request.body(said.clone()).expect(201)).await;
        let mut item = said;
        item["accountId"] = json!(parties.customer);
        let mut unknown = item.clone();
        unknown["accountId"] = json!(AccountId::mint(self.gateway.clock().now()));
        let items: Vec<_> = (0..10).map(|_| item.clone()).chain([unknown]).collect();
        let route = "POST /v1/platform/notifications";
        let request = Request::new("publish ten", route, &parties.vendor);
        let request = request.with("idempotency-key", &format!("publish-ten-{}", self.number));
        self.ask(request.body(json!({"items": items}))).await;
    }

    /// The log tells of two reads of orders and one of tickets.
    async fn count(&mut self, parties: &Parties, name: &'static str) {
        let (waiting, now) = (self.gateway.reads(), self.gateway.clock().now());
        // Binaries have told of the reads before: those are no part of this.
        drop(waiting.take());
        for share in ["orders", "orders", "tickets"] {
            let line = json!({
                "account": parties.partner, "customer": parties.customer, "reads": share,
            });
            waiting.hear(&line.to_string(), now);
        }
        self.watch.before(name).await;
        let report = waiting.deliver(self.gateway).await.expect("lines wait");
        let report = report.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(report, json!({"lines": 3, "counted": 3}), "{name}");
        let answer = Answer {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: report.to_string().into(),
        };
        let (query, body) = (String::new(), None::<Value>);
        self.watch.after(&Asked { name, route: READS, query, body, answer }).await;
    }
}
