//! What the scheduled run has to look at: services of accounts that are *dirty*.
//!
//! Whoever gives a reason to look makes a service dirty, in the transaction of the reason or behind
//! it: there is an item with a fresh nonce for the reason. The run *claims* it before it looks, which
//! leaves the reason alone, and removes it where no reason came since and the claim is still its own:
//! so a reason that comes while it looks is not lost, and of two runs that look at once only the later
//! removes it.
//!
//! A claim that is found is of a run that is still under way or that ended half-way. What such a run
//! may still write to partners is kept from them by writing first ([`Claim::is_takeover`]).

use futures::{StreamExt, TryStreamExt, stream};
use tsunagu_domain::{ids::AccountId, vendor::ServiceCode};

use super::walk::{Unreadable, Walk};
use crate::{
    Store,
    condition::{Condition, Update},
    error::StoreError,
    item::{Item, decode},
    items::DirtyItem,
    keys::{self, Key, attribute},
    nonce::Nonce,
    query::Query,
    transaction::Transaction,
};

/// How many are read at once.
const PAGE: usize = 100;
/// How many are made dirty at once.
const AT_ONCE: usize = 8;

/// A dirty service that this run looks at.
#[derive(Clone, Debug)]
pub struct Claim {
    key: Key,
    account_id: AccountId,
    service: Option<ServiceCode>,
    reason: Nonce,
    nonce: Nonce,
    takeover: bool,
}

impl Claim {
    /// The account to look at.
    pub fn account_id(&self) -> AccountId {
        self.account_id
    }

    /// The service to look at; `None` where only what partners keep is to be brought up to date.
    pub fn service(&self) -> Option<&ServiceCode> {
        self.service.as_ref()
    }

    /// Whether another run had claimed it, and is still under way or ended half-way.
    pub fn is_takeover(&self) -> bool {
        self.takeover
    }

    fn stands(&self) -> Result<Condition, StoreError> {
        Condition::present().and_equals("claim", &self.nonce)
    }
}

/// A reason to look at a service of an account, or at what its partners keep; a claim that is there
/// stays.
fn reason(account: AccountId, service: Option<&ServiceCode>) -> Result<Update, StoreError> {
    let update =
        Update::upsert::<DirtyItem>()?.set("accountId", account)?.set("reason", Nonce::fresh())?;
    match service {
        Some(service) => update.set("service", service),
        None => Ok(update),
    }
}

impl Transaction {
    /// Gives the run a reason to look at a service of an account.
    pub(crate) fn make_dirty(
        &mut self,
        account: AccountId,
        service: &ServiceCode,
    ) -> Result<(), StoreError> {
        let update = reason(account, Some(service))?;
        self.update(keys::dirty(account, Some(service)), update, &Condition::none());
        Ok(())
    }

    /// Gives the run a reason to look at what an account's partners keep.
    pub(crate) fn make_partners_dirty(&mut self, account: AccountId) -> Result<(), StoreError> {
        let update = reason(account, None)?;
        self.update(keys::dirty(account, None), update, &Condition::none());
        Ok(())
    }
}

impl Store {
    /// Gives the run reasons to look at services of accounts.
    pub(super) async fn make_dirty(
        &self,
        services: impl IntoIterator<Item = (AccountId, ServiceCode)>,
    ) -> Result<(), StoreError> {
        let updates = services.into_iter().map(|(account, service)| async move {
            let key = keys::dirty(account, Some(&service));
            let update = reason(account, Some(&service))?;
            self.table.update(key, update, Condition::none()).await.map(|_| ())
        });
        // Collected, as a stream over a borrowing iterator is not `Send` for every lifetime.
        let updates: Vec<_> = updates.collect();
        stream::iter(updates).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// A walk over all that is dirty, for [`Store::next_dirty`].
    pub fn walk_dirty(&self, beginning: u64) -> Walk {
        Walk::new(keys::DIRTY_SHARDS, beginning)
    }

    /// The next page of what is dirty; `None` at the end. All of one account follow each other, if
    /// not always on one page.
    pub async fn next_dirty(
        &self,
        walk: &mut Walk,
    ) -> Result<Option<Vec<Result<DirtyItem, Unreadable>>>, StoreError> {
        let Some((shard, after)) = walk.next() else { return Ok(None) };
        let query = Query::whole(keys::dirty_partition(shard)).after(after).limit(PAGE);
        let page = self.table.query_attributes(query).await?;
        let account = |sk: &String| keys::dirty_account(sk);
        Ok(Some(walk.advance(page, decode, |attributes| {
            attributes.get(attribute::SK)?.as_s().ok().and_then(account)
        })))
    }

    /// All that is dirty of an account.
    pub async fn dirty_of(&self, account: AccountId) -> Result<Vec<DirtyItem>, StoreError> {
        let partition = keys::dirty_partition_of(account);
        self.table.query_all(Query::prefix(partition, keys::dirty_of(account))).await
    }

    /// Claims what is dirty, whatever reasons came since it was seen; `None` where somebody has looked
    /// and it is no more.
    pub async fn claim(&self, seen: &DirtyItem) -> Result<Option<Claim>, StoreError> {
        let nonce = Nonce::fresh();
        let update = Update::default().set("claim", &nonce)?;
        let key = seen.key();
        let before =
            self.table.replace::<DirtyItem>(key.clone(), update, Condition::present()).await?;
        Ok(before.map(|before| Claim {
            key,
            account_id: before.account_id,
            service: before.service,
            reason: before.reason,
            nonce,
            takeover: before.claim.is_some(),
        }))
    }

    /// Whether all of these claims still stand: no other run has begun to look.
    pub(super) async fn stand(&self, claims: &[Claim]) -> Result<bool, StoreError> {
        let keys: Vec<_> = claims.iter().map(|claim| claim.key.clone()).collect();
        let mut found = self.table.batch_get(&keys).await?;
        for claim in claims {
            let item = found.take::<DirtyItem>(&claim.key)?;
            if item.and_then(|item| item.claim).as_ref() != Some(&claim.nonce) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// All was done for which there was reason: it is dirty no more, unless a reason came since.
    pub async fn settle(&self, claim: &Claim) -> Result<(), StoreError> {
        let unchanged = claim.stands()?.and_equals("reason", &claim.reason)?;
        if self.table.delete(claim.key.clone(), unchanged).await? {
            return Ok(());
        }
        self.give_back(claim).await
    }

    /// Leaves it for a later run: there is more to do than this one may, and nothing half-done.
    pub async fn give_back(&self, claim: &Claim) -> Result<(), StoreError> {
        let update = Update::default().remove("claim");
        self.table.update(claim.key.clone(), update, claim.stands()?).await.map(|_| ())
    }
}
