//! A customer asks, its partner acts for it, the support answers (P17).

use futures::future::join_all;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    product::{Product, Tenant, column},
};

/// What a ticket begins with.
fn about(subject: &str) -> Value {
    json!({"subject": subject, "description": "十分で切れます。", "severity": "high"})
}

async fn pair(product: &Product) -> (Tenant, Tenant) {
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &partner).await;
    (partner, customer)
}

/// The account opens a ticket; gives its id.
async fn open(product: &Product, account: &Tenant, body: &Value) -> String {
    product.tick();
    let ticket = account.admin.post(&account.at("/tickets"), body).await.expect(201);
    ticket["ticketId"].as_str().expect("an id").to_owned()
}

/// The path of a ticket in the vendor's eyes.
fn vendors(account: &Tenant, ticket: &str) -> String {
    format!("{}/tickets/{ticket}", account.platform_path())
}

#[apply(both_engines)]
async fn a_customer_asks_its_partner_acts_and_the_support_answers(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let (partner, customer) = pair(&product).await;
    let platform = product.platform();
    let id = open(&product, &customer, &about("セッションが切れます")).await;

    // The partner finds it on its customer's list, with the customer's name.
    let list_path = format!("{}/tickets", partner.customer(&customer));
    let list = partner.admin.get(&list_path).await.expect(200);
    assert_eq!(column(&list, "/ticketId"), [json!(id)]);
    let named = json!({"accountId": customer.id, "displayName": "さくら商事"});
    assert_eq!(list["items"][0]["customer"], named);
    assert_eq!(list["items"][0]["openedBy"], json!({"role": "customer", "partner": null}));
    // It comments; the customer sees who it was.
    product.tick();
    let said = json!({"body": "設定を確認しています。"});
    let path = format!("{list_path}/{id}/comments");
    let comment = partner.admin.post(&path, &said).await.expect(201);
    let own = customer.at(&format!("/tickets/{id}"));
    let author = json!({
        "role": "partner",
        "partner": {"accountId": partner.id, "displayName": "みなとクラウド"},
    });
    let comments = customer.admin.get(&format!("{own}/comments")).await.expect(200);
    assert_eq!(comments, json!({"items": [comment], "nextCursor": null}));
    assert_eq!(comments["items"][0]["author"], author);
    let ticket = customer.admin.get(&own).await.expect(200);
    assert_eq!((&ticket["commentCount"], &ticket["updatedAt"]), (&json!(1), &comment["createdAt"]));
    let last = json!({
        "commentId": comment["commentId"], "author": author, "at": comment["createdAt"],
    });
    assert_eq!(ticket["lastComment"], last);
    assert!(ticket.get("customer").is_none(), "{ticket}");

    // The support finds it, gives it a number, and waits for the customer.
    product.tick();
    let all = platform.get("/v1/platform/tickets?status=open").await.expect(200);
    assert_eq!(column(&all, "/ticketId"), [json!(id)]);
    let update = json!({
        "status": "waiting", "caseNumber": "CS-42", "comment": {"body": "ログを送ってください。"},
    });
    let path = format!("{}/updates", vendors(&customer, &id));
    let updated = platform.post(&path, &update).await.expect(200);
    assert_eq!(customer.admin.get(&own).await.expect(200), updated);
    assert_eq!((&updated["status"], &updated["caseNumber"]), (&json!("waiting"), &json!("CS-42")));
    assert_eq!(updated["lastComment"]["author"], json!({"role": "support", "partner": null}));
    assert_eq!(updated["commentCount"], 2);
    let none = platform.get("/v1/platform/tickets?status=open").await.expect(200);
    assert_eq!(column(&none, "/ticketId"), Vec::<Value>::new());
    let comments = platform.get(&format!("{}/comments", vendors(&customer, &id))).await.expect(200);
    assert_eq!(column(&comments, "/author/role"), ["partner", "support"]);

    // The partner answers for the customer, and says that it is solved.
    for status in ["in-progress", "resolved"] {
        let path = format!("{list_path}/{id}");
        let changed = partner.admin.patch(&path, &json!({"status": status})).await.expect(200);
        assert_eq!(changed["status"], status);
    }
    assert_eq!(customer.admin.get(&own).await.expect(200)["status"], "resolved");
}

