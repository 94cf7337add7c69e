//! A partner with as many customers as one likes, put straight into the table.

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use chrono::{Days, NaiveDate, TimeDelta};
use serde_json::json;
use tsunagu_domain::{
    dashboard::{ActiveNotifications, OpenTickets, Summary},
    ids::{AccountId, ConnectionId, NotificationId, OrgId},
    licenses::{
        dashboard::{Holdings, summary},
        entitlement::{Entitlement, EntitlementKind, Stage, Terms},
    },
    locale::TimeZone,
    share::Shares,
    time::Clock,
};
use tsunagu_local::client::{Answer, Caller};
use tsunagu_store::items::{CustomerItem, CustomerLicensesItem, Names};

use crate::{background::exchange, measured::Measured, seed::attributes, stored::Attributes};

/// The most that one batch writes.
const BATCH: usize = 25;
/// One customer in so many is tagged as important, and uses more than it bought; the others are
/// tagged too.
const IMPORTANT: usize = 40;
/// What every customer has, and how its licences are counted.
const SERVICES: [(&str, &str); 3] =
    [("daas", "user-device"), ("endpoint-management", "user"), ("file-sharing", "user")];
/// How many licences of a service a customer bought.
const BOUGHT: u32 = 120;

/// A badged partner with a crowd of customers.
pub struct Partner {
    admin: Caller,
    account: String,
}

impl Partner {
    /// What a partner asks of its dashboard: a name, and the query.
    pub const QUERIES: [(&str, &str); 19] = [
        ("dashboard", ""),
        ("dashboard, 100 a page", "limit=100"),
        ("dashboard, search", "search=00042"),
        ("dashboard, search for nothing", "search=%E3%81%82%E3%81%84%E3%81%86"),
        ("dashboard, tag", "tag=%E9%87%8D%E7%82%B9%E9%A1%A7%E5%AE%A2"),
        ("dashboard, sort name", "sort=name"),
        ("dashboard, sort -name", "sort=-name"),
        ("dashboard, sort connectedAt", "sort=connectedAt"),
        ("dashboard, sort nextExpiry", "sort=nextExpiry"),
        ("dashboard, sort -utilization", "sort=-utilization"),
        ("dashboard, sort -openTickets", "sort=-openTickets"),
        ("dashboard, filter minUtilization", "minUtilization=0.5"),
        ("dashboard, filter hasOverage", "hasOverage=true"),
        ("dashboard, filter hasOpenTickets", "hasOpenTickets=true"),
        ("dashboard, filter hasTrials", "hasTrials=true"),
        ("dashboard, filter expiringWithinDays", "expiringWithinDays=30"),
        ("dashboard, filter and sort", "hasOpenTickets=true&sort=-openTickets"),
        ("dashboard, search and sort", "search=%E6%9D%B1%E6%97%A5%E6%9C%AC&sort=-name"),
        ("dashboard, one tag as CSV", "format=csv&tag=%E9%87%8D%E7%82%B9%E9%A1%A7%E5%AE%A2"),
    ];

    /// What a partner asks of the licences of all its customers: a name, and what follows the account.
    pub const LICENSES: [(&str, &str); 8] = [
        ("overview", "overview"),
        ("customer licenses", "customer-licenses"),
        ("customer licenses, over", "customer-licenses?level=over"),
        ("customer licenses, none", "customer-licenses?level=near&service=daas"),
        ("customer licenses, over as CSV", "customer-licenses?format=csv&level=over"),
        ("customer entitlements", "customer-entitlements"),
        ("customer entitlements, none", "customer-entitlements?state=grace"),
        ("customer entitlements, soon", "customer-entitlements?expiringWithinDays=30"),
    ];

    /// A partner with so many customers, whose functions have answered once: keys and ORGID are
    /// read once in an environment's life, and are nobody's page.
    pub async fn with_customers(product: &Measured, count: usize) -> Self {
        let admin = Caller::person(&product.gateway, "partner@example.com").await;
        let admin = admin.expect("a person signs in");
        let body = json!({"displayName": "みなと情報サービス", "country": "JP"});
        let account = admin.post("/v1/accounts", &body).await.json();
        let text = |name: &str| account[name].as_str().expect("a text").to_owned();
        let vendor = Caller::platform(&product.gateway).expect("a machine signs in");
        let program = format!("/v1/platform/organizations/{}/programs/CSP", text("orgId"));
        let declared = vendor.put(&program, &json!({"status": "active"})).await;
        assert!(declared.status.is_success(), "{}", declared.json());
        for (code, model) in SERVICES {
            let body = json!({"name": {"ja": code, "en": code}, "model": model});
            let put = vendor.put(&format!("/v1/platform/services/{code}"), &body).await;
            assert!(put.status.is_success(), "{}", put.json());
        }
        let account = text("accountId");
        load(product, account.parse().expect("an id"), count).await;
        let partner = Self { admin, account };
        partner.ask("limit=1").await;
        partner.ask_licenses("customer-licenses?limit=1").await;
        partner
    }

    /// Asks for the dashboard.
    pub async fn ask(&self, query: &str) -> Answer {
        self.get(&format!("customers?{query}")).await
    }

    /// Asks for the licences of all customers.
    pub async fn ask_licenses(&self, path: &str) -> Answer {
        self.get(path).await
    }

