//! How licences moved: month by month, day by day, and never rewritten but by late usage (P12).

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    product::{Product, Tenant, column},
    vendor::{bought, bought_until, fields, points, used},
};

const COUNTED: [&str; 7] = [
    "period",
    "purchased",
    "assigned",
    "previouslyAssigned",
    "newlyAssigned",
    "activeUsers",
    "complete",
];

async fn stage(engine: Engine) -> Option<(Product, Tenant)> {
    let product = Product::open(engine).await?;
    product.offer("daas", "user").await;
    product.offer("mail", "user").await;
    let account = product.register("taro@sakura.example", "さくら商事").await;
    Some((product, account))
}

async fn counted(account: &Tenant, query: &str) -> Vec<Value> {
    let points = points(&account.admin, &account.at(""), "daas", query).await;
    points.iter().map(|point| json!(fields(point, COUNTED))).collect()
}

async fn refused(account: &Tenant, query: &str) -> Vec<(String, String)> {
    let path = account.at(&format!("/licenses/daas/trends{query}"));
    let problem = account.admin.get(&path).await;
    assert_eq!(
        (problem.status.as_u16(), problem.code()),
        (422, Some("validation-failed")),
        "{query}"
    );
    let errors = json!({"items": problem.json["errors"]});
    let text = |value: &Value| value.as_str().expect("the contract has it").to_owned();
    let pointers = column(&errors, "/pointer").iter().map(text).collect::<Vec<_>>();
    pointers.into_iter().zip(column(&errors, "/code").iter().map(text)).collect()
}

/// A point for each day of a range, over the end of a month.
#[apply(both_engines)]
async fn given_a_range_of_days_then_each_has_its_point(engine: Engine) {
    let Some((product, account)) = stage(engine).await else { return };
    product.entitle(&account, "EN-1", &bought("daas", 4)).await;
    let usage =
        [("a", "2026-02-27"), ("b", "2026-03-01"), ("a", "2026-03-01"), ("c", "2026-03-02")];
    product.report(&usage.map(|(user, day)| used(&account, "daas", user, day))).await;
    product.aggregate().await;
    product.set_clock("2026-03-03T03:00:00Z");
    let query = "?interval=day&from=2026-02-26&to=2026-03-03";
    let expected = [
        json!(["2026-02-26", 4, 0, 0, 0, 0, true]),
        json!(["2026-02-27", 4, 1, 0, 1, 1, true]),
        json!(["2026-02-28", 4, 1, 1, 0, 0, true]),
        json!(["2026-03-01", 4, 2, 1, 1, 2, true]),
        json!(["2026-03-02", 4, 3, 2, 1, 1, false]),
        json!(["2026-03-03", 4, 3, 3, 0, 0, false]),
    ];
    assert_eq!(counted(&account, query).await, expected);
    let months =
        [json!(["2026-02", 4, 1, 0, 1, 1, true]), json!(["2026-03", 4, 3, 1, 2, 3, false])];
    assert_eq!(counted(&account, "?from=2026-02").await, months);
    // By default up to the day of asOf, which is yesterday.
    let days = counted(&account, "?interval=day").await;
    assert_eq!((days.len(), &days[29], &days[0][0]), (30, &expected[4], &json!("2026-02-01")));
    let months = counted(&account, "").await;
    assert_eq!((months.len(), &months[0][0]), (12, &json!("2025-04")));
    let since = counted(&account, "?interval=day&to=2026-01-10").await;
    assert_eq!((since.len(), &since[0][0]), (30, &json!("2025-12-12")));
}

/// At most 13 months and nothing to come; all that is wrong is told at once.
#[apply(both_engines)]
async fn given_a_wrong_range_then_both_ends_are_told(engine: Engine) {
    let Some((_product, account)) = stage(engine).await else { return };
    assert_eq!(counted(&account, "?from=2025-03&to=2026-03").await.len(), 13);
    let year = counted(&account, "?interval=day&from=2025-02-02&to=2026-03-02").await;
    assert_eq!(year.len(), 394);
    for (query, expected) in [
        ("?from=2025-02&to=2026-03", &[("/from", "range-too-long")][..]),
        ("?interval=day&from=2025-02-01&to=2026-03-02", &[("/from", "range-too-long")]),
        ("?to=2026-04", &[("/to", "in-future")]),
        ("?interval=day&to=2026-03-03", &[("/to", "in-future")]),
        ("?from=2026-03&to=2026-02", &[("/from", "behind-end")]),
        ("?from=2025-01&to=2026-04", &[("/from", "range-too-long"), ("/to", "in-future")]),
        ("?from=march&to=2026-13", &[("/from", "malformed"), ("/to", "malformed")]),
        (
            "?interval=day&from=2026-02&to=2026-02-30",
            &[("/from", "malformed"), ("/to", "malformed")],
        ),
        ("?from=x&to=2026-04", &[("/from", "malformed"), ("/to", "in-future")]),
        ("?interval=week", &[("/interval", "unknown-value")]),
        ("?form=2026-01", &[("/form", "unknown-field")]),
    ] {
        let mut told = refused(&account, query).await;
        told.sort();
        let expected: Vec<_> =
            expected.iter().map(|(at, code)| ((*at).to_owned(), (*code).to_owned())).collect();
        assert_eq!(told, expected, "{query}");
    }
}

