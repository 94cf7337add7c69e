//! What Lambda hands over.

use serde::{Deserialize, Deserializer, de::Error};

/// An event of a function. What is none is refused without a word of what it holds: Lambda's runtime
/// writes the error into the log, and events hold texts of customers (T17).
#[derive(Debug)]
pub struct Event<E>(pub(crate) E);

impl<'de, E: Deserialize<'de>> Deserialize<'de> for Event<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = E::deserialize(deserializer);
        event.map(Self).map_err(|_| D::Error::custom("it is no event of this function"))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Run {
        scheduled_time: u64,
    }

    #[rstest]
    #[case::another_kind(r#""hunter2""#)]
    #[case::a_field_of_another_kind(r#"{"scheduledTime": "hunter2"}"#)]
    #[case::nothing_of_it(r#"{"hunter2": 1}"#)]
    fn t17_given_what_is_no_event_then_the_refusal_holds_nothing_of_it(#[case] text: &str) {
        let error = serde_json::from_str::<Event<Run>>(text).expect_err("no event").to_string();
        assert!(error.starts_with("it is no event of this function"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn given_an_event_then_it_is_read() {
        let event: Event<Run> = serde_json::from_str(r#"{"scheduledTime": 7}"#).expect("an event");
        assert_eq!(event.0.scheduled_time, 7);
    }
}
