//! From the gateway's event to a request whose path is what the gateway matched.
//!
//! The event's `rawPath` is decoded: `…/users/..%2F..%2Fplatform` arrives as another route's path.
//! So the path is built anew from the route that the gateway chose, and from nothing else (T1). The
//! host plays no part at all (T18).

use std::collections::HashMap;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use axum::body::Body;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, Method, Request, Uri, header};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    claims::Claims,
    problem::{Code, Problem},
    scope::Scope,
    source::SourceAddress,
    unmatched::Unmatched,
};

/// The gateway's name of the route for what matches no other.
const DEFAULT_ROUTE: &str = "$default";
/// Where a request without a route goes: no route is called this.
const NOWHERE: &str = "/%24default";
/// Everything but the unreserved characters (RFC 3986, section 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What a query may not hold as it is; what is encoded already stays.
const QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// An event taken apart: what is known of the request, and the request itself or why there is none.
#[derive(Debug)]
pub(crate) struct Rebuilt {
    pub(crate) scope: Scope,
    pub(crate) request: Result<Request<Body>, Problem>,
}

/// Builds the request. `fallback_id` names it where the gateway does not.
pub(crate) fn rebuild(event: ApiGatewayV2httpRequest, fallback_id: &str) -> Rebuilt {
    let request_id = event.request_context.request_id.clone();
    let request_id = request_id.unwrap_or_else(|| fallback_id.to_owned());
    let method = event.request_context.http.method.clone();
    let target = target(&event, &method);
    let (template, parameters) = match &target {
        Ok(target) => (target.template.clone(), target.parameters.clone()),
        Err(_) => (DEFAULT_ROUTE.to_owned(), Vec::new()),
    };
    let scope = Scope::new(request_id, &event.headers, method, template, parameters);
    let request = target.and_then(|target| request(event, &target, &scope));
    Rebuilt { scope, request }
}

/// Where a request goes.
#[derive(Debug)]
struct Target {
    template: String,
    path: String,
    parameters: Vec<(String, String)>,
}

fn target(event: &ApiGatewayV2httpRequest, method: &Method) -> Result<Target, Problem> {
    let route = event.request_context.route_key.as_deref().or(event.route_key.as_deref());
    let route = route.unwrap_or(DEFAULT_ROUTE);
    if route == DEFAULT_ROUTE {
        return Ok(Target {
            template: DEFAULT_ROUTE.to_owned(),
            path: NOWHERE.to_owned(),
            parameters: Vec::new(),
        });
    }
    route
        .split_once(' ')
        .filter(|(declared, _)| *declared == method.as_str())
        .and_then(|(_, template)| fill(template, &event.path_parameters))
        .ok_or_else(Problem::not_found)
}

/// Fills a template's parameters. `None` for a value that could leave its segment, and where
/// parameters are missing or left over.
fn fill(template: &str, values: &HashMap<String, String>) -> Option<Target> {
    let mut path = String::new();
    let mut parameters = Vec::new();
    for segment in template.strip_prefix('/')?.split('/') {
        path.push('/');
        let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let Some(name) = name else {
            path.push_str(segment);
            continue;
        };
        let value = values.get(name).filter(|value| stays_in_its_segment(value))?;
        path.extend(utf8_percent_encode(value, SEGMENT));
        parameters.push((name.to_owned(), value.clone()));
    }
    let template = template.to_owned();
    (parameters.len() == values.len()).then_some(Target { template, path, parameters })
}

fn stays_in_its_segment(value: &str) -> bool {
    !matches!(value, "" | "." | "..")
}

fn request(
    event: ApiGatewayV2httpRequest,
    target: &Target,
    scope: &Scope,
) -> Result<Request<Body>, Problem> {
    let body = body(event.body, event.is_base64_encoded)?;
    let mut request = Request::new(body);
    *request.uri_mut() = uri(&target.path, event.raw_query_string.as_deref())?;
    *request.method_mut() = scope.method().clone();
    *request.headers_mut() = without_host(event.headers);
    let extensions = request.extensions_mut();
    extensions.insert(scope.clone());
    extensions.insert(SourceAddress::of(event.request_context.http.source_ip.as_deref()));
    if let Some(jwt) = event.request_context.authorizer.and_then(|authorizer| authorizer.jwt) {
        extensions.insert(Claims::new(jwt.claims));
    }
    if target.template == DEFAULT_ROUTE {
        extensions.insert(Unmatched::new(event.raw_path.unwrap_or_default()));
    }
    Ok(request)
}

fn uri(path: &str, query: Option<&str>) -> Result<Uri, Problem> {
    let query = query.filter(|query| !query.is_empty());
    let uri = match query {
        Some(query) => format!("{path}?{}", utf8_percent_encode(query, QUERY)),
        None => path.to_owned(),
    };
    uri.parse().map_err(|_| Problem::new(Code::MalformedRequest))
}

fn without_host(mut headers: HeaderMap) -> HeaderMap {
    headers.remove(header::HOST);
    headers
}

fn body(text: Option<String>, is_base64: bool) -> Result<Body, Problem> {
    let text = text.unwrap_or_default();
    if !is_base64 {
        return Ok(Body::from(text));
    }
    STANDARD.decode(text).map(Body::from).map_err(|_| Problem::new(Code::MalformedRequest))
}

/// A value as one segment of a path.
pub(crate) fn segment(value: &str) -> String {
    utf8_percent_encode(value, SEGMENT).to_string()
}

#[cfg(test)]
mod tests;
