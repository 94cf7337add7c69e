//! From the link to the connection: P4, P5, P8, P14, P15.

use chrono::TimeDelta;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    product::{Person, Product, SHARES, accept, column},
};

/// Three steps (P15): the partner copies its link, sends it, the customer opens it, registers and
/// accepts; both see the connection, and nothing was to be seen before (P4).
#[apply(both_engines)]
async fn a_customer_opens_the_link_registers_and_accepts(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let link = partner.admin.get(&partner.at("/invite-link")).await.expect(200);
    let token = link["token"].as_str().expect("a token");
    let url = link["url"].as_str().expect("a url");
    assert_eq!(url, format!("https://console.example/invitations/{token}"));

    // Anybody who has the link sees who invites, before signing in.
    let path = format!("/v1/invitations/{token}");
    let shown = product.nobody().get(&path).await.expect(200);
    assert_eq!(shown["partner"]["displayName"], "みなとクラウド");
    assert_eq!(shown["partner"]["organizationName"], Value::Null, "not verified yet");
    assert_eq!(shown["partner"]["orgId"], partner.org.as_str());
    assert_eq!(shown["partner"]["country"], "JP");
    assert_eq!(shown["partner"]["badges"][0]["program"], "CSP");
    assert_eq!((&shown["shares"], &shown["available"]), (&json!(SHARES), &json!(true)));

    // Before the acceptance the partner sees nothing of the account that registers.
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    let list = partner.admin.get(&partner.at("/customers")).await.expect(200);
    assert_eq!(list, json!({"items": [], "nextCursor": null}));
    partner.admin.get(&partner.customer(&customer)).await.expect(404);

    product.tick();
    let terms = json!({"version": shown["version"]});
    let connection = accept(&customer, token, terms).await.expect(201);
    let expected = json!({
        "connectionId": connection["connectionId"],
        "partner": {
            "accountId": partner.id, "displayName": "みなとクラウド", "organizationName": null,
            "orgId": partner.org, "badges": shown["partner"]["badges"],
        },
        "customer": {
            "accountId": customer.id, "displayName": "さくら商事", "organizationName": null,
            "orgId": customer.org,
        },
        "state": "active", "episode": 1, "shares": SHARES,
        "connectedAt": product.world.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        "endedAt": null, "endedBy": null,
    });
    assert_eq!(connection, expected);

    // Both sides see the same connection (P5).
    let dashboard = partner.admin.get(&partner.at("/customers")).await.expect(200);
    assert_eq!(column(&dashboard, "/connectionId"), [connection["connectionId"].clone()]);
    assert_eq!(column(&dashboard, "/customer/displayName"), ["さくら商事"]);
    let partners = customer.admin.get(&customer.at("/partners")).await.expect(200);
    assert_eq!(partners["items"], json!([connection]));
    let one = customer.admin.get(&customer.partner(&partner)).await.expect(200);
    assert_eq!(one["connectionId"], connection["connectionId"]);
    assert!(one.as_object().expect("an object").contains_key("impact"));
}

/// The partner, and nobody else, learns that the connection was made (P8), each reader in his
/// language.
#[apply(both_engines)]
async fn the_partner_is_told_in_both_languages(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    let connection = product.connect(&customer, &partner).await;

    let list = |reader: Person| {
        let path = partner.at("/notifications");
        async move { reader.get(&path).await.expect(200) }
    };
    let japanese = list(partner.admin.reading("ja-JP, en;q=0.5")).await;
    let english = list(partner.admin.reading("en-GB")).await;
    let default = list(partner.admin.clone()).await;
    assert_eq!(column(&japanese, "/title"), ["顧客と接続しました"]);
    assert_eq!(column(&english, "/title"), ["Customer connected"]);
    assert_eq!(default, english);
    let ja = column(&japanese, "/message")[0].clone();
    let en = column(&english, "/message")[0].clone();
    assert_eq!(ja, "さくら商事 が招待を承諾しました。顧客ダッシュボードに表示されます。");
    let expected = "さくら商事 accepted your invitation and is now on your customer dashboard.";
    assert_eq!(en, expected);

    let notice = &english["items"][0];
    assert_eq!(notice["code"], "connection-created");
    assert_eq!(
        (&notice["severity"], &notice["visibility"]),
        (&json!("information"), &json!("account"))
    );
    assert_eq!(notice["accountId"], partner.id.as_str());
    assert_eq!(notice["dismissedAt"], Value::Null);
    let related = json!({
        "type": "connection", "id": connection["connectionId"],
        "counterpart": {"accountId": customer.id, "displayName": "さくら商事"},
    });
    assert_eq!(notice["related"], related);
    let own = customer.admin.get(&customer.at("/notifications")).await.expect(200);
    assert_eq!(own["items"], json!([]), "who accepts knows it");
}

