//! One account: its usage is folded, its partners' figures follow.

use tsunagu_domain::{locale::TimeZone, service::Service};
use tsunagu_store::{
    StoreError,
    items::DirtyItem,
    licenses::{FoldEnd, Folding, Mark, RebuildEnd},
};

use crate::run::Course;

/// How an account was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Looked {
    /// Whether all of it was done.
    pub(crate) look: Look,
    /// How many facts were folded.
    pub(crate) facts: u64,
}

/// Whether something is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// All that this run may count is counted.
    Done,
    /// The time was up.
    Stopped,
}

/// What becomes of a mark.
enum Fate {
    Remove,
    /// There is usage of days that this run does not count.
    GiveBack,
    /// The time was up: it stays claimed, and the next run goes on.
    Keep,
}

/// Looks at an account, all its marks together.
pub(crate) async fn look_at(
    course: Course<'_>,
    marks: Vec<DirtyItem>,
) -> Result<Looked, StoreError> {
    let store = &course.app.store;
    let mut looked = Looked { look: Look::Done, facts: 0 };
    let Some(account) = marks.first().map(|mark| mark.account_id) else { return Ok(looked) };
    let Some(zone) = store.time_zone(account).await? else {
        return Err(StoreError::Internal("usage of an account that vanished".to_owned()));
    };
    let mut claimed = Vec::new();
    for mark in marks {
        claimed.extend(store.claim(mark).await?);
    }
    let mut fates = Vec::new();
    for mark in &claimed {
        let (fate, facts) = count_service(course, mark, zone).await?;
        looked.facts += facts;
        if matches!(fate, Fate::Keep) {
            looked.look = Look::Stopped;
        }
        fates.push(fate);
    }
    if claimed.is_empty() || looked.look == Look::Stopped {
        return Ok(looked);
    }
    let anyway = claimed.iter().any(Mark::foreign_claim);
    store.refresh_partners(account, course.as_of, anyway).await?;
    for (mark, fate) in claimed.iter().zip(fates) {
        match fate {
            Fate::Remove => store.remove_mark(mark).await?,
            Fate::GiveBack => store.give_back(mark).await?,
            Fate::Keep => {}
        }
    }
    Ok(looked)
}

/// Counts a service's usage; gives what becomes of its mark, and how many facts there were.
async fn count_service(
    course: Course<'_>,
    mark: &Mark,
    zone: TimeZone,
) -> Result<(Fate, u64), StoreError> {
    let store = &course.app.store;
    let Some(service) = store.known_service(mark.service()).await? else {
        return Err(StoreError::Internal("usage of a service that vanished".to_owned()));
    };
    let folding = folding(course, mark, &service, zone);
    let folded = store.fold(&folding, course.deadline).await?;
    let folded = match folded.end {
        FoldEnd::Rebuilding => match store.rebuild(&folding, course.deadline).await? {
            RebuildEnd::OutOfTime => return Ok((Fate::Keep, folded.facts)),
            RebuildEnd::Done | RebuildEnd::Overtaken => {
                store.fold(&folding, course.deadline).await?
            }
        },
        _ => folded,
    };
    let fate = match folded.end {
        FoldEnd::Through => Fate::Remove,
        FoldEnd::Later => Fate::GiveBack,
        // Another attempt is under way: its mark, or this one, brings somebody back.
        FoldEnd::OutOfTime | FoldEnd::Rebuilding => Fate::Keep,
    };
    Ok((fate, folded.facts))
}

fn folding<'a>(
    course: Course<'_>,
    mark: &Mark,
    service: &'a Service,
    zone: TimeZone,
) -> Folding<'a> {
    let completed = course.completed.map(|at| zone.day_of(at));
    Folding::new(mark.account_id(), service, zone.day_of(course.as_of), completed)
}
