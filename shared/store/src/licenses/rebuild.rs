//! Rebuilding: the figures of a service computed anew from its holders.
//!
//! While [`REBUILDING`] stands nothing is folded, so holders stand still. Each attempt has a token of
//! its own, on which everything that it writes is conditioned: where another attempt has begun, the
//! older one writes no more. An attempt that ends half-way leaves its token, and the service dirty, so
//! that the next run goes on.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use tsunagu_domain::{
    calendar::Month,
    ids::AccountId,
    licenses::{
        MAX_MONTHS,
        figures::{Both, Changes, Current, Holders, Period, PeriodCounts},
        holder::HolderKind,
    },
    vendor::ServiceCode,
};

use super::Folding;
use crate::{
    Deadline, Store,
    condition::{Condition, Update},
    error::StoreError,
    items::{
        CurrentFiguresItem, DayFiguresItem, HolderItem, MonthFiguresItem, attributes::REBUILDING,
    },
    keys,
    nonce::Nonce,
    query::Query,
    transaction::{Outcome, Transaction},
};

/// How many months one transaction writes, two items each, beside its check.
const AT_ONCE: usize = 45;

/// How a rebuild ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RebuildEnd {
    /// The figures are those of the holders.
    Done,
    /// Another attempt has begun, or ended it.
    Overtaken,
    /// Its time was up: the next run begins it anew.
    OutOfTime,
}

impl Store {
    /// Asks for a rebuild: the next look at the service does it.
    pub async fn ask_for_rebuild(
        &self,
        account: AccountId,
        service: &ServiceCode,
    ) -> Result<(), StoreError> {
        let mut transaction = Transaction::default();
        transaction.make_dirty(account, service)?;
        let key = keys::current_figures(account, service);
        transaction.update(key, rebuilding(account, service, &Nonce::fresh())?, &Condition::none());
        match self.table.transact(transaction).await? {
            Outcome::Done => Ok(()),
            Outcome::Refused(_) => Err(StoreError::Internal("no condition was asked".to_owned())),
        }
    }

    /// Does a rebuild that was asked for. Periods older than usage can be are left alone.
    pub async fn rebuild(
        &self,
        folding: &Folding<'_>,
        deadline: &Deadline,
    ) -> Result<RebuildEnd, StoreError> {
        let (account, service) = (folding.account, &folding.service.code);
        let token = Nonce::fresh();
        let key = keys::current_figures(account, service);
        let asked = Condition::present().and_present(REBUILDING);
        let beginning = rebuilding(account, service, &token)?;
        if !self.table.update(key, beginning, asked).await? {
            return Ok(RebuildEnd::Overtaken);
        }
        let first = Month::of(folding.as_of).back(MAX_MONTHS);
        let Some(whole) = self.contributions(folding, first, deadline).await? else {
            return Ok(RebuildEnd::OutOfTime);
        };
        let kept = self.kept_months(account, service, first).await?;
        for items in rebuilt_months(&whole, kept).chunks(AT_ONCE) {
            let mut transaction = Transaction::default();
            for (month, counts, days) in items {
                transaction.replace_month(account, service, *month, *counts, days)?;
            }
            transaction.check(
                keys::current_figures(account, service),
                &Condition::present().and_equals(REBUILDING, &token)?,
            );
            if let Outcome::Refused(_) = self.table.transact(transaction).await? {
                return Ok(RebuildEnd::Overtaken);
            }
        }
        self.end_rebuild(folding, &whole, &token).await
    }

    /// What all holders add up to; `None` where the time was up.
    async fn contributions(
        &self,
        folding: &Folding<'_>,
        first: Month,
        deadline: &Deadline,
    ) -> Result<Option<Both<Changes>>, StoreError> {
        let partition = keys::holders_partition(folding.account, &folding.service.code);
        let mut whole = Both::<Changes>::default();
        let mut after = None;
        loop {
            if deadline.has_passed() {
                return Ok(None);
            }
            let query = Query::whole(partition.clone()).after(after);
            let page = self.table.query::<HolderItem>(query).await?;
            for holder in page.items {
                let one = holder.activity.contribution(first);
                match holder.kind {
                    HolderKind::User => whole.users.add(&one, 1),
                    HolderKind::Device => whole.devices.add(&one, 1),
                }
            }
            for changes in [&mut whole.users, &mut whole.devices] {
                changes.last_active.retain(|day, _| folding.buckets_from <= *day);
            }
            after = page.next;
            if after.is_none() {
                return Ok(Some(whole));
            }
        }
    }

