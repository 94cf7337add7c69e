//! What a partner sees of all its customers in one place: it comes with the stream, and goes with the
//! next request.

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_domain::{notification::Severity, visibility::Visibility};
use tsunagu_tests::{
    Engine, both_engines,
    feeds::{Fed, Told},
    product::{Person, Tenant, column},
};

/// The two customers of a partner.
async fn cast(fed: &Fed) -> (Tenant, Tenant, Tenant) {
    let product = &fed.product;
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let sakura = product.register("taro@sakura.example", "さくら商事").await;
    let aozora = product.register("hana@aozora.example", "青空工業").await;
    product.connect(&sakura, &partner).await;
    product.connect(&aozora, &partner).await;
    (partner, sakura, aozora)
}

async fn list(who: &Tenant, rest: &str) -> Value {
    who.admin.get(&who.at(&format!("/customer-notifications{rest}"))).await.expect(200)
}

async fn ids(who: &Tenant, rest: &str) -> Vec<Value> {
    column(&list(who, rest).await, "/notificationId")
}

async fn tickets(who: &Tenant, rest: &str) -> Vec<Value> {
    let path = who.at(&format!("/customer-tickets{rest}"));
    column(&who.admin.get(&path).await.expect(200), "/ticketId")
}

async fn dismiss(who: &Tenant, body: &Value) -> Value {
    let path = who.at("/customer-notifications/dismiss");
    let answer = who.admin.post(&path, body).await;
    json!([answer.status.as_u16(), answer.json["errors"]])
}

async fn dismiss_one(who: &Person, of: &Tenant, id: &str) -> u16 {
    let path = of.at(&format!("/customer-notifications/{id}/dismiss"));
    who.post(&path, &json!({})).await.status.as_u16()
}

/// What the partner's dashboard counts of a customer.
async fn counted(partner: &Tenant, customer: &Tenant, part: &str) -> Value {
    let shown = partner.admin.get(&partner.customer(customer)).await.expect(200);
    shown["summary"][part].clone()
}

async fn dismissals(fed: &Fed, of: &Tenant) -> usize {
    let action = tsunagu_domain::audit::Action::NotificationsDismissed;
    let contents = fed.product.world.stored.contents().await;
    contents.count_audited(of.id.parse().expect("an id"), action)
}

#[apply(both_engines)]
async fn a_notification_is_listed_filtered_and_dismissed_for_one_partner_alone(engine: Engine) {
    let Some(mut fed) = Fed::open(engine).await else { return };
    let (partner, sakura, aozora) = cast(&fed).await;
    let other = fed.product.partner("ken@umihara.example", "海原システム").await;
    fed.product.connect(&sakura, &other).await;
    // Given two that are shared, of two customers, and one that is not.
    let late = fed.tell(&sakura, Told::shared("license-late", Severity::Error)).await;
    let hidden = Told { visibility: Visibility::Account, ..Told::shared("own", Severity::Error) };
    fed.tell(&sakura, hidden).await;
    let news = fed.tell(&aozora, Told::shared("news", Severity::Information)).await;
    let since = fed.product.world.now();
    fed.drain().await;

    // Then the partner sees the shared ones, newest first, with the customer's name.
    let shown = list(&partner, "").await;
    assert_eq!(column(&shown, "/notificationId"), [json!(news), json!(late)]);
    let customer = json!({"accountId": sakura.id, "displayName": "さくら商事"});
    assert_eq!(shown["items"][1]["customer"], customer);
    assert_eq!(shown["items"][1]["accountId"], json!(sakura.id));
    assert_eq!(shown["items"][1]["dismissedAt"], Value::Null);
    assert_eq!(shown["items"][1]["title"], "News of license-late");
    let path = partner.at("/customer-notifications");
    let ja = partner.admin.reading("ja").get(&path).await.expect(200);
    assert_eq!(ja["items"][1]["title"], "お知らせ license-late");
    for (filter, expected) in [
        (format!("?customer={}", aozora.id), vec![json!(news)]),
        ("?severity=error".to_owned(), vec![json!(late)]),
        ("?code=news".to_owned(), vec![json!(news)]),
        (
            format!("?since={}", since.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)),
            vec![json!(news)],
        ),
        (format!("?customer={}&severity=error", aozora.id), vec![]),
        // One that is no customer of the partner's is like one that there is not.
        (format!("?customer={}", other.id), vec![]),
    ] {
        assert_eq!(ids(&partner, &filter).await, expected, "{filter}");
    }
    let active = counted(&partner, &sakura, "activeNotifications").await;
    assert_eq!(active, json!({"total": 1, "error": 1, "warning": 0, "information": 0}));

    // When it dismisses one, again too, then it is gone for it, and for nobody else.
    assert_eq!(dismiss_one(&partner.admin, &partner, &late).await, 204);
    assert_eq!(dismiss_one(&partner.admin, &partner, &late).await, 204);
    assert_eq!(ids(&partner, "").await, [json!(news)]);
    assert_eq!(ids(&other, "").await, [json!(late)]);
    let own = sakura.admin.get(&sakura.at("/notifications?code=license-late")).await.expect(200);
    assert_eq!(column(&own, "/notificationId"), [json!(late)]);
    assert_eq!(own["items"][0]["dismissedAt"], Value::Null);
    fed.drain().await;
    let active = counted(&partner, &sakura, "activeNotifications").await;
    assert_eq!(active["total"], 0);
    assert_eq!(counted(&other, &sakura, "activeNotifications").await["total"], 1);
    // And it stands once in its trail, and in nobody else's.
    assert_eq!(dismissals(&fed, &partner).await, 1);
    assert_eq!(dismissals(&fed, &sakura).await + dismissals(&fed, &other).await, 0);
}

