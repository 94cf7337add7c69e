//! The sample events of `events/`, and what a fresh system answers to each: the same in this process, as
//! a binary, and under AWS's emulator.

use std::{fs, path::Path};

use serde_json::{Value, json};

/// A function's sample event.
pub fn event(function: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    let text = fs::read_to_string(folder.join(format!("{function}.json"))).expect("each has one");
    serde_json::from_str(&text).expect("an event is JSON")
}

/// Holds what a function has answered to its sample event, on an empty table.
pub fn expect_answer(function: &str, answer: &Value) {
    let event = event(function);
    match function {
        "accounts" => {
            assert_eq!(answer["statusCode"], 201, "{answer}");
            assert_eq!(body(answer)["displayName"], "鈴木商事株式会社");
        }
        "token-claims" => {
            let details = &answer["response"]["claimsAndScopeOverrideDetails"];
            let claims = &details["accessTokenGeneration"]["claimsToAddOrOverride"];
            assert_eq!(claims["email"], event["request"]["userAttributes"]["email"], "{answer}");
            assert!(claims.get("email_verified").is_some(), "{answer}");
        }
        "usage-aggregation" => {
            let nothing = json!({
                "asOf": event["scheduledTime"],
                "complete": true, "accounts": 0, "facts": 0, "due": 0,
            });
            assert_eq!(*answer, nothing);
        }
        // Nobody is there to be told.
        "change-feed" => assert_eq!(*answer, json!({"batchItemFailures": []})),
        // The log's own check of its destination.
        "read-audit" => assert_eq!(*answer, json!({"lines": 0, "counted": 0})),
        // They ask for what is not there.
        _ => {
            assert_eq!(answer["statusCode"], 404, "{function}: {answer}");
            assert_eq!(body(answer)["code"], "not-found", "{function}");
        }
    }
}

fn body(answer: &Value) -> Value {
    let body = answer["body"].as_str().expect("a body");
    serde_json::from_str(body).expect("JSON")
}
