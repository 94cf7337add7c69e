//! CORS as an HTTP API does it: the gateway answers preflights itself and its headers replace
//! whatever the function says about origins.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use serde::Deserialize;

/// The `CorsConfiguration` of the template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct CorsRules {
    /// The origins that may call; `*` is every one.
    pub allow_origins: Vec<String>,
    /// The methods a preflight allows.
    pub allow_methods: Vec<String>,
    /// The request headers a preflight allows.
    pub allow_headers: Vec<String>,
    /// The answer's headers that scripts may read.
    pub expose_headers: Vec<String>,
    /// Whether cookies and the like may come along.
    pub allow_credentials: bool,
    /// For how many seconds a browser may keep a preflight's answer.
    pub max_age: Option<u64>,
}

impl CorsRules {
    /// Whether pages of `origin` may call.
    pub fn allows(&self, origin: &str) -> bool {
        self.allow_origins.iter().any(|allowed| allowed == "*" || allowed == origin)
    }

    /// The answer to a preflight; `None` where the request is none, or no origin is configured.
    pub(crate) fn preflight(&self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let headers = request.headers();
        let origin = headers.get(header::ORIGIN)?.to_str().ok()?;
        let asked = headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if request.method() != Method::OPTIONS || !asked || self.allow_origins.is_empty() {
            return None;
        }
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        if self.allows(origin) {
            let headers = response.headers_mut();
            self.name_origin(origin, headers);
            put(headers, header::ACCESS_CONTROL_ALLOW_METHODS, &self.allow_methods.join(","));
            put(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, &self.allow_headers.join(","));
            let max_age = self.max_age.unwrap_or_default().to_string();
            put(headers, header::ACCESS_CONTROL_MAX_AGE, &max_age);
        }
        Some(response)
    }

    /// Puts the configured headers on an answer, in place of the function's own.
    pub(crate) fn decorate(&self, origin: Option<&str>, headers: &mut HeaderMap) {
        if self.allow_origins.is_empty() {
            return;
        }
        let own: Vec<_> = headers
            .keys()
            .filter(|name| name.as_str().starts_with("access-control-"))
            .cloned()
            .collect();
        for name in own {
            headers.remove(name);
        }
        if let Some(origin) = origin.filter(|origin| self.allows(origin)) {
            self.name_origin(origin, headers);
            put(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, &self.expose_headers.join(","));
        }
    }

    fn name_origin(&self, origin: &str, headers: &mut HeaderMap) {
        let every = self.allow_origins.iter().any(|allowed| allowed == "*");
        if every && !self.allow_credentials {
            put(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
            return;
        }
        put(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        // One answer per origin: a shared cache must not mix them up.
        headers.append(header::VARY, HeaderValue::from_static("origin"));
        if self.allow_credentials {
            put(headers, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
    }
}

/// Sets a header; nothing for an empty value or one that no header can carry.
fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if value.is_empty() {
        return;
    }
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> CorsRules {
        CorsRules {
            allow_origins: vec!["https://console.example".to_owned()],
            allow_methods: vec!["GET".to_owned(), "POST".to_owned()],
            allow_headers: vec!["authorization".to_owned()],
            expose_headers: vec!["etag".to_owned()],
            allow_credentials: false,
            max_age: Some(600),
        }
    }

    fn preflight(origin: &str) -> Request<Bytes> {
        Request::options("/v1/me")
            .header("origin", origin)
            .header("access-control-request-method", "GET")
            .body(Bytes::new())
            .expect("a request")
    }

    #[test]
    fn given_an_allowed_origin_when_it_asks_first_then_the_gateway_answers() {
        let response =
            rules().preflight(&preflight("https://console.example")).expect("a preflight");
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(response.headers()["access-control-allow-origin"], "https://console.example");
        assert_eq!(response.headers()["access-control-allow-methods"], "GET,POST");
        assert_eq!(response.headers()["access-control-allow-headers"], "authorization");
        assert_eq!(response.headers()["access-control-max-age"], "600");
    }

    #[test]
    fn given_a_foreign_origin_when_it_asks_first_then_nothing_is_allowed() {
        let response = rules().preflight(&preflight("https://evil.example")).expect("a preflight");
        assert!(response.headers().is_empty());
    }

    #[test]
    fn given_no_origins_when_asked_first_then_the_request_goes_its_way() {
        assert!(CorsRules::default().preflight(&preflight("https://console.example")).is_none());
        let plain = Request::options("/v1/me").body(Bytes::new()).expect("a request");
        assert!(rules().preflight(&plain).is_none());
    }

    #[test]
    fn given_a_function_that_names_origins_when_decorated_then_the_configuration_wins() {
        let mut headers = HeaderMap::new();
        headers.insert("access-control-allow-origin", HeaderValue::from_static("*"));
        rules().decorate(Some("https://evil.example"), &mut headers);
        assert!(headers.is_empty());
        rules().decorate(Some("https://console.example"), &mut headers);
        assert_eq!(headers["access-control-allow-origin"], "https://console.example");
        assert_eq!(headers["access-control-expose-headers"], "etag");
        assert_eq!(headers["vary"], "origin");
    }
}
