//! JSON bodies, in and out.

mod strict;

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use deserr::Deserr;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::Value;

use crate::{
    App,
    input::{Flaw, InputErrors},
    problem::{Code, Problem},
};

/// How large a body may be, in bytes, where a route says nothing else.
pub const BODY_LIMIT: usize = 256 * 1024;
/// How large a body may be where a route takes many things at once.
pub const BULK_LIMIT: usize = 1024 * 1024;

/// A JSON body: parsed on the way in, serialised on the way out.
///
/// As an argument it stands last, so that whoever may not call the route learns nothing of what the
/// route takes. `LIMIT` is the most that it may weigh, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<T, const LIMIT: usize = BODY_LIMIT>(pub T);

impl<T, const LIMIT: usize> FromRequest<App> for Json<T, LIMIT>
where
    T: Deserr<InputErrors>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Self, Problem> {
        let document = read_document(request, LIMIT).await?;
        parse(document).map(Self)
    }
}

/// A body that was read and not yet understood.
pub(crate) async fn read_document(request: Request, limit: usize) -> Result<Value, Problem> {
    let (parts, body) = request.into_parts();
    check_media_type(&parts.headers)?;
    let bytes = collect(body, limit).await?;
    // Where it is, and not what: the text may quote the body.
    let document = strict::read(&bytes).map_err(|error| {
        Problem::new(Code::MalformedRequest).at_place(error.line(), error.column())
    })?;
    let duplicates = document.duplicates.iter();
    match InputErrors::all(duplicates.map(|at| InputErrors::one(at, Flaw::DuplicateKey))) {
        Some(errors) => Err(errors.into()),
        None => Ok(document.value),
    }
}

/// The document as what the route takes.
pub(crate) fn parse<T: Deserr<InputErrors>>(document: Value) -> Result<T, Problem> {
    deserr::deserialize::<T, _, InputErrors>(document).map_err(Problem::from)
}

async fn collect(body: Body, limit: usize) -> Result<Bytes, Problem> {
    // The body is in memory already; being too large is all that can go wrong.
    to_bytes(body, limit).await.map_err(|_| Problem::new(Code::PayloadTooLarge))
}

fn check_media_type(headers: &HeaderMap) -> Result<(), Problem> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if media_type.is_some_and(is_json) && is_plain(headers) {
        Ok(())
    } else {
        Err(Problem::new(Code::UnsupportedMediaType))
    }
}

/// JSON, and in no other encoding than its own.
fn is_json(media_type: &str) -> bool {
    let mut parts = media_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let other_charset = |parameter: &str| {
        parameter.split_once('=').is_some_and(|(name, value)| {
            let value = value.trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case("charset") && !value.eq_ignore_ascii_case("utf-8")
        })
    };
    essence.eq_ignore_ascii_case("application/json") && !parts.any(other_charset)
}

/// Neither compressed nor otherwise coded.
fn is_plain(headers: &HeaderMap) -> bool {
    headers.get_all(header::CONTENT_ENCODING).iter().all(|coding| {
        coding.to_str().is_ok_and(|coding| coding.trim().eq_ignore_ascii_case("identity"))
    })
}

impl<T: Serialize, const LIMIT: usize> IntoResponse for Json<T, LIMIT> {
    fn into_response(self) -> Response {
        respond(StatusCode::OK, &self.0)
    }
}

/// What a creating request is answered whose answer holds what is not kept: the first time, or again.
pub fn created(body: &impl Serialize, again: bool) -> Result<Response, Problem> {
    let body = serde_json::to_vec(body).map_err(Problem::internal)?;
    let mut response = respond_text(StatusCode::CREATED, body);
    if again {
        let replayed = HeaderValue::from_static("true");
        response.headers_mut().insert(crate::idempotency::REPLAYED, replayed);
    }
    Ok(response)
}

/// An answer with a JSON body.
pub(crate) fn respond(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(json) => respond_text(status, json),
        Err(error) => Problem::internal(error).into_response(),
    }
}

/// An answer whose body is JSON text already.
pub(crate) fn respond_text(status: StatusCode, json: impl Into<Body>) -> Response {
    let mut response = (status, json.into()).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests;