#[apply(both_engines)]
async fn a_closed_ticket_is_reopened_by_the_support_alone(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let (partner, customer) = pair(&product).await;
    let platform = product.platform();
    let id = open(&product, &customer, &about("Slow")).await;
    let own = customer.at(&format!("/tickets/{id}"));
    let status = |status: &str| json!({ "status": status });
    // A solved one the customer opens again by itself.
    customer.admin.patch(&own, &status("resolved")).await.expect(200);
    customer.admin.patch(&own, &status("open")).await.expect(200);
    customer.admin.patch(&own, &status("closed")).await.expect(200);
    customer.admin.patch(&own, &status("closed")).await.expect(200);
    let partners = format!("{}/tickets/{id}", partner.customer(&customer));
    for (who, path) in [(&customer, &own), (&partner, &partners)] {
        let refused = who.admin.patch(path, &status("open")).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (409, Some("conflict")));
        let detail = refused.json["detail"].as_str().expect("a text");
        assert!(detail.contains("closed") && detail.contains("Only the support"), "{detail}");
    }
    // It can still be talked about.
    customer.admin.post(&format!("{own}/comments"), &json!({"body": "Again!"})).await.expect(201);
    let update = format!("{}/updates", vendors(&customer, &id));
    let refused = platform.post(&update, &status("waiting")).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, Some("conflict")));
    let ja = platform.reading("ja").post(&update, &status("waiting")).await;
    let detail = ja.json["detail"].as_str().expect("a text");
    assert!(detail.ends_with("open、in-progress"), "{detail}");
    platform.post(&update, &status("in-progress")).await.expect(200);
    // What was refused left nothing, not even a comment that came with it.
    let both = json!({"status": "open", "comment": {"body": "Never said"}});
    platform.post(&update, &both).await.expect(409);
    let comments = customer.admin.get(&format!("{own}/comments")).await.expect(200);
    assert_eq!(column(&comments, "/body"), ["Again!"]);
}

#[apply(both_engines)]
async fn texts_of_any_language_are_kept_up_to_ten_thousand_characters(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    let fill = |unit: &str| {
        let count = 10_000 / unit.chars().count();
        let rest = 10_000 - count * unit.chars().count();
        unit.repeat(count) + &"x".repeat(rest)
    };
    for unit in ["あいう\n", "مرحبا ", "🎫", "क्ष", "葛\u{E0100}", "\"\\"] {
        let text = fill(unit);
        assert_eq!(text.chars().count(), 10_000);
        let text = text.trim().to_owned();
        let body = json!({"subject": unit.trim(), "description": text, "severity": "low"});
        let ticket = customer.admin.post(&customer.at("/tickets"), &body).await.expect(201);
        assert_eq!(ticket["description"], json!(text), "{unit:?}");
        let id = ticket["ticketId"].as_str().expect("an id");
        let path = customer.at(&format!("/tickets/{id}/comments"));
        let comment = customer.admin.post(&path, &json!({"body": text})).await.expect(201);
        assert_eq!(comment["body"], json!(text), "{unit:?}");
        let comments = customer.admin.get(&path).await.expect(200);
        assert_eq!(comments["items"][0]["body"], json!(text), "{unit:?}");
        // And not one character more.
        let long = fill(unit).replace(char::is_whitespace, "y") + "z";
        let mut longer = body.clone();
        longer["description"] = json!(long);
        let ticket = customer.admin.post(&customer.at("/tickets"), &longer).await;
        let comment = customer.admin.post(&path, &json!({"body": long})).await;
        for (refused, pointer) in [(ticket, "/description"), (comment, "/body")] {
            assert_eq!(refused.status.as_u16(), 422, "{unit:?}");
            let error = &refused.json["errors"][0];
            let told = (&error["pointer"], &error["code"]);
            assert_eq!(told, (&json!(pointer), &json!("too-long")), "{unit:?}");
        }
    }
}

#[apply(both_engines)]
async fn lists_are_filtered_and_newest_first(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let (partner, customer) = pair(&product).await;
    let service = json!({"name": {"ja": "一", "en": "One"}, "model": "user"});
    product.platform().put("/v1/platform/services/one", &service).await.expect(201);
    let mut ids = Vec::new();
    for (severity, service) in [("low", None), ("critical", Some("one")), ("low", Some("one"))] {
        let mut body = about("Slow");
        body["severity"] = json!(severity);
        body["service"] = json!(service);
        ids.push(open(&product, &customer, &body).await);
    }
    product.tick();
    let since = product.world.now().to_rfc3339().replace('+', "%2B");
    let first = customer.at(&format!("/tickets/{}", ids[0]));
    customer.admin.patch(&first, &json!({"status": "closed"})).await.expect(200);
    for (query, expected) in [
        ("", vec![2, 1, 0]),
        ("severity=low", vec![2, 0]),
        ("service=one", vec![2, 1]),
        ("service=one&severity=critical", vec![1]),
        ("status=open", vec![2, 1]),
        ("status=closed", vec![0]),
        (&format!("updatedSince={since}"), vec![0]),
        ("service=two", vec![]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|one: usize| json!(ids[one])).collect();
        for (who, base) in [
            (&customer, customer.at("/tickets")),
            (&partner, partner.customer(&customer) + "/tickets"),
        ] {
            let list = who.admin.get(&format!("{base}?{query}")).await.expect(200);
            assert_eq!(column(&list, "/ticketId"), expected, "{query}");
        }
    }
    let mut unknown = about("Slow");
    unknown["service"] = json!("two");
    let refused = customer.admin.post(&customer.at("/tickets"), &unknown).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (422, Some("unknown-service")));
    assert_eq!(refused.json["errors"][0]["pointer"], "/service");
}

