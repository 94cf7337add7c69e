//! T1: characters in a path parameter that turn one route into another behind the scope check.

use http::Method;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    product::{Person, Product},
};

use crate::events::{Operation, ask, claims, edge, event, functions, operations};

/// Spellings of `/` and `..` that somebody decodes somewhere.
const SPELLINGS: [(&str, &str); 8] = [
    ("%2F", ".."),
    ("%2f", "%2E%2E"),
    ("%5C", ".."),
    ("%252F", ".."),
    ("%252F", "%252E%252E"),
    ("/", "%2E%2E"),
    ("%2F%2F", ".."),
    ("%00%2F", ".."),
];

/// Every pair of a console route with parameters and a platform route, of one function.
fn pairs() -> Vec<(Operation, Operation)> {
    let mut pairs = Vec::new();
    for function in functions() {
        let all = operations([function]);
        let with = |scheme: &str| {
            let scheme = Some(scheme.to_owned());
            all.iter().filter(move |one| one.scheme == scheme).cloned().collect::<Vec<_>>()
        };
        for console in with("console").into_iter().filter(|one| !one.parameters().is_empty()) {
            pairs.extend(with("platform").into_iter().map(|platform| (console.clone(), platform)));
        }
    }
    assert!(!pairs.is_empty(), "one function at least has both kinds");
    pairs
}

/// The path of `from` in which a parameter climbs out of it and down to `to`.
fn climbing(from: &Operation, to: &Operation, spelling: (&str, &str)) -> String {
    let (slash, up) = spelling;
    let parts: Vec<_> = from.path.split('/').collect();
    let place = parts.iter().position(|part| part.starts_with('{')).expect("it has a parameter");
    let target = to.filled();
    let target = target.trim_start_matches('/').split('/').collect::<Vec<_>>().join(slash);
    let climb = vec![up; place - 1].join(slash);
    let mut path: Vec<_> = parts[..place].iter().map(ToString::to_string).collect();
    path.push(format!("{climb}{slash}{target}"));
    // What is left of the route is cut off as a query or fragment would be.
    let rest = parts[place + 1..].join("/");
    if rest.is_empty() { path.join("/") } else { format!("{}%23/{rest}", path.join("/")) }
}

/// Given a token of one kind, no spelling of a path opens a route of the other kind.
#[apply(both_engines)]
async fn t01_no_spelling_of_a_path_turns_a_route_into_one_of_the_other_scope(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let person = product.person("mallory@example.com").await;
    let platform = product.platform();
    let before = product.world.stored.json().await;
    for (console, machine) in pairs() {
        for spelling in SPELLINGS {
            for (who, from, to) in [(&person, &console, &machine), (&platform, &machine, &console)]
            {
                if from.parameters().is_empty() {
                    continue;
                }
                let path = climbing(from, to, spelling);
                assert_opens_nothing(who, from, &path).await;
                assert_opens_nothing(who, to, &path).await;
            }
        }
    }
    assert_eq!(product.world.stored.json().await, before, "nothing was written");
}

async fn assert_opens_nothing(who: &Person, operation: &Operation, path: &str) {
    let method: Method = operation.method.parse().expect("a method");
    let body = json!({"name": "x", "displayName": "x", "status": "active"});
    let body = (method != Method::GET).then_some(&body);
    let answer = who.send(method, path, body).await;
    let status = answer.status.as_u16();
    assert!([400, 403, 404, 405, 422].contains(&status), "{} {path}: {status}", operation.key());
}

/// Given an event whose raw path is another route's, the function answers by the route key and its
/// parameters alone.
#[apply(both_engines)]
async fn t01_a_raw_path_of_another_route_is_never_looked_at(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let edge = edge(&product);
    let path = "/v1/platform/services/daas";
    let service = json!({"name": {"ja": "一", "en": "One"}, "model": "user"});
    assert!(product.platform().put(path, &service).await.status.is_success());
    for (console, machine) in pairs() {
        let claims = claims("tsunagu/console");
        let (status, body) = ask(&edge, event(&console, &machine.filled(), Some(&claims))).await;
        let expected = ask(&edge, event(&console, &console.filled(), Some(&claims))).await;
        assert_eq!((status, &body["code"]), (expected.0, &expected.1["code"]), "{}", console.key());
        assert!(body.get("model").is_none(), "{body}");
    }
}

/// Given parameters that would leave their segment, or too few or too many, there is no such thing.
#[apply(both_engines)]
async fn t01_parameters_that_leave_their_segment_are_not_found(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let edge = edge(&product);
    let claims = claims("tsunagu/console");
    for console in
        operations(functions()).into_iter().filter(|one| one.scheme.as_deref() == Some("console"))
    {
        for name in console.parameters() {
            for bad in [
                "..",
                ".",
                "",
                "../../platform/services/daas",
                "a/b",
                "a#b",
                "a?b",
                "a\\b",
                "a%2Fb",
                "\0",
            ] {
                let mut event = event(&console, &console.filled(), Some(&claims));
                event["pathParameters"][name] = json!(bad);
                let (status, body) = ask(&edge, event).await;
                let code = body["code"].as_str();
                // A body that is no body of this route may be told first; nobody is let in.
                let refused = matches!(
                    (status, code),
                    (404, Some("not-found")) | (422, Some("validation-failed"))
                );
                assert!(refused, "{} {name}={bad:?}: {status} {body}", console.key());
            }
        }
        let mut more = event(&console, &console.filled(), Some(&claims));
        more["pathParameters"]["another"] = json!("x");
        if !console.parameters().is_empty() {
            assert_eq!(ask(&edge, more).await.0, 404, "{}", console.key());
            let mut none = event(&console, &console.filled(), Some(&claims));
            none["pathParameters"] = json!({});
            assert_eq!(ask(&edge, none).await.0, 404, "{}", console.key());
        }
        let mut other = event(&console, &console.filled(), Some(&claims));
        other["requestContext"]["http"]["method"] = json!("TRACE");
        assert_eq!(ask(&edge, other).await.0, 404, "{}", console.key());
    }
    let nothing: Value = json!([]);
    assert_eq!(
        json!(
            product
                .world
                .stored
                .json()
                .await
                .keys()
                .filter(|key| key.starts_with("A#"))
                .collect::<Vec<_>>()
        ),
        nothing
    );
}
