//! Ids in the path.

use std::{fmt::Display, str::FromStr};

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::{
    App,
    input::Flaw,
    problem::Problem,
    scope::{self, Scope},
};

/// The last parameter of the path, parsed. One that cannot be an id is 404: there is no such thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathId<T>(pub T);

impl<T: FromStr + Send> FromRequestParts<App> for PathId<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let (_, text) = last(scope::of(parts)?)?;
        text.parse().map(Self).map_err(|_| Problem::not_found())
    }
}

/// The last parameter of a path under which the caller makes something under an id of its own
/// choice: one that is not of the right form is 422.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenId<T>(pub T);

impl<T> FromRequestParts<App> for ChosenId<T>
where
    T: FromStr<Err: Into<Flaw>> + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let (name, text) = last(scope::of(parts)?)?;
        text.parse().map(Self).map_err(|flaw| Problem::invalid(&format!("/{name}"), flaw))
    }
}

fn last(scope: &Scope) -> Result<(&str, &str), Problem> {
    let parameter = scope.path_parameters().last();
    parameter
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .ok_or_else(|| Problem::internal("a route without path parameters"))
}

/// Any parameter of the path by its name, for routes with several.
#[derive(Clone, Debug)]
pub struct PathIds(Scope);

impl PathIds {
    /// A parameter; one that cannot be an id is 404.
    pub fn get<T: FromStr>(&self, name: &str) -> Result<T, Problem> {
        self.text(name)?.parse().map_err(|_| Problem::not_found())
    }

    /// A parameter that the caller chose; one that is not of the right form is 422.
    pub fn chosen<T>(&self, name: &str) -> Result<T, Problem>
    where
        T: FromStr<Err: Into<Flaw> + Display>,
    {
        self.text(name)?.parse().map_err(|flaw| Problem::invalid(&format!("/{name}"), flaw))
    }

    fn text(&self, name: &str) -> Result<&str, Problem> {
        let mut parameters = self.0.path_parameters().iter();
        let found = parameters.find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .ok_or_else(|| Problem::internal(format!("the route has no parameter {name}")))
    }
}

impl FromRequestParts<App> for PathIds {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        scope::of(parts).cloned().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};
    use rstest::rstest;
    use tsunagu_domain::{ids::AccountId, program::Program};

    use super::*;
    use crate::problem::Code;

    fn ids(org: &str, program: &str) -> PathIds {
        let template = "/v1/platform/organizations/{orgId}/programs/{program}".to_owned();
        let parameters = [("orgId", org), ("program", program)];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let (headers, method) = (HeaderMap::new(), Method::PUT);
        PathIds(Scope::new("r".into(), &headers, method, template, parameters.into()))
    }

    #[test]
    fn given_an_id_of_the_right_form_then_it_is_parsed() {
        let parsed: Program = ids("x", "CSP").get("program").expect("a program");
        assert_eq!(parsed, Program::Csp);
    }

    #[rstest]
    #[case("../platform")]
    #[case("acc_01jd3z8q4v9x7m2n5p6r8s0t1w")]
    fn given_what_cannot_be_an_id_then_it_is_not_found_or_refused_where_chosen(#[case] text: &str) {
        let ids = ids(text, "CSP");
        let found = ids.get::<AccountId>("orgId").expect_err("not an id");
        assert_eq!(found.code(), Code::NotFound);
        let chosen = ids.chosen::<AccountId>("orgId").expect_err("not an id");
        assert_eq!(chosen.code(), Code::ValidationFailed);
        assert_eq!(chosen.errors()[0].pointer, "/orgId");
    }

    #[test]
    fn given_a_name_that_the_route_lacks_then_it_is_our_fault() {
        let problem = ids("x", "y").get::<AccountId>("accountId").expect_err("no such parameter");
        assert_eq!(problem.code(), Code::Internal);
    }
}
