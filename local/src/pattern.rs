//! Filter patterns of an event source: which records a function wants to see. As far as Lambda
//! documents them for records of a stream; what is not understood is refused, not guessed at.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html>

use serde_json::{Map, Value};

/// A filter pattern: each field that it names must match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    fields: Vec<(String, Rule)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    /// A further level.
    Within(Pattern),
    /// A value: one of these must hold.
    AnyOf(Vec<Test>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Equals(Value),
    Prefix(String),
    /// Whether the field is there at all.
    Exists(bool),
    /// The field is there, with none of these.
    AnythingBut(Vec<Value>),
    /// The field is there, and does not begin so.
    NotPrefix(String),
}

impl Pattern {
    /// Reads a pattern as it stands in a template; the error says what is not understood.
    pub fn parse(text: &str) -> Result<Self, String> {
        match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => Self::of(&fields),
            Ok(_) => Err("a pattern is an object".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn of(fields: &Map<String, Value>) -> Result<Self, String> {
        if fields.is_empty() {
            return Err("a pattern names at least one field".to_owned());
        }
        let rule = |(name, rule): (&String, &Value)| {
            if name.starts_with('$') {
                return Err(format!("{name}: is not understood"));
            }
            let rule = Rule::of(rule).map_err(|problem| format!("{name}: {problem}"))?;
            Ok((name.clone(), rule))
        };
        fields.iter().map(rule).collect::<Result<_, _>>().map(|fields| Self { fields })
    }

    /// Whether a record is one of those that are wanted.
    pub fn matches(&self, record: &Value) -> bool {
        self.fields.iter().all(|(name, rule)| match (rule, record.get(name)) {
            // A field below one that is absent, or that has no fields, is absent.
            (Rule::Within(pattern), found) => pattern.matches(found.unwrap_or(&Value::Null)),
            (Rule::AnyOf(tests), found) => tests.iter().any(|test| test.holds(found)),
        })
    }
}

impl Rule {
    fn of(value: &Value) -> Result<Self, String> {
        match value {
            Value::Object(fields) => Pattern::of(fields).map(Self::Within),
            Value::Array(tests) if tests.is_empty() => Err("an empty list matches nothing".into()),
            Value::Array(tests) => {
                tests.iter().map(Test::of).collect::<Result<_, _>>().map(Self::AnyOf)
            }
            _ => Err("a value stands in a list".to_owned()),
        }
    }
}

impl Test {
    fn of(value: &Value) -> Result<Self, String> {
        let Value::Object(operator) = value else { return plain(value).map(Self::Equals) };
        let mut operators = operator.iter();
        match (operators.next(), operators.next()) {
            (Some((name, argument)), None) => match (name.as_str(), argument) {
                ("prefix", Value::String(prefix)) => Ok(Self::Prefix(prefix.clone())),
                ("exists", Value::Bool(exists)) => Ok(Self::Exists(*exists)),
                ("anything-but", argument) => Self::anything_but(argument),
                (name, argument) => Err(format!("{name} with {argument} is not understood")),
            },
            _ => Err(format!("{value} is not one operator")),
        }
    }

    fn anything_but(argument: &Value) -> Result<Self, String> {
        match argument {
            Value::Array(values) if !values.is_empty() => {
                values.iter().map(plain).collect::<Result<_, _>>().map(Self::AnythingBut)
            }
            Value::Object(operator) => match (operator.len(), operator.get("prefix")) {
                (1, Some(Value::String(prefix))) => Ok(Self::NotPrefix(prefix.clone())),
                _ => Err(format!("anything-but with {argument} is not understood")),
            },
            value => plain(value).map(|value| Self::AnythingBut(vec![value])),
        }
    }

    fn holds(&self, found: Option<&Value>) -> bool {
        // Only a value exists in this sense, not what has fields of its own.
        let leaf = found.filter(|found| !found.is_object());
        match (self, leaf) {
            (Self::Exists(exists), leaf) => *exists == leaf.is_some(),
            // A list matches where one of its values does.
            (test, Some(Value::Array(values))) => values.iter().any(|value| test.holds_of(value)),
            (test, Some(value)) => test.holds_of(value),
            (_, None) => false,
        }
    }

    fn holds_of(&self, value: &Value) -> bool {
        let begins = |prefix: &str| value.as_str().is_some_and(|text| text.starts_with(prefix));
        match self {
            Self::Equals(wanted) => same(wanted, value),
            Self::Prefix(prefix) => begins(prefix),
            Self::Exists(exists) => *exists,
            Self::AnythingBut(others) => !others.iter().any(|other| same(other, value)),
            Self::NotPrefix(prefix) => !begins(prefix),
        }
    }
}

/// A value that is compared as it is.
fn plain(value: &Value) -> Result<Value, String> {
    match value {
        Value::Array(_) | Value::Object(_) => Err(format!("{value} is not a plain value")),
        plain => Ok(plain.clone()),
    }
}

/// Numbers are the same by what they count: `300` and `300.0`.
fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b).is_eq(),
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn record() -> Value {
        json!({
            "eventName": "MODIFY",
            "dynamodb": {
                "Keys": {"PK": {"S": "A#acc_1"}, "SK": {"S": "NTF#01"}},
                "NewImage": {
                    "t": {"S": "notification"}, "tags": {"SS": ["a", "b"]}, "on": {"BOOL": true},
                    "gone": {"NULL": true},
                },
                "SizeBytes": 300,
            },
        })
    }

