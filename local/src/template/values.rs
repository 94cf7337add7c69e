//! Values of the template, as what they are meant to be.

use std::collections::BTreeMap;

use yaml_serde::Value;

use super::TemplateError;

/// A number, which is a text where it came by way of a parameter.
pub(super) fn count(value: &Value, place: &str) -> Result<usize, TemplateError> {
    let number = match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64().and_then(|number| usize::try_from(number).ok()),
    };
    number.ok_or_else(|| TemplateError::new(place, "reserves what is no number of executions"))
}

/// Environment variables, which are texts whatever they hold.
pub(super) fn texts(
    variables: BTreeMap<String, Value>,
    place: &str,
) -> Result<BTreeMap<String, String>, TemplateError> {
    variables
        .into_iter()
        .map(|(name, value)| {
            let text = match value {
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                Value::Bool(flag) => flag.to_string(),
                _ => {
                    let place = format!("{place}.Environment.Variables.{name}");
                    return Err(TemplateError::new(place, "is not a text"));
                }
            };
            Ok((name, text))
        })
        .collect()
}

/// A part of the template, as the type that it is to be.
pub(super) fn typed<T: serde::de::DeserializeOwned>(
    value: Value,
    place: &str,
) -> Result<T, TemplateError> {
    yaml_serde::from_value(value).map_err(|error| TemplateError::new(place, error.to_string()))
}
