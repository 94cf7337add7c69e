//! How newtypes that are text outside travel, and describe themselves in OpenAPI documents (feature
//! `schema`).

/// For a newtype with `FromStr` and `as_str`: what it is as text, outside and in the table, and its
/// description.
macro_rules! text_form {
    ($name:ident, $example:expr) => {
        impl TryFrom<String> for $name {
            type Error = $crate::Invalid;

            fn try_from(text: String) -> Result<Self, $crate::Invalid> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.as_str().to_owned()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        $crate::schema::string_schema!($name, $example);
    };
}

/// Describes a newtype as a string with an example; does nothing without the feature.
macro_rules! string_schema {
    ($name:ident, $example:expr) => {
        #[cfg(feature = "schema")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .examples([$example])
                    .into()
            }
        }

        #[cfg(feature = "schema")]
        impl utoipa::ToSchema for $name {}
    };
}

pub(crate) use {string_schema, text_form};
