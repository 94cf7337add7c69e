//! What partners read of customers, counted from the log into the customers' audit trails.

mod count;
mod line;

use aws_lambda_events::cloudwatch_logs::LogsEvent;
use tsunagu_api::{App, Task, TaskError};
use tsunagu_store::Deadline;

pub use count::Report;

/// The task of this function.
pub fn task(app: App) -> ReadAudit {
    ReadAudit { app }
}

/// A delivery of the log.
#[derive(Clone, Debug)]
pub struct ReadAudit {
    app: App,
}

impl Task for ReadAudit {
    type Event = LogsEvent;
    type Report = Report;

    async fn run(&self, event: LogsEvent, _: Deadline) -> Result<Report, TaskError> {
        // Parts that are done are marked: where the time ends in between, the next delivery goes on.
        Box::pin(count::count(&self.app, event.aws_logs.data)).await
    }
}
