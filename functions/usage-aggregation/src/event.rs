//! What starts a run.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use tsunagu_api::TaskError;
use tsunagu_domain::{
    ids::AccountId,
    time::{Instant, whole_millis},
    vendor::ServiceCode,
};

/// How far the scheduler's clock may be ahead of ours.
const SKEW: TimeDelta = TimeDelta::minutes(5);

/// What starts a run: the schedule, or somebody who wants a service rebuilt.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Event {
    /// Up to when usage is counted, as RFC 3339; up to when the last completed run did where a rebuild
    /// says nothing.
    #[serde(default)]
    pub scheduled_time: Option<DateTime<Utc>>,
    /// Rebuild this service alone, in place of a run over everything.
    #[serde(default)]
    pub rebuild: Option<Rebuild>,
}

/// A service whose figures are computed anew from its holders.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rebuild {
    /// The account.
    pub account_id: AccountId,
    /// The service.
    pub service: ServiceCode,
}

impl Event {
    /// Up to when usage is counted, at `now`, after a completed run. Days that are still to come cannot
    /// be. A rebuild goes no further than the rest is: figures of later days beside an `asOf` of before
    /// would be wrong.
    pub(crate) fn up_to(
        &self,
        now: Instant,
        completed: Option<Instant>,
    ) -> Result<Instant, TaskError> {
        let refused = |why: &str| Err(TaskError::Refused(why.to_owned()));
        match self.scheduled_time.map(whole_millis) {
            Some(time) if time > now + SKEW => refused("scheduledTime is in the future"),
            Some(time) => Ok(time.min(now)),
            None if self.rebuild.is_some() => Ok(completed.unwrap_or(now)),
            None => refused("scheduledTime is missing"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(json: &str) -> Result<Event, serde_json::Error> {
        serde_json::from_str(json)
    }

    fn up_to(json: &str) -> Result<Instant, String> {
        let now: Instant = "2026-03-02T03:00:00Z".parse().expect("an instant");
        let completed = Some("2026-03-02T01:00:00Z".parse().expect("an instant"));
        event(json).expect("an event").up_to(now, completed).map_err(|error| error.to_string())
    }

    #[test]
    fn given_a_scheduled_time_then_usage_is_counted_up_to_it_and_never_beyond_the_present() {
        let at = |text: &str| Ok(text.parse().expect("an instant"));
        let past = r#"{"scheduledTime": "2026-03-02T02:00:00Z"}"#;
        assert_eq!(up_to(past), at("2026-03-02T02:00:00Z"));
        let skewed = r#"{"scheduledTime": "2026-03-02T03:04:59Z"}"#;
        assert_eq!(up_to(skewed), at("2026-03-02T03:00:00Z"));
        let rebuild =
            r#"{"rebuild": {"accountId": "acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W", "service": "daas"}}"#;
        assert_eq!(up_to(rebuild), at("2026-03-02T01:00:00Z"));
    }

    #[test]
    fn given_an_event_without_sense_then_it_is_refused_with_the_reason() {
        let future = up_to(r#"{"scheduledTime": "2026-03-02T03:05:01Z"}"#);
        assert_eq!(future, Err("the event is refused: scheduledTime is in the future".to_owned()));
        let missing = up_to("{}");
        assert_eq!(missing, Err("the event is refused: scheduledTime is missing".to_owned()));
        assert!(event(r#"{"scheduledTime": "yesterday"}"#).is_err());
        assert!(event(r#"{"sheduledTime": "2026-03-02T02:00:00Z"}"#).is_err());
    }
}
