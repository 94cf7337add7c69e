//! The deployment's routes are the routers' routes are the document's operations, with the same
//! scopes, in the same function.

use std::collections::BTreeMap;

use serde_json::Value;
use tsunagu_local::routes::{Access, PathTemplate, Route};
use tsunagu_tests::contract::{FUNCTIONS, PUBLIC};

use crate::{
    document::{document, operations},
    template::deployment,
};

/// Route keys with function and scopes.
type Routes = BTreeMap<String, (String, Vec<String>)>;

fn deployed() -> Routes {
    let routes = deployment().routes.into_iter().filter(|route| !is_default(route));
    routes
        .map(|route| {
            let scopes = match &route.access {
                Access::Public => Vec::new(),
                Access::Token { scopes } => scopes.clone(),
            };
            (route.key(), (route.function, scopes))
        })
        .collect()
}

fn is_default(route: &Route) -> bool {
    route.path.as_str() == PathTemplate::DEFAULT
}

fn routed() -> Routes {
    let of_function = |(function, routes): (&str, tsunagu_tests::contract::Routes)| {
        let document = serde_json::to_value(routes().into_openapi()).expect("JSON");
        let function = function.to_owned();
        operations(&document)
            .into_iter()
            .map(move |one| (one.key.clone(), (function.clone(), one.scopes())))
            .collect::<Vec<_>>()
    };
    FUNCTIONS.into_iter().flat_map(of_function).collect()
}

#[test]
fn given_the_template_then_its_routes_scopes_and_functions_are_the_routers() {
    let (deployed, routed) = (deployed(), routed());
    assert!(deployed.len() >= 35, "the template's routes are read: {}", deployed.len());
    assert_eq!(deployed, routed);
}

#[test]
fn given_the_document_then_its_operations_are_the_routers() {
    let scopes = |routes: Routes| -> BTreeMap<String, Vec<String>> {
        routes.into_iter().map(|(key, (_, scopes))| (key, scopes)).collect()
    };
    let published: Value = serde_json::from_str(&crate::read("openapi.json")).expect("JSON");
    for document in [document(), published] {
        let documented: BTreeMap<_, _> =
            operations(&document).into_iter().map(|one| (one.key.clone(), one.scopes())).collect();
        assert_eq!(documented, scopes(routed()));
    }
}

#[test]
fn given_a_route_that_nobody_has_then_accounts_answers_it_without_a_token() {
    let all = deployment().routes;
    let default: Vec<_> = all.iter().filter(|route| is_default(route)).collect();
    assert_eq!(default.len(), 1);
    assert_eq!(default[0].function, "accounts");
    assert_eq!(default[0].access, Access::Public);
}

#[test]
fn given_a_route_with_a_token_then_it_names_exactly_one_scope() {
    for (key, (_, scopes)) in deployed() {
        let public = PUBLIC.contains(&key.as_str());
        assert_eq!(scopes.len(), usize::from(!public), "{key}: {scopes:?}");
        if !public {
            let scope = if key.contains(" /v1/platform/") { "platform" } else { "console" };
            assert_eq!(scopes, [format!("tsunagu/{scope}")], "{key}");
        }
    }
}
