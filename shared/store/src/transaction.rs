//! Transactions: all of it or nothing, each part on its own condition.

use aws_sdk_dynamodb::types::{
    ConditionCheck, Delete, Put, TransactWriteItem, Update as UpdateAction,
};

use crate::{
    condition::{Condition, Expression, Update},
    error::StoreError,
    item::{Item, encode, primary_key},
    keys::Key,
    settle::Attempt,
};

/// A change under construction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transaction {
    pub(crate) actions: Vec<TransactWriteItem>,
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
    pub(crate) fn put<I: Item>(
        &mut self,
        item: &I,
        condition: &Condition,
    ) -> Result<ActionId, StoreError> {
        let (text, names, values) = parts(&condition.0);
        Ok(self.push(
            TransactWriteItem::builder()
                .put(
                    Put::builder()
                        .table_name("")
                        .set_item(Some(encode(item)?))
                        .set_condition_expression(text)
                        .set_expression_attribute_names(names)
                        .set_expression_attribute_values(values)
                        .build()
                        .map_err(incomplete)?,
                )
                .build(),
        ))
    }

    pub(crate) fn update(
        &mut self,
        key: Key,
        update: Update,
        condition: &Condition,
    ) -> Result<ActionId, StoreError> {
        let mut expression = update.build();
        expression.absorb(&condition.0);
        let (text, names, values) = parts(&expression);
        Ok(self.push(
            TransactWriteItem::builder()
                .update(
                    UpdateAction::builder()
                        .table_name("")
                        .set_key(Some(primary_key(key)))
                        .set_update_expression(text)
                        .set_condition_expression(text_of(&condition.0))
                        .set_expression_attribute_names(names)
                        .set_expression_attribute_values(values)
                        .build()
                        .map_err(incomplete)?,
                )
                .build(),
        ))
    }

    pub(crate) fn delete(
        &mut self,
        key: Key,
        condition: &Condition,
    ) -> Result<ActionId, StoreError> {
        let (text, names, values) = parts(&condition.0);
        Ok(self.push(
            TransactWriteItem::builder()
                .delete(
                    Delete::builder()
                        .table_name("")
                        .set_key(Some(primary_key(key)))
                        .set_condition_expression(text)
                        .set_expression_attribute_names(names)
                        .set_expression_attribute_values(values)
                        .build()
                        .map_err(incomplete)?,
                )
                .build(),
        ))
    }

    pub(crate) fn check(
        &mut self,
        key: Key,
        condition: &Condition,
    ) -> Result<ActionId, StoreError> {
        let (text, names, values) = parts(&condition.0);
        Ok(self.push(
            TransactWriteItem::builder()
                .condition_check(
                    ConditionCheck::builder()
                        .table_name("")
                        .set_key(Some(primary_key(key)))
                        .set_condition_expression(text)
                        .set_expression_attribute_names(names)
                        .set_expression_attribute_values(values)
                        .build()
                        .map_err(incomplete)?,
                )
                .build(),
        ))
    }

    fn push(&mut self, action: TransactWriteItem) -> ActionId {
        self.actions.push(action);
        ActionId(self.actions.len() - 1)
    }

    /// The actions on a table by name; until here they do not know which one it is.
    pub(crate) fn on_table(mut self, name: &str) -> Vec<TransactWriteItem> {
        for action in &mut self.actions {
            let name = name.to_owned();
            if let Some(put) = &mut action.put {
                put.table_name = name;
            } else if let Some(update) = &mut action.update {
                update.table_name = name;
            } else if let Some(delete) = &mut action.delete {
                delete.table_name = name;
            } else if let Some(check) = &mut action.condition_check {
                check.table_name = name;
            }
        }
        self.actions
    }
}

type Parts = (
    Option<String>,
    Option<std::collections::HashMap<String, String>>,
    Option<std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>>,
);

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

fn incomplete(error: impl std::fmt::Display) -> StoreError {
    StoreError::Internal(error.to_string())
}
