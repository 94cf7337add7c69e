//! T5: tokens that open nothing.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Map, Value, json};
use tsunagu_domain::time::Clock;
use tsunagu_local::{clock::SystemClock, issuer::Issuer, tokens};
use tsunagu_tests::{Engine, both_engines, product::Product};

use crate::events::{ask, claims, edge, event, functions, operations};

fn part(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

fn person(product: &Product) -> Map<String, Value> {
    let issuer = product.world.gateway.issuer();
    tokens::person_claims(issuer.url(), "misaki@minato.example", SystemClock.now())
}

/// Tokens that the gateway refuses with 401, by what is wrong with them.
fn refused(product: &Product) -> Vec<(&'static str, String)> {
    let issuer = product.world.gateway.issuer();
    let good = Value::Object(person(product));
    let now = SystemClock.now().timestamp();
    let signed = |change: Value| {
        let mut claims = good.clone();
        for (name, value) in change.as_object().expect("changes") {
            claims[name] = value.clone();
        }
        issuer.sign(&claims).expect("signed")
    };
    let header =
        |algorithm: &str| part(&json!({"alg": algorithm, "typ": "JWT", "kid": issuer.kid()}));
    let genuine = issuer.sign(&good).expect("signed");
    let signature = genuine.rsplit('.').next().expect("a signature");
    let foreign = Issuer::fresh(issuer.url()).expect("a key").sign(&good).expect("signed");
    let mut confused = Header::new(Algorithm::HS256);
    confused.kid = Some(issuer.kid().to_owned());
    let secret = EncodingKey::from_secret(issuer.modulus().as_bytes());
    let mut raised = good.clone();
    raised["scope"] = json!("tsunagu/platform");
    vec![
        ("alg none", format!("{}.{}.", header("none"), part(&good))),
        ("alg None with a signature", format!("{}.{}.{signature}", header("None"), part(&good))),
        ("ES256", format!("{}.{}.{}", header("ES256"), part(&good), part(&json!("x".repeat(64))))),
        ("HS256 with the public key", encode(&confused, &good, &secret).expect("signed")),
        ("a foreign key", foreign),
        (
            "another body under the signature",
            format!("{}.{}.{signature}", header("RS256"), part(&raised)),
        ),
        ("expired", signed(json!({"exp": now - 1}))),
        ("not yet valid", signed(json!({"nbf": now + 600}))),
        ("another issuer", signed(json!({"iss": "https://evil.example"}))),
        ("another client", signed(json!({"client_id": "another"}))),
        ("no signature", genuine.rsplit_once('.').expect("three parts").0.to_owned()),
        ("nothing", String::new()),
        ("nonsense", "abc".to_owned()),
    ]
}

#[apply(both_engines)]
async fn t05_a_token_that_is_none_opens_nothing(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    product.register("misaki@minato.example", "みなとクラウド").await;
    let paths = ["/v1/me", "/v1/services", "/v1/platform/services/daas"];
    for (what, token) in refused(&product) {
        for path in paths {
            let answer = product.bearing(&token).get(path).await;
            let found = (answer.status.as_u16(), answer.json.clone());
            assert_eq!(found, (401, json!({"message": "Unauthorized"})), "{what} {path}");
        }
    }
    let good = product.bearing(
        &product.world.gateway.issuer().sign(&Value::Object(person(&product))).expect("signed"),
    );
    good.get("/v1/me").await.expect(200);
}

/// An ID token carries no scope of ours and is no access token; a token with both scopes passes the
/// gateway and opens nothing behind it.
#[apply(both_engines)]
async fn t05_an_id_token_and_a_token_with_both_scopes_open_nothing(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let tenant = product.register("misaki@minato.example", "みなとクラウド").await;
    let id_token = product.claiming(&tenant.email, |claims| {
        claims.insert("token_use".into(), json!("id"));
        claims.insert("aud".into(), json!("console"));
        claims.remove("scope");
        claims.remove("client_id");
    });
    let refused = id_token.get("/v1/me").await;
    assert_eq!((refused.status.as_u16(), &refused.json), (403, &json!({"message": "Forbidden"})));
    let dressed = product.claiming(&tenant.email, |claims| {
        claims.insert("token_use".into(), json!("id"));
    });
    let refused = dressed.get("/v1/me").await;
    assert_eq!((refused.status.as_u16(), refused.code()), (401, Some("unauthenticated")));
    let both = product.claiming(&tenant.email, |claims| {
        claims.insert("scope".into(), json!("tsunagu/platform tsunagu/console"));
    });
    for path in ["/v1/me", &tenant.at(""), &tenant.platform_path()] {
        let refused = both.get(path).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (403, Some("forbidden")), "{path}");
    }
}

/// Fed directly, past the gateway: every operation checks the scope itself.
#[apply(both_engines)]
async fn t05_every_function_checks_the_scope_itself(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let edge = edge(&product);
    let before = product.world.stored.json().await;
    let scopes = [
        "",
        "openid",
        "openid email",
        "tsunagu/console tsunagu/platform",
        "tsunagu",
        "console",
        "tsunagu/consoles",
        "xtsunagu/console",
        "tsunagu/platform2",
        "[tsunagu/console,tsunagu/platform]",
    ];
    for operation in operations(functions()) {
        let Some(scheme) = &operation.scheme else { continue };
        let path = operation.filled();
        let (status, body) = ask(&edge, event(&operation, &path, None)).await;
        let found = (status, body["code"].as_str());
        assert_eq!(found, (401, Some("unauthenticated")), "no claims: {}", operation.key());
        let other = if scheme == "console" { "tsunagu/platform" } else { "tsunagu/console" };
        for scope in scopes.into_iter().chain([other]) {
            let (status, body) = ask(&edge, event(&operation, &path, Some(&claims(scope)))).await;
            let found = (status, body["code"].as_str());
            assert_eq!(found, (403, Some("forbidden")), "{scope:?}: {}", operation.key());
        }
        let right = format!("tsunagu/{scheme}");
        let mut lacking = claims(&right);
        lacking.as_object_mut().expect("claims").remove("scope");
        assert_eq!(
            ask(&edge, event(&operation, &path, Some(&lacking))).await.0,
            403,
            "no scope claim"
        );
        let mut id_token = claims(&right);
        id_token["token_use"] = json!("id");
        assert_eq!(ask(&edge, event(&operation, &path, Some(&id_token))).await.0, 401);
        for name in ["iss", "sub"] {
            let mut nameless = claims(&right);
            nameless.as_object_mut().expect("claims").remove(name);
            nameless.as_object_mut().expect("claims").remove("client_id");
            let (status, _) = ask(&edge, event(&operation, &path, Some(&nameless))).await;
            assert_eq!(status, 401, "no {name}: {}", operation.key());
        }
        let (status, body) = ask(&edge, event(&operation, &path, Some(&claims(&right)))).await;
        assert!(
            status != 401 && body["code"] != "forbidden",
            "{}: {status} {body}",
            operation.key()
        );
    }
    let own = |key: &&String| !before.contains_key(*key) && !key.starts_with("KEYS");
    let after = product.world.stored.json().await;
    let written: Vec<_> = after.keys().filter(own).collect();
    assert!(written.is_empty(), "refusals write nothing: {written:?}");
}
