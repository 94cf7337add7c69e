//! `CloudFormation`'s intrinsic functions, as far as a template means the same thing on a laptop:
//! parameters are their defaults, resources are their logical names.

use std::{cell::RefCell, collections::BTreeMap};

use yaml_serde::{Mapping, Value, value::TaggedValue};

use crate::template::TemplateError;

/// What the names in a template stand for.
pub(crate) struct Scope {
    parameters: BTreeMap<String, Option<Value>>,
    resources: Vec<String>,
    conditions: Mapping,
    /// The conditions that are being judged, each for the sake of the one before.
    judged: RefCell<Vec<String>>,
}

impl Scope {
    /// Reads parameters, resources and conditions of `template`; `given` wins over the defaults.
    pub(crate) fn new(template: &Mapping, given: &BTreeMap<String, String>) -> Self {
        let parameters = entries(template, "Parameters")
            .map(|(name, parameter)| {
                let given = given.get(&name).map(|value| Value::String(value.clone()));
                let value = given.or_else(|| parameter.get("Default").cloned());
                (name, value.map(|value| shaped(value, parameter)))
            })
            .collect();
        let resources = entries(template, "Resources").map(|(name, _)| name).collect();
        let conditions =
            template.get("Conditions").and_then(Value::as_mapping).cloned().unwrap_or_default();
        Self { parameters, resources, conditions, judged: RefCell::default() }
    }

    /// `value` without any intrinsic function; `None` where the template says `AWS::NoValue`.
    pub(crate) fn resolve(
        &self,
        value: &Value,
        place: &str,
    ) -> Result<Option<Value>, TemplateError> {
        match value {
            Value::Tagged(tagged) => self.tagged(tagged, place),
            Value::Mapping(mapping) => match long_form(mapping) {
                Some((name, argument)) => self.call(name, argument, place),
                None => self.mapping(mapping, place).map(Some),
            },
            Value::Sequence(items) => self.sequence(items, place).map(Some),
            plain => Ok(Some(plain.clone())),
        }
    }

    /// The text that `value` resolves to.
    pub(crate) fn text(&self, value: &Value, place: &str) -> Result<String, TemplateError> {
        match self.resolve(value, place)? {
            Some(Value::String(text)) => Ok(text),
            Some(Value::Number(number)) => Ok(number.to_string()),
            Some(Value::Bool(flag)) => Ok(flag.to_string()),
            _ => Err(TemplateError::new(place, "is not a text")),
        }
    }

    /// Whether the named condition holds.
    pub(crate) fn condition(&self, name: &str, place: &str) -> Result<bool, TemplateError> {
        let stated = self.conditions.get(name).ok_or_else(|| {
            TemplateError::new(place, format!("names the unknown condition {name}"))
        })?;
        if self.judged.borrow().iter().any(|judged| judged == name) {
            return Err(TemplateError::new(place, format!("the condition {name} needs itself")));
        }
        self.judged.borrow_mut().push(name.to_owned());
        let held = self.holds(stated, &format!("Conditions.{name}"));
        self.judged.borrow_mut().pop();
        held
    }

    fn mapping(&self, mapping: &Mapping, place: &str) -> Result<Value, TemplateError> {
        let mut resolved = Mapping::new();
        for (key, value) in mapping {
            let place = format!("{place}.{}", key.as_str().unwrap_or("?"));
            if let Some(value) = self.resolve(value, &place)? {
                resolved.insert(key.clone(), value);
            }
        }
        Ok(Value::Mapping(resolved))
    }

