//! Paths, queries and cursors that are wrong: the right problem for each, and never a 500.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::Method;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;
use tsunagu_tests::{
    Engine, both_engines,
    product::{Product, Tenant, column},
};

async fn connected(engine: Engine) -> Option<(Product, Tenant, Tenant)> {
    let product = Product::open(engine).await?;
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &partner).await;
    Some((product, partner, customer))
}

/// The lists of a partner that take pages.
const LISTS: [&str; 7] = [
    "/customers",
    "/connections",
    "/partners",
    "/blocked-customers",
    "/notifications",
    "/administrators",
    "/tickets",
];

#[apply(both_engines)]
async fn limits_out_of_range_and_repeated_or_unknown_parameters_are_named(engine: Engine) {
    let Some((_product, partner, _)) = connected(engine).await else { return };
    for list in LISTS {
        for (query, at, code) in [
            ("limit=0", "/limit", "out-of-range"),
            ("limit=101", "/limit", "out-of-range"),
            ("limit=-1", "/limit", "out-of-range"),
            ("limit=99999999999999999999", "/limit", "wrong-type"),
            ("limit=ten", "/limit", "wrong-type"),
            ("limit=", "/limit", "wrong-type"),
            ("limit=1.5", "/limit", "wrong-type"),
            ("limit=1&limit=1", "/limit", "duplicate-key"),
            ("what=ever", "/what", "unknown-field"),
            ("Limit=1", "/Limit", "unknown-field"),
            ("=", "/", "unknown-field"),
        ] {
            let path = partner.at(&format!("{list}?{query}"));
            let refused = partner.admin.get(&path).await;
            let found = (refused.status.as_u16(), refused.code());
            assert_eq!(found, (422, Some("validation-failed")), "{list}?{query}: {}", refused.json);
            let errors = json!({"items": refused.json["errors"]});
            assert_eq!(column(&errors, "/pointer"), [at], "{list}?{query}");
            assert_eq!(column(&errors, "/code"), [code], "{list}?{query}");
        }
        let refused = partner.admin.get(&partner.at(&format!("{list}?limit=%FF"))).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (400, Some("malformed-request")));
        partner.admin.get(&partner.at(&format!("{list}?limit=100"))).await.expect(200);
    }
}

#[apply(both_engines)]
async fn filters_of_the_wrong_type_are_named_all_at_once(engine: Engine) {
    let Some((_product, partner, customer)) = connected(engine).await else { return };
    let query = "hasTrials=yes&minUtilization=much&expiringWithinDays=-1&sort=colour&search=";
    let refused = partner.admin.get(&partner.at(&format!("/customers?{query}"))).await;
    let mut pointers = column(&json!({"items": refused.json["errors"]}), "/pointer");
    pointers.sort_by_key(ToString::to_string);
    let expected = ["/expiringWithinDays", "/hasTrials", "/minUtilization", "/search", "/sort"];
    assert_eq!(pointers, expected, "{}", refused.json);
    for query in [
        "sort=--name",
        "sort=name,-name",
        "minUtilization=NaN",
        "minUtilization=inf",
        "expiringWithinDays=4294967296",
        "tag=",
        "format=xml",
        "hasTrials=TRUE",
    ] {
        let refused = partner.admin.get(&partner.at(&format!("/customers?{query}"))).await;
        assert_eq!(refused.status.as_u16(), 422, "{query}: {}", refused.json);
    }
    for query in ["expiringWithinDays=4294967295", "minUtilization=1e308", "minUtilization=-1"] {
        partner.admin.get(&partner.at(&format!("/customers?{query}"))).await.expect(200);
    }
    let long = "x".repeat(101);
    let refused = partner.admin.get(&partner.at(&format!("/customers?search={long}"))).await;
    assert_eq!(refused.status.as_u16(), 422);
    for query in ["role=owner", "state=over", "role="] {
        let refused = partner.admin.get(&partner.at(&format!("/connections?{query}"))).await;
        assert_eq!(refused.status.as_u16(), 422, "{query}");
    }
    for query in ["dismissed=maybe", "dismissed="] {
        let refused = partner.admin.get(&partner.at(&format!("/notifications?{query}"))).await;
        assert_eq!(refused.status.as_u16(), 422, "{query}");
    }
    for query in ["block=perhaps", "block=true&block=true", "force=true"] {
        let path = format!("{}?{query}", partner.customer(&customer));
        assert_eq!(partner.admin.delete(&path).await.status.as_u16(), 422, "{query}");
    }
    partner.admin.get(&partner.customer(&customer)).await.expect(200);
}

