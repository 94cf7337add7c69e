//! Answers against the document's schemas. For tests each object is closed: a field that the
//! document does not tell of is a fault here, though clients accept it.

use std::collections::BTreeMap;

use jsonschema::Validator;
use serde_json::{Value, json};
use tsunagu_local::client::Answer;

use crate::document::{document, operations};

/// The document, ready to judge.
pub(crate) struct Judge {
    operations: BTreeMap<String, Value>,
    components: Value,
    validators: BTreeMap<String, Validator>,
}

impl Judge {
    /// A judge by the routers' document.
    pub(crate) fn new() -> Self {
        let document = document();
        let mut components = document["components"].clone();
        let schemas = components["schemas"].as_object_mut().expect("schemas");
        schemas.values_mut().for_each(descend);
        let operations =
            operations(&document).into_iter().map(|one| (one.key, one.value)).collect();
        Self { operations, components, validators: BTreeMap::new() }
    }

    /// Every documented answer of success: route key, status, media type.
    pub(crate) fn successes(&self) -> Vec<(String, String, String)> {
        let mut all = Vec::new();
        for (key, operation) in &self.operations {
            let responses = operation["responses"].as_object().expect("responses");
            for (status, response) in responses.iter().filter(|(status, _)| status.starts_with('2'))
            {
                let content = response["content"].as_object();
                let media: Vec<_> = content.into_iter().flatten().map(|(name, _)| name).collect();
                if media.is_empty() {
                    all.push((key.clone(), status.clone(), String::new()));
                }
                for name in media {
                    all.push((key.clone(), status.clone(), name.clone()));
                }
            }
        }
        all
    }

    /// Judges an answer; gives its documented status and media type.
    pub(crate) fn judge(&mut self, route: &str, answer: &Answer) -> (String, String) {
        let operation = &self.operations[route];
        let status = answer.status.as_u16().to_string();
        let documented = operation["responses"].get(&status);
        let documented =
            documented.unwrap_or_else(|| panic!("{route}: {status} is not documented"));
        let documented = self.resolved(documented);
        let media = media_type(answer);
        if media == "application/problem+json" {
            let code = format!("`{}`", answer.json()["code"].as_str().expect("a code"));
            let told = documented["description"].as_str().unwrap_or_default();
            assert!(told.contains(&code), "{route} {status}: {code} is not told of: {told}");
        }
        let content = documented["content"].as_object().filter(|content| !content.is_empty());
        match content {
            None => assert!(answer.body.is_empty(), "{route} {status}: documented without a body"),
            Some(content) => {
                let found = content.get(&media);
                let found = found.unwrap_or_else(|| panic!("{route} {status}: {media}"));
                if media.ends_with("json") {
                    self.check(&format!("{route} {status} {media}"), &found["schema"], answer);
                }
            }
        }
        (status, media)
    }

    /// A response, or the shared one to which it refers.
    fn resolved(&self, response: &Value) -> Value {
        let shared = response["$ref"].as_str().and_then(|name| name.rsplit('/').next());
        shared.map_or(response, |name| &self.components["responses"][name]).clone()
    }

    /// Judges what a request that succeeded has sent.
    pub(crate) fn judge_body(&mut self, route: &str, body: &Value) {
        let content = &self.operations[route]["requestBody"]["content"]["application/json"];
        let schema = content["schema"].clone();
        assert!(schema.is_object(), "{route}: its body is not documented");
        self.validate(&format!("{route} takes"), &schema, body);
    }

    fn check(&mut self, what: &str, schema: &Value, answer: &Answer) {
        let body: Value = serde_json::from_slice(&answer.body).expect("JSON as its type says");
        self.validate(what, schema, &body);
    }

    fn validate(&mut self, what: &str, schema: &Value, value: &Value) {
        if !self.validators.contains_key(what) {
            let validator = self.compile(schema.clone());
            self.validators.insert(what.to_owned(), validator);
        }
        let errors: Vec<_> = self.validators[what]
            .iter_errors(value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{what}: {errors:#?}\n{value:#}");
    }

    fn compile(&self, mut schema: Value) -> Validator {
        close(&mut schema);
        let root = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "components": self.components,
            "allOf": [schema],
        });
        let options = jsonschema::options().should_validate_formats(true);
        options.build(&root).expect("the document's schemas are schemas")
    }
}

fn media_type(answer: &Answer) -> String {
    let header = answer.header("content-type").unwrap_or_default();
    header.split(';').next().unwrap_or_default().trim().to_owned()
}

/// Closes a schema where a value stands. What is combined of several is closed around them.
fn close(schema: &mut Value) {
    descend(schema);
    let says = ["$ref", "properties", "allOf", "oneOf", "anyOf"];
    if let Some(schema) = schema.as_object_mut()
        && says.iter().any(|word| schema.contains_key(*word))
    {
        schema.insert("unevaluatedProperties".to_owned(), json!(false));
    }
}

/// Closes what stands inside a schema.
fn descend(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(close);
    }
    for word in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get_mut(word) {
            close(inner);
        }
    }
    for word in ["allOf", "oneOf", "anyOf"] {
        let parts = schema.get_mut(word).and_then(Value::as_array_mut);
        parts.into_iter().flatten().for_each(descend);
    }
}

#[test]
fn given_a_field_that_nobody_told_of_then_a_closed_schema_refuses_it() {
    let judge = Judge::new();
    let validator = judge.compile(json!({"$ref": "#/components/schemas/Problem"}));
    let problem = json!({
        "type": "t", "title": "t", "status": 404, "detail": "d", "code": "not-found",
        "requestId": "r",
    });
    assert!(validator.is_valid(&problem), "{:?}", validator.iter_errors(&problem).next());
    let mut more = problem.clone();
    more["secret"] = json!(1);
    assert!(!validator.is_valid(&more));
    let mut less = problem;
    less.as_object_mut().expect("an object").remove("code");
    assert!(!validator.is_valid(&less));
}
