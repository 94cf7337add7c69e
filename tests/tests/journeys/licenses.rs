//! Licences as they are used: bought, used, read by the customer and its partner (P10–P13).

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    product::{Product, Tenant, column},
    vendor::{bought_until, fields, text, used},
};

async fn stage(engine: Engine) -> Option<(Product, Tenant, Tenant)> {
    let product = Product::open(engine).await?;
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &partner).await;
    product.offer("daas", "user").await;
    Some((product, partner, customer))
}

fn usage(customer: &Tenant) -> Vec<Value> {
    [
        ("hanako", "2026-02-10"),
        ("hanako", "2026-03-01"),
        ("jiro", "2026-03-02"),
        ("ken", "2026-03-02"),
    ]
    .map(|(user, day)| used(customer, "daas", user, day))
    .into()
}

fn point(period: &str, purchased: u64, counts: [u64; 4], complete: bool) -> Value {
    let [previously, newly, released, active] = counts;
    let assigned = previously + newly;
    // Hundredths: what JSON shows of the quotient is the same.
    let utilization = match purchased {
        0 => Value::Null,
        _ => json!(f64::from(u32::try_from(assigned).expect("few")) / 10.0),
    };
    json!({
        "period": period, "purchased": purchased, "assigned": assigned, "utilization": utilization,
        "previouslyAssigned": previously, "newlyAssigned": newly, "released": released,
        "activeUsers": active, "complete": complete,
    })
}

/// Everything that partner and customer read of licences, in both languages.
async fn everything(partner: &Tenant, customer: &Tenant) -> Vec<String> {
    let mut all = Vec::new();
    for (who, base) in [(partner, partner.customer(customer)), (customer, customer.at(""))] {
        for language in ["ja", "en"] {
            for path in [
                "/licenses",
                "/licenses?format=csv",
                "/licenses/daas/trends",
                "/licenses/daas/trends?interval=day",
                "/licenses/daas/trends?format=csv",
                "/entitlements",
            ] {
                let answer = who.admin.reading(language).get(&format!("{base}{path}")).await;
                all.push(text(&answer));
            }
        }
    }
    all.push(text(&customer.admin.get(&customer.at("/licenses/daas/users")).await));
    all.push(text(&partner.admin.get(&partner.at("/customers")).await));
    all.push(text(&partner.admin.get(&partner.at("/overview")).await));
    all
}

/// The summary, the trends and their files, in both languages; the same usage again moves nothing.
#[apply(both_engines)]
async fn given_usage_of_what_was_bought_then_the_partner_reads_figures_and_twice_is_once(
    engine: Engine,
) {
    let Some((product, partner, customer)) = stage(engine).await else { return };
    product.entitle(&customer, "EN-1", &bought_until("daas", 10, "2026-12-31")).await;
    product.report(&usage(&customer)).await;
    product.aggregate().await;
    let as_of = json!(product.world.now());
    let base = partner.customer(&customer);
    for (language, name) in [("ja", "サービス daas"), ("en", "Service daas")] {
        let reader = partner.admin.reading(language);
        let licenses = reader.get(&format!("{base}/licenses")).await.expect(200);
        let expected = json!({
            "items": [{
                "service": "daas", "name": name, "model": "user", "purchased": 10,
                "ofWhichTrial": 0, "assigned": 3, "available": 7, "overage": 0, "utilization": 0.3,
                "level": "ok", "nextExpiry": "2026-12-31", "expiringSoon": false,
                "breakdown": {"previouslyAssigned": 1, "newlyAssigned": 2},
                "monthlyActive":
                    {"users": 3, "ratio": 0.3, "from": "2026-02-01", "to": "2026-03-02"},
                "dailyActive": {"users": 2, "ratio": 0.2, "from": "2026-03-02", "to": "2026-03-02"},
            }],
            "asOf": as_of, "timeZone": "Asia/Tokyo",
        });
        assert_eq!(licenses, expected);
    }

    let trend = partner.admin.get(&format!("{base}/licenses/daas/trends")).await.expect(200);
    let named = fields(&trend, ["service", "interval", "from", "to", "asOf", "timeZone"]);
    let expected = ["daas", "month", "2025-04", "2026-03"].map(Value::from);
    assert_eq!((&named[..4], &named[4], &named[5]), (&expected[..], &as_of, &json!("Asia/Tokyo")));
    let points = trend["points"].as_array().expect("points");
    assert_eq!(points.len(), 12);
    for (place, expected) in [
        (0, point("2025-04", 0, [0, 0, 0, 0], true)),
        (9, point("2026-01", 10, [0, 0, 0, 0], true)),
        (10, point("2026-02", 10, [0, 1, 0, 1], true)),
        (11, point("2026-03", 10, [1, 2, 0, 3], false)),
    ] {
        assert_eq!(points[place], expected);
    }

    let before = everything(&partner, &customer).await;
    product.report(&usage(&customer)).await;
    product.aggregate().await;
    assert_eq!(everything(&partner, &customer).await, before, "the same again is the same");
}

