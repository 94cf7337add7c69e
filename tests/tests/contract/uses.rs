//! What functions really do to the table: recorded at the SDK's HTTP layer on a walk through all
//! routes, and on each function's first call by an invited administrator in a fresh deployment.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tsunagu_api::Task;
use tsunagu_domain::time::Clock;
use tsunagu_local::client::Caller;
use tsunagu_store::Deadline;
use tsunagu_tests::{
    background::standing_still,
    desk::password,
    measured::Measured,
    meter::{Meter, Metered},
    record::Operation,
    round::{Asked, Rooms, Round, SCHEDULED, STARTED_BY_EVENTS, STREAM, TEST, Watch},
    units::written,
};

use crate::{read, template::deployment};

/// One action on one place, with all partition keys that one call names for it: conditions on keys
/// have to hold for all of them in one statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Use {
    /// The IAM action.
    pub(crate) action: &'static str,
    /// The index; `None` for the table.
    pub(crate) index: Option<String>,
    /// The kinds of partitions: keys with their tenants left out.
    pub(crate) kinds: BTreeSet<String>,
}

/// Uses by function.
pub(crate) type Uses = BTreeMap<String, BTreeSet<Use>>;

/// Everything that the functions were seen to do.
pub(crate) async fn all() -> Uses {
    let product = Measured::open(Meter::paused_time()).await;
    let mut watch = Recorder::new(&product);
    Round::new(&product, &mut watch, 1).walk().await;
    watch.what_is_rare().await;
    watch.what_is_put_off().await;
    watch.first_calls().await;
    watch.uses
}

struct Recorder<'p> {
    product: &'p Measured,
    functions: BTreeMap<String, String>,
    uses: Uses,
}

impl Watch for Recorder<'_> {
    async fn before(&mut self, _: &'static str) {
        self.product.meter.take();
    }

    async fn after(&mut self, asked: &Asked) {
        self.note(asked.route);
    }
}

impl<'p> Recorder<'p> {
    fn new(product: &'p Measured) -> Self {
        let routes = deployment().routes;
        let functions = routes.into_iter().map(|route| (route.key(), route.function));
        let others = STARTED_BY_EVENTS.map(|name| (name.to_owned(), name.to_owned()));
        let functions = functions.chain(others).collect();
        Self { product, functions, uses: Uses::new() }
    }

    /// Notes what the request of a route has done since the last.
    fn note(&mut self, route: &str) {
        let function = self.functions[route].clone();
        let uses = self.uses.entry(function).or_default();
        for call in self.product.meter.take() {
            uses.extend(uses_of(&call));
        }
    }

    /// A service that no environment has heard of, many holders of which few are active, a rebuild.
    async fn what_is_rare(&mut self) {
        let gateway = &self.product.gateway;
        let vendor = Caller::platform(gateway).expect("a machine signs in");
        let (admin, account) = account(self.product, "Rare", 0).await;
        let service = json!({"name": {"ja": "新", "en": "New"}, "model": "user"});
        vendor.put("/v1/platform/services/new", &service).await;
        self.product.meter.take();
        let unknown = format!("/v1/accounts/{account}/licenses/none/trends");
        assert_eq!(admin.get(&unknown).await.status, 404);
        self.note("GET /v1/accounts/{account}/licenses/{service}/trends");
        let about = json!({
            "subject": "x", "description": "x", "severity": "low", "service": "none",
        });
        let path = format!("/v1/accounts/{account}/tickets");
        assert_eq!(admin.post(&path, &about).await.status, 422);
        self.note("POST /v1/accounts/{account}/tickets");
        for users in [0..300, 10..13] {
            let now = gateway.clock().now();
            let event = |user: u32| {
                json!({
                    "id": "e", "accountId": account, "service": "new",
                    "userId": format!("u-{user}"), "occurredAt": now,
                })
            };
            let events = json!({"events": users.map(event).collect::<Vec<_>>()});
            let taken = vendor.post("/v1/platform/usage-events", &events).await;
            assert_eq!(taken.status, 200, "{}", taken.json());
            self.note("POST /v1/platform/usage-events");
            self.run(json!({"scheduledTime": now})).await;
            assert!(gateway.clock().advance(chrono::TimeDelta::days(1)), "time goes on");
        }
        self.run(json!({"rebuild": {"accountId": account, "service": "new"}})).await;
    }

