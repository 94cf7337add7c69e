use rstest::rstest;
use serde_json::json;
use tsunagu_domain::{
    locale::LocalizedText,
    service::{LicenseModel, Service},
};

use super::*;

const ACCOUNT: &str = "acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W";
const OTHER: &str = "acc_01JD3Z8Q4V9X7M2N5P6R8S0T1X";

fn event() -> Value {
    json!({
        "id": "ev-1", "accountId": ACCOUNT, "service": "daas", "userId": "secret-user",
        "deviceId": "secret-device", "occurredAt": "2026-02-28T15:00:00Z",
    })
}

fn with(field: &str, value: impl Into<Value>) -> Value {
    let mut event = event();
    event[field] = value.into();
    event
}

fn service(code: &str, model: LicenseModel) -> Service {
    let name = LocalizedText { ja: "名".to_owned(), en: "name".to_owned() };
    Service { code: code.parse().expect("a code"), name, model, required_program: None }
}

/// In Tokyo it is noon of the 1st of March.
fn known() -> Known {
    let zones =
        HashMap::from([(ACCOUNT.parse().expect("an id"), "Asia/Tokyo".parse().expect("a zone"))]);
    let services = [service("daas", LicenseModel::UserDevice), service("mail", LicenseModel::User)];
    let now = "2026-03-01T03:00:00Z".parse().expect("an instant");
    Known { zones, services: services.into_iter().collect(), now }
}

fn judged(event: Value) -> Result<Usage, Rejection> {
    UsageEvent::read(event).and_then(|event| known().judge(event))
}

#[test]
fn given_a_good_event_then_its_day_is_one_of_the_accounts_time_zone() {
    let usage = judged(event()).expect("good");
    assert_eq!(usage.day.to_string(), "2026-03-01");
    assert_eq!(usage.source, Source::Reported);
    assert_eq!(usage.device_id, "secret-device".parse().ok());
}

#[rstest]
#[case::left_out(None)]
#[case::null(Some(Value::Null))]
fn given_no_device_then_none_is_made_up(#[case] device: Option<Value>) {
    let mut event = event();
    match device {
        Some(device) => event["deviceId"] = device,
        None => _ = event.as_object_mut().expect("fields").remove("deviceId"),
    }
    assert_eq!(judged(event).map(|usage| usage.device_id), Ok(None));
}

#[test]
fn given_a_service_that_counts_users_then_the_device_is_dropped() {
    assert_eq!(judged(with("service", "mail")).map(|usage| usage.device_id), Ok(None));
}

#[rstest]
#[case(with("accountId", OTHER), RejectionCode::UnknownAccount)]
#[case(with("service", "chat"), RejectionCode::UnknownService)]
#[case(with("occurredAt", "2026-03-01T03:05:00.001Z"), RejectionCode::Future)]
#[case(with("occurredAt", "2025-01-31T14:59:59Z"), RejectionCode::TooOld)]
#[case(with("accountId", "acc_1"), RejectionCode::Malformed)]
#[case(with("userId", ""), RejectionCode::Malformed)]
#[case(with("userId", "a\u{0}"), RejectionCode::Malformed)]
#[case(with("userId", "x".repeat(257)), RejectionCode::Malformed)]
#[case(with("deviceId", 7), RejectionCode::Malformed)]
#[case(with("id", "x".repeat(65)), RejectionCode::Malformed)]
#[case(with("id", Value::Null), RejectionCode::Malformed)]
#[case(with("occurredAt", "yesterday"), RejectionCode::Malformed)]
#[case(with("source", "federation"), RejectionCode::Malformed)]
#[case(json!("ev-1"), RejectionCode::Malformed)]
#[case(json!([]), RejectionCode::Malformed)]
fn given_an_event_that_does_not_count_then_the_reason_is_told(
    #[case] event: Value,
    #[case] code: RejectionCode,
) {
    let rejection = judged(event).expect_err("it does not count");
    assert_eq!(rejection.code, code);
    for language in [Language::Ja, Language::En] {
        let detail = rejection.detail(language);
        assert!(!detail.is_empty() && !detail.contains("secret"), "{detail}");
        assert_eq!(detail.is_ascii(), language == Language::En, "{detail}");
    }
}

#[rstest]
#[case("2026-03-01T03:05:00Z", "2026-03-01")]
#[case("2025-01-31T15:00:00Z", "2025-02-01")]
fn given_the_last_instants_that_count_then_they_do(#[case] at: &str, #[case] day: &str) {
    assert_eq!(
        judged(with("occurredAt", at)).map(|usage| usage.day.to_string()),
        Ok(day.to_owned())
    );
}

#[test]
fn given_mistakes_then_the_fields_are_named_and_their_number_has_an_end() {
    let sent = json!({"id": "ev-1", "accountId": ACCOUNT, "service": "daas", "userId": 7});
    let rejection = UsageEvent::read(sent).expect_err("malformed");
    let expected = "userId: Must be a string. occurredAt: Is required.";
    assert_eq!(rejection.detail(Language::En), expected);
    let rejection = UsageEvent::read(json!({})).expect_err("malformed");
    assert_eq!(rejection.detail(Language::En).matches("required").count(), MISTAKES_TOLD);
    let rejection = UsageEvent::read(json!([])).expect_err("malformed");
    assert_eq!(rejection.detail(Language::En), "Must be an object.");
}
