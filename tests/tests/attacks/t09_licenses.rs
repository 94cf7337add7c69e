//! T9 and T14 for licences: reading over all customers what is not shared, and ids of others.

use http::Method;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, Response, both_engines,
    product::{Product, Tenant, column},
    vendor::{bought_until, text, tried_until, used, used_on},
};

/// A customer with something striking of everything.
async fn striking(product: &Product, name: &str) -> Tenant {
    let customer = product.register(&format!("a@{name}.example"), name).await;
    let prefix = name.to_uppercase();
    let bought = bought_until("daas", 701, "2026-03-20");
    product.entitle(&customer, &format!("{prefix}-1"), &bought).await;
    let trial = tried_until("mail", 31, "2026-03-25");
    product.entitle(&customer, &format!("{prefix}-2"), &trial).await;
    customer.admin.post(&customer.at("/trials"), &json!({"service": "chat"})).await.expect(201);
    let users = (0..3).map(|n| used(&customer, "chat", &format!("u{n}"), "2026-03-02"));
    product.report(&users.collect::<Vec<_>>()).await;
    customer
}

async fn stage(engine: Engine) -> Option<Product> {
    let product = Product::open(engine).await?;
    for service in ["daas", "mail", "chat"] {
        product.offer(service, "user").await;
    }
    product.offer("desk", "user-device").await;
    Some(product)
}

async fn get(partner: &Tenant, path: &str) -> String {
    text(&partner.admin.get(&partner.at(path)).await)
}

