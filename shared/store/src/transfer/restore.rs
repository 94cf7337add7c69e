//! An account that is not there, back into the table.
//!
//! Everything is put on condition that it is absent, and the account itself last: until then nobody is
//! let in, and whoever stopped begins again with the same file.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream};
use thiserror::Error;
use tsunagu_domain::{
    audit::{Action, Actor},
    connection::Role,
    ids::{AccountId, OrgId},
    time::Instant,
    vendor::ServiceCode,
};

use super::{RawItem, patiently, plan::Plan};
use crate::{
    Store,
    audit::{Event, change},
    condition::{Condition, Update},
    error::StoreError,
    feed::Step,
    item::Item,
    items::{
        AccountItem, AccountWorkspaceItem, AdministratorItem, InviteLinkItem, InviteTokenItem,
        MembershipItem, PendingReleaseItem, UsageFactItem, WorkspaceItem,
    },
    keys::{self, Key, attribute, prefix},
    query::{Index, Query},
    transaction::{Outcome, Transaction},
};

/// How many items are put at once.
const AT_ONCE: usize = 8;

/// What of a file was not put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its kind.
    pub kind: String,
    /// The account on the other side.
    pub other: AccountId,
    /// Why.
    pub why: &'static str,
}

/// What was put back.
#[derive(Clone, Debug)]
pub struct Restored {
    /// The account.
    pub account: AccountId,
    /// How many items of each kind are there now.
    pub items: BTreeMap<String, u64>,
    /// How many were over by their `ttl`.
    pub expired: u64,
    /// What no longer fits to the other sides.
    pub left_out: Vec<LeftOut>,
}

