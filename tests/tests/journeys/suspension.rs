//! The vendor suspends an account: it reads its own data and nothing else, and partners no longer see
//! it.

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    product::{Product, accept, column},
};

/// A suspended customer vanishes from every view of its partner with the next request, and comes
/// back as it was.
#[apply(both_engines)]
async fn a_suspended_customer_vanishes_and_comes_back(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    let other = product.register("jiro@ume.example", "梅商店").await;
    product.connect(&customer, &partner).await;
    product.connect(&other, &partner).await;
    let marks = json!({"reference": "C-1", "tags": ["t"]});
    partner.admin.patch(&partner.customer(&customer), &marks).await.expect(200);

    product.set_status(&customer, "suspended").await;
    for query in ["", "?sort=name", "?search=%E3%81%95%E3%81%8F%E3%82%89", "?tag=t"] {
        let list = partner.admin.get(&partner.at(&format!("/customers{query}"))).await.expect(200);
        assert!(!list.to_string().contains(&customer.id), "{query}: {list}");
    }
    let csv = partner.admin.get(&partner.at("/customers?format=csv")).await;
    assert!(!String::from_utf8_lossy(&csv.body).contains(&customer.id));
    let gone = partner.admin.get(&partner.customer(&customer)).await;
    assert_eq!((gone.status.as_u16(), gone.code()), (404, Some("not-found")));
    partner.admin.patch(&partner.customer(&customer), &marks).await.expect(404);
    let history = format!("{}/history", partner.customer(&customer));
    partner.admin.get(&history).await.expect(404);

    product.set_status(&customer, "active").await;
    partner.admin.get(&history).await.expect(200);
    let back = partner.admin.get(&partner.customer(&customer)).await.expect(200);
    assert_eq!((&back["reference"], &back["tags"]), (&json!("C-1"), &json!(["t"])));
    let list = partner.admin.get(&partner.at("/customers")).await.expect(200);
    assert_eq!(column(&list, "/customer/accountId").len(), 2);
}

/// Its own administrators read its own data and change nothing.
#[apply(both_engines)]
async fn a_suspended_account_reads_its_own_data_only(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &partner).await;
    product.set_status(&customer, "suspended").await;

    let account = customer.admin.get(&customer.at("")).await.expect(200);
    assert_eq!(account["status"], "suspended");
    for path in ["/partners", "/connections", "/notifications", "/administrators", "/services"] {
        customer.admin.get(&customer.at(path)).await.expect(200);
    }
    let changes = [
        customer.admin.patch(&customer.at(""), &json!({"displayName": "x"})).await,
        customer.admin.patch(&customer.partner(&partner), &json!({"shares": []})).await,
        customer.admin.delete(&customer.partner(&partner)).await,
    ];
    for refused in changes {
        assert_eq!((refused.status.as_u16(), refused.code()), (403, Some("account-suspended")));
    }
    let me = customer.admin.get("/v1/me").await.expect(200);
    assert_eq!(me["accounts"][0]["accountId"], customer.id.as_str());
}

/// A suspended partner sees no customer, its link works for nobody, and its customers still see it
/// and may leave.
#[apply(both_engines)]
async fn a_suspended_partner_is_out_of_business(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    let newcomer = product.register("jiro@ume.example", "梅商店").await;
    product.connect(&customer, &partner).await;
    let token = product.invite_token(&partner).await;
    product.set_status(&partner, "suspended").await;

    for path in ["/customers", "/invite-link"] {
        let refused = partner.admin.get(&partner.at(path)).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (403, Some("account-suspended")));
    }
    let shown = product.nobody().get(&format!("/v1/invitations/{token}")).await.expect(200);
    assert_eq!(shown["available"], false);
    let refused = accept(&newcomer, &token, json!({})).await;
    assert_eq!(refused.code(), Some("partner-not-available"));
    let partners = customer.admin.get(&customer.at("/partners")).await.expect(200);
    assert_eq!(column(&partners, "/state"), ["active"]);
    customer.admin.delete(&customer.partner(&partner)).await.expect(204);

    product.set_status(&partner, "active").await;
    let list = partner.admin.get(&partner.at("/customers")).await.expect(200);
    assert_eq!(list["items"], json!([] as [Value; 0]));
    product.tick();
    accept(&newcomer, &token, json!({})).await.expect(201);
}

/// A suspended customer cannot accept.
#[apply(both_engines)]
async fn a_suspended_customer_accepts_nothing(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.set_status(&customer, "suspended").await;
    let refused = product.accept_with(&customer, &partner, json!({})).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, Some("account-suspended")));
    let list = partner.admin.get(&partner.at("/customers")).await.expect(200);
    assert_eq!(list["items"], json!([]));
}
