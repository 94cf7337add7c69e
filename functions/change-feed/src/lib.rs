//! The table's stream: what changed in one account is brought to those that it concerns.

mod batch;
mod event;

use tsunagu_api::{App, Task, TaskError};
use tsunagu_store::Deadline;

pub use event::{BatchItemFailure, Event, Report};

/// The task of this function.
pub fn task(app: App) -> ChangeFeed {
    ChangeFeed { app }
}

/// A batch of the table's stream.
#[derive(Clone, Debug)]
pub struct ChangeFeed {
    app: App,
}

impl Task for ChangeFeed {
    type Event = Event;
    type Report = Report;

    async fn run(&self, event: Event, deadline: Deadline) -> Result<Report, TaskError> {
        // A batch holds what it works on: on the heap, so that whoever waits for it stays small.
        Ok(Box::pin(batch::bring(&self.app, event.records, &deadline)).await)
    }
}
