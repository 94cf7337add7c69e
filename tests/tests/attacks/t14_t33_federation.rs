//! T14, T22, T23, T30, T33 on what is managed of federated domains and workspaces.

use chrono::TimeDelta;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, Response, both_engines,
    corp::{Corp, PASSWORD, branch, directory, domain, group, location},
    product::PERMISSIONS,
};

fn told(response: &Response) -> (u16, Option<&str>) {
    (response.status.as_u16(), response.code())
}

/// Ids of another provider's things are unknown ones, in paths and in bodies.
#[apply(both_engines)]
async fn t14_foreign_locations_domains_and_apps_are_unknown_ones(engine: Engine) {
    let Some(corp) = Corp::open(engine).await else { return };
    let thief = corp.product.partner("admin@thief.example", "Thief").await;
    corp.product.connect(&corp.customer, &thief).await;
    corp.add(&corp.customer, &group("aozora")).await.expect(201);
    let app = corp.app("台帳").await;
    for rest in [
        format!("/resource-locations/{}", corp.location),
        format!("/domains/{}", corp.domain),
        format!("/domains/{}/customers", corp.domain),
        format!("/domains/{}/sessions", corp.domain),
        format!("/resources/{app}"),
        format!("/resources/{app}/customers"),
    ] {
        assert_eq!(told(&thief.admin.get(&thief.at(&rest)).await), (404, Some("not-found")));
    }
    for (rest, body) in [
        (format!("/domains/{}/customers/{}", corp.domain, corp.customer.id), group("aozora")),
        (format!("/resources/{app}/customers/{}", corp.customer.id), json!(null)),
    ] {
        let put = thief.admin.put(&thief.at(&rest), &body).await;
        assert_eq!(told(&put), (404, Some("not-found")), "{rest}");
    }
    // A location of somebody else's, in a body.
    let body = json!({
        "name": "x.example.com", "resourceLocationId": corp.location, "directory": directory(),
    });
    let refused = thief.admin.post(&thief.at("/domains"), &body).await;
    assert_eq!(refused.expect(422)["errors"][0]["pointer"], "/resourceLocationId");
    let refused = thief.admin.post(&thief.at("/resources"), &corp.about("x")).await;
    assert_eq!(refused.expect(422)["errors"][0]["pointer"], "/resourceLocationId");
    let (own, _) = location(&thief).await;
    let theirs = domain(&thief, &own, "thief.example").await;
    let move_to = json!({"resourceLocationId": corp.location});
    let path = thief.at(&format!("/domains/{theirs}"));
    let refused = thief.admin.patch(&path, &move_to).await;
    assert_eq!(refused.expect(422)["errors"][0]["pointer"], "/resourceLocationId");
    // Domains and apps of somebody else's, in lists: the very places are told.
    let list = json!({"resourceIds": [app]});
    let all = format!("{}/resources", thief.customer(&corp.customer));
    let refused = thief.admin.put(&all, &list).await.expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/resourceIds/0");
    let statement = |kind: &str| {
        json!({
            "kind": kind, "displayName": "x", "enabled": true, "domains": [theirs, corp.domain],
        })
    };
    let shared = thief.at("/workspaces/thief-shared");
    let refused = thief.admin.put(&shared, &statement("shared")).await.expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/domains/1");
    let for_customer = format!("{}/workspaces/aozora-trap", thief.customer(&corp.customer));
    let refused = thief.admin.put(&for_customer, &statement("dedicated")).await.expect(422);
    let pointers: Vec<_> = refused["errors"].as_array().expect("errors").iter().collect();
    assert_eq!(pointers.len(), 2, "neither is its own domain federated nor the other its own");
    // Nor does a domain serve somebody who is not in it.
    let host = corp.other.at("/workspaces/yunagi-desktops");
    let refused = corp.other.admin.put(&host, &corp.workspace("dedicated")).await.expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/domains/0");
}

