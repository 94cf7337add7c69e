//! What a licence summary says: bought against assigned, and since when (P11).

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    product::{Product, Tenant, column},
    vendor::{bought, bought_until, fields, license, points, tried_until, used, used_on},
};

async fn stage(engine: Engine, services: &[(&str, &str)]) -> Option<(Product, Tenant)> {
    let product = Product::open(engine).await?;
    for (service, model) in services {
        product.offer(service, model).await;
    }
    let account = product.register("taro@sakura.example", "さくら商事").await;
    Some((product, account))
}

fn crowd(account: &Tenant, service: &str, users: usize, day: &str) -> Vec<Value> {
    (0..users).map(|number| used(account, service, &format!("user-{number}"), day)).collect()
}

const FIGURES: [&str; 8] = [
    "purchased",
    "ofWhichTrial",
    "assigned",
    "available",
    "overage",
    "utilization",
    "level",
    "nextExpiry",
];

/// Trials count as purchased, unlimited is `null`, nothing is 0; what is over shows no more.
#[apply(both_engines)]
async fn given_each_way_to_have_licences_then_the_figures_follow(engine: Engine) {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
    let services: Vec<_> = names.iter().map(|name| (*name, "user")).collect();
    let Some((product, account)) = stage(engine, &services).await else { return };
    let mut granted = bought("f", 5);
    granted["kind"] = json!("granted");
    let mut renewing = bought_until("i", 5, "2026-03-10");
    renewing["autoRenew"] = json!(true);
    for (id, said) in [
        ("EN-A1", bought("a", 8)),
        ("EN-A2", tried_until("a", 2, "2026-03-31")),
        ("EN-B", bought("b", Value::Null)),
        ("EN-D", bought("d", 10)),
        ("EN-E", bought("e", 10)),
        ("EN-F", granted),
        ("EN-G", bought_until("g", 5, "2026-01-10")),
        ("EN-H", bought_until("h", 5, "2026-02-28")),
        ("EN-I", renewing),
        ("EN-J", tried_until("j", Value::Null, "2026-06-30")),
    ] {
        product.entitle(&account, id, &said).await;
    }
    let mut usage = Vec::new();
    for (service, users) in [("a", 9), ("b", 3), ("c", 1), ("d", 8), ("e", 11), ("j", 1)] {
        usage.extend(crowd(&account, service, users, "2026-03-02"));
    }
    product.report(&usage).await;
    product.aggregate().await;
    let licenses = account.admin.get(&account.at("/licenses")).await.expect(200);
    assert_eq!(
        column(&licenses, "/service"),
        ["a", "b", "c", "d", "e", "f", "h", "i", "j"],
        "g is over, and nobody has k"
    );
    let none = Value::Null;
    let expected = [
        json!([10, 2, 9, 1, 0, 0.9, "near", "2026-03-31"]),
        json!([none, 0, 3, none, 0, none, "ok", none]),
        json!([0, 0, 1, 0, 1, none, "over", none]),
        json!([10, 0, 8, 2, 0, 0.8, "ok", none]),
        json!([10, 0, 11, 0, 1, 1.1, "over", none]),
        json!([5, 0, 0, 5, 0, 0.0, "ok", none]),
        json!([5, 0, 0, 5, 0, 0.0, "ok", none]),
        json!([5, 0, 0, 5, 0, 0.0, "ok", none]),
        json!([none, none, 1, none, 0, none, "ok", "2026-06-30"]),
    ];
    for (item, expected) in licenses["items"].as_array().expect("items").iter().zip(expected) {
        assert_eq!(json!(fields(item, FIGURES)), expected, "{}", item["service"]);
        let ratio = match (&item["purchased"], &item["assigned"]) {
            (Value::Null, _) => Value::Null,
            (purchased, _) if *purchased == 0 => Value::Null,
            _ => item["utilization"].clone(),
        };
        assert_eq!(item["monthlyActive"]["ratio"], ratio, "all were active: {item}");
    }
    let soon = column(&licenses, "/expiringSoon");
    assert_eq!(json!(soon), json!([true, false, false, false, false, false, false, false, false]));
}

