//! Reading an account's audit trail.

use chrono::TimeDelta;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    product::{Person, Product, SHARES, Tenant, column},
};

async fn pair(engine: Engine) -> Option<(Product, Tenant, Tenant)> {
    let product = Product::open(engine).await?;
    let partner = product.partner("hanako@minato.example", "みなと情報").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    Some((product, partner, customer))
}

async fn trail(reader: &Person, of: &Tenant, query: &str) -> Value {
    reader.get(&of.at(&format!("/audit{query}"))).await.expect(200)
}

/// All entries that a query finds, page by page.
async fn all(of: &Tenant, query: &str) -> Vec<Value> {
    let mut seen = Vec::new();
    let mut path = format!("{query}&limit=3");
    loop {
        let page = trail(&of.admin, of, &path).await;
        seen.extend(page["items"].as_array().expect("items").clone());
        match page["nextCursor"].as_str() {
            Some(cursor) => path = format!("{query}&limit=3&cursor={cursor}"),
            None => return seen,
        }
    }
}

/// Given every act on a connection by either side, when both trails are read, then each side's persons
/// stand in its own alone (T10).
#[apply(both_engines)]
async fn t10_given_every_act_on_a_connection_then_no_trail_has_the_other_sides_person(
    engine: Engine,
) {
    let Some((product, partner, customer)) = pair(engine).await else { return };
    product.connect(&customer, &partner).await;
    let narrowed = json!({"shares": SHARES[..3]});
    customer.admin.patch(&customer.partner(&partner), &narrowed).await.expect(200);
    let everything = json!({"shares": SHARES});
    customer.admin.patch(&customer.partner(&partner), &everything).await.expect(200);
    let tickets = format!("{}/tickets", partner.customer(&customer));
    let ticket = json!({"subject": "Slow", "description": "Very", "severity": "high"});
    let ticket = partner.admin.post(&tickets, &ticket).await.expect(201);
    let ticket = format!("{tickets}/{}", ticket["ticketId"].as_str().expect("an id"));
    partner.admin.patch(&ticket, &json!({"severity": "low"})).await.expect(200);
    let comment = json!({"body": "Any news?"});
    partner.admin.post(&format!("{ticket}/comments"), &comment).await.expect(201);
    customer.admin.delete(&customer.partner(&partner)).await.expect(204);
    product.connect(&customer, &partner).await;
    let block = format!("{}?block=true", partner.customer(&customer));
    partner.admin.delete(&block).await.expect(204);
    let unblock = partner.at(&format!("/blocked-customers/{}", customer.id));
    partner.admin.delete(&unblock).await.expect(204);

    let ids = async |of: &Tenant| {
        let list = of.admin.get(&of.at("/administrators")).await.expect(200);
        column(&list, "/adminId")[0].as_str().expect("an id").to_owned()
    };
    let (of_partner, of_customer) = (ids(&partner).await, ids(&customer).await);
    let seen = trail(&partner.admin, &partner, "?limit=100").await;
    for word in [
        "connection-created",
        "connection-shares-changed",
        "connection-ended",
        "ticket-opened",
        "ticket-changed",
        "ticket-commented",
        "customer-blocked",
        "customer-unblocked",
    ] {
        assert!(column(&seen, "/action").contains(&json!(word)), "{word}: {seen}");
    }
    let text = seen.to_string();
    assert!(text.contains(&of_partner) && text.contains(&partner.email));
    assert!(!text.contains(&of_customer) && !text.contains(&customer.email), "{text}");
    let seen = trail(&customer.admin, &customer, "?limit=100").await;
    let text = seen.to_string();
    assert!(text.contains(&of_customer) && text.contains(&customer.email));
    assert!(!text.contains(&of_partner) && !text.contains(&partner.email), "{text}");
    let acts = trail(&customer.admin, &customer, "?actor=partner&action=connection-ended").await;
    let nobody =
        json!({"kind": "partner", "adminId": null, "email": null, "accountId": partner.id});
    assert_eq!(column(&acts, "/actor"), [nobody]);
}

/// Given entries of many months, when they are paged, then each is seen once, newest first, and
/// filters by actor and action leave out the others.
#[apply(both_engines)]
async fn given_months_of_entries_then_pages_and_filters_find_each_once(engine: Engine) {
    let Some((product, partner, customer)) = pair(engine).await else { return };
    for _ in 0..16 {
        product.world.wait(TimeDelta::days(40));
        product.connect(&customer, &partner).await;
        customer.admin.delete(&customer.partner(&partner)).await.expect(204);
    }
    let all = async |query: &str| all(&customer, query).await;
    let everything = all("?").await;
    let ids: Vec<_> =
        everything.iter().map(|one| one["auditId"].as_str().expect("an id")).collect();
    assert!(ids.is_sorted_by(|a, b| a > b), "newest first, each once");
    assert_eq!(ids.len(), 33, "registered, and 16 times begun and ended");
    assert_eq!(all("?action=connection-ended").await.len(), 16);
    assert_eq!(all("?actor=administrator").await.len(), 33);
    assert_eq!(all("?actor=system").await.len(), 0);
    assert_eq!(all(&format!("?actor={}", partner.id)).await.len(), 0, "the customer did it all");
    let acts = self::all(&partner, &format!("?actor={}", customer.id)).await;
    assert_eq!(acts.len(), 32, "as the partner sees it");
    let registered = column(&json!({"items": everything}), "/at").pop().expect("the oldest");
    let registered = registered.as_str().expect("an instant");
    let first = all(&format!("?from={registered}&to={registered}")).await;
    assert_eq!(first.len(), 1, "both ends are included");
}

