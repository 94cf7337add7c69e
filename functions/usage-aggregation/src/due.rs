//! What turns by itself: entitlements, and connections whose partner has no figures yet.

use tsunagu_api::TaskError;
use tsunagu_store::{StoreError, licenses::Due};

use crate::run::Course;

/// Lets turn what is due in a shard; gives how much that was.
pub(crate) async fn turn_what_is_due(course: Course<'_>, shard: u8) -> Result<usize, TaskError> {
    let store = &course.app.store;
    let mut count = 0;
    let mut after = None;
    while !course.deadline.has_passed() {
        let page = store.due(shard, course.as_of, after).await?;
        for due in &page.items {
            turn(course, due).await?;
            count += 1;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(count)
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