#[apply(both_engines)]
async fn what_is_asked_twice_under_a_key_is_done_once(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let (partner, customer) = pair(&product).await;
    let keyed = customer.admin.with("idempotency-key", "k");
    let (path, body) = (customer.at("/tickets"), about("Slow"));
    let opened = join_all((0..8).map(|_| keyed.post(&path, &body))).await;
    let opened: Vec<_> = opened.into_iter().map(|answer| answer.expect(201)).collect();
    assert!(opened.iter().all(|one| *one == opened[0]), "{opened:?}");
    let id = opened[0]["ticketId"].as_str().expect("an id").to_owned();
    // A comment of the partner, and an update of the support, which both answer by what is there.
    let path = format!("{}/tickets/{id}/comments", partner.customer(&customer));
    let partner = partner.admin.with("idempotency-key", "k");
    let said = json!({"body": "Once."});
    let comments = join_all((0..8).map(|_| partner.post(&path, &said))).await;
    let comments: Vec<_> = comments.into_iter().map(|answer| answer.expect(201)).collect();
    assert!(comments.iter().all(|one| *one == comments[0]), "{comments:?}");
    let platform = product.platform().with("idempotency-key", "k");
    let path = format!("{}/updates", vendors(&customer, &id));
    let update = json!({"caseNumber": "CS-1", "comment": {"body": "Twice?"}});
    let updates = join_all((0..8).map(|_| platform.post(&path, &update))).await;
    let updates: Vec<_> = updates.into_iter().map(|answer| answer.expect(200)).collect();
    assert!(updates.iter().all(|one| *one == updates[0]), "{updates:?}");
    let ticket = customer.admin.get(&customer.at(&format!("/tickets/{id}"))).await.expect(200);
    assert_eq!(ticket["commentCount"], 2);
    let list = customer.admin.get(&customer.at("/tickets")).await.expect(200);
    assert_eq!(column(&list, "/ticketId").len(), 1);
    let other = json!({"comment": {"body": "Other."}});
    let mismatch = platform.post(&path, &other).await;
    assert_eq!(mismatch.code(), Some("idempotency-mismatch"));
}

#[apply(both_engines)]
async fn a_suspended_account_reads_its_tickets_and_writes_none(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let (partner, customer) = pair(&product).await;
    let id = open(&product, &customer, &about("Slow")).await;
    product.set_status(&customer, "suspended").await;
    let own = customer.at(&format!("/tickets/{id}"));
    customer.admin.get(&own).await.expect(200);
    customer.admin.get(&format!("{own}/comments")).await.expect(200);
    let refused = customer.admin.post(&format!("{own}/comments"), &json!({"body": "x"})).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, Some("account-suspended")));
    partner.admin.get(&format!("{}/tickets/{id}", partner.customer(&customer))).await.expect(404);
    // The support still sees it, and answers.
    let update = format!("{}/updates", vendors(&customer, &id));
    product.platform().post(&update, &json!({"status": "in-progress"})).await.expect(200);
}

#[apply(both_engines)]
async fn those_who_comment_do_not_stop_those_who_change(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let (partner, customer) = pair(&product).await;
    let id = open(&product, &customer, &about("Slow")).await;
    let own = customer.at(&format!("/tickets/{id}"));
    let seen = customer.admin.get(&own).await;
    let tag = seen.header("etag").expect("a tag").to_owned();
    product.tick();
    let path = format!("{}/tickets/{id}", partner.customer(&customer));
    partner.admin.post(&format!("{path}/comments"), &json!({"body": "Hm."})).await.expect(201);
    let by_tag = customer.admin.with("if-match", &tag);
    by_tag.patch(&own, &json!({"severity": "low"})).await.expect(200);
    // The partner, who read it before, is told.
    let stale =
        partner.admin.with("if-match", &tag).patch(&path, &json!({"severity": "high"})).await;
    assert_eq!((stale.status.as_u16(), stale.code()), (412, Some("precondition-failed")));
}
