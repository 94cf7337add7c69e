//! A provider sets up a location, a domain, its customers, workspaces and apps (P19).

use futures::future::join_all;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    corp::{Corp, PASSWORD, directory, domain, group, text},
    product::column,
};

#[apply(both_engines)]
async fn a_resource_location_has_a_key_that_is_shown_once_and_rotated(engine: Engine) {
    let Some(corp) = Corp::open(engine).await else { return };
    let admin = &corp.provider.admin;
    let list = admin.get(&corp.provider.at("/resource-locations")).await.expect(200);
    assert_eq!(column(&list, "/name"), ["大阪"]);
    assert!(list["items"][0].get("key").is_none(), "{list}");
    let path = corp.provider.at(&format!("/resource-locations/{}", corp.location));
    let shown = admin.get(&path).await;
    let etag = shown.headers["etag"].to_str().expect("a tag").to_owned();
    assert!(!shown.json.to_string().contains(&corp.key));
    let renamed = admin.with("if-match", &etag).patch(&path, &json!({"name": "東京"})).await;
    assert_eq!(renamed.expect(200)["name"], "東京");
    let stale = admin.with("if-match", &etag).patch(&path, &json!({"name": "福岡"})).await;
    assert_eq!((stale.status.as_u16(), stale.code()), (412, Some("precondition-failed")));
    // A replayed answer holds the key no more, and rotates nothing.
    let rotating = admin.with("idempotency-key", "rotate");
    let body = json!({"overlapSeconds": 60});
    let first = rotating.post(&format!("{path}/rotate-key"), &body).await.expect(200);
    assert_ne!(text(&first, "key"), corp.key);
    let again = rotating.post(&format!("{path}/rotate-key"), &body).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.expect(200)["key"], Value::Null);
    // It stays while a domain is there.
    let kept = admin.delete(&path).await;
    assert_eq!((kept.status.as_u16(), kept.code()), (409, Some("conflict")));
    admin.delete(&corp.domain_path()).await.expect(204);
    admin.delete(&path).await.expect(204);
    admin.get(&path).await.expect(404);
}

#[apply(both_engines)]
async fn a_domain_is_described_changed_and_deleted_and_never_tells_its_password(engine: Engine) {
    let Some(corp) = Corp::open(engine).await else { return };
    let admin = &corp.provider.admin;
    let shown = admin.get(&corp.domain_path()).await.expect(200);
    assert_eq!(shown["status"], "unverified");
    assert_eq!(shown["directory"]["url"], "ldaps://ldap.example.com:636");
    assert_eq!(shown["directory"]["userAttribute"], "uid");
    assert_eq!(shown["directory"]["hasBindPassword"], true);
    assert!(shown["directory"].get("bindPassword").is_none(), "{shown}");
    // The name is the provider's once.
    let body = json!({
        "name": "CORP.example.com", "resourceLocationId": corp.location, "directory": directory(),
    });
    let taken = admin.post(&corp.provider.at("/domains"), &body).await;
    assert_eq!((taken.status.as_u16(), taken.code()), (409, Some("conflict")));
    // What is changed keeps the rest.
    let change = json!({"directory": {"baseDn": "ou=all,dc=example,dc=com"}});
    let changed = admin.patch(&corp.domain_path(), &change).await.expect(200);
    assert_eq!(changed["directory"]["hasBindPassword"], true);
    assert_eq!(changed["directory"]["bindDn"], "cn=reader,dc=example,dc=com");
    let change = json!({"directory": {"bind": "upn"}});
    let changed = admin.patch(&corp.domain_path(), &change).await.expect(200);
    assert_eq!(changed["directory"]["bindDn"], Value::Null);
    assert_eq!(changed["directory"]["hasBindPassword"], false);
    // Nothing anywhere holds the password.
    let kept = corp.product.world.stored.json().await;
    assert!(kept.values().all(|item| !item.to_string().contains(PASSWORD)));
    admin.delete(&corp.domain_path()).await.expect(204);
    domain(&corp.provider, &corp.location, "corp.example.com").await;
}

#[apply(both_engines)]
async fn every_flaw_of_a_domain_is_told_at_once_in_the_readers_language(engine: Engine) {
    let Some(corp) = Corp::open(engine).await else { return };
    let body = json!({
        "name": "localhost", "resourceLocationId": "x", "shoe": 1,
        "directory": {"kind": "ldap", "url": "https://x", "baseDn": "x", "bind": "simple"},
    });
    for (language, title) in [("ja", "入力に誤りがあります"), ("en", "Invalid input")] {
        let admin = corp.provider.admin.reading(language);
        let told = admin.post(&corp.provider.at("/domains"), &body).await.expect(422);
        assert_eq!(told["title"], title);
        let pointers = told["errors"].as_array().expect("errors").iter();
        let mut pointers: Vec<_> = pointers.map(|error| error["pointer"].clone()).collect();
        pointers.sort_by_key(Value::to_string);
        let expected = [
            "/directory/baseDn",
            "/directory/bind",
            "/directory/url",
            "/name",
            "/resourceLocationId",
            "/shoe",
        ];
        assert_eq!(pointers, expected);
    }
}

