//! What matches no route: 404, or 405 where other methods do.
//!
//! The gateway sends all of that to one function (`$default`), which knows every route of the API
//! from its OpenAPI document.

use std::{convert::Infallible, sync::LazyLock};

use axum::{
    Extension, Router,
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, on},
};
use http::{HeaderValue, Method, Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt;

use crate::{Routes, problem::Problem, rebuild};

/// The path of a request that matched no route, decoded as the gateway gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched(String);

impl Unmatched {
    pub(crate) fn new(path: String) -> Self {
        Self(path)
    }

    /// The path with each segment encoded.
    fn encoded(&self) -> String {
        let path = self.0.strip_prefix('/').unwrap_or(&self.0);
        path.split('/').flat_map(|segment| ["/".to_owned(), rebuild::segment(segment)]).collect()
    }
}

/// Makes a router answer what matches no route of the whole API, as an OpenAPI document lists them.
/// The document is read when the first such request comes.
pub fn answer_unmatched(routes: Routes, document: &'static str) -> Routes {
    let known = std::sync::Arc::new(LazyLock::new(move || known_routes(document)));
    routes.fallback(move |unmatched: Option<Extension<Unmatched>>, method: Method| async move {
        match unmatched {
            Some(Extension(unmatched)) => explain(&known, &unmatched, &method).await,
            // The gateway knows a route that this function does not have.
            None => Problem::not_found(),
        }
    })
}

/// Every route of the document, as a router that only knows which methods a path takes.
fn known_routes(document: &str) -> Router {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    let paths = document["paths"].as_object().cloned().unwrap_or_default();
    paths.iter().fold(Router::new(), |router, (path, item)| {
        let methods = item.as_object().into_iter().flat_map(|item| item.keys());
        let filters = methods.filter_map(|method| {
            let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes()).ok()?;
            MethodFilter::try_from(method).ok()
        });
        let taken = filters.fold(MethodRouter::new(), |taken, filter| {
            taken.merge(on(filter, || async { StatusCode::NO_CONTENT }))
        });
        router.route(path, taken)
    })
}

/// Asks the known routes with a method that nobody takes: the methods that they do take are in the
/// answer.
async fn explain(known: &Router, unmatched: &Unmatched, method: &Method) -> Problem {
    let Some(allow) = allowed(known, unmatched).await else { return Problem::not_found() };
    let taken = allow.to_str().unwrap_or_default();
    // A path that another spelling of a known one decodes to is not the known one.
    if taken.split(',').any(|taken| taken == method.as_str() && *method != Method::HEAD) {
        return Problem::not_found();
    }
    Problem::method_not_allowed(without_head(taken).unwrap_or(allow))
}

async fn allowed(known: &Router, unmatched: &Unmatched) -> Option<HeaderValue> {
    let probe = Method::from_bytes(b"PROBE").ok()?;
    let request = Request::builder().method(probe).uri(unmatched.encoded());
    let request = request.body(axum::body::Body::empty()).ok()?;
    let answered: Result<Response, Infallible> = known.clone().oneshot(request).await;
    let Ok(response) = answered;
    let response = response.into_response();
    if response.status() != StatusCode::METHOD_NOT_ALLOWED {
        return None;
    }
    response.headers().get(header::ALLOW).cloned()
}

/// The gateway has no HEAD where there is GET, unlike the router.
fn without_head(methods: &str) -> Option<HeaderValue> {
    let methods: Vec<_> = methods.split(',').filter(|method| *method != "HEAD").collect();
    HeaderValue::from_str(&methods.join(", ")).ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::problem::Code;

    const DOCUMENT: &str = r#"{"paths": {
        "/v1/me": {"get": {}},
        "/v1/accounts/{accountId}": {"get": {}, "patch": {}, "parameters": []},
        "/v1/invitations/{token}/accept": {"post": {}}
    }}"#;

    async fn explained(path: &str, method: Method) -> (Code, Option<String>) {
        let unmatched = Unmatched::new(path.to_owned());
        let problem = explain(&known_routes(DOCUMENT), &unmatched, &method).await;
        let response = problem.render(tsunagu_domain::locale::Language::En, "r");
        let allow = response.headers().get(header::ALLOW);
        let allow = allow.map(|value| value.to_str().expect("text").to_owned());
        (problem.code(), allow)
    }

    #[rstest]
    #[case("/v1/me", "DELETE", "GET")]
    #[case("/v1/me", "HEAD", "GET")]
    #[case("/v1/me", "OPTIONS", "GET")]
    #[case("/v1/accounts/acc_1", "PUT", "GET, PATCH")]
    #[case("/v1/accounts/日 本#?", "PUT", "GET, PATCH")]
    #[case("/v1/invitations/t/accept", "GET", "POST")]
    #[tokio::test]
    async fn given_a_known_path_and_another_method_then_405_names_those_that_there_are(
        #[case] path: &str,
        #[case] method: &str,
        #[case] allow: &str,
    ) {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let expected = (Code::MethodNotAllowed, Some(allow.to_owned()));
        assert_eq!(explained(path, method).await, expected);
    }

    #[rstest]
    #[case("")]
    #[case("/")]
    #[case("/v1/me/")]
    #[case("/v1//me")]
    #[case("/v1/nothing")]
    #[case("/v1/accounts/acc_1")]
    #[case("/v1/accounts/../platform")]
    #[case("\\v1\\me")]
    #[tokio::test]
    async fn given_what_is_no_route_then_404(#[case] path: &str) {
        assert_eq!(explained(path, Method::GET).await, (Code::NotFound, None));
    }

    #[test]
    fn given_a_document_that_is_none_then_there_are_no_routes_and_no_panic() {
        assert!(!known_routes("not json").has_routes());
    }
}
