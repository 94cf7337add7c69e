//! What one transaction of a fold does.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use tsunagu_domain::{
    calendar::Month,
    ids::AccountId,
    licenses::{
        figures::{Both, Changes},
        holder::{HolderId, HolderKind},
        usage::Happening,
    },
    vendor::ServiceCode,
};

use super::{Folding, Holders, Pending};
use crate::{
    Store,
    condition::{Condition, Update},
    error::StoreError,
    item::Item,
    items::{
        CurrentFiguresItem, DayFiguresItem, HolderItem, MonthFiguresItem,
        attributes::{self, REBUILDING},
        counts_of,
    },
    keys::{self, Key},
    transaction::{ActionId, Outcome, Transaction},
};

/// Part of a fold that is done as a whole or not at all.
pub(super) struct Chunk<'a> {
    folding: &'a Folding<'a>,
    /// The most actions that it takes.
    limit: usize,
    /// Holders as they will be.
    holders: BTreeMap<(HolderKind, HolderId), HolderItem>,
    /// What will no longer be pending.
    settled: Vec<Key>,
    changes: Both<Changes>,
    /// The months whose figures, and whose days' figures, it moves.
    months: BTreeSet<Month>,
    months_of_days: BTreeSet<Month>,
}

/// How a chunk went.
pub(super) enum Flushed {
    /// There was nothing to do.
    Nothing,
    /// It is done: so many facts, and the holders that changed.
    Done { facts: u64, changed: Vec<HolderItem> },
    /// Something is not as it was read: nothing is done.
    Raced,
    /// The service is being rebuilt: nothing is done.
    Rebuilding,
}

/// A holder after something that is pending, and how that moves the figures.
struct Effect {
    holder: HolderItem,
    changes: Changes,
}

impl<'a> Chunk<'a> {
    pub(super) fn new(folding: &'a Folding<'a>, limit: usize) -> Self {
        Self {
            folding,
            limit,
            holders: BTreeMap::new(),
            settled: Vec::new(),
            changes: Both::default(),
            months: BTreeSet::new(),
            months_of_days: BTreeSet::new(),
        }
    }

    /// By how many more are assigned.
    pub(super) fn growth(&self) -> Both<i64> {
        self.changes.map(|changes| changes.assigned)
    }

    /// Takes something that is pending; `false` where there is no room for it, which an empty chunk
    /// always has: nothing is passed over.
    pub(super) fn take(&mut self, pending: &Pending, known: &Holders) -> bool {
        let effects = self.effects(pending, known);
        let mut months = self.months.clone();
        let mut months_of_days = self.months_of_days.clone();
        let mut holders = self.holders.len();
        for Effect { holder, changes } in &effects {
            holders += usize::from(!self.holders.contains_key(&holder.place()));
            months.extend(changes.months.keys());
            months_of_days.extend(changes.days.keys().map(|day| Month::of(*day)));
        }
        // One for what is settled, one for the figures as they stand.
        let figures = months.len() + months_of_days.len() + 1;
        let actions = holders + self.settled.len() + 1 + figures;
        if actions > self.limit && !self.settled.is_empty() {
            return false;
        }
        for Effect { holder, changes } in effects {
            match holder.kind {
                HolderKind::User => self.changes.users.add(&changes, 1),
                HolderKind::Device => self.changes.devices.add(&changes, 1),
            }
            self.holders.insert(holder.place(), holder);
        }
        (self.months, self.months_of_days) = (months, months_of_days);
        self.settled.push(pending.key());
        true
    }

    /// What it does to its holders; nothing where it has been counted already.
    fn effects(&self, pending: &Pending, known: &Holders) -> Vec<Effect> {
        let model = self.folding.service.model;
        let present = |place: &(HolderKind, HolderId)| {
            self.holders.get(place).or_else(|| known.get(place)).cloned()
        };
        let (holders, happening) = match pending {
            Pending::Fact(fact) => {
                let fresh = pending.holders(model).into_iter();
                let holders = fresh.map(|new| present(&new.place()).unwrap_or(new));
                (holders.collect::<Vec<_>>(), Happening::Active(fact.day))
            }
            Pending::Release(release) => {
                let place = (release.kind, release.holder_id.clone());
                (present(&place).into_iter().collect(), Happening::Released(release.day))
            }
        };
        let effect = |before: HolderItem| {
            let mut holder = before.clone();
            let changes = holder.activity.take(happening);
            if matches!(happening, Happening::Released(_)) {
                holder.releasing = None;
            }
            (holder != before).then_some(Effect { holder, changes })
        };
        holders.into_iter().filter_map(effect).collect()
    }
}

impl Store {
    /// Does a chunk. `current` are the figures as they were read before the fold.
    pub(super) async fn flush(
        &self,
        chunk: Chunk<'_>,
        current: &mut CurrentFiguresItem,
    ) -> Result<Flushed, StoreError> {
        if chunk.settled.is_empty() {
            return Ok(Flushed::Nothing);
        }
        let facts = chunk.settled.len() as u64;
        let mut transaction = Transaction::default();
        let mut changed = Vec::new();
        for holder in chunk.holders.into_values() {
            let unchanged = holder.unchanged()?;
            let holder = HolderItem { rev: holder.rev + 1, ..holder };
            transaction.put(&holder, &unchanged)?;
            changed.push(holder);
        }
        for key in chunk.settled {
            transaction.delete(key, &Condition::present());
        }
        let mut moved = chunk.changes;
        moved.users.tidy();
        moved.devices.tidy();
        let guard = if changed.is_empty() {
            None
        } else {
            Some(transaction.move_figures(chunk.folding, &moved, current)?)
        };
        match self.table.transact(transaction).await? {
            Outcome::Done => Ok(Flushed::Done { facts, changed }),
            Outcome::Refused(failed) if guard.is_some_and(|guard| failed.contains(guard)) => {
                Ok(Flushed::Rebuilding)
            }
            Outcome::Refused(_) => Ok(Flushed::Raced),
        }
    }
}

