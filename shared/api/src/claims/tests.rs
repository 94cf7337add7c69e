use http::Request;
use rstest::rstest;

use super::*;
use crate::testing::app;

const ISSUER: &str = "https://issuer.example.com/pool";

fn parts(claims: &[(&str, &str)]) -> Parts {
    let claims = claims.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.extensions.insert(Claims::new(claims.collect()));
    parts
}

async fn person(claims: &[(&str, &str)]) -> Result<SignedIn, Code> {
    SignedIn::from_request_parts(&mut parts(claims), &app()).await.map_err(|p| p.code())
}

async fn machine(claims: &[(&str, &str)]) -> Result<Platform, Code> {
    Platform::from_request_parts(&mut parts(claims), &app()).await.map_err(|p| p.code())
}

fn with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut claims = vec![
        ("iss", ISSUER),
        ("sub", "1"),
        ("scope", "openid tsunagu/console"),
        ("token_use", "access"),
        ("email", "Tanaka@Example.com"),
        ("email_verified", "true"),
    ];
    for (name, value) in changes {
        claims.retain(|(known, _)| known != name);
        claims.push((name, value));
    }
    claims
}

#[tokio::test]
async fn given_an_access_token_of_a_person_then_it_is_told_who_that_is() {
    let SignedIn { caller, subject } = person(&with(&[])).await.expect("signed in");
    assert_eq!(subject, "1", "the token's own");
    assert_eq!(caller.subject.as_str(), Subject::of(ISSUER, "1").as_str());
    let email = caller.verified_email.expect("verified");
    assert_eq!(email.as_str(), "tanaka@example.com");
}

#[rstest]
#[case("false")]
#[case("True")]
#[case("1")]
#[case("[true]")]
#[case("")]
#[tokio::test]
async fn t2_an_address_counts_as_verified_only_if_the_token_says_true(#[case] verified: &str) {
    let claims = with(&[("email_verified", verified)]);
    let SignedIn { caller, .. } = person(&claims).await.expect("signed in");
    assert_eq!(caller.verified_email, None);
    assert!(caller.email.is_some(), "for display");
}

#[tokio::test]
async fn t3_one_subject_at_two_issuers_is_two_callers() {
    let one = person(&with(&[])).await.expect("signed in");
    let other = with(&[("iss", "https://other.example.com")]);
    let other = person(&other).await.expect("signed in");
    assert_ne!(one.digest(), other.digest());
}

#[rstest]
#[case::both("tsunagu/console tsunagu/platform")]
#[case::both_as_an_array("[tsunagu/platform tsunagu/console]")]
#[case::neither("openid email")]
#[case::none("")]
#[case::longer("tsunagu/consoles")]
#[case::other_case("Tsunagu/Console")]
#[tokio::test]
async fn t5_a_token_with_both_scopes_or_neither_opens_nothing(#[case] scope: &str) {
    let claims = with(&[("scope", scope)]);
    assert_eq!(person(&claims).await.map(|_| ()), Err(Code::Forbidden));
    assert_eq!(machine(&claims).await.map(|_| ()), Err(Code::Forbidden));
}

#[rstest]
#[case::id_token(&[("token_use", "id")])]
#[case::no_issuer(&[("iss", "")])]
#[case::no_subject(&[("sub", "")])]
#[tokio::test]
async fn t5_what_is_no_access_token_is_nobody(#[case] changes: &[(&str, &str)]) {
    assert_eq!(person(&with(changes)).await.map(|_| ()), Err(Code::Unauthenticated));
}

#[tokio::test]
async fn given_no_claims_at_all_then_nobody_is_signed_in() {
    let (mut parts, ()) = Request::new(()).into_parts();
    let refused = SignedIn::from_request_parts(&mut parts, &app()).await.map(|_| ());
    assert_eq!(refused.map_err(|p| p.code()), Err(Code::Unauthenticated));
    let refused = Platform::from_request_parts(&mut parts, &app()).await.map(|_| ());
    assert_eq!(refused.map_err(|p| p.code()), Err(Code::Unauthenticated));
}

#[rstest]
#[case("[tsunagu/console openid]")]
#[case("tsunagu/console")]
#[tokio::test]
async fn given_scopes_as_text_or_as_an_array_then_they_are_read(#[case] scope: &str) {
    assert!(person(&with(&[("scope", scope)])).await.is_ok());
}

#[tokio::test]
async fn given_a_machine_then_it_is_told_by_its_client_and_never_a_person() {
    let claims = with(&[("scope", "tsunagu/platform"), ("client_id", "m-1")]);
    let platform = machine(&claims).await.expect("a machine");
    assert_eq!(platform.digest(), Subject::of(ISSUER, "m-1").as_str());
    assert_eq!(person(&claims).await.map(|_| ()), Err(Code::Forbidden));
    assert_eq!(machine(&with(&[])).await.map(|_| ()), Err(Code::Forbidden));
}
