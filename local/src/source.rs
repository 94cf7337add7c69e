//! How a function is fed from the table's stream: its `DynamoDB` event in `template.yaml`.

use serde::Deserialize;
use serde_json::Value;
use yaml_serde::Value as Yaml;

use crate::{pattern::Pattern, template::TemplateError};

/// Lambda's batch where the template states none.
const BATCH_SIZE: usize = 100;

/// The event source mapping, as far as it matters on a laptop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSource {
    /// The most records that an invocation gets.
    pub batch_size: usize,
    /// How often a batch that failed is tried again.
    pub retries: u32,
    /// Whether a batch that fails whole is halved, until the bad record is alone.
    pub bisects: bool,
    /// Whether the function's answer names the records that failed.
    pub reports_failures: bool,
    filters: Vec<Pattern>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Properties {
    starting_position: String,
    maximum_retry_attempts: Option<i64>,
    #[serde(default = "batch_size")]
    batch_size: usize,
    #[serde(default)]
    bisect_batch_on_function_error: bool,
    #[serde(default)]
    function_response_types: Vec<String>,
    #[serde(default)]
    filter_criteria: FilterCriteria,
    // Known, and without a meaning on a laptop: there is one table, records that failed go to the
    // data folder whatever the destination, one invocation runs at a time and at once, and a record
    // does not age while the laptop sleeps.
    #[serde(rename = "Stream")]
    _stream: Yaml,
    #[serde(rename = "DestinationConfig")]
    _destination_config: Option<Yaml>,
    #[serde(rename = "ParallelizationFactor")]
    _parallelization_factor: Option<Yaml>,
    #[serde(rename = "MaximumBatchingWindowInSeconds")]
    _maximum_batching_window: Option<Yaml>,
    #[serde(rename = "MaximumRecordAgeInSeconds")]
    _maximum_record_age: Option<Yaml>,
    #[serde(rename = "MetricsConfig")]
    _metrics_config: Option<Yaml>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct FilterCriteria {
    #[serde(default)]
    filters: Vec<Filter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Filter {
    pattern: String,
}

const fn batch_size() -> usize {
    BATCH_SIZE
}

impl StreamSource {
    /// Reads an event of the template.
    pub(crate) fn parse(properties: Yaml, place: &str) -> Result<Self, TemplateError> {
        let error = |problem: String| TemplateError::new(place, problem);
        let properties: Properties =
            yaml_serde::from_value(properties).map_err(|problem| error(problem.to_string()))?;
        let position = &properties.starting_position;
        if position != "TRIM_HORIZON" {
            return Err(error(format!("the starting position {position} would lose records")));
        }
        if !(1..=10_000).contains(&properties.batch_size) {
            return Err(error("BatchSize is from 1 to 10000".to_owned()));
        }
        let retries = properties.maximum_retry_attempts.unwrap_or(-1);
        let retries = u32::try_from(retries)
            .map_err(|_| error("without MaximumRetryAttempts a bad record stops all".to_owned()))?;
        let types = &properties.function_response_types;
        if let Some(other) = types.iter().find(|name| *name != "ReportBatchItemFailures") {
            return Err(error(format!("the response type {other} is not understood")));
        }
        let filter = |(index, filter): (usize, &Filter)| {
            Pattern::parse(&filter.pattern)
                .map_err(|problem| error(format!("the pattern of filter {}: {problem}", index + 1)))
        };
        let filters = properties.filter_criteria.filters.iter().enumerate().map(filter);
        Ok(Self {
            batch_size: properties.batch_size,
            retries,
            bisects: properties.bisect_batch_on_function_error,
            reports_failures: !types.is_empty(),
            filters: filters.collect::<Result<_, _>>()?,
        })
    }

    /// Whether the function wants to see a record.
    pub fn wants(&self, record: &Value) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| filter.matches(record))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn parse(text: &str) -> Result<StreamSource, String> {
        let properties = yaml_serde::from_str(text).expect("YAML");
        StreamSource::parse(properties, "Here").map_err(|error| error.to_string())
    }

    #[test]
    fn given_an_event_when_read_then_it_holds_what_the_template_says() {
        let source = parse(
            "{Stream: Table.StreamArn, StartingPosition: TRIM_HORIZON, BatchSize: 25,
              MaximumRetryAttempts: 5, BisectBatchOnFunctionError: true,
              MaximumRecordAgeInSeconds: 3600, ParallelizationFactor: 1,
              FunctionResponseTypes: [ReportBatchItemFailures],
              DestinationConfig: {OnFailure: {Type: S3, Destination: arn}},
              FilterCriteria: {Filters: [{Pattern: '{\"eventName\": [\"INSERT\"]}'},
                {Pattern: '{\"eventName\": [\"REMOVE\"]}'}]}}",
        );
        let source = source.expect("a source");
        assert_eq!((source.batch_size, source.retries), (25, 5));
        assert!(source.bisects && source.reports_failures);
        let wanted =
            ["INSERT", "MODIFY", "REMOVE"].map(|name| source.wants(&json!({"eventName": name})));
        assert_eq!(wanted, [true, false, true]);
        // Without filters everything is wanted, in Lambda's batches.
        let plain = parse("{Stream: s, StartingPosition: TRIM_HORIZON, MaximumRetryAttempts: 0}");
        let plain = plain.expect("a source");
        assert!(plain.wants(&json!({})) && !plain.bisects && !plain.reports_failures);
        assert_eq!((plain.batch_size, plain.retries), (100, 0));
    }

    #[rstest]
    #[case("{Stream: s, MaximumRetryAttempts: 1}", "StartingPosition")]
    #[case("{Stream: s, StartingPosition: LATEST, MaximumRetryAttempts: 1}", "LATEST would lose")]
    #[case("{Stream: s, StartingPosition: TRIM_HORIZON}", "MaximumRetryAttempts")]
    #[case("{Stream: s, StartingPosition: TRIM_HORIZON, MaximumRetryAttempts: -1}", "stops all")]
    #[case(
        "{Stream: s, StartingPosition: TRIM_HORIZON, MaximumRetryAttempts: 1, BatchSize: 0}",
        "BatchSize"
    )]
    #[case(
        "{Stream: s, StartingPosition: TRIM_HORIZON, MaximumRetryAttempts: 1, TumblingWindowInSeconds: 5}",
        "TumblingWindowInSeconds"
    )]
    #[case(
        "{Stream: s, StartingPosition: TRIM_HORIZON, MaximumRetryAttempts: 1, FunctionResponseTypes: [Other]}",
        "Other"
    )]
    #[case(
        "{Stream: s, StartingPosition: TRIM_HORIZON, MaximumRetryAttempts: 1, FilterCriteria: {Filters: [{Pattern: '{\"a\": [{\"suffix\": \"x\"}]}'}]}}",
        "filter 1: a: suffix"
    )]
    fn given_what_is_not_understood_when_read_then_the_place_is_named(
        #[case] text: &str,
        #[case] expected: &str,
    ) {
        let error = parse(text).expect_err("is refused");
        assert!(error.contains("Here") && error.contains(expected), "{error}");
    }
}
