//! A user signs in with the provider's directory, opens an app, and the licence counts.

use chrono::TimeDelta;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    desk::{DEDICATED, Desk, SHARED, entry_of, id, password, ticket},
    federated::group,
    product::column,
};

/// The page before sign-in is everybody's, and the same in both languages.
#[apply(both_engines)]
async fn a_workspace_shows_whose_it_is_to_everybody(engine: Engine) {
    let Some(desk) = Desk::open(engine).await else { return };
    let path = format!("/v1/workspaces/{DEDICATED}");
    let shown = desk.product.nobody().reading("ja").get(&path).await.expect(200);
    assert_eq!(shown["host"], DEDICATED);
    assert_eq!(shown["kind"], "dedicated");
    assert_eq!(shown["displayName"], "みなとデスクトップ");
    assert_eq!(shown["domains"][0]["name"], "corp.example");
    assert_eq!(shown["domains"][0]["domainId"], desk.realm.domain.domain_id.to_string());
    for host in ["nobodys-desktops", "x", "UPPER-CASE"] {
        let none = desk.product.nobody().get(&format!("/v1/workspaces/{host}")).await;
        assert_eq!((none.status.as_u16(), none.code()), (404, Some("not-found")), "{host}");
    }
}

/// From the password to the licence count.
#[apply(both_engines)]
async fn a_member_signs_in_opens_an_app_and_is_counted(engine: Engine) {
    let Some(desk) = Desk::open(engine).await else { return };
    let body = json!({"username": "Hanako", "password": password("hanako")});
    let answer = desk.try_as(DEDICATED, &body).await.expect(200);
    assert_eq!(answer["user"], json!({"username": "hanako", "domain": "corp.example"}));
    let hanako = desk.session(DEDICATED, "hanako").await;
    let session = hanako.get("/session").await.expect(200);
    assert_eq!(session["user"]["username"], "hanako");
    assert_eq!(session["customers"][0]["accountId"], desk.customer.id);
    let apps = hanako.get("/resources").await.expect(200);
    assert_eq!(column(&apps, "/name"), ["台帳"]);
    assert_eq!(column(&apps, "/service"), ["daas"]);
    assert_eq!(column(&apps, "/customer/displayName"), ["青空商事"]);
    let launch = hanako.launch(desk.app, &json!({})).await.expect(201);
    let url = launch["url"].as_str().expect("an address");
    assert!(url.starts_with("https://apps.example.com/open?app=1&ticket="), "{url}");
    let redeemed = desk.redeem(&ticket(&launch)).await.expect(200);
    let expected = json!({
        "launchId": launch["launchId"], "resourceId": desk.app.to_string(), "username": "hanako",
        "domain": "corp.example", "customer": {"accountId": desk.customer.id},
    });
    assert_eq!(redeemed, expected);
    let again = desk.redeem(&ticket(&launch)).await;
    assert_eq!((again.status.as_u16(), again.code()), (404, Some("not-found")));
    // Then the run counts one user of the customer, whom the provider's directory knows.
    desk.product.aggregate().await;
    let licenses = desk.customer.admin.get(&desk.customer.at("/licenses")).await.expect(200);
    assert_eq!(column(&licenses, "/assigned"), [json!(1)]);
    let users = desk.customer.at("/licenses/daas/users");
    let users = desk.customer.admin.get(&users).await.expect(200);
    assert_eq!(column(&users, "/source"), ["federation"]);
    assert_eq!(column(&users, "/userId"), ["00000000-0000-4000-8000-000000000100"]);
    let theirs = desk.other.admin.get(&desk.other.at("/licenses")).await.expect(200);
    assert_eq!(column(&theirs, "/assigned"), [] as [Value; 0]);
}

