//! The badge opens and closes at the time of the request: P2.

use chrono::{SecondsFormat, TimeDelta};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    product::{Product, Tenant, accept, column},
};

async fn membership(product: &Product, tenant: &Tenant, program: &str, body: Value) {
    let path = format!("/v1/platform/organizations/{}/programs/{program}", tenant.org);
    let answer = product.platform().put(&path, &body).await;
    assert!(answer.status.is_success(), "{}", answer.json);
}

/// A lapse closes the partner's features at once; connections outlive it, and both sides may still
/// end them; a renewal reopens everything.
#[apply(both_engines)]
async fn a_lapse_closes_and_a_renewal_reopens_with_the_next_request(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.register("misaki@minato.example", "みなとクラウド").await;
    let until = product.world.now() + TimeDelta::days(30);
    let window = json!({
        "status": "active", "activeUntil": until.to_rfc3339_opts(SecondsFormat::Secs, true),
    });
    membership(&product, &partner, "CSA", window).await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    let other = product.register("jiro@ume.example", "梅商店").await;
    product.connect(&customer, &partner).await;
    product.connect(&other, &partner).await;
    let token = product.invite_token(&partner).await;

    // The end of the window is excluded: one millisecond before it, the badge still stands.
    product.world.clock.set(until - TimeDelta::milliseconds(1));
    partner.admin.get(&partner.at("/customers")).await.expect(200);
    product.world.clock.set(until);
    for path in ["/customers", "/invite-link"] {
        let closed = partner.admin.get(&partner.at(path)).await;
        assert_eq!((closed.status.as_u16(), closed.code()), (403, Some("partner-badge-required")));
    }
    let closed = partner.admin.reading("ja").get(&partner.customer(&customer)).await;
    assert_eq!(closed.json["title"], "パートナーバッジが必要です");
    let account = partner.admin.get(&partner.at("")).await.expect(200);
    assert_eq!(account["badges"], json!([]));

    // The invitation says so, and refuses; the customer still sees its partner, without a badge.
    let shown = product.nobody().get(&format!("/v1/invitations/{token}")).await.expect(200);
    assert_eq!((&shown["available"], &shown["partner"]["badges"]), (&json!(false), &json!([])));
    let newcomer = product.register("hanako@kaede.example", "楓").await;
    let refused = accept(&newcomer, &token, json!({})).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, Some("partner-not-available")));
    let partners = customer.admin.get(&customer.at("/partners")).await.expect(200);
    assert_eq!(column(&partners, "/partner/badges"), [json!([])]);
    let all = partner.admin.get(&partner.at("/connections?role=partner")).await.expect(200);
    assert_eq!(column(&all, "/state"), ["active", "active"]);

    // Both sides end connections without any badge.
    customer.admin.delete(&customer.partner(&partner)).await.expect(204);
    partner.admin.delete(&partner.customer(&other)).await.expect(204);

    membership(&product, &partner, "CSA", json!({"status": "active"})).await;
    let dashboard = partner.admin.get(&partner.at("/customers")).await.expect(200);
    assert_eq!(dashboard["items"], json!([]), "reopened, and both connections have ended");
    product.tick();
    accept(&newcomer, &token, json!({})).await.expect(201);
}

/// A membership that begins later opens when it begins, and an inactive one opens nothing.
#[apply(both_engines)]
async fn a_membership_opens_when_it_begins_and_closes_when_declared_inactive(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.register("misaki@minato.example", "みなとクラウド").await;
    let from = product.world.now() + TimeDelta::days(1);
    let from_text = from.to_rfc3339_opts(SecondsFormat::Secs, true);
    let window = json!({"status": "active", "activeFrom": from_text});
    membership(&product, &partner, "CSP", window).await;
    partner.admin.get(&partner.at("/customers")).await.expect(403);
    product.world.clock.set(from);
    partner.admin.get(&partner.at("/customers")).await.expect(200);
    let account = partner.admin.reading("ja").get(&partner.at("")).await.expect(200);
    assert_eq!(account["badges"][0]["since"], from_text.as_str());
    let japanese = account["badges"][0]["name"].as_str().expect("a name").to_owned();
    let english = partner.admin.get(&partner.at("")).await.expect(200);
    assert_ne!(english["badges"][0]["name"], japanese.as_str());

    product.tick();
    membership(&product, &partner, "CSP", json!({"status": "inactive"})).await;
    let closed = partner.admin.get(&partner.at("/customers")).await;
    assert_eq!(closed.code(), Some("partner-badge-required"));
}

/// Any program's badge opens the dashboard, and one that lapses leaves the other standing.
#[apply(both_engines)]
async fn one_of_two_badges_is_enough(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    product.declare(&partner, "CSA", "active").await;
    let account = partner.admin.get(&partner.at("")).await.expect(200);
    let mut programs: Vec<_> = column(&json!({"items": account["badges"]}), "/program");
    programs.sort_by_key(ToString::to_string);
    assert_eq!(programs, ["CSA", "CSP"]);
    product.declare(&partner, "CSP", "inactive").await;
    partner.admin.get(&partner.at("/customers")).await.expect(200);
    product.declare(&partner, "CSA", "inactive").await;
    partner.admin.get(&partner.at("/customers")).await.expect(403);
}
