//! A batch of stream records, from what it says to what is done.
//!
//! The same work that several records ask for is done once. Each piece of work goes on while there is
//! time, and what is left then is put off: its own stream record drives it on. So a batch ends in
//! time whatever hangs on it, and its records need not come again.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use serde_json::Value;
use tsunagu_api::App;
use tsunagu_domain::ids::AccountId;
use tsunagu_store::{
    Deadline, StoreError,
    feed::{FeedChange, Step, Tally},
    items::FeedStepItem,
};

use crate::event::{BatchItemFailure, Report, created, read, sequence_number};

/// Of how many accounts work is under way at once: while one waits for the database, others go on.
const AT_ONCE: usize = 8;
/// After how many steps a piece of work is put off, so that others have their turn.
const STEPS_AT_ONCE: usize = 20;

/// A piece of work, and the records that ask for it.
struct Work {
    step: Step,
    /// Where it goes on from, if it was put off before.
    from: Option<Box<FeedStepItem>>,
    records: Vec<String>,
}

/// What a batch came to.
#[derive(Debug, Default)]
struct Counts {
    steps: usize,
    put_off: usize,
}

/// Does what a batch of records asks for.
pub(crate) async fn bring(app: &App, records: Vec<Value>, deadline: &Deadline) -> Report {
    let count = records.len();
    // How far behind feeds are: a metric.
    let oldest = records.iter().filter_map(created).min();
    let lag = oldest.map(|oldest| (app.now() - oldest).num_seconds().max(0));
    let mut failed = Vec::new();
    let mut work: Vec<Work> = Vec::new();
    for record in records {
        let number = sequence_number(&record);
        match changes(record) {
            Ok(changes) => {
                for change in changes {
                    gather(&mut work, change, &number);
                }
            }
            Err(cause) => {
                tracing::error!(sequence = number, cause, "unreadable record");
                failed.push(number);
            }
        }
    }
    let groups = by_account(work).into_iter().map(|group| do_group(app, group, deadline));
    let done: Vec<_> = stream::iter(groups).buffer_unordered(AT_ONCE).collect().await;
    let mut counts = Counts::default();
    for outcome in done.into_iter().flatten() {
        match outcome {
            Ok(Counts { steps, put_off }) => {
                counts.steps += steps;
                counts.put_off += put_off;
            }
            Err(records) => failed.extend(records),
        }
    }
    failed.sort_unstable();
    failed.dedup();
    let Counts { steps, put_off } = counts;
    tracing::info!(
        records = count,
        steps,
        "putOff" = put_off,
        failed = failed.len(),
        "feedLagSeconds" = lag,
        "batch"
    );
    let failures = failed.into_iter().map(|item_identifier| BatchItemFailure { item_identifier });
    Report { batch_item_failures: failures.collect() }
}

fn changes(record: Value) -> Result<Vec<FeedChange>, String> {
    let record = read(record).map_err(|error| error.to_string())?;
    record.changes().map_err(|error| error.to_string())
}

/// Adds what follows from a record, unless others ask for the same.
fn gather(work: &mut Vec<Work>, change: FeedChange, record: &str) {
    let (step, from) = match change {
        FeedChange::Work(step) => (step, None),
        FeedChange::Resume(item) => (item.step.clone(), Some(item)),
    };
    let same = |known: &&mut Work| {
        let id = |item: &Option<Box<FeedStepItem>>| item.as_ref().map(|item| item.id.clone());
        known.step == step && id(&known.from) == id(&from)
    };
    match work.iter_mut().find(same) {
        Some(known) => known.records.push(record.to_owned()),
        None => work.push(Work { step, from, records: vec![record.to_owned()] }),
    }
}

/// Work about the same account, whose transactions would stand in each other's way, in one group.
fn by_account(work: Vec<Work>) -> Vec<Vec<Work>> {
    let mut groups = BTreeMap::<AccountId, Vec<Work>>::new();
    for one in work {
        groups.entry(one.step.account()).or_default().push(one);
    }
    groups.into_values().collect()
}

/// Does the work of a group, one after the other, and counts when the rest is done: whatever fails, the
/// rest is done.
async fn do_group(
    app: &App,
    group: Vec<Work>,
    deadline: &Deadline,
) -> Vec<Result<Counts, Vec<String>>> {
    let is_count = |one: &Work| matches!(one.step, Step::Count { .. });
    let (counts, others): (Vec<_>, Vec<_>) = group.into_iter().partition(is_count);
    let mut done = Vec::new();
    for work in others {
        done.push(do_work(app, work, deadline).await);
    }
    let tally = tally(app, &counts).await;
    for work in counts {
        done.push(count(app, tally.as_ref(), work, deadline).await);
    }
    done
}

/// What several counts of one customer have in common; nothing where there are not several.
async fn tally(app: &App, counts: &[Work]) -> Option<Tally> {
    let pairs = counts.iter().filter_map(|work| match work.step {
        Step::Count { partner, customer } => Some((partner, customer)),
        _ => None,
    });
    let (partners, customers): (Vec<_>, Vec<_>) = pairs.unzip();
    let customer = customers.first().filter(|_| customers.len() > 1)?;
    // Where it cannot be read, each count reads for itself and fails for itself.
    app.store.tally(*customer, &partners).await.ok()
}

/// Counts from what was read for several; where that is overtaken, and where time is up, as any work.
async fn count(
    app: &App,
    tally: Option<&Tally>,
    work: Work,
    deadline: &Deadline,
) -> Result<Counts, Vec<String>> {
    if let (Some(tally), Step::Count { partner, .. }, None) = (tally, &work.step, &work.from)
        && !deadline.has_passed()
        && matches!(app.store.count_from(tally, *partner, app.now()).await, Ok(true))
    {
        return Ok(Counts { steps: 1, put_off: 0 });
    }
    do_work(app, work, deadline).await
}

/// Does a piece of work as far as there is time; gives back the records that ask for it where it
/// failed.
async fn do_work(app: &App, work: Work, deadline: &Deadline) -> Result<Counts, Vec<String>> {
    // On the heap, so that whoever waits for it stays small.
    let done = Box::pin(take_steps(app, &work, deadline)).await;
    done.map_err(|error| {
        let kind = work.step.name();
        tracing::error!(kind, cause = error.to_string(), "work on feeds failed");
        work.records
    })
}

async fn take_steps(app: &App, work: &Work, deadline: &Deadline) -> Result<Counts, StoreError> {
    let (store, now) = (&app.store, app.now());
    let from = work.from.as_deref();
    if let Some(item) = from
        && !store.is_put_off(item).await?
    {
        // Its record came twice.
        return Ok(Counts::default());
    }
    let mut next = Some(work.step.clone());
    let mut steps = 0;
    while let Some(step) = next {
        if steps == STEPS_AT_ONCE || deadline.has_passed() {
            store.put_off(step, from, now).await?;
            return Ok(Counts { steps, put_off: 1 });
        }
        next = store.take_step(&step, now).await?;
        steps += 1;
    }
    if let Some(item) = from {
        store.finish(item).await?;
    }
    Ok(Counts { steps, put_off: 0 })
}
