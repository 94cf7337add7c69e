//! What can go wrong with the table.

use std::{convert::Infallible, fmt::Debug};

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use thiserror::Error;

/// Why the table could not answer.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Throttled, timed out, in conflict beyond all retries, or away: worth trying again.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// Everything unforeseen; the text is for the log only.
    #[error("the database failed: {0}")]
    Internal(String),
}

/// Why a change did not happen.
#[derive(Debug, Error)]
pub enum WriteError<R: Debug> {
    /// The rules refuse it.
    #[error("refused: {0:?}")]
    Refused(R),
    /// The caller's idempotency key was used by a request that ran at the same time: its answer is
    /// the answer.
    #[error("the idempotency key is taken")]
    KeyTaken,
    /// The table could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl WriteError<Infallible> {
    /// The failure of a change that nothing refuses.
    pub(crate) fn unrefused(self) -> StoreError {
        match self {
            Self::Refused(never) => match never {},
            Self::KeyTaken => StoreError::Unavailable("an idempotency key is taken".to_owned()),
            Self::Store(error) => error,
        }
    }
}

impl<R: Debug> WriteError<R> {
    /// The same with the refusal put otherwise.
    pub fn map_refusal<S: Debug>(self, change: impl FnOnce(R) -> S) -> WriteError<S> {
        match self {
            Self::Refused(refusal) => WriteError::Refused(change(refusal)),
            Self::KeyTaken => WriteError::KeyTaken,
            Self::Store(error) => WriteError::Store(error),
        }
    }
}

/// Error codes that mean "not now" rather than "never".
pub(crate) const PASSING: [&str; 9] = [
    "TransactionConflictException",
    "TransactionInProgressException",
    "ProvisionedThroughputExceededException",
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "ThrottlingException",
    "ThrottlingError",
    "InternalServerError",
    "ServiceUnavailable",
];

impl StoreError {
    /// An item that does not read back as what it should be.
    pub(crate) fn corrupt(what: impl std::fmt::Display) -> Self {
        Self::Internal(format!("corrupt item: {what}"))
    }
}

impl<E> From<SdkError<E>> for StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E>) -> Self {
        let cause = DisplayErrorContext(&error).to_string();
        match &error {
            SdkError::TimeoutError(_)
            | SdkError::DispatchFailure(_)
            | SdkError::ResponseError(_) => Self::Unavailable(cause),
            SdkError::ServiceError(answer) => {
                let passing = answer.err().code().is_some_and(|code| PASSING.contains(&code));
                if passing || answer.raw().status().is_server_error() {
                    Self::Unavailable(cause)
                } else {
                    Self::Internal(cause)
                }
            }
            _ => Self::Internal(cause),
        }
    }
}