#[apply(both_engines)]
async fn a_customer_is_added_seen_by_both_and_removed(engine: Engine) {
    let Some(corp) = Corp::open(engine).await else { return };
    let admin = &corp.provider.admin;
    let added = corp.add(&corp.customer, &group("aozora")).await.expect(201);
    assert_eq!(
        added["customer"],
        json!({"accountId": corp.customer.id, "displayName": "青空商事"})
    );
    assert_eq!(added["members"], group("aozora")["members"]);
    assert_eq!(corp.add(&corp.customer, &group("aozora")).await.expect(200), added);
    let own = corp.customer.at("/federated-domains");
    let seen = corp.customer.admin.get(&own).await.expect(200);
    assert_eq!(column(&seen, "/name"), ["corp.example.com"]);
    assert_eq!(column(&seen, "/provider/displayName"), ["みなとクラウド"]);
    let partner = corp.customer.partner(&corp.provider);
    let impact = &corp.customer.admin.get(&partner).await.expect(200)["impact"];
    assert_eq!(*impact, json!({"workspaces": 0, "federatedDomains": 1, "openSessions": 0}));
    let in_use = admin.delete(&corp.domain_path()).await;
    assert_eq!((in_use.status.as_u16(), in_use.code()), (409, Some("conflict")));
    // Ending the connection takes it out, and connecting again does not put it back.
    corp.customer.admin.delete(&partner).await.expect(204);
    corp.product.connect(&corp.customer, &corp.provider).await;
    let list = admin.get(&format!("{}/customers", corp.domain_path())).await.expect(200);
    assert_eq!(list["items"], json!([]));
    assert_eq!(corp.customer.admin.get(&own).await.expect(200)["items"], json!([]));
    corp.add(&corp.customer, &json!({"members": null})).await.expect(201);
    admin.delete(&corp.federated(&corp.customer)).await.expect(204);
    admin.delete(&corp.federated(&corp.customer)).await.expect(404);
    admin.delete(&corp.domain_path()).await.expect(204);
    // Both sides were told, the customer of no person.
    let audit = corp.customer.admin.get(&corp.customer.at("/audit")).await.expect(200);
    let removed = audit["items"].as_array().expect("items").iter();
    let mut removed = removed.filter(|entry| entry["action"] == "federated-customer-removed");
    let actor = &removed.next().expect("told")["actor"];
    assert_eq!((&actor["kind"], &actor["email"]), (&json!("partner"), &Value::Null));
}

#[apply(both_engines)]
async fn who_does_not_share_federation_is_in_no_domain(engine: Engine) {
    let Some(corp) = Corp::open(engine).await else { return };
    corp.add(&corp.customer, &group("aozora")).await.expect(201);
    let partner = corp.customer.partner(&corp.provider);
    let shares = json!({"shares": ["account"]});
    corp.customer.admin.patch(&partner, &shares).await.expect(200);
    let refused = corp.add(&corp.customer, &group("other")).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, Some("not-shared")));
    assert_eq!(refused.json["share"], "federation");
    // Then it holds up nothing, and is told that it was removed.
    corp.provider.admin.delete(&corp.domain_path()).await.expect(204);
    for tenant in [&corp.provider, &corp.customer] {
        let audit = tenant.admin.get(&tenant.at("/audit")).await.expect(200);
        let actions = column(&audit, "/action");
        assert!(actions.contains(&json!("federated-customer-removed")), "{actions:?}");
    }
}

#[apply(both_engines)]
async fn workspaces_are_the_customers_whoever_sets_them_up(engine: Engine) {
    let Some(corp) = Corp::open(engine).await else { return };
    corp.add(&corp.customer, &group("aozora")).await.expect(201);
    let admin = &corp.customer.admin;
    let own = corp.customer.at("/workspaces/aozora-desktops");
    let made = admin.put(&own, &corp.workspace("dedicated")).await.expect(201);
    assert_eq!(made["url"], "https://aozora-desktops.workspaces.example.com");
    assert_eq!(made["domains"], json!([corp.domain]));
    assert_eq!(admin.put(&own, &corp.workspace("dedicated")).await.expect(200), made);
    let theirs = format!("{}/workspaces/aozora-apps", corp.provider.customer(&corp.customer));
    let set_up = corp.provider.admin.put(&theirs, &corp.workspace("dedicated")).await.expect(201);
    assert_eq!(set_up["accountId"], corp.customer.id);
    let list = admin.get(&corp.customer.at("/workspaces")).await.expect(200);
    assert_eq!(column(&list, "/host"), ["aozora-apps", "aozora-desktops"]);
    let partner = corp.customer.partner(&corp.provider);
    let impact = &admin.get(&partner).await.expect(200)["impact"];
    assert_eq!(impact["workspaces"], 2);
    // A shared one is for providers, with domains of their own.
    let shared = corp.customer.at("/workspaces/aozora-shared");
    let refused = admin.put(&shared, &corp.workspace("shared")).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, Some("program-required")));
    let shared = corp.provider.at("/workspaces/minato-shared");
    corp.provider.admin.put(&shared, &corp.workspace("shared")).await.expect(201);
    let other = corp.provider.admin.put(&shared, &corp.workspace("dedicated")).await;
    assert_eq!((other.status.as_u16(), other.code()), (409, Some("conflict")));
    let for_customer = format!("{}/workspaces/aozora-two", corp.provider.customer(&corp.customer));
    let refused = corp.provider.admin.put(&for_customer, &corp.workspace("shared")).await;
    assert_eq!(refused.expect(422)["errors"][0]["pointer"], "/kind");
    admin.delete(&own).await.expect(204);
    admin.get(&own).await.expect(404);
    // Removing the customer leaves workspaces as they are.
    corp.provider.admin.delete(&corp.federated(&corp.customer)).await.expect(204);
    let kept = corp.customer.at("/workspaces/aozora-apps");
    assert_eq!(admin.get(&kept).await.expect(200)["domains"], json!([corp.domain]));
    let renamed = json!({
        "kind": "dedicated", "displayName": "青空", "domains": [corp.domain], "enabled": false,
    });
    admin.put(&kept, &renamed).await.expect(200);
}

