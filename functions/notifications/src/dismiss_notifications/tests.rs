use rstest::rstest;
use serde_json::{Value, json};

use super::*;

const A: &str = "ntf_01JE1B2C3D4E5F6G7H8J9KMNPQ";
const B: &str = "ntf_01JE1B2C3D4E5F6G7H8J9KMNPR";

fn choose(body: Value) -> Result<Chosen, InputErrors> {
    let body = deserr::deserialize::<DismissNotifications, _, InputErrors>(body)?;
    super::choose(body.all, body.up_to, body.ids)
}

/// Pointers and codes of what is refused.
fn refused(body: Value) -> Vec<(String, &'static str)> {
    let problem = Problem::from(choose(body).expect_err("is refused"));
    let told = problem.errors().iter().map(|error| (error.pointer.clone(), error.flaw.code()));
    told.collect()
}

fn id(text: &str) -> NotificationId {
    text.parse().expect("an id")
}

#[test]
fn given_either_form_then_it_is_understood() {
    assert_eq!(choose(json!({"all": true, "upTo": A})), Ok(Chosen::UpTo(id(A))));
    assert_eq!(choose(json!({"ids": [A, B]})), Ok(Chosen::These(vec![id(A), id(B)])));
    let nulls = json!({"ids": [A], "all": null, "upTo": null});
    assert_eq!(choose(nulls), Ok(Chosen::These(vec![id(A)])));
}

#[rstest]
#[case::nothing(json!({}), &[("", "either-or")])]
#[case::both(json!({"all": true, "upTo": A, "ids": [A]}), &[("", "either-or")])]
#[case::ids_with_half(json!({"upTo": A, "ids": []}), &[("", "either-or")])]
#[case::all_alone(json!({"all": true}), &[("/upTo", "required")])]
#[case::not_all(json!({"all": false, "upTo": A}), &[("/all", "unknown-value")])]
#[case::not_all_alone(json!({"all": false}), &[("/all", "unknown-value"), ("/upTo", "required")])]
#[case::up_to_alone(json!({"upTo": A}), &[("/all", "required")])]
#[case::no_ids(json!({"ids": []}), &[("/ids", "empty")])]
#[case::twice(json!({"ids": [A, B, A]}), &[("/ids/2", "duplicate")])]
#[case::malformed(json!({"ids": [A, "x"]}), &[("/ids/1", "malformed")])]
#[case::other_fields(json!({"ids": [A], "since": 1}), &[("/since", "unknown-field")])]
fn given_anything_else_then_it_is_refused_where_it_is_wrong(
    #[case] body: Value,
    #[case] expected: &[(&str, &str)],
) {
    let told = refused(body);
    let told: Vec<_> = told.iter().map(|(pointer, code)| (pointer.as_str(), *code)).collect();
    assert_eq!(told, expected);
}

#[test]
fn given_ninety_ids_then_they_are_taken_and_one_more_is_refused() {
    let ids = |count| {
        let ids = (0..count).map(|n| format!("ntf_01JE1B2C3D4E5F6G7H8J9KM{n:03}"));
        json!({"ids": ids.collect::<Vec<_>>()})
    };
    assert!(matches!(choose(ids(90)), Ok(Chosen::These(ids)) if ids.len() == 90));
    assert_eq!(refused(ids(91)), [("/ids".to_owned(), "too-many")]);
}

#[test]
fn given_unknown_ids_then_each_has_a_pointer() {
    let unknown = refuse_unknown(&Dismissal::Unknown(vec![0, 3])).expect_err("is refused");
    let problem = Problem::from(unknown);
    let pointers: Vec<_> = problem.errors().iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(pointers, ["/ids/0", "/ids/3"]);
    assert_eq!(refuse_unknown(&Dismissal::Done), Ok(()));
}
