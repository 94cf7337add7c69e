//! Functions that no request starts: an event comes in, a report goes out, and what it cost and how
//! it ended is one line of the log.

use std::{
    fmt::Debug,
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use futures::future::BoxFuture;
use lambda_runtime::LambdaEvent;
use serde::{Serialize, de::DeserializeOwned};
use tower::Service;
use tsunagu_store::{Deadline, StoreError, capacity};

use crate::{
    Event,
    edge::Invocation,
    log::{self, TaskOutcome},
    traces::Span,
};

/// What is kept back of an invocation's time, for what is under way when the time is up; a quarter of
/// it where that is less.
const TIME_TO_STOP: Duration = Duration::from_secs(20);

/// A piece of work that an event starts.
pub trait Task: Clone + Send + Sync + 'static {
    /// What starts it.
    type Event: DeserializeOwned + Send + 'static;
    /// What it tells when it is done.
    type Report: Serialize + Debug + Send;

    /// Does it. When the deadline has passed it stops at the next place where nothing is half-done.
    fn run(
        &self,
        event: Self::Event,
        deadline: Deadline,
    ) -> impl Future<Output = Result<Self::Report, TaskError>> + Send;
}

/// Why a piece of work was not done.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// The event makes no sense.
    #[error("the event is refused: {0}")]
    Refused(String),
    /// Some of it failed, and the rest is done; the log tells of each.
    #[error("{0} parts of it failed")]
    Partial(usize),
    /// The table could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A task behind what all have in common: the deadline, the log line.
#[derive(Clone, Debug)]
pub struct Background<T> {
    task: T,
    cold: Arc<AtomicBool>,
}

impl<T: Task> Background<T> {
    /// Puts a task behind what all have in common.
    pub fn new(task: T) -> Self {
        Self { task, cold: Arc::new(AtomicBool::new(true)) }
    }

    async fn answer(self, event: T::Event, invocation: Invocation) -> Result<T::Report, TaskError> {
        let begun = Instant::now();
        let cold_start = self.cold.swap(false, Ordering::Relaxed);
        let deadline = Deadline::default();
        let span = Span::of_run();
        let work = capacity::metered(span.around(self.task.run(event, deadline.clone())));
        let time_limit = invocation.time_limit;
        let time_limit = time_limit.saturating_sub(TIME_TO_STOP.min(time_limit / 4));
        let (done, consumed) = tokio::select! {
            biased;
            done = work => done,
            () = pass(&deadline, time_limit) => unreachable!("the deadline never ends the work"),
        };
        let outcome = TaskOutcome {
            request_id: &invocation.request_id,
            trace_id: invocation.trace_id.as_deref(),
            error: done.as_ref().err(),
            consumed,
            latency: begun.elapsed(),
            cold_start,
        };
        log::write_task(&outcome);
        span.end_run(&outcome);
        done
    }
}

/// Lets a deadline pass, and waits for ever.
async fn pass(deadline: &Deadline, time_limit: Duration) {
    tokio::time::sleep(time_limit).await;
    deadline.pass();
    pending::<()>().await;
}

impl<T: Task> Service<LambdaEvent<Event<T::Event>>> for Background<T> {
    type Response = T::Report;
    type Error = lambda_runtime::Error;
    type Future = BoxFuture<'static, Result<T::Report, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, event: LambdaEvent<Event<T::Event>>) -> Self::Future {
        let invocation = Invocation::of(&event.context);
        let answer = self.clone().answer(event.payload.0, invocation);
        Box::pin(async move { Ok(answer.await?) })
    }
}
