//! Traces cost nothing where they are off, and where a collector is named it stands beside every
//! function that sends any (`docs/decisions/0032-traces-behind-a-feature.md`).

use std::{collections::BTreeSet, process::Command};

use tsunagu_local::template::{DEPLOYED, Template};
use tsunagu_tests::world::parameters;
use yaml_serde::Value;

use crate::{
    file,
    template::{functions, tagged},
};

/// What the functions link that is of `OpenTelemetry`, built as `scripts/build.sh` builds them.
fn linked(features: &[&str]) -> BTreeSet<String> {
    let packages = functions().into_iter().map(|(name, ..)| format!("--package={name}"));
    // What the tests link says nothing here: cargo unites the features of what it builds together.
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--edges=normal,build", "--prefix=none"])
        .args(["--format={p}", "--manifest-path"])
        .arg(file("Cargo.toml"))
        .args(packages)
        .args(features)
        .output()
        .expect("cargo runs");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8_lossy(&tree.stdout);
    assert!(tree.contains("aws-sdk-dynamodb"), "it is the whole tree");
    let crates = tree.lines().filter_map(|line| line.split(' ').next());
    crates.filter(|name| name.contains("opentelemetry")).map(str::to_owned).collect()
}

#[test]
fn given_functions_as_they_are_built_then_nothing_of_open_telemetry_is_linked_unless_asked_for() {
    assert_eq!(linked(&[]), BTreeSet::new());
    let asked_for = linked(&["--features=tsunagu-api/traces"]);
    assert!(asked_for.contains("opentelemetry-otlp"), "{asked_for:?}");
}

#[test]
fn given_a_collectors_layer_then_all_that_send_traces_have_it_and_sign_in_does_without() {
    let document: Value = yaml_serde::from_str(DEPLOYED).expect("the template is YAML");
    let layers = document["Globals"]["Function"]["Layers"].as_sequence().expect("a list");
    let [Value::Tagged(layer)] = layers.as_slice() else { panic!("one, by a condition") };
    assert_eq!(layer.tag, "!If");
    assert_eq!(layer.value[0], "HasTracesLayer");
    assert_eq!(tagged(&layer.value[1], "!Ref"), Some("TracesLayer"));
    assert_eq!(tagged(&layer.value[2], "!Ref"), Some("AWS::NoValue"));
    for (function, id, properties) in functions() {
        assert!(properties.get("Layers").is_none(), "{function} has what all have");
        let ignored = document["Resources"][id.as_str()].get("IgnoreGlobals");
        let ignored = ignored.and_then(Value::as_sequence).map(Vec::as_slice).unwrap_or_default();
        let names: Vec<_> = ignored.iter().filter_map(Value::as_str).collect();
        let wanted: &[&str] = if function == "token-claims" { &["Layers"] } else { &[] };
        assert_eq!(names, wanted, "{function}");
    }
    // And the local server reads both.
    let mut given = parameters();
    let layer = "arn:aws:lambda:eu-central-1:123456789012:layer:collector:1";
    given.insert("TracesLayer".to_owned(), layer.to_owned());
    Template::parse(DEPLOYED, &given).expect("the template is read");
}
