use serde_json::{Value, json};
use utoipa_axum::routes;

use super::*;
use crate::{Json, Problem, SignedIn};

/// Makes a thing.
#[utoipa::path(
    post,
    path = "/v1/things",
    responses((status = 201, body = String)),
    security(("console" = ["tsunagu/console"]))
)]
async fn make(_: SignedIn) -> Result<Json<String>, Problem> {
    Err(Problem::not_found())
}

/// Shows a thing.
#[utoipa::path(get, path = "/v1/things", responses((status = 200, body = String)))]
async fn show() -> Json<String> {
    Json(String::new())
}

/// Shows one thing.
#[utoipa::path(get, path = "/v1/things/{id}", responses((status = 200, body = String)))]
async fn show_one() -> Json<String> {
    Json(String::new())
}

/// Changes one thing.
#[utoipa::path(patch, path = "/v1/things/{id}", responses((status = 200, body = String)))]
async fn change() -> Json<String> {
    Json(String::new())
}

/// Ends what cannot be read.
#[utoipa::path(delete, path = "/v1/bans/{id}", responses((status = 204)))]
async fn unban() {}

fn documented() -> Value {
    let routes = OpenApiRouter::new()
        .routes(routes!(make, show))
        .routes(routes!(show_one, change))
        .routes(routes!(unban));
    serde_json::to_value(document([routes])).expect("JSON")
}

#[test]
fn given_an_operation_with_a_scope_then_its_refusals_and_headers_are_documented() {
    let document = documented();
    let operation = &document["paths"]["/v1/things"]["post"];
    assert_eq!(operation["security"], json!([{"console": ["tsunagu/console"]}]));
    let responses = operation["responses"].as_object().expect("responses");
    let statuses: Vec<_> = responses.keys().collect();
    assert_eq!(statuses, ["201", "401", "403", "default"]);
    let refusal = &operation["responses"]["401"]["content"];
    let gateway = "#/components/schemas/GatewayError";
    assert_eq!(refusal["application/json"]["schema"]["$ref"], gateway);
    let problem = &operation["responses"]["default"]["content"]["application/problem+json"];
    assert_eq!(problem["schema"]["$ref"], "#/components/schemas/Problem");
    assert_eq!(headers(operation), ["Accept-Language", "Idempotency-Key"]);
}

fn headers(operation: &Value) -> Vec<&str> {
    let parameters = operation["parameters"].as_array().expect("parameters");
    parameters.iter().map(|parameter| parameter["name"].as_str().expect("a name")).collect()
}

#[test]
fn given_a_change_of_what_can_be_read_then_it_takes_the_tag_of_what_was_read() {
    let document = documented();
    let paths = &document["paths"];
    assert_eq!(headers(&paths["/v1/things/{id}"]["patch"]), ["Accept-Language", "If-Match"]);
    assert_eq!(headers(&paths["/v1/things/{id}"]["get"]), ["Accept-Language"]);
    assert_eq!(headers(&paths["/v1/bans/{id}"]["delete"]), ["Accept-Language"]);
}

#[test]
fn given_a_public_operation_then_only_the_problem_is_added() {
    let document = documented();
    let operation = &document["paths"]["/v1/things"]["get"];
    let responses = operation["responses"].as_object().expect("responses");
    assert_eq!(responses.keys().collect::<Vec<_>>(), ["200", "default"]);
}

#[test]
fn given_the_document_then_every_reference_in_it_resolves() {
    let document = documented();
    let text = document.to_string();
    let references = text.split("\"$ref\":\"#/components/schemas/").skip(1);
    let mut found = 0;
    for reference in references {
        let name = reference.split('"').next().expect("a name");
        let known = document["components"]["schemas"].get(name).is_some();
        assert!(known, "no schema {name}");
        found += 1;
    }
    assert!(found >= 4, "problems refer to what they hold");
    let schemes = document["components"]["securitySchemes"].as_object().expect("schemes");
    assert_eq!(schemes.keys().collect::<Vec<_>>(), ["console", "platform"]);
    assert_eq!(document["info"]["title"], "Tsunagu");
}
