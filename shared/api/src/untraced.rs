//! What stands in place of `traces.rs` where the feature `traces` is off: the same names, and nothing
//! behind them.
#![expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "they do where traces are on")]

use std::fmt::Debug;

use lambda_runtime::{Diagnostic, Error, LambdaEvent};
use serde::{Serialize, de::DeserializeOwned};
use tower::Service;
use tracing::Subscriber;
use tracing_subscriber::fmt::MakeWriter;

use crate::{
    Environment,
    log::{Outcome, TaskOutcome},
    scope::Scope,
    start::{self, LogFilter},
};

/// No traces.
pub(crate) struct Traces;

impl Traces {
    pub(crate) const fn of(_: &Environment) -> Result<Self, Error> {
        Ok(Self)
    }

    pub(crate) fn subscriber<W>(
        &self,
        writer: W,
        filter: LogFilter,
        function: Option<String>,
    ) -> impl Subscriber + Send + Sync + use<W>
    where
        W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
    {
        start::function_subscriber(writer, filter, function)
    }

    pub(crate) async fn run<H, E>(self, handler: H) -> Result<(), Error>
    where
        H: Service<LambdaEvent<E>>,
        H::Response: Serialize,
        H::Error: Into<Diagnostic> + Debug,
        E: DeserializeOwned,
    {
        lambda_runtime::run(handler).await
    }
}

/// No span.
pub(crate) struct Span;

impl Span {
    pub(crate) const fn of_request(_: &Scope) -> Self {
        Self
    }

    pub(crate) const fn of_run() -> Self {
        Self
    }

    pub(crate) fn around<F: Future>(&self, work: F) -> F {
        work
    }

    pub(crate) fn end_request(self, _: &Outcome<'_>) {}

    pub(crate) fn end_run(self, _: &TaskOutcome<'_>) {}
}
