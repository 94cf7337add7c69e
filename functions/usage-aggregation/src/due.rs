//! What turns by itself: entitlements, and connections whose partner has no figures yet.

use tsunagu_store::{StoreError, licenses::Due};

use crate::run::Course;

/// How much was due.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Turned {
    pub(crate) due: usize,
    /// How much of it cannot be read.
    pub(crate) failed: usize,
}

/// Lets turn what is due in a shard. What cannot be read keeps nothing else from turning.
pub(crate) async fn turn_what_is_due(course: Course<'_>, shard: u8) -> Result<Turned, StoreError> {
    let mut turned = Turned::default();
    let mut after = None;
    while !course.deadline.has_passed() {
        let page = course.app.store.due(shard, course.as_of, after).await?;
        for due in &page.items {
            turned.due += 1;
            match turn(course, due).await {
                Ok(()) => {}
                Err(StoreError::Internal(cause)) => {
                    tracing::error!(cause, "what is due failed");
                    turned.failed += 1;
                }
                Err(error) => return Err(error),
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(turned)
}

async fn turn(course: Course<'_>, due: &Due) -> Result<(), StoreError> {
    let store = &course.app.store;
    match due {
        Due::Entitlement(item) => {
            let Some(zone) = store.time_zone(item.account).await? else {
                return Err(StoreError::Internal("an entitlement of nobody".to_owned()));
            };
            store.turn(item, zone, zone.day_of(course.as_of), course.app.now()).await
        }
        Due::Partner(item) => store.welcome_partner(item, course.as_of).await,
    }
}
