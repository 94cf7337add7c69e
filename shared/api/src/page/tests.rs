use http::{HeaderMap, Method, Request};
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::{problem::Code, testing::app};

const ONE: &str = "acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W";
const OTHER: &str = "acc_01JD3Z8Q4V9X7M2N5P6R8S0T1X";

#[derive(Debug, PartialEq, Deserr)]
#[deserr(error = InputErrors, deny_unknown_fields)]
struct Filter {
    #[deserr(default)]
    tag: Option<String>,
}

async fn page_of(route: &str, account: &str, query: &str) -> Result<Page<Filter>, Problem> {
    let request = Request::get(format!("/x?{query}")).body(()).expect("a request");
    let (mut parts, ()) = request.into_parts();
    let parameters = vec![("partner".to_owned(), account.to_owned())];
    let headers = HeaderMap::new();
    parts.extensions.insert(Scope::new(
        "r".into(),
        &headers,
        Method::GET,
        route.into(),
        parameters,
    ));
    Page::from_request_parts(&mut parts, &app()).await
}

async fn page(query: &str) -> Result<Page<Filter>, Problem> {
    page_of("/v1/accounts/{partner}/customers", ONE, query).await
}

#[tokio::test]
async fn given_nothing_then_the_first_50_are_asked_for() {
    let page = page("").await.expect("a page");
    assert_eq!((page.limit, &page.filter), (50, &Filter { tag: None }));
    assert_eq!(page.position::<u32>(&app()).await, Ok(None));
}

#[rstest]
#[case("0", "out-of-range")]
#[case("101", "out-of-range")]
#[case("-1", "out-of-range")]
#[case("99999999999999999999", "wrong-type")]
#[case("ten", "wrong-type")]
#[case("%2b5", "wrong-type")]
#[case("", "wrong-type")]
#[tokio::test]
async fn given_a_limit_out_of_range_then_it_is_told_beside_every_other_mistake(
    #[case] limit: &str,
    #[case] code: &str,
) {
    let problem = page(&format!("limit={limit}&x=1")).await.expect_err("refused");
    let mut told: Vec<_> =
        problem.errors().iter().map(|e| (e.pointer.as_str(), e.flaw.code())).collect();
    told.sort_unstable();
    assert_eq!(told, [("/limit", code), ("/x", "unknown-field")]);
}

#[tokio::test]
async fn given_a_cursor_of_the_same_list_then_it_goes_on_where_that_page_ended() {
    let app = app();
    let first = page("tag=a&limit=1").await.expect("a page");
    let body = first.answer(&app, vec!["x"], Some(7_u32)).await.expect("an answer");
    let cursor = body.next_cursor.expect("more follow");
    let next = page(&format!("cursor={cursor}&tag=a&limit=100")).await.expect("a page");
    assert_eq!(next.position(&app).await, Ok(Some(7_u32)), "the limit may change");
    let last = next.answer(&app, vec!["y"], None::<u32>).await.expect("an answer");
    let body = serde_json::to_value(last).expect("JSON");
    assert_eq!(body, json!({"items": ["y"], "nextCursor": null}));
}

#[rstest]
#[case::other_filter("/v1/accounts/{partner}/customers", ONE, "tag=b")]
#[case::no_filter("/v1/accounts/{partner}/customers", ONE, "")]
#[case::other_account("/v1/accounts/{partner}/customers", OTHER, "tag=a")]
#[case::other_route("/v1/accounts/{partner}/blocked-customers", ONE, "tag=a")]
#[tokio::test]
async fn t13_a_cursor_fits_no_other_list(
    #[case] route: &str,
    #[case] account: &str,
    #[case] query: &str,
) {
    let app = app();
    let first = page("tag=a").await.expect("a page");
    let body = first.answer(&app, vec!["x"], Some(7_u32)).await.expect("an answer");
    let query = format!("{query}&cursor={}", body.next_cursor.expect("more follow"));
    let query = query.trim_start_matches('&');
    let foreign = page_of(route, account, query).await.expect("a page");
    let refused = foreign.position::<u32>(&app).await.map_err(|problem| problem.code());
    assert_eq!(refused, Err(Code::CursorInvalid));
}