#[apply(both_engines)]
async fn apps_are_given_to_customers_one_by_one_and_all_at_once(engine: Engine) {
    let Some(corp) = Corp::open(engine).await else { return };
    let admin = &corp.provider.admin;
    let apps = [corp.app("台帳").await, corp.app("図面").await, corp.app("会計").await];
    let list = admin.get(&corp.provider.at("/resources")).await.expect(200);
    assert_eq!(column(&list, "/name"), ["台帳", "図面", "会計"]);
    let path = corp.provider.at(&format!("/resources/{}", apps[0]));
    let customers = format!("{path}/customers");
    let one = format!("{customers}/{}", corp.customer.id);
    let allowed = admin.put(&one, &json!(null)).await;
    assert_eq!(allowed.expect(201)["resourceId"], apps[0]);
    admin.put(&one, &json!(null)).await.expect(200);
    let all = format!("{}/resources", corp.provider.customer(&corp.customer));
    let wanted = json!({"resourceIds": [apps[1], apps[2]]});
    assert_eq!(admin.put(&all, &wanted).await.expect(200), wanted);
    let seen = admin.get(&customers).await.expect(200);
    assert_eq!(seen["items"], json!([]));
    let customers = corp.provider.at(&format!("/resources/{}/customers", apps[1]));
    let seen = admin.get(&customers).await.expect(200);
    assert_eq!(column(&seen, "/customer/displayName"), ["青空商事"]);
    let one = format!("{customers}/{}", corp.customer.id);
    admin.delete(&one).await.expect(204);
    admin.delete(&one).await.expect(404);
    // What is changed, and where it is.
    let change = json!({"name": "元帳", "description": "本社の台帳"});
    assert_eq!(admin.patch(&path, &change).await.expect(200)["description"], "本社の台帳");
    let unknown = admin.patch(&path, &json!({"service": "nothing"})).await;
    assert_eq!((unknown.status.as_u16(), unknown.code()), (422, Some("unknown-service")));
    admin.delete(&path).await.expect(204);
    admin.get(&path).await.expect(404);
}

#[apply(both_engines)]
async fn many_apps_are_set_at_once_and_a_repeated_post_makes_one(engine: Engine) {
    let Some(corp) = Corp::open(engine).await else { return };
    let admin = corp.provider.admin.with("idempotency-key", "app");
    let path = corp.provider.at("/resources");
    let about = corp.about("台帳");
    let first = admin.post(&path, &about).await.expect(201);
    assert_eq!(admin.post(&path, &about).await.expect(201), first);
    let other = admin.post(&path, &corp.about("図面")).await;
    assert_eq!((other.status.as_u16(), other.code()), (422, Some("idempotency-mismatch")));
    let names: Vec<_> = (0..60).map(|number| format!("アプリ{number}")).collect();
    let apps = join_all(names.iter().map(|name| corp.app(name))).await;
    let all = format!("{}/resources", corp.provider.customer(&corp.customer));
    for wanted in [json!({"resourceIds": apps}), json!({"resourceIds": []})] {
        corp.provider.admin.put(&all, &wanted).await.expect(200);
        let path = corp.provider.at(&format!("/resources/{}/customers", apps[59]));
        let seen = corp.provider.admin.get(&path).await.expect(200);
        let expected = usize::from(wanted["resourceIds"] != json!([]));
        assert_eq!(seen["items"].as_array().map(Vec::len), Some(expected));
    }
}

#[apply(both_engines)]
async fn a_page_of_domains_follows_another(engine: Engine) {
    let Some(corp) = Corp::open(engine).await else { return };
    for number in 0..4 {
        domain(&corp.provider, &corp.location, &format!("d{number}.example.com")).await;
    }
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = corp.provider.at(&format!("/domains?limit=2{cursor}"));
        let page = corp.provider.admin.get(&path).await.expect(200);
        names.extend(column(&page, "/name"));
        let Some(next) = page["nextCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(names.len(), 5);
}
