//! All items of the table, and many items into it.

use aws_sdk_dynamodb::types::Select;
use futures::{Stream, StreamExt, TryStreamExt, stream};

use super::{RawItem, patiently};
use crate::{
    Store,
    error::StoreError,
    item::Attributes,
    table::{Scanned, Segment},
};

impl Store {
    /// The table's name.
    pub fn table_name(&self) -> &str {
        self.table.name()
    }

    /// About how many items the table has, as DynamoDB counted them some hours ago.
    pub async fn about_items(&self) -> Result<u64, StoreError> {
        self.table.about_items().await
    }

    /// All items of the table by pages, so many parts of it at once. Each item is as it stands when it
    /// is read: what is written meanwhile may be in it or not.
    pub fn all_items(&self, parts: u8) -> impl Stream<Item = Result<Vec<RawItem>, StoreError>> {
        self.scan_all(parts, &Select::AllAttributes).map(|page| {
            let items = page?.items.into_iter().map(RawItem::new);
            items.collect()
        })
    }

    /// How many items the table has, counted one by one.
    pub async fn count_items(&self, parts: u8) -> Result<u64, StoreError> {
        let pages = self.scan_all(parts, &Select::Count);
        pages.try_fold(0, async |sum, page| Ok(sum + page.count)).await
    }

    /// Whether there is no item at all.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        let pages = self.scan_all(1, &Select::Count);
        let filled = pages.try_filter(|page| std::future::ready(page.count > 0));
        let mut filled = std::pin::pin!(filled);
        Ok(filled.try_next().await?.is_none())
    }

    /// Puts items as they are, whatever was there; no two of one key. All are there when this answers.
    pub async fn put_items(&self, items: &[RawItem]) -> Result<(), StoreError> {
        let all: Vec<Attributes> = items.iter().map(|item| item.attributes().clone()).collect();
        patiently(async || self.table.put_all_attributes(&all).await).await
    }

    fn scan_all(
        &self,
        parts: u8,
        select: &Select,
    ) -> impl Stream<Item = Result<Scanned, StoreError>> + use<> {
        let of = i32::from(parts.max(1));
        stream::select_all((0..of).map(|number| {
            let (table, select) = (self.table.clone(), select.clone());
            let pages = stream::try_unfold(Some(None), move |place| {
                let (table, select) = (table.clone(), select.clone());
                async move {
                    let Some(after) = place else { return Ok(None) };
                    let segment = Segment { number, of };
                    let scan = async || table.scan(segment, after.clone(), select.clone()).await;
                    let mut page = patiently(scan).await?;
                    let next = page.next.take().map(Some);
                    Ok(Some((page, next)))
                }
            });
            Box::pin(pages)
        }))
    }
}