    async fn get(&self, path: &str) -> Answer {
        let answer = self.admin.get(&format!("/v1/accounts/{}/{path}", self.account)).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.json());
        answer
    }
}

/// Connects so many customers to a partner, all with names and a reference of 20 Japanese characters,
/// one tag, three services and their figures: as large as the data model allows for.
async fn load(product: &Measured, partner: AccountId, count: usize) {
    let customers = (0..count).map(|number| customer(product, partner, number));
    let items =
        customers.flat_map(|(customer, licenses)| [attributes(&customer), attributes(&licenses)]);
    put_all(product, items.collect()).await;
}

/// Puts items, in batches.
async fn put_all(product: &Measured, items: Vec<Attributes>) {
    for batch in items.chunks(BATCH) {
        let writes = batch.iter().map(|item| {
            let put = PutRequest::builder().set_item(Some(item.clone())).build();
            let put = put.expect("an item is given");
            WriteRequest::builder().put_request(put).build()
        });
        let writes: Vec<_> = writes.collect();
        let request = product.client.batch_write_item().request_items(product.table(), writes);
        let written = exchange(request.send()).await.expect("the customers are written");
        let left = written.unprocessed_items.unwrap_or_default();
        assert!(left.is_empty(), "the embedded engine writes whole batches");
    }
}

fn customer(
    product: &Measured,
    partner: AccountId,
    number: usize,
) -> (CustomerItem, CustomerLicensesItem) {
    let seconds = i64::try_from(number).expect("not that many");
    let at = product.clock.now() - TimeDelta::seconds(seconds);
    // Spread over the alphabet, so that no order is that of the table.
    let place = number * 7_919 % 100_000;
    let digits = full_width(place);
    let names = Names {
        display_name: format!("東日本情報システム開発販売株式{digits}").parse().expect("a name"),
        organization_name: Some(
            format!("東日本情報通信持株会社統括本{digits}").parse().expect("a name"),
        ),
        org_id: OrgId::mint(at),
    };
    let tag = if number.is_multiple_of(IMPORTANT) { "重点顧客" } else { "一般顧客" };
    let time_zone: TimeZone = "Asia/Tokyo".parse().expect("a time zone");
    let today = time_zone.day_of(product.clock.now());
    let holdings = holdings(number, today);
    let customer = CustomerItem {
        partner,
        customer: AccountId::mint(at),
        connection_id: ConnectionId::mint(at),
        episode: 1,
        shares: Shares::all(),
        connected_at: at,
        names,
        suspended: false,
        copied_rev: 1,
        reference: Some(
            format!("契約番号東日本第一営業部九課{digits}").parse().expect("a reference"),
        ),
        tags: vec![tag.parse().expect("a tag")],
        figures: Some(Summary {
            open_tickets: Some(open_tickets(number)),
            active_notifications: Some(active_notifications(number)),
            ..summary(&holdings.entitlements, &holdings.assigned, today)
        }),
        figures_written: 1,
        dismissed_up_to: Some(NotificationId::mint(at)),
        federation_withdrawn: 0,
        rev: 1,
    };
    let licenses = CustomerLicensesItem::new(&customer, time_zone, holdings);
    (customer, licenses)
}

/// Every other customer has a ticket or more open.
fn open_tickets(number: usize) -> OpenTickets {
    let total = u32::try_from(number % 2 * (1 + number % 7)).expect("few");
    OpenTickets { total, critical: total / 3 }
}

fn active_notifications(number: usize) -> ActiveNotifications {
    let [error, warning, information] =
        [3, 5, 11].map(|most| u32::try_from(number % most).expect("few"));
    ActiveNotifications { total: error + warning + information, error, warning, information }
}

/// An entitlement of each service, with an order; half of the licences are assigned, or a few more
/// than all.
fn holdings(number: usize, today: NaiveDate) -> Holdings {
    let day = |days| today.checked_add_days(Days::new(days)).expect("a day");
    let starts_on = today.checked_sub_days(Days::new(200)).expect("a day");
    let entitlement = |(place, (code, _)): (usize, &(&str, &str))| Entitlement {
        entitlement_id: format!("EN-{number:05}-{place}").parse().expect("a number"),
        service: code.parse().expect("a code"),
        kind: EntitlementKind::Purchased,
        stage: Stage::Stated,
        terms: vec![Terms {
            from: starts_on,
            quantity: Some(BOUGHT),
            starts_on,
            ends_on: Some(day(165)),
        }],
        auto_renew: false,
        order_id: Some(format!("SO-{number:05}").parse().expect("a number")),
    };
    let bought = u64::from(BOUGHT);
    let assigned = if number.is_multiple_of(IMPORTANT) { bought + 3 } else { bought / 2 };
    Holdings {
        entitlements: SERVICES.iter().enumerate().map(entitlement).collect(),
        assigned: SERVICES.map(|(code, _)| (code.parse().expect("a code"), assigned)).into(),
    }
}

/// Five digits as Japanese forms have them.
fn full_width(number: usize) -> String {
    let wide = |digit: char| {
        let digit = digit.to_digit(10).expect("a digit");
        char::from_u32(0xFF10 + digit).expect("a full-width digit")
    };
    format!("{number:05}").chars().map(wide).collect()
}