    #[rstest]
    #[case::exact(r#"{"eventName": ["MODIFY"]}"#, true)]
    #[case::one_of_several(r#"{"eventName": ["INSERT", "MODIFY"]}"#, true)]
    #[case::none_of_several(r#"{"eventName": ["INSERT", "REMOVE"]}"#, false)]
    #[case::below(r#"{"dynamodb": {"NewImage": {"t": {"S": ["notification"]}}}}"#, true)]
    #[case::all_fields(
        r#"{"eventName": ["MODIFY"], "dynamodb": {"Keys": {"PK": {"S": ["x"]}}}}"#,
        false
    )]
    #[case::prefix(r#"{"dynamodb": {"Keys": {"SK": {"S": [{"prefix": "NTF#"}]}}}}"#, true)]
    #[case::other_prefix(r#"{"dynamodb": {"Keys": {"SK": {"S": [{"prefix": "TKT#"}]}}}}"#, false)]
    #[case::prefix_or_exact(
        r#"{"dynamodb": {"Keys": {"SK": {"S": ["x", {"prefix": "NTF#"}]}}}}"#,
        true
    )]
    #[case::exists(r#"{"dynamodb": {"NewImage": {"t": {"S": [{"exists": true}]}}}}"#, true)]
    #[case::exists_not(r#"{"dynamodb": {"OldImage": {"t": {"S": [{"exists": false}]}}}}"#, true)]
    #[case::exists_in_vain(
        r#"{"dynamodb": {"OldImage": {"t": {"S": [{"exists": true}]}}}}"#,
        false
    )]
    #[case::exists_is_of_values(r#"{"dynamodb": {"NewImage": {"t": [{"exists": true}]}}}"#, false)]
    #[case::anything_but(r#"{"eventName": [{"anything-but": "REMOVE"}]}"#, true)]
    #[case::anything_but_it(r#"{"eventName": [{"anything-but": ["MODIFY", "REMOVE"]}]}"#, false)]
    #[case::anything_but_prefix(r#"{"eventName": [{"anything-but": {"prefix": "MOD"}}]}"#, false)]
    #[case::anything_but_other(r#"{"eventName": [{"anything-but": {"prefix": "INS"}}]}"#, true)]
    #[case::anything_but_needs_it(
        r#"{"dynamodb": {"OldImage": {"t": {"S": [{"anything-but": "x"}]}}}}"#,
        false
    )]
    #[case::list(r#"{"dynamodb": {"NewImage": {"tags": {"SS": ["b"]}}}}"#, true)]
    #[case::not_in_list(r#"{"dynamodb": {"NewImage": {"tags": {"SS": ["c"]}}}}"#, false)]
    #[case::number(r#"{"dynamodb": {"SizeBytes": [300.0]}}"#, true)]
    #[case::flag(r#"{"dynamodb": {"NewImage": {"on": {"BOOL": [true]}}}}"#, true)]
    #[case::no_text_for_a_flag(r#"{"dynamodb": {"NewImage": {"on": {"BOOL": ["true"]}}}}"#, false)]
    #[case::below_a_value(r#"{"eventName": {"deeper": ["MODIFY"]}}"#, false)]
    fn given_a_pattern_when_a_record_is_looked_at_then_it_matches_as_lambda_documents(
        #[case] pattern: &str,
        #[case] matches: bool,
    ) {
        assert_eq!(Pattern::parse(pattern).map(|pattern| pattern.matches(&record())), Ok(matches));
    }

    #[rstest]
    #[case("", "EOF")]
    #[case("[]", "is an object")]
    #[case("{}", "at least one field")]
    #[case(r#"{"a": "x"}"#, "a: a value stands in a list")]
    #[case(r#"{"a": []}"#, "a: an empty list")]
    #[case(r#"{"a": {"b": [{"numeric": [">", 1]}]}}"#, "a: b: numeric")]
    #[case(r#"{"a": [{"suffix": "x"}]}"#, "suffix")]
    #[case(r#"{"a": [{"prefix": 1}]}"#, "prefix with 1")]
    #[case(r#"{"a": [{"prefix": "x", "exists": true}]}"#, "not one operator")]
    #[case(r#"{"a": [{"anything-but": []}]}"#, "not a plain value")]
    #[case(r#"{"a": [{"anything-but": {"suffix": "x"}}]}"#, "anything-but with")]
    #[case(r#"{"$or": [{"a": ["x"]}]}"#, "$or")]
    #[case(r#"{"a": [["x"]]}"#, "not a plain value")]
    fn given_what_is_not_understood_when_read_then_it_is_named(
        #[case] pattern: &str,
        #[case] expected: &str,
    ) {
        let problem = Pattern::parse(pattern).expect_err("is refused");
        assert!(problem.contains(expected), "{problem}");
    }
}
