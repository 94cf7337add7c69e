//! From organizations and badges to connections and their end: P1 to P9, P14, P15.

use serde_json::{Value, json};
use tsunagu_domain::ids::AccountId;
use tsunagu_tests::{
    Response,
    laptop::{Laptop, invite_token, now},
    product::{SHARES, Tenant, accept, column},
};

fn refused(answer: &Response) -> (u16, Option<&str>) {
    (answer.status.as_u16(), answer.code())
}

/// How many notices of a code an account has.
async fn notices(tenant: &Tenant, code: &str) -> usize {
    let path = tenant.at(&format!("/notifications?code={code}"));
    let list = tenant.admin.get(&path).await.expect(200);
    column(&list, "/code").len()
}

async fn customers(partner: &Tenant) -> Vec<Value> {
    let list = partner.admin.get(&partner.at("/customers")).await.expect(200);
    column(&list, "/customer/accountId")
}

/// P1: an ORGID owns several accounts. P2: a badge opens and closes with the very next request.
pub(crate) async fn organizations_and_badges(laptop: &Laptop) {
    let platform = laptop.platform().await;
    let first = laptop.register("first@kaede.example", "楓").await;
    let account = first.admin.get(&first.at("")).await.expect(200);
    assert_eq!(account["orgId"], json!(first.org), "P1");
    let second = AccountId::mint(now());
    let body = json!({
        "orgId": first.org, "displayName": "楓 西", "country": "JP",
        "administrators": [{"email": "second@kaede.example", "access": "full"}],
    });
    platform.put(&format!("/v1/platform/accounts/{second}"), &body).await.expect(201);
    let path = format!("/v1/platform/accounts?orgId={}", first.org);
    let all = platform.get(&path).await.expect(200);
    assert_eq!(column(&all, "/accountId").len(), 2, "P1");
    let invited = laptop.person("second@kaede.example").await;
    let me = invited.get("/v1/me").await.expect(200);
    assert_eq!(me["accounts"][0]["accountId"], json!(second.to_string()));

    let closed = first.admin.get(&first.at("/customers")).await;
    assert_eq!(refused(&closed), (403, Some("partner-badge-required")), "P2");
    laptop.declare(&first, "CSA", "active").await;
    let account = invited.get(&format!("/v1/accounts/{second}")).await.expect(200);
    assert_eq!(account["badges"][0]["program"], "CSA", "P2: the organization's accounts have it");
    assert_eq!(customers(&first).await, [] as [Value; 0], "P3: nobody is connected");
    laptop.declare(&first, "CSA", "inactive").await;
    let closed = first.admin.get(&first.at("/customers")).await;
    assert_eq!(refused(&closed), (403, Some("partner-badge-required")), "P2");
}

/// P3 to P9, P14, P15: two partners and two customers, from the link to the end and back.
pub(crate) async fn from_the_link_to_the_end(laptop: &Laptop) {
    let partner = laptop.partner("misaki@minato.example", "みなとクラウド", "CSA").await;
    let other = laptop.partner("ken@umihara.example", "海原システム", "CSP").await;
    let sakura = laptop.register("taro@sakura.example", "さくら商事").await;
    let ume = laptop.register("jiro@ume.example", "梅商店").await;

    // P14, P15: one link, always the same; who opens it sees who invites before signing in.
    let token = invite_token(&partner).await;
    assert_eq!(invite_token(&partner).await, token, "P14");
    let path = format!("/v1/invitations/{token}");
    let shown = laptop.nobody().reading("ja").get(&path).await.expect(200);
    assert_eq!(shown["partner"]["displayName"], "みなとクラウド");
    assert_eq!(shown["shares"], json!(SHARES));
    let early = partner.admin.get(&partner.customer(&sakura)).await;
    assert_eq!(refused(&early), (404, Some("not-found")), "P4: nothing before the acceptance");

    let connection = accept(&sakura, &token, json!({})).await.expect(201);
    assert_eq!((&connection["state"], &connection["episode"]), (&json!("active"), &json!(1)));
    let again = accept(&sakura, &token, json!({})).await.expect(200);
    assert_eq!(again["connectionId"], connection["connectionId"]);
    accept(&ume, &token, json!({"shares": ["account"]})).await.expect(201);
    laptop.connect(&sakura, &other).await;

    // P3, P5, P6: each sees its own, all of it, and nothing else.
    let mut seen = customers(&partner).await;
    seen.sort_by_key(Value::to_string);
    let mut both = [json!(sakura.id), json!(ume.id)];
    both.sort_by_key(Value::to_string);
    assert_eq!(seen, both, "P3, P6");
    assert_eq!(customers(&other).await, [json!(sakura.id)], "P3");
    let stranger = other.admin.get(&other.customer(&ume)).await;
    assert_eq!(refused(&stranger), (404, Some("not-found")), "P3");
    let partners = sakura.admin.get(&sakura.at("/partners")).await.expect(200);
    assert_eq!(column(&partners, "/state"), ["active", "active"], "P5, P6");
    assert_eq!(notices(&partner, "connection-created").await, 2, "P8");

    // P9: nothing of a connection ends by itself.
    let mut fields = connection.as_object().expect("a connection").keys();
    assert!(!fields.any(|field| field.contains("expire")), "P9: {connection}");

    // P7, P8: the customer ends it; the next request finds nothing.
    sakura.admin.delete(&sakura.partner(&partner)).await.expect(204);
    let gone = partner.admin.get(&partner.customer(&sakura)).await;
    assert_eq!(refused(&gone), (404, Some("not-found")), "P7");
    assert_eq!(customers(&partner).await, [json!(ume.id)], "P7");
    assert_eq!(customers(&other).await, [json!(sakura.id)], "the other one is not touched");
    assert_eq!(notices(&partner, "connection-ended-by-customer").await, 1, "P8");
    // P14: the same link leads to a new episode; then the partner ends it.
    let anew = accept(&sakura, &token, json!({})).await.expect(201);
    assert_eq!(anew["episode"], 2, "P14");
    partner.admin.delete(&partner.customer(&sakura)).await.expect(204);
    let partners = sakura.admin.get(&sakura.at("/partners")).await.expect(200);
    assert_eq!(column(&partners, "/partner/accountId"), [json!(other.id)], "P7");
    assert_eq!(notices(&sakura, "connection-ended-by-partner").await, 1, "P8");
    assert_eq!(notices(&partner, "connection-created").await, 3, "P8: none is doubled");

    // P2: a connection outlives a lapse, and the customer ends it all the same.
    laptop.declare(&partner, "CSA", "inactive").await;
    let partners = ume.admin.get(&ume.at("/partners")).await.expect(200);
    assert_eq!(column(&partners, "/partner/badges"), [json!([])], "P2");
    ume.admin.delete(&ume.partner(&partner)).await.expect(204);
}
