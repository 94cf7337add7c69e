//! The permission policies of functions, which say who may invoke them: SAM writes a statement for
//! each route, and Lambda takes 20 KB.

use serde_json::json;
use yaml_serde::Value;

use crate::template::functions;

/// What Lambda takes.
const LIMIT: usize = 20 * 1024;
/// As long as stacks are likely to be called.
const STACK: &str = "tsunagu-production-ap-northeast-1";
const REGION: &str = "ap-northeast-1";
const OWNER: &str = "123456789012";

/// The statement that SAM makes for an event; a function that has `$default` gets one for all.
fn statement(function: &str, event: &str, properties: &Value) -> String {
    let method = properties["Method"].as_str().expect("a method");
    let path = properties["Path"].as_str().expect("a path");
    let source = if path == "$default" {
        "/*/$default".to_owned()
    } else {
        let segments = path.split('/').map(|one| if one.starts_with('{') { "*" } else { one });
        format!("/*/{method}{}", segments.collect::<Vec<_>>().join("/"))
    };
    // Lambda cuts a generated function name at 64 characters.
    let mut name = format!("{STACK}-{function}-AbCdEfGhIjKl");
    name.truncate(64);
    json!({
        "Sid": format!("{STACK}-{function}{event}Permission-AbCdEfGhIjKl"),
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": format!("arn:aws:lambda:{REGION}:{OWNER}:function:{name}"),
        "Condition": {"ArnLike": {
            "AWS:SourceArn": format!("arn:aws:execute-api:{REGION}:{OWNER}:a1b2c3d4e5{source}"),
        }},
    })
    .to_string()
}

/// The bytes of a function's policy.
fn policy_size(function: &str, properties: &Value) -> usize {
    let empty = yaml_serde::Mapping::new();
    let events = properties["Events"].as_mapping().unwrap_or(&empty);
    // The scheduler has a role of its own to invoke by.
    let events: Vec<_> = events
        .iter()
        .filter(|(_, event)| event["Type"] == "HttpApi")
        .map(|(name, event)| (name.as_str().expect("a name"), &event["Properties"]))
        .collect();
    let default = events.iter().find(|(_, properties)| properties["Path"] == "$default");
    let wanted = default.map_or(events.clone(), |default| vec![*default]);
    let statements: Vec<_> =
        wanted.iter().map(|(name, event)| statement(function, name, event)).collect();
    let shell = json!({"Version": "2012-10-17", "Id": "default", "Statement": []}).to_string();
    shell.len() + statements.join(",").len()
}

#[test]
fn given_a_function_then_the_policy_that_lets_its_routes_invoke_it_fits() {
    let functions = functions();
    assert_eq!(functions.len(), 12, "every function of the template is looked at");
    for (name, id, properties) in functions {
        let size = policy_size(&id, &properties);
        assert!(size <= LIMIT, "{name}: {size} bytes are more than Lambda's {LIMIT}");
    }
}

#[test]
fn given_a_function_with_fifty_routes_then_its_policy_would_not_fit() {
    let mut properties: Value = yaml_serde::from_str("{Events: {}}").expect("YAML");
    for number in 0..50 {
        let event = "{Type: HttpApi, Properties: {Method: GET, Path: '/v1/accounts/{partner}/customers/{customer}'}}";
        let event: Value = yaml_serde::from_str(event).expect("YAML");
        let events = properties["Events"].as_mapping_mut().expect("a mapping");
        events.insert(format!("GetOneOfTheCustomers{number:02}").into(), event);
    }
    assert!(policy_size("ConnectionsFunction", &properties) > LIMIT, "the measure bites");
}