#[apply(both_engines)]
async fn a_customers_dismissal_and_other_partners_are_no_business_of_its_partner(engine: Engine) {
    let Some(mut fed) = Fed::open(engine).await else { return };
    let (partner, sakura, _) = cast(&fed).await;
    let id = fed.tell(&sakura, Told::shared("news", Severity::Warning)).await;
    // Given that the customer dismisses it before it is copied.
    let path = sakura.at(&format!("/notifications/{id}/dismiss"));
    sakura.admin.post(&path, &json!({})).await.expect(204);
    fed.drain().await;
    let shown = list(&partner, "").await;
    assert_eq!(column(&shown, "/notificationId"), [json!(id)]);
    assert_eq!(shown["items"][0]["dismissedAt"], Value::Null, "{shown}");
    // The customer's own dismissal stands in its own trail, once.
    sakura.admin.post(&path, &json!({})).await.expect(204);
    assert_eq!(dismissals(&fed, &sakura).await, 1);
    assert_eq!(dismissals(&fed, &partner).await, 0);
}

#[apply(both_engines)]
async fn several_and_all_are_dismissed_and_what_is_unknown_is_refused_by_its_place(engine: Engine) {
    let Some(mut fed) = Fed::open(engine).await else { return };
    let (partner, sakura, aozora) = cast(&fed).await;
    let stranger = fed.product.register("yui@yama.example", "山の商会").await;
    let mut told = Vec::new();
    for account in [&sakura, &aozora, &sakura, &aozora] {
        told.push(fed.tell(account, Told::shared("news", Severity::Warning)).await);
    }
    let foreign = fed.tell(&stranger, Told::shared("news", Severity::Warning)).await;
    fed.drain().await;
    // What it may not see and what there is not are alike, and nothing else is dismissed.
    let nothing = "ntf_01JE1B2C3D4E5F6G7H8J9KMNPQ";
    let refused = dismiss(&partner, &json!({"ids": [told[0], foreign, nothing]})).await;
    assert_eq!(refused[0], 422);
    assert_eq!(refused[1][0]["pointer"], "/ids/1");
    assert_eq!(refused[1][1]["pointer"], "/ids/2");
    assert_eq!(refused[1][0]["code"], refused[1][1]["code"]);
    for id in [foreign.as_str(), nothing] {
        assert_eq!(dismiss_one(&partner.admin, &partner, id).await, 404);
        let refused = dismiss(&partner, &json!({"all": true, "upTo": id})).await;
        assert_eq!((&refused[0], &refused[1][0]["pointer"]), (&json!(422), &json!("/upTo")));
    }
    let of = json!({"all": true, "upTo": told[0], "customer": stranger.id});
    let refused = dismiss(&partner, &of).await;
    assert_eq!((&refused[0], &refused[1][0]["pointer"]), (&json!(422), &json!("/customer")));
    assert_eq!(ids(&partner, "").await.len(), 4);

    let done = json!([204, null]);
    assert_eq!(dismiss(&partner, &json!({"ids": [told[0]]})).await, done);
    // All of one customer up to the third: the fourth is another's and later.
    let of = json!({"all": true, "upTo": told[2], "customer": sakura.id});
    assert_eq!(dismiss(&partner, &of).await, done);
    assert_eq!(ids(&partner, "").await, [json!(told[3]), json!(told[1])]);
    assert_eq!(dismiss(&partner, &json!({"all": true, "upTo": told[1]})).await, done);
    assert_eq!(ids(&partner, "").await, [json!(told[3])]);
    // Swept behind it, and over an end and a new start, it stays so.
    fed.drain().await;
    sakura.admin.delete(&sakura.partner(&partner)).await.expect(204);
    fed.product.connect(&sakura, &partner).await;
    fed.drain().await;
    assert_eq!(ids(&partner, "").await, [json!(told[3])]);
    assert_eq!(counted(&partner, &sakura, "activeNotifications").await["total"], 0);
    // Dismissed once more in the new episode, nothing is different.
    assert_eq!(dismiss(&partner, &of).await, done);
    assert_eq!(
        dismiss(&partner, &json!({"all": true, "upTo": told[0], "customer": sakura.id})).await,
        done
    );
    assert_eq!(ids(&partner, "").await, [json!(told[3])]);
}

