//! Problems: how every refusal and failure is answered (RFC 9457).
//!
//! A [`Problem`] knows no language and no request: handlers return it, and the edge renders it in
//! one place, in the reader's language and with the request's id.
//!
//! Refusals that several functions meet become problems here; those of one function alone do beside
//! it.

mod causes;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use strum::{IntoStaticStr, VariantArray};
use tsunagu_domain::{
    Invalid,
    locale::{Language, LocalizedText},
    program::Program,
    share::Share,
};
use utoipa::ToSchema;

use crate::{
    input::{FieldError, InputErrors},
    texts::{self, Text},
};

/// What a problem's `type` begins with; the code follows.
pub const TYPE_PREFIX: &str = "https://tsunagu.dev/problems/";
/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";
/// After how many seconds a request is worth trying again when the database was away.
const RETRY_AFTER_SECONDS: u32 = 1;
/// The same of a directory, which is somebody else's.
const DIRECTORY_RETRY_AFTER_SECONDS: u32 = 10;

/// The stable codes of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Code {
    /// 400: not what the media type promises, or not a request that can be read.
    MalformedRequest,
    /// 400: a cursor of another list, or none of ours.
    CursorInvalid,
    /// 401: nobody is signed in.
    Unauthenticated,
    /// 401: nobody signed in at a workspace, for whatever reason (T27).
    SignInFailed,
    /// 403: the token does not open this.
    Forbidden,
    /// 403: the administrator lacks a permission.
    PermissionMissing,
    /// 403: the account is suspended.
    AccountSuspended,
    /// 403: no badge.
    PartnerBadgeRequired,
    /// 403: the badge of a program is missing.
    ProgramRequired,
    /// 403: the customer does not share this.
    NotShared,
    /// 404: there is no such thing, or it is none of the caller's business.
    NotFound,
    /// 405: the path exists, the method does not.
    MethodNotAllowed,
    /// 409: it contradicts what is there.
    Conflict,
    /// 409: an account keeps one administrator with full access.
    LastAdministrator,
    /// 409: an account cannot connect to itself.
    SelfConnection,
    /// 409: the partner has no badge, is suspended or blocks the customer.
    PartnerNotAvailable,
    /// 409: the invitation shows something else by now.
    InvitationChanged,
    /// 409: a user could be of two customers of a domain.
    MembersOverlap,
    /// 409: the host of a workspace is somebody else's, or was until lately.
    HostTaken,
    /// 409: an account has as many workspaces as it may.
    WorkspaceLimit,
    /// 412: what `If-Match` names is not what is there.
    PreconditionFailed,
    /// 413: the body is too large.
    PayloadTooLarge,
    /// 415: the body is not JSON.
    UnsupportedMediaType,
    /// 422: more than one file can hold.
    ExportTooLarge,
    /// 422: values are refused; `errors` names them all.
    ValidationFailed,
    /// 422: a service that is not in the catalogue.
    UnknownService,
    /// 422: what is said to a directory could be listened to.
    DirectoryInsecure,
    /// 422: no directory may be at this address.
    DirectoryAddressRefused,
    /// 422: the idempotency key was used with another body.
    IdempotencyMismatch,
    /// 429: too many.
    RateLimited,
    /// 500: our fault.
    Internal,
    /// 503: not now.
    Unavailable,
    /// 503: the directory that knows a workspace's users does not answer.
    DirectoryUnavailable,
}

impl Code {
    /// The code as it stands in the answer.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The status that goes with it.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::MalformedRequest | Self::CursorInvalid => StatusCode::BAD_REQUEST,
            Self::Unauthenticated | Self::SignInFailed => StatusCode::UNAUTHORIZED,
            Self::Forbidden
            | Self::PermissionMissing
            | Self::AccountSuspended
            | Self::PartnerBadgeRequired
            | Self::ProgramRequired
            | Self::NotShared => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict
            | Self::LastAdministrator
            | Self::SelfConnection
            | Self::PartnerNotAvailable
            | Self::InvitationChanged
            | Self::MembersOverlap
            | Self::HostTaken
            | Self::WorkspaceLimit => StatusCode::CONFLICT,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::ValidationFailed
            | Self::UnknownService
            | Self::DirectoryInsecure
            | Self::DirectoryAddressRefused
            | Self::IdempotencyMismatch
            | Self::ExportTooLarge => StatusCode::UNPROCESSABLE_ENTITY,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable | Self::DirectoryUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// Why a request is not answered as asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem(Box<Parts>);

/// Boxed, because results carry it through every handler.
#[derive(Clone, Debug, PartialEq)]
struct Parts {
    code: Code,
    detail: Option<Text>,
    /// A detail that names what stands in the way.
    named: Option<LocalizedText>,
    /// Line and column, where the body could not be read.
    place: Option<(usize, usize)>,
    permission: Option<String>,
    share: Option<Share>,
    program: Option<Program>,
    errors: Vec<FieldError>,
    retry_after: Option<u32>,
    allow: Option<HeaderValue>,
    cause: Option<String>,
}

impl Problem {
    /// A problem that its code tells wholly.
    pub fn new(code: Code) -> Self {
        Self(Box::new(Parts {
            code,
            detail: None,
            named: None,
            place: None,
            permission: None,
            share: None,
            program: None,
            errors: Vec::new(),
            retry_after: None,
            allow: None,
            cause: None,
        }))
    }

    /// 404: there is no such thing, or it is none of the caller's business.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound)
    }

    /// 409, with what it contradicts in words for people.
    pub fn conflict(why: Text) -> Self {
        Self::new(Code::Conflict).because(why)
    }

