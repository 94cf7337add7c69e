//! Whole tables and whole accounts, out of the table and back into it: what an operator does, never a
//! request.
//!
//! Items are taken as they are, so that one of a version which this release does not know is carried
//! along unharmed. What an account's own is, and what of it is never carried away, stands in `own.rs`.

mod connected;
mod export;
mod history;
pub(crate) mod own;
mod plan;
mod raw;
mod restore;
mod table;

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

pub use export::AccountExport;
pub use raw::{NotAnItem, RawItem};
pub use restore::{LeftOut, RestoreError, Restored};

use crate::error::StoreError;

/// Tries again what the database has no time for: nobody waits for a whole table, and a new one takes
/// its time until it takes much at once.
pub(crate) async fn patiently<T>(
    mut attempt: impl AsyncFnMut() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut waits = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(500))
        .with_max_delay(Duration::from_secs(20))
        .with_max_times(8)
        .with_jitter()
        .build();
    loop {
        match attempt().await {
            Err(StoreError::Unavailable(cause)) => match waits.next() {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(StoreError::Unavailable(cause)),
            },
            decided => return decided,
        }
    }
}
