//! "Not connected" and "does not exist" are one answer, to the byte: whoever guesses learns nothing.

use http::HeaderMap;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::Value;
use tsunagu_tests::{Engine, Response, both_engines};

use crate::{
    callers::{Expected, Kind, expected},
    cast::Cast,
    matrix::rows,
    rows::{Demand, Other},
};

/// An answer without what tells one request from another.
fn comparable(mut answer: Response) -> (u16, Value, Vec<(String, String)>) {
    if let Some(body) = answer.json.as_object_mut() {
        body.remove("requestId").expect("every problem has one");
    }
    (answer.status.as_u16(), answer.json, headers(&answer.headers))
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| value.to_str().expect("text").to_owned();
    let all = headers.iter().filter(|(name, _)| *name != "apigw-requestid");
    let mut all: Vec<_> = all.map(|(name, value)| (name.to_string(), text(value))).collect();
    all.sort();
    all
}

#[apply(both_engines)]
async fn not_connected_and_not_there_are_alike_to_the_byte(engine: Engine) {
    let Some(cast) = Cast::open(engine).await else { return };
    let with_other = rows().filter(|row| row.other != Other::Nobody);
    for row in with_other {
        let who = cast.caller(row, Kind::Full).await;
        let unknown = cast.other(row.other, Kind::UnknownOther);
        let unknown = comparable(cast.call(row, &who, &unknown).await);
        assert_eq!(unknown.0, 404, "{}", row.route);
        for kind in [Kind::NeverConnected, Kind::Ended, Kind::OtherSuspended] {
            if expected(row, kind) == Expected::Admitted {
                continue;
            }
            let hidden = cast.other(row.other, kind);
            let hidden = comparable(cast.call(row, &who, &hidden).await);
            assert_eq!(hidden, unknown, "{kind:?} {}", row.route);
        }
        for malformed in ["x", "acc_x", &cast.acting.id.to_lowercase()] {
            let malformed = comparable(cast.call(row, &who, malformed).await);
            assert_eq!(malformed, unknown, "{}", row.route);
        }
    }
}

/// The same for the account itself: to whoever is no administrator of it, it does not exist.
#[apply(both_engines)]
async fn a_foreign_account_and_none_are_alike_to_the_byte(engine: Engine) {
    let Some(cast) = Cast::open(engine).await else { return };
    let stranger = cast.product.person("nobody@nowhere.example").await;
    let of_account = rows().filter(|row| matches!(row.demand, Demand::Account(_)));
    for row in of_account.filter(|row| row.route.contains("/v1/accounts/{")) {
        let other = cast.other(row.other, Kind::Full);
        let foreign = comparable(cast.call(row, &stranger, &other).await);
        assert_eq!(foreign.0, 404, "{}", row.route);
        let (method, template) = row.route.split_once(' ').expect("a method and a path");
        for id in ["acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W", "acc_x", "x"] {
            let fill = |part| if str::starts_with(part, '{') { id } else { part };
            let path = template.split('/').map(fill).collect::<Vec<_>>().join("/");
            let method = method.parse().expect("a method");
            let none = comparable(stranger.send(method, &path, None).await);
            assert_eq!(none, foreign, "{} {id}", row.route);
        }
    }
}
