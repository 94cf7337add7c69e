//! Marks: which services of which accounts the scheduled run has to look at.
//!
//! Whoever gives a reason to look puts a mark with a fresh nonce, in the transaction of the reason or
//! behind it. The run *claims* a mark before it looks, by a nonce of its own, and removes it only
//! where it is still the one that it put: so a reason that comes while it looks is not lost, and of
//! two runs that look at once neither takes the other's mark away. A claim that is found, other than
//! one's own, is of a run that is still under way or that ended half-way: what it may have written to
//! partners is written again ([`Mark::foreign_claim`]).

use tsunagu_domain::{ids::AccountId, vendor::ServiceCode};

use crate::{
    Page, Place, Store,
    condition::{Condition, Update},
    error::StoreError,
    item::Item,
    items::DirtyItem,
    keys,
    query::Query,
    transaction::Transaction,
};

/// How many marks are read at once.
const AT_ONCE: usize = 100;

/// A mark that this run has claimed.
#[derive(Clone, Debug)]
pub struct Mark {
    item: DirtyItem,
    foreign_claim: bool,
}

impl Mark {
    /// The account to look at.
    pub fn account_id(&self) -> AccountId {
        self.item.account_id
    }

    /// The service to look at.
    pub fn service(&self) -> &ServiceCode {
        &self.item.service
    }

    /// Whether another run had claimed it, and may have ended half-way.
    pub fn foreign_claim(&self) -> bool {
        self.foreign_claim
    }
}

impl Transaction {
    /// Gives the run a reason to look at a service of an account.
    pub(crate) fn mark(
        &mut self,
        account: AccountId,
        service: &ServiceCode,
    ) -> Result<(), StoreError> {
        let mark = DirtyItem::new(account, service.clone());
        self.put(&mark, &Condition::none()).map(|_| ())
    }
}

impl Store {
    /// A page of the marks of a shard; those of one account follow each other.
    pub async fn marks(
        &self,
        shard: u8,
        after: Option<Place>,
    ) -> Result<Page<DirtyItem>, StoreError> {
        let query = Query::whole(keys::dirty_partition(shard)).after(after).limit(AT_ONCE);
        self.table.query(query).await
    }

    /// The mark of one service, if it has one.
    pub async fn marks_of(
        &self,
        account: AccountId,
        service: &ServiceCode,
    ) -> Result<Vec<DirtyItem>, StoreError> {
        let mark = self.table.get::<DirtyItem>(keys::dirty(account, service)).await?;
        Ok(mark.into_iter().collect())
    }

    /// Claims a mark; `None` where it is not as it was seen any more: there is a newer reason to
    /// look, which is found by itself, or somebody has looked.
    pub async fn claim(&self, seen: DirtyItem) -> Result<Option<Mark>, StoreError> {
        let DirtyItem { account_id, service, nonce, claimed } = seen;
        let item = DirtyItem { claimed: true, ..DirtyItem::new(account_id, service) };
        let as_seen = Condition::present().and_equals("nonce", nonce)?;
        let update = Update::default().set("nonce", &item.nonce)?.set("claimed", item.claimed)?;
        let taken = self.table.update(item.key(), update, as_seen).await?;
        Ok(taken.then_some(Mark { item, foreign_claim: claimed }))
    }

    /// Gives a claimed mark back, for a later run: there is more to look at than this one may.
    pub async fn give_back(&self, mark: &Mark) -> Result<(), StoreError> {
        let unchanged = Condition::present().and_equals("nonce", &mark.item.nonce)?;
        let update = Update::default().remove("claimed");
        self.table.update(mark.item.key(), update, unchanged).await.map(|_| ())
    }

    /// Removes a mark that was looked at; leaves it where there is a newer reason.
    pub async fn remove_mark(&self, mark: &Mark) -> Result<(), StoreError> {
        let unchanged = Condition::present().and_equals("nonce", &mark.item.nonce)?;
        self.table.delete(mark.item.key(), unchanged).await.map(|_| ())
    }
}
