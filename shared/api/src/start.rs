//! Start-up: the one place where a function meets its environment.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use axum::Extension;
use chrono::Utc;
use tracing_subscriber::{
    Layer,
    fmt::{
        MakeWriter,
        format::{Format, JsonFields},
    },
    layer::SubscriberExt,
    registry::LookupSpan,
};
use tsunagu_domain::{
    locale::TimeZone,
    time::{Clock, Instant, whole_millis},
};
use tsunagu_store::{Store, Table, client};

use crate::{
    App, Background, Edge, Routes, Task,
    app::{BadConsoleUrl, Settings},
    environment::{BadVariable, Environment},
    metrics::Metered,
    traces::Traces,
};

pub use lambda_runtime::Error;
/// What is logged, by level and by the module that says it. One that also asks for spans and their
/// fields would bring an engine of regular expressions into every function.
pub use tracing_subscriber::filter::Targets as LogFilter;

/// The system's clock. Nothing else in the product asks it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the time comes in")]
    fn now(&self) -> Instant {
        whole_millis(Utc::now())
    }
}

/// Runs a function's routes in Lambda until its environment ends.
///
/// A bad environment is told in one line, and the process ends.
pub async fn serve(routes: fn() -> Routes) -> Result<(), Error> {
    let (_, app, traces) = start()?;
    traces.run(Edge::new(routes(), app)).await
}

/// The same for routes that need more than every function does: what `more` makes of the environment
/// is given to handlers that take it as an [`Extension`].
pub async fn serve_with<E>(
    routes: fn() -> Routes,
    more: fn(&Environment) -> Result<E, BadVariable>,
) -> Result<(), Error>
where
    E: Clone + Send + Sync + 'static,
{
    let (environment, app, traces) = start()?;
    let routes = routes().layer(Extension(more(&environment)?));
    traces.run(Edge::new(routes, app)).await
}

/// Runs a task, which no request starts, in Lambda until its environment ends.
pub async fn serve_task<T: Task>(task: fn(App) -> T) -> Result<(), Error> {
    let (_, app, traces) = start()?;
    traces.run(Background::new(task(app))).await
}

/// What the process's environment says, what handlers may use, and what runs them; the log is set up
/// first.
fn start() -> Result<(Environment, App, Traces), Error> {
    let environment = Environment::of_process()?;
    // Lambda says how it calls the function: there, lines are metrics too.
    let function = environment.get("AWS_LAMBDA_FUNCTION_NAME").map(str::to_owned);
    let traces = Traces::of(&environment)?;
    set_up(traces.subscriber(std::io::stdout, filter(&environment)?, function));
    let client = aws_sdk_dynamodb::config::Builder::from(environment.aws());
    let app = App::of(&environment, client::connect(client), Arc::new(SystemClock))?;
    Ok((environment, app, traces))
}

impl App {
    /// What handlers may use, as a function's environment says.
    pub fn of(
        environment: &Environment,
        client: Client,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, BadVariable> {
        let console_url = environment.needed("CONSOLE_URL")?;
        let time_zone: TimeZone =
            environment.parsed("DEFAULT_TIME_ZONE", "is no IANA time zone")?;
        let settings = Settings::new(console_url, time_zone).map_err(|BadConsoleUrl| {
            BadVariable::wrong("CONSOLE_URL", "is no http or https address")
        })?;
        let table = Table::new(client, environment.needed("TABLE_NAME")?);
        Ok(Self::new(Store::new(table), clock, settings))
    }
}

/// Writes the log as flat JSON lines, panics included.
pub fn log_to<W>(writer: W, filter: LogFilter)
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    set_up(subscriber(writer, filter));
}

fn set_up(subscriber: impl tracing::Subscriber + Send + Sync) {
    // Where a log is set up already, as in tests, that one stays.
    let _ = tracing::subscriber::set_global_default(subscriber);
    // A panic's message may hold anything that a request held: only its place is told.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panicked");
    }));
}

/// What writes the log: flat JSON lines.
pub fn subscriber<W>(writer: W, filter: LogFilter) -> impl tracing::Subscriber
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    function_subscriber(writer, filter, None)
}

/// The same for a function that Lambda calls by this name: its lines are metrics too.
pub(crate) fn function_subscriber<W>(
    writer: W,
    filter: LogFilter,
    function: Option<String>,
) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    tracing_subscriber::registry().with(lines(writer, function)).with(filter)
}

/// What makes lines of events.
pub(crate) fn lines<S, W>(writer: W, function: Option<String>) -> impl Layer<S> + Send + Sync
where
    S: tracing::Subscriber + for<'s> LookupSpan<'s>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = Format::default()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false);
    tracing_subscriber::fmt::layer()
        .fmt_fields(JsonFields::new())
        .event_format(Metered::new(lines, function))
        .with_writer(writer)
}

/// What is logged.
fn filter(environment: &Environment) -> Result<LogFilter, BadVariable> {
    let filter = environment.get("RUST_LOG").unwrap_or("info").parse();
    filter.map_err(|error| BadVariable::wrong("RUST_LOG", &format!("is no log filter: {error}")))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn environment(other: &[(&str, &str)]) -> Environment {
        let good = [
            ("TABLE_NAME", "tsunagu"),
            ("CONSOLE_URL", "https://console.example.com/"),
            ("DEFAULT_TIME_ZONE", "Asia/Tokyo"),
        ];
        let variables = good.iter().chain(other);
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Environment::new(variables.map(owned), aws_types::SdkConfig::builder().build())
    }

    fn read(other: &[(&str, &str)]) -> Result<App, BadVariable> {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest());
        let client = Client::from_conf(config.build());
        App::of(&environment(other), client, Arc::new(SystemClock))
    }

    #[test]
    fn given_a_good_environment_then_it_is_understood() {
        let app = read(&[]).expect("good");
        assert_eq!(app.settings.console_url(), "https://console.example.com");
        assert_eq!(app.settings.default_time_zone.to_string(), "Asia/Tokyo");
    }

    #[rstest]
    #[case("TABLE_NAME", "", "the environment variable TABLE_NAME is missing")]
    #[case("CONSOLE_URL", "", "the environment variable CONSOLE_URL is missing")]
    #[case(
        "CONSOLE_URL",
        "console.example.com",
        "the environment variable CONSOLE_URL is no http or https address"
    )]
    #[case(
        "DEFAULT_TIME_ZONE",
        "Mars/Olympus",
        "the environment variable DEFAULT_TIME_ZONE is no IANA time zone"
    )]
    fn given_a_bad_variable_then_one_line_names_it(
        #[case] name: &str,
        #[case] value: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(read(&[(name, value)]).expect_err("bad").to_string(), expected);
    }

    #[test]
    fn given_a_log_filter_then_it_is_taken_and_a_bad_one_refused() {
        let taken = |text: &str| filter(&environment(&[("RUST_LOG", text)]));
        assert_eq!(taken("").expect("the default").to_string(), "info");
        assert_eq!(taken("debug").expect("good").to_string(), "debug");
        let error = taken("tsunagu_store=loud").expect_err("bad").to_string();
        assert!(error.starts_with("the environment variable RUST_LOG is no log filter"), "{error}");
        assert_eq!(error.lines().count(), 1);
        let returned: Error = BadVariable::wrong("RUST_LOG", "is no log filter").into();
        let shown = format!("{returned:?}");
        assert_eq!(shown, "the environment variable RUST_LOG is no log filter");
    }

    #[test]
    fn the_clock_gives_whole_milliseconds() {
        assert_eq!(SystemClock.now().timestamp_subsec_nanos() % 1_000_000, 0);
    }
}
