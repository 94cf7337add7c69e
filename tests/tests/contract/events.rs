//! The sample events, which `sam local invoke` takes: each runs through the very same function.

use std::time::Duration;

use serde_json::Value;
use tsunagu_local::{function::Invocation, functions, server::Backend};
use tsunagu_tests::{Engine, world};

use crate::{read, template};

fn sample(function: &str) -> Value {
    serde_json::from_str(&read(&format!("events/{function}.json"))).expect("an event is JSON")
}

/// What the function answers to its sample event.
async fn answer(function: &str) -> Value {
    let database = Engine::Embedded.open().await.expect("the embedded engine is always there");
    let environments = world::environments(&template::deployment(), database.table());
    let backend =
        Backend { client: database.client(), clock: tsunagu_tests::clock::frozen(), environments };
    let functions = functions::all(&backend).expect("the functions start");
    let invocation = Invocation {
        event: sample(function),
        request_id: "sample".to_owned(),
        timeout: Duration::from_secs(15),
    };
    functions[function].invoke(invocation).await.expect("the function answers")
}

#[test]
fn given_a_function_of_the_template_then_it_has_a_sample_event_of_one_of_its_routes() {
    let routes = template::deployment().routes;
    for (name, ..) in template::functions() {
        let event = sample(&name);
        let mut own = routes.iter().filter(|route| route.function == name).peekable();
        if own.peek().is_some() {
            let key = event["routeKey"].as_str().expect("a route key");
            assert!(own.any(|route| route.key() == key), "{name}: {key} is none of its routes");
        } else {
            let triggered = event["triggerSource"].is_string()
                || event["scheduledTime"].is_string()
                || event["Records"].is_array()
                || event["awslogs"]["data"].is_string();
            assert!(triggered, "{name}: an event of its trigger");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn given_the_sample_of_accounts_then_an_account_is_registered() {
    let answer = answer("accounts").await;
    assert_eq!(answer["statusCode"], 201, "{answer}");
    let body: Value = serde_json::from_str(answer["body"].as_str().expect("a body")).expect("JSON");
    assert_eq!(body["displayName"], "鈴木商事株式会社");
}

#[tokio::test(start_paused = true)]
async fn given_samples_about_accounts_that_do_not_exist_then_they_are_answered_as_not_found() {
    let functions = [
        "invite-accept",
        "connections",
        "licenses",
        "notifications",
        "tickets",
        "federation",
        "workspaces",
    ];
    for function in functions {
        let answer = answer(function).await;
        assert_eq!(answer["statusCode"], 404, "{function}: {answer}");
        let body = answer["body"].as_str().expect("a body");
        let body: Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(body["code"], "not-found", "{function}");
    }
}

#[tokio::test(start_paused = true)]
async fn given_the_sample_of_token_claims_then_the_address_goes_into_the_access_token() {
    let answer = answer("token-claims").await;
    let claims =
        "/response/claimsAndScopeOverrideDetails/accessTokenGeneration/claimsToAddOrOverride";
    let claims = answer.pointer(claims).unwrap_or_else(|| panic!("{answer}"));
    let sent = sample("token-claims")["request"]["userAttributes"].clone();
    assert_eq!(claims["email"], sent["email"]);
    assert!(claims.get("email_verified").is_some(), "{claims}");
}

#[tokio::test(start_paused = true)]
async fn given_the_sample_of_the_scheduled_run_then_there_was_nothing_to_count() {
    let answer = answer("usage-aggregation").await;
    let expected = serde_json::json!({
        "asOf": sample("usage-aggregation")["scheduledTime"],
        "complete": true, "accounts": 0, "facts": 0, "due": 0,
    });
    assert_eq!(answer, expected);
}

#[tokio::test(start_paused = true)]
async fn given_the_sample_of_the_stream_then_nobody_is_there_to_be_told_and_nothing_fails() {
    let answer = answer("change-feed").await;
    assert_eq!(answer, serde_json::json!({"batchItemFailures": []}));
}

#[tokio::test(start_paused = true)]
async fn given_the_sample_of_the_log_then_its_check_of_the_destination_counts_nothing() {
    let answer = answer("read-audit").await;
    assert_eq!(answer, serde_json::json!({"lines": 0, "counted": 0}));
}
