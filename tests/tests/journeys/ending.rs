//! Either side ends a connection, and what stays of it: P7, P8, P14.

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    product::{Product, Tenant, accept, column},
};

async fn codes(tenant: &Tenant) -> Vec<Value> {
    let list = tenant.admin.get(&tenant.at("/notifications")).await.expect(200);
    column(&list, "/code")
}

/// The customer ends it: the partner sees nothing from the very next request on, and is told once.
#[apply(both_engines)]
async fn the_customer_ends_it_and_visibility_ends_with_the_next_request(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &partner).await;
    product.tick();
    customer.admin.delete(&customer.partner(&partner)).await.expect(204);

    partner.admin.get(&partner.customer(&customer)).await.expect(404);
    let list = partner.admin.get(&partner.at("/customers")).await.expect(200);
    assert_eq!(list["items"], json!([]));
    let list = customer.admin.get(&customer.at("/partners")).await.expect(200);
    assert_eq!(list["items"], json!([]));
    assert_eq!(codes(&partner).await, ["connection-ended-by-customer", "connection-created"]);
    assert_eq!(codes(&customer).await, [] as [Value; 0]);

    let again = customer.admin.delete(&customer.partner(&partner)).await;
    assert_eq!((again.status.as_u16(), again.code()), (404, Some("not-found")));
    let late = partner.admin.delete(&partner.customer(&customer)).await;
    assert_eq!((late.status.as_u16(), late.code()), (404, Some("not-found")));
    assert_eq!(codes(&partner).await.len(), 2, "nobody is told twice");
}

/// The partner ends it: the customer is told, in its language.
#[apply(both_engines)]
async fn the_partner_ends_it_and_the_customer_is_told(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &partner).await;
    product.tick();
    partner.admin.delete(&partner.customer(&customer)).await.expect(204);

    assert_eq!(codes(&customer).await, ["connection-ended-by-partner"]);
    assert_eq!(codes(&partner).await, ["connection-created"]);
    let path = customer.at("/notifications");
    let ja = customer.admin.reading("ja").get(&path).await.expect(200);
    let en = customer.admin.reading("en").get(&path).await.expect(200);
    assert_eq!(column(&ja, "/title"), ["パートナーが接続を終了しました"]);
    assert_eq!(column(&en, "/title"), ["Partner ended the connection"]);
    assert!(column(&ja, "/message")[0].as_str().expect("a text").contains("みなとクラウド"));
    partner.admin.get(&partner.customer(&customer)).await.expect(404);
}

/// The same link connects them again (P14): the same connection, a new episode, the partner's marks
/// kept, the history of both.
#[apply(both_engines)]
async fn the_same_link_reconnects_and_marks_and_history_are_kept(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    let token = product.invite_token(&partner).await;
    let terms = json!({"shares": ["account", "orders"]});
    let first = product.accept_with(&customer, &partner, terms).await.expect(201);
    let marks = json!({"reference": "C-1024", "tags": ["重要", "East"], "note": "更新は3月"});
    partner.admin.patch(&partner.customer(&customer), &marks).await.expect(200);
    product.tick();
    customer.admin.delete(&customer.partner(&partner)).await.expect(204);

    let past = partner.admin.get(&partner.at("/connections?state=ended")).await.expect(200);
    assert_eq!(column(&past, "/state"), ["ended"]);
    assert_eq!(column(&past, "/endedBy"), ["customer"]);
    assert_eq!(column(&past, "/connectionId"), [first["connectionId"].clone()]);
    let past = customer.admin.get(&customer.at("/connections?role=customer")).await.expect(200);
    assert_eq!(column(&past, "/state"), ["ended"]);

    product.tick();
    let second = accept(&customer, &token, json!({})).await.expect(201);
    assert_eq!(second["connectionId"], first["connectionId"]);
    assert_eq!((&second["episode"], &second["state"]), (&json!(2), &json!("active")));
    let seen = partner.admin.get(&partner.customer(&customer)).await.expect(200);
    assert_eq!((&seen["reference"], &seen["tags"]), (&marks["reference"], &marks["tags"]));
    assert_eq!(seen["note"], marks["note"]);

    for (reader, path) in
        [(&partner, partner.customer(&customer)), (&customer, customer.partner(&partner))]
    {
        let history = reader.admin.get(&format!("{path}/history")).await.expect(200);
        assert_eq!(column(&history, "/episode"), [2, 1], "newest first");
        assert_eq!(column(&history, "/endedBy"), [Value::Null, json!("customer")]);
        assert_eq!(column(&history, "/shares")[1], json!(["account", "orders"]));
        assert_eq!(column(&history, "/shown/displayName"), ["みなとクラウド", "みなとクラウド"]);
    }
    let told = codes(&partner).await;
    let expected = ["connection-created", "connection-ended-by-customer", "connection-created"];
    assert_eq!(told, expected);
}

/// The history stands after the end too, and there is none of accounts that never were connected.
#[apply(both_engines)]
async fn the_history_outlives_the_connection(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    let stranger = product.register("jiro@ume.example", "梅商店").await;
    product.connect(&customer, &partner).await;
    product.tick();
    partner.admin.delete(&partner.customer(&customer)).await.expect(204);
    let path = format!("{}/history", partner.customer(&customer));
    let history = partner.admin.get(&path).await.expect(200);
    assert_eq!(column(&history, "/endedBy"), ["partner"]);
    let path = format!("{}/history", customer.partner(&partner));
    assert_eq!(customer.admin.get(&path).await.expect(200), history);
    let path = format!("{}/history", partner.customer(&stranger));
    assert_eq!(partner.admin.get(&path).await.code(), Some("not-found"));
}

/// A blocked customer cannot use the link until the partner lets it.
#[apply(both_engines)]
async fn a_blocked_customer_waits_until_it_is_unblocked(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    let other = product.register("jiro@ume.example", "梅商店").await;
    let first = product.connect(&customer, &partner).await;
    product.tick();
    let path = format!("{}?block=true", partner.customer(&customer));
    partner.admin.delete(&path).await.expect(204);

    let blocked = partner.admin.get(&partner.at("/blocked-customers")).await.expect(200);
    assert_eq!(column(&blocked, "/customer/accountId"), [customer.id.as_str()]);
    assert_eq!(column(&blocked, "/customer/displayName"), ["さくら商事"]);
    assert!(column(&blocked, "/blockedAt")[0].is_string());
    let token = product.invite_token(&partner).await;
    let refused = accept(&customer, &token, json!({})).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, Some("partner-not-available")));
    accept(&other, &token, json!({})).await.expect(201);

    let unblock = partner.at(&format!("/blocked-customers/{}", customer.id));
    partner.admin.delete(&unblock).await.expect(204);
    partner.admin.delete(&unblock).await.expect(404);
    let blocked = partner.admin.get(&partner.at("/blocked-customers")).await.expect(200);
    assert_eq!(blocked["items"], json!([]));
    product.tick();
    let second = accept(&customer, &token, json!({})).await.expect(201);
    assert_eq!(second["connectionId"], first["connectionId"]);
    assert_eq!(second["episode"], 2);
}
