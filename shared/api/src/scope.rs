//! What the edge knows of a request before a handler sees it.

use std::sync::{Arc, OnceLock};

use axum::extract::FromRequestParts;
use http::{HeaderMap, Method, header, request::Parts};
use tsunagu_domain::{ids::AccountId, locale::Language, share::Share};

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
    told: OnceLock<Told>,
}

/// Of whose account a partner is told something, and what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) customer: AccountId,
    pub(crate) share: Share,
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
        let told = OnceLock::new();
        Self(Arc::new(Known { request_id, language, method, template, path_parameters, told }))
    }

    /// Notes that the answer tells a partner something of one customer, so that the request's line
    /// says so and it is counted in the customer's audit trail. Who was admitted to a customer in the
    /// path is noted already; a list that is filtered by a customer notes it where it shows something
    /// of it. A customer that was only asked for is not to be noted: anybody could write into the
    /// trail of a stranger.
    pub fn tells_of(&self, customer: AccountId, share: Share) {
        // A request is about one customer: what was noted first stays.
        let _ = self.0.told.set(Told { customer, share });
    }

    /// What the answer tells a partner of a customer, if it is given.
    pub(crate) fn told(&self) -> Option<Told> {
        self.0.told.get().copied()
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

    /// The method as it is told to whoever operates: one that is not the standard's is any text of a
    /// caller's (T17).
    pub fn told_method(&self) -> &str {
        let known = [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::HEAD,
            Method::OPTIONS,
        ];
        if known.contains(&self.0.method) { self.0.method.as_str() } else { "_OTHER" }
    }

    /// The route's path as the gateway declares it, parameters unfilled.
    pub fn template(&self) -> &str {
        &self.0.template
    }

    /// The route as the gateway names it, such as `GET /v1/me`.
    pub fn route(&self) -> String {
        format!("{} {}", self.told_method(), self.0.template)
    }

    /// The path's parameters in the order of the path.
    pub fn path_parameters(&self) -> &[(String, String)] {
        &self.0.path_parameters
    }

    /// The acting account: the first parameter of what stands under `/v1/accounts/`.
    pub fn acting_account(&self) -> Option<AccountId> {
        let (_, value) = self.parameters_of_account()?.first()?;
        value.parse().ok()
    }

    /// The acting account's customer: the parameter of that name behind the first one, wherever it
    /// stands, as in `/v1/accounts/{partner}/domains/{domainId}/customers/{customer}`.
    pub fn customer(&self) -> Option<AccountId> {
        let (_, others) = self.parameters_of_account()?.split_first()?;
        let (_, value) = others.iter().find(|(name, _)| name == "customer")?;
        value.parse().ok()
    }

    fn parameters_of_account(&self) -> Option<&[(String, String)]> {
        let own = self.0.template.starts_with("/v1/accounts/{");
        own.then_some(self.path_parameters())
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

    const PARTNER: &str = "acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W";
    const CUSTOMER: &str = "acc_01JD3Z8Q4V9X7M2N5P6R8S0T2X";

    fn scope(template: &str, parameters: &[(&str, &str)]) -> Scope {
        let parameters =
            parameters.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        Scope::new(
            "r".into(),
            &HeaderMap::new(),
            Method::GET,
            template.into(),
            parameters.collect(),
        )
    }

    #[test]
    fn given_other_routes_then_their_parameters_are_no_acting_account() {
        let own = scope("/v1/accounts/{accountId}", &[("accountId", PARTNER)]);
        assert_eq!(own.acting_account(), PARTNER.parse().ok());
        assert_eq!(own.customer(), None);
        let foreign = scope("/v1/platform/accounts/{accountId}", &[("accountId", PARTNER)]);
        assert_eq!(foreign.acting_account(), None);
        let foreign = scope("/v1/platform/{a}/{customer}", &[("a", "b"), ("customer", CUSTOMER)]);
        assert_eq!(foreign.customer(), None);
    }

    #[test]
    fn given_a_customer_anywhere_in_the_path_then_it_is_found_by_its_name() {
        let (partner, customer) = (("partner", PARTNER), ("customer", CUSTOMER));
        let found = scope("/v1/accounts/{partner}/customers/{customer}", &[partner, customer]);
        assert_eq!(found.acting_account(), PARTNER.parse().ok());
        assert_eq!(found.customer(), CUSTOMER.parse().ok());
        let deep = "/v1/accounts/{partner}/domains/{domainId}/customers/{customer}";
        let found = scope(deep, &[partner, ("domainId", PARTNER), customer]);
        assert_eq!(found.customer(), CUSTOMER.parse().ok());
    }

    #[test]
    fn given_a_customer_that_acts_then_it_is_no_customer_of_its_own() {
        let parameters = [("customer", CUSTOMER), ("partner", PARTNER)];
        let acts = scope("/v1/accounts/{customer}/partners/{partner}", &parameters);
        assert_eq!(acts.acting_account(), CUSTOMER.parse().ok());
        assert_eq!(acts.customer(), None);
    }
}
