//! Texts in both languages.

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use tsunagu_domain::locale::LocalizedText;

use super::{Flaw, InputErrors, Kind};

/// One text for both languages, or one for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bilingual<T> {
    /// In Japanese.
    pub ja: T,
    /// In English.
    pub en: T,
}

impl<T: Into<String>> From<Bilingual<T>> for LocalizedText {
    fn from(text: Bilingual<T>) -> Self {
        Self { ja: text.ja.into(), en: text.en.into() }
    }
}

/// Both languages, when they differ.
#[derive(Deserr)]
#[deserr(error = InputErrors, deny_unknown_fields, where_predicate = T: Deserr<InputErrors>)]
struct Both<T> {
    ja: T,
    en: T,
}

impl<T: Deserr<InputErrors> + Clone> Deserr<InputErrors> for Bilingual<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, InputErrors> {
        match value {
            text @ Value::String(_) => {
                let text = T::deserialize_from_value(text, location)?;
                Ok(Self { ja: text.clone(), en: text })
            }
            both @ Value::Map(_) => {
                let Both { ja, en } = Both::deserialize_from_value(both, location)?;
                Ok(Self { ja, en })
            }
            _ => Err(InputErrors::at(location, Flaw::WrongType(Kind::String))),
        }
    }
}
