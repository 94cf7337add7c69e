//! `Idempotency-Key`: asking again creates nothing twice.
//!
//! A creating handler takes [`Once`] instead of [`Json`](crate::Json). It first asks what was
//! answered under the key, then creates, and hands the answer to the store, which records it in the
//! same transaction as its effect. Keys are the caller's own per route (T11), and permission is
//! checked before any of this, because `Once` is the handler's last argument.

use std::{fmt::Debug, sync::Arc};

use axum::{
    extract::{FromRequest, Request},
    response::Response,
};
use chrono::TimeDelta;
use deserr::Deserr;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use tsunagu_domain::{Invalid, ids::AccountId};
use tsunagu_store::{AnswerKey, RecordedAnswer, WriteError};

use crate::{
    App,
    claims::Identified,
    digest,
    input::{Flaw, InputErrors},
    json::{self, BODY_LIMIT},
    problem::{Code, Problem},
    scope::{self, Scope},
    texts::Text,
};

/// The request header that names the key.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The response header that marks an answer given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// How long an answer is kept.
const KEPT_FOR: TimeDelta = TimeDelta::hours(24);
/// The longest key.
const MAX_KEY: usize = 255;

/// The body of a creating request and the key under which it is made once.
#[derive(Debug)]
pub struct Once<T, const LIMIT: usize = BODY_LIMIT> {
    body: T,
    key: Option<String>,
    scope: Scope,
    sent: Value,
}

/// What is to be done with a creating request.
#[derive(Debug)]
pub enum Begun<T> {
    /// Nothing: it was answered before.
    Replayed(Response),
    /// Create, and answer through [`Pending`].
    New(T, Pending),
}

/// A creating request that is not answered yet.
#[derive(Clone, Debug)]
pub struct Pending(Option<Arc<Claim>>);

/// The key as the table knows it, and what was sent under it.
#[derive(Debug)]
struct Claim {
    key: AnswerKey,
    body_digest: String,
}

/// An answer that is ready to be given once it is recorded.
#[derive(Debug)]
pub struct Answer {
    pending: Pending,
    status: StatusCode,
    body: String,
    record: Option<RecordedAnswer>,
}

impl<T, const LIMIT: usize> Once<T, LIMIT> {
    /// The body. Where the handler needs it to find out whether the caller may do this at all.
    pub const fn body(&self) -> &T {
        &self.body
    }

    /// The same, with a secret at a pointer that is told from none and from no other: what is kept of
    /// the body tells nothing of it, not even to whoever holds the key of the digest.
    #[must_use]
    pub fn without(mut self, secret: &str) -> Self {
        if let Some(secret) = self.sent.pointer_mut(secret).filter(|secret| !secret.is_null()) {
            *secret = Value::Bool(true);
        }
        self
    }

    /// Asks what was answered under the key. Another body under the same key is 422.
    pub async fn begin(self, app: &App, by: &impl Identified) -> Result<Begun<T>, Problem> {
        let (body, pending) = self.claim(app, by).await?;
        match pending.before(app).await? {
            Some(answer) => Ok(Begun::Replayed(answer.again()?)),
            None => Ok(Begun::New(body, pending)),
        }
    }

    /// The body, and the request under its key, of which nothing was asked yet: for a handler that
    /// answers once more by itself, as its answer holds what is not given twice ([`Pending::before`]).
    pub async fn claim(self, app: &App, by: &impl Identified) -> Result<(T, Pending), Problem> {
        let Some(key) = &self.key else { return Ok((self.body, Pending(None))) };
        let secret = &app.keys().await?.idempotency;
        let account: Option<AccountId> = self.scope.acting_account();
        let claim = Claim {
            key: AnswerKey {
                caller: by.digest().to_owned(),
                route: self.scope.route(),
                account,
                key_digest: digest::of_bytes(secret, key.as_bytes()),
            },
            // What the path names is part of what is asked.
            body_digest: digest::of_json(secret, &json!([self.scope.path_parameters(), self.sent])),
        };
        Ok((self.body, Pending(Some(Arc::new(claim)))))
    }
}

/// What was answered before to the same request.
#[derive(Debug)]
pub struct Before(RecordedAnswer);

impl Before {
    /// The recorded body.
    pub fn body(&self) -> &str {
        &self.0.body
    }

    /// The answer as it was recorded.
    fn again(self) -> Result<Response, Problem> {
        let status = StatusCode::from_u16(self.0.status).map_err(Problem::internal)?;
        let mut response = json::respond_text(status, self.0.body);
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        Ok(response)
    }
}

impl Claim {
    async fn before(&self, app: &App) -> Result<Option<Before>, Problem> {
        let answer = app.store.find_answer(&self.key, app.now()).await?;
        answer.map(|answer| self.same(answer)).transpose()
    }

