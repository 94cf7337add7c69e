//! One run, over everything that has changed or turns by itself.

use chrono::{DateTime, Utc};
use futures::{StreamExt, stream};
use serde::Serialize;
use tsunagu_api::{App, TaskError};
use tsunagu_domain::{ids::AccountId, time::Instant};
use tsunagu_store::{
    Deadline, StoreError,
    items::DirtyItem,
    keys::{DIRTY_SHARDS, DUE_SHARDS},
};

use crate::{
    account::{Look, Looked, look_at},
    due::{Turned, turn_what_is_due},
    event::{Event, Rebuild},
};

/// How many accounts are looked at at once: while one waits for the database, others go on.
const AT_ONCE: usize = 4;

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

/// What all parts of a run go by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Course<'a> {
    pub(crate) app: &'a App,
    /// Up to when usage is counted.
    pub(crate) as_of: Instant,
    /// The same of the last completed run.
    pub(crate) completed: Option<Instant>,
    pub(crate) deadline: &'a Deadline,
}

/// What was done so far.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    accounts: usize,
    facts: u64,
    due: usize,
    failed: usize,
    stopped: bool,
}

pub(crate) async fn run(app: &App, event: Event, deadline: &Deadline) -> Result<Report, TaskError> {
    let completed = app.store.as_of().await?;
    // A run that comes late, or twice, counts what the last one counted.
    let as_of = event.up_to(app.now())?.max(completed.unwrap_or_default());
    let course = Course { app, as_of, completed, deadline };
    match event.rebuild {
        Some(rebuild) => Box::pin(course.rebuild(rebuild)).await,
        None => Box::pin(course.over_everything()).await,
    }
}

impl Course<'_> {
    async fn over_everything(self) -> Result<Report, TaskError> {
        let mut tally = Tally::default();
        for shard in 0..DUE_SHARDS {
            let Turned { due, failed } = turn_what_is_due(self, shard).await?;
            tally.due += due;
            tally.failed += failed;
        }
        for shard in 0..DIRTY_SHARDS {
            self.shard(shard, &mut tally).await?;
        }
        let complete = tally.failed == 0 && !self.deadline.has_passed() && !tally.stopped;
        if complete {
            self.app.store.complete_run(self.as_of, self.app.now()).await?;
        }
        let report = self.report(complete, &tally);
        tell(&report);
        if tally.failed > 0 { Err(TaskError::Partial(tally.failed)) } else { Ok(report) }
    }

    /// Looks at the accounts of a shard, a page of marks at a time.
    async fn shard(self, shard: u8, tally: &mut Tally) -> Result<(), StoreError> {
        let mut after = None;
        while !self.deadline.has_passed() {
            let page = self.app.store.marks(shard, after).await?;
            let looks = by_account(page.items).into_iter().map(|marks| self.guarded(marks));
            let mut looks = stream::iter(looks).buffer_unordered(AT_ONCE);
            while let Some(looked) = looks.next().await {
                tally.count(looked?);
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
            tracing::info!(shard, accounts = tally.accounts, facts = tally.facts, "progress");
        }
        tally.stopped = true;
        Ok(())
    }

    /// One account that cannot be read keeps no other from being counted. A database that is away
    /// ends the run: the next one goes on.
    async fn guarded(self, marks: Vec<DirtyItem>) -> Result<Option<Looked>, StoreError> {
        let account = marks.first().map(|mark| mark.account_id.to_string());
        match look_at(self, marks).await {
            Ok(looked) => Ok(Some(looked)),
            Err(StoreError::Internal(cause)) => {
                tracing::error!(account, cause, "account failed");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Rebuilds one service, and folds what waited for that.
    async fn rebuild(self, rebuild: Rebuild) -> Result<Report, TaskError> {
        let Rebuild { account_id, service } = rebuild;
        let store = &self.app.store;
        let known = store.time_zone(account_id).await?.is_some()
            && store.known_service(&service).await?.is_some();
        if !known {
            return Err(TaskError::Refused("there is no such account or service".to_owned()));
        }
        store.ask_for_rebuild(account_id, &service).await?;
        let marks = store.marks_of(account_id, &service).await?;
        let looked = look_at(self, marks).await?;
        let mut tally = Tally::default();
        tally.count(Some(looked));
        let report = self.report(looked.look == Look::Done, &tally);
        tell(&report);
        Ok(report)
    }

    fn report(self, complete: bool, tally: &Tally) -> Report {
        let Tally { accounts, facts, due, .. } = *tally;
        Report { as_of: self.as_of, complete, accounts, facts, due }
    }
}

impl Tally {
    /// Adds an account; `None` where it failed.
    fn count(&mut self, looked: Option<Looked>) {
        self.accounts += 1;
        match looked {
            Some(looked) => {
                self.facts += looked.facts;
                self.stopped |= looked.look == Look::Stopped;
            }
            None => self.failed += 1,
        }
    }
}

/// The marks of each account, which follow each other.
fn by_account(marks: Vec<DirtyItem>) -> Vec<Vec<DirtyItem>> {
    let mut groups: Vec<(AccountId, Vec<DirtyItem>)> = Vec::new();
    for mark in marks {
        match groups.last_mut() {
            Some((account, group)) if *account == mark.account_id => group.push(mark),
            _ => groups.push((mark.account_id, vec![mark])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

fn tell(report: &Report) {
    let Report { as_of, complete, accounts, facts, due } = report;
    let as_of = as_of.to_rfc3339();
    tracing::info!("asOf" = as_of, complete, accounts, facts, due, "usage aggregated");
}
