//! Which problems an operation may answer: what follows from its parameters, body and scope, beside
//! what its handler says by itself.

use std::collections::BTreeMap;

use utoipa::openapi::{
    Content, Ref, RefOr, Response,
    header::HeaderBuilder,
    path::{Operation, Parameter, ParameterIn},
    response::ResponseBuilder,
    schema::{ObjectBuilder, Type},
};

use crate::problem::{Code, MEDIA_TYPE};

/// Responses that several operations have in common, by their names.
pub(super) type Shared = BTreeMap<String, RefOr<Response>>;

/// What the gateway answers by itself, with a body of its own.
const OF_GATEWAY: [u16; 6] = [401, 403, 413, 429, 500, 503];
/// Every operation is throttled by the gateway.
const THROTTLED: &str = "429";

/// Where an operation stands.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
}

impl Place<'_> {
    /// What the vendor puts needs not be there before.
    fn makes_what_it_names(self) -> bool {
        self.is_platform() && self.method == "PUT"
    }

    fn is_platform(self) -> bool {
        self.path.starts_with("/v1/platform/")
    }

    fn acts_for_account(self) -> bool {
        self.path.starts_with("/v1/accounts/{")
    }
}

/// Adds every refusal to what the handler says; what is alike everywhere stands among `shared`.
pub(super) fn complete(place: Place<'_>, operation: &mut Operation, shared: &mut Shared) {
    let mut codes: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes_of(place, operation) {
        codes.entry(code.status().as_u16()).or_default().push(code);
    }
    let known = &mut operation.responses.responses;
    for (status, response) in known.iter_mut() {
        let status = status.parse().unwrap_or_default();
        // Whatever a handler documents of 400 and above is a problem.
        if let RefOr::T(response) = response
            && status >= 400
        {
            let more = codes.remove(&status).unwrap_or_default();
            response.description = listed(Some(&response.description), &more);
            fill(response, status);
        }
    }
    for (status, codes) in codes {
        known.insert(status.to_string(), response(status, &codes, shared));
    }
    known.entry(THROTTLED.to_owned()).or_insert_with(|| throttled(shared));
    known.entry("default".to_owned()).or_insert_with(|| any_problem(shared));
}

fn codes_of(place: Place<'_>, operation: &Operation) -> Vec<Code> {
    let empty = Vec::new();
    let parameters = operation.parameters.as_ref().unwrap_or(&empty);
    let parameters = parameters.iter().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    });
    let parameters: Vec<&Parameter> = parameters.collect();
    let has = |kind: ParameterIn| parameters.iter().any(|one| one.parameter_in == kind);
    let named = |name: &str| parameters.iter().any(|one| one.name == name);
    let secured = operation.security.as_ref().is_some_and(|security| !security.is_empty());
    let creates = named("Idempotency-Key");
    let chosen = place.is_platform() && has(ParameterIn::Path);
    let body = operation.request_body.is_some();
    let query = has(ParameterIn::Query);
    let rules: [(bool, &[Code]); 11] = [
        (secured, &[Code::Unauthenticated]),
        (secured && asks_for_scope(operation), &[Code::Forbidden]),
        (place.acts_for_account() && place.method != "GET", &[Code::AccountSuspended]),
        (has(ParameterIn::Path) && !place.makes_what_it_names(), &[Code::NotFound]),
        (body || query, &[Code::MalformedRequest]),
        (body, &[Code::PayloadTooLarge, Code::UnsupportedMediaType]),
        (body || query || chosen, &[Code::ValidationFailed]),
        (named("cursor"), &[Code::CursorInvalid]),
        (creates, &[Code::IdempotencyMismatch]),
        (named("If-Match"), &[Code::PreconditionFailed]),
        (true, &[Code::Internal, Code::Unavailable]),
    ];
    rules.into_iter().filter(|(holds, _)| *holds).flat_map(|(_, codes)| codes).copied().collect()
}

/// Whether it takes a token of the issuer's, and not what only the function knows.
fn asks_for_scope(operation: &Operation) -> bool {
    let security = serde_json::to_value(&operation.security).unwrap_or_default();
    let named =
        |name: &str| security.as_array().into_iter().flatten().any(|one| one.get(name).is_some());
    named("console") || named("platform")
}

/// The codes in words, behind those that the handler has told.
fn listed(told: Option<&str>, codes: &[Code]) -> String {
    let codes = codes.iter().map(|code| format!("`{}`", code.as_str()));
    let codes = codes.filter(|code| told.is_none_or(|told| !told.contains(code.as_str())));
    told.map(str::to_owned).into_iter().chain(codes).collect::<Vec<_>>().join(", ")
}

/// A response of its own where there are several codes, and a shared one where there is one.
fn response(status: u16, codes: &[Code], shared: &mut Shared) -> RefOr<Response> {
    let mut response = Response::new(listed(None, codes));
    fill(&mut response, status);
    match codes {
        [code] => share(shared, format!("{code:?}"), response),
        _ => response.into(),
    }
}

fn share(shared: &mut Shared, name: String, response: Response) -> RefOr<Response> {
    let reference = Ref::from_response_name(&name);
    shared.entry(name).or_insert_with(|| response.into());
    reference.into()
}

/// The bodies and headers of a refusal with this status.
fn fill(response: &mut Response, status: u16) {
    response.content.insert(MEDIA_TYPE.to_owned(), content("Problem").into());
    if OF_GATEWAY.contains(&status) {
        response.content.insert("application/json".to_owned(), content("GatewayError").into());
    }
    if status == 503 {
        let seconds = HeaderBuilder::new()
            .schema(Some(ObjectBuilder::new().schema_type(Type::Integer)))
            .description(Some("After how many seconds it is worth trying again."))
            .build();
        response.headers.insert("Retry-After".to_owned(), seconds.into());
    }
}

fn throttled(shared: &mut Shared) -> RefOr<Response> {
    let response = ResponseBuilder::new()
        .description("The gateway throttles.")
        .content("application/json", content("GatewayError"))
        .build();
    share(shared, "Throttled".to_owned(), response)
}

fn any_problem(shared: &mut Shared) -> RefOr<Response> {
    let response = ResponseBuilder::new()
        .description("Any other problem. More may come.")
        .content(MEDIA_TYPE, content("Problem"))
        .build();
    share(shared, "Problem".to_owned(), response)
}

fn content(schema: &str) -> Content {
    Content::new(Some(Ref::from_schema_name(schema)))
}