    /// The months of which figures are kept.
    async fn kept_months(
        &self,
        account: AccountId,
        service: &ServiceCode,
        first: Month,
    ) -> Result<BTreeSet<Month>, StoreError> {
        let partition = keys::account_partition(account);
        let range = |prefix: String| {
            let (from, to) = (format!("{prefix}{first}"), keys::end_of(&prefix));
            Query::between(partition.clone(), from, to)
        };
        let months = self.table.query_all::<MonthFiguresItem>(range(keys::months_of(service)));
        let days = self.table.query_all::<DayFiguresItem>(range(keys::days_of(service)));
        let (months, days) = futures::try_join!(months, days)?;
        let months = months.into_iter().map(|item| item.month);
        Ok(months.chain(days.into_iter().map(|item| item.month)).collect())
    }

    async fn end_rebuild(
        &self,
        folding: &Folding<'_>,
        whole: &Both<Changes>,
        token: &Nonce,
    ) -> Result<RebuildEnd, StoreError> {
        let first = Month::of(folding.buckets_from);
        let holders = |changes: &Changes| Holders {
            assigned: changes.assigned,
            last_active: changes.last_active.clone(),
            newly: changes
                .months
                .range(first..)
                .map(|(month, counts)| (*month, counts.newly()))
                .collect(),
        };
        let item = CurrentFiguresItem {
            account_id: folding.account,
            service: folding.service.code.clone(),
            current: Current { users: holders(&whole.users), devices: holders(&whole.devices) },
            rebuilding: None,
        };
        let mut transaction = Transaction::default();
        transaction.put(&item, &Condition::present().and_equals(REBUILDING, token)?)?;
        Ok(match self.table.transact(transaction).await? {
            Outcome::Done => RebuildEnd::Done,
            Outcome::Refused(_) => RebuildEnd::Overtaken,
        })
    }
}

/// A month, what happened in it, and on its days.
type RebuiltMonth = (Month, Period, BTreeMap<NaiveDate, Period>);

/// The months of which there is something to say, or was.
fn rebuilt_months(whole: &Both<Changes>, kept: BTreeSet<Month>) -> Vec<RebuiltMonth> {
    let mut months = kept;
    for changes in [&whole.users, &whole.devices] {
        months.extend(changes.months.keys());
        months.extend(changes.days.keys().map(|day| Month::of(*day)));
    }
    let counts = |changes: &BTreeMap<Month, PeriodCounts>, month| {
        changes.get(&month).copied().unwrap_or_default()
    };
    let of_month = |month: Month| {
        let period = whole.map(|changes| counts(&changes.months, month));
        let days = month.first_day().iter_days().take_while(|day| *day <= month.last_day());
        let on = |day| whole.map(|changes| changes.days.get(&day).copied().unwrap_or_default());
        let days = days.map(|day| (day, on(day)));
        (month, period, days.filter(|(_, counts)| *counts != Period::default()).collect())
    };
    months.into_iter().map(of_month).collect()
}

impl Transaction {
    fn replace_month(
        &mut self,
        account: AccountId,
        service: &ServiceCode,
        month: Month,
        counts: Period,
        days: &BTreeMap<NaiveDate, Period>,
    ) -> Result<(), StoreError> {
        let none = Condition::none();
        let (account_id, service, days) = (account, service.clone(), days.clone());
        self.put(&MonthFiguresItem { account_id, service: service.clone(), month, counts }, &none)?;
        self.put(&DayFiguresItem { account_id, service, month, days }, &none)?;
        Ok(())
    }
}

fn rebuilding(
    account: AccountId,
    service: &ServiceCode,
    token: &Nonce,
) -> Result<Update, StoreError> {
    Update::upsert::<CurrentFiguresItem>()?
        .set("accountId", account)?
        .set("service", service)?
        .set(REBUILDING, token)
}