/// Before the first run nothing is counted; after it all services have one `asOf`, used or not.
#[apply(both_engines)]
async fn given_no_run_then_as_of_is_null_and_after_one_it_is_the_same_for_everybody(
    engine: Engine,
) {
    let services = [("daas", "user"), ("mail", "user")];
    let Some((product, account)) = stage(engine, &services).await else { return };
    let idle = product.register("jiro@ume.example", "梅商店").await;
    product.entitle(&account, "EN-1", &bought("daas", 5)).await;
    product.entitle(&idle, "EN-1", &bought("daas", 5)).await;
    product.report(&crowd(&account, "daas", 2, "2026-03-02")).await;
    let before = account.admin.get(&account.at("/licenses")).await.expect(200);
    assert_eq!((&before["asOf"], &before["items"][0]["assigned"]), (&Value::Null, &json!(0)));
    let day = json!({"users": 0, "ratio": 0.0, "from": "2026-03-02", "to": "2026-03-02"});
    assert_eq!(before["items"][0]["dailyActive"], day);
    let trend = account.admin.get(&account.at("/licenses/daas/trends")).await.expect(200);
    assert_eq!((&trend["asOf"], &trend["to"]), (&Value::Null, &json!("2026-03")));

    product.tick();
    product.aggregate().await;
    let as_of = json!(product.world.now());
    product.world.wait(chrono::TimeDelta::hours(40));
    for tenant in [&account, &idle] {
        let licenses = tenant.admin.get(&tenant.at("/licenses")).await.expect(200);
        assert_eq!(licenses["asOf"], as_of);
        let item = &licenses["items"][0];
        assert_eq!(item["dailyActive"]["to"], "2026-03-02", "the day of asOf, not today: {item}");
        for service in ["daas", "mail"] {
            let path = tenant.at(&format!("/licenses/{service}/trends"));
            assert_eq!(tenant.admin.get(&path).await.expect(200)["asOf"], as_of);
        }
    }
}

/// Assigned before this month and in it; active in the last 30 days and on the last one.
#[apply(both_engines)]
async fn given_usage_of_several_months_then_breakdown_and_active_users_are_of_their_days(
    engine: Engine,
) {
    let Some((product, account)) = stage(engine, &[("daas", "user")]).await else { return };
    product.entitle(&account, "EN-1", &bought("daas", 8)).await;
    let usage = [
        ("long-ago", "2025-12-24"),
        ("outside", "2026-01-31"),
        ("inside", "2026-02-01"),
        ("last-month", "2026-02-28"),
        ("new", "2026-03-01"),
        ("new", "2026-03-02"),
        ("inside", "2026-03-02"),
    ];
    let usage = usage.map(|(user, day)| used(&account, "daas", user, day));
    product.report(&usage).await;
    product.aggregate().await;
    let found = license(&account.admin, &account.at(""), "daas").await;
    assert_eq!(found["breakdown"], json!({"previouslyAssigned": 4, "newlyAssigned": 1}));
    let monthly = json!({"users": 3, "ratio": 0.375, "from": "2026-02-01", "to": "2026-03-02"});
    assert_eq!(found["monthlyActive"], monthly);
    let daily = json!({"users": 2, "ratio": 0.25, "from": "2026-03-02", "to": "2026-03-02"});
    assert_eq!(found["dailyActive"], daily);

    // A month later, without any usage, the run alone moves the windows.
    product.set_clock("2026-04-01T03:00:00Z");
    product.aggregate().await;
    let found = license(&account.admin, &account.at(""), "daas").await;
    assert_eq!(found["breakdown"], json!({"previouslyAssigned": 5, "newlyAssigned": 0}));
    let window = json!({"users": 0, "ratio": 0.0, "from": "2026-03-03", "to": "2026-04-01"});
    assert_eq!(found["monthlyActive"], window);
}

async fn release(account: &Tenant, list: &str, name: &str) -> u16 {
    let path = account.at(&format!("/licenses/daas/{list}"));
    let holders = account.admin.get(&path).await.expect(200);
    let holders = holders["items"].as_array().expect("holders").clone();
    let of = |holder: &&Value| holder["userId"] == name || holder["deviceId"] == name;
    let holder = holders.iter().find(of).expect("a holder")["holderId"].clone();
    let path = format!("{path}/{}/release", holder.as_str().expect("an id"));
    account.admin.post(&path, &json!({})).await.status.as_u16()
}

async fn names(account: &Tenant) -> Vec<String> {
    let users = account.admin.get(&account.at("/licenses/daas/users")).await.expect(200);
    let text = |name: &Value| name.as_str().expect("an id").to_owned();
    let mut names: Vec<_> = column(&users, "/userId").iter().map(text).collect();
    names.sort();
    names
}

