use serde_json::{Value, json};

use super::*;
use crate::{Json, Problem, SignedIn, routes};

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
    let routes = Routes::new()
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
    assert_eq!(statuses, ["201", "401", "403", "422", "429", "500", "503", "default"]);
    assert_eq!(responses["401"]["$ref"], "#/components/responses/Unauthenticated");
    assert_eq!(responses["422"]["$ref"], "#/components/responses/IdempotencyMismatch");
    let shared = &document["components"]["responses"];
    assert_eq!(shared["Unavailable"]["headers"]["Retry-After"]["schema"]["type"], "integer");
    let refusal = &shared["Unauthenticated"]["content"];
    let gateway = "#/components/schemas/GatewayError";
    assert_eq!(refusal["application/json"]["schema"]["$ref"], gateway);
    assert_eq!(responses["default"]["$ref"], "#/components/responses/Problem");
    let problem = &shared["Problem"]["content"]["application/problem+json"];
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
fn given_a_public_operation_then_it_has_no_refusals_of_tokens() {
    let document = documented();
    let operation = &document["paths"]["/v1/things"]["get"];
    let responses = operation["responses"].as_object().expect("responses");
    let statuses: Vec<_> = responses.keys().collect();
    assert_eq!(statuses, ["200", "429", "500", "503", "default"]);
}

/// Renames a thing.
#[utoipa::path(
    patch,
    path = "/v1/accounts/{account}/things/{id}",
    params(
        ("account" = String, Path, description = "The acting account"),
        ("id" = String, Path, description = "Which"),
        crate::page::PageParams,
    ),
    request_body = String,
    responses(
        (status = 200, body = String),
        (status = 409, description = "`conflict`"),
        (status = 422, description = "`export-too-large`"),
        crate::BadgedPartner<crate::permit::permission::AccountManage>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
async fn rename() {}

#[test]
fn given_parameters_a_body_and_a_permission_then_the_codes_of_each_status_are_told() {
    let document = document([Routes::new().routes(routes!(rename))]);
    let document = serde_json::to_value(document).expect("JSON");
    let responses = &document["paths"]["/v1/accounts/{account}/things/{id}"]["patch"]["responses"];
    let told = |status: &str| responses[status]["description"].as_str().unwrap_or_default();
    assert_eq!(told("400"), "`malformed-request`, `cursor-invalid`");
    assert_eq!(
        told("403"),
        "`permission-missing` (it takes `account.manage`), `account-suspended`, \
         `partner-badge-required`, `forbidden`"
    );
    assert_eq!(told("409"), "`conflict`");
    assert_eq!(told("422"), "`export-too-large`, `validation-failed`");
    for (status, name) in
        [("404", "NotFound"), ("413", "PayloadTooLarge"), ("415", "UnsupportedMediaType")]
    {
        let expected = format!("#/components/responses/{name}");
        assert_eq!(responses[status]["$ref"], expected, "{status}");
    }
    let conflict = &responses["409"]["content"]["application/problem+json"]["schema"];
    assert_eq!(conflict["$ref"], "#/components/schemas/Problem");
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
    let schemes: std::collections::BTreeSet<_> = schemes.keys().map(String::as_str).collect();
    assert_eq!(schemes, ["console", "location", "platform", "session"].into());
    assert_eq!(document["info"]["title"], "Tsunagu");
}
