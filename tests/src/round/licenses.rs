//! What is bought, tried, used and counted; who sees it, and who is released.

use chrono::{Days, SecondsFormat, TimeDelta};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tsunagu_domain::time::{Clock, Instant};
use tsunagu_local::client::{Answer, Caller};

use super::{Asked, Parties, Request, Round, SCHEDULED, Watch};

const ORDER: [&str; 2] = [
    "GET /v1/platform/accounts/{accountId}/orders/{orderId}",
    "PUT /v1/platform/accounts/{accountId}/orders/{orderId}",
];
const ENTITLEMENT: [&str; 2] = [
    "GET /v1/platform/accounts/{accountId}/entitlements/{entitlementId}",
    "PUT /v1/platform/accounts/{accountId}/entitlements/{entitlementId}",
];
const EVENTS: &str = "POST /v1/platform/usage-events";
const ORDERS: &str = "GET /v1/accounts/{partner}/customers/{customer}/orders";
const ENTITLEMENTS: &str = "GET /v1/accounts/{partner}/customers/{customer}/entitlements";
const LICENSES: &str = "GET /v1/accounts/{partner}/customers/{customer}/licenses";
const TRENDS: &str = "GET /v1/accounts/{partner}/customers/{customer}/licenses/{service}/trends";
/// How many users there are.
const USERS: usize = 20;