    /// The answer, if it was given to the same request.
    fn same(&self, answer: RecordedAnswer) -> Result<Before, Problem> {
        let same = answer.body_digest.as_bytes().ct_eq(self.body_digest.as_bytes());
        if bool::from(same) {
            Ok(Before(answer))
        } else {
            Err(Problem::new(Code::IdempotencyMismatch))
        }
    }
}

impl Pending {
    /// What was answered under the key before; nothing without a key. Another body under the same key
    /// is 422.
    pub async fn before(&self, app: &App) -> Result<Option<Before>, Problem> {
        match &self.0 {
            Some(claim) => claim.before(app).await,
            None => Ok(None),
        }
    }

    /// The answer that will be given if the store does it.
    pub fn answer(
        &self,
        app: &App,
        status: StatusCode,
        body: &impl Serialize,
    ) -> Result<Answer, Problem> {
        let body = serde_json::to_string(body).map_err(Problem::internal)?;
        let now = app.now();
        let record = self.0.as_ref().map(|claim| RecordedAnswer {
            key: claim.key.clone(),
            body_digest: claim.body_digest.clone(),
            status: status.as_u16(),
            body: body.clone(),
            recorded_at: now,
            expires_at: now + KEPT_FOR,
        });
        Ok(Answer { pending: self.clone(), status, body, record })
    }
}

impl Pending {
    /// The same of an answer that holds a secret at a pointer: it is given this once, and recorded as
    /// `null`.
    pub fn answer_without(
        &self,
        app: &App,
        status: StatusCode,
        body: &impl Serialize,
        secret: &str,
    ) -> Result<Answer, Problem> {
        let mut answer = self.answer(app, status, body)?;
        if let Some(record) = &mut answer.record {
            let mut kept: Value = serde_json::from_str(&record.body).map_err(Problem::internal)?;
            let secret = kept.pointer_mut(secret);
            *secret.ok_or_else(|| Problem::internal("an answer without its secret"))? = Value::Null;
            record.body = kept.to_string();
        }
        Ok(answer)
    }

    /// The answer, by what the store said, where it depends on that. Where another request used the
    /// same key meanwhile, its answer is the answer.
    pub async fn finish<T, R>(
        &self,
        app: &App,
        written: Result<T, WriteError<R>>,
        answer: impl FnOnce(&T) -> Result<Answer, Problem>,
    ) -> Result<Response, Problem>
    where
        R: Debug + Into<Problem>,
    {
        match (written, &self.0) {
            (Ok(done), _) => answer(&done).map(Answer::give),
            (Err(WriteError::KeyTaken), Some(claim)) => {
                claim.before(app).await?.ok_or_else(was_taken)?.again()
            }
            (Err(error), _) => Err(error.into()),
        }
    }
}

/// Whoever took the key is gone again: nothing is known, so the request is to be asked anew.
pub fn was_taken() -> Problem {
    Problem::unavailable("the idempotency key was taken and is free")
}

impl Answer {
    fn give(self) -> Response {
        json::respond_text(self.status, self.body)
    }

    /// What the store writes in the same transaction as the effect; nothing without a key.
    pub fn record(&self) -> Option<RecordedAnswer> {
        self.record.clone()
    }

    /// The answer, by what the store said. Where another request used the same key meanwhile, its
    /// answer is the answer.
    pub async fn finish<T, R>(
        self,
        app: &App,
        written: Result<T, WriteError<R>>,
    ) -> Result<Response, Problem>
    where
        R: Debug + Into<Problem>,
    {
        let pending = self.pending.clone();
        pending.finish(app, written, |_| Ok(self)).await
    }
}

impl<T, const LIMIT: usize> FromRequest<App> for Once<T, LIMIT>
where
    T: Deserr<InputErrors>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let scope = scope::of(&parts)?.clone();
        let key = key_of(&parts.headers)?;
        let sent = json::read_document(Request::from_parts(parts, body), LIMIT).await?;
        let body = json::parse(sent.clone())?;
        Ok(Self { body, key, scope, sent })
    }
}

/// API Gateway joins headers of one name by commas: a key with one may be two.
const NOT_ONE: Flaw = Flaw::Rule {
    code: "not-one",
    text: Text::new(
        "キーは一つだけ指定してください。コンマは使用できません。",
        "Give one key; a comma would separate several.",
    ),
};

/// The key that the caller chose: 1 to 255 visible ASCII characters, no comma among them.
fn key_of(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let refuse = |flaw: Flaw| Problem::invalid("/Idempotency-Key", flaw);
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().map_err(|_| refuse(Invalid::ForbiddenCharacter.into()))?;
    if values.next().is_some() || key.contains(',') {
        return Err(refuse(NOT_ONE));
    }
    match key.len() {
        0 => Err(refuse(Invalid::Empty.into())),
        1..=MAX_KEY if key.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(Some(key.to_owned())),
        1..=MAX_KEY => Err(refuse(Invalid::ForbiddenCharacter.into())),
        _ => Err(refuse(Invalid::TooLong { max: MAX_KEY }.into())),
    }
}

#[cfg(test)]
mod tests;