/// A licence is released after 30 days without use: at once in the list, with the next run in figures.
#[apply(both_engines)]
async fn given_an_idle_user_then_it_is_released_and_figures_follow_with_the_run(engine: Engine) {
    let Some((product, account)) = stage(engine, &[("daas", "user")]).await else { return };
    product.entitle(&account, "EN-1", &bought("daas", 8)).await;
    let usage = [("idle", "2026-02-01"), ("busy", "2026-03-02"), ("back", "2026-01-05")];
    product.report(&usage.map(|(user, day)| used(&account, "daas", user, day))).await;
    product.aggregate().await;

    // 29 days to the end of the second of March, 30 from the next midnight in Tokyo on.
    product.set_clock("2026-03-02T14:59:59.999Z");
    assert_eq!(release(&account, "users", "idle").await, 409);
    product.set_clock("2026-03-02T15:00:00Z");
    assert_eq!(release(&account, "users", "busy").await, 409);
    // Usage that no run has counted yet counts here.
    product.report(&[used(&account, "daas", "back", "2026-03-02")]).await;
    assert_eq!(release(&account, "users", "back").await, 409, "its usage is pending");
    assert_eq!(names(&account).await, ["back", "busy", "idle"]);

    let path = account.at("/licenses/daas/users");
    let users = account.admin.get(&path).await.expect(200);
    let before = license(&account.admin, &account.at(""), "daas").await;
    assert_eq!(release(&account, "users", "idle").await, 204);
    assert_eq!(names(&account).await, ["back", "busy"]);
    assert_eq!(license(&account.admin, &account.at(""), "daas").await, before, "figures wait");
    let users = users["items"].as_array().expect("users").iter();
    let idle = users.clone().find(|user| user["userId"] == "idle").expect("a holder");
    let again = format!("{path}/{}/release", idle["holderId"].as_str().expect("an id"));
    account.admin.post(&again, &json!({})).await.expect(204);

    product.aggregate().await;
    let after = license(&account.admin, &account.at(""), "daas").await;
    assert_eq!(fields(&after, ["assigned", "available"]), [2, 6].map(Value::from));
    let trend = points(&account.admin, &account.at(""), "daas", "?from=2026-02&to=2026-03").await;
    let counted = ["assigned", "previouslyAssigned", "newlyAssigned", "released", "activeUsers"];
    assert_eq!(fields(&trend[0], counted), [2, 1, 1, 0, 1].map(Value::from), "{trend:?}");
    assert_eq!(fields(&trend[1], counted), [2, 1, 1, 1, 2].map(Value::from), "{trend:?}");

    // Whoever comes back holds a licence again, from that day on.
    product.set_clock("2026-03-03T03:00:00Z");
    product.report(&[used(&account, "daas", "idle", "2026-03-03")]).await;
    product.aggregate().await;
    let users = account.admin.get(&path).await.expect(200);
    let users = users["items"].as_array().expect("users").iter();
    let idle = users.clone().find(|user| user["userId"] == "idle").expect("a holder");
    assert_eq!(fields(idle, ["assignedOn", "lastActiveOn"]), ["2026-03-03", "2026-03-03"]);
}

/// A service that counts devices too counts the smaller of both, for every figure.
#[apply(both_engines)]
async fn given_users_and_devices_then_each_figure_is_the_smaller_of_both(engine: Engine) {
    let Some((product, account)) = stage(engine, &[("daas", "user-device")]).await else { return };
    product.entitle(&account, "EN-1", &bought("daas", 4)).await;
    let usage = [
        // A month ago three users shared two devices, lately one user works on three.
        ("a", "desk-1", "2026-01-20"),
        ("b", "desk-1", "2026-01-20"),
        ("c", "desk-2", "2026-01-20"),
        ("a", "desk-1", "2026-03-02"),
        ("a", "desk-2", "2026-03-02"),
        ("a", "desk-3", "2026-03-02"),
    ];
    let mut usage =
        usage.map(|(user, device, day)| used_on(&account, "daas", user, device, day)).to_vec();
    usage.push(used(&account, "daas", "alone", "2026-01-20"));
    product.report(&usage).await;
    product.aggregate().await;
    let found = license(&account.admin, &account.at(""), "daas").await;
    // Users a, b, c and alone; devices desk-1, desk-2, desk-3 and the one that alone is.
    assert_eq!(fields(&found, ["assigned", "overage"]), [4, 0].map(Value::from));
    assert_eq!(found["breakdown"], json!({"previouslyAssigned": 4, "newlyAssigned": 0}));
    assert_eq!(found["monthlyActive"]["users"], 1);
    assert_eq!(found["dailyActive"]["users"], 1);
    let trend = points(&account.admin, &account.at(""), "daas", "?from=2026-01&to=2026-03").await;
    let counted = |point: &Value| fields(point, ["assigned", "newlyAssigned", "activeUsers"]);
    assert_eq!(counted(&trend[0]), [3, 3, 3].map(Value::from), "three devices, {trend:?}");
    assert_eq!(counted(&trend[2]), [4, 0, 1].map(Value::from), "four of each, {trend:?}");

    assert_eq!(names(&account).await, ["a", "alone", "b", "c"]);
    let devices = account.admin.get(&account.at("/licenses/daas/devices")).await.expect(200);
    let mut shown: Vec<_> = devices["items"]
        .as_array()
        .expect("devices")
        .iter()
        .map(|device| json!(fields(device, ["deviceId", "userId", "assignedOn", "lastActiveOn"])))
        .collect();
    shown.sort_by_key(ToString::to_string);
    let none = Value::Null;
    let expected = [
        json!(["desk-1", none, "2026-01-20", "2026-03-02"]),
        json!(["desk-2", none, "2026-01-20", "2026-03-02"]),
        json!(["desk-3", none, "2026-03-02", "2026-03-02"]),
        json!([none, "alone", "2026-01-20", "2026-01-20"]),
    ];
    assert_eq!(shown, expected);
    assert_eq!(release(&account, "devices", "desk-2").await, 409, "used today");
    assert_eq!(release(&account, "users", "b").await, 204);
    assert_eq!(release(&account, "devices", "alone").await, 204);
    product.aggregate().await;
    let found = license(&account.admin, &account.at(""), "daas").await;
    assert_eq!(found["assigned"], 3);
}
