//! The rows of what is managed of federated domains and workspaces.

use crate::rows::{Body, Demand, Other, Right, Row, SENSELESS, badged, change, own};

/// What a service provider manages.
const fn provider(route: &'static str, body: Body, admitted: u16) -> Row {
    Row { program: true, body, admitted, ..badged(route, "federation.manage") }
}

/// The same for a customer that shares it.
const fn provider_for(route: &'static str, body: Body, admitted: u16) -> Row {
    Row { other: Other::Customer, share: Some("federation"), ..provider(route, body, admitted) }
}

const EMPTY: Body = Body::Json("{}");
const FEDERATE: Right = Right::Permission("federation.manage");
const EVERYONE: Body = Body::Json(r#"{"members": null}"#);
const OVERLAP: Body = Body::Json(r#"{"overlapSeconds": 0}"#);
const USER: Body = Body::Json(r#"{"username": "nobody"}"#);
const WORKSPACE: Body = Body::Json(
    r#"{"kind": "dedicated", "displayName": "x", "enabled": true,
        "domains": ["dom_01JD3Z8Q4V9X7M2N5P6R8S0T1W"]}"#,
);

/// The contract of function `federation`.
pub(crate) const FEDERATION: &[Row] = &[
    provider("GET /v1/accounts/{csp}/resource-locations", Body::None, 200),
    provider("POST /v1/accounts/{csp}/resource-locations", SENSELESS, 422),
    provider("GET /v1/accounts/{csp}/resource-locations/{resourceLocationId}", Body::None, 404),
    provider("PATCH /v1/accounts/{csp}/resource-locations/{resourceLocationId}", EMPTY, 404),
    provider("DELETE /v1/accounts/{csp}/resource-locations/{resourceLocationId}", Body::None, 404),
    provider(
        "POST /v1/accounts/{csp}/resource-locations/{resourceLocationId}/rotate-key",
        OVERLAP,
        404,
    ),
    provider("GET /v1/accounts/{csp}/domains", Body::None, 200),
    provider("POST /v1/accounts/{csp}/domains", SENSELESS, 422),
    provider("GET /v1/accounts/{csp}/domains/{domainId}", Body::None, 404),
    Row {
        demand: Demand::Account(Right::Full),
        ..provider("PATCH /v1/accounts/{csp}/domains/{domainId}", EMPTY, 404)
    },
    provider("DELETE /v1/accounts/{csp}/domains/{domainId}", Body::None, 404),
    provider("GET /v1/accounts/{csp}/domains/{domainId}/customers", Body::None, 404),
    provider_for("PUT /v1/accounts/{csp}/domains/{domainId}/customers/{customer}", EVERYONE, 404),
    provider_for(
        "DELETE /v1/accounts/{csp}/domains/{domainId}/customers/{customer}",
        Body::None,
        404,
    ),
    own("GET /v1/accounts/{account}/federated-domains", Right::Any),
    own("GET /v1/accounts/{account}/workspaces", FEDERATE),
    Row { admitted: 404, ..own("GET /v1/accounts/{account}/workspaces/{host}", FEDERATE) },
    change("PUT /v1/accounts/{account}/workspaces/{host}", FEDERATE, WORKSPACE, 422),
    change("DELETE /v1/accounts/{account}/workspaces/{host}", FEDERATE, Body::None, 404),
    provider_for("GET /v1/accounts/{csp}/customers/{customer}/workspaces", Body::None, 200),
    provider_for("GET /v1/accounts/{csp}/customers/{customer}/workspaces/{host}", Body::None, 404),
    provider_for("PUT /v1/accounts/{csp}/customers/{customer}/workspaces/{host}", WORKSPACE, 422),
    provider_for(
        "DELETE /v1/accounts/{csp}/customers/{customer}/workspaces/{host}",
        Body::None,
        404,
    ),
    provider("GET /v1/accounts/{csp}/resources", Body::None, 200),
    provider("POST /v1/accounts/{csp}/resources", SENSELESS, 422),
    provider("GET /v1/accounts/{csp}/resources/{resourceId}", Body::None, 404),
    provider("PATCH /v1/accounts/{csp}/resources/{resourceId}", EMPTY, 404),
    provider("DELETE /v1/accounts/{csp}/resources/{resourceId}", Body::None, 404),
    provider("GET /v1/accounts/{csp}/resources/{resourceId}/customers", Body::None, 404),
    provider_for(
        "PUT /v1/accounts/{csp}/resources/{resourceId}/customers/{customer}",
        Body::None,
        404,
    ),
    provider_for(
        "DELETE /v1/accounts/{csp}/resources/{resourceId}/customers/{customer}",
        Body::None,
        404,
    ),
    provider_for(
        "PUT /v1/accounts/{csp}/customers/{customer}/resources",
        Body::Json(r#"{"resourceIds": []}"#),
        200,
    ),
    provider("GET /v1/accounts/{csp}/domains/{domainId}/sessions", Body::None, 404),
    provider("POST /v1/accounts/{csp}/domains/{domainId}/sessions/end", USER, 404),
    own("GET /v1/accounts/{account}/sessions", FEDERATE),
    change("DELETE /v1/accounts/{account}/sessions", FEDERATE, Body::None, 204),
];