/// T22: pointing a directory elsewhere takes full access, forgets the secret and is told to both.
#[apply(both_engines)]
async fn t22_a_directory_that_is_pointed_elsewhere_takes_no_secret_along(engine: Engine) {
    let Some(corp) = Corp::open(engine).await else { return };
    corp.add(&corp.customer, &group("aozora")).await.expect(201);
    let custom = corp.product.custom(&corp.provider, "op@minato.example", &PERMISSIONS).await;
    let elsewhere = json!({"directory": {"url": "ldaps://collector.example.net"}});
    let refused = custom.patch(&corp.domain_path(), &elsewhere).await;
    assert_eq!(told(&refused), (403, Some("permission-missing")));
    assert_eq!(refused.json["permission"], "full-access");
    let admin = &corp.provider.admin;
    let certificate = rcgen::generate_simple_self_signed(["ca.example.net".to_owned()]);
    let certificate = certificate.expect("a certificate").cert.pem();
    for change in [
        json!({"url": "ldaps://collector.example.net"}),
        json!({"url": "ldap://ldap.example.com", "startTls": true}),
        json!({"bindDn": "cn=thief,dc=example,dc=com"}),
        json!({"caCertificate": certificate}),
    ] {
        let mut reset = directory();
        reset["startTls"] = json!(false);
        reset["caCertificate"] = Value::Null;
        let reset = admin.patch(&corp.domain_path(), &json!({"directory": reset})).await;
        assert_eq!(reset.expect(200)["directory"]["hasBindPassword"], true);
        let changed = admin.patch(&corp.domain_path(), &json!({"directory": change})).await;
        assert_eq!(changed.expect(200)["directory"]["hasBindPassword"], false, "{change}");
        // Unless it is given with it.
        let mut with = directory();
        with.as_object_mut().expect("an object").remove("kind");
        for (field, value) in change.as_object().expect("an object") {
            with[field] = value.clone();
        }
        let given = admin.patch(&corp.domain_path(), &json!({"directory": with})).await;
        assert_eq!(given.expect(200)["directory"]["hasBindPassword"], true, "{change}");
    }
    for tenant in [&corp.provider, &corp.customer] {
        let audit = tenant.admin.get(&tenant.at("/audit?limit=100")).await.expect(200);
        let entries = audit["items"].as_array().expect("items").iter();
        let entries: Vec<_> =
            entries.filter(|entry| entry["action"] == "directory-changed").collect();
        assert!(!entries.is_empty());
        for entry in entries {
            let text = entry.to_string();
            assert!(!text.contains("ldaps://") && !text.contains(PASSWORD), "{text}");
            assert_eq!(entry["changes"].as_object().map(serde_json::Map::len), Some(1));
        }
    }
}

/// T29, as far as an address is named.
#[apply(both_engines)]
async fn t29_a_directory_at_an_address_of_nobodys_or_without_tls_is_refused(engine: Engine) {
    let Some(corp) = Corp::open(engine).await else { return };
    let address = [
        "ldaps://169.254.169.254",
        "ldaps://10.0.0.1",
        "ldaps://[::ffff:10.0.0.1]",
        "ldaps://0xa9fea9fe",
        "ldaps://[fd00:ec2::254]",
        "ldaps://192.168.1.1:636",
    ];
    let refused = address.map(|url| (url, "directory-address-refused"));
    for (url, code) in
        refused.into_iter().chain([("ldap://ldap.example.com", "directory-insecure")])
    {
        let mut directory = directory();
        directory["url"] = json!(url);
        let body = json!({
            "name": "x.example.com", "resourceLocationId": corp.location, "directory": directory,
        });
        let made = corp.provider.admin.post(&corp.provider.at("/domains"), &body).await;
        assert_eq!(told(&made), (422, Some(code)), "{url}");
        let change = json!({"directory": {"url": url}});
        let changed = corp.provider.admin.patch(&corp.domain_path(), &change).await;
        assert_eq!(told(&changed), (422, Some(code)), "{url}");
    }
}

/// T23: nobody is of two customers by how they are told apart.
#[apply(both_engines)]
async fn t23_members_of_two_customers_never_overlap(engine: Engine) {
    let Some(corp) = Corp::open(engine).await else { return };
    corp.add(&corp.customer, &branch("ou=a")).await.expect(201);
    for overlapping in [
        json!({"members": null}),
        branch("ou=a"),
        branch("OU=A "),
        branch("ou=b,ou=a"),
        json!({"members": {"baseDn": "dc=example,dc=com"}}),
        json!({"members": {"baseDn": "ou=#0C0161,dc=example,dc=com"}}),
        json!({"members": {"baseDn": "ou=\\61,dc=example,dc=com"}}),
        json!({"members": {"baseDn": "2.5.4.11=a,dc=example,dc=com"}}),
        json!({"members": {"baseDn": "organizationalUnitName=a,dc=example,dc=com"}}),
        json!({"members": {"baseDn": "ou=b,OrganizationalUnitName=a,domainComponent=example,dc=com"}}),
        json!({"members": {"baseDn": "ou=a,0.9.2342.19200300.100.1.25=example,dc=com"}}),
        json!({"members": {"baseDn": "ou=a\u{AD},dc=example,dc=com"}}),
        json!({"members": {"baseDn": "2.5.4.4=b,ou=a,dc=example,dc=com"}}),
    ] {
        let refused = corp.add(&corp.other, &overlapping).await;
        let refused = told(&refused);
        assert!(
            matches!(refused, (409, Some("members-overlap")) | (422, _)),
            "{overlapping}: {refused:?}"
        );
    }
    corp.add(&corp.other, &branch("ou=b")).await.expect(201);
    let widened = corp.add(&corp.other, &json!({"members": null})).await;
    assert_eq!(told(&widened), (409, Some("members-overlap")));
    let missing = corp.add(&corp.other, &json!({})).await;
    assert_eq!(missing.expect(422)["errors"][0]["pointer"], "/members");
}

