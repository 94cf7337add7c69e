use lambda_runtime::Context;
use rstest::rstest;
use serde_json::json;

use super::*;

fn sample() -> Value {
    let text = include_str!("../../../events/token-claims.json");
    serde_json::from_str(text).expect("the sample is JSON")
}

fn answer(event: Value) -> Value {
    let answer = handle(LambdaEvent::new(event, Context::default()));
    answer.into_inner().expect("it never fails")
}

fn added(answer: &Value) -> &Value {
    let path = format!("/{}", CLAIMS.join("/"));
    answer.pointer(&path).unwrap_or(&Value::Null)
}

#[test]
fn given_the_sample_event_then_both_claims_are_added_and_nothing_else_changes() {
    let answer = answer(sample());
    let expected = json!({"email": "suzuki@customer.example.jp", "email_verified": true});
    assert_eq!(added(&answer), &expected);
    let mut rest = answer;
    rest["response"]["claimsAndScopeOverrideDetails"] = Value::Null;
    assert_eq!(rest, sample());
}

#[rstest]
#[case::verified(json!("true"), true)]
#[case::not_verified(json!("false"), false)]
#[case::other_case(json!("True"), false)]
#[case::a_number(json!("1"), false)]
#[case::no_text(json!(true), false)]
#[case::nothing(Value::Null, false)]
fn given_any_word_on_verification_then_only_true_is_true(
    #[case] word: Value,
    #[case] verified: bool,
) {
    let mut event = sample();
    event["request"]["userAttributes"]["email_verified"] = word;
    assert_eq!(added(&answer(event))["email_verified"], json!(verified));
}

#[rstest]
#[case::no_email(json!({"sub": "a", "email_verified": "true"}))]
#[case::empty_email(json!({"email": "", "email_verified": "true"}))]
#[case::email_that_is_no_text(json!({"email": 1}))]
#[case::no_attributes(Value::Null)]
fn given_nobody_s_address_then_the_event_comes_back_as_it_is(#[case] attributes: Value) {
    let mut event = sample();
    event["request"]["userAttributes"] = attributes;
    assert_eq!(answer(event.clone()), event);
}

#[test]
fn given_what_others_have_set_then_it_stays_and_the_address_cannot_be_forged() {
    let mut event = sample();
    event["response"]["claimsAndScopeOverrideDetails"] = json!({
        "accessTokenGeneration": {
            "claimsToAddOrOverride": {"tier": "gold", "email": "forged@example.jp"},
            "scopesToAdd": ["a"],
        },
        "idTokenGeneration": {"claimsToSuppress": ["phone_number"]},
    });
    let answer = answer(event);
    let details = &answer["response"]["claimsAndScopeOverrideDetails"];
    assert_eq!(added(&answer)["tier"], "gold");
    assert_eq!(added(&answer)["email"], "suzuki@customer.example.jp");
    assert_eq!(details["accessTokenGeneration"]["scopesToAdd"], json!(["a"]));
    assert_eq!(details["idTokenGeneration"]["claimsToSuppress"], json!(["phone_number"]));
}

#[rstest]
#[case(Value::Null)]
#[case(json!("text"))]
#[case(json!([1]))]
#[case(json!({"response": 1, "request": {"userAttributes": {"email": "a@example.jp"}}}))]
fn given_what_is_no_event_of_cognito_then_it_comes_back_as_it_is(#[case] event: Value) {
    assert_eq!(answer(event.clone()), event);
}
