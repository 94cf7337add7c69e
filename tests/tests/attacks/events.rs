//! Functions fed directly, past the gateway: with events that no gateway in good order would send.

use std::sync::Arc;

use serde_json::{Value, json};
use tsunagu_api::{App, Edge, Routes, Settings, edge::Invocation, openapi::document};
use tsunagu_tests::product::Product;

/// An id that no account has.
pub(crate) const UNKNOWN: &str = "01JD3Z8Q4V9X7M2N5P6R8S0T1W";

/// The functions that answer requests.
pub(crate) fn functions() -> [Routes; 6] {
    [
        accounts::routes(),
        invite_accept::routes(),
        connections::routes(),
        licenses::routes(),
        notifications::routes(),
        tickets::routes(),
    ]
}

/// The edge of all functions' routes, over the product's own table and clock.
pub(crate) fn edge(product: &Product) -> Edge {
    let zone = "Asia/Tokyo".parse().expect("a zone");
    let settings = Settings::new("https://console.example", zone).expect("an address");
    let clock = Arc::clone(&product.world.clock);
    let app = App::new(product.world.database.store(), clock, settings);
    let routes = functions().into_iter().reduce(Routes::merge).expect("there are functions");
    Edge::new(routes, app)
}

/// An operation of the OpenAPI document.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) method: String,
    pub(crate) path: String,
    /// `console`, `platform`, or nothing for a public one.
    pub(crate) scheme: Option<String>,
    /// The names of the parameters of its query.
    pub(crate) query: Vec<String>,
}

impl Operation {
    /// The operation's route key.
    pub(crate) fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The names of the path's parameters.
    pub(crate) fn parameters(&self) -> Vec<&str> {
        let parts = self.path.split('/');
        parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
    }

    /// The path with ids that could be.
    pub(crate) fn filled(&self) -> String {
        let fill = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}'))
        {
            Some(name) => plausible(name),
            None => part.to_owned(),
        };
        self.path.split('/').map(fill).collect::<Vec<_>>().join("/")
    }
}

/// A value that a parameter could have.
pub(crate) fn plausible(parameter: &str) -> String {
    match parameter {
        "adminId" => format!("adm_{UNKNOWN}"),
        "notificationId" => format!("ntf_{UNKNOWN}"),
        "ticketId" => format!("tkt_{UNKNOWN}"),
        "orgId" => format!("org_{UNKNOWN}"),
        "orderId" => "SO-1".to_owned(),
        "entitlementId" => "EN-1".to_owned(),
        "program" => "CSP".to_owned(),
        "service" => "daas".to_owned(),
        "token" => "A".repeat(43),
        "holderId" => "0".repeat(40),
        _ => format!("acc_{UNKNOWN}"),
    }
}

/// Every operation of some functions.
pub(crate) fn operations(routers: impl IntoIterator<Item = Routes>) -> Vec<Operation> {
    let document = serde_json::to_value(document(routers)).expect("the document is JSON");
    let paths = document["paths"].as_object().expect("paths").clone();
    let mut operations = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().expect("operations") {
            if operation.get("responses").is_none() {
                continue;
            }
            let mut schemes = operation["security"].as_array().into_iter().flatten();
            let scheme = schemes.find_map(|one| one.as_object()?.keys().next().cloned());
            operations.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                scheme,
                query: query_of(operation),
            });
        }
    }
    operations
}

/// The names of the parameters of an operation's query.
fn query_of(operation: &Value) -> Vec<String> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    let of_query = all.filter(|parameter| parameter["in"] == "query");
    of_query.filter_map(|parameter| parameter["name"].as_str().map(str::to_owned)).collect()
}

/// The claims of an access token as the gateway hands them over.
pub(crate) fn claims(scope: &str) -> Value {
    json!({
        "iss": "http://127.0.0.1:3000", "sub": "somebody", "client_id": "console", "scope": scope,
        "token_use": "access", "email": "somebody@example.com", "email_verified": "true",
    })
}

/// An event of this route with these claims.
pub(crate) fn event(operation: &Operation, raw_path: &str, claims: Option<&Value>) -> Value {
    let parameters: serde_json::Map<_, _> = operation
        .parameters()
        .into_iter()
        .map(|name| (name.to_owned(), json!(plausible(name))))
        .collect();
    let key = operation.key();
    let mut event = json!({
        "version": "2.0", "routeKey": key, "rawPath": raw_path, "rawQueryString": "",
        "headers": {"content-type": "application/json", "host": "api.example"},
        "requestContext": {
            "accountId": "1", "apiId": "a", "domainName": "api.example", "domainPrefix": "api",
            "http": {
                "method": operation.method, "path": raw_path, "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1", "userAgent": "test",
            },
            "requestId": "request-1", "routeKey": key, "stage": "$default",
            "time": "02/Mar/2026:03:00:00 +0000", "timeEpoch": 1_772_420_400_000_u64,
        },
        "pathParameters": parameters, "isBase64Encoded": false,
    });
    if operation.method != "GET" {
        event["body"] = json!("{}");
    }
    if let Some(claims) = claims {
        event["requestContext"]["authorizer"] = json!({"jwt": {"claims": claims, "scopes": null}});
    }
    event
}

/// What a function answers to an event: the status, and the body as JSON.
pub(crate) async fn ask(edge: &Edge, event: Value) -> (u64, Value) {
    let event = serde_json::from_value(event).expect("an event of the gateway");
    let answer = serde_json::to_value(edge.answer(event, &Invocation::new("fallback")).await)
        .expect("an answer");
    let body = answer["body"].as_str().unwrap_or_default();
    let body = serde_json::from_str(body).unwrap_or_else(|_| json!(body));
    (answer["statusCode"].as_u64().expect("a status"), body)
}