    /// 409, with what it contradicts by its names.
    pub fn conflict_with(why: LocalizedText) -> Self {
        let mut problem = Self::new(Code::Conflict);
        problem.0.named = Some(why);
        problem
    }

    /// 500: something unforeseen. The cause goes to the log only.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::new(Code::Internal).caused_by(cause)
    }

    /// 503: not now, but soon. The cause goes to the log only.
    pub fn unavailable(cause: impl std::fmt::Display) -> Self {
        let mut problem = Self::new(Code::Unavailable).caused_by(cause);
        problem.0.retry_after = Some(RETRY_AFTER_SECONDS);
        problem
    }

    /// 503: the directory of a workspace does not answer. The cause goes to the log only.
    pub fn directory_unavailable(cause: impl std::fmt::Display) -> Self {
        let mut problem = Self::new(Code::DirectoryUnavailable).caused_by(cause);
        problem.0.retry_after = Some(DIRECTORY_RETRY_AFTER_SECONDS);
        problem
    }

    /// 429: too many, and from when on there may be more, where that is a matter of time.
    pub fn rate_limited(why: Text, seconds: Option<u32>) -> Self {
        let mut problem = Self::new(Code::RateLimited).because(why);
        problem.0.retry_after = seconds;
        problem
    }

    /// 405, with the methods that there are.
    pub fn method_not_allowed(allow: HeaderValue) -> Self {
        let mut problem = Self::new(Code::MethodNotAllowed);
        problem.0.allow = Some(allow);
        problem
    }

    /// 422 for one value at a pointer (RFC 6901).
    pub fn invalid(pointer: &str, flaw: impl Into<crate::input::Flaw>) -> Self {
        InputErrors::one(pointer, flaw).into()
    }

    /// 422 for services that are not in the catalogue, by the pointers at which they stand.
    pub fn unknown_service(pointers: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let unknown = |pointer: &str| InputErrors::one(pointer, Invalid::UnknownValue);
        let errors = pointers.into_iter().map(|pointer| unknown(pointer.as_ref()));
        Self::new(Code::UnknownService).at_values(errors)
    }

    /// The same problem with the values at which it is.
    #[must_use]
    pub fn at_values(mut self, errors: impl IntoIterator<Item = InputErrors>) -> Self {
        self.0.errors = InputErrors::all(errors).map_or_else(Vec::new, InputErrors::into_vec);
        self
    }

    /// The same problem with a more telling `detail`.
    #[must_use]
    pub fn because(mut self, why: Text) -> Self {
        self.0.detail = Some(why);
        self
    }

    /// The same problem with the line and column of the body where it is.
    #[must_use]
    pub(crate) fn at_place(mut self, line: usize, column: usize) -> Self {
        self.0.place = Some((line, column));
        self
    }

    /// The same problem with a cause for the log.
    #[must_use]
    pub fn caused_by(mut self, cause: impl std::fmt::Display) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// Its code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Which values were refused.
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// What only the log may know.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// The answer for a reader.
    pub(crate) fn render(&self, language: Language, request_id: &str) -> Response {
        let body = self.body(language, request_id);
        // Strings, numbers and lists of them: nothing here can fail to serialise.
        let json = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (self.0.code.status(), json).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers
            .insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(texts::language(language)));
        if let Some(seconds) = self.0.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(methods) = &self.0.allow {
            headers.insert(header::ALLOW, methods.clone());
        }
        response
    }

    /// The problem in the words of a language.
    pub fn body(&self, language: Language, request_id: &str) -> ProblemBody {
        let parts = &self.0;
        let code = parts.code.as_str();
        let detail = parts.detail.unwrap_or_else(|| texts::detail(parts.code));
        let named = parts.named.as_ref().map(|named| named.in_language(language));
        let mut detail = named.unwrap_or_else(|| detail.in_language(language)).to_owned();
        if let Some((line, column)) = parts.place {
            detail.push_str(&texts::place(line, column, language));
        }
        ProblemBody {
            kind: format!("{TYPE_PREFIX}{code}"),
            title: texts::title(parts.code).in_language(language).to_owned(),
            status: parts.code.status().as_u16(),
            detail,
            code: code.to_owned(),
            request_id: request_id.to_owned(),
            permission: parts.permission.clone(),
            share: parts.share,
            program: parts.program,
            errors: parts.errors.iter().map(|error| error.body(language)).collect(),
        }
    }
}

/// A problem as it is answered.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
#[serde(rename_all = "camelCase")]
pub struct ProblemBody {
    /// Names the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "https://tsunagu.dev/problems/not-found")]
    pub kind: String,
    /// The kind in words, in the language asked for.
    pub title: String,
    /// The HTTP status.
    #[schema(example = 404)]
    pub status: u16,
    /// What happened in words, in the language asked for.
    pub detail: String,
    /// The stable code: what a program should look at.
    #[schema(example = "not-found")]
    pub code: String,
    /// The request's id, as it stands in the log.
    pub request_id: String,
    /// The permission that is missing, with `permission-missing`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub permission: Option<String>,
    /// What is not shared, with `not-shared`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub share: Option<Share>,
    /// The program whose badge is missing, with `program-required`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub program: Option<Program>,
    /// Every value that was refused, with `validation-failed` and `unknown-service`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<crate::input::FieldErrorBody>,
}

impl IntoResponse for Problem {
    /// The bare status; the edge renders the rest when it knows the reader.
    fn into_response(self) -> Response {
        let mut response = self.0.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests;