    fn sequence(&self, items: &[Value], place: &str) -> Result<Value, TemplateError> {
        let mut resolved = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            resolved.extend(self.resolve(item, &format!("{place}[{index}]"))?);
        }
        Ok(Value::Sequence(resolved))
    }

    fn tagged(&self, tagged: &TaggedValue, place: &str) -> Result<Option<Value>, TemplateError> {
        let tag = tagged.tag.to_string();
        self.call(tag.trim_start_matches('!'), &tagged.value, place)
    }

    fn call(
        &self,
        name: &str,
        argument: &Value,
        place: &str,
    ) -> Result<Option<Value>, TemplateError> {
        match name {
            "Ref" => self.reference(&self.text(argument, place)?, place),
            "Sub" => self.substitute(argument, place).map(|text| Some(Value::String(text))),
            "GetAtt" => self.attribute(argument, place).map(|text| Some(Value::String(text))),
            "Join" => self.join(argument, place).map(|text| Some(Value::String(text))),
            "Split" => self.split(argument, place).map(Some),
            "If" => self.choose(argument, place),
            other => Err(TemplateError::new(
                place,
                format!("the function {other} is not understood by the local server"),
            )),
        }
    }

    fn reference(&self, name: &str, place: &str) -> Result<Option<Value>, TemplateError> {
        if name == "AWS::NoValue" {
            return Ok(None);
        }
        if let Some(value) = pseudo_parameter(name) {
            return Ok(Some(Value::String(value.to_owned())));
        }
        match self.parameters.get(name) {
            Some(Some(value)) => Ok(Some(value.clone())),
            Some(None) => Err(TemplateError::new(
                place,
                format!("needs the parameter {name}, which has no default"),
            )),
            None if self.resources.iter().any(|resource| resource == name) => {
                Ok(Some(Value::String(name.to_owned())))
            }
            None => Err(TemplateError::new(place, format!("refers to {name}, which is not there"))),
        }
    }

    fn substitute(&self, argument: &Value, place: &str) -> Result<String, TemplateError> {
        let (pattern, own) = match argument {
            Value::Sequence(parts) => match parts.as_slice() {
                [Value::String(pattern), Value::Mapping(own)] => (pattern.as_str(), Some(own)),
                _ => return Err(TemplateError::new(place, "Sub takes a text and a mapping")),
            },
            Value::String(pattern) => (pattern.as_str(), None),
            _ => return Err(TemplateError::new(place, "Sub takes a text")),
        };
        let mut text = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, tail) = after
                .split_once('}')
                .ok_or_else(|| TemplateError::new(place, "has a ${ without its }"))?;
            text.push_str(before);
            text.push_str(&self.variable(name.trim(), own, place)?);
            rest = tail;
        }
        text.push_str(rest);
        Ok(text)
    }

    fn variable(
        &self,
        name: &str,
        own: Option<&Mapping>,
        place: &str,
    ) -> Result<String, TemplateError> {
        if let Some(literal) = name.strip_prefix('!') {
            return Ok(format!("${{{literal}}}"));
        }
        if let Some(value) = own.and_then(|own| own.get(name)) {
            return self.text(value, place);
        }
        if name.contains('.') {
            return Ok(name.to_owned());
        }
        let value = self.reference(name, place)?.unwrap_or(Value::Null);
        self.text(&value, place)
    }

    fn attribute(&self, argument: &Value, place: &str) -> Result<String, TemplateError> {
        match argument {
            Value::Sequence(parts) => {
                let parts: Vec<_> =
                    parts.iter().map(|part| self.text(part, place)).collect::<Result<_, _>>()?;
                Ok(parts.join("."))
            }
            other => self.text(other, place),
        }
    }

    fn join(&self, argument: &Value, place: &str) -> Result<String, TemplateError> {
        let wrong = || TemplateError::new(place, "Join takes a separator and a list");
        let [separator, list] = argument.as_sequence().map(Vec::as_slice).ok_or_else(wrong)? else {
            return Err(wrong());
        };
        let list = self.resolve(list, place)?.ok_or_else(wrong)?;
        let parts = list
            .as_sequence()
            .ok_or_else(wrong)?
            .iter()
            .map(|part| self.text(part, place))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(parts.join(&self.text(separator, place)?))
    }

    fn split(&self, argument: &Value, place: &str) -> Result<Value, TemplateError> {
        let Some([separator, text]) = argument.as_sequence().map(Vec::as_slice) else {
            return Err(TemplateError::new(place, "Split takes a separator and a text"));
        };
        let (separator, text) = (self.text(separator, place)?, self.text(text, place)?);
        if separator.is_empty() {
            return Err(TemplateError::new(place, "Split takes a separator that is not empty"));
        }
        Ok(text.split(&separator).map(str::to_owned).map(Value::String).collect())
    }

    fn choose(&self, argument: &Value, place: &str) -> Result<Option<Value>, TemplateError> {
        let Some([Value::String(condition), yes, no]) = argument.as_sequence().map(Vec::as_slice)
        else {
            return Err(TemplateError::new(place, "If takes a condition and two values"));
        };
        let branch = if self.condition(condition, place)? { yes } else { no };
        self.resolve(branch, place)
    }

    fn holds(&self, stated: &Value, place: &str) -> Result<bool, TemplateError> {
        let (name, argument) =
            function_of(stated).ok_or_else(|| TemplateError::new(place, "is not a condition"))?;
        let parts = argument.as_sequence().map(Vec::as_slice).unwrap_or_default();
        match (name.as_str(), parts) {
            ("Equals", [left, right]) => Ok(self.text(left, place)? == self.text(right, place)?),
            ("Not", [only]) => self.holds(only, place).map(|held| !held),
            ("And", parts) => self.each(parts, place).map(|held| held.iter().all(|held| *held)),
            ("Or", parts) => self.each(parts, place).map(|held| held.iter().any(|held| *held)),
            ("Condition", _) => self.condition(&self.text(argument, place)?, place),
            _ => Err(TemplateError::new(
                place,
                format!("the condition {name} is not understood by the local server"),
            )),
        }
    }

    fn each(&self, parts: &[Value], place: &str) -> Result<Vec<bool>, TemplateError> {
        parts.iter().map(|part| self.holds(part, place)).collect()
    }
}

