//! T6, T7, T8: pretending to be somebody, or accepting what is not one's own to accept.

use chrono::TimeDelta;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;
use tsunagu_domain::ids::{AccountId, OrgId};
use tsunagu_tests::{
    Engine, both_engines,
    product::{Product, accept, column},
};

/// An ORGID is minted or given by the vendor: nobody brings a badged one, and no account moves.
#[apply(both_engines)]
async fn t06_nobody_brings_a_badged_orgid_and_no_account_moves(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let mallory = product.person("mallory@example.com").await;
    let body = json!({"displayName": "x", "country": "JP", "orgId": partner.org});
    let refused = mallory.post("/v1/accounts", &body).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (422, Some("validation-failed")));
    assert_eq!(refused.json["errors"][0]["pointer"], "/orgId");
    let tenant = product.register("mallory@example.com", "x").await;
    assert_ne!(tenant.org, partner.org);
    let refused = tenant.admin.patch(&tenant.at(""), &json!({"orgId": partner.org})).await;
    assert_eq!(refused.status.as_u16(), 422);
    let account = tenant.admin.get(&tenant.at("")).await.expect(200);
    assert_eq!((&account["orgId"], &account["badges"]), (&json!(tenant.org), &json!([])));
    // Not even the vendor moves an account: not to another organization, nor to a new one.
    let now = product.world.now();
    for org in [partner.org.clone(), OrgId::mint(now).to_string()] {
        let moved = json!({"orgId": org, "displayName": "moved"});
        let refused = product.platform().put(&tenant.platform_path(), &moved).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (409, Some("conflict")));
    }
    assert_eq!(tenant.admin.get(&tenant.at("")).await.expect(200), account);
    // Two accounts of one person have two organizations.
    let second = product.register("mallory@example.com", "y").await;
    assert_ne!(second.org, tenant.org);
}

/// Whoever has renamed itself since it was shown is accepted by nobody who says what he was shown,
/// and the history keeps the name under which it collected acceptances.
#[apply(both_engines)]
async fn t07_a_partner_that_renames_itself_is_found_out(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("mallory@example.com", "Vendor Support").await;
    let org = format!("/v1/platform/organizations/{}", partner.org);
    product.platform().put(&org, &json!({"name": "Mallory Trading Ltd."})).await;
    let token = product.invite_token(&partner).await;
    let shown = product.nobody().get(&format!("/v1/invitations/{token}")).await.expect(200);
    assert_eq!(shown["partner"]["organizationName"], "Mallory Trading Ltd.", "beside its own name");
    let victim = product.register("taro@sakura.example", "さくら商事").await;
    accept(&victim, &token, json!({"version": shown["version"]})).await.expect(201);

    let careful = product.register("jiro@ume.example", "梅商店").await;
    for name in ["Harmless", "Vendor Support "] {
        partner.admin.patch(&partner.at(""), &json!({"displayName": name})).await.expect(200);
        let refused = accept(&careful, &token, json!({"version": shown["version"]})).await;
        if name == "Harmless" {
            assert_eq!(refused.code(), Some("invitation-changed"));
        } else {
            refused.expect(201);
        }
    }
    partner.admin.patch(&partner.at(""), &json!({"displayName": "Harmless"})).await.expect(200);
    let path = format!("{}/history", victim.partner(&partner));
    let history = victim.admin.get(&path).await.expect(200);
    assert_eq!(column(&history, "/shown/displayName"), ["Vendor Support"]);
    assert_eq!(column(&history, "/shown/organizationName"), ["Mallory Trading Ltd."]);
    assert_eq!(column(&history, "/shown/orgId"), [partner.org.as_str()]);
}

/// The version tells of everything that was shown.
#[apply(both_engines)]
async fn t07_the_version_covers_all_that_is_shown(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("mallory@example.com", "A").await;
    let path = format!("/v1/invitations/{}", product.invite_token(&partner).await);
    let mut versions = Vec::new();
    let mut keep = async || {
        let shown = product.nobody().get(&path).await.expect(200);
        let version = shown["version"].as_str().expect("a version").to_owned();
        assert!(!versions.contains(&version), "seen before: {shown}");
        versions.push(version);
    };
    keep().await;
    partner.admin.patch(&partner.at(""), &json!({"displayName": "B"})).await.expect(200);
    keep().await;
    partner.admin.patch(&partner.at(""), &json!({"country": "DE"})).await.expect(200);
    keep().await;
    let org = format!("/v1/platform/organizations/{}", partner.org);
    product.platform().put(&org, &json!({"name": "A Ltd."})).await;
    keep().await;
    product.declare(&partner, "CSA", "active").await;
    keep().await;
}

