//! Start-up: the one place where a function meets its environment.

use std::{env, fmt, sync::Arc};

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use chrono::Utc;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};
use tsunagu_domain::{
    locale::TimeZone,
    time::{Clock, Instant, whole_millis},
};
use tsunagu_store::{Store, Table, client};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    App, Background, Edge, Task,
    app::{BadConsoleUrl, Settings},
};

pub use lambda_runtime::Error;

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
pub async fn serve(routes: fn() -> OpenApiRouter<App>) -> Result<(), Error> {
    let app = App::from_environment().await?;
    lambda_runtime::run(Edge::new(routes(), app)).await
}

/// Runs a task, which no request starts, in Lambda until its environment ends.
pub async fn serve_task<T: Task>(task: fn(App) -> T) -> Result<(), Error> {
    let app = App::from_environment().await?;
    lambda_runtime::run(Background::new(task(app))).await
}

impl App {
    /// What handlers may use, as the process's environment says; the log is set up on the way.
    async fn from_environment() -> Result<Self, Error> {
        let variable = |name: &str| env::var(name).ok();
        log_to(std::io::stdout, filter(variable)?);
        let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
        let client = client::connect(aws_sdk_dynamodb::config::Builder::from(&config));
        Ok(Self::from_variables(variable, client, Arc::new(SystemClock))?)
    }

    /// What handlers may use, as a function's environment says.
    pub fn from_variables(
        variable: impl Fn(&str) -> Option<String>,
        client: Client,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, BadVariable> {
        let Variables { table_name, settings } = Variables::read(variable)?;
        Ok(Self::new(Store::new(Table::new(client, table_name)), clock, settings))
    }
}

/// Writes the log as flat JSON lines, panics included.
pub fn log_to<W>(writer: W, filter: EnvFilter)
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let subscriber = subscriber(writer, filter);
    // Where a log is set up already, as in tests, that one stays.
    let _ = tracing::subscriber::set_global_default(subscriber);
    // A panic's message may hold anything that a request held: only its place is told.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panicked");
    }));
}

/// What writes the log: flat JSON lines.
pub fn subscriber<W>(writer: W, filter: EnvFilter) -> impl tracing::Subscriber
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_env_filter(filter)
        .with_writer(writer)
        .finish()
}

/// What the environment says.
#[derive(Debug)]
struct Variables {
    table_name: String,
    settings: Settings,
}

/// A variable of the environment that is missing or wrong.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadVariable {
    /// It is not there, or empty.
    #[error("the environment variable {0} is missing")]
    Missing(&'static str),
    /// It is there, and what is wrong with it.
    #[error("the environment variable {0} {1}")]
    Wrong(&'static str, String),
}

/// The same line: `main` shows an error that it returns in this form.
impl fmt::Debug for BadVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Variables {
    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, BadVariable> {
        let needed = |name| variable(name).filter(|value| !value.is_empty());
        let needed = |name| needed(name).ok_or(BadVariable::Missing(name));
        let console_url = needed("CONSOLE_URL")?;
        let zone = needed("DEFAULT_TIME_ZONE")?;
        let settings = Settings::new(&console_url, time_zone(&zone)?)
            .map_err(|BadConsoleUrl| wrong("CONSOLE_URL", "is no http or https address"))?;
        Ok(Self { table_name: needed("TABLE_NAME")?, settings })
    }
}

/// What is logged.
fn filter(variable: impl Fn(&str) -> Option<String>) -> Result<EnvFilter, BadVariable> {
    let filter = variable("RUST_LOG").unwrap_or_else(|| "info".to_owned());
    EnvFilter::builder()
        .parse(filter)
        .map_err(|error| wrong("RUST_LOG", &format!("is no log filter: {error}")))
}

fn time_zone(name: &str) -> Result<TimeZone, BadVariable> {
    name.parse().map_err(|_| wrong("DEFAULT_TIME_ZONE", "is no IANA time zone"))
}

fn wrong(name: &'static str, why: &str) -> BadVariable {
    BadVariable::Wrong(name, why.to_owned())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn read(other: &[(&str, &str)]) -> Result<Variables, String> {
        Variables::read(|name| {
            let given = other.iter().find(|(given, _)| *given == name);
            let value = given.map_or_else(
                || match name {
                    "TABLE_NAME" => "tsunagu",
                    "CONSOLE_URL" => "https://console.example.com/",
                    "DEFAULT_TIME_ZONE" => "Asia/Tokyo",
                    _ => "",
                },
                |(_, value)| value,
            );
            (!value.is_empty()).then(|| value.to_owned())
        })
        .map_err(|error| error.to_string())
    }

    #[test]
    fn given_a_good_environment_then_it_is_understood() {
        let variables = read(&[]).expect("good");
        assert_eq!(variables.table_name, "tsunagu");
        assert_eq!(variables.settings.console_url(), "https://console.example.com");
        assert_eq!(variables.settings.default_time_zone.to_string(), "Asia/Tokyo");
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
        assert_eq!(read(&[(name, value)]).expect_err("bad"), expected);
    }

    #[test]
    fn given_a_log_filter_then_it_is_taken_and_a_bad_one_refused() {
        let taken = |text: Option<&str>| filter(|_| text.map(ToOwned::to_owned));
        assert_eq!(taken(None).expect("the default").to_string(), "info");
        assert_eq!(taken(Some("debug")).expect("good").to_string(), "debug");
        let error = taken(Some("info,=,")).expect_err("bad").to_string();
        assert!(error.starts_with("the environment variable RUST_LOG is no log filter"), "{error}");
        assert_eq!(error.lines().count(), 1);
        let returned: Error = wrong("RUST_LOG", "is no log filter").into();
        let shown = format!("{returned:?}");
        assert_eq!(shown, "the environment variable RUST_LOG is no log filter");
    }

    #[test]
    fn the_clock_gives_whole_milliseconds() {
        assert_eq!(SystemClock.now().timestamp_subsec_nanos() % 1_000_000, 0);
    }
}
