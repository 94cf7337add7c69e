//! Putting and deleting many items that depend on nothing.

use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, WriteRequest};
use futures::{StreamExt, TryStreamExt, stream};

use super::{CAPACITY, Table, waits};
use crate::{
    capacity::{Direction, count},
    error::StoreError,
    item::{Attributes, Item, encode, primary_key},
    keys::Key,
};

/// The most items that one batch writes.
const BATCH: usize = 25;
/// How many batches are under way at once.
const AT_ONCE: usize = 4;
/// How often a batch whose call failed in passing is written again: many that write much at once wait for
/// each other longer than one call may take.
const FURTHER_CALLS: usize = 2;

impl Table {
    /// Puts items, whatever was there; no two of one key. All of them are there when this answers:
    /// what DynamoDB leaves unprocessed is put again until time is up.
    pub(crate) async fn put_all<I: Item>(&self, items: &[I]) -> Result<(), StoreError> {
        let requests = items.iter().map(|item| put_request(encode(item)?));
        self.write_all(&requests.collect::<Result<Vec<_>, _>>()?).await
    }

    /// The same of items as they are, of whatever kinds.
    pub(crate) async fn put_all_attributes(&self, items: &[Attributes]) -> Result<(), StoreError> {
        let requests = items.iter().cloned().map(put_request);
        self.write_all(&requests.collect::<Result<Vec<_>, _>>()?).await
    }

    /// Deletes items, whether or not they are there; no two of one key.
    pub(crate) async fn delete_all(&self, keys: &[Key]) -> Result<(), StoreError> {
        let requests = keys.iter().cloned().map(delete_request);
        self.write_all(&requests.collect::<Result<Vec<_>, _>>()?).await
    }

    async fn write_all(&self, requests: &[WriteRequest]) -> Result<(), StoreError> {
        let batches = requests.chunks(BATCH).map(|some| self.write_batch(some.to_vec()));
        // Collected, as a stream over borrowed items is not `Send` for every lifetime.
        let batches: Vec<_> = batches.collect();
        stream::iter(batches).buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn write_batch(&self, requests: Vec<WriteRequest>) -> Result<(), StoreError> {
        let mut left = requests;
        let mut failed = 0;
        let mut waits = waits();
        loop {
            match self.write_batch_once(left.clone()).await {
                Ok(unprocessed) => left = unprocessed,
                // The same again does no harm.
                Err(StoreError::Unavailable(_)) if failed < FURTHER_CALLS => failed += 1,
                Err(error) => return Err(error),
            }
            if left.is_empty() {
                return Ok(());
            }
            let wait = waits
                .next()
                .ok_or_else(|| StoreError::Unavailable("items are still unprocessed".to_owned()))?;
            tokio::time::sleep(wait).await;
        }
    }

    /// Writes once; gives back what was left unprocessed.
    async fn write_batch_once(
        &self,
        requests: Vec<WriteRequest>,
    ) -> Result<Vec<WriteRequest>, StoreError> {
        let answer = self
            .client
            .batch_write_item()
            .request_items(&*self.name, requests)
            .return_consumed_capacity(CAPACITY)
            .send()
            .await?;
        count(Direction::Write, answer.consumed_capacity());
        Ok(answer.unprocessed_items.unwrap_or_default().into_values().flatten().collect())
    }
}

fn put_request(item: Attributes) -> Result<WriteRequest, StoreError> {
    let put = PutRequest::builder().set_item(Some(item)).build();
    let put = put.map_err(|error| StoreError::Internal(error.to_string()))?;
    Ok(WriteRequest::builder().put_request(put).build())
}

fn delete_request(key: Key) -> Result<WriteRequest, StoreError> {
    let delete = DeleteRequest::builder().set_key(Some(primary_key(key))).build();
    let delete = delete.map_err(|error| StoreError::Internal(error.to_string()))?;
    Ok(WriteRequest::builder().delete_request(delete).build())
}