/// Why an account is not put back.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// The file holds no account.
    #[error("the file holds no account")]
    NoAccount,
    /// The file holds something that is not the account's own.
    #[error("the file holds what is not its account's own: {} {}", .0.pk, .0.sk)]
    Foreign(Key),
    /// The account is there.
    #[error("the account {0} is there already")]
    AlreadyThere(AccountId),
    /// Nobody knows its organization.
    #[error("its organization {0} is neither in the table nor in the file")]
    NoOrganization(OrgId),
    /// What must be unique is another's by now, or otherwise.
    #[error("taken or otherwise by now: {}", .0.join("; "))]
    Taken(Vec<String>),
    /// The table could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Puts an account back that is not there. Whoever stopped half-way repeats it with the same file.
    pub async fn restore_account(
        &self,
        items: Vec<RawItem>,
        now: Instant,
    ) -> Result<Restored, RestoreError> {
        let plan = self.plan(items, now).await?;
        let account = plan.account.account.account_id;
        if self.account_item(account).await?.is_some() {
            return Err(RestoreError::AlreadyThere(account));
        }
        let taken = self.taken(&plan, now).await?;
        if !taken.is_empty() {
            return Err(RestoreError::Taken(taken));
        }
        let own = plan.items.iter().map(|item| self.put_restored(item));
        let own: Vec<_> = own.collect();
        stream::iter(own).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        for item in &plan.yielding {
            patiently(async || {
                let (item, absent) = (item.attributes().clone(), Condition::absent());
                self.table.put_attributes(item, &absent).await
            })
            .await?;
        }
        for item in &plan.items {
            self.restore_mirrors(item).await?;
        }
        self.reconnect(&plan, now).await?;
        self.keep_trail(&plan.account, now).await?;
        self.reopen(&plan, now).await?;
        let mut count = BTreeMap::from([(AccountItem::ENTITY.to_owned(), 1)]);
        for item in plan.items.iter().chain(&plan.yielding) {
            *count.entry(item.entity().to_owned()).or_default() += 1;
        }
        Ok(Restored { account, items: count, expired: plan.expired, left_out: plan.left_out })
    }

    /// What of the account is another's by now, or otherwise than in the file.
    async fn taken(&self, plan: &Plan, now: Instant) -> Result<Vec<String>, StoreError> {
        let id = plan.account.account.account_id;
        let mut taken = Vec::new();
        let there = self.partition(keys::account_partition(id)).await?;
        let there: BTreeMap<_, _> = there.iter().map(|item| (item.key(), item)).collect();
        for item in &plan.items {
            let differs = there.get(item.key()).is_some_and(|there| *there != item);
            if differs && !item.is_over(now) {
                taken.push(format!("{} {}", item.key().pk, item.key().sk));
            }
            if let Some(AccountWorkspaceItem { workspace, .. }) = item.as_kind()? {
                let host =
                    self.table.get::<WorkspaceItem>(keys::workspace(&workspace.host)).await?;
                let is_ours = |at: &WorkspaceItem| at.workspace.account_id == id;
                if host.is_some_and(|host| !is_ours(&host)) {
                    taken.push(format!("the host {}", workspace.host));
                }
            }
            if let Some(InviteLinkItem { link }) = item.as_kind()? {
                let key = keys::invite_token(&link.token.digest());
                let issued = self.table.get::<InviteTokenItem>(key).await?;
                if issued.is_some_and(|issued| issued.partner != id) {
                    taken.push("the invite link".to_owned());
                }
            }
        }
        if let Some(external) = &plan.account.account.external_id {
            let partition = keys::external_id_partition(external);
            let query = Query::prefix(partition, prefix::ACCOUNTS).on(Index::Gsi2);
            let others = self.table.query_all::<AccountItem>(query).await?;
            // The vendor may have said so of two. Back from a file that is no decision of anybody.
            if others.iter().any(|other| other.account.account_id != id) {
                taken.push(format!("the external id {external}"));
            }
        }
        Ok(taken)
    }

    /// Puts an item where there is none; one that is the same is from an earlier try.
    async fn put_restored(&self, item: &RawItem) -> Result<(), RestoreError> {
        let absent = Condition::absent();
        let put = async || self.table.put_attributes(item.attributes().clone(), &absent).await;
        if patiently(put).await? {
            return Ok(());
        }
        let there = self.table.get_attributes(item.key().clone()).await?;
        if there.as_ref() == Some(item.attributes()) {
            return Ok(());
        }
        Err(RestoreError::Taken(vec![format!("{} {}", item.key().pk, item.key().sk)]))
    }

    /// Puts what stands outside of the account's partition because of an item in it.
    async fn restore_mirrors(&self, item: &RawItem) -> Result<(), RestoreError> {
        if let Some(AdministratorItem { account_id, subject, .. }) = item.as_kind()? {
            let mirror = RawItem::of(&MembershipItem { subject, account_id })?;
            self.put_restored(&mirror).await?;
        } else if let Some(InviteLinkItem { link }) = item.as_kind()? {
            let digest = link.token.digest();
            let mirror = RawItem::of(&InviteTokenItem { digest, partner: link.partner })?;
            self.put_restored(&mirror).await?;
        } else if let Some(AccountWorkspaceItem { workspace, rev }) = item.as_kind()? {
            let key = keys::workspace(&workspace.host);
            let there = self.table.get::<WorkspaceItem>(key).await?;
            if there.as_ref().is_some_and(|there| there.deleted_at.is_none()) {
                return Ok(());
            }
            let unchanged = Condition::unchanged(there.map(|there| there.rev))?;
            let host = workspace.host.clone();
            let mirror = WorkspaceItem { workspace, deleted_at: None, rev };
            let mirror = RawItem::of(&mirror)?.attributes().clone();
            if !self.table.put_attributes(mirror, &unchanged).await? {
                return Err(RestoreError::Taken(vec![format!("the host {host}")]));
            }
        }
        Ok(())
    }

    /// Brings both sides of the connections that are back what is copied between them.
    async fn reconnect(&self, plan: &Plan, now: Instant) -> Result<(), StoreError> {
        for (pair, episode, role) in &plan.connections {
            let (partner, customer, episode) = (pair.partner, pair.customer, *episode);
            match role {
                Role::Customer => {
                    self.copy_restored(&plan.account, &plan.organization, partner).await?;
                }
                Role::Partner => {
                    let mut transaction = Transaction::default();
                    transaction.make_partners_dirty(customer)?;
                    let _ = self.table.transact(transaction).await?;
                }
            }
            let mut next =
                Some(Step::FillNotifications { partner, customer, episode, after: None });
            while let Some(step) = next {
                next = patiently(async || self.take_step(&step, now).await).await?;
            }
        }
        Ok(())
    }

    /// A trail that was to go after a deletion stays with its account.
    async fn keep_trail(&self, account: &AccountItem, now: Instant) -> Result<(), StoreError> {
        let (id, made) = (account.account.account_id, account.account.created_at);
        for entry in self.whole_trail(id, Some(made), now).await? {
            if entry.ttl().is_some() {
                let kept = Update::default().remove(attribute::TTL);
                self.table.update(entry.key().clone(), kept, Condition::present()).await?;
            }
        }
        Ok(())
    }

    /// The account itself: from here on its administrators are let in.
    async fn reopen(&self, plan: &Plan, now: Instant) -> Result<(), RestoreError> {
        let account = plan.account.account.account_id;
        let mut transaction = Transaction::default();
        transaction.put(&plan.account, &Condition::absent())?;
        if plan.connections.iter().any(|(_, _, role)| *role == Role::Customer) {
            transaction.make_partners_dirty(account)?;
        }
        for service in pending(&plan.items)? {
            transaction.make_dirty(account, &service)?;
        }
        let event = Event::new(now, Action::AccountProvisioned, "account", account);
        let event = event.with([change("restored", None::<String>, Some(true))]);
        transaction.audit(account, Actor::Platform, &event)?;
        match self.table.transact(transaction).await? {
            Outcome::Done => Ok(()),
            Outcome::Refused(_) => Err(RestoreError::AlreadyThere(account)),
        }
    }
}

/// The services of which usage is pending.
fn pending(items: &[RawItem]) -> Result<BTreeSet<ServiceCode>, StoreError> {
    let mut services = BTreeSet::new();
    for item in items {
        services.extend(item.as_kind::<UsageFactItem>()?.map(|fact| fact.service));
        services.extend(item.as_kind::<PendingReleaseItem>()?.map(|release| release.service));
    }
    Ok(services)
}
