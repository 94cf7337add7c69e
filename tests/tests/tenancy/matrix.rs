//! The matrix itself.

use std::collections::BTreeSet;

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::Value;
use tsunagu_api::openapi::document;
use tsunagu_tests::{Engine, Response, both_engines, contract::FUNCTIONS};

use crate::{
    callers::{Expected, Kind, expected},
    cast::Cast,
    federation::FEDERATION,
    rows::{Demand, ROWS, Row},
};

const UNBLOCK: &str = "DELETE /v1/accounts/{partner}/blocked-customers/{customer}";

/// The contract.
pub(crate) fn rows() -> impl Iterator<Item = &'static Row> {
    ROWS.iter().chain(FEDERATION)
}

/// Every operation of the OpenAPI document, with whether it asks for a token of people or machines.
fn operations() -> Vec<(String, Vec<String>)> {
    let routers = FUNCTIONS.map(|(_, routes)| routes());
    let document = serde_json::to_value(document(routers)).expect("the document is JSON");
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("operations").iter();
        let methods = methods.filter(|(_, operation)| operation.get("responses").is_some());
        methods.map(move |(method, operation)| {
            (format!("{} {path}", method.to_uppercase()), schemes(operation))
        })
    });
    operations.collect()
}

fn schemes(operation: &Value) -> Vec<String> {
    let security = operation["security"].as_array().into_iter().flatten();
    security.filter_map(Value::as_object).flat_map(|one| one.keys().cloned()).collect()
}

#[test]
fn every_route_of_the_document_has_its_row_and_asks_for_the_rows_token() {
    let documented: BTreeSet<_> = operations().into_iter().map(|(route, _)| route).collect();
    let tabled: BTreeSet<_> = rows().map(|row| row.route.to_owned()).collect();
    assert_eq!(rows().count(), tabled.len(), "one row a route");
    assert_eq!(tabled, documented);
    for (route, schemes) in operations() {
        let row = rows().find(|row| row.route == route).expect("checked above");
        let expected: &[&str] = match row.demand {
            Demand::Public => &[],
            Demand::Secret(scheme) => &[scheme],
            Demand::Platform => &["platform"],
            Demand::Person | Demand::Account(_) => &["console"],
        };
        assert_eq!(schemes, expected, "{route}");
    }
}

/// What is wrong with an answer; nothing where it is as the contract has it.
fn fault(row: &Row, expected: &Expected, answer: &Response) -> Option<String> {
    let status = answer.status.as_u16();
    let is = match expected {
        Expected::Admitted => status == row.admitted,
        Expected::Gateway(wanted, message) => {
            status == *wanted && answer.json["message"] == *message && answer.code().is_none()
        }
        Expected::Problem(wanted, code, permission) => {
            status == *wanted
                && answer.code() == Some(code)
                && answer.json.get("permission").and_then(Value::as_str) == *permission
        }
    };
    (!is).then(|| format!("expected {expected:?}, was {status} {}", answer.json))
}

#[apply(both_engines)]
async fn every_route_answers_every_kind_of_caller_as_the_contract_says(engine: Engine) {
    let Some(cast) = Cast::open(engine).await else { return };
    let mut faults = Vec::new();
    for kind in Kind::ALL {
        cast.enter(kind).await;
        for row in rows() {
            let expected = expected(row, kind);
            let other = match (row.route == UNBLOCK, &expected) {
                (true, Expected::Admitted) => cast.take_blocked(),
                (true, _) => cast.blocked(),
                _ => cast.other(row.other, kind),
            };
            let who = cast.caller(row, kind).await;
            let answer = cast.call(row, &who, &other).await;
            if let Some(fault) = fault(row, &expected, &answer) {
                faults.push(format!("{kind:?} {}: {fault}", row.route));
            }
        }
        cast.leave(kind).await;
    }
    assert!(faults.is_empty(), "{} of the matrix:\n{}", faults.len(), faults.join("\n"));
}

/// Refused callers change nothing at all.
#[apply(both_engines)]
async fn whoever_is_refused_changes_nothing(engine: Engine) {
    let Some(cast) = Cast::open(engine).await else { return };
    let kinds = [
        Kind::Nobody,
        Kind::Stranger,
        Kind::OtherPartner,
        Kind::CustomersAdministrator,
        Kind::PartnersAdministrator,
        Kind::BothScopes,
    ];
    // Sessions of those who come for the first time activate nothing here: all have signed in.
    let before = cast.product.world.stored.json().await;
    for kind in kinds {
        for row in rows().filter(|row| !row.route.starts_with("GET")) {
            if expected(row, kind) == Expected::Admitted {
                continue;
            }
            let who = cast.caller(row, kind).await;
            // Without the stale `If-Match`, so that nothing but the refusal protects.
            let bare = Row { admitted: 200, ..*row };
            let other =
                if row.route == UNBLOCK { cast.blocked() } else { cast.other(row.other, kind) };
            let answer = cast.call(&bare, &who, &other).await;
            assert!(answer.status.is_client_error(), "{kind:?} {}: {}", row.route, answer.json);
        }
    }
    assert_eq!(cast.product.world.stored.json().await, before);
}
