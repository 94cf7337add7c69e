//! The customer dashboard: marks, search, sort, filters, CSV: P3, P10.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    product::{Product, Tenant, column},
};

/// A query of one parameter, encoded.
fn query(name: &str, value: &str) -> String {
    format!("?{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))
}

async fn names(partner: &Tenant, query: &str) -> Vec<Value> {
    let path = partner.at(&format!("/customers{query}"));
    column(&partner.admin.get(&path).await.expect(200), "/customer/displayName")
}

async fn with_customers(product: &Product, names: &[&str]) -> (Tenant, Vec<Tenant>) {
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let mut customers = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let customer = product.register(&format!("a@customer{number}.example"), name).await;
        product.connect(&customer, &partner).await;
        customers.push(customer);
    }
    (partner, customers)
}

/// Width, case and kana make no difference; name, ORGID, verified name and reference are searched.
#[apply(both_engines)]
async fn search_folds_width_case_and_kana(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let (partner, customers) =
        with_customers(&product, &["ミナト運輸", "Ｃｌｏｕｄ Works", "さくら商事"]).await;
    for (text, expected) in [
        ("みなと", "ミナト運輸"),
        ("ﾐﾅﾄ", "ミナト運輸"),
        ("CLOUD", "Ｃｌｏｕｄ Works"),
        ("ｗｏｒｋｓ", "Ｃｌｏｕｄ Works"),
        ("サクラ", "さくら商事"),
        (&customers[2].org, "さくら商事"),
    ] {
        assert_eq!(names(&partner, &query("search", text)).await, [expected], "{text}");
    }
    assert_eq!(names(&partner, &query("search", "ない")).await, [] as [Value; 0]);
    let mark = json!({"reference": "C-1024"});
    partner.admin.patch(&partner.customer(&customers[1]), &mark).await.expect(200);
    assert_eq!(names(&partner, &query("search", "ｃ-１０２４")).await, ["Ｃｌｏｕｄ Works"]);
    let path = format!("/v1/platform/organizations/{}", customers[0].org);
    product.platform().put(&path, &json!({"name": "Harbour Lines K.K."})).await;
    assert_eq!(names(&partner, &query("search", "harbour")).await, ["ミナト運輸"]);
}

#[apply(both_engines)]
async fn it_is_sorted_by_name_and_time_in_both_directions(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let (partner, customers) = with_customers(&product, &["Beta", "alpha", "Gamma"]).await;
    assert_eq!(names(&partner, "?sort=name").await, ["alpha", "Beta", "Gamma"]);
    assert_eq!(names(&partner, "?sort=-name").await, ["Gamma", "Beta", "alpha"]);
    assert_eq!(names(&partner, "?sort=connectedAt").await, ["Beta", "alpha", "Gamma"]);
    assert_eq!(names(&partner, "?sort=-connectedAt").await, ["Gamma", "alpha", "Beta"]);
    // By default by the customer's id; what nobody knows yet sorts by id too.
    let mut by_id = customers.clone();
    by_id.sort_by(|a, b| a.id.cmp(&b.id));
    let ids: Vec<_> = by_id.iter().map(|customer| json!(customer.id)).collect();
    for sort in ["", "?sort=nextExpiry", "?sort=utilization", "?sort=openTickets"] {
        let list = partner.admin.get(&partner.at(&format!("/customers{sort}"))).await.expect(200);
        assert_eq!(column(&list, "/customer/accountId"), ids, "{sort}");
    }
}

/// Figures that later functions feed are `null`, match no filter, and are all there.
#[apply(both_engines)]
async fn what_is_not_known_yet_is_null_and_matches_nothing(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let (partner, _) = with_customers(&product, &["さくら商事"]).await;
    let list = partner.admin.get(&partner.at("/customers")).await.expect(200);
    let summary = json!({
        "services": null, "purchased": null, "assigned": null, "overage": null,
        "maxUtilization": null, "nextExpiry": null, "expiringWithin90Days": null,
        "openTickets": null, "activeNotifications": null, "trials": null, "asOf": null,
    });
    assert_eq!(list["items"][0]["summary"], summary);
    for filter in [
        "expiringWithinDays=90",
        "minUtilization=0",
        "hasOverage=true",
        "hasOverage=false",
        "hasOpenTickets=true",
        "hasOpenTickets=false",
        "hasTrials=true",
        "hasTrials=false",
    ] {
        assert_eq!(names(&partner, &format!("?{filter}")).await, [] as [Value; 0], "{filter}");
    }
}