/// An unknown service is none; one that nobody ever used has all its points.
#[apply(both_engines)]
async fn given_a_service_that_was_never_used_then_its_points_are_zeros(engine: Engine) {
    let Some((product, account)) = stage(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    product.connect(&account, &partner).await;
    product.aggregate().await;
    for (who, base) in [(&account, account.at("")), (&partner, partner.customer(&account))] {
        let path = format!("{base}/licenses/nowhere/trends");
        let unknown = who.admin.get(&path).await;
        assert_eq!((unknown.status.as_u16(), unknown.code()), (404, Some("not-found")));
        let points = points(&who.admin, &base, "mail", "").await;
        assert_eq!(points.len(), 12);
        for (place, point) in points.iter().enumerate() {
            let expected = json!({
                "period": point["period"], "purchased": 0, "assigned": 0, "utilization": null,
                "previouslyAssigned": 0, "newlyAssigned": 0, "released": 0, "activeUsers": 0,
                "complete": place < 11,
            });
            assert_eq!(*point, expected);
        }
    }
}

/// Usage of up to 13 months ago moves the past with the next run; older and future usage is refused,
/// event by event.
#[apply(both_engines)]
async fn given_late_usage_then_the_past_moves_and_what_is_too_late_is_refused(engine: Engine) {
    let Some((product, account)) = stage(engine).await else { return };
    product.report(&[used(&account, "daas", "a", "2026-03-01")]).await;
    product.aggregate().await;
    let range = "?from=2025-03&to=2026-03";
    let before = counted(&account, range).await;
    assert_eq!(before[12], json!(["2026-03", 0, 1, 0, 1, 1, false]));
    assert_eq!(before[11], json!(["2026-02", 0, 0, 0, 0, 0, true]));

    // Registration took a second: the present is 3 o'clock and one second.
    let present = product.world.now();
    let mut events: Vec<_> =
        ["a", "b", "b"].map(|user| used(&account, "daas", user, "2025-06-15")).into();
    for (id, at) in [
        ("oldest", "2025-02-01T15:00:00Z".parse().expect("an instant")),
        ("too-old", "2025-02-01T14:59:59.999Z".parse().expect("an instant")),
        ("ahead", present + chrono::TimeDelta::minutes(5)),
        ("future", present + chrono::TimeDelta::minutes(5) + chrono::TimeDelta::milliseconds(1)),
    ] {
        let mut event = used(&account, "daas", "c", "2026-03-02");
        event["id"] = json!(id);
        event["occurredAt"] = json!(at);
        events.push(event);
    }
    let mut unknown = used(&account, "nowhere", "c", "2026-03-02");
    unknown["id"] = json!("unknown-service");
    events.push(unknown);
    let mut nobody = used(&account, "daas", "c", "2026-03-02");
    nobody["id"] = json!("unknown-account");
    nobody["accountId"] = json!("acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W");
    events.push(nobody);
    let taken = product.send_usage(&events).await.expect(200);
    assert_eq!(taken["accepted"], 5);
    let rejected: Vec<_> = taken["rejected"].as_array().expect("a list").clone();
    let told: Vec<_> =
        rejected.iter().map(|one| json!(fields(one, ["index", "id", "code"]))).collect();
    let expected = [(4, "too-old"), (6, "future"), (7, "unknown-service"), (8, "unknown-account")];
    assert_eq!(told, expected.map(|(index, code)| json!([index, code, code])));
    assert!(rejected.iter().all(|one| one["detail"].as_str().is_some_and(|text| text.len() > 10)));

    assert_eq!(counted(&account, range).await, before, "until the next run");
    product.aggregate().await;
    let after = counted(&account, range).await;
    for (place, expected) in [
        (0, json!(["2025-03", 0, 1, 1, 0, 0, true])),
        (2, json!(["2025-05", 0, 1, 1, 0, 0, true])),
        (3, json!(["2025-06", 0, 3, 1, 2, 2, true])),
        (4, json!(["2025-07", 0, 3, 3, 0, 0, true])),
        (12, json!(["2026-03", 0, 3, 3, 0, 2, false])),
    ] {
        assert_eq!(after[place], expected);
    }
}

/// What is bought from today on does not rewrite what was bought before; what the vendor says of an
/// earlier day does.
#[apply(both_engines)]
async fn given_a_new_quantity_then_the_past_stays_unless_the_vendor_says_since_when(
    engine: Engine,
) {
    let Some((product, account)) = stage(engine).await else { return };
    let purchased = async |query: &str| {
        let points = points(&account.admin, &account.at(""), "daas", query).await;
        points.iter().map(|point| point["purchased"].clone()).collect::<Vec<_>>()
    };
    let months = "?from=2025-12&to=2026-03";
    let days = "?interval=day&from=2026-02-09&to=2026-03-02";
    product.entitle(&account, "EN-1", &bought("daas", 10)).await;
    assert_eq!(purchased(months).await, [0, 10, 10, 10]);
    product.entitle(&account, "EN-1", &bought("daas", 20)).await;
    assert_eq!(purchased(months).await, [0, 10, 10, 20]);
    let by_day = purchased(days).await;
    assert_eq!((&by_day[20], &by_day[21]), (&json!(10), &json!(20)), "from today on");

    let mut since = bought("daas", 15);
    since["effectiveOn"] = json!("2026-02-10");
    product.entitle(&account, "EN-1", &since).await;
    assert_eq!(purchased(months).await, [0, 10, 15, 15]);
    assert_eq!(purchased(days).await[..2], [10, 15]);

    // An end that is stated today leaves the past too, and unlimited is null.
    product.entitle(&account, "EN-1", &bought_until("daas", Value::Null, "2026-01-05")).await;
    assert_eq!(purchased(months).await, [json!(0), json!(10), json!(15), json!(0)]);
    product.entitle(&account, "EN-1", &bought("daas", Value::Null)).await;
    assert_eq!(purchased(months).await, [json!(0), json!(10), json!(15), Value::Null]);
}