/// The shared workspace shows everybody the apps of his own customers.
#[apply(both_engines)]
async fn a_shared_workspace_shows_each_user_the_apps_of_its_own_customer(engine: Engine) {
    let Some(desk) = Desk::open(engine).await else { return };
    for (user, apps) in
        [("hanako", vec!["台帳"]), ("jiro", vec!["図面"]), ("both", vec!["台帳", "図面"])]
    {
        let session = desk.session(SHARED, user).await;
        let listed = session.get("/resources").await.expect(200);
        let mut names: Vec<_> =
            column(&listed, "/name").into_iter().map(|name| name.to_string()).collect();
        names.sort_unstable();
        let mut expected: Vec<_> = apps.iter().map(|name| json!(name).to_string()).collect();
        expected.sort_unstable();
        assert_eq!(names, expected, "{user}");
    }
    // A user of both customers says for which it opens what both may open.
    desk.realm.allow(desk.app, id(&desk.other), 1).await;
    let both = desk.session(SHARED, "both").await;
    let which = both.launch(desk.app, &json!({})).await;
    assert_eq!(which.status.as_u16(), 422);
    assert_eq!(which.json["errors"][0]["pointer"], "/customer");
    let launch = both.launch(desk.app, &json!({"customer": desk.other.id})).await.expect(201);
    let redeemed = desk.redeem(&ticket(&launch)).await.expect(200);
    assert_eq!(redeemed["customer"]["accountId"], desk.other.id);
}

/// A dedicated workspace lets in nobody but its own account's members.
#[apply(both_engines)]
async fn a_dedicated_workspace_is_its_own_customers_alone(engine: Engine) {
    let Some(desk) = Desk::open(engine).await else { return };
    for user in ["jiro", "nobody"] {
        let refused = desk.sign_in(DEDICATED, user).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (401, Some("sign-in-failed")));
    }
    // Who is of both is of this one here, and sees nothing of the other.
    let both = desk.session(DEDICATED, "both").await;
    let session = both.get("/session").await.expect(200);
    assert_eq!(session["customers"].as_array().map(Vec::len), Some(1));
    let listed = both.get("/resources").await.expect(200);
    assert_eq!(column(&listed, "/name"), ["台帳"]);
    let foreign = both.launch(desk.other_app, &json!({})).await;
    assert_eq!(foreign.code(), Some("not-found"));
    let foreign = both.launch(desk.other_app, &json!({"customer": desk.other.id})).await;
    assert_eq!(foreign.code(), Some("not-found"));
}

/// Removed: refused from the very next request on, also after adding it again.
#[apply(both_engines)]
async fn a_removed_customers_users_are_out_with_the_next_request(engine: Engine) {
    let Some(desk) = Desk::open(engine).await else { return };
    let hanako = desk.session(DEDICATED, "hanako").await;
    let launch = hanako.launch(desk.app, &json!({})).await.expect(201);
    desk.realm.remove(id(&desk.customer)).await;
    for rest in ["/session", "/resources"] {
        let refused = hanako.get(rest).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (401, Some("unauthenticated")));
    }
    assert_eq!(hanako.launch(desk.app, &json!({})).await.status.as_u16(), 401);
    assert_eq!(desk.redeem(&ticket(&launch)).await.status.as_u16(), 404);
    let refused = desk.sign_in(DEDICATED, "hanako").await;
    assert_eq!((refused.status.as_u16(), refused.code()), (401, Some("sign-in-failed")));
    desk.realm.add(id(&desk.customer), 1, group("aozora")).await;
    assert_eq!(hanako.get("/session").await.status.as_u16(), 401, "it is not the same");
    assert_eq!(desk.redeem(&ticket(&launch)).await.status.as_u16(), 404);
    desk.session(DEDICATED, "hanako").await.get("/session").await.expect(200);
}

