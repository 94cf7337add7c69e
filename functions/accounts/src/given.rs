//! Fields that may be left out, and are never `null`.

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use tsunagu_api::input::InputErrors;

/// A field that stays as it is where it is left out. `null` is refused: it would look like a
/// removal, and there is nothing to remove.
///
/// Needs `#[deserr(default)]` and, for the documentation,
/// `#[schema(value_type = T, required = false)]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given<T>(pub(crate) Option<T>);

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
