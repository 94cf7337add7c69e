//! T9 of feeds: lists, filters, sorts and counts over all customers tell of nothing that is for the
//! account alone or no longer shared, however far the stream is.

use std::fmt::Write;

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    feeds::Fed,
    product::{SHARES, Tenant, column},
};

/// A partner with a customer that it sees all of, and one that has secrets.
struct Case {
    fed: Fed,
    partner: Tenant,
    open: Tenant,
    closed: Tenant,
}

/// What a partner asks of all its customers at once.
const ASKED: [&str; 19] = [
    "/customer-tickets",
    "/customer-tickets?limit=1",
    "/customer-tickets?status=open",
    "/customer-tickets?severity=critical",
    "/customer-tickets?updatedSince=2026-01-01T00:00:00Z",
    "/customer-notifications",
    "/customer-notifications?limit=1",
    "/customer-notifications?severity=error",
    "/customer-notifications?code=secret",
    "/customer-notifications?since=2026-01-01T00:00:00Z",
    "/customers",
    "/customers?limit=1&sort=openTickets",
    "/customers?sort=openTickets",
    "/customers?sort=-openTickets",
    "/customers?hasOpenTickets=true",
    "/customers?hasOpenTickets=false",
    "/customers?format=csv&sort=-openTickets",
    "/overview",
    "/notifications?dismissed=all",
];

impl Case {
    async fn open(engine: Engine) -> Option<Self> {
        let mut fed = Fed::open(engine).await?;
        let product = &fed.product;
        let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
        let open = product.register("open@sakura.example", "Open").await;
        let closed = product.register("closed@ume.example", "Closed").await;
        for customer in [&open, &closed] {
            product.connect(customer, &partner).await;
        }
        fed.drain().await;
        Some(Self { fed, partner, open, closed })
    }

    async fn ticket(&self, customer: &Tenant, visibility: &str) -> String {
        self.fed.product.tick();
        let body = json!({
            "subject": "SECRET", "description": "SECRET", "severity": "critical",
            "visibility": visibility,
        });
        let ticket = customer.admin.post(&customer.at("/tickets"), &body).await.expect(201);
        ticket["ticketId"].as_str().expect("an id").to_owned()
    }

    async fn comment(&self, customer: &Tenant, ticket: &str, visibility: &str) {
        self.fed.product.tick();
        let path = customer.at(&format!("/tickets/{ticket}/comments"));
        let body = json!({"body": "SECRET", "visibility": visibility});
        customer.admin.post(&path, &body).await.expect(201);
    }

    async fn set_visibility(&self, customer: &Tenant, ticket: &str, visibility: &str) {
        self.fed.product.tick();
        let path = customer.at(&format!("/tickets/{ticket}"));
        customer.admin.patch(&path, &json!({"visibility": visibility})).await.expect(200);
    }

    /// The vendor publishes something; gives its id.
    async fn publish(&self, customer: &Tenant, visibility: &str) -> String {
        self.fed.product.tick();
        let path = format!("{}/notifications", customer.platform_path());
        let body = json!({
            "severity": "error", "source": "support", "code": "secret", "title": "SECRET",
            "message": "SECRET", "visibility": visibility,
        });
        let told = self.fed.product.platform().post(&path, &body).await.expect(201);
        told["notificationId"].as_str().expect("an id").to_owned()
    }

    /// Everything of its customers that the partner can ask for, of one and of all. Cursors are never
    /// alike: of those only that there is one.
    async fn reach(&self) -> String {
        let partner = &self.partner;
        let mut paths: Vec<_> = ASKED.iter().map(|rest| partner.at(rest)).collect();
        for customer in [&self.open, &self.closed] {
            paths.push(partner.customer(customer));
            for list in ["customer-tickets", "customer-notifications"] {
                paths.push(partner.at(&format!("/{list}?customer={}", customer.id)));
            }
        }
        let mut seen = String::new();
        for path in paths {
            let answer = partner.admin.get(&path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.json);
            let tag = answer.header("etag").map(str::to_owned);
            let mut body = answer.json;
            if let Some(cursor) = body.get_mut("nextCursor") {
                *cursor = json!(cursor.is_string());
            }
            let file = String::from_utf8_lossy(&answer.body);
            let text = if body.is_null() { file.into_owned() } else { body.to_string() };
            writeln!(seen, "{path} {tag:?} {text}").expect("memory takes text");
        }
        seen
    }

