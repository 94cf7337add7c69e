//! An account is deleted, and its data: what an operator does, never a request.
//!
//! What leads to other items is deleted after them, and the account itself last. So whoever stopped,
//! anywhere, does it again, and finds what is left. Why what stays does: `docs/decisions/0033`.

mod others;
mod own;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use futures::{StreamExt, TryStreamExt, stream};
use thiserror::Error;
use tsunagu_domain::{
    account::{Account, AccountStatus, Provision},
    connection::{Pair, Role},
    ids::AccountId,
    time::Instant,
};

use crate::{
    Changed, Store,
    accounts::Provisioning,
    condition::Condition,
    error::{StoreError, WriteError},
    items::{CustomerItem, PartnerItem},
    keys::{self, Key},
    query::Query,
    transfer::{RawItem, own::Others, patiently},
};

/// For how long the audit trail of a deleted account is kept: as long as what it tells can be asked
/// for, and a month.
pub const TRAIL_KEPT: TimeDelta = TimeDelta::days(400);

/// How many connections are ended, and entries written, at once.
const AT_ONCE: usize = 8;

/// What a deletion did. Done again, it counts what was left to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// How many of what are gone.
    pub gone: BTreeMap<&'static str, u64>,
    /// How many of what stay for a while.
    pub kept: BTreeMap<&'static str, u64>,
}

impl Deleted {
    fn gone(&mut self, what: &'static str, number: usize) {
        add(&mut self.gone, what, number);
    }

    fn kept(&mut self, what: &'static str, number: usize) {
        add(&mut self.kept, what, number);
    }

    /// Whether there was anything to do.
    pub fn is_nothing(&self) -> bool {
        self.gone.is_empty()
    }
}

fn add(to: &mut BTreeMap<&'static str, u64>, what: &'static str, number: usize) {
    if number > 0 {
        *to.entry(what).or_default() += u64::try_from(number).unwrap_or(u64::MAX);
    }
}

/// Why an account is not deleted.
#[derive(Debug, Error)]
pub enum DeletionError {
    /// Customers are connected to it.
    #[error("{customers} customers are connected to it and would lose their partner or provider")]
    Depended {
        /// How many.
        customers: usize,
    },
    /// The table could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Deletes an account and its data. Its connections end first, as if it had ended them itself; where
    /// it has customers, only by `force`.
    pub async fn delete_account(
        &self,
        account: AccountId,
        force: bool,
        now: Instant,
    ) -> Result<Deleted, DeletionError> {
        let mut deleted = Deleted::default();
        let profile = self.account_item(account).await?;
        let mut own = self.partition(keys::account_partition(account)).await?;
        if let Some(profile) = &profile {
            let customers = own.iter().filter(|item| item.is::<CustomerItem>()).count();
            if customers > 0 && !force {
                return Err(DeletionError::Depended { customers });
            }
            self.suspend(&profile.account, now).await?;
            // From here on nobody can connect to it any more.
            own = self.partition(keys::account_partition(account)).await?;
            deleted.gone("connections", self.end_all(&profile.account, &own, now).await?);
            own = self.partition(keys::account_partition(account)).await?;
        }
        let others = Others::of(&own)?;
        self.forget_at_partners(account, &own, &others, &mut deleted).await?;
        self.forget_at_customers(account, &own, &others, &mut deleted, now).await?;
        self.end_sessions(account, &own, &mut deleted).await?;
        self.delete_mirrors(account, &own, &mut deleted, now).await?;
        for partition in self.usage_partitions(account, &own).await? {
            deleted.gone("usage", self.clear(Query::whole(partition)).await?);
        }
        let made = profile.as_ref().map(|profile| profile.account.created_at);
        self.let_trail_go(account, made, &mut deleted, now).await?;
        self.clear(keys_of_dirty(account)).await?;
        let rest = self.partition(keys::account_partition(account)).await?;
        let rest = rest.iter().map(RawItem::key).filter(|key| **key != keys::account(account));
        deleted.gone("items", self.delete_keys(rest.cloned().collect()).await?);
        let was_there = self.table.delete(keys::account(account), Condition::present()).await?;
        deleted.gone("account", usize::from(was_there));
        // What a run or a request still had on its way.
        self.clear(keys_of_dirty(account)).await?;
        Ok(deleted)
    }

    /// Suspends it, so that nobody changes what is about to go; its partners' copies follow.
    async fn suspend(&self, account: &Account, now: Instant) -> Result<(), StoreError> {
        let wanted = Provisioning {
            account_id: account.account_id,
            provision: Provision { status: Some(AccountStatus::Suspended), ..Provision::default() },
            administrators: Vec::new(),
            default_time_zone: account.time_zone,
            now,
        };
        match self.provision(&wanted, |_| true).await {
            Ok(_) => Ok(()),
            Err(WriteError::Store(error)) => Err(error),
            Err(other) => Err(StoreError::Internal(other.to_string())),
        }
    }

    /// Ends its connections, of both roles: both sides are told, and what was copied goes.
    async fn end_all(
        &self,
        account: &Account,
        own: &[RawItem],
        now: Instant,
    ) -> Result<usize, StoreError> {
        let mut connections = Vec::new();
        for item in own {
            if let Some(CustomerItem { partner, customer, .. }) = item.as_kind()? {
                connections.push((Pair { partner, customer }, Role::Partner));
            } else if let Some(PartnerItem { partner, customer, .. }) = item.as_kind()? {
                connections.push((Pair { partner, customer }, Role::Customer));
            }
        }
        let ends = connections.into_iter().map(|(pair, role)| async move {
            let end = self.end_with_account(account, pair, role, now).await;
            end.map(usize::from).map_err(unrefused)
        });
        let ends: Vec<_> = ends.collect();
        let ended = stream::iter(ends).buffer_unordered(AT_ONCE);
        ended.try_fold(0, async |sum, ended| Ok(sum + ended)).await
    }

    /// Deletes a range, of whatever kinds; tells how many items that were.
    async fn clear(&self, query: Query) -> Result<usize, StoreError> {
        let items = self.range(query).await?;
        self.delete_keys(items.iter().map(RawItem::key).cloned().collect()).await
    }

    async fn delete_keys(&self, keys: Vec<Key>) -> Result<usize, StoreError> {
        patiently(async || self.table.delete_all(&keys).await).await?;
        Ok(keys.len())
    }
}

fn keys_of_dirty(account: AccountId) -> Query {
    Query::prefix(keys::dirty_partition_of(account), keys::dirty_of(account))
}

/// The failure of an end that was asked for without having seen anything.
fn unrefused(error: WriteError<Changed>) -> StoreError {
    match error {
        WriteError::Store(error) => error,
        other => StoreError::Internal(other.to_string()),
    }
}
