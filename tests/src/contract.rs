//! The contract as the routers have it: what `openapi.json` is generated from.

use utoipa::openapi::OpenApi;

/// A function's routes.
pub type Routes = fn() -> tsunagu_api::Routes;

/// Every function that answers HTTP requests, by the name of its crate.
pub const FUNCTIONS: [(&str, Routes); 8] = [
    ("accounts", accounts::routes),
    ("invite-accept", invite_accept::routes),
    ("connections", connections::routes),
    ("licenses", licenses::routes),
    ("notifications", notifications::routes),
    ("tickets", tickets::routes),
    ("federation", federation::routes),
    ("workspaces", workspaces::routes),
];

/// Routes that the gateway lets anybody call: some ask for nothing, the others for what only their
/// function knows.
pub const PUBLIC: [&str; 8] = [
    "GET /v1/invitations/{token}",
    "GET /v1/workspaces/{host}",
    "POST /v1/workspaces/{host}/sign-in",
    "GET /v1/workspaces/{host}/session",
    "GET /v1/workspaces/{host}/resources",
    "POST /v1/workspaces/{host}/resources/{resourceId}/launch",
    "POST /v1/workspaces/{host}/sign-out",
    "POST /v1/launches/redeem",
];

/// The document of all functions.
pub fn document() -> OpenApi {
    tsunagu_api::openapi::document(FUNCTIONS.map(|(_, routes)| routes()))
}

/// `openapi.json`, to the byte.
pub fn document_text() -> String {
    let mut text = document().to_pretty_json().expect("the document is plain data");
    text.push('\n');
    text
}