    /// Work on feeds for which there is no time, and what drives it on: nobody is there to be told.
    async fn what_is_put_off(&mut self) {
        let event: Value = serde_json::from_str(&read("events/change-feed.json")).expect("JSON");
        let event = serde_json::from_value(event).expect("an event");
        let late = Deadline::default();
        late.pass();
        self.product.meter.take();
        let report = change_feed::task(self.product.app()).run(event, late).await.expect("it ends");
        assert_eq!(report, change_feed::Report::default());
        self.note(STREAM);
        let items = self.product.stored.json().await.into_values();
        let mut steps = items.filter(|item| item["entity"]["S"] == "feed-step");
        let step = steps.next().expect("it was put off");
        let images = json!({"SequenceNumber": "1", "NewImage": step});
        let event = json!({"Records": [{"eventName": "INSERT", "dynamodb": images}]});
        let report = self.product.gateway.invoke(STREAM, event).await.expect("it is there");
        assert_eq!(report.expect("it runs"), json!({"batchItemFailures": []}));
        self.note(STREAM);
    }

    async fn run(&mut self, event: Value) {
        let report = self.product.gateway.invoke(SCHEDULED, event).await.expect("it is there");
        report.expect("it runs");
        self.note(SCHEDULED);
    }

    /// An administrator may join, and the edge's secret be made, by a first call of any function.
    async fn first_calls(&mut self) {
        let routes = [
            "POST /v1/accounts",
            "POST /v1/invitations/{token}/accept",
            "GET /v1/accounts/{customer}/partners/{partner}",
            "GET /v1/accounts/{account}/notifications",
            "POST /v1/accounts/{account}/trials",
            "POST /v1/accounts/{account}/tickets",
            "POST /v1/accounts/{csp}/resource-locations",
            TEST,
        ];
        for (number, route) in routes.into_iter().enumerate() {
            let fresh = Measured::open(Meter::paused_time()).await;
            let mut recorder =
                Recorder { product: &fresh, functions: self.functions.clone(), uses: Uses::new() };
            first_call(&mut recorder, route, number).await;
            for (function, uses) in recorder.uses {
                self.uses.entry(function).or_default().extend(uses);
            }
        }
    }
}

/// A partner with two notifications and a customer with an open invitation, in a deployment whose
/// edge has no secret: then the invited one makes the call.
async fn first_call(recorder: &mut Recorder<'_>, route: &'static str, number: usize) {
    let pair = Pair::connected(recorder.product, number).await;
    recorder.product.forget_edge_secret().await;
    recorder.product.meter.take();
    let Pair { partner, customer, token, invited } = pair;
    if route == TEST {
        return first_at_workspaces(recorder, &partner, &customer, &invited).await;
    }
    let answer = match route {
        "POST /v1/accounts" => {
            let body = json!({"displayName": "Second", "country": "JP"});
            invited.with("idempotency-key", "first").post("/v1/accounts", &body).await
        }
        "POST /v1/invitations/{token}/accept" => {
            let body = json!({"accountId": customer});
            let path = format!("/v1/invitations/{token}/accept");
            invited.with("idempotency-key", "first").post(&path, &body).await
        }
        "GET /v1/accounts/{customer}/partners/{partner}" => {
            invited.get(&format!("/v1/accounts/{customer}/partners/{partner}")).await
        }
        "POST /v1/accounts/{account}/tickets" => {
            let path = format!("/v1/accounts/{customer}/tickets");
            let body = json!({"subject": "First", "description": "First", "severity": "low"});
            invited.with("idempotency-key", "first").post(&path, &body).await
        }
        "POST /v1/accounts/{csp}/resource-locations" => {
            let path = format!("/v1/accounts/{partner}/resource-locations");
            let body = json!({"name": "First"});
            invited.with("idempotency-key", "first").post(&path, &body).await
        }
        "POST /v1/accounts/{account}/trials" => {
            let path = format!("/v1/accounts/{customer}/trials");
            let body = json!({"service": "first"});
            invited.with("idempotency-key", "first").post(&path, &body).await
        }
        _ => invited.get(&format!("/v1/accounts/{partner}/notifications?limit=1")).await,
    };
    assert!(answer.status.is_success(), "{route}: {}", answer.json());
    recorder.note(route);
}