/// A cursor in which any one byte differs is no cursor.
#[apply(both_engines)]
async fn a_cursor_altered_in_any_byte_is_invalid(engine: Engine) {
    let Some((product, partner, _)) = connected(engine).await else { return };
    let second = product.register("jiro@ume.example", "梅商店").await;
    product.connect(&second, &partner).await;
    let first = partner.admin.get(&partner.at("/customers?limit=1")).await.expect(200);
    let cursor = first["nextCursor"].as_str().expect("a second page");
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).expect("base64url");
    let ask = |cursor: String| {
        let (admin, path) =
            (partner.admin.clone(), partner.at(&format!("/customers?limit=1&cursor={cursor}")));
        async move { admin.get(&path).await }
    };
    assert_eq!(ask(cursor.to_owned()).await.status.as_u16(), 200);
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        let refused = ask(BASE64_URL_SAFE_NO_PAD.encode(altered)).await;
        assert_eq!(
            (refused.status.as_u16(), refused.code()),
            (400, Some("cursor-invalid")),
            "byte {at}"
        );
    }
    for nonsense in
        ["x", "", "AAAA", "%F0%9F%90%A6", &"A".repeat(2000), &cursor[1..], &format!("{cursor}A")]
    {
        let refused = ask(nonsense.to_owned()).await;
        assert_eq!(
            (refused.status.as_u16(), refused.code()),
            (400, Some("cursor-invalid")),
            "{nonsense}"
        );
    }
}

/// Unknown accounts, foreign accounts and what is no id at all are one and the same 404; a method
/// that a path does not take is 405; an unknown path is 404.
#[apply(both_engines)]
async fn unknown_foreign_and_malformed_ids_are_not_found(engine: Engine) {
    let Some((product, partner, customer)) = connected(engine).await else { return };
    let unknown = "acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W";
    let lower = customer.id.to_lowercase();
    for id in [
        unknown,
        &customer.id,
        &lower,
        "acc_",
        "me",
        "org_01JD3Z8Q4V9X7M2N5P6R8S0T1W",
        "%00",
        "%F0%9F%90%A6",
        "x%20y",
    ] {
        for rest in
            ["", "/customers", "/partners", "/connections", "/notifications", "/invite-link"]
        {
            let refused = partner.admin.get(&format!("/v1/accounts/{id}{rest}")).await;
            assert_eq!(
                (refused.status.as_u16(), refused.code()),
                (404, Some("not-found")),
                "{id}{rest}"
            );
        }
    }
    for id in [unknown, &partner.id, &lower, "nobody", "%00"] {
        for path in
            [partner.at(&format!("/customers/{id}")), partner.at(&format!("/partners/{id}"))]
        {
            let refused = partner.admin.get(&path).await;
            assert_eq!(
                (refused.status.as_u16(), refused.code()),
                (404, Some("not-found")),
                "{path}"
            );
            let refused = partner.admin.delete(&path).await;
            assert_eq!(
                (refused.status.as_u16(), refused.code()),
                (404, Some("not-found")),
                "{path}"
            );
        }
    }
    let token = product.invite_token(&partner).await;
    for bad in ["x", &token[1..], &format!("{token}A"), "%2E%2E", "%00"] {
        let refused = product.nobody().get(&format!("/v1/invitations/{bad}")).await;
        assert_eq!(refused.status.as_u16(), 404, "{bad}");
    }
    for (method, path, allow) in [
        (Method::DELETE, "/v1/me".to_owned(), "GET"),
        (Method::PUT, partner.at(""), "GET, PATCH"),
        (Method::POST, partner.customer(&customer), "DELETE, GET, PATCH"),
    ] {
        let refused = partner.admin.send(method, &path, None).await;
        assert_eq!(
            (refused.status.as_u16(), refused.code()),
            (405, Some("method-not-allowed")),
            "{path}"
        );
        let mut allowed: Vec<_> = refused.header("allow").expect("Allow").split(", ").collect();
        allowed.sort_unstable();
        assert_eq!(allowed.join(", "), allow);
    }
    for path in ["/", "/v1", "/v1/nothing", "/v2/me", "/v1/me/", "/V1/me"] {
        let refused = product.nobody().reading("ja").get(path).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (404, Some("not-found")), "{path}");
        assert_eq!(refused.json["title"], "見つかりません");
    }
}

/// Ids that the vendor chooses are refused where they are written.
#[apply(both_engines)]
async fn malformed_ids_of_the_platform_are_named(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let platform = product.platform();
    let service = json!({"name": {"ja": "一", "en": "One"}, "model": "user"});
    for (path, body, at) in [
        ("/v1/platform/services/Upper", &service, "/service"),
        ("/v1/platform/services/a_b", &service, "/service"),
        ("/v1/platform/organizations/nobody", &json!({"name": "x"}), "/orgId"),
        ("/v1/platform/accounts/acc_1", &json!({"displayName": "x"}), "/accountId"),
    ] {
        let refused = platform.put(path, body).await;
        assert_eq!(refused.status.as_u16(), 422, "{path}: {}", refused.json);
        assert_eq!(column(&json!({"items": refused.json["errors"]}), "/pointer"), [at], "{path}");
    }
    let long = format!("/v1/platform/services/{}", "s".repeat(41));
    assert_eq!(platform.put(&long, &service).await.status.as_u16(), 422);
    let window = json!({
        "status": "active", "activeFrom": "2026-02-01T00:00:00Z", "activeUntil": "2026-01-01T00:00:00Z",
    });
    let path = "/v1/platform/organizations/org_01JD3Z8Q4V9X7M2N5P6R8S0T1W/programs/CSP";
    let refused = platform.put(path, &window).await;
    assert_eq!(column(&json!({"items": refused.json["errors"]}), "/pointer"), ["/activeUntil"]);
}