/// The named section's entries, by name.
fn entries<'a>(template: &'a Mapping, section: &str) -> impl Iterator<Item = (String, &'a Value)> {
    template
        .get(section)
        .and_then(Value::as_mapping)
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.as_str()?.to_owned(), value)))
}

/// A parameter's value in its type: a comma-delimited list becomes one.
fn shaped(value: Value, parameter: &Value) -> Value {
    let kind = parameter.get("Type").and_then(Value::as_str).unwrap_or("String");
    match value {
        Value::String(text) if kind == "CommaDelimitedList" || kind.starts_with("List<") => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Value::Sequence(items.map(|item| Value::String(item.to_owned())).collect())
        }
        other => other,
    }
}

/// What AWS itself would know.
fn pseudo_parameter(name: &str) -> Option<&'static str> {
    let value = match name {
        "AWS::Region" => "us-east-1",
        "AWS::AccountId" => "000000000000",
        "AWS::Partition" => "aws",
        "AWS::URLSuffix" => "amazonaws.com",
        "AWS::StackName" => "tsunagu-local",
        _ => return None,
    };
    Some(value)
}

/// `Ref: X` or `Fn::Name: …`, the forms without a tag.
fn long_form(mapping: &Mapping) -> Option<(&str, &Value)> {
    let (key, argument) = mapping.iter().next().filter(|_| mapping.len() == 1)?;
    let key = key.as_str()?;
    match key {
        "Ref" => Some(("Ref", argument)),
        _ => key.strip_prefix("Fn::").map(|name| (name, argument)),
    }
}

