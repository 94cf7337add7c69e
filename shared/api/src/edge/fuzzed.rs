//! Events at random: whatever stands in one, its caller gets an answer, and a refusal is a problem that
//! the edge foresaw. `PROPTEST_CASES` sets how often; `make fuzz` sets it high.

use std::sync::LazyLock;

use axum::{
    extract::{Path, State},
    routing::{get, post},
};
use deserr::Deserr;
use proptest::{collection::vec, prelude::*, test_runner::TestCaseResult};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;
use tsunagu_domain::{ids::AccountId, text::DisplayName, time::Instant};

use super::*;
use crate::{
    Bearer, Format, Json, Page, PageBody, Query, SignedIn, SourceAddress,
    input::{InputErrors, Parsed},
    scope::Reader,
    testing::{console_event, default_event, edge, platform_event, with_body},
    unmatched::answer_unmatched,
};

const DOCUMENT: &str = r#"{"paths": {"/v1/things": {"post": {}}, "/v1/list/{name}": {"get": {}}}}"#;

#[derive(Debug, Deserr)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
struct Filter {
    #[deserr(default)]
    search: Option<DisplayName>,
    #[deserr(default)]
    has_trials: Option<Parsed<bool>>,
    #[deserr(default)]
    min_utilization: Option<Parsed<f64>>,
}

#[derive(Debug, Deserr)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
struct Thing {
    name: DisplayName,
    #[deserr(default)]
    account: Option<AccountId>,
    #[deserr(default)]
    at: Option<Instant>,
    #[deserr(default)]
    parts: Vec<Thing>,
}

fn told(filter: &Filter) -> Value {
    let Filter { search, has_trials, min_utilization } = filter;
    json!([
        search.as_ref().map(DisplayName::as_str),
        has_trials.is_some(),
        min_utilization.is_some()
    ])
}

async fn user(
    _: SignedIn,
    Path((account, user)): Path<(String, String)>,
    _: Format,
    Query(filter): Query<Filter>,
) -> Json<Value> {
    Json(json!([account, user, told(&filter)]))
}

async fn list(
    State(app): State<App>,
    Path(name): Path<String>,
    page: Page<Filter>,
) -> Result<Json<PageBody<Value>>, Problem> {
    let position: Option<String> = page.position(&app).await?;
    let items = vec![json!([position, told(&page.filter)])];
    Ok(Json(page.answer(&app, items, Some(name)).await?))
}

async fn things(reader: Reader, _: SourceAddress, Json(thing): Json<Thing>) -> Json<Value> {
    let Thing { name, account, at, parts } = thing;
    Json(json!([name, account, at, parts.len(), format!("{reader:?}").len()]))
}

async fn held(Bearer(secret): Bearer<DisplayName>) -> Json<Value> {
    Json(json!(secret))
}

/// One runtime and one edge for all cases: an edge keeps nothing of a request.
static EDGE: LazyLock<(Runtime, Edge)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let routes = Routes::new()
        .route("/v1/accounts/{accountId}/users/{userId}", get(user))
        .route("/v1/list/{name}", get(list))
        .route("/v1/things", post(things))
        .route("/v1/held", get(held));
    (runtime.expect("a runtime"), edge(answer_unmatched(routes, DOCUMENT)))
});

/// The events to begin with: one for each route, and those of other functions.
fn events() -> Vec<Value> {
    let routed = |route: &str, parameters: Value| {
        let mut event = crate::testing::routed(console_event(), route, &[]);
        event["pathParameters"] = parameters;
        event
    };
    let thing = r#"{"name": "a", "at": "2026-03-01T00:00:00Z", "parts": [{"name": "b"}]}"#;
    vec![
        console_event(),
        platform_event(),
        default_event(),
        routed("GET /v1/list/{name}", json!({"name": "a"})),
        with_body(routed("POST /v1/things", json!({})), thing),
        routed("GET /v1/held", json!({})),
    ]
}

/// Every place of an event, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    for (name, value) in inner {
        let place = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        places(value, &place, found);
        found.push(place);
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,20}",
        "[ -~]{0,20}",
        "(%[0-9a-fA-F]{0,2}|[a-z/.\\\\&=+#]){0,12}",
        prop::sample::select(vec![
            "",
            "..",
            "$default",
            "GET /v1/held",
            "true",
            "\u{0}",
            "application/json"
        ])
        .prop_map(str::to_owned),
    ]
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let fields = vec((text(), inner.clone()), 0..3);
        let fields = fields.prop_map(|fields| Value::Object(Map::from_iter(fields)));
        prop_oneof![vec(inner, 0..3).prop_map(Value::from), fields]
    })
}