/// Marks are the partner's own: the customer and other partners never see them.
#[apply(both_engines)]
async fn marks_are_the_partners_own(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let (partner, customers) = with_customers(&product, &["さくら商事"]).await;
    let customer = &customers[0];
    let other = product.partner("ken@hoshi.example", "星システムズ").await;
    product.connect(customer, &other).await;
    let path = partner.customer(customer);
    let marks =
        json!({"reference": "C-1024", "tags": ["更新予定", "VIP"], "note": "一行目\n二行目"});
    let marked = partner.admin.patch(&path, &marks).await.expect(200);
    assert_eq!((&marked["reference"], &marked["tags"]), (&marks["reference"], &marks["tags"]));
    assert_eq!(marked["note"], marks["note"]);

    assert_eq!(names(&partner, &query("tag", "vip")).await, ["さくら商事"]);
    assert_eq!(names(&partner, "?tag=vi").await, [] as [Value; 0], "a tag matches whole");
    let list = partner.admin.get(&partner.at("/customers")).await.expect(200);
    assert_eq!(column(&list, "/tags"), [marks["tags"].clone()]);
    assert_eq!(list["items"][0].get("note"), None, "the note is on the single customer");

    let seen = [
        customer.admin.get(&customer.at("/partners")).await,
        customer.admin.get(&customer.partner(&partner)).await,
        other.admin.get(&other.customer(customer)).await,
        other.admin.get(&other.at("/customers")).await,
    ];
    for answer in seen {
        let text = answer.expect(200).to_string();
        assert!(!text.contains("C-1024") && !text.contains("VIP") && !text.contains("一行目"));
    }
    // What is left out stays, `null` removes.
    let kept = partner.admin.patch(&path, &json!({"tags": []})).await.expect(200);
    assert_eq!((&kept["reference"], &kept["tags"]), (&json!("C-1024"), &json!([])));
    let removed = json!({"reference": null, "note": null});
    let removed = partner.admin.patch(&path, &removed).await.expect(200);
    assert_eq!((&removed["reference"], &removed["note"]), (&Value::Null, &Value::Null));
}

/// The whole dashboard as one file, in the reader's language, harmless to spreadsheets.
#[apply(both_engines)]
async fn it_is_exported_as_csv_in_both_languages(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let (partner, customers) = with_customers(&product, &["さくら商事", "=SUM(A1)"]).await;
    let marks = json!({"reference": "＋81", "tags": ["a,b", "\"q\""]});
    partner.admin.patch(&partner.customer(&customers[0]), &marks).await.expect(200);
    let path = partner.at("/customers?sort=name");
    let english = partner.admin.with("accept", "text/csv").get(&path).await;
    let japanese = partner.admin.reading("ja").get(&format!("{path}&format=csv")).await;
    assert_eq!(english.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let name = english.header("content-disposition").expect("a file name");
    assert!(name.starts_with("attachment; filename=\"customers.csv\";"), "{name}");

    let text = |body: &[u8]| String::from_utf8(body.to_vec()).expect("UTF-8");
    let (english, japanese) = (text(&english.body), text(&japanese.body));
    assert!(english.starts_with("\u{FEFF}Account ID,Display name,"), "{english}");
    assert!(japanese.starts_with("\u{FEFF}アカウントID,表示名,"), "{japanese}");
    assert_eq!(english.matches("\r\n").count(), 3, "headings and two customers");
    assert_eq!(
        japanese.lines().skip(1).collect::<Vec<_>>(),
        english.lines().skip(1).collect::<Vec<_>>()
    );
    assert!(english.contains(",'=SUM(A1),"), "{english}");
    assert!(english.contains(",'＋81,"), "{english}");
    assert!(english.contains("\"a,b; \"\"q\"\"\""), "{english}");
    let filtered = partner.admin.get(&partner.at("/customers?format=csv&tag=none")).await;
    assert_eq!(text(&filtered.body).lines().count(), 1, "filters act on the file too");
}
