//! What turns by itself: entitlements, and connections whose partner has no figures yet.

use futures::{StreamExt, stream};
use tsunagu_store::{StoreError, licenses::Due};

use crate::context::{AT_ONCE, RunContext, RunCounts};

/// Lets turn what is due. What cannot be read keeps nothing else from turning.
pub(crate) async fn turn_what_is_due(
    run: RunContext<'_>,
    counts: &mut RunCounts,
) -> Result<(), StoreError> {
    let store = &run.app.store;
    let mut walk = store.walk_due(run.beginning());
    while !run.deadline.has_passed() {
        let Some(page) = store.next_due(&mut walk, run.as_of).await? else { return Ok(()) };
        let mut due = Vec::new();
        for item in page {
            match item {
                Ok(one) => due.push(turn(run, one)),
                Err(unreadable) => counts.fail(&unreadable),
            }
        }
        counts.due += due.len();
        let mut turning = stream::iter(due).buffer_unordered(AT_ONCE);
        while let Some(turned) = turning.next().await {
            match turned {
                Ok(()) => {}
                Err(StoreError::Internal(cause)) => {
                    tracing::error!(cause, "what is due failed");
                    counts.failed += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }
    counts.unfinished = true;
    Ok(())
}

async fn turn(run: RunContext<'_>, due: Due) -> Result<(), StoreError> {
    let store = &run.app.store;
    match due {
        Due::Entitlement(item) => {
            let Some(zone) = store.time_zone(item.account).await? else {
                return Err(StoreError::Internal("an entitlement of nobody".to_owned()));
            };
            store.turn(&item, zone, zone.day_of(run.as_of), run.app.now()).await
        }
        Due::Partner(item) => store.welcome_partner(&item).await,
    }
}