/// An invited administrator tests a directory, and a user opens an app: before any other function was
/// asked for anything that takes a key.
async fn first_at_workspaces(
    recorder: &mut Recorder<'_>,
    partner: &str,
    customer: &str,
    invited: &Caller,
) {
    let product = recorder.product;
    let id = |text: &str| text.parse().expect("an id");
    let pair = (id(partner), id(customer));
    // The pair was connected, ended and connected again.
    let rooms = Rooms::set_up(&product.stored, &product.gateway, pair, 2, ("first", 0)).await;
    product.meter.take();
    let domain = rooms.realm.domain.domain_id;
    let path = format!("/v1/accounts/{partner}/domains/{domain}/test");
    let body = json!({"username": "hanako", "password": password("hanako")});
    let tested = standing_still(invited.post(&path, &body)).await;
    assert_eq!(tested.status, 200, "{}", tested.json());
    recorder.note(TEST);
    let nobody = Caller::nobody(&product.gateway);
    let path = format!("/v1/workspaces/{}/sign-in", rooms.dedicated);
    let signed_in = standing_still(nobody.post(&path, &body)).await.json();
    let token = signed_in["sessionToken"].as_str().expect("a token");
    let user = nobody.bearing(token).with("idempotency-key", "first");
    let path = format!("/v1/workspaces/{}/resources/{}/launch", rooms.dedicated, rooms.app);
    let launched = user.post(&path, &json!({})).await;
    assert_eq!(launched.status, 201, "{}", launched.json());
    // After a while a use is noted.
    assert!(product.gateway.clock().advance(chrono::TimeDelta::minutes(5)), "time goes on");
    let session = user.get(&format!("/v1/workspaces/{}/session", rooms.dedicated)).await;
    assert_eq!(session.status, 200, "{}", session.json());
    recorder.note(TEST);
}

/// What a first call needs to be there.
struct Pair {
    partner: String,
    customer: String,
    token: String,
    invited: Caller,
}

impl Pair {
    async fn connected(product: &Measured, number: usize) -> Self {
        let gateway = &product.gateway;
        let vendor = Caller::platform(gateway).expect("a machine signs in");
        let (partner_admin, partner) = account(product, "Minato", number).await;
        let (customer_admin, customer) = account(product, "Suzuki", number).await;
        let me = partner_admin.get("/v1/me").await.json();
        let org = me["accounts"][0]["orgId"].as_str().expect("an ORGID").to_owned();
        let path = format!("/v1/platform/organizations/{org}/programs/CSP");
        let declared = vendor.put(&path, &json!({"status": "active"})).await;
        assert!(declared.status.is_success(), "{}", declared.json());
        let link = partner_admin.get(&format!("/v1/accounts/{partner}/invite-link")).await;
        let token = link.json()["token"].as_str().expect("a token").to_owned();
        let path = format!("/v1/invitations/{token}/accept");
        let accepted = customer_admin.post(&path, &json!({"accountId": customer})).await;
        assert!(accepted.status.is_success(), "{}", accepted.json());
        // A second notification, by a request that needs no key of the edge.
        let path = format!("/v1/accounts/{customer}/partners/{partner}");
        let ended = customer_admin.delete(&path).await;
        assert!(ended.status.is_success(), "{}", ended.json());
        let path = format!("/v1/invitations/{token}/accept");
        let accepted = customer_admin.post(&path, &json!({"accountId": customer})).await;
        assert!(accepted.status.is_success(), "{}", accepted.json());
        let email = format!("invited-{number}@example.com");
        for (admin, account) in [(&partner_admin, &partner), (&customer_admin, &customer)] {
            let body = json!({"email": email, "access": "full"});
            let path = format!("/v1/accounts/{account}/administrators");
            let invited = admin.post(&path, &body).await;
            assert!(invited.status.is_success(), "{}", invited.json());
        }
        let invited = Caller::person(gateway, &email).await.expect("a person signs in");
        let service = json!({"name": {"ja": "初", "en": "First"}, "model": "user"});
        vendor.put("/v1/platform/services/first", &service).await;
        Self { partner, customer, token, invited }
    }
}

