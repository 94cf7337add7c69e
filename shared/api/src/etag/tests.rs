use http::HeaderMap;
use rstest::rstest;
use serde::Serialize;

use super::*;
use crate::testing::app;

#[derive(Clone, Serialize)]
struct Item {
    name: &'static str,
    summary: u32,
}

impl Shown for Item {
    const DERIVED: &'static [&'static str] = &["summary"];
}

const ITEM: Item = Item { name: "a", summary: 1 };

async fn tag_of(item: Item) -> String {
    let response = app().tagged(item).await.expect("tagged").into_response();
    response.headers()[header::ETAG].to_str().expect("ASCII").to_owned()
}

fn naming(tags: &[&str]) -> IfMatch {
    let mut headers = HeaderMap::new();
    for value in tags {
        headers.append(header::IF_MATCH, value.parse().expect("a value"));
    }
    IfMatch::of(&headers)
}

async fn check(named: &[&str], present: &Item) -> Result<(), Code> {
    naming(named).check(&app(), present).await.map_err(|problem| problem.code())
}

#[tokio::test]
async fn given_what_follows_from_other_things_then_the_tag_stays_as_it_is() {
    let tag = tag_of(ITEM).await;
    assert_eq!(tag, tag_of(Item { summary: 2, ..ITEM }).await);
    assert_ne!(tag, tag_of(Item { name: "b", ..ITEM }).await);
    assert!(tag.starts_with('"') && tag.ends_with('"') && !tag.contains(','), "{tag}");
}

#[tokio::test]
async fn given_the_present_tag_alone_in_a_list_or_a_star_then_it_matches() {
    let tag = tag_of(ITEM).await;
    assert_eq!(check(&[&tag], &ITEM).await, Ok(()));
    assert_eq!(check(&[&format!("\"old\" , {tag}")], &ITEM).await, Ok(()));
    assert_eq!(check(&["\"old\"", &tag], &ITEM).await, Ok(()));
    assert_eq!(check(&["*"], &ITEM).await, Ok(()));
    assert_eq!(check(&[], &ITEM).await, Ok(()), "it is optional");
}

#[rstest]
#[case("\"stale\"")]
#[case("")]
#[case("nonsense")]
#[tokio::test]
async fn given_anything_else_then_the_precondition_fails(#[case] named: &str) {
    assert_eq!(check(&[named], &ITEM).await, Err(Code::PreconditionFailed));
}

#[tokio::test]
async fn given_a_weak_or_unquoted_tag_then_it_never_matches() {
    let tag = tag_of(ITEM).await;
    assert_eq!(check(&[&format!("W/{tag}")], &ITEM).await, Err(Code::PreconditionFailed));
    assert_eq!(check(&[tag.trim_matches('"')], &ITEM).await, Err(Code::PreconditionFailed));
}

#[tokio::test]
async fn t13_the_tag_is_keyed_so_that_nobody_can_test_a_guess() {
    let other = app().with_secret(&[1; 32]).tagged(ITEM).await.expect("tagged").into_response();
    assert_ne!(other.headers()[header::ETAG].to_str().expect("ASCII"), tag_of(ITEM).await);
}

#[tokio::test]
async fn given_a_tag_that_matches_then_the_change_is_conditioned_on_the_version_seen() {
    let tag = tag_of(ITEM).await;
    assert_eq!(naming(&[&tag]).seen(&app(), &ITEM, 7).await, Ok(Some(7)));
    assert_eq!(naming(&["*"]).seen(&app(), &ITEM, 7).await, Ok(Some(7)));
    assert_eq!(naming(&[]).seen(&app(), &ITEM, 7).await, Ok(None));
    let stale = naming(&["\"stale\""]).seen(&app(), &ITEM, 7).await;
    assert_eq!(stale.map_err(|problem| problem.code()), Err(Code::PreconditionFailed));
}

#[rstest]
#[case(&[], Ok(None))]
#[case(&["*"], Err(Code::PreconditionFailed))]
#[case(&["\"any\""], Err(Code::PreconditionFailed))]
#[tokio::test]
async fn given_nothing_there_then_no_tag_matches(
    #[case] named: &[&str],
    #[case] expected: Result<Option<u32>, Code>,
) {
    let seen = naming(named).seen_if_any(&app(), None::<&Item>, 7).await;
    assert_eq!(seen.map_err(|problem| problem.code()), expected);
}

#[tokio::test]
async fn given_something_there_then_it_is_what_a_put_is_compared_with() {
    let tag = tag_of(ITEM).await;
    assert_eq!(naming(&[&tag]).seen_if_any(&app(), Some(&ITEM), 7).await, Ok(Some(7)));
}

#[rstest]
#[case(true, StatusCode::CREATED)]
#[case(false, StatusCode::OK)]
#[tokio::test]
async fn given_something_stated_then_201_says_that_it_was_made(
    #[case] is_new: bool,
    #[case] expected: StatusCode,
) {
    let response = app().stated(Stated { value: ITEM, is_new }).await.expect("an answer");
    assert_eq!(response.status(), expected);
    assert!(response.headers().contains_key(header::ETAG));
}