/// What is not shared is in no row, no sum and no file, and no filter or order finds it: the partner
/// reads what it would read of the sharing customers alone.
#[apply(both_engines)]
async fn t09_given_unshared_parts_then_lists_and_sums_are_those_of_the_others(engine: Engine) {
    let Some(product) = stage(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    // This one is connected to nobody but the customer that shares everything.
    let other = product.partner("ken@hoshi.example", "星システムズ").await;
    let open = striking(&product, "open").await;
    product.connect(&open, &partner).await;
    product.connect(&open, &other).await;
    let mut hidden = Vec::new();
    for (name, shares) in [
        ("bare", json!([])),
        ("rest", json!(["account", "orders", "tickets", "notifications", "federation"])),
        ("later", json!(["account", "licenses", "entitlements"])),
    ] {
        let customer = striking(&product, name).await;
        product.accept_with(&customer, &partner, json!({ "shares": shares })).await.expect(201);
        hidden.push(customer);
    }
    product.aggregate().await;
    // Narrowed after the run has brought everything.
    assert!(get(&partner, "/customer-licenses").await.contains(&hidden[2].id));
    let narrowed = json!({"shares": ["account"]});
    hidden[2].admin.patch(&hidden[2].partner(&partner), &narrowed).await.expect(200);
    product.aggregate().await;

    let mut paths = vec!["/overview".to_owned()];
    for (list, filters) in [
        ("/customer-licenses", &["", "service=daas", "level=ok", "level=over&service=chat"][..]),
        (
            "/customer-entitlements",
            &[
                "",
                "state=active",
                "state=pending",
                "kind=trial",
                "service=daas",
                "expiringWithinDays=30",
            ],
        ),
    ] {
        for filter in filters {
            paths.push(format!("{list}?{filter}"));
            paths.push(format!("{list}?format=csv&{filter}"));
            paths.push(format!("{list}?limit=100&{filter}"));
        }
    }
    for path in paths {
        assert_eq!(get(&partner, &path).await, get(&other, &path).await, "{path}");
    }
    for query in [
        "hasOverage=true",
        "hasOverage=false",
        "minUtilization=0",
        "expiringWithinDays=90",
        "hasTrials=true",
        "hasTrials=false",
    ] {
        let found = get(&partner, &format!("/customers?{query}")).await;
        assert!(hidden.iter().all(|customer| !found.contains(&customer.id)), "{query}: {found}");
        let file = get(&partner, &format!("/customers?format=csv&{query}")).await;
        assert!(hidden.iter().all(|customer| !file.contains(&customer.id)), "{query}: {file}");
    }
    for sort in ["utilization", "-utilization", "nextExpiry", "-nextExpiry"] {
        let list = get(&partner, &format!("/customers?sort={sort}")).await;
        let list: Value = serde_json::from_str(&list).expect("JSON");
        assert_eq!(column(&list, "/customer/displayName")[0], "open", "{sort}");
    }
    for customer in &hidden {
        for (path, share) in [
            ("licenses", "licenses"),
            ("licenses?format=csv", "licenses"),
            ("licenses/daas/trends", "licenses"),
            ("entitlements", "entitlements"),
        ] {
            let path = format!("{}/{path}", partner.customer(customer));
            let refused = partner.admin.get(&path).await;
            assert_eq!((refused.status.as_u16(), refused.code()), (403, Some("not-shared")));
            assert_eq!(refused.json["share"], share);
        }
    }
}

/// Each of the two shares shows its own part and nothing of the other's.
#[apply(both_engines)]
async fn t09_given_one_of_two_shares_then_only_its_part_shows(engine: Engine) {
    let Some(product) = stage(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = striking(&product, "half").await;
    product.connect(&customer, &partner).await;
    product.aggregate().await;
    let share = async |shares: Value| {
        let body = json!({ "shares": shares });
        customer.admin.patch(&customer.partner(&partner), &body).await.expect(200);
    };
    share(json!(["licenses"])).await;
    for path in ["/customer-entitlements", "/customer-entitlements?format=csv"] {
        let shown = get(&partner, path).await;
        assert!(!shown.contains("HALF-") && !shown.contains(&customer.id), "{shown}");
    }
    let overview = get(&partner, "/overview").await;
    let overview: Value = serde_json::from_str(&overview).expect("JSON");
    assert_eq!(overview["trials"], json!({"active": 0, "pending": 0, "expired": 0}));
    assert_eq!((&overview["expiringWithin90Days"], &overview["customers"]), (&json!(0), &json!(1)));
    assert!(get(&partner, "/customer-licenses").await.contains("701"));

    share(json!(["entitlements"])).await;
    for path in
        ["/customer-licenses", "/customer-licenses?format=csv", "/customer-licenses?level=over"]
    {
        let shown = get(&partner, path).await;
        assert!(!shown.contains("701") && !shown.contains(&customer.id), "{shown}");
    }
    let overview = get(&partner, "/overview").await;
    let overview: Value = serde_json::from_str(&overview).expect("JSON");
    assert_eq!((&overview["services"], &overview["customers"]), (&json!([]), &json!(1)));
    assert_eq!(overview["trials"], json!({"active": 1, "pending": 1, "expired": 0}));
    assert!(get(&partner, "/customer-entitlements").await.contains("HALF-2"));
}

fn without_id(answer: Response, status: u16) -> Value {
    let mut body = answer.expect(status);
    body.as_object_mut().expect("a problem").remove("requestId");
    body
}

/// Ids of another account are unknown ids, in every path of licences.
#[apply(both_engines)]
async fn t14_given_ids_of_another_account_then_they_are_unknown(engine: Engine) {
    let Some(product) = stage(engine).await else { return };
    let (one, other) = (striking(&product, "one").await, striking(&product, "other").await);
    let order = json!({"orderedOn": "2026-03-01", "lines": [{"service": "daas", "quantity": 1}]});
    let vendor = product.platform();
    let path = format!("{}/orders/OTHER-9", other.platform_path());
    vendor.put(&path, &order).await.expect(201);
    product.report(&[used(&other, "mail", "idle", "2026-01-05")]).await;
    product.aggregate().await;

    let trials = other.admin.get(&other.at("/trials")).await.expect(200);
    let trial = column(&trials, "/entitlementId")[0].as_str().expect("an id").to_owned();
    let users = other.admin.get(&other.at("/licenses/mail/users")).await.expect(200);
    let holder = column(&users, "/holderId")[0].as_str().expect("an id").to_owned();
    let grant = json!({"quantity": 5, "startsOn": "2026-03-02", "endsOn": "2026-03-31"});
    let none = json!({});
    let books = one.platform_path();
    let holders = one.at("/licenses/mail/users");
    let unknown = "0".repeat(40);
    let unknown_trial = "ent_01JD3Z8Q4V9X7M2N5P6R8S0T1W";
    for (who, method, foreign, unknown, body) in [
        (&vendor, "GET", format!("{books}/orders/OTHER-9"), format!("{books}/orders/X"), None),
        (
            &vendor,
            "GET",
            format!("{books}/entitlements/OTHER-1"),
            format!("{books}/entitlements/X"),
            None,
        ),
        (
            &vendor,
            "POST",
            format!("{books}/trials/{trial}/approve"),
            format!("{books}/trials/{unknown_trial}/approve"),
            Some(&grant),
        ),
        (
            &vendor,
            "POST",
            format!("{books}/trials/{trial}/decline"),
            format!("{books}/trials/{unknown_trial}/decline"),
            Some(&none),
        ),
        (
            &one.admin,
            "POST",
            format!("{holders}/{holder}/release"),
            format!("{holders}/{unknown}/release"),
            Some(&none),
        ),
        (
            &one.admin,
            "POST",
            other.at(&format!("/licenses/mail/users/{holder}/release")),
            one.at("/licenses/nowhere/users/x/release"),
            Some(&none),
        ),
        (
            &one.admin,
            "GET",
            other.at("/licenses/mail/users"),
            "/v1/accounts/acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W/licenses/mail/users".to_owned(),
            None,
        ),
    ] {
        let method: Method = method.parse().expect("a method");
        let foreign = without_id(who.send(method.clone(), &foreign, body).await, 404);
        assert_eq!(foreign, without_id(who.send(method, &unknown, body).await, 404));
    }
    // A holder of another service is nobody's either.
    let path = other.at(&format!("/licenses/daas/users/{holder}/release"));
    other.admin.post(&path, &none).await.expect(404);
    let after = other.admin.get(&other.at("/trials")).await.expect(200);
    assert_eq!(after, trials, "nothing was decided");
    let after = other.admin.get(&other.at("/licenses/mail/users")).await.expect(200);
    assert_eq!(after, users, "nobody was released");
    // The same numbers are one's own things in one's own account.
    let path = format!("{books}/orders/OTHER-9");
    vendor.put(&path, &order).await.expect(201);
}

/// A cursor opens the list, the account and the filter that it is of, and nothing else.
#[apply(both_engines)]
async fn t14_given_a_cursor_of_another_list_then_it_is_refused(engine: Engine) {
    let Some(product) = stage(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let rival = product.partner("ken@hoshi.example", "星システムズ").await;
    let (one, two) = (striking(&product, "one").await, striking(&product, "two").await);
    for customer in [&one, &two] {
        product.connect(customer, &partner).await;
        product.connect(customer, &rival).await;
        let usage = [("a", "d"), ("b", "e")];
        let usage =
            usage.map(|(user, device)| used_on(customer, "desk", user, device, "2026-03-02"));
        product.report(&usage).await;
    }
    product.aggregate().await;
    let base = partner.customer(&one);
    let lists: [(&Tenant, String); 12] = [
        (&partner, partner.at("/customer-licenses?limit=1")),
        (&partner, partner.at("/customer-licenses?limit=1&service=daas")),
        (&partner, partner.at("/customer-entitlements?limit=1")),
        (&partner, partner.at("/customer-entitlements?limit=1&state=active")),
        (&rival, rival.at("/customer-licenses?limit=1")),
        (&partner, format!("{base}/entitlements?limit=1")),
        (&partner, format!("{}/entitlements?limit=1", partner.customer(&two))),
        (&one, one.at("/entitlements?limit=1")),
        (&one, one.at("/licenses/desk/users?limit=1")),
        (&one, one.at("/licenses/desk/devices?limit=1")),
        (&one, one.at("/licenses/chat/users?limit=1")),
        (&two, two.at("/licenses/desk/users?limit=1")),
    ];
    let mut cursors = Vec::new();
    for (who, path) in &lists {
        let page = who.admin.get(path).await.expect(200);
        let cursor = page["nextCursor"].as_str().map(str::to_owned);
        cursors.push(cursor.unwrap_or_else(|| panic!("{path} has more than a page: {page}")));
    }
    for (place, (who, path)) in lists.iter().enumerate() {
        for (from, cursor) in cursors.iter().enumerate() {
            let answer = who.admin.get(&format!("{path}&cursor={cursor}")).await;
            if from == place {
                answer.expect(200);
            } else {
                let told = (answer.status.as_u16(), answer.code());
                assert_eq!(told, (400, Some("cursor-invalid")), "{} at {path}", lists[from].1);
            }
        }
    }
}
