//! What a partner sees of the licences of all its customers, and on its dashboard (P3, P10, P11).

use chrono::TimeDelta;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    product::{Product, Tenant, column},
    vendor::{bought, bought_until, fields, text, tried_until, used},
};

struct Stage {
    product: Product,
    partner: Tenant,
    /// More is used than it has, and a trial ends soon.
    over: Tenant,
    /// Half of what it has is used.
    half: Tenant,
    /// It has nothing.
    nothing: Tenant,
}

async fn stage(engine: Engine) -> Option<Stage> {
    let product = Product::open(engine).await?;
    product.offer("daas", "user").await;
    product.offer("mail", "user").await;
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let mut customers = Vec::new();
    for name in ["Over", "Half", "Nothing"] {
        let customer = product.register(&format!("a@{name}.example"), name).await;
        product.connect(&customer, &partner).await;
        customers.push(customer);
    }
    let [over, half, nothing] = <[Tenant; 3]>::try_from(customers).ok().expect("three");
    product.entitle(&over, "EN-1", &bought_until("daas", 10, "2026-05-01")).await;
    product.entitle(&over, "EN-2", &tried_until("mail", 5, "2026-03-20")).await;
    product.entitle(&half, "EN-3", &bought("daas", 10)).await;
    let mut usage = vec![used(&over, "mail", "u", "2026-03-02")];
    for (customer, users) in [(&over, 12), (&half, 5)] {
        usage.extend((0..users).map(|n| used(customer, "daas", &format!("u{n}"), "2026-03-02")));
    }
    product.report(&usage).await;
    Some(Stage { product, partner, over, half, nothing })
}

const FIGURES: [&str; 7] = [
    "services",
    "purchased",
    "assigned",
    "overage",
    "maxUtilization",
    "nextExpiry",
    "expiringWithin90Days",
];

async fn summary(partner: &Tenant, customer: &Tenant) -> Value {
    partner.admin.get(&partner.customer(customer)).await.expect(200)["summary"].clone()
}

async fn found(partner: &Tenant, query: &str) -> Vec<Value> {
    let path = partner.at(&format!("/customers?{query}"));
    column(&partner.admin.get(&path).await.expect(200), "/customer/displayName")
}

/// The dashboard has the figures after the run; filters and sorting go by them.
#[apply(both_engines)]
async fn given_a_run_then_the_dashboard_has_figures_and_finds_customers_by_them(engine: Engine) {
    let Some(Stage { product, partner, over, half, nothing }) = stage(engine).await else { return };
    let before = summary(&partner, &over).await;
    assert_eq!(json!(fields(&before, FIGURES)), json!([null, null, null, null, null, null, null]));
    product.aggregate().await;
    let none = Value::Null;
    for (customer, expected, trials) in [
        (&over, json!([2, 15, 13, 2, 1.2, "2026-03-20", 2]), 1),
        (&half, json!([1, 10, 5, 0, 0.5, none, 0]), 0),
        (&nothing, json!([0, 0, 0, 0, none, none, 0]), 0),
    ] {
        let summary = summary(&partner, customer).await;
        assert_eq!(json!(fields(&summary, FIGURES)), expected);
        assert_eq!(summary["trials"], json!({"active": trials, "pending": 0, "expired": 0}));
        assert_eq!(summary["asOf"], json!(product.world.now()));
    }
    for (query, expected) in [
        ("hasOverage=true", &["Over"][..]),
        ("hasOverage=false&sort=name", &["Half", "Nothing"]),
        ("minUtilization=0.5&sort=name", &["Half", "Over"]),
        ("minUtilization=0.51", &["Over"]),
        ("minUtilization=1.21", &[]),
        ("expiringWithinDays=17", &[]),
        ("expiringWithinDays=18", &["Over"]),
        ("hasTrials=true", &["Over"]),
        ("hasTrials=false&sort=name", &["Half", "Nothing"]),
        ("sort=utilization", &["Half", "Over", "Nothing"]),
        ("sort=-utilization", &["Over", "Half", "Nothing"]),
        ("sort=nextExpiry&hasTrials=true", &["Over"]),
    ] {
        assert_eq!(found(&partner, query).await, expected, "{query}");
    }
    assert_eq!(found(&partner, "sort=nextExpiry").await[0], "Over", "what has none sorts last");

    // A customer that connects later has figures with the next run, its trial asked for among them.
    let late = product.register("a@late.example", "Late").await;
    product.entitle(&late, "EN-4", &bought("mail", 3)).await;
    late.admin.post(&late.at("/trials"), &json!({"service": "daas"})).await.expect(201);
    product.connect(&late, &partner).await;
    assert_eq!(summary(&partner, &late).await["purchased"], none);
    product.aggregate().await;
    let shown = summary(&partner, &late).await;
    assert_eq!(json!(fields(&shown, FIGURES)), json!([1, 3, 0, 0, 0.0, none, 0]));
    assert_eq!(shown["trials"], json!({"active": 0, "pending": 1, "expired": 0}));

    // Time alone: the trial is over by the account's day, and counts no more.
    product.set_clock("2026-03-20T15:00:00Z");
    product.aggregate().await;
    let shown = summary(&partner, &over).await;
    assert_eq!(json!(fields(&shown, FIGURES)), json!([2, 10, 13, 3, 1.2, "2026-05-01", 1]));
    assert_eq!(shown["trials"], json!({"active": 0, "pending": 0, "expired": 1}));
}

