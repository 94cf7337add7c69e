use chrono::{DateTime, NaiveDate, Utc};
use deserr::Deserr;
use rstest::rstest;
use serde_json::json;
use tsunagu_domain::{
    administrator::Permission,
    ids::AccountId,
    locale::{CountryCode, LocalizedText},
    share::{Share, Shares},
    text::{DisplayName, Reference, Tag},
};

use super::*;

#[derive(Debug, PartialEq, Deserr)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
struct Body {
    display_name: DisplayName,
    country: CountryCode,
    #[deserr(default)]
    account_id: Option<AccountId>,
    #[deserr(default)]
    tags: Option<Distinct<Tag, 3>>,
    #[deserr(default)]
    shares: Option<Shares>,
    #[deserr(default)]
    reference: Patch<Reference>,
    #[deserr(default)]
    inner: Vec<Inner>,
}

#[derive(Debug, PartialEq, Deserr)]
#[deserr(error = InputErrors, deny_unknown_fields)]
struct Inner {
    #[deserr(rename = "a/b~c")]
    name: u32,
}

fn parse<T: Deserr<InputErrors>>(
    value: serde_json::Value,
) -> Result<T, Vec<(String, &'static str)>> {
    deserr::deserialize::<T, _, InputErrors>(value).map_err(|errors: InputErrors| {
        let told = errors.into_vec().into_iter();
        let mut told: Vec<_> = told.map(|error| (error.pointer, error.flaw.code())).collect();
        told.sort();
        told
    })
}

fn told(errors: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
    errors.iter().map(|(pointer, code)| ((*pointer).to_owned(), *code)).collect()
}

#[test]
fn given_a_good_body_then_it_is_domain_types() {
    let body: Body = parse(json!({
        "displayName": " みなと ", "country": "JP", "tags": ["a", "b"],
        "shares": ["tickets", "account"], "inner": [{"a/b~c": 1}],
    }))
    .expect("good");
    assert_eq!(body.display_name.as_str(), "みなと");
    assert_eq!(body.shares, Some(Share::Tickets | Share::Account));
    assert_eq!(body.tags.map(|tags| tags.len()), Some(2));
    assert_eq!(body.inner, [Inner { name: 1 }]);
}

#[test]
fn given_many_mistakes_then_all_are_told_at_once() {
    let errors = parse::<Body>(json!({
        "displayName": "\u{202E}", "accountId": "acc_1", "tags": ["a", "", "a"],
        "shares": ["tickets", "tickets", "everything"], "reference": 1, "surprise": {},
        "inner": [{}, {"a/b~c": -1}, {"a/b~c": "1", "x~/": 0}, []],
    }));
    let expected = told(&[
        ("/accountId", "malformed"),
        ("/country", "required"),
        ("/displayName", "forbidden-character"),
        ("/inner/0/a~1b~0c", "required"),
        ("/inner/1/a~1b~0c", "wrong-type"),
        ("/inner/2/a~1b~0c", "wrong-type"),
        ("/inner/2/x~0~1", "unknown-field"),
        ("/inner/3", "wrong-type"),
        ("/reference", "wrong-type"),
        ("/shares/1", "duplicate"),
        ("/shares/2", "unknown-value"),
        ("/surprise", "unknown-field"),
        ("/tags/1", "empty"),
        ("/tags/2", "duplicate"),
    ]);
    assert_eq!(errors, Err(expected));
}

#[rstest]
#[case(json!([]))]
#[case(json!("text"))]
#[case(json!(null))]
fn given_no_object_then_the_whole_is_of_a_wrong_type(#[case] value: serde_json::Value) {
    assert_eq!(parse::<Body>(value), Err(told(&[("", "wrong-type")])));
}

#[test]
fn given_more_elements_than_allowed_then_the_list_is_refused() {
    let errors = parse::<Distinct<Tag, 3>>(json!(["a", "b", "c", "d"]));
    assert_eq!(errors, Err(told(&[("", "too-many")])));
}

#[test]
fn given_a_flood_of_mistakes_then_their_number_has_an_end() {
    let body = json!({"displayName": "a", "country": "JP", "inner": vec![json!({}); 1000]});
    assert_eq!(parse::<Body>(body).map_err(|errors| errors.len()), Err(MAX_ERRORS));
}

