//! Lists in pages.

mod rows;

use axum::extract::FromRequestParts;
use deserr::Deserr;
use http::request::Parts;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use tsunagu_domain::Invalid;
use utoipa::{IntoParams, ToSchema};

pub use rows::{Asked, Gathered, Read, Rows, at_once};

use crate::{
    App, cursor,
    input::{Flaw, InputErrors, Kind, both},
    problem::Problem,
    query,
    scope::{self, Scope},
};

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 100;

/// What a list takes beside its filters; for its documentation.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its description is used")]
pub struct PageParams {
    /// How many items at most.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u8>,
    /// `nextCursor` of the page before; everything else in the query must be the same.
    cursor: Option<String>,
}

/// The filters of a list that has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserr)]
#[deserr(error = InputErrors, deny_unknown_fields)]
pub struct Unfiltered {}

/// Which page of a list is asked for. `F` is the list's own part of the query.
#[derive(Clone, Debug)]
pub struct Page<F = Unfiltered> {
    /// The list's own part of the query.
    pub filter: F,
    /// How many items at most.
    pub limit: usize,
    cursor: Option<String>,
    list: Vec<u8>,
}

impl<F> FromRequestParts<App> for Page<F>
where
    F: Deserr<InputErrors>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let scope = scope::of(parts)?.clone();
        let (mut parameters, repeated) = query::parameters(parts)?;
        let limit = limit(parameters.remove("limit"));
        let cursor = match parameters.remove("cursor") {
            Some(Value::String(cursor)) => Some(cursor),
            _ => None,
        };
        let list = list(&scope, &parameters);
        let ((filter, limit), ()) = both(both(query::parse(parameters), limit), repeated)?;
        Ok(Self { filter, limit, cursor, list })
    }
}

/// Everything that a list depends on, so that a cursor fits no other: the route, the accounts in
/// its path, the filters.
fn list(scope: &Scope, filters: &Map<String, Value>) -> Vec<u8> {
    json!([scope.route(), scope.path_parameters(), filters]).to_string().into_bytes()
}

fn limit(asked: Option<Value>) -> Result<usize, InputErrors> {
    let Some(asked) = asked else { return Ok(DEFAULT_LIMIT) };
    let text = asked.as_str().filter(|text| !text.starts_with('+'));
    let number: Option<i64> = text.and_then(|text| text.parse().ok());
    let Some(number) = number else {
        return Err(InputErrors::one("/limit", Flaw::WrongType(Kind::Integer)));
    };
    usize::try_from(number)
        .ok()
        .filter(|limit| (1..=MAX_LIMIT).contains(limit))
        .ok_or_else(|| InputErrors::one("/limit", Invalid::OutOfRange { min: 1, max: 100 }))
}

impl<F> Page<F> {
    /// Whether this is the first page.
    pub const fn is_first(&self) -> bool {
        self.cursor.is_none()
    }

    /// Behind which position the page begins; `None` for the first.
    pub async fn position<P: DeserializeOwned>(&self, app: &App) -> Result<Option<P>, Problem> {
        match &self.cursor {
            Some(cursor) => cursor::open(&app.keys().await?.cursor, &self.list, cursor).map(Some),
            None => Ok(None),
        }
    }

    /// The page as it is answered; `next` is the position of its last item, where more may follow.
    pub async fn answer<T, P: Serialize>(
        &self,
        app: &App,
        items: Vec<T>,
        next: Option<P>,
    ) -> Result<PageBody<T>, Problem> {
        let next_cursor = match next {
            Some(position) => Some(cursor::seal(&app.keys().await?.cursor, &self.list, &position)?),
            None => None,
        };
        Ok(PageBody { items, next_cursor })
    }
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageBody<T> {
    /// The items.
    pub items: Vec<T>,
    /// Asks for the next page; `null` on the last.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

#[cfg(test)]
mod tests;