impl Transaction {
    /// Moves the figures of a service; gives the action that fails while they are being rebuilt.
    fn move_figures(
        &mut self,
        folding: &Folding<'_>,
        changes: &Both<Changes>,
        current: &mut CurrentFiguresItem,
    ) -> Result<ActionId, StoreError> {
        for month in months_of(changes) {
            self.move_month(folding, changes, month)?;
        }
        for month in months_of_days_of(changes) {
            self.move_days(folding, changes, month)?;
        }
        self.move_current(folding, changes, current)
    }

    fn move_month(
        &mut self,
        folding: &Folding<'_>,
        changes: &Both<Changes>,
        month: Month,
    ) -> Result<(), StoreError> {
        let (account, service) = (folding.account, &folding.service.code);
        let mut update = of_service::<MonthFiguresItem>(account, service)?.set("month", month)?;
        for (kind, changes) in of_both(changes) {
            for (what, count) in changes.months.get(&month).map(counts_of).into_iter().flatten() {
                update = update.add_if(&attributes::period(kind, what), count);
            }
        }
        self.update(keys::month_figures(account, service, month), update, &Condition::none());
        Ok(())
    }

    fn move_days(
        &mut self,
        folding: &Folding<'_>,
        changes: &Both<Changes>,
        month: Month,
    ) -> Result<(), StoreError> {
        let (account, service) = (folding.account, &folding.service.code);
        let mut update = of_service::<DayFiguresItem>(account, service)?.set("month", month)?;
        for (kind, changes) in of_both(changes) {
            for (day, counts) in changes.days.range(month.first_day()..=month.last_day()) {
                for (what, count) in counts_of(counts) {
                    update = update.add_if(&attributes::of_day(kind, what, day.day()), count);
                }
            }
        }
        self.update(keys::day_figures(account, service, month), update, &Condition::none());
        Ok(())
    }

    /// Moves what stands now, and drops what nobody asks for any more.
    fn move_current(
        &mut self,
        folding: &Folding<'_>,
        changes: &Both<Changes>,
        current: &mut CurrentFiguresItem,
    ) -> Result<ActionId, StoreError> {
        let (account, service) = (folding.account, &folding.service.code);
        let (first_day, first_month) = (folding.buckets_from, Month::of(folding.buckets_from));
        let mut update = of_service::<CurrentFiguresItem>(account, service)?;
        for (kind, changes) in of_both(changes) {
            update = update.add_if(&attributes::assigned(kind), changes.assigned);
            for (day, count) in changes.last_active.range(first_day..) {
                update = update.add_if(&attributes::last_active(kind, *day), *count);
            }
            for (month, counts) in changes.months.range(first_month..) {
                update = update.add_if(&attributes::newly(kind, *month), counts.newly());
            }
        }
        let key = keys::current_figures(account, service);
        let settled = Condition::none().and_missing(REBUILDING);
        if update.adds_nothing() {
            return Ok(self.check(key, &settled));
        }
        for name in current.take_outdated(first_day) {
            update = update.remove(&name);
        }
        Ok(self.update(key, update, &settled))
    }
}

impl CurrentFiguresItem {
    /// Takes out what is before a day; gives the names of its attributes.
    fn take_outdated(&mut self, first: NaiveDate) -> Vec<String> {
        let first_month = Month::of(first);
        let mut names = Vec::new();
        let Both { users, devices } = &mut self.current;
        for (kind, holders) in [(HolderKind::User, users), (HolderKind::Device, devices)] {
            let kept = holders.last_active.split_off(&first);
            let days = std::mem::replace(&mut holders.last_active, kept).into_keys();
            names.extend(days.map(|day| attributes::last_active(kind, day)));
            let kept = holders.newly.split_off(&first_month);
            let months = std::mem::replace(&mut holders.newly, kept).into_keys();
            names.extend(months.map(|month| attributes::newly(kind, month)));
        }
        names
    }
}

/// The months that move.
fn months_of(changes: &Both<Changes>) -> BTreeSet<Month> {
    of_both(changes).flat_map(|(_, changes)| changes.months.keys().copied()).collect()
}

/// The months whose days move.
fn months_of_days_of(changes: &Both<Changes>) -> BTreeSet<Month> {
    of_both(changes)
        .flat_map(|(_, changes)| changes.days.keys().map(|day| Month::of(*day)))
        .collect()
}

fn of_both(changes: &Both<Changes>) -> impl Iterator<Item = (HolderKind, &Changes)> {
    [(HolderKind::User, &changes.users), (HolderKind::Device, &changes.devices)].into_iter()
}

/// A change of an item of a service, which is made where it is not there.
fn of_service<I: Item>(account: AccountId, service: &ServiceCode) -> Result<Update, StoreError> {
    Update::upsert::<I>()?.set("accountId", account)?.set("service", service)
}
