//! The SDK client: time limits, and what is tried again.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    config::{
        Builder,
        interceptors::InterceptorContext,
        retry::{ClassifyRetry, RetryAction, RetryConfig},
        timeout::TimeoutConfig,
    },
    operation::{
        delete_item::DeleteItemError, put_item::PutItemError,
        transact_write_items::TransactWriteItemsError, update_item::UpdateItemError,
    },
    types::CancellationReason,
};

use crate::error::PASSING;

/// How long one attempt of a call may take before it counts as lost.
const ATTEMPT: Duration = Duration::from_millis(1500);
/// How long a call may take with all its attempts. A request makes few calls one after another, and
/// ends before the gateway gives up.
const CALL: Duration = Duration::from_secs(5);
/// How often a call is tried. Between attempts the SDK waits a random part of a doubling time, so
/// that writers that collide do not collide again.
const ATTEMPTS: u32 = 8;
const FIRST_WAIT: Duration = Duration::from_millis(25);
const LONGEST_WAIT: Duration = Duration::from_millis(800);

/// A client for the table, from the environment's configuration or a given endpoint's.
///
/// Every transaction carries a client request token that stays the same over its attempts, so that
/// trying again after a lost answer does not do it twice.
pub fn connect(config: Builder) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(CALL)
        .build();
    let retries = RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_WAIT)
        .with_max_backoff(LONGEST_WAIT);
    let config = config
        .timeout_config(timeouts)
        .retry_config(retries)
        .retry_classifier(PassingConflict)
        .build();
    Client::from_conf(config)
}

/// Adds to the SDK's own judgement: writes that collide with a transaction, and transactions
/// cancelled for nothing but collisions and throttling, are worth another attempt. One whose
/// condition failed is not: its caller must look again first.
#[derive(Debug)]
struct PassingConflict;

impl ClassifyRetry for PassingConflict {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = match context.output_or_error() {
            Some(Err(error)) => error.as_operation_error(),
            _ => None,
        };
        let passing = error.is_some_and(|error| {
            if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
                error.downcast_ref()
            {
                return is_passing(cancelled.cancellation_reasons());
            }
            matches!(error.downcast_ref(), Some(PutItemError::TransactionConflictException(_)))
                || matches!(
                    error.downcast_ref(),
                    Some(UpdateItemError::TransactionConflictException(_))
                )
                || matches!(
                    error.downcast_ref(),
                    Some(DeleteItemError::TransactionConflictException(_))
                )
        });
        if passing { RetryAction::throttling_error() } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "passing conflict"
    }
}

/// Codes of cancellation reasons that a later attempt may not meet.
pub(crate) fn is_passing(reasons: &[CancellationReason]) -> bool {
    let is = |reason: &CancellationReason, known: &[&str]| {
        reason.code().is_some_and(|code| known.contains(&code))
    };
    let collided =
        |reason: &CancellationReason| is(reason, &PASSING) || is(reason, &["TransactionConflict"]);
    reasons.iter().any(collided)
        && reasons.iter().all(|reason| collided(reason) || is(reason, &["None"]))
}