#[apply(both_engines)]
async fn a_ticket_comes_with_the_stream_and_goes_with_the_next_request(engine: Engine) {
    let Some(mut fed) = Fed::open(engine).await else { return };
    let (partner, sakura, aozora) = cast(&fed).await;
    let about = json!({"subject": "遅い", "description": "今朝から", "severity": "critical"});
    fed.product.tick();
    let ticket = sakura.admin.post(&sakura.at("/tickets"), &about).await.expect(201);
    let id = ticket["ticketId"].as_str().expect("an id").to_owned();
    fed.drain().await;
    let shown = partner.admin.get(&partner.at("/customer-tickets")).await.expect(200);
    assert_eq!(column(&shown, "/ticketId"), [json!(id)]);
    let customer = json!({"accountId": sakura.id, "displayName": "さくら商事"});
    assert_eq!(shown["items"][0]["customer"], customer);
    let open = counted(&partner, &sakura, "openTickets").await;
    assert_eq!(open, json!({"total": 1, "critical": 1}));
    for (filter, expected) in [
        ("?status=open", 1),
        ("?status=closed", 0),
        ("?severity=critical", 1),
        ("?severity=low", 0),
        ("?service=daas", 0),
        ("?updatedSince=2020-01-01T00%3A00%3A00Z", 1),
        ("?updatedSince=2999-01-01T00%3A00%3A00Z", 0),
    ] {
        assert_eq!(tickets(&partner, filter).await.len(), expected, "{filter}");
    }
    assert_eq!(tickets(&partner, &format!("?customer={}", aozora.id)).await.len(), 0);

    // The partner comments for the customer, who sees it; so does the list.
    fed.product.tick();
    let path = format!("{}/tickets/{id}/comments", partner.customer(&sakura));
    partner.admin.post(&path, &json!({"body": "調べています。"})).await.expect(201);
    let own = sakura.admin.get(&sakura.at(&format!("/tickets/{id}"))).await.expect(200);
    assert_eq!(own["commentCount"], 1);
    fed.drain().await;
    let shown = partner.admin.get(&partner.at("/customer-tickets")).await.expect(200);
    assert_eq!(shown["items"][0]["commentCount"], 1);

    // Kept to the account it is gone at once, whatever the stream does.
    let path = sakura.at(&format!("/tickets/{id}"));
    sakura.admin.patch(&path, &json!({"visibility": "account"})).await.expect(200);
    assert_eq!(tickets(&partner, "").await, Vec::<Value>::new());
    fed.drain().await;
    assert_eq!(tickets(&partner, "").await, Vec::<Value>::new());
    assert_eq!(counted(&partner, &sakura, "openTickets").await, json!({"total": 0, "critical": 0}));
}

