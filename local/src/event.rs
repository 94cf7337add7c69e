//! An HTTP request as the event that an HTTP API hands to Lambda: payload format 2.0.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request, header};
use serde::Serialize;
use serde_json::{Value, json};
use tsunagu_domain::time::Instant;

use crate::{
    authorizer::Authorized,
    routes::{Matched, decoded},
};

/// The address that a request came from, as an extension of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceIp(pub IpAddr);

/// What the gateway knows of a request besides the request itself.
pub(crate) struct Origin<'a> {
    /// The gateway's own id for it.
    pub(crate) request_id: &'a str,
    /// When it came.
    pub(crate) at: Instant,
    /// The address that the gateway answers at, never the `Host` that was sent (T18).
    pub(crate) domain: &'a str,
    /// The token's claims, where the route asks for a token.
    pub(crate) authorized: Option<&'a Authorized>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: &'static str,
    route_key: &'a str,
    raw_path: String,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cookies: Option<Vec<String>>,
    headers: BTreeMap<&'a str, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query_string_parameters: BTreeMap<String, String>,
    request_context: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    path_parameters: &'a BTreeMap<String, String>,
    is_base64_encoded: bool,
}

/// The event for a request that takes this route.
pub(crate) fn event(request: &Request<Bytes>, matched: &Matched<'_>, origin: &Origin<'_>) -> Value {
    let route_key = matched.route.key();
    let path = decoded(request.uri().path());
    let query = request.uri().query().unwrap_or_default();
    let (body, is_base64_encoded) = body(request);
    let event = Event {
        version: "2.0",
        route_key: &route_key,
        raw_query_string: query,
        cookies: cookies(request.headers()),
        headers: headers(request, origin),
        query_string_parameters: parameters(query),
        request_context: context(request, &route_key, &path, origin),
        raw_path: path,
        body,
        path_parameters: &matched.parameters,
        is_base64_encoded,
    };
    // Only maps with keys other than text can fail here, and there are none.
    serde_json::to_value(event).unwrap_or_default()
}

/// Whether every percent sign begins an escape. API Gateway refuses other paths.
pub(crate) fn is_well_formed(path: &str) -> bool {
    let bytes = path.as_bytes();
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'%').all(|(at, _)| {
        bytes.get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
    })
}

fn source_ip(request: &Request<Bytes>) -> String {
    let local = SourceIp(IpAddr::V4(Ipv4Addr::LOCALHOST));
    request.extensions().get().copied().unwrap_or(local).0.to_string()
}

/// Lower-case names, the values of one name joined by commas; cookies stand apart.
fn headers<'a>(request: &'a Request<Bytes>, origin: &Origin<'_>) -> BTreeMap<&'a str, String> {
    let sent = request.headers();
    let own = [header::COOKIE, header::CONNECTION, HeaderName::from_static("keep-alive")];
    let mut joined: BTreeMap<_, _> = sent
        .keys()
        .filter(|name| !own.contains(name))
        .map(|name| (name.as_str(), values(sent, name).join(",")))
        .collect();
    let forwarded = joined.get("x-forwarded-for").filter(|sent| !sent.is_empty());
    let chain = forwarded.map(|sent| format!("{sent}, ")).unwrap_or_default() + &source_ip(request);
    let port = origin.domain.rsplit_once(':').map_or("80", |(_, port)| port);
    joined.insert("x-forwarded-for", chain);
    joined.insert("x-forwarded-port", port.to_owned());
    joined.insert("x-forwarded-proto", "http".to_owned());
    joined
}

fn values(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.get_all(name).iter().map(text).collect()
}

fn cookies(headers: &HeaderMap) -> Option<Vec<String>> {
    let all = values(headers, &header::COOKIE);
    let cookies: Vec<_> = all
        .iter()
        .flat_map(|line| line.split(';'))
        .map(|cookie| cookie.trim().to_owned())
        .filter(|cookie| !cookie.is_empty())
        .collect();
    Some(cookies).filter(|cookies| !cookies.is_empty())
}

/// Decoded, the values of one name joined by commas.
fn parameters(query: &str) -> BTreeMap<String, String> {
    let mut parameters: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        parameters
            .entry(name.into_owned())
            .and_modify(|joined| {
                joined.push(',');
                joined.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    parameters
}

fn context(request: &Request<Bytes>, route_key: &str, path: &str, origin: &Origin<'_>) -> Value {
    let agent = request.headers().get(header::USER_AGENT);
    let agent = agent.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let mut context = json!({
        "accountId": "000000000000",
        "apiId": "local",
        "domainName": origin.domain,
        "domainPrefix": "local",
        "http": {
            "method": request.method().as_str(),
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": source_ip(request),
            "userAgent": agent.unwrap_or_default(),
        },
        "requestId": origin.request_id,
        "routeKey": route_key,
        "stage": "$default",
        "time": origin.at.format("%d/%b/%Y:%H:%M:%S +0000").to_string(),
        "timeEpoch": origin.at.timestamp_millis(),
    });
    if let Some(authorized) = origin.authorized {
        let jwt = json!({"claims": authorized.claims, "scopes": authorized.scopes});
        context["authorizer"] = json!({ "jwt": jwt });
    }
    context
}

/// Text as it is, everything else in base64. A body that claims to be text and is none travels in
/// base64 too, so that the function sees the very bytes and can refuse them.
fn body(request: &Request<Bytes>) -> (Option<String>, bool) {
    let body = request.body();
    if body.is_empty() {
        return (None, false);
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    match std::str::from_utf8(body) {
        Ok(text) if kind.is_some_and(is_text) => (Some(text.to_owned()), false),
        _ => (Some(BASE64_STANDARD.encode(body)), true),
    }
}

fn is_text(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.starts_with("text/")
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
        || matches!(
            kind.as_str(),
            "application/json" | "application/xml" | "application/javascript"
        )
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
