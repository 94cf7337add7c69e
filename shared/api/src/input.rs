//! Input from outside: parsed into domain types, all refusals told at once.
//!
//! Bodies and queries derive [`deserr::Deserr`] with [`InputErrors`]; every domain newtype knows how
//! to parse itself (`values.rs`), so that what a handler receives needs no checking.

mod bilingual;
mod fields;
mod values;

use std::{borrow::Cow, ops::ControlFlow};

use deserr::{DeserializeError, ErrorKind, IntoValue, MergeWithError, ValueKind, ValuePointerRef};
use serde::Serialize;
use tsunagu_domain::{Invalid, locale::Language};
use utoipa::ToSchema;

pub use bilingual::Bilingual;
pub use fields::{Given, Nullable, Patch};
pub use values::{Bounded, Distinct, Parsed, parsed};

use crate::texts::{self, Text};

/// More than this many errors help nobody, and would let a small body ask for a large answer.
const MAX_ERRORS: usize = 100;

/// What is wrong with one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It must be there.
    Required,
    /// There is no such field.
    UnknownField,
    /// There is no such parameter.
    UnknownParameter,
    /// It is of another JSON type.
    WrongType(Kind),
    /// The same key stands twice in one object.
    DuplicateKey,
    /// The same parameter stands twice in one query.
    RepeatedParameter,
    /// The value itself is refused.
    Invalid(Invalid),
    /// A rule of one use case.
    Rule {
        /// The stable code.
        code: &'static str,
        /// Why, in words for people.
        text: Text,
    },
}

/// The JSON type that is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of JSON Schema")]
pub enum Kind {
    String,
    Boolean,
    Integer,
    Number,
    Array,
    Object,
    Null,
}

impl Kind {
    const fn text(self) -> Text {
        match self {
            Self::String => Text::new("文字列にしてください。", "Must be a string."),
            Self::Boolean => {
                Text::new("true または false にしてください。", "Must be true or false.")
            }
            Self::Integer => Text::new("整数にしてください。", "Must be a whole number."),
            Self::Number => Text::new("数値にしてください。", "Must be a number."),
            Self::Array => Text::new("配列にしてください。", "Must be an array."),
            Self::Object => Text::new("オブジェクトにしてください。", "Must be an object."),
            Self::Null => Text::new("null にしてください。", "Must be null."),
        }
    }

    fn of(accepted: &[ValueKind]) -> Self {
        let takes = |kind| accepted.contains(&kind);
        match accepted.first() {
            _ if takes(ValueKind::Float) => Self::Number,
            Some(ValueKind::Integer | ValueKind::NegativeInteger | ValueKind::Float) => {
                Self::Integer
            }
            Some(ValueKind::Boolean) => Self::Boolean,
            Some(ValueKind::Sequence) => Self::Array,
            Some(ValueKind::Map) => Self::Object,
            Some(ValueKind::Null) => Self::Null,
            Some(ValueKind::String) | None => Self::String,
        }
    }
}

impl Flaw {
    /// The stable code, as it stands in `errors[].code`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::UnknownField | Self::UnknownParameter => "unknown-field",
            Self::WrongType(_) => "wrong-type",
            Self::DuplicateKey | Self::RepeatedParameter => "duplicate-key",
            Self::Invalid(invalid) => invalid.code(),
            Self::Rule { code, .. } => code,
        }
    }

    fn detail(self, language: Language) -> Cow<'static, str> {
        let text = match self {
            Self::Required => Text::new("必須です。", "Is required."),
            Self::UnknownField => Text::new("この項目はありません。", "There is no such field."),
            Self::UnknownParameter => {
                Text::new("このパラメーターはありません。", "There is no such parameter.")
            }
            Self::RepeatedParameter => Text::new(
                "同じパラメーターが複数あります。",
                "The same parameter stands more than once.",
            ),
            Self::WrongType(expected) => expected.text(),
            Self::DuplicateKey => {
                Text::new("同じ項目が複数あります。", "The same field stands more than once.")
            }
            Self::Invalid(invalid) => return texts::invalid(invalid, language).into(),
            Self::Rule { text, .. } => text,
        };
        text.in_language(language).into()
    }
}

