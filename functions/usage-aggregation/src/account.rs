//! One account: its usage is folded, its partners' figures follow.

use tsunagu_domain::{locale::TimeZone, service::Service, vendor::ServiceCode};
use tsunagu_store::{
    StoreError,
    items::DirtyItem,
    licenses::{Claim, FoldEnd, Folding, RebuildEnd, Refreshed},
};

use crate::context::RunContext;

/// How an account was left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Looked {
    /// Whether something is left that this run should have done.
    pub(crate) unfinished: bool,
    /// How many facts were folded.
    pub(crate) facts: u64,
}

/// What becomes of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// All is done.
    Settle,
    /// There is usage of days that this run does not count.
    GiveBack,
    /// Something is left: it stays claimed, and the next run takes it over.
    Keep,
}

/// Looks at an account, at all that is dirty of it together.
pub(crate) async fn look_at(
    run: RunContext<'_>,
    dirty: Vec<DirtyItem>,
) -> Result<Looked, StoreError> {
    let store = &run.app.store;
    let mut looked = Looked::default();
    let Some(account) = dirty.first().map(|item| item.account_id) else { return Ok(looked) };
    if run.deadline.has_passed() {
        return Ok(Looked { unfinished: true, ..looked });
    }
    let Some(zone) = store.time_zone(account).await? else {
        return Err(StoreError::Internal("usage of an account that vanished".to_owned()));
    };
    let mut claims = Vec::new();
    for item in &dirty {
        claims.extend(store.claim(item).await?);
    }
    let mut fates = Vec::new();
    for claim in &claims {
        let (fate, facts) = match claim.service() {
            Some(service) => count_service(run, claim, service, zone).await?,
            None => (Fate::Settle, 0),
        };
        looked.facts += facts;
        fates.push(fate);
    }
    looked.unfinished = fates.contains(&Fate::Keep);
    if looked.unfinished {
        return Ok(looked);
    }
    match Box::pin(store.refresh_partners(&claims, run.as_of, run.deadline)).await? {
        Refreshed::Through => put_down(run, &claims, &fates).await?,
        // Usage is counted; the claims are another's, who does the rest.
        Refreshed::TakenOver => {}
        Refreshed::Unfinished => looked.unfinished = true,
    }
    Ok(looked)
}

async fn put_down(run: RunContext<'_>, claims: &[Claim], fates: &[Fate]) -> Result<(), StoreError> {
    let store = &run.app.store;
    for (claim, fate) in claims.iter().zip(fates) {
        match fate {
            Fate::Settle => store.settle(claim).await?,
            Fate::GiveBack => store.give_back(claim).await?,
            Fate::Keep => {}
        }
    }
    Ok(())
}

/// Counts a service's usage; gives what becomes of its claim, and how many facts there were.
async fn count_service(
    run: RunContext<'_>,
    claim: &Claim,
    service: &ServiceCode,
    zone: TimeZone,
) -> Result<(Fate, u64), StoreError> {
    let store = &run.app.store;
    let Some(service) = store.known_service(service).await? else {
        return Err(StoreError::Internal("usage of a service that vanished".to_owned()));
    };
    let folding = folding(run, claim, &service, zone);
    let mut folded = store.fold(&folding, run.deadline).await?;
    let mut facts = folded.facts;
    if folded.end == FoldEnd::Rebuilding {
        match store.rebuild(&folding, run.deadline).await? {
            RebuildEnd::OutOfTime => return Ok((Fate::Keep, facts)),
            RebuildEnd::Done | RebuildEnd::Overtaken => {}
        }
        folded = store.fold(&folding, run.deadline).await?;
        facts += folded.facts;
    }
    let fate = match folded.end {
        FoldEnd::Through => Fate::Settle,
        FoldEnd::Later => Fate::GiveBack,
        FoldEnd::OutOfTime | FoldEnd::Contended | FoldEnd::Rebuilding => Fate::Keep,
    };
    Ok((fate, facts))
}

fn folding<'a>(
    run: RunContext<'_>,
    claim: &Claim,
    service: &'a Service,
    zone: TimeZone,
) -> Folding<'a> {
    let completed = run.completed.map(|at| zone.day_of(at));
    Folding::new(claim.account_id(), service, zone.day_of(run.as_of), completed)
}
