//! The table: the few calls that everything else is made of. Each counts what it consumed.

mod batch_put;
mod read_on;
mod whole;

pub(crate) use whole::{Scanned, Segment};

use std::{collections::HashMap, sync::Arc, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    operation::{
        delete_item::DeleteItemError, transact_write_items::TransactWriteItemsError,
        update_item::UpdateItemError,
    },
    types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity, ReturnValue},
};
use backon::{BackoffBuilder, ExponentialBuilder};

use crate::{
    capacity::{Direction, count},
    client::is_passing,
    condition::{Condition, Update},
    error::StoreError,
    item::{Attributes, Item, decode, primary_key},
    keys::Key,
    query::{Index, Page, Place, Query, Range},
    transaction::{FailedConditions, Outcome, Transaction, parts, text_of},
};

/// The most keys that one batch asks for.
const BATCH: usize = 100;
const CAPACITY: ReturnConsumedCapacity = ReturnConsumedCapacity::Total;

/// A DynamoDB table and the client that reaches it.
#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    name: Arc<str>,
}

/// Items read together, taken out by their keys.
#[derive(Debug, Default)]
pub(crate) struct Batch(HashMap<Key, Attributes>);

impl Batch {
    pub(crate) fn take<I: Item>(&mut self, key: &Key) -> Result<Option<I>, StoreError> {
        self.0.remove(key).map(decode).transpose()
    }

    /// Those that are there, in the order of the keys.
    pub(crate) fn take_all<I: Item>(
        &mut self,
        keys: impl IntoIterator<Item = Key>,
    ) -> Result<Vec<I>, StoreError> {
        keys.into_iter().filter_map(|key| self.take(&key).transpose()).collect()
    }

    /// Whether there is such an item.
    pub(crate) fn has(&self, key: &Key) -> bool {
        self.0.contains_key(key)
    }

    /// One of them, left in its place: for what several ask for.
    pub(crate) fn get<I: Item>(&self, key: &Key) -> Result<Option<I>, StoreError> {
        self.0.get(key).cloned().map(decode).transpose()
    }
}

impl Table {
    /// A table by name.
    pub fn new(client: Client, name: impl Into<Arc<str>>) -> Self {
        Self { client, name: name.into() }
    }

