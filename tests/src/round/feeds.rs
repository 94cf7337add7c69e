//! What the partner sees of its customers in one place, and the function that brings it there.
//!
//! A round's table has no stream: records are made of what is in the table.

use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tsunagu_domain::ids::AccountId;
use tsunagu_local::client::Answer;
use tsunagu_store::keys::{self, Key};

use super::{Asked, Parties, Request, Round, STREAM, Watch};

const NOTIFICATIONS: &str = "GET /v1/accounts/{partner}/customer-notifications";
const TICKETS: &str = "GET /v1/accounts/{partner}/customer-tickets";
const DISMISS_ONE: &str =
    "POST /v1/accounts/{partner}/customer-notifications/{notificationId}/dismiss";
const OWN_TICKETS: &str = "GET /v1/accounts/{account}/tickets";
const CHANGE_TICKET: &str = "PATCH /v1/accounts/{account}/tickets/{ticketId}";
const DISMISS: &str = "POST /v1/accounts/{partner}/customer-notifications/dismiss";

impl<W: Watch> Round<'_, W> {
    /// The partner's feed, from the first record to the last dismissal.
    pub(super) async fn feeds(&mut self, parties: &Parties) {
        let customer: AccountId = parties.customer.parse().expect("an id");
        for (name, kind) in
            [("change feed, a notification", "NTF#"), ("change feed, a ticket", "TKT#")]
        {
            let source = self.first(&keys::account_partition(customer), kind).await;
            self.change(name, None, Some(source)).await;
            let feed = keys::customer_feed_partition(parties.partner, customer);
            let entry = self.first(&feed, kind).await;
            self.change("change feed, an entry", None, Some(entry)).await;
        }
        // Among what is there already is the notification.
        let connection = self.connection(parties).await;
        self.change("change feed, a connection again", None, Some(connection)).await;
        self.read_feed(parties).await;
        let account = self.stored(&keys::account(customer)).await;
        let mut renamed = account.clone();
        renamed["rev"] = json!({"N": "0"});
        self.change("change feed, a name", Some(renamed), Some(account)).await;
        self.dismissed(parties).await;
        let mark = self.stored(&keys::dismissed_for_all(parties.partner)).await;
        self.change("change feed, a mark for all", None, Some(mark)).await;
        let mark = self.stored(&keys::dismissed_for_customer(parties.partner, customer)).await;
        self.change("change feed, a mark for one", None, Some(mark)).await;
        self.hidden(parties).await;
    }

    /// The customer keeps a ticket to itself that the partner has.
    async fn hidden(&mut self, parties: &Parties) {
        let (admin, customer) = (&parties.customer_admin, parties.customer.as_str());
        let list = Request::new("tickets, before one is hidden", OWN_TICKETS, admin);
        let ticket = self.ask(list.at(&[customer])).await.text("/items/0/ticketId");
        let request = Request::new("hide a ticket", CHANGE_TICKET, admin).at(&[customer, &ticket]);
        self.ask(request.body(json!({"visibility": "account"}))).await;
    }

    /// The function hears that a connection has ended.
    pub(super) async fn hear_of_end(&mut self, connection: Value) {
        self.change("change feed, an end", Some(connection), None).await;
    }

    /// The connection, as it stands in the table.
    pub(super) async fn connection(&mut self, parties: &Parties) -> Value {
        let customer: AccountId = parties.customer.parse().expect("an id");
        self.stored(&keys::partner(customer, parties.partner)).await
    }

    /// The partner's lists.
    async fn read_feed(&mut self, parties: &Parties) {
        let (admin, customer) = (&parties.partner_admin, parties.customer.as_str());
        let partner = parties.partner.to_string();
        let of_customer = format!("customer={customer}");
        for (name, route) in
            [("customer notifications", NOTIFICATIONS), ("customer tickets", TICKETS)]
        {
            self.ask(Request::new(name, route, admin).at(&[&partner])).await;
        }
        for (name, route) in
            [("customer notifications of one", NOTIFICATIONS), ("customer tickets of one", TICKETS)]
        {
            self.ask(Request::new(name, route, admin).at(&[&partner]).query(&of_customer)).await;
        }
    }

    /// The partner dismisses one, several, all of a customer, and all.
    async fn dismissed(&mut self, parties: &Parties) {
        let (admin, partner) = (&parties.partner_admin, parties.partner.to_string());
        let request = Request::new("customer notifications, again", NOTIFICATIONS, admin);
        let list = self.ask(request.at(&[&partner])).await;
        let id = |place: usize| list.text(&format!("/items/{place}/notificationId"));
        let (first, second) = (id(0), id(1));
        let request = Request::new("dismiss a customer's", DISMISS_ONE, admin);
        self.ask(request.at(&[&partner, &first]).expect(204)).await;
        for (name, body) in [
            ("dismiss several customers'", json!({"ids": [first, second]})),
            ("dismiss all customers'", json!({"all": true, "upTo": second})),
            (
                "dismiss all of a customer",
                json!({"all": true, "upTo": second, "customer": parties.customer}),
            ),
        ] {
            let request = Request::new(name, DISMISS, admin).at(&[&partner]).body(body);
            self.ask(request.expect(204)).await;
        }
    }

    /// The first shared item of a kind in a partition.
    async fn first(&mut self, partition: &str, kind: &str) -> Value {
        let items = self.stored.json().await.into_values();
        let mut found = items.filter(|item| {
            let text = |name: &str| item[name]["S"].as_str().unwrap_or_default();
            text("PK") == partition
                && text("SK").starts_with(kind)
                && text("visibility") != "account"
        });
        found.next().unwrap_or_else(|| panic!("nothing at {partition} {kind}"))
    }

    async fn stored(&mut self, key: &Key) -> Value {
        let items = self.stored.json().await.into_values();
        let mut found = items.filter(|item| {
            item["PK"]["S"] == key.pk.as_str() && item["SK"]["S"] == key.sk.as_str()
        });
        found.next().unwrap_or_else(|| panic!("nothing at {key:?}"))
    }

    /// The function gets a record of what changed.
    async fn change(&mut self, name: &'static str, old: Option<Value>, new: Option<Value>) {
        let kind = match (&old, &new) {
            (None, _) => "INSERT",
            (_, None) => "REMOVE",
            _ => "MODIFY",
        };
        let mut images = json!({"SequenceNumber": "1"});
        for (field, image) in [("OldImage", old), ("NewImage", new)] {
            if let Some(image) = image {
                images[field] = image;
            }
        }
        let event = json!({"Records": [{"eventName": kind, "dynamodb": images}]});
        self.watch.before(name).await;
        let report = self.gateway.invoke(STREAM, event.clone()).await.expect("it is there");
        let report = report.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(report, json!({"batchItemFailures": []}), "{name}");
        let body = report.to_string().into();
        let answer = Answer { status: StatusCode::OK, headers: HeaderMap::new(), body };
        let (query, body) = (String::new(), Some(event));
        self.watch.after(&Asked { name, route: STREAM, query, body, answer }).await;
    }
}
