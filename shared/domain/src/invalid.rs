//! Why a value from outside was refused.

use thiserror::Error;

/// Why a value from outside was refused. The edge turns it into a validation error with a stable
/// code ([`Invalid::code`]) and a text in the reader's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Invalid {
    /// Nothing is left after trimming.
    #[error("is empty")]
    Empty,
    /// More characters (Unicode scalar values) than allowed.
    #[error("is longer than {max} characters")]
    TooLong {
        /// The most that is allowed.
        max: usize,
    },
    /// More elements than allowed.
    #[error("has more than {max} elements")]
    TooMany {
        /// The most that is allowed.
        max: usize,
    },
    /// A number outside its range.
    #[error("is not between {min} and {max}")]
    OutOfRange {
        /// The least that is allowed.
        min: i64,
        /// The most that is allowed.
        max: i64,
    },
    /// A control, format, private-use or unassigned character, or one that looks like nothing.
    #[error("has a character that is not allowed")]
    ForbiddenCharacter,
    /// Not of the form that this value has.
    #[error("is not of the expected form")]
    Malformed,
    /// Not a day of the calendar, written as such.
    #[error("is not a day")]
    NotADay,
    /// Not a month, written as such.
    #[error("is not a month")]
    NotAMonth,
    /// Not an instant with its offset, written as such.
    #[error("is not an instant")]
    NotAnInstant,
    /// Of the right form, and not one of the values that exist.
    #[error("is not one of the known values")]
    UnknownValue,
    /// The same element twice where each may stand once.
    #[error("holds the same element twice")]
    Duplicate,
}

impl Invalid {
    /// The stable code of this refusal, as it stands in `errors[].code` of a problem.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong { .. } => "too-long",
            Self::TooMany { .. } => "too-many",
            Self::OutOfRange { .. } => "out-of-range",
            Self::ForbiddenCharacter => "forbidden-character",
            Self::Malformed | Self::NotADay | Self::NotAMonth | Self::NotAnInstant => "malformed",
            Self::UnknownValue => "unknown-value",
            Self::Duplicate => "duplicate",
        }
    }
}
