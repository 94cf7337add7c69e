//! `openapi.json` is what the routers say, and says all that a client has to know.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use strum::VariantArray;
use tsunagu_api::problem::Code;
use tsunagu_tests::contract;

use crate::read;

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// One operation of the document.
pub(crate) struct Operation {
    /// The route key: `GET /v1/me`.
    pub(crate) key: String,
    /// What stands there.
    pub(crate) value: Value,
}

/// The generated document.
pub(crate) fn document() -> Value {
    serde_json::to_value(contract::document()).expect("the document is JSON")
}

/// All operations of a document.
pub(crate) fn operations(document: &Value) -> Vec<Operation> {
    let paths = document["paths"].as_object().expect("paths");
    let of_path = |(path, item): (&String, &Value)| {
        let item: Map<String, Value> = item.as_object().expect("a path item").clone();
        let path = path.clone();
        item.into_iter().filter(|(name, _)| METHODS.contains(&name.as_str())).map(
            move |(method, value)| Operation {
                key: format!("{} {path}", method.to_uppercase()),
                value,
            },
        )
    };
    paths.iter().flat_map(of_path).collect()
}

impl Operation {
    /// The scopes that it asks for; none where it is public.
    pub(crate) fn scopes(&self) -> Vec<String> {
        let requirements = self.value["security"].as_array().into_iter().flatten();
        let scopes = requirements.flat_map(|one| one.as_object().expect("a requirement").values());
        let texts = scopes.flat_map(|scopes| scopes.as_array().expect("a list of scopes"));
        texts.map(|text| text.as_str().expect("a scope").to_owned()).collect()
    }
}

#[test]
fn given_the_routers_then_openapi_json_is_their_document_to_the_byte() {
    let same = read("openapi.json") == contract::document_text();
    assert!(same, "openapi.json is stale; write it anew with `make openapi`");
}

#[test]
fn given_two_documents_of_the_same_routers_then_they_are_equal() {
    assert_eq!(contract::document_text(), contract::document_text());
}

#[test]
fn given_an_operation_then_it_tells_what_it_does_and_who_may_call_it() {
    let document = document();
    let operations = operations(&document);
    assert!(operations.len() >= 35, "all routes: {}", operations.len());
    let tags: BTreeSet<_> = operations.iter().map(|one| one.value["tags"].to_string()).collect();
    assert!(tags.len() > 3, "tags tell operations apart: {tags:?}");
    for Operation { key, value } in &operations {
        let text = |name: &str| value[name].as_str().unwrap_or_default();
        assert!(!text("summary").is_empty(), "{key}: no summary");
        assert!(!text("operationId").is_empty(), "{key}: no operationId");
        assert_eq!(value["tags"].as_array().map(Vec::len), Some(1), "{key}: one tag");
        let public = contract::PUBLIC.contains(&key.as_str());
        let platform = key.contains(" /v1/platform/");
        let scope = if platform { "tsunagu/platform" } else { "tsunagu/console" };
        let expected: &[&str] = if public { &[] } else { &[scope] };
        assert_eq!(
            Operation { key: key.clone(), value: value.clone() }.scopes(),
            expected,
            "{key}"
        );
    }
}

#[test]
fn given_an_operation_then_its_id_is_its_own() {
    let document = document();
    let mut seen = BTreeSet::new();
    for Operation { key, value } in operations(&document) {
        assert!(seen.insert(value["operationId"].to_string()), "{key}: {}", value["operationId"]);
    }
}

#[test]
fn given_a_parameter_then_it_is_described() {
    let document = document();
    for Operation { key, value } in operations(&document) {
        for parameter in value["parameters"].as_array().into_iter().flatten() {
            let described = parameter["description"].as_str().is_some_and(|text| !text.is_empty());
            assert!(described, "{key}: the parameter {} is not described", parameter["name"]);
        }
        let path = key.split_once(' ').expect("a key").1;
        let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        for name in names {
            let parameters = value["parameters"].as_array().expect("parameters");
            let found = parameters.iter().any(|one| one["in"] == "path" && one["name"] == name);
            assert!(found, "{key}: the path parameter {name} is not documented");
        }
    }
}

#[test]
fn given_a_problem_code_then_the_document_names_it_with_its_status() {
    let document = document();
    let code = &document["components"]["schemas"]["Problem"]["properties"]["code"];
    let described = code["description"].as_str().unwrap_or_default();
    for code in Code::VARIANTS {
        let line = format!("`{}` {}", code.as_str(), code.status().as_u16());
        assert!(described.contains(&line), "Problem.code does not tell {line}: {described}");
    }
}
