//! Traces, sent to a collector by OpenTelemetry's protocol: all that the feature `traces` is
//! (`docs/decisions/0032-traces-behind-a-feature.md`). Where it is off, `untraced.rs` stands here.
//!
//! A trace holds the invocation, the request or run in it, and each call of the table. Nothing of a
//! request as it was sent is told, and nothing of whose it was (T17, P13): spans hold what stands
//! here, and events of the log stay out of them.

use std::{
    fmt::Debug,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use lambda_runtime::{
    Diagnostic, Error, LambdaEvent, LambdaInvocation, Runtime,
    layers::{OpenTelemetryFaasTrigger, OpenTelemetryLayer},
};
use opentelemetry::{
    KeyValue,
    trace::{
        SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider,
    },
};
use opentelemetry_otlp::{
    ExporterBuildError, RetryPolicy, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracerProvider},
};
use serde::{Serialize, de::DeserializeOwned};
use tower::{Layer as _, Service, layer::layer_fn};
use tracing::{Instrument, Metadata, Subscriber, field::Empty, instrument::Instrumented};
use tracing_subscriber::{
    Layer, Registry,
    filter::{FilterExt, LevelFilter, Targets, filter_fn},
    fmt::MakeWriter,
    layer::SubscriberExt,
};

use crate::{
    Environment, edge,
    log::{Outcome, TaskOutcome},
    scope::Scope,
    start::{self, LogFilter},
};

/// Where a collector that runs beside the function listens.
const COLLECTOR: &str = "http://127.0.0.1:4318";
/// How long a collector may take: the answer is given already, and the next request waits.
const MOST_TIME: Duration = Duration::from_secs(1);
/// Whose spans are sent, and down to which level: the runtime's, the SDK's calls, those made here.
const SENT: [(&str, LevelFilter); 3] = [
    ("lambda_runtime::layers::otel", LevelFilter::INFO),
    ("aws_sdk_dynamodb::operation", LevelFilter::DEBUG),
    (module_path!(), LevelFilter::INFO),
];

/// What sends the traces of a function.
#[derive(Clone, Debug)]
pub(crate) struct Traces {
    provider: SdkTracerProvider,
    /// Whether the log says already that they cannot be sent.
    told: Arc<AtomicBool>,
}

impl Traces {
    /// As the environment says, by OpenTelemetry's own variables.
    pub(crate) fn of(environment: &Environment) -> Result<Self, Error> {
        let provider = SdkTracerProvider::builder().with_resource(resource(environment));
        let disabled = environment.get("OTEL_SDK_DISABLED");
        let provider = if disabled.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            provider.with_sampler(Sampler::AlwaysOff)
        } else {
            let exporter = exporter(environment);
            let provider =
                provider.with_batch_exporter(exporter.map_err(|error| format!("traces: {error}"))?);
            match environment.get("OTEL_TRACES_SAMPLER") {
                // OpenTelemetry's library reads it by itself.
                Some(_) => provider,
                // The decision that was passed on is kept; where none was, nobody asked for traces.
                None => provider.with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOff))),
            }
        };
        Ok(Self { provider: provider.build(), told: Arc::default() })
    }

    /// What writes the log, and takes spans beside it.
    pub(crate) fn subscriber<W>(
        &self,
        writer: W,
        filter: LogFilter,
        function: Option<String>,
    ) -> impl Subscriber + Send + Sync + use<W>
    where
        W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
    {
        let spans = tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("tsunagu"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false);
        let sent = Targets::new().with_targets(SENT).and(filter_fn(is_span));
        tracing_subscriber::registry()
            .with(start::lines::<Registry, _>(writer, function).with_filter(filter))
            .with(spans.with_filter(sent))
    }

    /// Runs what answers events in Lambda until its environment ends.
    pub(crate) async fn run<H, E>(self, handler: H) -> Result<(), Error>
    where
        H: Service<LambdaEvent<E>>,
        H::Response: Serialize,
        H::Error: Into<Diagnostic> + Debug,
        E: DeserializeOwned,
    {
        let runtime = Runtime::new(handler);
        runtime.layer(layer_fn(move |service| self.around(service))).run().await
    }

    /// What stands around each invocation: it goes on with the trace that Lambda passes on, and sends
    /// what there is before the next event is asked for, when the environment may be frozen.
    fn around<S>(
        &self,
        service: S,
    ) -> impl Service<LambdaInvocation, Response = (), Error = S::Error> + use<S>
    where
        S: Service<LambdaInvocation, Response = ()>,
    {
        let traces = self.clone();
        let sending = OpenTelemetryLayer::new(move || traces.send());
        // What started it, the span of the request tells where there is one.
        Continued(sending.with_trigger(OpenTelemetryFaasTrigger::Other).layer(service))
    }

    /// Sends what there is. Who traces for nobody is told once.
    fn send(&self) {
        if let Err(error) = self.provider.force_flush()
            && !self.told.swap(true, Ordering::Relaxed)
        {
            let cause = error.to_string();
            tracing::warn!(cause, "traces are not sent");
        }
    }
}

