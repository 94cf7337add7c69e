//! T15: users of a customer who are named in what is for the account alone: its tickets, comments and
//! notifications.

use std::collections::BTreeSet;

use http::Method;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    feeds::Fed,
    product::{Tenant, column},
};

use crate::{
    disguises::Disguises,
    events::{Operation, functions, operations, plausible},
    t15_users::{assert_nothing_of, keep, questions, users},
    t17_logs::{heard, listen},
};

struct Stage {
    fed: Fed,
    partner: Tenant,
    customer: Tenant,
    /// The customer's tickets, one of which the partner sees.
    tickets: Vec<String>,
    /// The customer's notifications.
    notifications: Vec<String>,
}

fn id_of(body: &Value, name: &str) -> String {
    body[name].as_str().expect("an id").to_owned()
}

/// A line that fits a subject.
fn head(user: &str) -> String {
    user.chars().take(100).collect()
}

/// A customer that names its users wherever it may say something that is for itself.
async fn stage(engine: Engine) -> Option<Stage> {
    let fed = Fed::open(engine).await?;
    let product = &fed.product;
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &partner).await;
    let admin = &customer.admin;
    let about = |subject: &str, text: &str, visibility: &str| {
        json!({
            "subject": subject, "description": text, "severity": "critical",
            "visibility": visibility,
        })
    };
    let list = customer.at("/tickets");
    let shared = admin.post(&list, &about("Slow", "Slow", "shared")).await.expect(201);
    let mut tickets = vec![id_of(&shared, "ticketId")];
    let mut notifications = Vec::new();
    let platform = product.platform();
    for user in users() {
        product.tick();
        let opened = admin.post(&list, &about(&head(&user), &user, "account")).await.expect(201);
        tickets.push(id_of(&opened, "ticketId"));
        let comment = json!({"body": user, "visibility": "account"});
        for ticket in [&tickets[0], &id_of(&opened, "ticketId")] {
            let path = format!("{list}/{ticket}");
            admin.post(&format!("{path}/comments"), &comment).await.expect(201);
            let path = format!("{}/tickets/{ticket}/updates", customer.platform_path());
            platform.post(&path, &json!({ "comment": comment })).await.expect(200);
        }
        let said = json!({
            "severity": "error", "source": "support", "code": "locked-out", "title": head(&user),
            "message": {"ja": user, "en": user}, "visibility": "account",
        });
        let path = format!("{}/notifications", customer.platform_path());
        let told = platform.post(&path, &said).await.expect(201);
        notifications.push(id_of(&told, "notificationId"));
    }
    Some(Stage { fed, partner, customer, tickets, notifications })
}

/// Things go wrong while users are named, and a record of theirs cannot be read.
async fn go_wrong(stage: &mut Stage) {
    let user = &users()[0];
    let path = stage.customer.at("/tickets");
    let admin = stage.customer.admin.clone();
    let ticket = json!({
        "subject": head(user), "description": user, "severity": user, "visibility": "account",
    });
    admin.post(&path, &ticket).await.expect(422);
    let ticket = json!({
        "subject": head(user), "description": user, "severity": "low", "visibility": "account",
    });
    stage.fed.product.world.faults().stop_database();
    admin.post(&path, &ticket).await.expect(503);
    stage.fed.product.world.faults().heal();
    let image = json!({
        "PK": {"S": user}, "SK": {"S": user}, "entity": {"S": "ticket"}, "subject": {"S": user},
    });
    let record = json!({"dynamodb": {"SequenceNumber": "1", "NewImage": image}});
    let event = json!({"Records": [record]});
    let report = stage.fed.product.world.gateway.invoke("change-feed", event).await;
    let report = report.expect("it is there").expect("a batch always ends");
    assert_eq!(report["batchItemFailures"][0]["itemIdentifier"], "1");
}

