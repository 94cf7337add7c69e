use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::DateTime;
use jsonwebtoken::{EncodingKey, Header, encode};
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::issuer::Issuer;

const URL: &str = "http://127.0.0.1:3000";
const NOW: i64 = 1_800_000_000;

fn issuer() -> Issuer {
    Issuer::in_memory(URL).expect("an issuer")
}

fn authorizer() -> Authorizer {
    Authorizer::new(URL.to_owned(), vec!["console".to_owned()], [issuer().public_key()])
}

fn claims() -> Value {
    json!({
        "iss": URL, "sub": "s", "client_id": "console", "token_use": "access",
        "scope": "openid tsunagu/console", "iat": NOW, "exp": NOW + 60,
    })
}

/// The usual claims, changed by `change`; `null` takes one away.
fn changed(change: &Value) -> Value {
    let mut claims = claims();
    for (name, value) in change.as_object().expect("changes") {
        if value.is_null() {
            claims.as_object_mut().expect("claims").remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

fn ask(authorization: &str, scopes: &[&str]) -> Result<Authorized, Refusal> {
    let mut headers = HeaderMap::new();
    let value = HeaderValue::from_str(authorization).expect("a header");
    headers.insert(header::AUTHORIZATION, value);
    let scopes: Vec<_> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let now = DateTime::from_timestamp(NOW, 0).expect("an instant");
    authorizer().authorize(&headers, &scopes, now)
}

fn ask_with(claims: &Value) -> Result<Authorized, Refusal> {
    ask(&format!("Bearer {}", issuer().sign(claims).expect("a token")), &["tsunagu/console"])
}

fn part(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

#[rstest]
#[case("Bearer ")]
#[case("bearer ")]
#[case("")]
fn given_a_valid_token_when_sent_in_any_accepted_form_then_it_passes(#[case] scheme: &str) {
    let token = issuer().sign(&claims()).expect("a token");
    let passed = ask(&format!("{scheme}{token}"), &["tsunagu/console"]).expect("passes");
    assert_eq!(passed.claims["sub"], "s");
    assert_eq!(passed.claims["exp"], (NOW + 60).to_string());
    assert_eq!(passed.scopes, Some(vec!["tsunagu/console".to_owned()]));
}

#[test]
fn given_claims_of_every_kind_when_passed_on_then_each_is_text() {
    let claims = changed(&json!({
        "groups": ["a", "b c", 1], "flag": true, "ratio": 1.5, "map": {"k": [false]}, "aud": ["x", "console"],
    }));
    let passed = ask_with(&claims).expect("passes").claims;
    assert_eq!(passed["groups"], "[a b c 1]");
    assert_eq!(passed["flag"], "true");
    assert_eq!(passed["ratio"], "1.5");
    assert_eq!(passed["map"], "map[k:[false]]");
    assert_eq!(passed["aud"], "[x console]");
}

#[rstest]
#[case(json!({"scope": "a tsunagu/console"}), &["tsunagu/console", "b"])]
#[case(json!({"scope": null, "scp": ["tsunagu/console"]}), &["tsunagu/console"])]
#[case(json!({"scope": null, "scp": "a tsunagu/console"}), &["tsunagu/console"])]
fn given_any_of_the_routes_scopes_when_asked_then_the_matched_ones_are_told(
    #[case] change: Value,
    #[case] wanted: &[&str],
) {
    let token = issuer().sign(&changed(&change)).expect("a token");
    let passed = ask(&token, wanted).expect("passes");
    assert_eq!(passed.scopes, Some(vec!["tsunagu/console".to_owned()]));
}

#[test]
fn given_a_route_without_scopes_when_asked_then_any_valid_token_passes() {
    let token = issuer().sign(&changed(&json!({"scope": null}))).expect("a token");
    assert_eq!(ask(&token, &[]).expect("passes").scopes, None);
}

#[rstest]
#[case(json!({"scope": null}))]
#[case(json!({"scope": "tsunagu/platform"}))]
#[case(json!({"scope": "tsunagu/consoles TSUNAGU/CONSOLE xtsunagu/console"}))]
#[case(json!({"scope": {"tsunagu/console": true}}))]
fn t5_given_no_needed_scope_when_asked_then_it_is_forbidden(#[case] change: Value) {
    let refusal = ask_with(&changed(&change)).expect_err("is refused");
    let response = refusal.response();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(&response.body()[..], br#"{"message":"Forbidden"}"#);
    let challenge = response.headers()["www-authenticate"].to_str().expect("text");
    assert!(challenge.starts_with("Bearer scope=\"tsunagu/console\" error=\"insufficient_scope\""));
}

#[rstest]
#[case::another_issuer(json!({"iss": "http://127.0.0.1:3001"}))]
#[case::issuer_with_a_slash(json!({"iss": "http://127.0.0.1:3000/"}))]
#[case::no_issuer(json!({"iss": null}))]
#[case::issuers(json!({"iss": [URL]}))]
#[case::another_client(json!({"client_id": "other"}))]
#[case::no_client(json!({"client_id": null}))]
#[case::id_token_of_another_client(json!({"client_id": null, "aud": "other", "token_use": "id"}))]
#[case::audience_before_client(json!({"aud": "other"}))]
#[case::audiences(json!({"aud": ["other", "others"]}))]
#[case::expired(json!({"exp": NOW - 1}))]
#[case::expires_now(json!({"exp": NOW}))]
#[case::never_expires(json!({"exp": null}))]
#[case::expiry_as_text(json!({"exp": (NOW + 60).to_string()}))]
#[case::not_yet_valid(json!({"nbf": NOW + 1}))]
#[case::issued_later(json!({"iat": NOW + 1}))]
fn t5_given_claims_that_do_not_fit_when_asked_then_it_is_unauthorized(#[case] change: Value) {
    let refusal = ask_with(&changed(&change)).expect_err("is refused");
    assert!(matches!(refusal, Refusal::Invalid(_)), "{refusal:?}");
    let response = refusal.response();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(&response.body()[..], br#"{"message":"Unauthorized"}"#);
    let challenge = response.headers()["www-authenticate"].to_str().expect("text");
    assert!(challenge.starts_with("Bearer scope=\"\" error=\"invalid_token\""), "{challenge}");
}

#[test]
fn t5_given_an_id_token_when_asked_then_it_passes_no_scope_check() {
    // It names its client as `aud` and carries no scope: valid to API Gateway, and of no use.
    let id_token =
        changed(&json!({"client_id": null, "aud": "console", "token_use": "id", "scope": null}));
    assert!(matches!(ask_with(&id_token), Err(Refusal::Scope(_))));
}

#[test]
fn t5_given_alg_none_when_asked_then_it_is_unauthorized() {
    for alg in ["none", "None", "NONE"] {
        let header = json!({"alg": alg, "typ": "JWT", "kid": issuer().kid()});
        let token = format!("{}.{}.", part(&header), part(&claims()));
        assert!(matches!(ask(&token, &[]), Err(Refusal::Invalid(_))), "{alg}");
    }
}

#[test]
fn t5_given_the_public_key_as_a_shared_secret_when_asked_then_it_is_unauthorized() {
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(issuer().kid().to_owned());
    let modulus = BASE64_URL_SAFE_NO_PAD.decode(issuer().modulus()).expect("base64");
    let secrets = [modulus, issuer().modulus().into(), issuer().jwks().to_string().into()];
    for secret in secrets {
        let token =
            encode(&header, &claims(), &EncodingKey::from_secret(&secret)).expect("a token");
        assert!(matches!(ask(&token, &[]), Err(Refusal::Invalid(_))));
    }
}

#[test]
fn t5_given_es256_when_asked_then_it_is_unauthorized() {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let header = json!({"alg": "ES256", "typ": "JWT", "kid": issuer().kid()});
    let signed = format!("{}.{}", part(&header), part(&claims()));
    let signature = pair.sign(&SystemRandom::new(), signed.as_bytes()).expect("a signature");
    let token = format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.as_ref()));
    assert_eq!(ask(&token, &[]), Err(Refusal::Invalid("signing method is not supported")));
}

#[test]
fn t5_given_a_foreign_key_when_asked_then_it_is_unauthorized_under_either_id() {
    let foreign = Issuer::fresh(URL).expect("an issuer");
    let token = foreign.sign(&claims()).expect("a token");
    assert_eq!(ask(&token, &[]), Err(Refusal::Invalid("kid not found")));
    // The foreign signature under our key's id.
    let parts: Vec<_> = token.split('.').collect();
    let header = part(&json!({"alg": "RS256", "typ": "JWT", "kid": issuer().kid()}));
    let forged = format!("{header}.{}.{}", parts[1], parts[2]);
    assert_eq!(ask(&forged, &[]), Err(Refusal::Invalid("signature is invalid")));
}

#[test]
fn t5_given_altered_claims_when_asked_then_it_is_unauthorized() {
    let token = issuer().sign(&claims()).expect("a token");
    let parts: Vec<_> = token.split('.').collect();
    let raised = part(&changed(&json!({"scope": "tsunagu/platform"})));
    let forged = format!("{}.{raised}.{}", parts[0], parts[2]);
    assert_eq!(ask(&forged, &[]), Err(Refusal::Invalid("signature is invalid")));
}

#[rstest]
#[case("Bearer nonsense")]
#[case("Bearer a.b.c")]
#[case("Basic dXNlcjpwYXNz")]
#[case("Bearer Bearer x")]
fn given_what_is_no_token_when_asked_then_it_is_unauthorized(#[case] authorization: &str) {
    assert!(matches!(ask(authorization, &[]), Err(Refusal::Invalid(_))));
}

#[test]
fn given_no_token_or_two_when_asked_then_it_is_unauthorized() {
    let now = DateTime::from_timestamp(NOW, 0).expect("an instant");
    let mut headers = HeaderMap::new();
    let refusal = authorizer().authorize(&headers, &[], now).expect_err("is refused");
    assert_eq!(refusal, Refusal::Missing);
    assert_eq!(refusal.response().headers()["www-authenticate"], "Bearer");
    assert_eq!(ask("Bearer ", &[]), Err(Refusal::Missing));
    let token = issuer().sign(&claims()).expect("a token");
    for _ in 0..2 {
        let value = HeaderValue::from_str(&format!("Bearer {token}")).expect("a header");
        headers.append(header::AUTHORIZATION, value);
    }
    assert!(matches!(authorizer().authorize(&headers, &[], now), Err(Refusal::Invalid(_))));
}
