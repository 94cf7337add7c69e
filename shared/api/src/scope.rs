//! What the edge knows of a request before a handler sees it.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::{HeaderMap, Method, header, request::Parts};
use tsunagu_domain::{ids::AccountId, locale::Language};

use crate::{App, problem::Problem};

/// What the edge knows of a request. It travels in the request's extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope(Arc<Known>);

#[derive(Debug, PartialEq, Eq)]
struct Known {
    request_id: String,
    language: Language,
    method: Method,
    template: String,
    path_parameters: Vec<(String, String)>,
}

impl Scope {
    pub(crate) fn new(
        request_id: String,
        headers: &HeaderMap,
        method: Method,
        template: String,
        path_parameters: Vec<(String, String)>,
    ) -> Self {
        let language = language(headers);
        Self(Arc::new(Known { request_id, language, method, template, path_parameters }))
    }

    /// The gateway's id of the request.
    pub fn request_id(&self) -> &str {
        &self.0.request_id
    }

    /// The language asked for.
    pub fn language(&self) -> Language {
        self.0.language
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.0.method
    }

    /// The route's path as the gateway declares it, parameters unfilled.
    pub fn template(&self) -> &str {
        &self.0.template
    }

    /// The route as the gateway names it, such as `GET /v1/me`.
    pub fn route(&self) -> String {
        format!("{} {}", self.0.method, self.0.template)
    }

    /// The path's parameters in the order of the path.
    pub fn path_parameters(&self) -> &[(String, String)] {
        &self.0.path_parameters
    }

    /// The acting account: the first parameter of what stands under `/v1/accounts/`.
    pub fn acting_account(&self) -> Option<AccountId> {
        self.account_in_path(0)
    }

    /// The other side of a connection: the second parameter of what stands under `/v1/accounts/`.
    pub fn other_account(&self) -> Option<AccountId> {
        self.account_in_path(1)
    }

    fn account_in_path(&self, index: usize) -> Option<AccountId> {
        let own = self.0.template.starts_with("/v1/accounts/{");
        let (_, value) = self.0.path_parameters.get(index).filter(|_| own)?;
        value.parse().ok()
    }
}

/// The first of our languages among those asked for, by the reader's weights; a region
/// (`ja-JP`) counts as its language.
fn language(headers: &HeaderMap) -> Language {
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    accept_language::parse_with_quality(asked.unwrap_or_default())
        .into_iter()
        .filter(|(_, quality)| *quality > 0.0)
        .find_map(|(tag, _)| {
            let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
            primary.parse().ok()
        })
        .unwrap_or_default()
}

impl FromRequestParts<App> for Scope {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        of(parts).cloned()
    }
}

/// The scope of a request that came through the edge.
pub(crate) fn of(parts: &Parts) -> Result<&Scope, Problem> {
    parts.extensions.get().ok_or_else(|| Problem::internal("a request without a scope"))
}

/// The language of texts for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reader(pub Language);

impl FromRequestParts<App> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        of(parts).map(|scope| Self(scope.language()))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("", Language::En)]
    #[case("ja", Language::Ja)]
    #[case("ja-JP,ja;q=0.9,en;q=0.8", Language::Ja)]
    #[case("JA", Language::Ja)]
    #[case("en-US, ja;q=0.9", Language::En)]
    #[case("fr, ja;q=0.3, en;q=0.2", Language::Ja)]
    #[case("fr", Language::En)]
    #[case("ja;q=0", Language::En)]
    #[case("*", Language::En)]
    #[case(";;q==,,", Language::En)]
    fn given_accept_language_then_the_best_of_ours_is_chosen(
        #[case] asked: &str,
        #[case] expected: Language,
    ) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_str(asked).expect("a value"));
        assert_eq!(language(&headers), expected);
    }

    #[test]
    fn given_bytes_that_are_no_text_then_the_default_is_spoken() {
        let mut headers = HeaderMap::new();
        let bytes = HeaderValue::from_bytes(b"ja\xff").expect("a value");
        headers.insert(header::ACCEPT_LANGUAGE, bytes);
        assert_eq!(language(&headers), Language::En);
    }

    #[test]
    fn given_other_routes_then_their_parameters_are_no_acting_account() {
        let account = "acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W";
        let scope = |template: &str| {
            let parameters = vec![("accountId".to_owned(), account.to_owned())];
            let headers = HeaderMap::new();
            Scope::new("r".into(), &headers, Method::GET, template.into(), parameters)
        };
        let own = scope("/v1/accounts/{accountId}");
        assert_eq!(own.acting_account(), account.parse().ok());
        assert_eq!(own.other_account(), None);
        assert_eq!(scope("/v1/platform/accounts/{accountId}").acting_account(), None);
    }
}
