//! Start-up: the one place where a function meets its environment.

use std::{env, sync::Arc};

use aws_config::BehaviorVersion;
use chrono::Utc;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};
use tsunagu_domain::{
    locale::TimeZone,
    time::{Clock, Instant, whole_millis},
};
use tsunagu_store::{Store, Table, client};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    App, Edge,
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
    let variables = Variables::read(|name| env::var(name).ok())?;
    log_to(std::io::stdout, variables.filter);
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let client = client::connect(aws_sdk_dynamodb::config::Builder::from(&config));
    let store = Store::new(Table::new(client, variables.table_name));
    let app = App::new(store, Arc::new(SystemClock), variables.settings);
    lambda_runtime::run(Edge::new(routes(), app)).await
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

/// What writes the log.
pub(crate) fn subscriber<W>(writer: W, filter: EnvFilter) -> impl tracing::Subscriber
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
    filter: EnvFilter,
}

/// A variable of the environment that is missing or wrong.
#[derive(Debug, PartialEq, thiserror::Error)]
enum BadVariable {
    #[error("the environment variable {0} is missing")]
    Missing(&'static str),
    #[error("the environment variable {0} {1}")]
    Wrong(&'static str, String),
}

impl Variables {
    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, BadVariable> {
        let needed = |name| variable(name).filter(|value| !value.is_empty());
        let needed = |name| needed(name).ok_or(BadVariable::Missing(name));
        let console_url = needed("CONSOLE_URL")?;
        let zone = needed("DEFAULT_TIME_ZONE")?;
        let settings = Settings::new(&console_url, time_zone(&zone)?)
            .map_err(|BadConsoleUrl| wrong("CONSOLE_URL", "is no http or https address"))?;
        let filter = variable("RUST_LOG").unwrap_or_else(|| "info".to_owned());
        let filter = EnvFilter::builder()
            .parse(filter)
            .map_err(|error| wrong("RUST_LOG", &format!("is no log filter: {error}")))?;
        Ok(Self { table_name: needed("TABLE_NAME")?, settings, filter })
    }
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
        assert_eq!(variables.filter.to_string(), "info");
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
    fn given_a_bad_log_filter_then_it_is_refused() {
        let error = read(&[("RUST_LOG", "info,=,")]).expect_err("bad");
        assert!(error.starts_with("the environment variable RUST_LOG is no log filter"), "{error}");
    }

    #[test]
    fn the_clock_gives_whole_milliseconds() {
        assert_eq!(SystemClock.now().timestamp_subsec_nanos() % 1_000_000, 0);
    }
}
