//! Fields that may be left out.

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};

use crate::input::InputErrors;

/// A field of a PATCH body: left out, `null`, or a value. Needs `#[deserr(default)]` and, for the
/// documentation, `#[schema(value_type = Option<T>)]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Left out: stays as it is.
    #[default]
    Absent,
    /// `null`: is removed.
    Null,
    /// Is set.
    Value(T),
}

impl<T> Patch<T> {
    /// What the field is afterwards.
    pub fn or(self, before: Option<T>) -> Option<T> {
        match self {
            Self::Absent => before,
            Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }

    /// Whether the field was left out.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<T: Deserr<InputErrors>> Deserr<InputErrors> for Patch<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, InputErrors> {
        match value {
            Value::Null => Ok(Self::Null),
            value => T::deserialize_from_value(value, location).map(Self::Value),
        }
    }
}

/// A field that stays as it is where it is left out. `null` is refused: it would look like a
/// removal, and there is nothing to remove.
///
/// Needs `#[deserr(default)]` and, for the documentation,
/// `#[schema(value_type = T, required = false)]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given<T>(pub Option<T>);

impl<T> Default for Given<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Deserr<InputErrors>> Deserr<InputErrors> for Given<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, InputErrors> {
        T::deserialize_from_value(value, location).map(|value| Self(Some(value)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tsunagu_domain::text::DisplayName;

    use super::*;

    #[derive(Debug, Deserr)]
    #[deserr(error = InputErrors)]
    struct Body {
        #[deserr(default)]
        name: Given<DisplayName>,
    }

    fn name(body: Value) -> Result<Option<DisplayName>, InputErrors> {
        deserr::deserialize::<Body, _, InputErrors>(body).map(|body| body.name.0)
    }

    #[test]
    fn given_a_field_left_out_then_it_stays_and_null_is_refused() {
        assert_eq!(name(json!({})), Ok(None));
        assert_eq!(name(json!({"name": "Minato"})), Ok("Minato".parse().ok()));
        assert!(name(json!({"name": null})).is_err());
    }
}
