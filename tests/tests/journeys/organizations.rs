//! Accounts of an ORGID, as the vendor and their people see them: P1.

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_domain::ids::{AccountId, OrgId};
use tsunagu_tests::{
    Engine, both_engines,
    product::{Product, column},
};

/// Two accounts of one ORGID share its badge and its verified name, and nothing else.
#[apply(both_engines)]
async fn two_accounts_of_one_organization_share_badge_and_name_only(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let platform = product.platform();
    let east = product.partner("misaki@minato.example", "みなと東日本").await;
    let id = AccountId::mint(product.world.now()).to_string();
    let body = json!({
        "orgId": east.org, "displayName": "みなと西日本", "country": "JP", "externalId": "W-7",
        "administrators": [{"email": "ken@minato.example", "access": "full"}],
    });
    let path = format!("/v1/platform/accounts/{id}");
    let made = platform.put(&path, &body).await.expect(201);
    assert_eq!((&made["orgId"], &made["externalId"]), (&json!(east.org), &json!("W-7")));
    let name = json!({"name": "みなとホールディングス株式会社"});
    let answer = platform.put(&format!("/v1/platform/organizations/{}", east.org), &name).await;
    assert!(answer.status.is_success(), "{}", answer.json);

    let ken = product.person("ken@minato.example").await;
    let west = ken.get(&format!("/v1/accounts/{id}")).await.expect(200);
    assert_eq!((&west["orgId"], &west["organizationName"]), (&json!(east.org), &name["name"]));
    assert_eq!(west["badges"][0]["program"], "CSP", "the badge is the organization's");
    assert_eq!(west.get("externalId"), None, "the vendor's mark is the vendor's");
    ken.get(&format!("/v1/accounts/{id}/customers")).await.expect(200);
    ken.get(&east.at("")).await.expect(404);
    east.admin.get(&format!("/v1/accounts/{id}")).await.expect(404);

    let found =
        platform.get(&format!("/v1/platform/accounts?orgId={}", east.org)).await.expect(200);
    let mut ids = column(&found, "/accountId");
    ids.sort_by_key(ToString::to_string);
    let mut expected = vec![json!(east.id), json!(id)];
    expected.sort_by_key(ToString::to_string);
    assert_eq!(ids, expected);
    let found = platform.get("/v1/platform/accounts?externalId=W-7").await.expect(200);
    assert_eq!(column(&found, "/accountId"), [id.as_str()]);
    platform.get("/v1/platform/accounts").await.expect(422);

    // Each has customers of its own.
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &east).await;
    let list = ken.get(&format!("/v1/accounts/{id}/customers")).await.expect(200);
    assert_eq!(list["items"], json!([]));
}

/// The verified name stands beside every display name, at partners too, as soon as it is given.
#[apply(both_engines)]
async fn the_verified_name_and_renames_reach_the_other_side_at_once(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &partner).await;
    let name = json!({"name": "株式会社さくら"});
    let path = format!("/v1/platform/organizations/{}", customer.org);
    product.platform().put(&path, &name).await;
    customer.admin.patch(&customer.at(""), &json!({"displayName": "さくら本社"})).await.expect(200);
    partner.admin.patch(&partner.at(""), &json!({"displayName": "みなと"})).await.expect(200);

    let list = partner.admin.get(&partner.at("/customers")).await.expect(200);
    assert_eq!(column(&list, "/customer/organizationName"), ["株式会社さくら"]);
    assert_eq!(column(&list, "/customer/displayName"), ["さくら本社"]);
    let list = customer.admin.get(&customer.at("/partners")).await.expect(200);
    assert_eq!(column(&list, "/partner/displayName"), ["みなと"]);
    // The episode keeps what was shown when it was accepted (T7).
    let path = format!("{}/history", customer.partner(&partner));
    let history = customer.admin.get(&path).await.expect(200);
    assert_eq!(column(&history, "/shown/displayName"), ["みなとクラウド"]);
}

/// What is left out stays; what must not change does not; the same PUT again is the same.
#[apply(both_engines)]
async fn the_vendor_provisions_an_account_and_what_it_leaves_out_stays(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let platform = product.platform();
    let now = product.world.now();
    let (id, org) = (AccountId::mint(now).to_string(), OrgId::mint(now).to_string());
    let path = format!("/v1/platform/accounts/{id}");
    platform.get(&path).await.expect(404);
    let part = platform.put(&path, &json!({"displayName": "さくら商事"})).await;
    assert_eq!(part.status.as_u16(), 422, "a new account needs more: {}", part.json);
    let body = json!({
        "orgId": org, "displayName": "さくら商事", "country": "JP", "timeZone": "Asia/Tokyo",
        "externalId": "S-1", "administrators": [{"email": "taro@sakura.example", "access": "full"}],
    });
    let made = platform.put(&path, &body).await.expect(201);
    assert_eq!((&made["status"], &made["timeZone"]), (&json!("active"), &json!("Asia/Tokyo")));
    assert_eq!(platform.put(&path, &body).await.expect(200), made);

    let renamed = platform.put(&path, &json!({"displayName": "さくら"})).await.expect(200);
    assert_eq!((&renamed["displayName"], &renamed["country"]), (&json!("さくら"), &json!("JP")));
    assert_eq!(renamed["externalId"], "S-1");
    let moved = json!({"orgId": OrgId::mint(now).to_string()});
    assert_eq!(platform.put(&path, &moved).await.code(), Some("conflict"));
    assert_eq!(platform.get(&path).await.expect(200)["orgId"], org.as_str());

    // Whoever was provisioned signs in, by the address alone.
    let taro = product.person("taro@sakura.example").await;
    let me = taro.get("/v1/me").await.expect(200);
    assert_eq!(me["accounts"][0]["accountId"], id.as_str());
    assert_eq!(me["accounts"][0]["access"], "full");
    assert_eq!(me["accounts"][0]["invitedBy"], Value::Null);
}

/// The catalogue: names by language, and what an account may have by its badges.
#[apply(both_engines)]
async fn the_catalogue_speaks_both_languages_and_knows_badges(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let platform = product.platform();
    let daas = json!({"name": {"ja": "仮想デスクトップ", "en": "Desktops"}, "model": "user"});
    let hosting = json!({
        "name": {"ja": "ホスティング", "en": "Hosting"}, "model": "user-device", "requiredProgram": "CSP",
    });
    for (service, body) in [("daas", &daas), ("hosting", &hosting)] {
        let path = format!("/v1/platform/services/{service}");
        assert!(platform.put(&path, body).await.status.is_success());
        let kept = platform.get(&path).await.expect(200);
        assert_eq!((&kept["name"], &kept["model"]), (&body["name"], &body["model"]));
    }
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    let ja = customer.admin.reading("ja").get("/v1/services").await.expect(200);
    let en = customer.admin.get("/v1/services").await.expect(200);
    assert_eq!(column(&ja, "/name"), ["仮想デスクトップ", "ホスティング"]);
    assert_eq!(column(&en, "/name"), ["Desktops", "Hosting"]);
    assert_eq!(column(&en, "/requiredProgram"), [Value::Null, json!("CSP")]);
    let own = customer.admin.get(&customer.at("/services")).await.expect(200);
    assert_eq!(column(&own, "/available"), [true, false]);
    let own = partner.admin.get(&partner.at("/services")).await.expect(200);
    assert_eq!(column(&own, "/available"), [true, true]);
    platform.get("/v1/platform/services/unknown").await.expect(404);
}
