//! Fields that may be left out, and fields that may not though they may be `null`.

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

/// A field that must be given and may be `null`, where that says something by itself: unlimited, or
/// never. What is left out by mistake is not taken for it.
///
/// For the documentation it needs `#[schema(value_type = Option<T>, required = true)]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nullable<T>(pub Option<T>);

impl<T: Deserr<InputErrors>> Deserr<InputErrors> for Nullable<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, InputErrors> {
        match value {
            Value::Null => Ok(Self(None)),
            value => T::deserialize_from_value(value, location).map(|value| Self(Some(value))),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tsunagu_domain::text::DisplayName;
    use utoipa::{PartialSchema, ToSchema};

    use super::*;
    use crate::input::Bounded;

    #[derive(Debug, Deserr)]
    #[deserr(error = InputErrors)]
    struct Body {
        #[deserr(default)]
        name: Given<DisplayName>,
    }

    #[derive(Debug, Deserr, ToSchema)]
    #[deserr(error = InputErrors)]
    struct Offer {
        #[schema(value_type = Option<u32>, required = true, maximum = 7)]
        quantity: Nullable<Bounded<0, 7>>,
    }

    fn quantity(body: Value) -> Result<Option<u32>, Vec<(String, &'static str)>> {
        let offer = deserr::deserialize::<Offer, _, InputErrors>(body);
        let told = |errors: InputErrors| {
            let errors = errors.into_vec().into_iter();
            errors.map(|error| (error.pointer, error.flaw.code())).collect()
        };
        offer.map(|offer| offer.quantity.0.map(|quantity| quantity.0)).map_err(told)
    }

    #[test]
    fn given_a_field_that_may_be_null_then_it_cannot_be_left_out() {
        let refused = |code| Err(vec![("/quantity".to_owned(), code)]);
        assert_eq!(quantity(json!({"quantity": 7})), Ok(Some(7)));
        assert_eq!(quantity(json!({"quantity": null})), Ok(None));
        assert_eq!(quantity(json!({})), refused("required"));
        assert_eq!(quantity(json!({"quantity": 8})), refused("out-of-range"));
    }

    #[test]
    fn given_a_field_that_may_be_null_then_the_document_asks_for_it() {
        let schema = serde_json::to_value(Offer::schema()).expect("JSON");
        assert_eq!(schema["required"], json!(["quantity"]));
        let quantity = &schema["properties"]["quantity"];
        assert_eq!(quantity["type"], json!(["integer", "null"]));
        assert_eq!((&quantity["minimum"], &quantity["maximum"]), (&json!(0), &json!(7)));
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
