//! Conditions and updates, with names and values kept apart from the text.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

use crate::{error::StoreError, item::Item, keys::attribute};

/// An expression under construction: its text, and the names and values that it refers to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expression {
    pub(crate) text: String,
    pub(crate) names: HashMap<String, String>,
    pub(crate) values: HashMap<String, AttributeValue>,
}

impl Expression {
    fn name(&mut self, attribute: &str) -> String {
        let placeholder = format!("#{}", attribute.replace(['-', '.'], "_"));
        self.names.insert(placeholder.clone(), attribute.to_owned());
        placeholder
    }

    fn value(&mut self, prefix: char, value: AttributeValue) -> String {
        let placeholder = format!(":{prefix}{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }

    /// Adds another's names and values; the placeholders of conditions and updates differ.
    pub(crate) fn absorb(&mut self, other: &Self) {
        self.names.extend(other.names.clone());
        self.values.extend(other.values.clone());
    }
}

/// What must hold for a write to happen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Condition(pub(crate) Expression);

impl Condition {
    /// Nothing.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// There is no such item.
    pub(crate) fn absent() -> Self {
        Self::default().and(|e| format!("attribute_not_exists({})", e.name(attribute::PK)))
    }

    /// There is such an item.
    pub(crate) fn present() -> Self {
        Self::default().and(|e| format!("attribute_exists({})", e.name(attribute::PK)))
    }

    /// What was read is unchanged: the `rev` that the item had, or `None` where there was none.
    pub(crate) fn unchanged(rev: Option<u64>) -> Result<Self, StoreError> {
        match rev {
            Some(rev) => Self::present().and_equals("rev", rev),
            None => Ok(Self::absent()),
        }
    }

    /// There is no such item, or one whose time is over though DynamoDB has not deleted it yet.
    pub(crate) fn absent_or_expired(now: i64) -> Self {
        Self::default().and(|e| {
            let (pk, ttl) = (e.name(attribute::PK), e.name(attribute::TTL));
            let now = e.value('c', crate::item::number(now));
            format!("(attribute_not_exists({pk}) OR {ttl} <= {now})")
        })
    }

    /// And an attribute has this value.
    pub(crate) fn and_equals(
        self,
        attribute: &str,
        value: impl Serialize,
    ) -> Result<Self, StoreError> {
        self.and_compare(attribute, "=", value)
    }

    /// And an attribute compares to a value.
    pub(crate) fn and_compare(
        self,
        attribute: &str,
        operator: &str,
        value: impl Serialize,
    ) -> Result<Self, StoreError> {
        let value = to_attribute(value)?;
        Ok(self.and(|e| {
            let (name, value) = (e.name(attribute), e.value('c', value));
            format!("{name} {operator} {value}")
        }))
    }

    /// And an attribute is missing or compares to a value.
    pub(crate) fn and_missing_or(
        self,
        attribute: &str,
        operator: &str,
        value: impl Serialize,
    ) -> Result<Self, StoreError> {
        let value = to_attribute(value)?;
        Ok(self.and(|e| {
            let (name, value) = (e.name(attribute), e.value('c', value));
            format!("(attribute_not_exists({name}) OR {name} {operator} {value})")
        }))
    }

    /// Or there is no such item.
    pub(crate) fn or_absent(mut self) -> Self {
        let pk = self.0.name(attribute::PK);
        self.0.text = format!("(attribute_not_exists({pk}) OR ({}))", self.0.text);
        self
    }

    /// An episode's figures at a partner were written so often.
    pub(crate) fn figures_as_read(episode: u32, times: u64) -> Result<Self, StoreError> {
        let condition = Self::present().and_equals("ep", episode)?;
        match times {
            0 => Ok(condition.and_missing("sq")),
            times => condition.and_equals("sq", times),
        }
    }

    /// And an attribute is there.
    pub(crate) fn and_present(self, attribute: &str) -> Self {
        self.and(|e| format!("attribute_exists({})", e.name(attribute)))
    }

    /// And an attribute is missing.
    pub(crate) fn and_missing(self, attribute: &str) -> Self {
        self.and(|e| format!("attribute_not_exists({})", e.name(attribute)))
    }

    fn and(mut self, clause: impl FnOnce(&mut Expression) -> String) -> Self {
        let clause = clause(&mut self.0);
        if !self.0.text.is_empty() {
            self.0.text.push_str(" AND ");
        }
        self.0.text.push_str(&clause);
        self
    }
}

/// How attributes change in place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Update {
    expression: Expression,
    set: Vec<String>,
    remove: Vec<String>,
    add: Vec<String>,
}

impl Update {
    /// A change that makes the item where there is none: it says of what kind it is.
    pub(crate) fn upsert<I: Item>() -> Result<Self, StoreError> {
        Self::default().set(attribute::ENTITY, I::ENTITY)?.set(attribute::VERSION, I::VERSION)
    }

    /// Sets an attribute, or removes it where the value is `None`.
    pub(crate) fn put(
        self,
        attribute: &str,
        value: Option<impl Serialize>,
    ) -> Result<Self, StoreError> {
        match value {
            Some(value) => self.set(attribute, value),
            None => Ok(self.remove(attribute)),
        }
    }

    /// Sets an attribute.
    pub(crate) fn set(
        mut self,
        attribute: &str,
        value: impl Serialize,
    ) -> Result<Self, StoreError> {
        let name = self.expression.name(attribute);
        let value = self.expression.value('u', to_attribute(value)?);
        self.set.push(format!("{name} = {value}"));
        Ok(self)
    }

    /// Removes an attribute.
    pub(crate) fn remove(mut self, attribute: &str) -> Self {
        let name = self.expression.name(attribute);
        self.remove.push(name);
        self
    }

    /// Adds to a number, which is 0 where it is missing.
    pub(crate) fn add(mut self, attribute: &str, amount: i64) -> Self {
        let name = self.expression.name(attribute);
        let value = self.expression.value('u', crate::item::number(amount));
        self.add.push(format!("{name} {value}"));
        self
    }

    /// Adds to a number, unless that would add nothing.
    pub(crate) fn add_if(self, attribute: &str, amount: i64) -> Self {
        if amount == 0 { self } else { self.add(attribute, amount) }
    }

    /// Whether it adds to no number.
    pub(crate) fn adds_nothing(&self) -> bool {
        self.add.is_empty()
    }

    pub(crate) fn build(mut self) -> Expression {
        let clauses = [("SET", &self.set), ("REMOVE", &self.remove), ("ADD", &self.add)];
        self.expression.text = clauses
            .iter()
            .filter(|(_, parts)| !parts.is_empty())
            .map(|(word, parts)| format!("{word} {}", parts.join(", ")))
            .collect::<Vec<_>>()
            .join(" ");
        self.expression
    }
}

fn to_attribute(value: impl Serialize) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(value).map_err(|error| StoreError::Internal(error.to_string()))
}
