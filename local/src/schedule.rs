//! The scheduler: functions that `template.yaml` starts by the clock on the wall.

use std::time::Duration;

use chrono::SecondsFormat;
use serde::Deserialize;
use serde_json::Value;
use tokio::{task::JoinSet, time::MissedTickBehavior};
use tsunagu_domain::time::{Clock, Instant};
use yaml_serde::Value as Yaml;

use crate::{gateway::Gateway, template::TemplateError};

/// What the scheduler puts in place of this in an input.
const SCHEDULED_TIME: &str = "<aws.scheduler.scheduled-time>";

/// When a function is started, and with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// From one start to the next.
    pub every: Duration,
    /// The event, with what stands for the scheduled time.
    input: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    schedule_expression: String,
    #[serde(default)]
    input: String,
}

impl Schedule {
    /// Reads a schedule of the template.
    pub(crate) fn parse(properties: Yaml, place: &str) -> Result<Self, TemplateError> {
        let error = |problem: String| TemplateError::new(place, problem);
        let properties: Properties =
            yaml_serde::from_value(properties).map_err(|problem| error(problem.to_string()))?;
        let expression = &properties.schedule_expression;
        let every = rate(expression)
            .ok_or_else(|| error(format!("the schedule {expression} is not understood")))?;
        let schedule = Self { every, input: properties.input };
        schedule.event(Instant::default()).map_err(|problem| error(problem.to_string()))?;
        Ok(schedule)
    }

    /// The event of a start that was scheduled for an instant.
    pub fn event(&self, at: Instant) -> Result<Value, serde_json::Error> {
        // As the scheduler writes it: whole seconds, UTC.
        let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        serde_json::from_str(&self.input.replace(SCHEDULED_TIME, &at))
    }
}

/// `rate(5 minutes)` and the like.
fn rate(expression: &str) -> Option<Duration> {
    let inner = expression.strip_prefix("rate(")?.strip_suffix(')')?;
    let (number, unit) = inner.split_once(' ')?;
    let number: u64 = number.parse().ok().filter(|number| *number > 0)?;
    let seconds = match unit {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 60 * 60,
        "day" | "days" => 24 * 60 * 60,
        _ => return None,
    };
    number.checked_mul(seconds).map(Duration::from_secs)
}

/// Starts functions by their schedules until this is dropped. What fails is in the log, and the next
/// start finds what is left.
pub(crate) async fn keep(gateway: Gateway) {
    let mut all = JoinSet::new();
    for (name, spec) in &gateway.template().functions {
        for schedule in &spec.schedules {
            all.spawn(keep_one(gateway.clone(), name.clone(), schedule.clone()));
        }
    }
    while all.join_next().await.is_some() {}
}

async fn keep_one(gateway: Gateway, name: String, schedule: Schedule) {
    let mut starts = tokio::time::interval(schedule.every);
    starts.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        // The first at once: what was left pending when the server was stopped is counted.
        starts.tick().await;
        let event = match schedule.event(gateway.clock().now()) {
            Ok(event) => event,
            Err(error) => return tracing::error!(%name, %error, "no event"),
        };
        match gateway.invoke(&name, event).await {
            Some(Ok(_)) => {}
            Some(Err(error)) => tracing::error!(%name, %error, "a scheduled start failed"),
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn parse(text: &str) -> Result<Schedule, String> {
        let properties = yaml_serde::from_str(text).expect("YAML");
        Schedule::parse(properties, "Here").map_err(|error| error.to_string())
    }

    #[rstest]
    #[case("rate(1 minute)", 60)]
    #[case("rate(15 minutes)", 15 * 60)]
    #[case("rate(1 hour)", 3_600)]
    #[case("rate(2 days)", 2 * 86_400)]
    fn given_a_rate_then_it_is_understood(#[case] expression: &str, #[case] seconds: u64) {
        let schedule = parse(&format!("{{ScheduleExpression: '{expression}', Input: '{{}}'}}"));
        assert_eq!(schedule.map(|schedule| schedule.every), Ok(Duration::from_secs(seconds)));
    }

    #[rstest]
    #[case("{ScheduleExpression: 'cron(0 * * * ? *)', Input: '{}'}", "is not understood")]
    #[case("{ScheduleExpression: 'rate(0 minutes)', Input: '{}'}", "is not understood")]
    #[case("{ScheduleExpression: 'rate(400000000000000000 minutes)'}", "is not understood")]
    #[case("{ScheduleExpression: 'rate(18446744073709551615 days)'}", "is not understood")]
    #[case("{ScheduleExpression: rate(1 hour), Input: '{'}", "EOF")]
    #[case("{Input: '{}'}", "ScheduleExpression")]
    fn given_what_is_not_understood_then_the_place_is_named(
        #[case] text: &str,
        #[case] expected: &str,
    ) {
        let error = parse(text).expect_err("is refused");
        assert!(error.contains("Here") && error.contains(expected), "{error}");
    }

    #[test]
    fn given_an_input_then_the_scheduled_time_stands_in_it_as_the_scheduler_writes_it() {
        let text = r#"{ScheduleExpression: rate(1 hour), Input: '{"t": "<aws.scheduler.scheduled-time>"}'}"#;
        let at = "2026-03-02T03:00:00.123Z".parse().expect("an instant");
        let event = parse(text).expect("a schedule").event(at).expect("JSON");
        assert_eq!(event, serde_json::json!({"t": "2026-03-02T03:00:00Z"}));
    }
}