impl<W: Watch> Round<'_, W> {
    /// Everything about licences.
    pub(super) async fn licenses(&mut self, parties: &Parties) {
        self.bought(parties).await;
        self.tried(parties).await;
        self.used(parties).await;
        self.seen_by_the_account(parties).await;
        self.seen_by_the_partner(parties).await;
        self.released(parties).await;
    }

    /// The service of this round.
    pub(super) fn daas(&self) -> String {
        format!("daas-{:05}", self.number)
    }

    /// The scheduled function runs, a second later.
    pub(super) async fn run(&mut self, name: &'static str) {
        self.pass_a_second().await;
        self.watch.before(name).await;
        let now = self.now().to_rfc3339_opts(SecondsFormat::Millis, true);
        let event = json!({ "scheduledTime": now });
        let report = self.gateway.invoke(SCHEDULED, event.clone()).await.expect("it is there");
        let report = report.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(report["complete"], true, "{name}: {report}");
        let body = report.to_string().into();
        let answer = Answer { status: StatusCode::OK, headers: HeaderMap::new(), body };
        let (query, body) = (String::new(), Some(event));
        self.watch.after(&Asked { name, route: SCHEDULED, query, body, answer }).await;
    }

    fn now(&self) -> Instant {
        self.gateway.clock().now()
    }

    fn in_days(&self, days: u64) -> String {
        let today = self.now().date_naive();
        today.checked_add_days(Days::new(days)).expect("a day").to_string()
    }

    fn order(&self) -> Value {
        let line = json!({
            "service": self.daas(), "quantity": 100, "unit": "ユーザー",
            "startsOn": self.in_days(0), "endsOn": self.in_days(365),
        });
        json!({"orderedOn": self.in_days(0), "purchaseOrder": "注文 0042", "lines": [line]})
    }

    fn entitlement(&self, quantity: u32, days: u64) -> Value {
        json!({
            "service": self.daas(), "kind": "purchased", "quantity": quantity,
            "startsOn": self.in_days(0), "endsOn": self.in_days(days), "autoRenew": false,
            "orderId": "SO-1",
        })
    }

    async fn bought(&mut self, parties: &Parties) {
        let (vendor, customer) = (&parties.vendor, parties.customer.as_str());
        let put = |name, route, id| Request::new(name, route, vendor).at(&[customer, id]);
        let request = put("put an order", ORDER[1], "SO-1").body(self.order());
        self.ask(request.expect(201)).await;
        let mut order = self.order();
        order["status"] = json!("fulfilled");
        self.ask(put("change an order", ORDER[1], "SO-1").body(order)).await;
        self.ask(put("get an order", ORDER[0], "SO-1")).await;
        // In seven days it ends: the next run tells of it.
        let request = put("put an entitlement", ENTITLEMENT[1], "EN-1");
        self.ask(request.body(self.entitlement(60, 7)).expect(201)).await;
        let request = put("change an entitlement", ENTITLEMENT[1], "EN-1");
        self.ask(request.body(self.entitlement(80, 7))).await;
        self.ask(put("get an entitlement", ENTITLEMENT[0], "EN-1")).await;
        self.bought_in_bulk(parties).await;
    }

    async fn bought_in_bulk(&mut self, parties: &Parties) {
        let vendor = &parties.vendor;
        let of = |mut item: Value, name: &str, id: String| {
            item["accountId"] = json!(parties.customer);
            item[name] = json!(id);
            item
        };
        let orders: Vec<_> =
            (2..4).map(|number| of(self.order(), "orderId", format!("SO-{number}"))).collect();
        let request = Request::new("put orders", "POST /v1/platform/orders", vendor);
        self.ask(request.body(json!({ "items": orders }))).await;
        let item = |number: u64| {
            let entitlement = self.entitlement(10, 200 + number);
            of(entitlement, "entitlementId", format!("EN-{number}"))
        };
        let entitlements: Vec<_> = (2..4).map(item).collect();
        let request = Request::new("put entitlements", "POST /v1/platform/entitlements", vendor);
        self.ask(request.body(json!({ "items": entitlements }))).await;
    }

    async fn tried(&mut self, parties: &Parties) {
        let (vendor, customer) = (&parties.vendor, parties.customer.as_str());
        let grant = json!({
            "quantity": 5, "startsOn": self.in_days(0), "endsOn": self.in_days(29),
        });
        for (name, decision, body) in [
            ("request a trial", "approve", Some(grant)),
            ("request another trial", "decline", None),
        ] {
            let route = "POST /v1/accounts/{account}/trials";
            let request = Request::new(name, route, &parties.customer_admin).at(&[customer]);
            let request = request.body(json!({"service": self.daas()}));
            let request = request.with("idempotency-key", &name.replace(' ', "-"));
            let id = self.ask(request.expect(201)).await.text("/entitlementId");
            let request = Request::new("pending trials", "GET /v1/platform/trials", vendor);
            self.ask(request.query("state=pending")).await;
            let (name, route) = match decision {
                "approve" => (
                    "approve a trial",
                    "POST /v1/platform/accounts/{accountId}/trials/{entitlementId}/approve",
                ),
                _ => (
                    "decline a trial",
                    "POST /v1/platform/accounts/{accountId}/trials/{entitlementId}/decline",
                ),
            };
            let request = Request::new(name, route, vendor).at(&[customer, &id]);
            let request = match body {
                Some(body) => request.body(body),
                None => request,
            };
            self.ask(request).await;
        }
        let route = "GET /v1/accounts/{account}/trials";
        self.ask(Request::new("list trials", route, &parties.customer_admin).at(&[customer])).await;
    }

    /// An event of a user, so many days ago.
    fn event(&self, parties: &Parties, user: usize, days: i64) -> Value {
        let at = self.now() - TimeDelta::days(days);
        json!({
            "id": format!("e-{user}-{days}"), "accountId": parties.customer,
            "service": self.daas(), "userId": format!("u-{user:04}"),
            "deviceId": format!("d-{user:04}"),
            "occurredAt": at.to_rfc3339_opts(SecondsFormat::Millis, true),
        })
    }

    async fn take(&mut self, name: &'static str, vendor: &Caller, events: Vec<Value>) {
        let count = events.len();
        let request = Request::new(name, EVENTS, vendor).body(json!({ "events": events }));
        let taken = self.ask(request).await.json();
        assert_eq!(taken["accepted"], count, "{name}: {taken}");
    }

    async fn used(&mut self, parties: &Parties) {
        let vendor = &parties.vendor;
        self.run("run, new entitlements").await;
        let event = self.event(parties, 0, 0);
        self.take("one usage event", vendor, vec![event]).await;
        self.run("run, one fact").await;
        // All of them once more beside the first, and one who has been away for long.
        let of_user = |user| (0..2).map(move |day| (user, day));
        let days: Vec<(usize, i64)> = (0..USERS).flat_map(of_user).chain([(USERS, 40)]).collect();
        let events = days.iter().map(|(user, day)| self.event(parties, *user, *day)).collect();
        self.take("41 usage events", vendor, events).await;
        self.run("run, 41 facts").await;
        let again = (0..USERS).map(|user| self.event(parties, user, 0)).collect();
        self.take("20 usage events again", vendor, again).await;
        self.run("run, 20 facts again").await;
        self.run("run, idle").await;
    }

    async fn seen_by_the_account(&mut self, parties: &Parties) {
        let (admin, customer) = (&parties.customer_admin, parties.customer.as_str());
        let service = self.daas();
        let own = |name, route| Request::new(name, route, admin).at(&[customer]);
        self.ask(own("orders", "GET /v1/accounts/{account}/orders")).await;
        self.ask(own("entitlements", "GET /v1/accounts/{account}/entitlements")).await;
        let licenses = "GET /v1/accounts/{account}/licenses";
        let shown = self.ask(own("licenses", licenses)).await.json();
        assert_eq!(shown["items"][0]["assigned"], USERS + 1, "{shown}");
        self.ask(own("licenses as CSV", licenses).query("format=csv")).await;
        let of = |name, route| Request::new(name, route, admin).at(&[customer, &service]);
        let trends = "GET /v1/accounts/{account}/licenses/{service}/trends";
        self.ask(of("trends, 12 months", trends)).await;
        self.ask(of("trends, 30 days", trends).query("interval=day")).await;
        self.ask(of("trends as CSV", trends).query("format=csv")).await;
        let users = "GET /v1/accounts/{account}/licenses/{service}/users";
        self.ask(of("users", users)).await;
        let devices = "GET /v1/accounts/{account}/licenses/{service}/devices";
        self.ask(of("devices", devices)).await;
    }

    async fn seen_by_the_partner(&mut self, parties: &Parties) {
        let (admin, customer) = (&parties.partner_admin, parties.customer.as_str());
        let (partner, service) = (parties.partner.to_string(), self.daas());
        let of = |name, route| Request::new(name, route, admin).at(&[&partner, customer]);
        self.ask(of("a customer's orders", ORDERS)).await;
        self.ask(of("a customer's entitlements", ENTITLEMENTS)).await;
        self.ask(of("a customer's licenses", LICENSES)).await;
        self.ask(of("a customer's licenses as CSV", LICENSES).query("format=csv")).await;
        let trends = |name| Request::new(name, TRENDS, admin).at(&[&partner, customer, &service]);
        self.ask(trends("a customer's trends")).await;
        self.ask(trends("a customer's trends by day").query("interval=day")).await;
        self.ask(trends("a customer's trends as CSV").query("format=csv")).await;
        let all = |name, route| Request::new(name, route, admin).at(&[&partner]);
        self.ask(all("overview", "GET /v1/accounts/{partner}/overview")).await;
        let licenses = "GET /v1/accounts/{partner}/customer-licenses";
        self.ask(all("customer licenses", licenses)).await;
        self.ask(all("customer licenses as CSV", licenses).query("format=csv")).await;
        let entitlements = "GET /v1/accounts/{partner}/customer-entitlements";
        self.ask(all("customer entitlements", entitlements)).await;
        self.ask(all("customer entitlements as CSV", entitlements).query("format=csv")).await;
    }

    /// Whoever has been away for long is released, with his device.
    async fn released(&mut self, parties: &Parties) {
        let (admin, customer) = (&parties.customer_admin, parties.customer.as_str());
        let service = self.daas();
        for (list, name, release) in [
            (
                "GET /v1/accounts/{account}/licenses/{service}/users",
                "release a user",
                "POST /v1/accounts/{account}/licenses/{service}/users/{holderId}/release",
            ),
            (
                "GET /v1/accounts/{account}/licenses/{service}/devices",
                "release a device",
                "POST /v1/accounts/{account}/licenses/{service}/devices/{holderId}/release",
            ),
        ] {
            let request = Request::new("who may be released", list, admin);
            let holders = self.ask(request.at(&[customer, &service])).await.json();
            let items = holders["items"].as_array().expect("a list").iter();
            let longest = items.min_by_key(|one| one["lastActiveOn"].as_str().map(str::to_owned));
            let id = longest.expect("somebody")["holderId"].as_str().expect("an id").to_owned();
            let request = Request::new(name, release, admin).at(&[customer, &service, &id]);
            self.ask(request.expect(204)).await;
        }
        self.run("run, two releases").await;
    }
}
