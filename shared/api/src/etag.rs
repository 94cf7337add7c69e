//! `ETag` and `If-Match` (RFC 9110, sections 8.8.3 and 13.1.1).
//!
//! A tag is a keyed hash of what is shown, so that it neither shows nor proves what is not (T13).
//!
//! Comparing it is one half: between that and the change something else may happen. So a handler
//! asks [`IfMatch::seen`] and conditions its change on the version that the caller saw.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use serde::Serialize;
use serde_json::Value;
use tsunagu_store::Stated;

use crate::{
    App, digest, json,
    problem::{Code, Problem},
};

/// A single resource as it is shown.
pub trait Shown: Serialize {
    /// What follows from other resources and changes by itself, as JSON pointers to fields: it is no
    /// part of the tag, as else a change could never be made on what was read.
    const DERIVED: &'static [&'static str] = &[];
}

/// An answer with its `ETag`. Made by [`App::tagged`].
#[derive(Clone, Debug)]
pub struct Tagged<T> {
    body: T,
    tag: HeaderValue,
}

impl App {
    /// The resource with its tag.
    pub async fn tagged<T: Shown>(&self, body: T) -> Result<Tagged<T>, Problem> {
        let tag = HeaderValue::from_str(&self.tag(&body).await?).map_err(Problem::internal)?;
        Ok(Tagged { body, tag })
    }

    /// The answer to a PUT: 201 where it made something.
    pub async fn stated<T: Shown>(&self, stated: Stated<T>) -> Result<Response, Problem> {
        let status = status_of_put(&stated);
        Ok((status, self.tagged(stated.value).await?).into_response())
    }

    async fn tag<T: Shown>(&self, body: &T) -> Result<String, Problem> {
        let mut stable = serde_json::to_value(body).map_err(Problem::internal)?;
        for pointer in T::DERIVED {
            let (parent, field) = pointer.rsplit_once('/').unwrap_or(("", pointer));
            if let Some(Value::Object(fields)) = stable.pointer_mut(parent) {
                fields.remove(field);
            }
        }
        Ok(format!("\"{}\"", digest::of_json(&self.keys().await?.etag, &stable)))
    }
}

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let mut response = json::respond(StatusCode::OK, &self.body);
        response.headers_mut().insert(header::ETAG, self.tag);
        response
    }
}

/// The status of what a PUT put: 201 where it made something.
pub(crate) const fn status_of_put<T>(stated: &Stated<T>) -> StatusCode {
    if stated.is_new { StatusCode::CREATED } else { StatusCode::OK }
}

/// What the caller believes to be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IfMatch(Option<String>);

impl IfMatch {
    /// Whether the caller named anything: where not, there is no need to read what is there.
    pub const fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// Refuses unless what is there is what the caller believes, and gives the version on which the
    /// change is to be conditioned: that of what is there where the caller named a tag, none where
    /// it did not and takes whatever there is by then.
    pub async fn seen<T: Shown, V>(
        &self,
        app: &App,
        present: &T,
        version: V,
    ) -> Result<Option<V>, Problem> {
        self.check(app, present).await?;
        Ok(self.is_given().then_some(version))
    }

    /// The same for what a PUT may make: where there is nothing, nothing matches.
    pub async fn seen_if_any<T: Shown, V>(
        &self,
        app: &App,
        present: Option<&T>,
        version: V,
    ) -> Result<Option<V>, Problem> {
        match present {
            Some(present) => self.seen(app, present, version).await,
            None if self.is_given() => Err(Problem::new(Code::PreconditionFailed)),
            None => Ok(None),
        }
    }

    /// Refuses unless what is there is what the caller believes. Weak tags never match.
    pub async fn check<T: Shown>(&self, app: &App, present: &T) -> Result<(), Problem> {
        let Some(named) = &self.0 else { return Ok(()) };
        if named.trim() == "*" {
            return Ok(());
        }
        let present = app.tag(present).await?;
        // Our tags hold no comma, so a list of tags may be split at every one.
        if named.split(',').any(|tag| tag.trim() == present) {
            Ok(())
        } else {
            Err(Problem::new(Code::PreconditionFailed))
        }
    }

    fn of(headers: &HeaderMap) -> Self {
        let values: Vec<_> = headers
            .get_all(header::IF_MATCH)
            .iter()
            // Bytes that are no text are no tag of ours, and must still be compared.
            .map(|value| value.to_str().unwrap_or("unreadable"))
            .collect();
        Self((!values.is_empty()).then(|| values.join(",")))
    }
}

impl FromRequestParts<App> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        Ok(Self::of(&parts.headers))
    }
}

#[cfg(test)]
mod tests;
