use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::testing::{console_event, default_event, event, routed};

const ROUTE: &str = "GET /v1/accounts/{accountId}/users/{userId}";

proptest! {
    /// Given any values of path parameters, when rebuilt, then the path has as many segments as the
    /// route, and each decodes to its value.
    #[test]
    fn t1_a_parameter_never_leaves_its_segment(account in "\\PC{1,20}", user in ".{1,20}") {
        let asked = routed(console_event(), ROUTE, &[("accountId", &account), ("userId", &user)]);
        match rebuild(event(asked), "r").request {
            Ok(request) => {
                let segments: Vec<_> = request.uri().path().split('/').collect();
                prop_assert_eq!(segments.len(), 6);
                let decoded = |index: usize| {
                    percent_encoding::percent_decode_str(segments[index]).decode_utf8_lossy()
                };
                prop_assert_eq!(decoded(3), account);
                prop_assert_eq!(decoded(5), user);
            }
            Err(problem) => {
                prop_assert_eq!(problem.code(), Code::NotFound);
                prop_assert!([&account, &user].iter().any(|value| [".", ".."].contains(&value.as_str())));
            }
        }
    }

    /// Given any path and query of a request without a route, then it goes nowhere, without a panic.
    #[test]
    fn t1_a_request_without_a_route_goes_nowhere(path in ".{0,40}", query in ".{0,40}") {
        let mut asked = default_event();
        asked["rawPath"] = json!(path);
        asked["rawQueryString"] = json!(query);
        let rebuilt = rebuild(event(asked), "r");
        let request = rebuilt.request.expect("any query can be encoded");
        prop_assert_eq!(request.uri().path(), NOWHERE);
    }
}

#[test]
fn given_the_gateways_own_event_then_everything_a_handler_needs_is_there() {
    let rebuilt = rebuild(event(console_event()), "r");
    let request = rebuilt.request.expect("a request");
    let path = "/v1/accounts/acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W/users/tanaka%201";
    assert_eq!(request.uri().path(), path);
    assert_eq!(request.uri().query(), Some("format=json&search=%E3%81%BF%E3%81%AA%E3%81%A8"));
    assert!(!request.headers().contains_key(header::HOST));
    assert!(request.extensions().get::<Claims>().is_some());
    assert_eq!(rebuilt.scope.request_id(), "JKJaXmPLvHcESHA=");
    assert_eq!(rebuilt.scope.route(), ROUTE);
    assert!(rebuilt.scope.acting_account().is_some());
}

#[test]
fn given_claims_that_are_missing_or_null_then_nobody_is_signed_in() {
    for authorizer in [Value::Null, json!({}), json!({"jwt": null})] {
        let mut asked = console_event();
        asked["requestContext"]["authorizer"] = authorizer;
        let request = rebuild(event(asked), "r").request.expect("a request");
        assert!(request.extensions().get::<Claims>().is_none());
    }
    let mut asked = console_event();
    asked["requestContext"]["authorizer"]["jwt"] = json!({"claims": null, "scopes": null});
    let request = rebuild(event(asked), "r").request.expect("a request");
    assert_eq!(request.extensions().get::<Claims>(), Some(&Claims::default()));
}

#[test]
fn given_a_route_that_cannot_be_told_then_the_request_is_known_by_the_default_route() {
    let rebuilt = rebuild(event(routed(console_event(), ROUTE, &[])), "r");
    assert!(rebuilt.request.is_err());
    assert_eq!(rebuilt.scope.template(), DEFAULT_ROUTE, "nothing of what was sent is logged");
}
