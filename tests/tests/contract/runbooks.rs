//! Alarms and their runbooks: each alarm names one that is there, each is an alarm's, and what an alarm
//! watches of ours is what the functions write.

use std::collections::{BTreeMap, BTreeSet};

use strum::VariantArray;
use tsunagu_api::Code;
use yaml_serde::Value;

use crate::{
    read,
    template::{functions, resources, tagged},
};

const PAGE: &str = "docs/operations/alarms.md";
/// The parts of a runbook, in this order.
const PARTS: [&str; 5] =
    ["**Means.**", "**Who is hurt.**", "**Look first.**", "**Do.**", "**Wake somebody**"];

/// The resources of a type, by their logical ids.
fn of_type(kind: &str) -> BTreeMap<String, Value> {
    let of_kind = resources().into_iter().filter(|(_, resource)| resource["Type"] == kind);
    of_kind.map(|(id, resource)| (id.as_str().expect("an id").to_owned(), resource)).collect()
}

fn alarms() -> BTreeMap<String, Value> {
    of_type("AWS::CloudWatch::Alarm")
}

/// The anchor that each alarm names, and the budget, which has no description.
fn named() -> BTreeMap<String, String> {
    let description = |alarm: &Value| {
        let text = alarm["Properties"]["AlarmDescription"].as_str().expect("a description");
        text.split_once(" Runbook: ").expect("a runbook").1.to_owned()
    };
    let of_alarms = alarms().into_iter().map(|(id, alarm)| (id, description(&alarm)));
    let of_budgets = of_type("AWS::Budgets::Budget").into_iter().map(|(id, budget)| {
        let runbook = budget["Metadata"]["Runbook"].as_str().expect("a runbook");
        (id, runbook.to_owned())
    });
    let all = of_alarms.chain(of_budgets);
    all.map(|(id, runbook)| {
        let anchor = runbook.strip_prefix(PAGE).and_then(|rest| rest.strip_prefix('#'));
        (id.clone(), anchor.unwrap_or_else(|| panic!("{id}: {runbook}")).to_owned())
    })
    .collect()
}

/// The runbooks of the page by their anchors: headings of the second level are made of plain words.
fn runbooks() -> BTreeMap<String, String> {
    let page = read(PAGE);
    let sections = page.split("\n## ").skip(1).map(|section| {
        let (heading, text) = section.split_once('\n').expect("a heading");
        (heading.to_lowercase().replace(' ', "-"), text.to_owned())
    });
    sections.filter(|(anchor, _)| anchor != "all-alarms").collect()
}

#[test]
fn given_an_alarm_then_it_names_a_runbook_and_every_runbook_belongs_to_an_alarm() {
    let named = named();
    assert!(named.len() >= 13, "all alarms: {named:?}");
    let wanted: BTreeSet<_> = named.into_values().collect();
    let there: BTreeSet<_> = runbooks().into_keys().collect();
    assert_eq!(wanted, there);
}

#[test]
fn given_a_runbook_then_it_says_what_whom_where_what_to_do_and_when_to_wake_somebody() {
    for (anchor, text) in runbooks() {
        let mut rest = text.as_str();
        for part in PARTS {
            let found = rest.split_once(part).unwrap_or_else(|| panic!("{anchor}: {part}"));
            rest = found.1;
        }
    }
}

#[test]
fn given_an_alarm_then_it_goes_to_the_topic_and_stands_on_the_dashboard() {
    let dashboard = &resources()["Dashboard"]["Properties"]["DashboardBody"];
    let body = tagged(dashboard, "!Sub").expect("a text");
    let body: serde_json::Value = serde_json::from_str(body).expect("the dashboard is JSON");
    let shown = body["widgets"][0]["properties"]["alarms"].as_array().expect("alarms");
    let shown: BTreeSet<_> = shown.iter().filter_map(|one| one.as_str()).collect();
    let alarms = alarms();
    let wanted: BTreeSet<_> = alarms.keys().map(|id| format!("${{{id}.Arn}}")).collect();
    assert_eq!(shown, wanted.iter().map(String::as_str).collect());
    for (id, alarm) in &alarms {
        for actions in ["AlarmActions", "OKActions"] {
            let topic = tagged(&alarm["Properties"][actions][0], "!Ref");
            assert_eq!(topic, Some("AlarmTopic"), "{id}");
        }
        assert!(alarm["Properties"]["TreatMissingData"].is_string(), "{id}: what silence means");
    }
}

#[test]
fn given_an_alarm_on_a_metric_of_ours_then_functions_write_it_and_its_dimensions_exist() {
    let written = read("shared/api/src/metrics.rs");
    let codes: BTreeSet<_> = Code::VARIANTS.iter().map(|code| code.as_str()).collect();
    let functions: BTreeSet<_> = functions().into_iter().map(|(_, id, _)| id).collect();
    let mut seen = 0;
    for (id, alarm) in alarms() {
        let properties = &alarm["Properties"];
        if properties["Namespace"] != "Tsunagu" {
            continue;
        }
        let metric = properties["MetricName"].as_str().expect("a metric");
        assert!(written.contains(&format!("\"{metric}\"")), "{id}: nobody writes {metric}");
        for dimension in properties["Dimensions"].as_sequence().expect("dimensions") {
            let value = &dimension["Value"];
            match dimension["Name"].as_str().expect("a name") {
                "function" => assert!(functions.contains(tagged(value, "!Ref").expect("a ref"))),
                "code" => assert!(codes.contains(value.as_str().expect("a code")), "{id}"),
                other => panic!("{id}: {other} is no dimension of ours"),
            }
        }
        seen += 1;
    }
    assert!(seen >= 2, "alarms on metrics of ours: {seen}");
}

/// Nothing that fails may wait unseen: every queue, and every bucket that a function's failures go to.
#[test]
fn given_a_place_for_what_failed_then_an_alarm_watches_it() {
    let watched = format!("{:?}", alarms().into_values().collect::<Vec<_>>());
    let queues = of_type("AWS::SQS::Queue").into_keys().map(|id| format!("{id}.QueueName"));
    let places: Vec<_> = queues.chain(["FailedRecords".to_owned()]).collect();
    assert_eq!(places.len(), 4);
    for place in places {
        assert!(watched.contains(&format!("\"{place}\"")), "{place}");
    }
}
