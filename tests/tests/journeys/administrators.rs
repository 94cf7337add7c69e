//! Who may act for an account: invitations, access, the last one with full access.

use chrono::TimeDelta;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    product::{PERMISSIONS, Product, Tenant, column},
};

fn administrators(tenant: &Tenant) -> String {
    tenant.at("/administrators")
}

async fn list(tenant: &Tenant) -> Value {
    tenant.admin.get(&administrators(tenant)).await.expect(200)
}

async fn own_id(tenant: &Tenant) -> String {
    let list = list(tenant).await;
    let own = list["items"]
        .as_array()
        .expect("items")
        .iter()
        .find(|one| one["email"] == tenant.email.as_str());
    own.expect("the caller is an administrator")["adminId"].as_str().expect("an id").to_owned()
}

/// The invited person becomes active with the first call, under the id of the invitation.
#[apply(both_engines)]
async fn an_invitation_becomes_active_with_the_first_call_under_the_same_id(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let tenant = product.register("misaki@minato.example", "みなとクラウド").await;
    let invite = json!({
        "email": "Ken@Minato.Example", "access": "custom",
        "permissions": ["connections.manage", "audit.view"],
    });
    let invited = tenant.admin.post(&administrators(&tenant), &invite).await.expect(201);
    assert_eq!(invited["status"], "invited");
    assert_eq!(invited["email"], "ken@minato.example", "compared in lower case");
    assert_eq!(invited["access"], "custom");
    assert_eq!(invited["permissions"], json!(["connections.manage", "audit.view"]));

    let ken = product.person("ken@minato.example").await;
    let me = ken.get("/v1/me").await.expect(200);
    assert_eq!(column(&json!({"items": me["accounts"]}), "/accountId"), [tenant.id.as_str()]);
    let account = &me["accounts"][0];
    assert_eq!(account["displayName"], "みなとクラウド");
    assert_eq!(account["orgId"], tenant.org.as_str());
    assert_eq!(account["permissions"], json!(["connections.manage", "audit.view"]));
    assert_eq!(account["invitedBy"], "misaki@minato.example");
    assert!(account["joinedAt"].is_string() && account["organizationName"].is_null());

    let path = format!("{}/{}", administrators(&tenant), invited["adminId"].as_str().expect("id"));
    let active = tenant.admin.get(&path).await.expect(200);
    assert_eq!((&active["status"], &active["adminId"]), (&json!("active"), &invited["adminId"]));
    let all = list(&tenant).await;
    let mut statuses = column(&all, "/status");
    statuses.dedup();
    assert_eq!(
        (all["items"].as_array().expect("items").len(), statuses),
        (2, vec![json!("active")])
    );
}

/// Activation by any first call, not by `/v1/me` alone.
#[apply(both_engines)]
async fn any_first_call_activates(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let tenant = product.register("misaki@minato.example", "みなとクラウド").await;
    let permissions = json!({"email": "ken@minato.example", "access": "full"});
    let invited = tenant.admin.post(&administrators(&tenant), &permissions).await.expect(201);
    let ken = product.person("ken@minato.example").await;
    let seen = ken.get(&administrators(&tenant)).await.expect(200);
    let ids = column(&seen, "/adminId");
    assert!(ids.contains(&invited["adminId"]), "{seen}");
    assert_eq!(column(&seen, "/status"), ["active", "active"]);
}

/// An invitation waits 14 days and no longer; then another may be sent.
#[apply(both_engines)]
async fn an_invitation_expires_after_14_days(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let tenant = product.register("misaki@minato.example", "みなとクラウド").await;
    let invite = json!({"email": "ken@minato.example", "access": "full"});
    let first = tenant.admin.post(&administrators(&tenant), &invite).await.expect(201);
    let twice = tenant.admin.post(&administrators(&tenant), &invite).await;
    assert_eq!((twice.status.as_u16(), twice.code()), (409, Some("conflict")));

    product.world.wait(TimeDelta::days(14));
    let ken = product.person("ken@minato.example").await;
    ken.get(&tenant.at("")).await.expect(404);
    assert_eq!(ken.get("/v1/me").await.expect(200)["accounts"], json!([]));
    assert_eq!(column(&list(&tenant).await, "/email"), ["misaki@minato.example"]);

    let second = tenant.admin.post(&administrators(&tenant), &invite).await.expect(201);
    assert_ne!(second["adminId"], first["adminId"]);
    product.world.wait(TimeDelta::days(14) - TimeDelta::seconds(1));
    ken.get(&tenant.at("")).await.expect(200);
}

