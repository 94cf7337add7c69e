//! What was asked of the database, call by call: attempts count one each.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

/// An operation of DynamoDB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Read one item.
    GetItem,
    /// Read items by their keys.
    BatchGetItem,
    /// Read a range of a partition.
    Query,
    /// Write one item.
    PutItem,
    /// Change one item.
    UpdateItem,
    /// Remove one item.
    DeleteItem,
    /// Put items that depend on nothing.
    BatchWriteItem,
    /// Write items together.
    TransactWriteItems,
    /// What the product never calls: making tables, scanning them.
    Other,
}

impl Operation {
    /// Everything that reads.
    pub const READS: &[Self] = &[Self::GetItem, Self::BatchGetItem, Self::Query];
    /// Everything that writes.
    pub const WRITES: &[Self] = &[
        Self::PutItem,
        Self::UpdateItem,
        Self::DeleteItem,
        Self::BatchWriteItem,
        Self::TransactWriteItems,
    ];
    /// Everything.
    pub const ALL: &[Self] = &[
        Self::GetItem,
        Self::BatchGetItem,
        Self::Query,
        Self::PutItem,
        Self::UpdateItem,
        Self::DeleteItem,
        Self::BatchWriteItem,
        Self::TransactWriteItems,
    ];

    /// The operation that a request's `x-amz-target` names.
    pub(crate) fn of_target(target: &str) -> Self {
        match target.rsplit('.').next() {
            Some("GetItem") => Self::GetItem,
            Some("BatchGetItem") => Self::BatchGetItem,
            Some("Query") => Self::Query,
            Some("PutItem") => Self::PutItem,
            Some("UpdateItem") => Self::UpdateItem,
            Some("DeleteItem") => Self::DeleteItem,
            Some("BatchWriteItem") => Self::BatchWriteItem,
            Some("TransactWriteItems") => Self::TransactWriteItems,
            _ => Self::Other,
        }
    }
}

/// One call as it was sent.
#[derive(Clone, Debug)]
pub struct Call {
    /// The operation.
    pub operation: Operation,
    /// Its input.
    pub input: Value,
}

impl Call {
    /// Whether this call reads the table (an index cannot be asked for more) without insisting on
    /// what is true now (T12).
    pub fn is_stale_read(&self) -> bool {
        let insists = |request: &Value| request["ConsistentRead"] == true;
        match self.operation {
            Operation::GetItem => !insists(&self.input),
            Operation::Query => self.input.get("IndexName").is_none() && !insists(&self.input),
            Operation::BatchGetItem => {
                let tables = self.input["RequestItems"].as_object();
                tables.is_none_or(|tables| !tables.values().all(insists))
            }
            _ => false,
        }
    }

    /// The token under which a transaction is done once, however often it is sent.
    pub fn client_token(&self) -> Option<&str> {
        self.input["ClientRequestToken"].as_str()
    }
}

/// The record of a database's calls. Clones are the same record.
#[derive(Clone, Debug, Default)]
pub struct Record {
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Record {
    pub(crate) fn add(&self, call: Call) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }

    /// All calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often an operation was sent.
    pub fn count(&self, operation: Operation) -> usize {
        self.calls().iter().filter(|call| call.operation == operation).count()
    }

    /// Forgets what was sent so far.
    pub fn clear(&self) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Reads of the table that did not insist on what is true now; none is allowed (T12).
    pub fn stale_reads(&self) -> Vec<Call> {
        self.calls().into_iter().filter(Call::is_stale_read).collect()
    }
}
