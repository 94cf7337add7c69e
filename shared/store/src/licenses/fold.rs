//! Folding: pending usage becomes holders and figures.
//!
//! A page of what is pending is read, and the holders that it is about; then it is written in
//! transactions, each of which moves holders and figures and removes the usage that moved them, on
//! condition that both are still as they were read. So a fold that crashes, repeats or meets itself
//! counts nothing twice and loses nothing; where another was faster, the page is read again.

mod chunk;

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use tsunagu_domain::{
    ids::AccountId,
    licenses::{
        figures::Current,
        holder::{HolderId, HolderKind},
    },
    service::{LicenseModel, Service},
};

use super::{
    records::{Holders, Wanted},
    walk::is,
};
use crate::{
    Deadline, Page, Place, Store,
    error::StoreError,
    item::{Attributes, Item, decode},
    items::{BUCKETS_KEPT, CurrentFiguresItem, HolderItem, PendingReleaseItem, UsageFactItem},
    keys,
    query::Query,
    table::waits,
};
use chunk::{Chunk, Flushed};

/// How much a fold takes at once.
#[derive(Clone, Copy, Debug)]
pub struct FoldLimits {
    /// How much of what is pending is read at once: what a fold keeps in memory depends on this alone.
    pub page: usize,
    /// The most actions of a transaction. One fact is taken whatever it needs, which is far below what
    /// DynamoDB takes.
    pub actions: usize,
}

impl Default for FoldLimits {
    fn default() -> Self {
        // DynamoDB takes 100 actions.
        Self { page: 1_000, actions: 100 }
    }
}

/// What is folded, and up to when.
#[derive(Clone, Debug)]
pub struct Folding<'a> {
    /// The account.
    pub account: AccountId,
    /// The service.
    pub service: &'a Service,
    /// The last day that is counted, of the account's time zone.
    pub as_of: NaiveDate,
    /// From which day on holders are counted by their last active day.
    pub buckets_from: NaiveDate,
}

impl<'a> Folding<'a> {
    /// The usage of a service up to a run's scheduled time, which is on the day `as_of`; the last
    /// completed run was up to the day `completed`.
    pub fn new(
        account: AccountId,
        service: &'a Service,
        as_of: NaiveDate,
        completed: Option<NaiveDate>,
    ) -> Self {
        let known = completed.map_or(as_of, |completed| completed.min(as_of));
        let buckets_from = known.checked_sub_days(Days::new(BUCKETS_KEPT)).unwrap_or(known);
        Self { account, service, as_of, buckets_from }
    }
}

/// How far a fold came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    /// How many facts were folded.
    pub facts: u64,
    /// In how many transactions.
    pub transactions: u64,
    /// Where it ended.
    pub end: FoldEnd,
}

/// Where a fold ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FoldEnd {
    /// All that is pending is folded.
    #[default]
    Through,
    /// All is folded but what is of later days than this run's.
    Later,
    /// Its time was up.
    OutOfTime,
    /// Others folded the same again and again.
    Contended,
    /// The service is being rebuilt: nothing is folded meanwhile.
    Rebuilding,
}

/// Something that is pending.
#[derive(Clone, Debug)]
pub(super) enum Pending {
    /// Usage.
    Fact(UsageFactItem),
    /// A release.
    Release(PendingReleaseItem),
}

impl Pending {
    fn of(attributes: Attributes) -> Result<Self, StoreError> {
        if is::<PendingReleaseItem>(&attributes) {
            decode(attributes).map(Self::Release)
        } else {
            decode(attributes).map(Self::Fact)
        }
    }

    fn day(&self) -> NaiveDate {
        match self {
            Self::Fact(fact) => fact.day,
            Self::Release(release) => release.day,
        }
    }

    pub(super) fn key(&self) -> keys::Key {
        match self {
            Self::Fact(fact) => fact.key(),
            Self::Release(release) => release.key(),
        }
    }

    /// The holders that it is about.
    pub(super) fn holders(&self, model: LicenseModel) -> Vec<HolderItem> {
        match self {
            Self::Fact(fact) => {
                model.holder_kinds().iter().map(|kind| HolderItem::of(fact, *kind)).collect()
            }
            // Whoever is released is known.
            Self::Release(_) => Vec::new(),
        }
    }

    /// The one of a kind that it is about, if there is one.
    fn id(&self, model: LicenseModel, kind: HolderKind) -> Option<HolderId> {
        match self {
            Self::Fact(fact) => model.counts(kind).then(|| match kind {
                HolderKind::User => fact.user(),
                HolderKind::Device => fact.device(),
            }),
            Self::Release(release) => (release.kind == kind).then(|| release.holder_id.clone()),
        }
    }
}

impl Store {
    /// Folds what is pending of a service. May be done at any time, at once with itself too.
    pub async fn fold(
        &self,
        folding: &Folding<'_>,
        deadline: &Deadline,
    ) -> Result<Folded, StoreError> {
        let Some(current) = self.before_fold(folding).await? else {
            return Ok(Folded { end: FoldEnd::Rebuilding, ..Folded::default() });
        };
        let mut work = Work { store: self, folding, current, folded: Folded::default() };
        let mut after = None;
        let mut tries = waits();
        loop {
            let page = self.pending(folding, after.clone()).await?;
            let before = work.folded.transactions;
            match work.page(page.items, deadline).await? {
                PageEnd::Stopped(end) => {
                    work.folded.end = end;
                    return Ok(work.folded);
                }
                // What was folded of the page is gone: reading it again finds the rest.
                PageEnd::Raced => {
                    if work.folded.transactions > before {
                        tries = waits();
                    }
                    let Some(wait) = tries.next() else {
                        work.folded.end = FoldEnd::Contended;
                        return Ok(work.folded);
                    };
                    tokio::time::sleep(wait).await;
                }
                PageEnd::Through => {
                    tries = waits();
                    after = page.next;
                    if after.is_none() {
                        return Ok(work.folded);
                    }
                    work.tell_progress();
                }
            }
        }
    }