/// The function that a condition calls, in either form.
fn function_of(stated: &Value) -> Option<(String, &Value)> {
    match stated {
        Value::Tagged(tagged) => {
            Some((tagged.tag.to_string().trim_start_matches('!').to_owned(), &tagged.value))
        }
        Value::Mapping(mapping) => {
            let (key, argument) = mapping.iter().next().filter(|_| mapping.len() == 1)?;
            let key = key.as_str()?;
            Some((key.strip_prefix("Fn::").unwrap_or(key).to_owned(), argument))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const TEMPLATE: &str = "
Parameters:
  Stage: {Type: String, Default: dev}
  Origins: {Type: CommaDelimitedList, Default: 'https://a.example, https://b.example'}
  Secretless: {Type: String}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  IsProd: !Not [!Condition IsDev]
  Either: !Or [!Condition IsProd, !Condition IsDev]
  Itself: !Not [!Condition Itself]
  Here: !Equals [!If [There, a, b], a]
  There: !Condition Here
Resources:
  Table: {Type: 'AWS::DynamoDB::Table'}
";

    fn scope() -> Scope {
        let template: Mapping = yaml_serde::from_str(TEMPLATE).expect("the fixture is YAML");
        Scope::new(&template, &BTreeMap::new())
    }

    fn resolve(text: &str) -> Result<Option<Value>, TemplateError> {
        let value: Value = yaml_serde::from_str(text).expect("the case is YAML");
        scope().resolve(&value, "Here")
    }

    #[rstest]
    #[case("!Ref Stage", "dev")]
    #[case("{Ref: Stage}", "dev")]
    #[case("!Ref Table", "Table")]
    #[case("!GetAtt Table.Arn", "Table.Arn")]
    #[case("!GetAtt [Table, Arn]", "Table.Arn")]
    #[case("!Sub '${Stage}-${Table}-${Table.Arn}-${AWS::Region}'", "dev-Table-Table.Arn-us-east-1")]
    #[case("!Sub ['${X}/${Stage}', {X: !Ref Stage}]", "dev/dev")]
    #[case("!Sub 'a${!Literal}'", "a${Literal}")]
    #[case("{'Fn::Join': ['-', [a, !Ref Stage]]}", "a-dev")]
    #[case("!If [IsProd, p, d]", "d")]
    #[case("!If [Either, yes-please, no]", "yes-please")]
    fn given_a_function_when_resolved_then_it_is_its_local_meaning(
        #[case] text: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(resolve(text).expect("resolves"), Some(Value::String(expected.to_owned())));
    }

    #[test]
    fn given_a_text_when_split_then_it_is_a_list() {
        let parts = resolve("!Split [',', !Sub '${Stage},${Table}']").expect("resolves");
        let expected: Value = ["dev", "Table"].into_iter().map(Value::from).collect();
        assert_eq!(parts, Some(expected));
        let refused = resolve("!Split ['', x]").expect_err("is refused").to_string();
        assert!(refused.contains("not empty"), "{refused}");
    }

    #[test]
    fn given_a_list_parameter_when_referred_to_then_it_is_a_list() {
        let origins = resolve("!Ref Origins").expect("resolves").expect("has a value");
        assert_eq!(origins.as_sequence().map(Vec::len), Some(2));
    }

    #[test]
    fn given_no_value_when_resolved_then_the_entry_disappears() {
        let value = resolve("{A: !Ref 'AWS::NoValue', B: 1}").expect("resolves").expect("stays");
        assert_eq!(value.get("A"), None);
        assert_eq!(value.get("B"), Some(&Value::from(1)));
    }

    #[rstest]
    #[case("[x, !Ref Nobody]", "Here[1]: refers to Nobody")]
    #[case("{A: {B: !ImportValue x}}", "Here.A.B: the function ImportValue is not understood")]
    #[case("!Ref Secretless", "the parameter Secretless, which has no default")]
    #[case("!Sub '${Stage'", "has a ${ without its }")]
    #[case("!If [Nothing, a, b]", "unknown condition Nothing")]
    #[case("!If [Itself, a, b]", "the condition Itself needs itself")]
    #[case("!If [Here, a, b]", "the condition Here needs itself")]
    fn given_what_is_not_understood_when_resolved_then_the_place_is_named(
        #[case] text: &str,
        #[case] expected: &str,
    ) {
        let error = resolve(text).expect_err("is refused").to_string();
        assert!(error.contains(expected), "{error}");
    }
}