async fn account(product: &Measured, name: &str, number: usize) -> (Caller, String) {
    let email = format!("{name}-{number}@example.com");
    let person = Caller::person(&product.gateway, &email).await.expect("a person signs in");
    let body = json!({"displayName": name, "country": "JP"});
    let registered = person.post("/v1/accounts", &body).await;
    let id = registered.json()["accountId"].as_str().expect("an id").to_owned();
    (person, id)
}

trait EdgeSecret {
    async fn forget_edge_secret(&self);
}

impl EdgeSecret for Measured {
    /// As if the deployment were new: functions that have it in memory keep it.
    async fn forget_edge_secret(&self) {
        let key = tsunagu_store::keys::edge_secret();
        let delete = self.client.delete_item().table_name(self.table());
        let delete =
            delete.key("PK", AttributeValue::S(key.pk)).key("SK", AttributeValue::S(key.sk));
        tsunagu_tests::background::exchange(delete.send()).await.expect("it is deleted");
    }
}

/// The uses of one call.
fn uses_of(call: &Metered) -> Vec<Use> {
    let single = |action, index: Option<String>, pk: &Value| {
        let kinds = [kind(pk.as_str().expect("a partition key"))].into();
        vec![Use { action, index, kinds }]
    };
    match call.operation {
        Operation::GetItem => single("dynamodb:GetItem", None, &call.input["Key"]["PK"]["S"]),
        Operation::BatchGetItem => {
            let tables = call.input["RequestItems"].as_object().expect("tables").values();
            let keys = tables.flat_map(|request| request["Keys"].as_array().expect("keys"));
            let kinds = keys.map(|key| kind(key["PK"]["S"].as_str().expect("a key"))).collect();
            vec![Use { action: "dynamodb:BatchGetItem", index: None, kinds }]
        }
        Operation::Query => {
            let index = call.input["IndexName"].as_str().map(str::to_owned);
            let partition = &call.input["ExpressionAttributeValues"][":pk"]["S"];
            single("dynamodb:Query", index, partition)
        }
        Operation::BatchWriteItem => {
            let kinds = written(call).into_iter().map(|(_, (pk, _))| kind(&pk)).collect();
            vec![Use { action: "dynamodb:BatchWriteItem", index: None, kinds }]
        }
        _ => writes(call),
    }
}

fn writes(call: &Metered) -> Vec<Use> {
    let mut by_action: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    for (action, (pk, _)) in written(call) {
        by_action.entry(action).or_default().insert(kind(&pk));
    }
    let of_action = |(action, kinds)| Use { action, index: None, kinds };
    by_action.into_iter().map(of_action).collect()
}

/// A partition key up to what names a tenant, as a role's condition writes it: `A#*`, `KEYS`.
fn kind(partition: &str) -> String {
    partition.split_once('#').map_or(partition.to_owned(), |(kind, _)| format!("{kind}#*"))
}