    /// Reads one item, strongly consistent.
    pub(crate) async fn get<I: Item>(&self, key: Key) -> Result<Option<I>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&*self.name)
            .set_key(Some(primary_key(key)))
            .consistent_read(true)
            .return_consumed_capacity(CAPACITY)
            .send()
            .await?;
        count(Direction::Read, answer.consumed_capacity());
        answer.item.map(decode).transpose()
    }

    /// Reads items together, strongly consistent. Keys that DynamoDB leaves unprocessed are asked
    /// for again until all are known or time is up: an item is never taken for absent because the
    /// database was busy.
    pub(crate) async fn batch_get(&self, keys: &[Key]) -> Result<Batch, StoreError> {
        let mut found = Batch::default();
        for some in keys.chunks(BATCH) {
            let mut wanted: Vec<Attributes> = some.iter().cloned().map(primary_key).collect();
            let mut waits = waits();
            loop {
                wanted = self.batch_get_once(wanted, &mut found).await?;
                if wanted.is_empty() {
                    break;
                }
                let wait = waits.next().ok_or_else(|| {
                    StoreError::Unavailable("keys are still unprocessed".to_owned())
                })?;
                tokio::time::sleep(wait).await;
            }
        }
        Ok(found)
    }

    /// Asks once; gives back what was left unprocessed.
    async fn batch_get_once(
        &self,
        wanted: Vec<Attributes>,
        found: &mut Batch,
    ) -> Result<Vec<Attributes>, StoreError> {
        let request = KeysAndAttributes::builder()
            .set_keys(Some(wanted))
            .consistent_read(true)
            .build()
            .map_err(|error| StoreError::Internal(error.to_string()))?;
        let answer = self
            .client
            .batch_get_item()
            .request_items(&*self.name, request)
            .return_consumed_capacity(CAPACITY)
            .send()
            .await?;
        count(Direction::Read, answer.consumed_capacity());
        for items in answer.responses.unwrap_or_default().into_values() {
            for item in items {
                found.0.insert(key_of(&item, Index::Table)?, item);
            }
        }
        let unprocessed = answer.unprocessed_keys.unwrap_or_default().into_values();
        Ok(unprocessed.flat_map(|keys| keys.keys).collect())
    }

    /// Reads one page of a partition: strongly consistent on the table, not on an index.
    pub(crate) async fn query<I: Item>(&self, query: Query) -> Result<Page<I>, StoreError> {
        let page = self.query_attributes(query).await?;
        let items = page.items.into_iter().map(decode).collect::<Result<_, _>>()?;
        Ok(Page { items, next: page.next })
    }

    /// Reads all pages of a partition's range.
    pub(crate) async fn query_all<I: Item>(&self, query: Query) -> Result<Vec<I>, StoreError> {
        self.query_all_as(query, decode).await
    }

    /// Reads all pages of a partition's range, each item as it is understood here, page by page.
    async fn query_all_as<T>(
        &self,
        query: Query,
        understood: impl Fn(Attributes) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut items = Vec::new();
        let mut after = query.after.clone();
        loop {
            let page = self.query_attributes(query.clone().after(after)).await?;
            for item in page.items {
                items.push(understood(item)?);
            }
            after = page.next;
            if after.is_none() {
                return Ok(items);
            }
        }
    }

    pub(crate) async fn query_attributes(
        &self,
        query: Query,
    ) -> Result<Page<Attributes>, StoreError> {
        let (pk, sk) = query.index.keys();
        let request = self.client.query();
        let request = match &query.range {
            Range::All => request.key_condition_expression("#pk = :pk"),
            Range::Prefix(prefix) => request
                .key_condition_expression("#pk = :pk AND begins_with(#sk, :from)")
                .expression_attribute_names("#sk", sk)
                .expression_attribute_values(":from", AttributeValue::S(prefix.clone())),
            Range::Between(from, to) => request
                .key_condition_expression("#pk = :pk AND #sk BETWEEN :from AND :to")
                .expression_attribute_names("#sk", sk)
                .expression_attribute_values(":from", AttributeValue::S(from.clone()))
                .expression_attribute_values(":to", AttributeValue::S(to.clone())),
        };
        let answer = request
            .table_name(&*self.name)
            .set_index_name(query.index.name().map(str::to_owned))
            .expression_attribute_names("#pk", pk)
            .expression_attribute_values(":pk", AttributeValue::S(query.partition.clone()))
            .consistent_read(query.index == Index::Table)
            .scan_index_forward(!query.descending)
            .set_limit(query.limit)
            .set_exclusive_start_key(query.start_key())
            .return_consumed_capacity(CAPACITY)
            .send()
            .await?;
        count(Direction::Read, answer.consumed_capacity());
        let next =
            answer.last_evaluated_key.map(|last| place_of(&last, query.index)).transpose()?;
        Ok(Page { items: answer.items.unwrap_or_default(), next })
    }

    /// Changes one item in place; tells whether the condition held.
    pub(crate) async fn update(
        &self,
        key: Key,
        update: Update,
        condition: Condition,
    ) -> Result<bool, StoreError> {
        let before = self.update_telling(key, update, condition, ReturnValue::None).await?;
        Ok(before.is_some())
    }

    /// Changes one item in place; gives what it was before, `None` where the condition did not hold.
    pub(crate) async fn replace<I: Item>(
        &self,
        key: Key,
        update: Update,
        condition: Condition,
    ) -> Result<Option<I>, StoreError> {
        let before = self.update_telling(key, update, condition, ReturnValue::AllOld).await?;
        before.map(decode).transpose()
    }

    /// Gives what was asked for of the item as it was; `None` where the condition did not hold.
    async fn update_telling(
        &self,
        key: Key,
        update: Update,
        condition: Condition,
        what: ReturnValue,
    ) -> Result<Option<Attributes>, StoreError> {
        let mut expression = update.build();
        expression.absorb(&condition.0);
        let (text, names, values) = parts(&expression);
        let answer = self
            .client
            .update_item()
            .table_name(&*self.name)
            .set_key(Some(primary_key(key)))
            .set_update_expression(text)
            .set_condition_expression(text_of(&condition.0))
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_values(what)
            .return_consumed_capacity(CAPACITY)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                count(Direction::Write, answer.consumed_capacity());
                Ok(Some(answer.attributes.unwrap_or_default()))
            }
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), UpdateItemError::ConditionalCheckFailedException(_)) =>
            {
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes one item; tells whether the condition held.
    pub(crate) async fn delete(&self, key: Key, condition: Condition) -> Result<bool, StoreError> {
        let (text, names, values) = parts(&condition.0);
        let answer = self
            .client
            .delete_item()
            .table_name(&*self.name)
            .set_key(Some(primary_key(key)))
            .set_condition_expression(text)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_consumed_capacity(CAPACITY)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                count(Direction::Write, answer.consumed_capacity());
                Ok(true)
            }
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), DeleteItemError::ConditionalCheckFailedException(_)) =>
            {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Does all of a transaction or nothing. The SDK gives it a client request token and tries it
    /// again under the same one, so that a lost answer does no harm.
    pub(crate) async fn transact(&self, transaction: Transaction) -> Result<Outcome, StoreError> {
        let answer = self
            .client
            .transact_write_items()
            .set_transact_items(Some(transaction.on_table(&self.name)?))
            .return_consumed_capacity(CAPACITY)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                count(Direction::Write, answer.consumed_capacity());
                Ok(Outcome::Done)
            }
            Err(error) => refused(error),
        }
    }
}