/// An event of which some places hold something else, or are gone.
fn spoiled() -> impl Strategy<Value = Value> {
    let changes = vec((any::<prop::sample::Index>(), prop::option::of(json_value())), 0..5);
    (prop::sample::select(events()), changes).prop_map(|(mut event, changes)| {
        for (at, change) in changes {
            let mut found = Vec::new();
            places(&event, "", &mut found);
            let place = at.get(&found);
            let (parent, name) = place.rsplit_once('/').expect("a pointer");
            match (change, event.pointer_mut(parent)) {
                (Some(value), _) => *event.pointer_mut(place).expect("a place") = value,
                (None, Some(Value::Object(fields))) => drop(fields.remove(name)),
                _ => {}
            }
        }
        event
    })
}

/// Asks the edge, and looks at what the gateway would be given.
fn judge(event: ApiGatewayV2httpRequest) -> TestCaseResult {
    let (runtime, edge) = &*EDGE;
    let answer = runtime.block_on(edge.answer(event, &Invocation::new("fallback")));
    let answer = serde_json::to_value(&answer).expect("the gateway takes JSON");
    let status = answer["statusCode"].as_u64().unwrap_or_default();
    prop_assert!((200..500).contains(&status), "{}", answer);
    prop_assert_eq!(&answer["headers"]["cache-control"], "no-store");
    if status >= 400 {
        prop_assert_eq!(&answer["headers"]["content-type"], "application/problem+json");
        let body = answer["body"].as_str().unwrap_or_default();
        let problem: Value = serde_json::from_str(body).expect("a problem is JSON");
        prop_assert_eq!(&problem["status"], status);
        for name in ["type", "title", "detail", "code", "requestId"] {
            prop_assert!(problem[name].is_string(), "{} in {}", name, problem);
        }
    }
    Ok(())
}

proptest! {
    /// Given an event with anything in any of its places, when it is one of the gateway's at all, then
    /// it is answered.
    #[test]
    fn given_a_spoiled_event_then_it_is_answered_or_refused_as_a_problem(event in spoiled()) {
        if let Ok(event) = serde_json::from_value(event) {
            judge(event)?;
        }
    }

    /// Given what a caller can send (headers, a query, a path and a body of any kind), then the event is
    /// read, and answered.
    #[test]
    fn given_whatever_a_caller_sends_then_it_is_answered_or_refused_as_a_problem(
        mut event in prop::sample::select(events()),
        headers in vec(("[a-z-]{1,12}|accept(-language)?|content-(type|encoding|length)|authorization|if-match|idempotency-key|host", "[\\x20-\\x7e\u{80}-\u{ff}]{0,30}|\\PC{0,20}"), 0..4),
        query in text(),
        parameter in text(),
        body in prop::option::of(vec(any::<u8>(), 0..40)),
        cookies in vec(text(), 0..3),
        address in text(),
    ) {
        for (name, value) in headers {
            event["headers"][name] = json!(value);
        }
        event["cookies"] = json!(cookies);
        event["rawQueryString"] = json!(query);
        event["rawPath"] = json!(parameter.clone());
        event["requestContext"]["http"]["sourceIp"] = json!(address);
        if let Some(Value::Object(parameters)) = event.get_mut("pathParameters") {
            parameters.values_mut().for_each(|value| *value = json!(parameter.clone()));
        }
        if let Some(body) = body {
            event["body"] = json!(STANDARD.encode(body));
            event["isBase64Encoded"] = json!(true);
        }
        judge(serde_json::from_value(event).expect("an event of the gateway"))?;
    }

    /// Given any JSON as a body, then it is taken, or refused with where it is wrong.
    #[test]
    fn given_any_json_as_a_body_then_it_is_taken_or_told_what_is_wrong(body in json_value(), cut in 0..40_usize) {
        let whole = body.to_string();
        for text in [whole.clone(), whole.chars().take(cut).collect()] {
            let event = with_body(events().swap_remove(4), &text);
            judge(serde_json::from_value(event).expect("an event of the gateway"))?;
        }
    }
}