/// Ending the connection, or withdrawing `federation`, does the same.
#[apply(both_engines)]
async fn a_customer_that_withdraws_ends_its_sessions(engine: Engine) {
    let Some(desk) = Desk::open(engine).await else { return };
    let hanako = desk.session(DEDICATED, "hanako").await;
    let partner = desk.customer.partner(&desk.provider);
    let narrowed = json!({"shares": ["account"]});
    desk.customer.admin.patch(&partner, &narrowed).await.expect(200);
    assert_eq!(hanako.get("/session").await.status.as_u16(), 401);
    assert_eq!(desk.sign_in(DEDICATED, "hanako").await.code(), Some("sign-in-failed"));
    let all = json!({"shares": tsunagu_tests::product::SHARES});
    desk.customer.admin.patch(&partner, &all).await.expect(200);
    assert_eq!(hanako.get("/session").await.status.as_u16(), 401, "it is not the same");
    let hanako = desk.session(DEDICATED, "hanako").await;
    desk.product.tick();
    let ended = desk.customer.admin.delete(&partner).await;
    assert_eq!(ended.status.as_u16(), 204);
    assert_eq!(hanako.get("/session").await.status.as_u16(), 401);
    // Connecting again does not put it back.
    desk.product.connect(&desk.customer, &desk.provider).await;
    assert_eq!(hanako.get("/session").await.status.as_u16(), 401);
    assert_eq!(desk.sign_in(DEDICATED, "hanako").await.code(), Some("sign-in-failed"));
    // The other customer's users are not touched.
    desk.session(SHARED, "jiro").await.get("/session").await.expect(200);
}

/// What the directory says counts at the next sign-in.
#[apply(both_engines)]
async fn a_directory_decides_at_every_sign_in(engine: Engine) {
    let Some(desk) = Desk::open(engine).await else { return };
    let hanako = entry_of("hanako").parse().expect("a name");
    desk.tree.set_password(&hanako, "another one");
    assert_eq!(desk.sign_in(DEDICATED, "hanako").await.code(), Some("sign-in-failed"));
    let body = json!({"username": "hanako", "password": "another one"});
    desk.try_as(DEDICATED, &body).await.expect(200);
    desk.tree.remove(&hanako);
    assert_eq!(desk.try_as(DEDICATED, &body).await.code(), Some("sign-in-failed"));
}

/// The lost answer of a launch is asked for again.
#[apply(both_engines)]
async fn a_launch_is_answered_again_with_another_ticket(engine: Engine) {
    let Some(desk) = Desk::open(engine).await else { return };
    let hanako = desk.session(DEDICATED, "hanako").await;
    let path = hanako.at(&format!("/resources/{}/launch", desk.app));
    let keyed = hanako.person.with("idempotency-key", "k-1");
    let first = keyed.post(&path, &json!({})).await.expect(201);
    desk.product.world.wait(TimeDelta::seconds(50));
    let again = keyed.post(&path, &json!({})).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let again = again.expect(201);
    assert_eq!(again["launchId"], first["launchId"]);
    assert_ne!(ticket(&again), ticket(&first));
    assert_eq!(desk.redeem(&ticket(&first)).await.status.as_u16(), 404, "void");
    desk.redeem(&ticket(&again)).await.expect(200);
    let other = keyed.post(&path, &json!({"customer": desk.customer.id})).await;
    assert_eq!(other.code(), Some("idempotency-mismatch"));
    // Another session's key is another one (T11).
    let second = desk.session(DEDICATED, "hanako").await;
    let keyed = second.person.with("idempotency-key", "k-1");
    let fresh = keyed.post(&path, &json!({})).await;
    assert_eq!(fresh.header("idempotency-replayed"), None);
    assert_ne!(fresh.expect(201)["launchId"], first["launchId"]);
}

/// Who signs out is out, and the tickets with him.
#[apply(both_engines)]
async fn who_signs_out_is_out(engine: Engine) {
    let Some(desk) = Desk::open(engine).await else { return };
    let hanako = desk.session(DEDICATED, "hanako").await;
    let launch = hanako.launch(desk.app, &json!({})).await.expect(201);
    let left = hanako.person.post(&hanako.at("/sign-out"), &json!({})).await;
    assert_eq!(left.status.as_u16(), 204);
    assert_eq!(hanako.get("/session").await.code(), Some("unauthenticated"));
    assert_eq!(desk.redeem(&ticket(&launch)).await.status.as_u16(), 404);
}

