//! Lists of which not everything that is read is shown.

use super::Table;
use crate::{
    error::StoreError,
    item::Item,
    query::{Page, Place, Query},
};

/// How many items a further read takes, where what is not shown left the page unfilled.
const FURTHER: usize = 200;
/// How many further reads one request makes before it answers what it has found so far.
const FURTHER_READS: usize = 5;

impl Table {
    /// Reads a range on, `first` items and then some more, until there are more than `limit` that are
    /// shown, everything is read, or this request has read enough. So a page may be short, even
    /// empty, and still not be the last.
    pub(crate) async fn read_on<I: Item>(
        &self,
        range: Query,
        first: usize,
        limit: usize,
        is_shown: impl Fn(&I) -> bool,
    ) -> Result<Page<I>, StoreError> {
        let mut page = Page { items: Vec::new(), next: range.after.clone() };
        for size in std::iter::once(first).chain([FURTHER; FURTHER_READS]) {
            let query = range.clone().after(page.next.take()).limit(size);
            let read = self.query::<I>(query).await?;
            page.items.extend(read.items.into_iter().filter(&is_shown));
            page.next = read.next;
            if page.items.len() > limit || page.next.is_none() {
                break;
            }
        }
        if page.items.len() > limit {
            page.items.truncate(limit);
            page.next = page.items.last().map(|last| Place::at(last.key()));
        }
        Ok(page)
    }
}