#[rstest]
#[case(json!({}), Patch::Absent, Some("before"))]
#[case(json!({"reference": null}), Patch::Null, None)]
#[case(json!({"reference": "after"}), Patch::Value("after"), Some("after"))]
fn given_a_patch_then_absent_null_and_value_differ(
    #[case] body: serde_json::Value,
    #[case] expected: Patch<&str>,
    #[case] afterwards: Option<&str>,
) {
    #[derive(Debug, PartialEq, Deserr)]
    #[deserr(error = InputErrors, deny_unknown_fields)]
    struct Change {
        #[deserr(default)]
        reference: Patch<Reference>,
    }
    let change: Change = parse(body).expect("good");
    let reference = |text: &str| -> Reference { text.parse().expect("a reference") };
    let expected = match expected {
        Patch::Absent => Patch::Absent,
        Patch::Null => Patch::Null,
        Patch::Value(text) => Patch::Value(reference(text)),
    };
    assert_eq!(change.reference, expected);
    assert_eq!(change.reference.or(Some(reference("before"))), afterwards.map(reference));
}

#[rstest]
#[case("2026-03-01T09:00:00+09:00", Some("2026-03-01T00:00:00Z"))]
#[case("2026-03-01T00:00:00.1239Z", Some("2026-03-01T00:00:00.123Z"))]
#[case("2026-03-01T00:00:00", None)]
#[case("2026-03-01", None)]
#[case("", None)]
fn instants_take_any_offset_and_keep_whole_milliseconds(
    #[case] text: &str,
    #[case] expected: Option<&str>,
) {
    let expected = expected.map(|text| text.parse::<DateTime<Utc>>().expect("an instant"));
    assert_eq!(parse::<DateTime<Utc>>(json!(text)).ok(), expected);
}

#[rstest]
#[case("2028-02-29", true)]
#[case("2027-02-29", false)]
#[case("2026-2-9", false)]
#[case("+2026-02-09", false)]
#[case("+12026-02-09", false)]
#[case("2026-02-09 ", false)]
fn days_have_one_form(#[case] text: &str, #[case] taken: bool) {
    assert_eq!(parse::<NaiveDate>(json!(text)).is_ok(), taken);
}

#[test]
fn names_in_two_languages_need_both_and_nothing_else() {
    let name: LocalizedText = parse(json!({"ja": " 仮想 ", "en": "Virtual"})).expect("good");
    assert_eq!((name.ja.as_str(), name.en.as_str()), ("仮想", "Virtual"));
    let errors = parse::<LocalizedText>(json!({"ja": "", "fr": "x"}));
    let expected = told(&[("/en", "required"), ("/fr", "unknown-field"), ("/ja", "empty")]);
    assert_eq!(errors, Err(expected));
}

#[rstest]
#[case(json!(2), Ok(2))]
#[case(json!(7), Ok(7))]
#[case(json!(1), Err("out-of-range"))]
#[case(json!(-2), Err("out-of-range"))]
#[case(json!(8), Err("out-of-range"))]
#[case(json!(u64::MAX), Err("out-of-range"))]
#[case(json!(2.0), Err("wrong-type"))]
#[case(json!("2"), Err("wrong-type"))]
#[case(json!(null), Err("wrong-type"))]
fn numbers_have_their_bounds(
    #[case] value: serde_json::Value,
    #[case] expected: Result<u32, &'static str>,
) {
    let parsed = parse::<Bounded<2, 7>>(value).map(|number| number.0);
    assert_eq!(parsed, expected.map_err(|code| told(&[("", code)])));
}

#[test]
fn permissions_parse_by_their_names() {
    let parsed: Permission = parse(json!("customer-dashboard.view")).expect("a permission");
    assert_eq!(parsed, Permission::CustomerDashboardView);
}

#[test]
fn every_kind_of_flaw_has_a_text_in_both_languages() {
    let kinds = [
        Kind::String,
        Kind::Boolean,
        Kind::Integer,
        Kind::Number,
        Kind::Array,
        Kind::Object,
        Kind::Null,
    ];
    let values = [
        Invalid::Empty,
        Invalid::TooLong { max: 7 },
        Invalid::TooMany { max: 7 },
        Invalid::OutOfRange { min: 1, max: 7 },
        Invalid::ForbiddenCharacter,
        Invalid::Malformed,
        Invalid::NotADay,
        Invalid::NotAMonth,
        Invalid::NotAnInstant,
        Invalid::UnknownValue,
        Invalid::Duplicate,
    ];
    let flaws = [Flaw::Required, Flaw::UnknownField, Flaw::DuplicateKey].into_iter();
    let flaws = flaws.chain(kinds.map(Flaw::WrongType)).chain(values.map(Flaw::Invalid));
    for flaw in flaws {
        assert!(flaw.detail(Language::En).is_ascii(), "{flaw:?}");
        assert!(!flaw.detail(Language::Ja).is_ascii(), "{flaw:?}");
    }
}
