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

async fn check(named: &[&str], present: &Item) -> Result<(), Code> {
    let mut headers = HeaderMap::new();
    for value in named {
        headers.append(header::IF_MATCH, value.parse().expect("a value"));
    }
    IfMatch::of(&headers).check(&app(), present).await.map_err(|problem| problem.code())
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
