//! Putting many items that depend on nothing.

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use futures::{StreamExt, TryStreamExt, stream};

use super::{CAPACITY, Table, waits};
use crate::{
    capacity::{Direction, count},
    error::StoreError,
    item::{Item, encode},
};

/// The most items that one batch puts.
const BATCH: usize = 25;
/// How many batches are under way at once.
const AT_ONCE: usize = 4;
/// How often a batch whose call failed in passing is put again: many that put much at once wait for
/// each other longer than one call may take.
const FURTHER_CALLS: usize = 2;

impl Table {
    /// Puts items, whatever was there; no two of one key. All of them are there when this answers:
    /// what DynamoDB leaves unprocessed is put again until time is up.
    pub(crate) async fn put_all<I: Item>(&self, items: &[I]) -> Result<(), StoreError> {
        let requests = items.iter().map(put_request).collect::<Result<Vec<_>, _>>()?;
        let batches = requests.chunks(BATCH).map(|some| self.put_batch(some.to_vec()));
        // Collected, as a stream over borrowed items is not `Send` for every lifetime.
        let batches: Vec<_> = batches.collect();
        stream::iter(batches).buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn put_batch(&self, requests: Vec<WriteRequest>) -> Result<(), StoreError> {
        let mut left = requests;
        let mut failed = 0;
        let mut waits = waits();
        loop {
            match self.put_batch_once(left.clone()).await {
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

    /// Puts once; gives back what was left unprocessed.
    async fn put_batch_once(
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

fn put_request<I: Item>(item: &I) -> Result<WriteRequest, StoreError> {
    let put = PutRequest::builder().set_item(Some(encode(item)?)).build();
    let put = put.map_err(|error| StoreError::Internal(error.to_string()))?;
    Ok(WriteRequest::builder().put_request(put).build())
}