/// Names cannot hide, reorder or draw nothing, wherever a name is given.
#[apply(both_engines)]
async fn t07_names_cannot_deceive_by_invisible_means(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("mallory@example.com", "A").await;
    let org = format!("/v1/platform/organizations/{}", partner.org);
    for bad in [
        "Vendor\u{202E}troppuS",
        "Ven\u{200B}dor",
        "Vendor\u{2060}",
        "\u{2800}",
        "A\u{00AD}B",
        "A\u{E0041}",
        "A\u{2028}B",
        "\u{1160}",
    ] {
        let name = json!({"displayName": bad});
        let own = partner.admin.patch(&partner.at(""), &name).await;
        assert_eq!(
            (own.status.as_u16(), &own.json["errors"][0]["pointer"]),
            (422, &json!("/displayName")),
            "{bad:?}"
        );
        let new =
            partner.admin.post("/v1/accounts", &json!({"displayName": bad, "country": "JP"})).await;
        assert_eq!(new.status.as_u16(), 422, "{bad:?}");
        let vendor = product.platform().put(&org, &json!({"name": bad})).await;
        assert_eq!(vendor.status.as_u16(), 422, "{bad:?}");
    }
}

/// Nobody accepts for an account that is not his, nor without the permission.
#[apply(both_engines)]
async fn t08_nobody_accepts_for_somebody_else(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("mallory@example.com", "みなとクラウド").await;
    let victim = product.register("taro@sakura.example", "さくら商事").await;
    let token = product.invite_token(&partner).await;
    let path = format!("/v1/invitations/{token}/accept");
    let foreign = partner.admin.post(&path, &json!({"accountId": victim.id})).await;
    assert_eq!((foreign.status.as_u16(), foreign.code()), (404, Some("not-found")));
    let unknown = AccountId::mint(product.world.now()).to_string();
    let none = partner.admin.post(&path, &json!({"accountId": unknown})).await;
    assert_eq!((none.status.as_u16(), &none.json["detail"]), (404, &foreign.json["detail"]));
    let viewer =
        product.custom(&victim, "viewer@sakura.example", &["customer-dashboard.view"]).await;
    let refused = viewer.post(&path, &json!({"accountId": victim.id})).await;
    assert_eq!(refused.json["permission"], "connections.manage");
    let list = victim.admin.get(&victim.at("/partners")).await.expect(200);
    assert_eq!(list["items"], json!([]));
}

/// A link whose partner has lost its badge, is suspended or blocks connects nobody.
#[apply(both_engines)]
async fn t08_a_link_of_a_lapsed_suspended_or_blocking_partner_connects_nobody(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    let token = product.invite_token(&partner).await;
    let refused = async |why: &str| {
        let answer = accept(&customer, &token, json!({})).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (409, Some("partner-not-available")),
            "{why}"
        );
    };
    product.declare(&partner, "CSP", "inactive").await;
    refused("lapsed").await;
    product.declare(&partner, "CSP", "active").await;
    product.set_status(&partner, "suspended").await;
    refused("suspended").await;
    product.set_status(&partner, "active").await;
    accept(&customer, &token, json!({})).await.expect(201);
    let block = format!("{}?block=true", partner.customer(&customer));
    partner.admin.delete(&block).await.expect(204);
    refused("blocked").await;
    let history =
        customer.admin.get(&format!("{}/history", customer.partner(&partner))).await.expect(200);
    assert_eq!(column(&history, "/episode"), [1]);
}

/// Accepting and ending in a loop fills nobody's notifications: 20 new episodes of a pair and day.
#[apply(both_engines)]
async fn t08_accepting_and_ending_in_a_loop_ends_after_20_episodes_a_day(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    let token = product.invite_token(&partner).await;
    for episode in 1..=20 {
        let connection = accept(&customer, &token, json!({})).await.expect(201);
        assert_eq!(connection["episode"], episode);
        customer.admin.delete(&customer.partner(&partner)).await.expect(204);
    }
    let refused = accept(&customer, &token, json!({})).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (429, Some("rate-limited")));
    let path = format!("/v1/invitations/{token}/accept");
    let body = json!({"accountId": customer.id});
    let refused = customer.admin.post(&path, &body).await;
    let seconds: i64 = refused.header("retry-after").expect("when").parse().expect("seconds");
    assert!((1..=86_401).contains(&seconds), "until the customer's next day: {seconds}");
    assert!(refused.json["detail"].as_str().is_some_and(|detail| detail.contains("20 new")));
    let japanese = customer.admin.reading("ja").post(&path, &body).await;
    assert_eq!(japanese.json["title"], "回数の上限に達しました");
    // It is the pair that waits, not the customer, and not for ever.
    let other = product.partner("ken@hoshi.example", "星システムズ").await;
    product.connect(&customer, &other).await;
    product.world.wait(TimeDelta::days(1));
    let connection = accept(&customer, &token, json!({})).await.expect(201);
    assert_eq!(connection["episode"], 21);
}