/// Given other words than the contract's, when the trail is asked for, then all is pointed at; a
/// cursor fits its own list alone (T13).
#[apply(both_engines)]
async fn given_wrong_queries_then_they_are_pointed_at_and_cursors_fit_no_other_list(
    engine: Engine,
) {
    let Some((product, partner, customer)) = pair(engine).await else { return };
    product.connect(&customer, &partner).await;
    for (query, pointer, code) in [
        ("?from=yesterday", "/from", "malformed"),
        ("?to=2026-02-30", "/to", "malformed"),
        ("?from=2026-03-02T00:00", "/from", "malformed"),
        ("?from=2026-03-02&to=2026-03-01", "/from", "behind-end"),
        ("?actor=somebody", "/actor", "unknown-value"),
        ("?actor=acc_1", "/actor", "malformed"),
        ("?action=everything", "/action", "unknown-value"),
        ("?format=csv&from=2020-01-01", "/from", "range-too-long"),
        ("?format=xml", "/format", "unknown-value"),
    ] {
        let refused = customer.admin.get(&customer.at(&format!("/audit{query}"))).await.expect(422);
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{query}");
        assert_eq!(refused["errors"][0]["code"], code, "{query}");
    }
    let page = trail(&customer.admin, &customer, "?limit=1").await;
    let cursor = page["nextCursor"].as_str().expect("there is more");
    for (reader, of, query) in
        [(&customer, &customer, "?limit=1&actor=partner"), (&partner, &partner, "?limit=1")]
    {
        let path = of.at(&format!("/audit{query}&cursor={cursor}"));
        assert_eq!(reader.admin.get(&path).await.code(), Some("cursor-invalid"), "{query}");
    }
}

/// Given days at the ends of the world's zones, when a day is asked for, then it is the account's own.
#[apply(both_engines)]
async fn given_time_zones_then_a_day_is_the_accounts_own(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    for (zone, hours) in [("Pacific/Niue", -11), ("Asia/Tokyo", 9), ("Pacific/Kiritimati", 14)] {
        let admin = product.person(&format!("{hours}@zones.example")).await;
        let body = json!({"displayName": zone, "country": "JP", "timeZone": zone});
        let account = admin.post("/v1/accounts", &body).await.expect(201);
        let at = |rest: &str| {
            format!("/v1/accounts/{}{rest}", account["accountId"].as_str().expect("an id"))
        };
        let here = product.world.now() + TimeDelta::hours(hours);
        let count = async |day: chrono::NaiveDate| {
            let list = admin.get(&at(&format!("/audit?from={day}&to={day}"))).await.expect(200);
            list["items"].as_array().expect("items").len()
        };
        let today = here.date_naive();
        assert_eq!(count(today).await, 1, "{zone}: registered today");
        assert_eq!(count(today - TimeDelta::days(1)).await, 0, "{zone}: and not yesterday");
        assert_eq!(count(today + TimeDelta::days(1)).await, 0, "{zone}: nor tomorrow");
    }
}

/// Given a trail, when it is asked for as CSV, then it is a file of the last 30 days, in the reader's
/// language, with nothing that a spreadsheet would run (T16).
#[apply(both_engines)]
async fn t16_given_a_trail_then_its_file_is_localised_harmless_and_bounded(engine: Engine) {
    let Some((product, partner, customer)) = pair(engine).await else { return };
    product.connect(&customer, &partner).await;
    product.world.wait(TimeDelta::days(35));
    let renamed = json!({"displayName": "=HYPERLINK(1)"});
    customer.admin.patch(&customer.at(""), &renamed).await.expect(200);
    let file = customer.admin.reading("ja").with("accept", "text/csv");
    let file = file.get(&customer.at("/audit")).await;
    let disposition = file.header("content-disposition").expect("a file name").to_owned();
    assert!(disposition.starts_with("attachment; filename=\"audit.csv\""), "{disposition}");
    let text = String::from_utf8(file.body.to_vec()).expect("UTF-8");
    assert!(text.starts_with("\u{FEFF}監査ID,日時,操作"), "{text}");
    assert!(text.contains("account-changed"), "{text}");
    assert!(!text.contains("connection-created"), "older than 30 days: {text}");
    let mut rows = csv::Reader::from_reader(text.trim_start_matches('\u{FEFF}').as_bytes());
    for row in rows.records() {
        for cell in &row.expect("a row") {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
        }
    }
    let longer = customer.admin.get(&customer.at("/audit?format=csv&from=2026-01-01")).await;
    let text = String::from_utf8(longer.body.to_vec()).expect("UTF-8");
    assert!(text.starts_with("\u{FEFF}Audit ID,At,Action"), "{text}");
    assert!(text.contains("connection-created"), "{text}");
}

/// A suspended account reads its own trail; who lacks the permission does not.
#[apply(both_engines)]
async fn given_a_suspended_account_then_it_reads_its_own_trail(engine: Engine) {
    let Some((product, partner, customer)) = pair(engine).await else { return };
    let blind = product.custom(&customer, "blind@sakura.example", &["licenses.view"]).await;
    let clerk = product.custom(&customer, "clerk@sakura.example", &["audit.view"]).await;
    product.set_status(&customer, "suspended").await;
    let seen = trail(&clerk, &customer, "?actor=platform").await;
    assert_eq!(column(&seen, "/action"), ["account-provisioned"]);
    let refused = blind.get(&customer.at("/audit")).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, Some("permission-missing")));
    assert_eq!(partner.admin.get(&customer.at("/audit")).await.status, 404);
}