impl Query {
    /// The place behind which to go on, as the index at hand wants it.
    fn start_key(&self) -> Option<Attributes> {
        let after = self.after.clone()?;
        let (pk, sk) = self.index.keys();
        let mut key = Attributes::from([
            (pk.to_owned(), AttributeValue::S(self.partition.clone())),
            (sk.to_owned(), AttributeValue::S(after.sk)),
        ]);
        if let Some(base) = after.base {
            key.extend(primary_key(base));
        }
        Some(key)
    }
}

/// A condition that did not hold is an outcome; everything else is a failure.
fn refused(error: SdkError<TransactWriteItemsError>) -> Result<Outcome, StoreError> {
    if let SdkError::ServiceError(answer) = &error
        && let TransactWriteItemsError::TransactionCanceledException(cancelled) = answer.err()
    {
        let reasons = cancelled.cancellation_reasons();
        let failed: Vec<usize> = reasons
            .iter()
            .enumerate()
            .filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"))
            .map(|(index, _)| index)
            .collect();
        if !failed.is_empty() {
            return Ok(Outcome::Refused(FailedConditions(failed)));
        }
        if is_passing(reasons) {
            return Err(StoreError::Unavailable("conflicts beyond all retries".to_owned()));
        }
    }
    Err(error.into())
}

pub(crate) fn key_of(item: &Attributes, index: Index) -> Result<Key, StoreError> {
    let (pk, sk) = index.keys();
    let text = |name: &str| {
        item.get(name)
            .and_then(|value| value.as_s().ok())
            .cloned()
            .ok_or_else(|| StoreError::corrupt("no key"))
    };
    Ok(Key { pk: text(pk)?, sk: text(sk)? })
}

fn place_of(last: &Attributes, index: Index) -> Result<Place, StoreError> {
    let sk = key_of(last, index)?.sk;
    let base = (index != Index::Table).then(|| key_of(last, Index::Table)).transpose()?;
    Ok(Place { sk, base })
}

/// Random waits that double, for what the SDK does not try again by itself.
pub(crate) fn waits() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(20))
        .with_max_delay(Duration::from_millis(400))
        .with_max_times(8)
        .with_jitter()
        .build()
}
