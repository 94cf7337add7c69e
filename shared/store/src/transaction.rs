//! Transactions: all of it or nothing, each part on its own condition.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update as UpdateItem,
};

use crate::{
    condition::{Condition, Expression, Update},
    error::StoreError,
    item::{Attributes, Item, encode, primary_key},
    keys::Key,
    settle::Attempt,
};

/// A change under construction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transaction {
    actions: Vec<Action>,
}

/// One part of a change, and what must hold for it.
#[derive(Clone, Debug)]
struct Action {
    kind: Kind,
    condition: Condition,
}

#[derive(Clone, Debug)]
enum Kind {
    Put(Attributes),
    Update(Key, Expression),
    Delete(Key),
    Check(Key),
}

/// Names one action of a transaction, to ask afterwards whether its condition failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ActionId(usize);

/// How a transaction went.
#[derive(Debug)]
#[must_use]
pub(crate) enum Outcome {
    /// All of it is done.
    Done,
    /// Nothing is done: these conditions did not hold.
    Refused(FailedConditions),
}

impl Outcome {
    /// For a change whose every condition says that what was read still stands.
    pub(crate) fn or_stale<T>(self, done: T) -> Attempt<T> {
        match self {
            Self::Done => Attempt::Done(done),
            Self::Refused(_) => Attempt::Stale,
        }
    }
}

/// The actions whose conditions did not hold.
#[derive(Debug)]
pub(crate) struct FailedConditions(pub(crate) Vec<usize>);

impl FailedConditions {
    pub(crate) fn contains(&self, action: ActionId) -> bool {
        self.0.contains(&action.0)
    }
}

impl Transaction {
    /// Puts an item, whatever was there.
    pub(crate) fn put<I: Item>(
        &mut self,
        item: &I,
        condition: &Condition,
    ) -> Result<ActionId, StoreError> {
        Ok(self.push(Kind::Put(encode(item)?), condition))
    }

    /// Puts an item as it is, of whatever kind.
    pub(crate) fn put_attributes(&mut self, item: Attributes, condition: &Condition) -> ActionId {
        self.push(Kind::Put(item), condition)
    }

    /// Changes attributes in place.
    pub(crate) fn update(&mut self, key: Key, update: Update, condition: &Condition) -> ActionId {
        self.push(Kind::Update(key, update.build()), condition)
    }

    /// Deletes an item.
    pub(crate) fn delete(&mut self, key: Key, condition: &Condition) -> ActionId {
        self.push(Kind::Delete(key), condition)
    }

    /// Changes nothing, and holds the rest to a condition.
    pub(crate) fn check(&mut self, key: Key, condition: &Condition) -> ActionId {
        self.push(Kind::Check(key), condition)
    }

    fn push(&mut self, kind: Kind, condition: &Condition) -> ActionId {
        self.actions.push(Action { kind, condition: condition.clone() });
        ActionId(self.actions.len() - 1)
    }

    /// Whether there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// The actions as the SDK takes them, on a table by name.
    pub(crate) fn on_table(self, table: &str) -> Result<Vec<TransactWriteItem>, StoreError> {
        self.actions.into_iter().map(|action| action.on_table(table)).collect()
    }
}

/// The four kinds of action have builders of their own with the same setters.
macro_rules! conditioned {
    ($builder:expr, $table:expr, $condition:expr, $expression:expr) => {{
        let (_, names, values) = parts($expression);
        $builder
            .table_name($table)
            .set_condition_expression(text_of($condition))
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .build()
            .map_err(|error| StoreError::Internal(error.to_string()))?
    }};
}

impl Action {
    fn on_table(self, table: &str) -> Result<TransactWriteItem, StoreError> {
        let condition = &self.condition.0;
        let action = TransactWriteItem::builder();
        Ok(match self.kind {
            Kind::Put(item) => {
                let put = Put::builder().set_item(Some(item));
                action.put(conditioned!(put, table, condition, condition))
            }
            Kind::Update(key, mut expression) => {
                let update = UpdateItem::builder()
                    .set_key(Some(primary_key(key)))
                    .set_update_expression(text_of(&expression));
                expression.absorb(condition);
                action.update(conditioned!(update, table, condition, &expression))
            }
            Kind::Delete(key) => {
                let delete = Delete::builder().set_key(Some(primary_key(key)));
                action.delete(conditioned!(delete, table, condition, condition))
            }
            Kind::Check(key) => {
                let check = ConditionCheck::builder().set_key(Some(primary_key(key)));
                action.condition_check(conditioned!(check, table, condition, condition))
            }
        }
        .build())
    }
}

type Parts =
    (Option<String>, Option<HashMap<String, String>>, Option<HashMap<String, AttributeValue>>);

/// DynamoDB refuses empty maps and texts where it takes missing ones.
pub(crate) fn parts(expression: &Expression) -> Parts {
    (
        text_of(expression),
        (!expression.names.is_empty()).then(|| expression.names.clone()),
        (!expression.values.is_empty()).then(|| expression.values.clone()),
    )
}

pub(crate) fn text_of(expression: &Expression) -> Option<String> {
    (!expression.text.is_empty()).then(|| expression.text.clone())
}
