//! Reading the holders that usage is about, in the cheaper of two ways.

use std::collections::{BTreeSet, HashMap};

use tsunagu_domain::{
    ids::AccountId,
    licenses::{
        figures::count,
        holder::{HolderId, HolderKind},
    },
    vendor::ServiceCode,
};

use crate::{
    Store, condition::Condition, error::StoreError, item::Item, items::HolderItem, keys,
    query::Query,
};

/// What a holder's item weighs, roughly, as a part of a read unit.
const UNITS_OF_HOLDER: f64 = 0.1;

/// Holders by their kind and id.
pub(super) type Holders = HashMap<(HolderKind, HolderId), HolderItem>;

/// Which holders are read.
pub(super) struct Wanted<'a> {
    pub(super) account: AccountId,
    pub(super) service: &'a ServiceCode,
    pub(super) kind: HolderKind,
    pub(super) ids: BTreeSet<HolderId>,
    /// How many holders of this kind there are, roughly.
    pub(super) known: i64,
}

impl Wanted<'_> {
    /// Whether reading all that lies between the first and the last of them costs less than asking
    /// for each: a read by key takes a whole unit, a range what it weighs. Digests are spread evenly.
    fn is_dense(&self) -> bool {
        let (Some(first), Some(last)) = (self.ids.first(), self.ids.last()) else { return false };
        let share = last.place() - first.place();
        let known = u32::try_from(count(self.known)).unwrap_or(u32::MAX);
        let asked = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        f64::from(known) * share * UNITS_OF_HOLDER + 1.0 <= f64::from(asked)
    }
}

impl Store {
    /// Adds the holders that are wanted, as far as they exist.
    pub(super) async fn read_holders(
        &self,
        wanted: Wanted<'_>,
        into: &mut Holders,
    ) -> Result<(), StoreError> {
        if wanted.is_dense() {
            self.read_range(wanted, into).await
        } else {
            self.read_each(wanted, into).await
        }
    }

    async fn read_each(&self, wanted: Wanted<'_>, into: &mut Holders) -> Result<(), StoreError> {
        let Wanted { account, service, kind, ids, .. } = wanted;
        let keys: Vec<_> = ids.iter().map(|id| keys::holder(account, service, kind, id)).collect();
        let mut found = self.table.batch_get(&keys).await?;
        for (id, key) in ids.into_iter().zip(keys) {
            if let Some(item) = found.take::<HolderItem>(&key)? {
                into.insert((kind, id), item);
            }
        }
        Ok(())
    }

    /// Page by page, keeping only what is wanted: what else lies in between may be much.
    async fn read_range(&self, wanted: Wanted<'_>, into: &mut Holders) -> Result<(), StoreError> {
        let Wanted { account, service, kind, ids, .. } = wanted;
        let key = |id: &HolderId| keys::holder(account, service, kind, id).sk;
        let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok(()) };
        let partition = keys::holders_partition(account, service);
        let range = Query::between(partition, key(first), key(last));
        let mut after = None;
        loop {
            let page = self.table.query::<HolderItem>(range.clone().after(after)).await?;
            let found = page.items.into_iter().filter(|item| ids.contains(&item.holder_id));
            into.extend(found.map(|item| ((kind, item.holder_id.clone()), item)));
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}

impl HolderItem {
    /// Holds while the holder is as it was read.
    pub(super) fn unchanged(&self) -> Result<Condition, StoreError> {
        // One that was not heard of before has been kept no time.
        Condition::unchanged(Some(self.rev).filter(|rev| *rev > 0))
    }

    /// Where it is.
    pub(super) fn place(&self) -> (HolderKind, HolderId) {
        debug_assert!(self.key().sk.ends_with(self.holder_id.as_str()));
        (self.kind, self.holder_id.clone())
    }
}
