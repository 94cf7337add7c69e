//! The whole table, item by item as it is: for an operator, never on a request's path.

use aws_sdk_dynamodb::types::Select;

use super::{CAPACITY, Table, key_of};
use crate::{
    capacity::{Direction, count},
    condition::Condition,
    error::StoreError,
    item::{Attributes, primary_key},
    keys::Key,
    query::{Index, Query},
    transaction::{Outcome, Transaction},
};

/// A part of the table that is read on its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) number: i32,
    pub(crate) of: i32,
}

/// A page of a part of the table.
#[derive(Debug)]
pub(crate) struct Scanned {
    pub(crate) items: Vec<Attributes>,
    pub(crate) count: u64,
    /// Where the next page begins; `None` at the end.
    pub(crate) next: Option<Key>,
}

impl Table {
    /// Reads a page of a part of the table, strongly consistent: each item as it stands when it is
    /// read, not all of one moment.
    pub(crate) async fn scan(
        &self,
        segment: Segment,
        after: Option<Key>,
        select: Select,
    ) -> Result<Scanned, StoreError> {
        let answer = self
            .client
            .scan()
            .table_name(&*self.name)
            .consistent_read(true)
            .segment(segment.number)
            .total_segments(segment.of)
            .select(select)
            .set_exclusive_start_key(after.map(primary_key))
            .return_consumed_capacity(CAPACITY)
            .send()
            .await?;
        count(Direction::Read, answer.consumed_capacity());
        let next = answer.last_evaluated_key.map(|last| key_of(&last, Index::Table)).transpose()?;
        let count = u64::try_from(answer.count).unwrap_or_default();
        Ok(Scanned { items: answer.items.unwrap_or_default(), count, next })
    }

    /// About how many items there are: DynamoDB counts them every few hours.
    pub(crate) async fn about_items(&self) -> Result<u64, StoreError> {
        let answer = self.client.describe_table().table_name(&*self.name).send().await?;
        let items = answer.table.and_then(|table| table.item_count).unwrap_or_default();
        Ok(u64::try_from(items).unwrap_or_default())
    }

    /// The table's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Reads one item as it is, strongly consistent.
    pub(crate) async fn get_attributes(&self, key: Key) -> Result<Option<Attributes>, StoreError> {
        let query = Query::between(key.pk, key.sk.clone(), key.sk);
        Ok(self.query_attributes(query).await?.items.pop())
    }

    /// Reads all of a partition's range, of whatever kinds.
    pub(crate) async fn query_all_attributes(
        &self,
        query: Query,
    ) -> Result<Vec<Attributes>, StoreError> {
        self.query_all_as(query, Ok).await
    }

    /// Puts an item as it is; tells whether the condition held.
    pub(crate) async fn put_attributes(
        &self,
        item: Attributes,
        condition: &Condition,
    ) -> Result<bool, StoreError> {
        let mut transaction = Transaction::default();
        transaction.put_attributes(item, condition);
        Ok(matches!(self.transact(transaction).await?, Outcome::Done))
    }
}