/// A session of one workspace is none of another.
#[apply(both_engines)]
async fn a_session_is_one_of_its_workspace(engine: Engine) {
    let Some(desk) = Desk::open(engine).await else { return };
    let hanako = desk.session(DEDICATED, "hanako").await;
    for host in [SHARED, "nobodys-desktops", "x"] {
        let refused = hanako.person.get(&format!("/v1/workspaces/{host}/session")).await;
        assert_eq!(refused.code(), Some("unauthenticated"), "{host}");
    }
}

/// The directory does not answer: that is told, and nothing else.
#[apply(both_engines)]
async fn a_directory_that_is_away_is_told(engine: Engine) {
    let Some(mut desk) = Desk::open(engine).await else { return };
    desk.realm.domain.directory = tsunagu_tests::federated::directory(1);
    desk.product.world.stored.put(&desk.realm.domain).await;
    let away = desk.sign_in(DEDICATED, "hanako").await;
    assert_eq!((away.status.as_u16(), away.code()), (503, Some("directory-unavailable")));
    assert!(away.header("retry-after").is_some());
}

/// Whoever manages the domain tests it. Without anybody who is bound a test tells nothing of the
/// directory, nor does a user who mistypes.
#[apply(both_engines)]
async fn a_domain_is_tested_and_verified(engine: Engine) {
    let Some(mut desk) = Desk::open(engine).await else { return };
    let own = desk.provider.at(&format!("/domains/{}", desk.realm.domain.domain_id));
    let path = format!("{own}/test");
    let test = async |body: Value| {
        tsunagu_tests::background::standing_still(desk.provider.admin.post(&path, &body)).await
    };
    let passed = test(json!({})).await.expect(200);
    assert_eq!(passed["reachable"], json!({"ok": true, "code": "ok"}));
    assert_eq!(passed["matchedCustomers"], json!([]));
    let status = async || desk.provider.admin.get(&own).await.expect(200)["status"].clone();
    assert_eq!(status().await, "unverified");
    let body = json!({"username": "both", "password": password("both")});
    let passed = test(body).await.expect(200);
    assert_eq!(passed["userBind"]["ok"], true);
    assert_eq!(passed["matchedCustomers"].as_array().map(Vec::len), Some(2));
    desk.product.tick();
    let failed = test(json!({"username": "both", "password": "wrong"})).await.expect(200);
    assert_eq!(failed["userBind"], json!({"ok": false, "code": "refused"}));
    assert_eq!(status().await, "verified");
    test(json!({})).await.expect(200);
    assert_eq!(status().await, "verified");
    let half = test(json!({"username": "both"})).await;
    assert_eq!(half.json["errors"][0]["pointer"], "/password");
    // Each change of what is known of it is an entry of the trail.
    let audit = desk.provider.admin.get(&desk.provider.at("/audit?action=domain-tested")).await;
    let audit = audit.expect(200);
    assert_eq!(column(&audit, "/changes/status/to"), ["verified"]);
    // A stranger's domain is none.
    let stranger = desk.product.partner("admin@other.example", "よそ").await;
    let path = stranger.at(&format!("/domains/{}/test", desk.realm.domain.domain_id));
    assert_eq!(stranger.admin.post(&path, &json!({})).await.code(), Some("not-found"));
    // A directory that is not there any more is no user's mistake.
    desk.realm.domain.directory = tsunagu_tests::federated::directory(1);
    desk.realm.domain.verified = true;
    desk.product.world.stored.put(&desk.realm.domain).await;
    let path = format!("{own}/test");
    let body = json!({"username": "both", "password": password("both")});
    let failed = desk.provider.admin.post(&path, &body);
    let failed = tsunagu_tests::background::standing_still(failed).await.expect(200);
    assert_eq!(failed["reachable"]["ok"], false);
    assert_eq!(desk.provider.admin.get(&own).await.expect(200)["status"], "unverified");
}
