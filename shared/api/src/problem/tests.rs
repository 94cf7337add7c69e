use axum::body::to_bytes;
use rstest::rstest;
use serde_json::{Value, json};
use tsunagu_domain::{
    Invalid,
    access::{MissingRight, Refusal},
    administrator::Permission,
};
use tsunagu_store::{Changed, StoreError, WriteError};

use super::*;
use crate::Flaw;

async fn rendered(problem: Problem, language: Language) -> (StatusCode, http::HeaderMap, Value) {
    let (parts, body) = problem.render(language, "r-1").into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("in memory");
    (parts.status, parts.headers, serde_json::from_slice(&bytes).expect("JSON"))
}

#[test]
fn every_code_has_texts_in_both_languages_and_a_status_of_an_error() {
    for code in Code::VARIANTS {
        for text in [texts::title(*code), texts::detail(*code)] {
            assert!(!text.en.is_empty() && text.en.is_ascii(), "{code:?}");
            assert!(text.ja.chars().any(|c| ('\u{3040}'..'\u{A000}').contains(&c)), "{code:?}");
        }
        assert!(code.status().is_client_error() || code.status().is_server_error(), "{code:?}");
        assert!(code.as_str().chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{code:?}");
    }
}

#[rstest]
#[case("unauthenticated", 401)]
#[case("not-found", 404)]
#[case("conflict", 409)]
#[case("precondition-failed", 412)]
#[case("validation-failed", 422)]
#[case("idempotency-mismatch", 422)]
#[case("unknown-service", 422)]
#[case("rate-limited", 429)]
#[case("internal", 500)]
#[case("unavailable", 503)]
#[case("malformed-request", 400)]
#[case("method-not-allowed", 405)]
#[case("payload-too-large", 413)]
#[case("unsupported-media-type", 415)]
#[case("forbidden", 403)]
#[case("cursor-invalid", 400)]
#[case("permission-missing", 403)]
#[case("account-suspended", 403)]
#[case("partner-badge-required", 403)]
#[case("program-required", 403)]
#[case("not-shared", 403)]
#[case("self-connection", 409)]
#[case("partner-not-available", 409)]
#[case("invitation-changed", 409)]
fn the_contracts_codes_have_the_contracts_status(#[case] code: &str, #[case] status: u16) {
    let known = Code::VARIANTS.iter().find(|known| known.as_str() == code).expect("a known code");
    assert_eq!(known.status().as_u16(), status);
}

#[tokio::test]
async fn given_refused_values_then_all_are_told_with_pointer_code_and_text() {
    let errors = InputErrors::one("/displayName", Invalid::TooLong { max: 100 })
        .and(InputErrors::one("/country", Flaw::Required));
    let (status, headers, body) = rendered(errors.into(), Language::Ja).await;
    assert_eq!(status, 422);
    assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
    assert_eq!(headers[header::CONTENT_LANGUAGE], "ja");
    let expected = json!({
        "type": "https://tsunagu.dev/problems/validation-failed",
        "title": "入力に誤りがあります",
        "status": 422,
        "detail": "errors にあるすべての値を直してください。",
        "code": "validation-failed",
        "requestId": "r-1",
        "errors": [
            {"pointer": "/displayName", "code": "too-long", "detail": "100 文字以内にしてください。"},
            {"pointer": "/country", "code": "required", "detail": "必須です。"},
        ],
    });
    assert_eq!(body, expected);
}

#[rstest]
#[case(Refusal::NotAdministrator, "not-found", json!({}))]
#[case(Refusal::NotConnected, "not-found", json!({}))]
#[case(
    Refusal::RightMissing(MissingRight::Permission(Permission::LicensesView)),
    "permission-missing",
    json!({"permission": "licenses.view"})
)]
#[case(
    Refusal::RightMissing(MissingRight::FullAccess),
    "permission-missing",
    json!({"permission": "full-access"})
)]
#[case(Refusal::AccountSuspended, "account-suspended", json!({}))]
#[case(Refusal::BadgeRequired, "partner-badge-required", json!({}))]
#[case(Refusal::ProgramRequired(Program::Csp), "program-required", json!({"program": "CSP"}))]
#[case(Refusal::NotShared(Share::Tickets), "not-shared", json!({"share": "tickets"}))]
#[tokio::test]
async fn given_a_refusal_then_the_problem_names_what_is_missing(
    #[case] refusal: Refusal,
    #[case] code: &str,
    #[case] names: Value,
) {
    let (_, _, body) = rendered(refusal.into(), Language::En).await;
    assert_eq!(body["code"], code);
    for member in ["permission", "share", "program"] {
        assert_eq!(body.get(member), names.get(member), "{member}");
    }
}

#[tokio::test]
async fn given_no_connection_or_no_account_then_the_answers_are_the_same_to_the_letter() {
    let stranger = rendered(Refusal::NotAdministrator.into(), Language::En).await;
    let apart = rendered(Refusal::NotConnected.into(), Language::En).await;
    assert_eq!(stranger, apart);
}

#[tokio::test]
async fn given_a_failure_inside_then_its_cause_is_for_the_log_only() {
    let problem = Problem::from(StoreError::Internal("item A#acc_1 is corrupt".to_owned()));
    assert!(problem.cause().is_some_and(|cause| cause.contains("A#acc_1")));
    let (status, _, body) = rendered(problem, Language::En).await;
    assert_eq!(status, 500);
    assert!(!body.to_string().contains("acc_1"), "{body}");
}

#[tokio::test]
async fn given_a_database_that_is_away_then_it_is_told_when_to_come_again() {
    let problem = Problem::from(StoreError::Unavailable("timed out".to_owned()));
    let (status, headers, body) = rendered(problem, Language::En).await;
    assert_eq!((status.as_u16(), &body["code"]), (503, &json!("unavailable")));
    assert_eq!(headers[header::RETRY_AFTER], "1");
}

#[tokio::test]
async fn given_a_more_telling_detail_then_it_stands_in_the_readers_language() {
    let why = Text::new("最後の管理者です。", "This is the last administrator.");
    let (_, _, body) = rendered(Problem::conflict(why), Language::Ja).await;
    assert_eq!((&body["code"], &body["detail"]), (&json!("conflict"), &json!(why.ja)));
}

#[test]
fn given_a_write_that_was_not_made_then_the_code_tells_why() {
    let code = |error: WriteError<Changed>| Problem::from(error).code();
    assert_eq!(code(WriteError::Refused(Changed)), Code::PreconditionFailed);
    assert_eq!(code(WriteError::KeyTaken), Code::Unavailable);
    let away = StoreError::Unavailable("timed out".to_owned());
    assert_eq!(code(WriteError::Store(away)), Code::Unavailable);
}
