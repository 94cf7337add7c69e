//! Connections: accepting, ending, narrowing, the partner's own marks, and the lists of both sides.
//!
//! Each change is one transaction, and what it needs to be true is a condition of it. Where a
//! condition fails because somebody else was faster, the change looks again and decides anew, so
//! that of two that race one wins and the other reads the winner's result.

mod acceptance;
mod ending;
mod lists;
mod marks;
mod parts;
mod sharing;

use tokio::time::sleep;

pub use acceptance::{Acceptance, Accepted};
pub use lists::{Marked, PartnerOnRecord};
pub use marks::Marks;

use crate::{
    error::{StoreError, WriteError},
    table::waits,
};

/// The connection is no longer as its reader saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed;

/// How one attempt of a change went.
enum Attempt<T> {
    Done(T),
    /// What was read beforehand is no longer so: look again.
    Stale,
}

/// Tries a change until it is decided, waiting a random, growing time between attempts.
async fn until_settled<T, R: std::fmt::Debug>(
    mut attempt: impl AsyncFnMut() -> Result<Attempt<T>, WriteError<R>>,
) -> Result<T, WriteError<R>> {
    for wait in waits() {
        match attempt().await? {
            Attempt::Done(done) => return Ok(done),
            Attempt::Stale => sleep(wait).await,
        }
    }
    Err(StoreError::Unavailable("others were faster again and again".to_owned()).into())
}
