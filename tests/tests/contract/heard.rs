//! Whoever tells partners of their customers is heard: reads are counted from the log (0026), and a
//! function whose log nobody listens to would count nothing, without a word.

use std::collections::BTreeSet;

use tsunagu_api::openapi;
use tsunagu_tests::contract::FUNCTIONS;

use crate::template::{functions, tagged};

/// The pattern of a line that tells of a read.
const PATTERN: &str = r#"{ $.reads = "*" }"#;

/// The log groups to which `read-audit` listens.
fn heard() -> BTreeSet<String> {
    let (_, _, counter) =
        functions().into_iter().find(|(name, ..)| name == "read-audit").expect("it is deployed");
    let events = counter["Events"].as_mapping().expect("events").clone();
    let groups = events.into_iter().map(|(event, subscription)| {
        let properties = &subscription["Properties"];
        assert_eq!(properties["FilterPattern"], PATTERN, "{event:?}");
        tagged(&properties["LogGroupName"], "!Ref").expect("a log group").to_owned()
    });
    groups.collect()
}

#[test]
fn given_a_function_that_tells_partners_of_customers_then_its_log_is_heard_and_no_other() {
    let tells = |path: &str| path.contains("/customers/{") || path.contains("/customer-");
    let telling = FUNCTIONS.into_iter().filter(|(_, routes)| {
        let document = openapi::document([routes()]);
        document.paths.paths.keys().any(|path| tells(path))
    });
    let telling: BTreeSet<_> = telling.map(|(name, _)| name).collect();
    assert!(telling.contains("tickets"), "{telling:?}");
    let deployed = functions();
    let logs = telling.iter().map(|wanted| {
        let (_, _, properties) =
            deployed.iter().find(|(name, ..)| name == wanted).expect("it is deployed");
        tagged(&properties["LoggingConfig"]["LogGroup"], "!Ref").expect("a log group").to_owned()
    });
    assert_eq!(heard(), logs.collect());
}