/// T30: what runs, what is somebody's, and what has a ticket already, is opened nowhere.
#[apply(both_engines)]
async fn t30_a_launch_address_runs_nothing_and_tells_nothing(engine: Engine) {
    let Some(corp) = Corp::open(engine).await else { return };
    let app = corp.app("台帳").await;
    for url in [
        "javascript:alert(1)",
        "JavaScript://x/%0aalert(1)",
        "data:text/html,x",
        "http://apps.example.com",
        "file:///etc/passwd",
        "vbscript://x",
        "rdp://apps.example.com",
        "https://user:pass@apps.example.com",
        "https://user@apps.example.com",
        "https://apps.example.com/#fragment",
        "https://apps.example.com/?ticket=x",
        "https://apps.example.com/?TICKET=x",
        "https://apps.example.com/\u{0}",
        "//apps.example.com",
        "https://",
        "https:apps.example.com",
        "https:///apps.example.com",
        "https://apps.example.com\\@evil.example",
        "https://apps.example.com/\tx",
    ] {
        let mut about = corp.about("x");
        about["launchUrl"] = json!(url);
        let made = corp.provider.admin.post(&corp.provider.at("/resources"), &about).await;
        assert_eq!(made.expect(422)["errors"][0]["pointer"], "/launchUrl", "{url}");
        let path = corp.provider.at(&format!("/resources/{app}"));
        let changed = corp.provider.admin.patch(&path, &json!({"launchUrl": url})).await;
        assert_eq!(changed.expect(422)["errors"][0]["pointer"], "/launchUrl", "{url}");
    }
}

/// T33: hosts imitate nothing, and are nobody else's for a while.
#[apply(both_engines)]
async fn t33_hosts_imitate_nothing_and_are_not_taken_over(engine: Engine) {
    let Some(corp) = Corp::open(engine).await else { return };
    corp.add(&corp.customer, &group("aozora")).await.expect(201);
    corp.add(&corp.other, &group("yunagi")).await.expect(201);
    let statement = corp.workspace("dedicated");
    for host in [
        "short",
        "UPPERCASE",
        "xn--abcdef",
        "support",
        "sign-in",
        "-hyphens",
        "hyphens-",
        "123456",
        "under_score",
        "d%C3%A9sktop",
        "dot.dotted",
    ] {
        let path = corp.customer.at(&format!("/workspaces/{host}"));
        let refused = corp.customer.admin.put(&path, &statement).await;
        assert_eq!(refused.expect(422)["errors"][0]["pointer"], "/host", "{host}");
    }
    let [own, others] =
        [&corp.customer, &corp.other].map(|tenant| tenant.at("/workspaces/aozora-desktops"));
    corp.customer.admin.put(&own, &statement).await.expect(201);
    let taken = corp.other.admin.put(&others, &statement).await;
    assert_eq!(told(&taken), (409, Some("host-taken")));
    corp.other.admin.get(&others).await.expect(404);
    corp.other.admin.delete(&others).await.expect(404);
    corp.customer.admin.delete(&own).await.expect(204);
    let early = corp.other.admin.put(&others, &statement).await;
    assert_eq!(told(&early), (409, Some("host-taken")));
    assert!(corp.product.world.clock.advance(TimeDelta::days(30)), "time goes on");
    corp.other.admin.put(&others, &statement).await.expect(201);
    let late = corp.customer.admin.put(&own, &statement).await;
    assert_eq!(told(&late), (409, Some("host-taken")));
}