/// The link is one, fixed and eternal, and serves any number of customers any number of times (P6,
/// P9, P14).
#[apply(both_engines)]
async fn the_link_is_one_for_ever_and_connects_any_number(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let other = product.partner("ken@hoshi.example", "星システムズ").await;
    let first = partner.admin.get(&partner.at("/invite-link")).await.expect(200);
    let mut customers = Vec::new();
    for number in 0..3 {
        let email = format!("admin@customer{number}.example");
        let customer = product.register(&email, &format!("Customer {number}")).await;
        product.connect(&customer, &partner).await;
        customers.push(customer);
    }
    // A customer has any number of partners too.
    product.connect(&customers[0], &other).await;
    let partners = customers[0].admin.get(&customers[0].at("/partners")).await.expect(200);
    assert_eq!(column(&partners, "/partner/accountId").len(), 2);

    product.world.wait(TimeDelta::days(3 * 365));
    let later = partner.admin.get(&partner.at("/invite-link")).await.expect(200);
    assert_eq!(later, first);
    let dashboard = partner.admin.get(&partner.at("/customers")).await.expect(200);
    assert_eq!(column(&dashboard, "/customer/accountId").len(), 3, "none has expired (P9)");
    let late = product.register("late@customer.example", "Late").await;
    product.connect(&late, &partner).await;
}

/// Accepting again changes nothing and tells nobody.
#[apply(both_engines)]
async fn accepting_twice_is_one_connection_and_one_notice(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    let first = product.connect(&customer, &partner).await;
    let narrower = json!({"shares": ["account"]});
    let again = product.accept_with(&customer, &partner, narrower).await.expect(200);
    assert_eq!(again, first, "what is shared is changed by PATCH alone");
    let notices = partner.admin.get(&partner.at("/notifications")).await.expect(200);
    assert_eq!(column(&notices, "/code"), ["connection-created"]);
}

/// What an invitation refuses, in both languages.
#[apply(both_engines)]
async fn an_invitation_refuses_itself_a_changed_partner_and_an_unknown_link(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    let token = product.invite_token(&partner).await;

    let own = accept(&partner, &token, json!({})).await;
    assert_eq!((own.status.as_u16(), own.code()), (409, Some("self-connection")));

    let stale = product.nobody().get(&format!("/v1/invitations/{token}")).await.expect(200);
    let renamed = json!({"displayName": "みなとホールディングス"});
    partner.admin.patch(&partner.at(""), &renamed).await.expect(200);
    let refused = accept(&customer, &token, json!({"version": stale["version"]})).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, Some("invitation-changed")));
    let body = json!({"accountId": customer.id, "version": stale["version"]});
    let path = format!("/v1/invitations/{token}/accept");
    let japanese = customer.admin.reading("ja").post(&path, &body).await;
    assert_eq!(japanese.json["title"], "招待の内容が変わりました");
    assert_eq!(japanese.header("content-language"), Some("ja"));
    assert_eq!(refused.json["title"], "Invitation changed");

    let unknown = "A".repeat(43);
    let nobody = product.nobody();
    assert_eq!(nobody.get(&format!("/v1/invitations/{unknown}")).await.code(), Some("not-found"));
    let refused = accept(&customer, &unknown, json!({})).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (404, Some("not-found")));
    let partners = customer.admin.get(&customer.at("/partners")).await.expect(200);
    assert_eq!(partners["items"], json!([]), "nothing of all this connected anybody");
}

/// The customer names what it shares, and changes it; the partner sees that at once.
#[apply(both_engines)]
async fn a_customer_shares_less_from_the_start_and_changes_it_later(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    let contact = json!({"contact": "情報システム部", "address": "東京都千代田区"});
    customer.admin.patch(&customer.at(""), &contact).await.expect(200);
    let terms = json!({"shares": ["licenses", "account"]});
    let connection = product.accept_with(&customer, &partner, terms).await.expect(201);
    assert_eq!(connection["shares"], json!(["account", "licenses"]));

    let seen = partner.admin.get(&partner.customer(&customer)).await.expect(200);
    let account = &seen["account"];
    assert_eq!(
        (&account["contact"], &account["country"]),
        (&json!("情報システム部"), &json!("JP"))
    );
    assert_eq!(account["timeZone"], "Asia/Tokyo");

    product.tick();
    let narrowed = json!({"shares": []});
    let answer = customer.admin.patch(&customer.partner(&partner), &narrowed).await.expect(200);
    assert_eq!(answer["shares"], json!([]));
    let seen = partner.admin.get(&partner.customer(&customer)).await.expect(200);
    assert_eq!((&seen["account"], &seen["shares"]), (&Value::Null, &json!([])));
    assert!(!seen.to_string().contains("情報システム部"));
    let notices = partner.admin.reading("ja").get(&partner.at("/notifications")).await.expect(200);
    let codes = ["connection-shares-changed", "connection-created"];
    assert_eq!(column(&notices, "/code"), codes, "newest first");
    assert_eq!(column(&notices, "/title")[0], "顧客が共有の範囲を変更しました");

    // Setting what is set already tells nobody.
    customer.admin.patch(&customer.partner(&partner), &narrowed).await.expect(200);
    let notices = partner.admin.get(&partner.at("/notifications")).await.expect(200);
    assert_eq!(column(&notices, "/code"), codes);
}
