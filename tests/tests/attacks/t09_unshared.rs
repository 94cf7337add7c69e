//! T9: reading through the dashboard what is no longer shared.

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_domain::dashboard::{ActiveNotifications, OpenTickets, Summary, Trials};
use tsunagu_store::{items::CustomerItem, keys};
use tsunagu_tests::{
    Engine, both_engines,
    product::{Product, SHARES, Tenant, column},
};

/// Figures as later functions will write them, striking enough to be found anywhere.
fn figures() -> Summary {
    Summary {
        services: Some(41),
        purchased: Some(7_001),
        assigned: Some(7_777),
        overage: Some(776),
        max_utilization: Some(1.5),
        next_expiry: Some("2026-03-05".parse().expect("a day")),
        expiring_within90_days: Some(43),
        open_tickets: Some(OpenTickets { total: 47, critical: 44 }),
        active_notifications: Some(ActiveNotifications {
            total: 53,
            error: 48,
            warning: 3,
            information: 2,
        }),
        trials: Some(Trials { active: 59, pending: 58, expired: 57 }),
        as_of: Some("2026-03-01T15:00:00Z".parse().expect("an instant")),
    }
}

/// Plants figures in the item that the dashboard reads.
async fn plant(product: &Product, partner: &Tenant, customer: &Tenant, summary: Summary) {
    let id = |tenant: &Tenant| tenant.id.parse().expect("an id");
    let key = keys::customer(id(partner), id(customer));
    let mut item: CustomerItem = product.world.stored.get(key).await.expect("they are connected");
    item.figures = Some(summary);
    product.world.stored.put(&item).await;
}

async fn stage(engine: Engine) -> Option<(Product, Tenant, Tenant, Tenant)> {
    let product = Product::open(engine).await?;
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let open = product.register("open@sakura.example", "Open").await;
    let closed = product.register("closed@ume.example", "Closed").await;
    for customer in [&open, &closed] {
        product.connect(customer, &partner).await;
    }
    // Given a run, whose time all figures are as of.
    product.aggregate().await;
    for customer in [&open, &closed] {
        plant(&product, &partner, customer, figures()).await;
    }
    Some((product, partner, open, closed))
}

/// What each share shows, by the fields of the summary.
const SHOWN: [(&str, &[&str]); 4] = [
    ("licenses", &["services", "purchased", "assigned", "overage", "maxUtilization", "asOf"]),
    ("entitlements", &["nextExpiry", "expiringWithin90Days", "trials"]),
    ("tickets", &["openTickets"]),
    ("notifications", &["activeNotifications"]),
];

/// Every set of shares shows its own part of the figures, and `null` for the rest, on list and
/// single alike.
#[apply(both_engines)]
async fn t09_each_share_shows_its_part_and_null_for_the_rest(engine: Engine) {
    let Some((_product, partner, _, customer)) = stage(engine).await else { return };
    for shares in SHARES.map(|one| json!([one])).into_iter().chain([json!([]), json!(SHARES)]) {
        let body = json!({"shares": shares});
        customer.admin.patch(&customer.partner(&partner), &body).await.expect(200);
        let single = partner.admin.get(&partner.customer(&customer)).await.expect(200);
        let list = partner.admin.get(&partner.at("/customers?search=Closed")).await.expect(200);
        assert_eq!(list["items"][0]["summary"], single["summary"]);
        let has = |share: &str| shares.as_array().expect("a list").contains(&json!(share));
        for (share, fields) in SHOWN {
            for field in fields {
                let shown = !single["summary"][field].is_null();
                assert_eq!(shown, has(share), "{field} with {shares}");
            }
        }
        assert_eq!(!single["account"].is_null(), has("account"), "{shares}");
    }
}

/// Narrowed to nothing: no filter finds it, no sort places it, no file tells of it.
#[apply(both_engines)]
async fn t09_what_is_not_shared_matches_no_filter_sorts_last_and_is_in_no_file(engine: Engine) {
    let Some((product, partner, _open, closed)) = stage(engine).await else { return };
    let larger =
        Summary { max_utilization: Some(9.5), next_expiry: "2026-03-03".parse().ok(), ..figures() };
    plant(&product, &partner, &closed, larger).await;
    closed.admin.patch(&closed.partner(&partner), &json!({"shares": []})).await.expect(200);
    let names = async |query: &str| {
        let list = partner.admin.get(&partner.at(&format!("/customers?{query}"))).await.expect(200);
        column(&list, "/customer/displayName")
    };
    for filter in [
        "expiringWithinDays=90",
        "minUtilization=0",
        "minUtilization=-1",
        "hasOverage=true",
        "hasOpenTickets=true",
        "hasTrials=true",
    ] {
        assert_eq!(names(filter).await, ["Open"], "{filter}");
    }
    for filter in
        ["hasOverage=false", "hasOpenTickets=false", "hasTrials=false", "minUtilization=2"]
    {
        assert_eq!(names(filter).await, [] as [Value; 0], "{filter}");
    }
    for sort in ["nextExpiry", "utilization", "openTickets"] {
        for direction in ["", "-"] {
            assert_eq!(
                names(&format!("sort={direction}{sort}")).await,
                ["Open", "Closed"],
                "{direction}{sort}"
            );
        }
    }
    let csv = partner.admin.get(&partner.at("/customers?format=csv&search=Closed")).await;
    let csv = String::from_utf8(csv.body.to_vec()).expect("UTF-8");
    let single = partner.admin.get(&partner.customer(&closed)).await.expect(200).to_string();
    for figure in
        ["41", "7001", "7777", "776", "9.5", "2026-03-03", "43", "47", "44", "53", "59", "58"]
    {
        let cells = csv.lines().nth(1).expect("a row").split(',');
        assert!(!cells.clone().any(|cell| cell == figure), "{figure}: {csv}");
        assert!(
            !single.contains(&format!(":{figure}")) && !single.contains(&format!("\"{figure}\"")),
            "{figure}: {single}"
        );
    }
    // The open one shows that the figures were there to be found.
    assert_eq!(names("sort=-utilization&limit=1").await, ["Open"]);
    let open = partner.admin.get(&partner.at("/customers?format=csv&search=Open")).await;
    assert!(String::from_utf8_lossy(&open.body).contains(",7777,"));
}

/// It acts with the very next request, and what is shared again is seen again.
#[apply(both_engines)]
async fn t09_it_is_decided_at_the_time_of_reading(engine: Engine) {
    let Some((_product, partner, open, _)) = stage(engine).await else { return };
    let path = partner.customer(&open);
    for _ in 0..2 {
        let narrowed = json!({"shares": ["account"]});
        open.admin.patch(&open.partner(&partner), &narrowed).await.expect(200);
        let seen = partner.admin.get(&path).await.expect(200);
        assert_eq!(seen["summary"]["purchased"], Value::Null);
        open.admin.patch(&open.partner(&partner), &json!({"shares": SHARES})).await.expect(200);
        let seen = partner.admin.get(&path).await.expect(200);
        assert_eq!(seen["summary"]["purchased"], 7_001);
    }
}
