//! Deciding a change that others may race.

use std::fmt::Debug;

use tokio::time::sleep;

use crate::{
    error::{StoreError, WriteError},
    table::waits,
};

/// How one attempt of a change went.
pub(crate) enum Attempt<T> {
    Done(T),
    /// What was read beforehand is no longer so: look again.
    Stale,
}

/// Tries a change until it is decided, waiting a random, growing time between attempts.
pub(crate) async fn until_settled<T, R, F>(
    mut attempt: impl FnMut() -> F,
) -> Result<T, WriteError<R>>
where
    R: Debug,
    F: Future<Output = Result<Attempt<T>, WriteError<R>>>,
{
    for wait in waits() {
        match attempt().await? {
            Attempt::Done(done) => return Ok(done),
            Attempt::Stale => sleep(wait).await,
        }
    }
    Err(StoreError::Unavailable("others were faster again and again".to_owned()).into())
}