#[apply(both_engines)]
async fn nothing_is_seen_of_what_has_ended_is_not_shared_or_is_suspended(engine: Engine) {
    let Some(mut fed) = Fed::open(engine).await else { return };
    let (partner, sakura, aozora) = cast(&fed).await;
    let about = json!({"subject": "遅い", "description": "今朝から", "severity": "low"});
    fed.product.tick();
    sakura.admin.post(&sakura.at("/tickets"), &about).await.expect(201);
    let id = fed.tell(&sakura, Told::shared("news", Severity::Error)).await;
    let kept = fed.tell(&aozora, Told::shared("news", Severity::Error)).await;
    fed.drain().await;
    let sees = async |filter: &str| {
        let seen = (ids(&partner, filter).await.len(), tickets(&partner, filter).await.len());
        (seen, dismiss(&partner, &json!({"ids": [id, kept]})).await[0] == 204)
    };
    let of_sakura = format!("?customer={}", sakura.id);
    let shares = json!({"shares": ["account", "tickets"]});
    sakura.admin.patch(&sakura.partner(&partner), &shares).await.expect(200);
    assert_eq!(sees(&of_sakura).await, ((0, 1), false), "without its notifications");
    let up_to = json!({"all": true, "upTo": kept, "customer": sakura.id});
    assert_eq!(dismiss(&partner, &up_to).await[1][0]["pointer"], "/customer");
    assert_eq!(counted(&partner, &sakura, "activeNotifications").await, Value::Null);
    let shares = json!({"shares": ["account", "notifications"]});
    sakura.admin.patch(&sakura.partner(&partner), &shares).await.expect(200);
    assert_eq!(ids(&partner, &of_sakura).await, [json!(id)], "widened, with no new copy");
    assert_eq!(tickets(&partner, "").await.len(), 0, "without its tickets");
    fed.product.set_status(&sakura, "suspended").await;
    assert_eq!(sees("").await, ((1, 0), false), "suspended");
    fed.product.set_status(&sakura, "active").await;
    assert_eq!(ids(&partner, "").await.len(), 2);
    sakura.admin.delete(&sakura.partner(&partner)).await.expect(204);
    assert_eq!(sees("").await, ((1, 0), false), "ended");
    assert_eq!(dismiss_one(&partner.admin, &partner, &id).await, 404);
    fed.drain().await;
    assert_eq!(sees("").await, ((1, 0), false), "cleared");
}

#[apply(both_engines)]
async fn pages_go_on_behind_each_other_and_a_cursor_is_bound_to_its_filters(engine: Engine) {
    let Some(mut fed) = Fed::open(engine).await else { return };
    let (partner, sakura, aozora) = cast(&fed).await;
    let mut told = Vec::new();
    for number in 0..7 {
        let account = if number % 2 == 0 { &sakura } else { &aozora };
        told.push(json!(fed.tell(account, Told::shared("news", Severity::Warning)).await));
    }
    fed.drain().await;
    told.reverse();
    for filter in [String::new(), format!("&customer={}", sakura.id)] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = list(&partner, &format!("?limit=2{filter}{cursor}")).await;
            seen.extend(column(&page, "/notificationId"));
            let Some(next) = page["nextCursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
            // Bound to what was asked, and to who asked.
            let path = partner.at(&format!("/customer-notifications?limit=2&code=x{cursor}"));
            assert_eq!(partner.admin.get(&path).await.code(), Some("cursor-invalid"));
        }
        let step = if filter.is_empty() { 1 } else { 2 };
        let expected: Vec<_> = told.iter().step_by(step).cloned().collect();
        assert_eq!(seen, expected, "{filter}");
    }
}