    /// The figures before a fold; `None` while they are being rebuilt.
    async fn before_fold(
        &self,
        folding: &Folding<'_>,
    ) -> Result<Option<CurrentFiguresItem>, StoreError> {
        let key = keys::current_figures(folding.account, &folding.service.code);
        let item = self.table.get::<CurrentFiguresItem>(key).await?;
        let item = item.unwrap_or_else(|| CurrentFiguresItem {
            account_id: folding.account,
            service: folding.service.code.clone(),
            current: Current::default(),
            rebuilding: None,
        });
        Ok(Some(item).filter(|item| item.rebuilding.is_none()))
    }

    async fn pending(
        &self,
        folding: &Folding<'_>,
        after: Option<Place>,
    ) -> Result<Page<Pending>, StoreError> {
        let partition = keys::pending_partition(folding.account, &folding.service.code);
        let query = Query::whole(partition).after(after).limit(self.fold_limits.page);
        let page = self.table.query_attributes(query).await?;
        let items = page.items.into_iter().map(Pending::of).collect::<Result<_, _>>()?;
        Ok(Page { items, next: page.next })
    }
}

/// The usage fact that attributes are; `None` where they are a release.
pub(super) fn fact_of(attributes: Attributes) -> Result<Option<UsageFactItem>, StoreError> {
    Ok(match Pending::of(attributes)? {
        Pending::Fact(fact) => Some(fact),
        Pending::Release(_) => None,
    })
}

enum PageEnd {
    Through,
    Raced,
    Stopped(FoldEnd),
}

/// A fold under way.
struct Work<'a> {
    store: &'a Store,
    folding: &'a Folding<'a>,
    /// The figures as they were read, for what is to be dropped of them; taken by the first
    /// transaction that moves them.
    current: CurrentFiguresItem,
    folded: Folded,
}

impl<'a> Work<'a> {
    /// Folds a page of what is pending.
    async fn page(
        &mut self,
        pending: Vec<Pending>,
        deadline: &Deadline,
    ) -> Result<PageEnd, StoreError> {
        let as_of = self.folding.as_of;
        let (pending, later): (Vec<_>, Vec<_>) =
            pending.into_iter().partition(|one| one.day() <= as_of);
        if !later.is_empty() {
            self.folded.end = FoldEnd::Later;
        }
        let mut holders = self.holders(&pending).await?;
        let mut chunk = self.chunk();
        for one in &pending {
            if !chunk.take(one, &holders) {
                if deadline.has_passed() {
                    return Ok(PageEnd::Stopped(FoldEnd::OutOfTime));
                }
                if let Some(end) = self.flush(&mut chunk, &mut holders).await? {
                    return Ok(end);
                }
                chunk.take(one, &holders);
            }
        }
        Ok(self.flush(&mut chunk, &mut holders).await?.unwrap_or(PageEnd::Through))
    }

    /// The holders that a page is about.
    async fn holders(&self, pending: &[Pending]) -> Result<Holders, StoreError> {
        let mut holders = Holders::new();
        for kind in [HolderKind::User, HolderKind::Device] {
            let ids: BTreeSet<_> =
                pending.iter().filter_map(|one| one.id(self.folding.service.model, kind)).collect();
            let known = match kind {
                HolderKind::User => self.current.current.users.assigned,
                HolderKind::Device => self.current.current.devices.assigned,
            };
            let service = &self.folding.service.code;
            let account = self.folding.account;
            if !ids.is_empty() {
                let wanted = Wanted { account, service, kind, ids, known };
                self.store.read_holders(wanted, &mut holders).await?;
            }
        }
        Ok(holders)
    }

    /// Of much usage of one account, the log would say nothing for minutes.
    fn tell_progress(&self) {
        let account = self.folding.account.to_string();
        let service = self.folding.service.code.as_str();
        let Folded { facts, transactions, .. } = self.folded;
        tracing::info!(account, service, facts, transactions, "folding");
    }

    fn chunk(&self) -> Chunk<'a> {
        Chunk::new(self.folding, self.store.fold_limits.actions)
    }

    /// Writes a chunk; gives where the page ends if it does.
    async fn flush(
        &mut self,
        chunk: &mut Chunk<'a>,
        holders: &mut Holders,
    ) -> Result<Option<PageEnd>, StoreError> {
        let full = std::mem::replace(chunk, self.chunk());
        let grown = full.growth();
        match self.store.flush(full, &mut self.current).await? {
            Flushed::Nothing => Ok(None),
            Flushed::Done { facts, changed } => {
                self.folded.facts += facts;
                self.folded.transactions += 1;
                self.current.current.users.assigned += grown.users;
                self.current.current.devices.assigned += grown.devices;
                holders.extend(changed.into_iter().map(|item| (item.place(), item)));
                Ok(None)
            }
            Flushed::Raced => Ok(Some(PageEnd::Raced)),
            Flushed::Rebuilding => Ok(Some(PageEnd::Stopped(FoldEnd::Rebuilding))),
        }
    }
}
