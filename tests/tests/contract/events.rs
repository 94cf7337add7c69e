//! The sample events, which `sam local invoke` takes: each runs through the very same function.

use std::time::Duration;

use serde_json::Value;
use tsunagu_local::{function::Invocation, functions, server::Backend};
use tsunagu_tests::{Engine, events, world};

use crate::template;

/// What the function answers to its sample event.
async fn answer(function: &str) -> Value {
    let database = Engine::Embedded.open().await.expect("the embedded engine is always there");
    let environments = world::environments(&template::deployment(), database.table());
    let backend =
        Backend { client: database.client(), clock: tsunagu_tests::clock::frozen(), environments };
    let functions = functions::all(&backend).expect("the functions start");
    let invocation = Invocation {
        event: events::event(function),
        request_id: "sample".to_owned(),
        timeout: Duration::from_secs(15),
    };
    functions[function].invoke(invocation).await.expect("the function answers")
}

#[test]
fn given_a_function_of_the_template_then_it_has_a_sample_event_of_one_of_its_routes() {
    let routes = template::deployment().routes;
    for (name, ..) in template::functions() {
        let event = events::event(&name);
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
async fn given_a_function_when_it_is_handed_its_sample_then_it_answers_as_told() {
    for (name, ..) in template::functions() {
        events::expect_answer(&name, &answer(&name).await);
    }
}