/// All lists over all customers, as one text, files too.
async fn lists(partner: &Tenant) -> String {
    let mut all = String::new();
    for path in [
        "/overview",
        "/customer-licenses",
        "/customer-licenses?format=csv",
        "/customer-licenses?service=daas",
        "/customer-licenses?level=over",
        "/customer-entitlements",
        "/customer-entitlements?format=csv",
        "/customer-entitlements?kind=trial",
        "/customer-entitlements?expiringWithinDays=90",
        "/customer-entitlements?state=active&service=daas",
    ] {
        all.push_str(&text(&partner.admin.get(&partner.at(path)).await));
        all.push('\n');
    }
    all
}

/// The sums and rows over all customers, by service, level, state and end.
#[apply(both_engines)]
async fn given_several_customers_then_sums_and_rows_are_theirs(engine: Engine) {
    let Some(Stage { product, partner, over, half, .. }) = stage(engine).await else { return };
    product.aggregate().await;
    let overview = partner.admin.reading("ja").get(&partner.at("/overview")).await.expect(200);
    let expected = json!({
        "customers": 2,
        "services": [{
            "service": "daas", "name": "サービス daas", "model": "user", "customers": 2,
            "purchased": 20, "ofWhichTrial": 0, "assigned": 17, "available": 5, "overage": 2,
            "utilization": 0.85, "levels": {"ok": 1, "near": 0, "over": 1},
        }, {
            "service": "mail", "name": "サービス mail", "model": "user", "customers": 1,
            "purchased": 5, "ofWhichTrial": 5, "assigned": 1, "available": 4, "overage": 0,
            "utilization": 0.2, "levels": {"ok": 1, "near": 0, "over": 0},
        }],
        "trials": {"active": 1, "pending": 0, "expired": 0}, "expiringWithin90Days": 2,
        "asOf": product.world.now(),
    });
    assert_eq!(overview, expected);

    let rows = async |path: &str| {
        let list = partner.admin.get(&partner.at(path)).await.expect(200);
        let rows = list["items"].as_array().expect("rows").clone();
        let row = |row: &Value| {
            let id = if row["entitlementId"].is_null() { "service" } else { "entitlementId" };
            format!("{} {}", row["customer"]["displayName"], row[id]).replace('"', "")
        };
        rows.iter().map(row).collect::<Vec<_>>()
    };
    assert_eq!(rows("/customer-licenses").await, ["Over daas", "Over mail", "Half daas"]);
    assert_eq!(rows("/customer-licenses?level=over").await, ["Over daas"]);
    assert_eq!(rows("/customer-licenses?level=ok&service=daas").await, ["Half daas"]);
    assert_eq!(rows("/customer-entitlements").await, ["Over EN-1", "Over EN-2", "Half EN-3"]);
    assert_eq!(rows("/customer-entitlements?kind=trial&state=active").await, ["Over EN-2"]);
    let soon = "/customer-entitlements?expiringWithinDays=60";
    assert_eq!(rows(soon).await, ["Over EN-1", "Over EN-2"]);
    assert_eq!(rows("/customer-entitlements?expiringWithinDays=59").await, ["Over EN-2"]);
    assert_eq!(rows("/customer-entitlements?service=mail&state=expired").await, [""; 0]);

    // A page at a time they are the same rows.
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = partner.at(&format!("/customer-licenses?limit=1{cursor}"));
        let page = partner.admin.get(&path).await.expect(200);
        seen.extend(column(&page, "/service"));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["daas", "mail", "daas"]);
    let list = partner.admin.get(&partner.at("/customer-licenses")).await.expect(200);
    let ids = column(&list, "/customer/accountId");
    assert_eq!(ids, [&over.id, &over.id, &half.id].map(|id| json!(id)));
}

