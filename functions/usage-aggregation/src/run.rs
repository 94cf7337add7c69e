//! One run, over everything that has changed or turns by itself.

use chrono::{DateTime, Utc};
use futures::{StreamExt, stream};
use serde::Serialize;
use tsunagu_api::{App, TaskError};
use tsunagu_domain::ids::AccountId;
use tsunagu_store::{
    Deadline, StoreError,
    items::{AsOf, DirtyItem},
};

use crate::{
    account::{Looked, look_at},
    context::{AT_ONCE, RunContext, RunCounts},
    due::turn_what_is_due,
    event::{Event, Rebuild},
};

/// How many accounts may be behind when a run is complete: where it is more, the matter is not theirs,
/// and `asOf` stays for everybody.
const MOST_BEHIND: usize = 100;

/// What a run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Up to when usage was counted.
    pub as_of: DateTime<Utc>,
    /// Whether all of it was: otherwise the next run goes on.
    pub complete: bool,
    /// How many accounts were looked at.
    pub accounts: usize,
    /// How many facts were folded.
    pub facts: u64,
    /// How many entitlements and new connections were due.
    pub due: usize,
}

pub(crate) async fn run(app: &App, event: Event, deadline: &Deadline) -> Result<Report, TaskError> {
    let before = app.store.as_of().await?;
    let completed = before.of_all();
    // A run that comes late, or twice, counts what the last one counted.
    let as_of = event.up_to(app.now(), completed)?.max(completed.unwrap_or_default());
    let context = RunContext { app, as_of, completed, deadline };
    match event.rebuild {
        Some(rebuild) => Box::pin(context.rebuild(rebuild)).await,
        None => Box::pin(context.over_everything(&before)).await,
    }
}

impl RunContext<'_> {
    async fn over_everything(self, before: &AsOf) -> Result<Report, TaskError> {
        let mut counts = RunCounts::default();
        turn_what_is_due(self, &mut counts).await?;
        self.look_at_what_is_dirty(&mut counts).await?;
        let complete = !counts.unfinished && counts.behind.len() <= MOST_BEHIND;
        if complete {
            self.app.store.complete_run(self.as_of, before, &counts.behind).await?;
        }
        let report = self.report(complete, &counts);
        self.tell_lag(complete);
        if counts.failed > 0 { Err(TaskError::Partial(counts.failed)) } else { Ok(report) }
    }

    /// Looks at the accounts of which something is dirty, a page at a time.
    async fn look_at_what_is_dirty(self, counts: &mut RunCounts) -> Result<(), StoreError> {
        let store = &self.app.store;
        let mut walk = store.walk_dirty(self.beginning());
        while !self.deadline.has_passed() {
            let Some(page) = store.next_dirty(&mut walk).await? else { return Ok(()) };
            let mut dirty = Vec::new();
            for item in page {
                match item {
                    Ok(one) => dirty.push(one),
                    Err(unreadable) => counts.fail(&unreadable),
                }
            }
            let looks = by_account(dirty).into_iter().map(|(id, items)| self.guarded(id, items));
            let looks: Vec<_> = looks.collect();
            let mut looks = stream::iter(looks).buffer_unordered(AT_ONCE);
            while let Some(looked) = looks.next().await {
                counts.add(&looked?);
            }
            tracing::info!(accounts = counts.accounts, facts = counts.facts, "progress");
        }
        counts.unfinished = true;
        Ok(())
    }

    /// One account that cannot be read keeps no other from being counted. A database that is away
    /// ends the run: the next one goes on.
    async fn guarded(
        self,
        account: AccountId,
        dirty: Vec<DirtyItem>,
    ) -> Result<Result<Looked, Failed>, StoreError> {
        match Box::pin(look_at(self, dirty)).await {
            Ok(looked) => Ok(Ok(looked)),
            Err(StoreError::Internal(cause)) => {
                tracing::error!(account = account.to_string(), cause, "account failed");
                Ok(Err(Failed(account)))
            }
            Err(error) => Err(error),
        }
    }

    /// Rebuilds one service, and counts whatever else of the account waits for that.
    async fn rebuild(self, rebuild: Rebuild) -> Result<Report, TaskError> {
        let Rebuild { account_id, service } = rebuild;
        let store = &self.app.store;
        let known = store.time_zone(account_id).await?.is_some()
            && store.known_service(&service).await?.is_some();
        if !known {
            return Err(TaskError::Refused("there is no such account or service".to_owned()));
        }
        store.ask_for_rebuild(account_id, &service).await?;
        let dirty = store.dirty_of(account_id).await?;
        let looked = Box::pin(look_at(self, dirty)).await?;
        let mut counts = RunCounts::default();
        counts.add(&Ok(looked));
        Ok(self.report(!counts.unfinished, &counts))
    }

    /// How far behind figures are, now that the run is over: a metric.
    fn tell_lag(self, complete: bool) {
        let counted = if complete { Some(self.as_of) } else { self.completed };
        let lag = counted.map(|counted| (self.app.now() - counted).num_seconds());
        tracing::info!("foldLagSeconds" = lag, "figures stand");
    }

    fn report(self, complete: bool, counts: &RunCounts) -> Report {
        let RunCounts { accounts, facts, due, failed, .. } = *counts;
        let as_of = self.as_of.to_rfc3339();
        tracing::info!("asOf" = as_of, complete, accounts, facts, due, failed, "usage aggregated");
        Report { as_of: self.as_of, complete, accounts, facts, due }
    }
}

impl RunCounts {
    /// Adds an account.
    fn add(&mut self, looked: &Result<Looked, Failed>) {
        self.accounts += 1;
        match looked {
            Ok(looked) => {
                self.facts += looked.facts;
                self.unfinished |= looked.unfinished;
            }
            Err(Failed(account)) => {
                self.failed += 1;
                self.behind.insert(*account);
            }
        }
    }
}

/// An account that could not be looked at.
struct Failed(AccountId);

/// What is dirty of each account, which follows each other.
fn by_account(dirty: Vec<DirtyItem>) -> Vec<(AccountId, Vec<DirtyItem>)> {
    let mut groups: Vec<(AccountId, Vec<DirtyItem>)> = Vec::new();
    for item in dirty {
        match groups.last_mut() {
            Some((account, group)) if *account == item.account_id => group.push(item),
            _ => groups.push((item.account_id, vec![item])),
        }
    }
    groups
}
