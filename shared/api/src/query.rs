//! Query parameters, parsed as bodies are: everything refused is told at once.

use axum::extract::FromRequestParts;
use deserr::Deserr;
use http::request::Parts;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::{
    App,
    csv::FormatRead,
    input::{Flaw, InputErrors, both, escape},
    problem::{Code, Problem},
    texts::Text,
};

const NO_TEXT: Text = Text::new(
    "クエリはパーセントエンコードした UTF-8 である必要があります。",
    "The query must be UTF-8, percent-encoded.",
);

/// The query, parsed. Values are texts; numbers and booleans are taken as
/// [`Parsed`](crate::input::Parsed).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query<T>(pub T);

impl<T> FromRequestParts<App> for Query<T>
where
    T: Deserr<InputErrors>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let (parameters, repeated) = parameters(parts)?;
        let (query, ()) = both(parse(parameters), repeated)?;
        Ok(Self(query))
    }
}

/// The parameters that a route itself may look at, and what stands there twice.
pub(crate) type Parameters = (Map<String, Value>, Result<(), InputErrors>);

/// Reads the query, without what [`Format`](crate::csv::Format) has looked at already.
pub(crate) fn parameters(parts: &Parts) -> Result<Parameters, Problem> {
    let query = parts.uri.query().unwrap_or_default();
    if percent_decode_str(query).decode_utf8().is_err() {
        return Err(Problem::new(Code::MalformedRequest).because(NO_TEXT));
    }
    let mut found = Map::new();
    let mut repeated = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if found.insert(name.to_string(), Value::from(value.as_ref())).is_some() {
            let pointer = format!("/{}", escape(&name));
            repeated.push(InputErrors::one(&pointer, Flaw::RepeatedParameter));
        }
    }
    if parts.extensions.get::<FormatRead>().is_some() {
        found.remove("format");
    }
    Ok((found, InputErrors::all(repeated).map_or(Ok(()), Err)))
}

pub(crate) fn parse<T: Deserr<InputErrors>>(
    parameters: Map<String, Value>,
) -> Result<T, InputErrors> {
    deserr::deserialize(Value::Object(parameters)).map_err(InputErrors::in_query)
}

#[cfg(test)]
mod tests {
    use http::Request;
    use rstest::rstest;

    use super::*;
    use crate::input::{FieldError, Kind, Parsed};

    #[derive(Debug, PartialEq, Deserr)]
    #[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
    struct Asked {
        search: Option<String>,
        #[deserr(default)]
        has_trials: Option<Parsed<bool>>,
        #[deserr(default)]
        min_utilization: Option<Parsed<f64>>,
    }

    fn ask(query: &str) -> Result<Asked, Problem> {
        let uri = format!("/v1/x?{query}");
        let (parts, ()) = Request::get(uri).body(()).expect("a request").into_parts();
        let (parameters, repeated) = parameters(&parts)?;
        Ok(both(parse(parameters), repeated)?.0)
    }

    #[test]
    fn given_encoded_values_when_read_then_they_are_decoded_and_typed() {
        let asked = ask("search=%E3%81%BF+a%2Bb&hasTrials=true&minUtilization=0.9");
        let expected = Asked {
            search: Some("み a+b".to_owned()),
            has_trials: Some(Parsed(true)),
            min_utilization: Some(Parsed(0.9)),
        };
        assert_eq!(asked, Ok(expected));
    }

    #[test]
    fn given_several_mistakes_when_read_then_all_are_told_at_once() {
        let problem = ask("search=a&search=b&hasTrials=yes&minUtilization=NaN&x%2Fy=1")
            .expect_err("four mistakes");
        let mut errors = problem.errors().to_vec();
        errors.sort_by(|a, b| a.pointer.cmp(&b.pointer));
        let error = |pointer: &str, flaw| FieldError { pointer: pointer.to_owned(), flaw };
        let expected = [
            error("/hasTrials", Flaw::WrongType(Kind::Boolean)),
            error("/minUtilization", Flaw::WrongType(Kind::Number)),
            error("/search", Flaw::RepeatedParameter),
            error("/x~1y", Flaw::UnknownParameter),
        ];
        assert_eq!(errors, expected);
        let told = problem.body(tsunagu_domain::locale::Language::En, "r").errors;
        assert!(told.iter().all(|error| !error.detail.contains("field")), "{told:?}");
        let codes: Vec<_> = errors.iter().map(|error| error.flaw.code()).collect();
        assert_eq!(codes, ["wrong-type", "wrong-type", "duplicate-key", "unknown-field"]);
    }

    #[rstest]
    #[case("search=%FF")]
    #[case("%C3%28=1")]
    fn given_bytes_that_are_no_text_when_read_then_the_request_is_malformed(#[case] query: &str) {
        let problem = ask(query).expect_err("no text");
        assert_eq!(problem.code(), Code::MalformedRequest);
        let told = problem.body(tsunagu_domain::locale::Language::En, "r");
        assert!(told.detail.contains("query"), "{}", told.detail);
    }
}