/// An event of the log would become a part of the span that it is written in.
fn is_span(metadata: &Metadata<'_>) -> bool {
    metadata.is_span()
}

/// Whose traces they are.
fn resource(environment: &Environment) -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let resource = Resource::builder().with_attribute(version);
    match environment.get("AWS_LAMBDA_FUNCTION_NAME") {
        Some(function) => resource.with_service_name(function.to_owned()).build(),
        None => resource.build(),
    }
}

fn exporter(environment: &Environment) -> Result<SpanExporter, ExporterBuildError> {
    let collector = environment.get("OTEL_EXPORTER_OTLP_ENDPOINT").unwrap_or(COLLECTOR);
    SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{}/v1/traces", collector.trim_end_matches('/')))
        .with_timeout(MOST_TIME)
        .with_retry_policy(RetryPolicy::disabled())
        .build()
}

/// A service whose invocations are parts of the trace that Lambda passes on.
struct Continued<S>(S);

impl<S: Service<LambdaInvocation>> Service<LambdaInvocation> for Continued<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        let header = invocation.context.xray_trace_id.as_deref();
        let parent = header.and_then(passed_on);
        // The span of the invocation begins within this call, and takes its parent from here.
        let _here = parent
            .map(|parent| opentelemetry::Context::new().with_remote_span_context(parent).attach());
        self.0.call(invocation)
    }
}

/// The span that an invocation belongs to, of X-Ray's header: `Root=1-…;Parent=…;Sampled=1`. Ids alone
/// are taken: a caller may send that header, with anything else in it (T17).
fn passed_on(header: &str) -> Option<SpanContext> {
    let part = |name| header.split(';').find_map(|part| part.trim().strip_prefix(name));
    let trace_id = edge::trace_id(header)?;
    let trace_id = TraceId::from_hex(&trace_id.strip_prefix("1-")?.replace('-', "")).ok()?;
    let parent = SpanId::from_hex(part("Parent=")?).ok()?;
    let is_sampled = part("Sampled=") == Some("1");
    let flags = TraceFlags::default().with_sampled(is_sampled);
    Some(SpanContext::new(trace_id, parent, flags, true, TraceState::NONE))
}

/// The span of a request or a run.
pub(crate) struct Span(tracing::Span);

impl Span {
    /// Of a request, by its route as the gateway declares it: never the path as sent.
    pub(crate) fn of_request(scope: &Scope) -> Self {
        Self(tracing::info_span!(
            "request",
            "otel.name" = scope.route(),
            "otel.kind" = "server",
            "otel.status_code" = Empty,
            "http.request.method" = scope.told_method(),
            "http.route" = scope.template(),
            "http.response.status_code" = Empty,
            "tsunagu.problem" = Empty,
        ))
    }

    /// Of a run that no request started.
    pub(crate) fn of_run() -> Self {
        Self(tracing::info_span!("run", "otel.status_code" = Empty, "tsunagu.done" = Empty))
    }

    /// What happens in it.
    pub(crate) fn around<F: Future>(&self, work: F) -> Instrumented<F> {
        work.instrument(self.0.clone())
    }

    /// Ends it with what a request came to.
    pub(crate) fn end_request(self, outcome: &Outcome<'_>) {
        self.0.record("http.response.status_code", i64::from(outcome.status));
        if let Some(problem) = outcome.problem {
            self.0.record("tsunagu.problem", problem.code().as_str());
        }
        self.failed_if(outcome.status >= 500);
    }

    /// Ends it with what a run came to. An error's text stays in the log.
    pub(crate) fn end_run(self, outcome: &TaskOutcome<'_>) {
        self.0.record("tsunagu.done", outcome.error.is_none());
        self.failed_if(outcome.error.is_some());
    }

    fn failed_if(&self, failed: bool) {
        if failed {
            self.0.record("otel.status_code", "ERROR");
        }
    }
}

#[cfg(test)]
mod collector;
#[cfg(test)]
mod tests;