impl From<Invalid> for Flaw {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<strum::ParseError> for Flaw {
    fn from(_: strum::ParseError) -> Self {
        Self::Invalid(Invalid::UnknownValue)
    }
}

/// One refused value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Where it stands: a JSON pointer (RFC 6901) into the body, or `/name` of a parameter.
    pub pointer: String,
    /// What is wrong with it.
    pub flaw: Flaw,
}

impl FieldError {
    pub(crate) fn body(&self, language: Language) -> FieldErrorBody {
        FieldErrorBody {
            pointer: self.pointer.clone(),
            code: self.flaw.code().to_owned(),
            detail: self.flaw.detail(language).into_owned(),
        }
    }
}

/// One refused value as it is answered.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FieldError)]
pub struct FieldErrorBody {
    /// Where it stands: a JSON pointer into the body, or `/name` of a parameter.
    #[schema(example = "/displayName")]
    pub pointer: String,
    /// The stable code.
    #[schema(example = "too-long")]
    pub code: String,
    /// Why, in words, in the language asked for.
    pub detail: String,
}

/// Every value of a request that was refused; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputErrors(Vec<FieldError>);

impl InputErrors {
    /// One refused value.
    pub fn one(pointer: &str, flaw: impl Into<Flaw>) -> Self {
        Self(vec![FieldError { pointer: pointer.to_owned(), flaw: flaw.into() }])
    }

    /// These and those.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        let room = MAX_ERRORS.saturating_sub(self.0.len());
        self.0.extend(other.0.into_iter().take(room));
        self
    }

    /// All of them together; `None` if there are none.
    pub fn all(errors: impl IntoIterator<Item = Self>) -> Option<Self> {
        errors.into_iter().reduce(Self::and)
    }

    /// The same errors, told of a query.
    pub(crate) fn in_query(mut self) -> Self {
        for error in &mut self.0 {
            if error.flaw == Flaw::UnknownField {
                error.flaw = Flaw::UnknownParameter;
            }
        }
        self
    }

    pub(crate) fn into_vec(self) -> Vec<FieldError> {
        self.0
    }

    pub(crate) fn at(location: ValuePointerRef<'_>, flaw: impl Into<Flaw>) -> Self {
        Self(vec![FieldError { pointer: pointer(location), flaw: flaw.into() }])
    }
}

/// Both results, or the errors of both.
pub fn both<A, B>(
    a: Result<A, InputErrors>,
    b: Result<B, InputErrors>,
) -> Result<(A, B), InputErrors> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(a), Err(b)) => Err(a.and(b)),
        (Err(errors), _) | (_, Err(errors)) => Err(errors),
    }
}

/// The JSON pointer of a location (RFC 6901).
fn pointer(location: ValuePointerRef<'_>) -> String {
    match location {
        ValuePointerRef::Origin => String::new(),
        ValuePointerRef::Key { key, prev } => format!("{}/{}", pointer(*prev), escape(key)),
        ValuePointerRef::Index { index, prev } => format!("{}/{index}", pointer(*prev)),
    }
}

/// A key as one token of a JSON pointer.
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

impl MergeWithError<Self> for InputErrors {
    fn merge(errors: Option<Self>, other: Self, _: ValuePointerRef<'_>) -> ControlFlow<Self, Self> {
        ControlFlow::Continue(match errors {
            Some(errors) => errors.and(other),
            None => other,
        })
    }
}

impl DeserializeError for InputErrors {
    fn error<V: IntoValue>(
        errors: Option<Self>,
        error: ErrorKind<'_, V>,
        location: ValuePointerRef<'_>,
    ) -> ControlFlow<Self, Self> {
        let found = match error {
            ErrorKind::MissingField { field } => Self::at(location.push_key(field), Flaw::Required),
            ErrorKind::UnknownKey { key, .. } => {
                Self::at(location.push_key(key), Flaw::UnknownField)
            }
            ErrorKind::IncorrectValueKind { accepted, .. } => {
                Self::at(location, Flaw::WrongType(Kind::of(accepted)))
            }
            ErrorKind::UnknownValue { .. } => Self::at(location, Invalid::UnknownValue),
            // Numbers beyond their type, and lists of a wrong length.
            ErrorKind::BadSequenceLen { .. } | ErrorKind::Unexpected { .. } => {
                Self::at(location, Invalid::Malformed)
            }
        };
        Self::merge(errors, found, location)
    }
}

#[cfg(test)]
mod tests;