    async fn figures(&self, customer: &Tenant) -> [Value; 2] {
        let path = self.partner.customer(customer);
        let shown = self.partner.admin.get(&path).await.expect(200);
        ["openTickets", "activeNotifications"].map(|part| shown["summary"][part].clone())
    }
}

#[apply(both_engines)]
async fn t09_what_is_for_the_account_alone_moves_no_feed_count_filter_or_sort(engine: Engine) {
    let Some(mut case) = Case::open(engine).await else { return };
    let (open, closed) = (case.open.clone(), case.closed.clone());
    let shared = case.ticket(&open, "shared").await;
    case.publish(&open, "shared").await;
    case.fed.drain().await;
    let before = case.reach().await;
    assert!(before.contains("SECRET"), "it looks where it is");
    // When both have tickets, comments and notifications for themselves.
    for customer in [&closed, &open] {
        case.publish(customer, "account").await;
        let secret = case.ticket(customer, "account").await;
        case.comment(customer, &secret, "shared").await;
    }
    case.comment(&open, &shared, "account").await;
    let update = format!("{}/tickets/{shared}/updates", open.platform_path());
    let said = json!({"comment": {"body": "SECRET", "visibility": "account"}});
    case.fed.product.platform().post(&update, &said).await.expect(200);
    assert_eq!(case.reach().await, before, "before the stream has come");
    case.fed.drain().await;
    assert_eq!(case.reach().await, before, "and when it has");
    // When one that was shared is taken back, before the stream has come and thereafter.
    for drained in [false, true] {
        let taken = case.ticket(&closed, "shared").await;
        if drained {
            case.fed.drain().await;
            assert_eq!(case.figures(&closed).await[0], json!({"total": 1, "critical": 1}));
        }
        case.set_visibility(&closed, &taken, "account").await;
        let list = case.partner.admin.get(&case.partner.at("/customer-tickets")).await.expect(200);
        assert_eq!(column(&list, "/ticketId"), [json!(shared)], "gone with the answer");
        case.fed.drain().await;
        assert_eq!(case.reach().await, before);
    }
}

#[apply(both_engines)]
async fn t09_what_is_no_longer_shared_moves_no_feed_count_filter_or_sort(engine: Engine) {
    let Some(mut case) = Case::open(engine).await else { return };
    let (open, closed) = (case.open.clone(), case.closed.clone());
    case.ticket(&open, "shared").await;
    let theirs = case.ticket(&closed, "shared").await;
    case.publish(&open, "shared").await;
    case.publish(&closed, "shared").await;
    case.fed.drain().await;
    let connection = closed.partner(&case.partner);
    for part in ["tickets", "notifications"] {
        let rest: Vec<_> = SHARES.iter().filter(|share| **share != part).collect();
        closed.admin.patch(&connection, &json!({"shares": rest})).await.expect(200);
        let list = case.partner.at(&format!("/customer-{part}"));
        let shown = case.partner.admin.get(&list).await.expect(200);
        assert_eq!(column(&shown, "/customer/displayName"), ["Open"], "{part}");
    }
    // Given that neither is shared, then whatever happens there is seen nowhere.
    let neither: Vec<_> =
        SHARES.iter().filter(|share| !["tickets", "notifications"].contains(share)).collect();
    closed.admin.patch(&connection, &json!({"shares": neither})).await.expect(200);
    case.fed.drain().await;
    let before = case.reach().await;
    let another = case.ticket(&closed, "shared").await;
    case.comment(&closed, &another, "shared").await;
    case.comment(&closed, &theirs, "shared").await;
    case.publish(&closed, "shared").await;
    assert_eq!(case.reach().await, before, "before the stream has come");
    case.fed.drain().await;
    assert_eq!(case.reach().await, before, "and when it has");
    assert_eq!(case.figures(&closed).await, [Value::Null, Value::Null]);
    // And the search bites: shared again, it is all there.
    closed.admin.patch(&connection, &json!({"shares": SHARES})).await.expect(200);
    assert_eq!(case.figures(&closed).await[0], json!({"total": 2, "critical": 2}));
    assert_eq!(case.figures(&closed).await[1]["error"], 2);
    assert_ne!(case.reach().await, before);
}