/// The paths of an operation with the ids that the partner may name, guessed ones of the customer's
/// too.
fn filled(stage: &Stage, operation: &Operation) -> BTreeSet<String> {
    let Stage { partner, customer, tickets, notifications, .. } = stage;
    let mut paths = BTreeSet::from([operation.path.clone()]);
    for name in operation.parameters() {
        let values = match name {
            "partner" | "csp" => vec![partner.id.clone()],
            "customer" => vec![customer.id.clone()],
            "account" | "accountId" => vec![partner.id.clone(), customer.id.clone()],
            "ticketId" => tickets.clone(),
            "notificationId" => notifications.clone(),
            _ => vec![plausible(name)],
        };
        let fill = |path: &String| {
            let slot = format!("{{{name}}}");
            let filled: Vec<_> = values.iter().map(|value| path.replace(&slot, value)).collect();
            filled
        };
        paths = paths.iter().flat_map(fill).collect();
    }
    paths
}

/// All that the partner is answered on every route, in both languages, with all questions.
async fn look_everywhere(stage: &Stage) -> String {
    let mut shown = String::new();
    for operation in operations(functions()) {
        let key = operation.key();
        let is_read = operation.method == "GET";
        let is_about = ["/tickets", "/notifications", "/customer-"].map(|part| key.contains(part));
        if !is_read && !is_about.contains(&true) {
            continue;
        }
        let asked = if is_read { questions(&operation) } else { vec![String::new()] };
        for path in filled(stage, &operation) {
            for (place, question) in asked.iter().enumerate() {
                let who = stage.partner.admin.reading(["ja", "en"][place % 2]);
                let method: Method = operation.method.parse().expect("a method");
                let body = (!is_read).then(|| json!({"severity": "low", "body": "x"}));
                let answer = who.send(method, &format!("{path}{question}"), body.as_ref()).await;
                keep(&mut shown, &key, &answer);
            }
        }
    }
    shown
}

#[apply(both_engines)]
async fn t15_users_named_for_the_account_alone_reach_no_partner_and_no_log(engine: Engine) {
    listen();
    let Some(mut stage) = stage(engine).await else { return };
    let before = look_everywhere(&stage).await;
    stage.fed.drain().await;
    go_wrong(&mut stage).await;
    let after = look_everywhere(&stage).await;
    let log = heard();
    // Texts are kept composed.
    let composed = users().into_iter().map(|user| user.replace("e\u{301}", "é"));
    let secrets: Vec<_> = composed.map(|user| (user.clone(), Disguises::of(&user, &[]))).collect();
    for (what, text) in [("an answer", &before), ("an answer, drained", &after), ("the log", &log)]
    {
        assert_nothing_of(&secrets, what, text);
    }
    assert!(after.contains("\"subject\":\"Slow\"") && log.contains("unreadable record"), "{log}");
    // No count nor list tells of them, and no id.
    let partner = &stage.partner;
    let shown = partner.admin.get(&partner.customer(&stage.customer)).await.expect(200);
    assert_eq!(shown["summary"]["openTickets"], json!({"total": 1, "critical": 1}));
    assert_eq!(shown["summary"]["activeNotifications"]["total"], 0);
    for list in ["/customer-tickets", "/customer-notifications", "/customers"] {
        let list = partner.admin.get(&partner.at(list)).await.expect(200).to_string();
        for hidden in stage.tickets[1..].iter().chain(&stage.notifications) {
            assert!(!list.contains(hidden), "{list}");
        }
    }
    // The search bites: the customer itself reads them all.
    let customer = &stage.customer;
    let mut own = String::new();
    for list in ["/tickets?limit=100", "/notifications?limit=100"] {
        keep(&mut own, list, &customer.admin.get(&customer.at(list)).await);
    }
    for (user, forms) in &secrets {
        assert!(forms.found_in(&own).contains(&"JSON"), "{user} in {own}");
    }
    let list = customer.admin.get(&customer.at("/tickets?limit=100")).await.expect(200);
    assert_eq!(column(&list, "/ticketId").len(), stage.tickets.len());
}