/// Ending, narrowing and suspending hide a customer from all lists with the very next request.
#[apply(both_engines)]
async fn given_an_end_a_narrowing_or_a_suspension_then_the_next_request_shows_no_more(
    engine: Engine,
) {
    let Some(Stage { product, partner, over, half, nothing }) = stage(engine).await else { return };
    product.entitle(&nothing, "EN-9", &bought("mail", 77)).await;
    product.aggregate().await;
    let all = lists(&partner).await;
    assert!(all.contains(&over.id) && all.contains(&half.id) && all.contains(&nothing.id));

    // Suspended: nothing at all; back as it was when it opens again.
    product.set_status(&over, "suspended").await;
    let shown = lists(&partner).await;
    assert!(!shown.contains(&over.id) && shown.contains(&half.id), "{shown}");
    assert!(shown.contains("\"customers\":2") && !shown.contains("EN-2"), "{shown}");
    product.set_status(&over, "active").await;
    assert_eq!(lists(&partner).await, all);

    // Narrowed: each list by the share it needs.
    let narrow = async |shares: Value| {
        let body = json!({ "shares": shares });
        over.admin.patch(&over.partner(&partner), &body).await.expect(200);
    };
    narrow(json!(["account", "licenses"])).await;
    let shown = lists(&partner).await;
    assert!(!shown.contains("EN-2") && shown.contains("\"overage\":2"), "{shown}");
    assert!(shown.contains("\"expiringWithin90Days\":0"), "{shown}");
    narrow(json!(["account", "entitlements"])).await;
    let shown = lists(&partner).await;
    assert!(shown.contains("EN-2") && !shown.contains("\"overage\":2"), "{shown}");
    narrow(json!(["account"])).await;
    let shown = lists(&partner).await;
    assert!(!shown.contains(&over.id) && shown.contains("\"customers\":2"), "{shown}");
    narrow(json!(["account", "licenses", "entitlements"])).await;
    assert_eq!(lists(&partner).await, all, "shared again");

    // Ended by the customer, and by the partner.
    over.admin.delete(&over.partner(&partner)).await.expect(204);
    assert!(!lists(&partner).await.contains(&over.id));
    partner.admin.delete(&partner.customer(&half)).await.expect(204);
    let shown = lists(&partner).await;
    assert!(!shown.contains(&half.id) && shown.contains("EN-9"), "{shown}");
    assert_eq!(
        shown.matches("\"customers\":1,").count(),
        2,
        "the overview and its service: {shown}"
    );

    // Connected again, with figures from the next run on.
    product.world.wait(TimeDelta::seconds(1));
    product.connect(&over, &partner).await;
    assert!(!lists(&partner).await.contains("EN-2"));
    product.aggregate().await;
    let shown = lists(&partner).await;
    assert!(shown.contains(&over.id) && shown.contains("EN-2"), "{shown}");
}

/// Rows have the names of today, of the customer and of its organization.
#[apply(both_engines)]
async fn given_new_names_then_rows_have_them_at_once(engine: Engine) {
    let Some(Stage { product, partner, over, .. }) = stage(engine).await else { return };
    product.aggregate().await;
    let renamed = json!({"displayName": "新しい名前"});
    over.admin.patch(&over.at(""), &renamed).await.expect(200);
    let path = format!("/v1/platform/organizations/{}", over.org);
    let named = product.platform().put(&path, &json!({"name": "Harbour Lines K.K."})).await;
    assert!(named.status.is_success());
    for path in ["/customer-licenses", "/customer-entitlements"] {
        let list = partner.admin.get(&partner.at(path)).await.expect(200);
        let customer = &list["items"][0]["customer"];
        let shown = fields(customer, ["accountId", "displayName", "organizationName", "orgId"]);
        assert_eq!(shown, [&*over.id, "新しい名前", "Harbour Lines K.K.", &*over.org], "{path}");
        let file = text(&partner.admin.get(&partner.at(&format!("{path}?format=csv"))).await);
        assert!(file.contains("新しい名前,Harbour Lines K.K.,"), "{file}");
    }
}
