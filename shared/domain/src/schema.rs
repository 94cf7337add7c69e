//! How the newtypes describe themselves in OpenAPI documents (feature `schema`).

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

pub(crate) use string_schema;