/// The files say what the lists say, under headings of the reader's language.
#[apply(both_engines)]
async fn given_a_spreadsheet_then_it_has_the_same_figures_in_both_languages(engine: Engine) {
    let Some((product, partner, customer)) = stage(engine).await else { return };
    product.entitle(&customer, "EN-1", &bought_until("daas", 10, "2026-12-31")).await;
    product.report(&usage(&customer)).await;
    product.aggregate().await;
    let base = partner.customer(&customer);
    let reader = partner.admin.with("accept", "text/csv");
    let as_of = json!(product.world.now());
    let as_of = as_of.as_str().expect("an instant");

    let summary = text(&reader.get(&format!("{base}/licenses")).await);
    let headings = "\u{FEFF}Service,Name,Model,Purchased,Of which trial,Assigned,Available,Overage,\
                    Utilization,Level,Next expiry,Expiring soon,Previously assigned,Newly assigned,\
                    Monthly active users,Monthly active ratio,Monthly from,Monthly to,\
                    Daily active users,Daily active ratio,Daily on,As of,Time zone";
    let row = format!(
        "daas,Service daas,user,10,0,3,7,0,0.3,ok,2026-12-31,false,1,2,3,0.3,2026-02-01,2026-03-02,2,\
         0.2,2026-03-02,{as_of},Asia/Tokyo"
    );
    assert_eq!(summary, format!("{headings}\r\n{row}\r\n"));
    let japanese = text(&reader.reading("ja").get(&format!("{base}/licenses")).await);
    assert!(
        japanese.starts_with(
            "\u{FEFF}サービス,サービス名,モデル,購入済み,うちトライアル,割り当て済み,"
        )
    );
    let row = row.replace("Service daas", "サービス daas");
    assert!(japanese.ends_with(&format!("タイムゾーン\r\n{row}\r\n")), "{japanese}");

    let path = format!("{base}/licenses/daas/trends?from=2026-02&to=2026-03");
    let trends = text(&reader.get(&path).await);
    let headings = "\u{FEFF}Service,Period,Purchased,Assigned,Utilization,Previously assigned,\
                    Newly assigned,Released,Active users,Complete,As of,Time zone";
    let rows = format!(
        "daas,2026-02,10,1,0.1,0,1,0,1,true,{as_of},Asia/Tokyo\r\n\
         daas,2026-03,10,3,0.3,1,2,0,3,false,{as_of},Asia/Tokyo\r\n"
    );
    assert_eq!(trends, format!("{headings}\r\n{rows}"));
    let japanese = text(&reader.reading("ja").get(&path).await);
    assert!(
        japanese.starts_with("\u{FEFF}サービス,期間,購入済み,割り当て済み,使用率,"),
        "{japanese}"
    );
    assert!(japanese.ends_with(&format!("タイムゾーン\r\n{rows}")), "{japanese}");
}

/// Who holds the licences is for the account alone: for its partner there is no such path.
#[apply(both_engines)]
async fn given_holders_then_the_customer_lists_them_and_its_partner_does_not(engine: Engine) {
    let Some((product, partner, customer)) = stage(engine).await else { return };
    product.entitle(&customer, "EN-1", &bought_until("daas", 10, "2026-12-31")).await;
    product.report(&usage(&customer)).await;
    product.aggregate().await;
    let path = customer.at("/licenses/daas/users");
    let users = customer.admin.get(&path).await.expect(200);
    let mut known: Vec<_> = users["items"].as_array().expect("users").clone();
    known.sort_by_key(|user| user["userId"].to_string());
    let shown: Vec<_> = known
        .iter()
        .map(|user| fields(user, ["userId", "source", "assignedOn", "lastActiveOn"]))
        .collect();
    let expected = [
        ["hanako", "reported", "2026-02-10", "2026-03-01"],
        ["jiro", "reported", "2026-03-02", "2026-03-02"],
        ["ken", "reported", "2026-03-02", "2026-03-02"],
    ];
    assert_eq!(shown, expected.map(|user| user.map(Value::from)));
    let devices = customer.admin.get(&customer.at("/licenses/daas/devices")).await.expect(200);
    assert_eq!(devices["items"], json!([]), "its licences count users");

    let holder = column(&users, "/holderId")[0].as_str().expect("an id").to_owned();
    for base in [customer.at(""), partner.customer(&customer)] {
        for list in ["users", "devices"] {
            let path = format!("{base}/licenses/daas/{list}");
            let refused = partner.admin.get(&path).await;
            assert_eq!(
                (refused.status.as_u16(), refused.code()),
                (404, Some("not-found")),
                "{path}"
            );
            let path = format!("{path}/{holder}/release");
            let refused = partner.admin.post(&path, &json!({})).await;
            assert_eq!(
                (refused.status.as_u16(), refused.code()),
                (404, Some("not-found")),
                "{path}"
            );
        }
    }
    assert_eq!(customer.admin.get(&path).await.expect(200), users, "and nothing was released");
}
