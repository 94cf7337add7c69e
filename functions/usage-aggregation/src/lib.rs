//! The scheduled run: usage becomes figures, what is due turns, and partners' figures follow.

mod account;
mod context;
mod due;
mod event;
mod run;

use tsunagu_api::{App, Task, TaskError};
use tsunagu_store::Deadline;

pub use event::{Event, Rebuild};
pub use run::Report;

/// The task of this function.
pub fn task(app: App) -> Aggregation {
    Aggregation { app }
}

/// The scheduled run.
#[derive(Clone, Debug)]
pub struct Aggregation {
    app: App,
}

impl Task for Aggregation {
    type Event = Event;
    type Report = Report;

    async fn run(&self, event: Event, deadline: Deadline) -> Result<Report, TaskError> {
        // A run holds what it works on: on the heap, so that whoever waits for it stays small.
        Box::pin(run::run(&self.app, event, &deadline)).await
    }
}