/// What one may and may not by custom access, and that a change acts with the next request.
#[apply(both_engines)]
async fn custom_access_is_what_it_names_and_changes_at_once(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let tenant = product.partner("misaki@minato.example", "みなとクラウド").await;
    let ken = product.custom(&tenant, "ken@minato.example", &["customer-dashboard.view"]).await;
    ken.get(&tenant.at("/customers")).await.expect(200);
    let refused = ken.get(&tenant.at("/invite-link")).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, Some("permission-missing")));
    assert_eq!(refused.json["permission"], "connections.manage");
    assert_eq!(
        ken.reading("ja").get(&tenant.at("/invite-link")).await.json["title"],
        "権限がありません"
    );

    let all = list(&tenant).await;
    let one = all["items"].as_array().expect("items").iter().find(|one| one["access"] == "custom");
    let path = format!(
        "{}/{}",
        administrators(&tenant),
        one.expect("Ken")["adminId"].as_str().expect("id")
    );
    let change = json!({"access": "custom", "permissions": ["connections.manage"]});
    tenant.admin.patch(&path, &change).await.expect(200);
    ken.get(&tenant.at("/invite-link")).await.expect(200);
    ken.get(&tenant.at("/customers")).await.expect(403);

    tenant.admin.delete(&path).await.expect(204);
    let gone = ken.get(&tenant.at("/invite-link")).await;
    assert_eq!((gone.status.as_u16(), gone.code()), (404, Some("not-found")));
    assert_eq!(ken.get("/v1/me").await.expect(200)["accounts"], json!([]));
    tenant.admin.delete(&path).await.expect(404);
}

/// Only full access manages administrators, whatever permissions one has; anyone removes himself.
#[apply(both_engines)]
async fn every_permission_together_manages_no_administrator_but_leaves(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let tenant = product.register("misaki@minato.example", "みなとクラウド").await;
    let invite =
        json!({"email": "ken@minato.example", "access": "custom", "permissions": PERMISSIONS});
    let invited = tenant.admin.post(&administrators(&tenant), &invite).await.expect(201);
    let ken = product.person("ken@minato.example").await;
    ken.get(&tenant.at("")).await.expect(200);
    let own = format!("{}/{}", administrators(&tenant), invited["adminId"].as_str().expect("id"));
    let other = format!("{}/{}", administrators(&tenant), own_id(&tenant).await);
    for refused in [
        ken.get(&administrators(&tenant)).await,
        ken.post(&administrators(&tenant), &json!({"email": "x@y.example", "access": "full"}))
            .await,
        ken.patch(&own, &json!({"access": "full"})).await,
        ken.delete(&other).await,
    ] {
        assert_eq!((refused.status.as_u16(), refused.code()), (403, Some("permission-missing")));
        assert_eq!(refused.json["permission"], "full-access");
    }
    ken.delete(&own).await.expect(204);
    ken.get(&tenant.at("")).await.expect(404);
}

/// The last one with full access can be neither removed nor demoted, by nobody.
#[apply(both_engines)]
async fn the_last_full_administrator_stays(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let tenant = product.register("misaki@minato.example", "みなとクラウド").await;
    let own = format!("{}/{}", administrators(&tenant), own_id(&tenant).await);
    let demotion = json!({"access": "custom", "permissions": ["account.manage"]});
    for refused in [tenant.admin.delete(&own).await, tenant.admin.patch(&own, &demotion).await] {
        assert_eq!(refused.status.as_u16(), 409, "{}", refused.json);
    }
    // An invited one does not count: nobody knows whether it will ever come.
    let invite = json!({"email": "ken@minato.example", "access": "full"});
    let invited = tenant.admin.post(&administrators(&tenant), &invite).await.expect(201);
    assert_eq!(tenant.admin.delete(&own).await.status.as_u16(), 409);

    let ken = product.person("ken@minato.example").await;
    ken.get(&tenant.at("")).await.expect(200);
    tenant.admin.patch(&own, &demotion).await.expect(200);
    let path = format!("{}/{}", administrators(&tenant), invited["adminId"].as_str().expect("id"));
    assert_eq!(ken.delete(&path).await.status.as_u16(), 409, "now Ken is the last");
    tenant.admin.get(&administrators(&tenant)).await.expect(403);
}

/// What an invitation refuses: full access with permissions, custom access without a list, nonsense.
#[apply(both_engines)]
async fn an_invitation_that_makes_no_sense_is_refused(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let tenant = product.register("misaki@minato.example", "みなとクラウド").await;
    for (body, pointer) in [
        (
            json!({"email": "a@b.example", "access": "full", "permissions": ["audit.view"]}),
            "/permissions",
        ),
        (
            json!({"email": "a@b.example", "access": "custom", "permissions": ["everything"]}),
            "/permissions/0",
        ),
        (json!({"email": "a@b.example", "access": "owner"}), "/access"),
        (json!({"email": "not an address", "access": "full"}), "/email"),
        (json!({"email": "みなと@minato.example", "access": "full"}), "/email"),
        (json!({"access": "full"}), "/email"),
    ] {
        let refused = tenant.admin.post(&administrators(&tenant), &body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.code()),
            (422, Some("validation-failed")),
            "{body}"
        );
        let pointers = column(&json!({"items": refused.json["errors"]}), "/pointer");
        assert_eq!(pointers, [pointer], "{body}");
    }
    assert_eq!(column(&list(&tenant).await, "/email"), ["misaki@minato.example"]);
}
