//! `template.yaml`, as the tests of this binary read it.

use tsunagu_local::template::{DEPLOYED, Template};
use tsunagu_tests::world::parameters;
use yaml_serde::{Mapping, Value};

/// The deployment as the local server reads it.
pub(crate) fn deployment() -> Template {
    Template::parse(DEPLOYED, &parameters()).expect("the template is ours")
}

/// The resources as they stand in the file.
pub(crate) fn resources() -> Mapping {
    let document: Value = yaml_serde::from_str(DEPLOYED).expect("the template is YAML");
    document["Resources"].as_mapping().expect("resources").clone()
}

/// The functions by name: their logical ids and properties.
pub(crate) fn functions() -> Vec<(String, String, Value)> {
    let is_function = |resource: &Value| resource["Type"] == "AWS::Serverless::Function";
    let resources = resources();
    let functions = resources.iter().filter(|(_, resource)| is_function(resource));
    functions
        .map(|(id, resource)| {
            let properties = resource["Properties"].clone();
            let uri = properties["CodeUri"].as_str().expect("a CodeUri");
            let name = uri.rsplit('/').next().expect("a folder").to_owned();
            (name, id.as_str().expect("a logical id").to_owned(), properties)
        })
        .collect()
}

/// The argument of a short intrinsic function: `!GetAtt Table.Arn`.
pub(crate) fn tagged<'a>(value: &'a Value, tag: &str) -> Option<&'a str> {
    match value {
        Value::Tagged(tagged) if tagged.tag == tag => tagged.value.as_str(),
        _ => None,
    }
}
