//! T10, T13, T14 of feeds and of publishing: other partners, cursors and tags, foreign ids.

use std::fmt::Write;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_domain::{notification::Severity, visibility::Visibility};
use tsunagu_tests::{
    Engine, Response, both_engines,
    feeds::{Fed, Told},
    product::{Tenant, column},
};

const UNKNOWN: &str = "01JD3Z8Q4V9X7M2N5P6R8S0T1W";

/// A customer with two partners that know nothing of each other.
struct Case {
    fed: Fed,
    partner: Tenant,
    other: Tenant,
    customer: Tenant,
}

impl Case {
    async fn open(engine: Engine) -> Option<Self> {
        let mut fed = Fed::open(engine).await?;
        let product = &fed.product;
        let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
        let other = product.partner("ken@hoshi.example", "星システムズ").await;
        let customer = product.register("taro@sakura.example", "さくら商事").await;
        for partner in [&partner, &other] {
            product.connect(&customer, partner).await;
        }
        fed.drain().await;
        Some(Self { fed, partner, other, customer })
    }

    async fn tell(&self, account: &Tenant) -> String {
        self.fed.tell(account, Told::shared("news", Severity::Warning)).await
    }

    async fn ticket(&self, account: &Tenant) -> String {
        self.fed.product.tick();
        let body = json!({"subject": "Slow", "description": "Slow", "severity": "high"});
        let ticket = account.admin.post(&account.at("/tickets"), &body).await.expect(201);
        ticket["ticketId"].as_str().expect("an id").to_owned()
    }

    async fn json(&self) -> impl PartialEq + std::fmt::Debug {
        self.fed.product.world.stored.json().await
    }

    /// Everything of the customer and of itself that the partner can read, and what comes with it.
    async fn reach(&self, ticket: &str) -> String {
        let (partner, customer) = (&self.partner, &self.customer);
        let one = partner.customer(customer);
        let mut seen = String::new();
        for path in [
            partner.at("/customer-notifications"),
            partner.at("/customer-notifications?limit=1"),
            partner.at(&format!("/customer-notifications?customer={}", customer.id)),
            partner.at("/customer-tickets"),
            partner.at("/customer-tickets?limit=1"),
            partner.at(&format!("/customer-tickets?customer={}", customer.id)),
            format!("{one}/tickets"),
            format!("{one}/tickets/{ticket}"),
            format!("{one}/tickets/{ticket}/comments"),
            one.clone(),
            format!("{one}/history"),
            partner.at("/customers"),
            partner.at("/customers?format=csv"),
            partner.at("/notifications?dismissed=all"),
            partner.at("/audit"),
            partner.at("/audit?format=csv"),
        ] {
            let answer = partner.admin.get(&path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.json);
            let tag = answer.header("etag").map(str::to_owned);
            let mut body = answer.json;
            if let Some(cursor) = body.get_mut("nextCursor") {
                *cursor = json!(cursor.is_string());
            }
            let file = String::from_utf8_lossy(&answer.body);
            let text = if body.is_null() { file.into_owned() } else { body.to_string() };
            writeln!(seen, "{path} {tag:?} {text}").expect("memory takes text");
        }
        seen
    }
}

/// What can be told apart of a refusal.
fn told(answer: &Response) -> (u16, Value) {
    let mut body = answer.json.clone();
    body.as_object_mut().expect("a problem").remove("requestId");
    (answer.status.as_u16(), body)
}

#[apply(both_engines)]
async fn t10_what_another_partner_does_in_its_feed_moves_nothing_of_a_partners(engine: Engine) {
    let Some(mut case) = Case::open(engine).await else { return };
    let ticket = case.ticket(&case.customer).await;
    let mut news = Vec::new();
    for _ in 0..4 {
        news.push(case.tell(&case.customer).await);
    }
    case.fed.drain().await;
    let before = case.reach(&ticket).await;
    // When the other partner dismisses one, and all, reads, marks, is narrowed, leaves and comes back.
    let (other, customer) = (case.other.clone(), case.customer.clone());
    let feed = other.at("/customer-notifications");
    let one = format!("{feed}/{}/dismiss", news[0]);
    other.admin.post(&one, &json!({})).await.expect(204);
    let up_to = json!({"all": true, "upTo": news[1], "customer": customer.id});
    other.admin.post(&format!("{feed}/dismiss"), &up_to).await.expect(204);
    let up_to = json!({"all": true, "upTo": news[2]});
    other.admin.post(&format!("{feed}/dismiss"), &up_to).await.expect(204);
    let list = other.admin.get(&feed).await.expect(200);
    assert_eq!(column(&list, "/notificationId"), [json!(news[3])], "it did so");
    case.fed.drain().await;
    assert_eq!(case.reach(&ticket).await, before, "dismissed");
    let path = customer.partner(&other);
    customer.admin.patch(&path, &json!({"shares": ["account"]})).await.expect(200);
    case.fed.product.tick();
    other.admin.delete(&other.customer(&customer)).await.expect(204);
    case.fed.drain().await;
    assert_eq!(case.reach(&ticket).await, before, "ended");
    case.fed.product.connect(&customer, &other).await;
    case.fed.drain().await;
    assert_eq!(case.reach(&ticket).await, before, "connected again");
}

#[apply(both_engines)]
async fn t10_what_another_partner_says_names_neither_it_nor_its_people_in_a_feed(engine: Engine) {
    let Some(mut case) = Case::open(engine).await else { return };
    let (other, customer) = (case.other.clone(), case.customer.clone());
    let list = format!("{}/tickets", other.customer(&customer));
    case.fed.product.tick();
    let body = json!({"subject": "By another", "description": "x", "severity": "low"});
    let opened = other.admin.post(&list, &body).await.expect(201);
    let ticket = opened["ticketId"].as_str().expect("an id");
    case.fed.product.tick();
    let path = format!("{list}/{ticket}");
    other.admin.post(&format!("{path}/comments"), &json!({"body": "Hello"})).await.expect(201);
    case.fed.product.tick();
    let changed = json!({"status": "waiting"});
    other.admin.patch(&path, &changed).await;
    case.fed.drain().await;
    let seen = case.reach(ticket).await;
    assert!(seen.contains("By another") && seen.contains("Hello"), "{seen}");
    // Its own trail names its own people alone.
    for trace in [&*other.id, &*other.org, "星システムズ", "ken@", "taro@"] {
        assert!(!seen.contains(trace), "{trace}: {seen}");
    }
    let feed = case.partner.admin.get(&case.partner.at("/customer-tickets")).await.expect(200);
    assert_eq!(column(&feed, "/openedBy/role"), ["partner"]);
    assert_eq!(column(&feed, "/openedBy/partner"), [Value::Null]);
}

#[apply(both_engines)]
async fn t13_cursors_of_feeds_fit_no_other_list_or_reader_and_show_nothing(engine: Engine) {
    let Some(mut case) = Case::open(engine).await else { return };
    let second = case.fed.product.register("jiro@ume.example", "長い名前の梅物産株式会社").await;
    case.fed.product.connect(&second, &case.partner).await;
    for account in [&second, &case.customer, &case.customer, &second] {
        case.tell(account).await;
        case.ticket(account).await;
    }
    case.fed.drain().await;
    let of_customer = format!("&customer={}", case.customer.id);
    let of_second = format!("&customer={}", second.id);
    let lists = ["customer-notifications", "customer-tickets"];
    let filters = ["", &of_customer, &of_second, "&severity=warning", "&severity=high"];
    let path = |of: &Tenant, list: &str, filter: &str| of.at(&format!("/{list}?limit=1{filter}"));
    let mut cursors = Vec::new();
    for (list, filter) in lists.iter().flat_map(|list| filters.map(|filter| (*list, filter))) {
        let answer = case.partner.admin.get(&path(&case.partner, list, filter)).await;
        // Each list has its own words for how bad something is.
        if answer.status != 200 {
            continue;
        }
        if let Some(cursor) = answer.json["nextCursor"].as_str() {
            cursors.push((list, filter, cursor.to_owned()));
        }
    }
    assert_eq!(cursors.len(), 8, "{cursors:?}");
    for (list, filter, cursor) in &cursors {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).expect("base64url");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains("acc_") && !text.contains("FEED"), "{text}");
        assert_eq!(cursor.len(), cursors[0].2.len(), "the length tells nothing: {list}{filter}");
        for (who, at, by) in lists.iter().flat_map(|at| {
            let own = filters.map(|by| (&case.partner, *at, by));
            own.into_iter().chain([(&case.other, *at, *filter)])
        }) {
            let answer = who.admin.get(&format!("{}&cursor={cursor}", path(who, at, by))).await;
            if who.id == case.partner.id && (at, by) == (*list, *filter) {
                answer.expect(200);
                continue;
            }
            // A word that the list does not know is refused before the cursor.
            let codes = [Some("cursor-invalid"), Some("query-invalid"), Some("validation-failed")];
            assert!(codes.contains(&answer.code()), "{list}{filter} at {at}{by}: {}", answer.json);
        }
    }
}

#[apply(both_engines)]
async fn t13_no_page_follows_where_only_what_is_hidden_follows(engine: Engine) {
    let Some(mut case) = Case::open(engine).await else { return };
    let second = case.fed.product.register("jiro@ume.example", "梅物産").await;
    case.fed.product.connect(&second, &case.partner).await;
    // Given that the oldest are of a customer that is about to share less, the newest of another.
    for account in [&second, &second, &case.customer, &case.customer] {
        case.tell(account).await;
        case.ticket(account).await;
    }
    case.fed.drain().await;
    let shares = json!({"shares": ["account"]});
    second.admin.patch(&second.partner(&case.partner), &shares).await.expect(200);
    for list in ["customer-notifications", "customer-tickets"] {
        let path = case.partner.at(&format!("/{list}?limit=2"));
        let page = case.partner.admin.get(&path).await.expect(200);
        let names = column(&page, "/customer/displayName");
        assert_eq!(names, ["さくら商事"; 2], "{list}");
        assert_eq!(page["nextCursor"], Value::Null, "{list}");
    }
    // Dismissed, it proves no more.
    let path = case.partner.at("/customer-notifications");
    let page = case.partner.admin.get(&path).await.expect(200);
    let oldest = json!({"ids": [page["items"][1]["notificationId"]]});
    case.partner.admin.post(&format!("{path}/dismiss"), &oldest).await.expect(204);
    let page = case.partner.admin.get(&format!("{path}?limit=1")).await.expect(200);
    assert_eq!((column(&page, "/code").len(), &page["nextCursor"]), (1, &Value::Null));
}

/// The tag of a ticket is of what is shown of it: neither words that are hidden nor its own time in
/// hiding can be told from it, and there is none of what is hidden.
#[apply(both_engines)]
async fn t13_a_tickets_etag_neither_shows_nor_proves_what_is_hidden(engine: Engine) {
    let Some(case) = Case::open(engine).await else { return };
    let ticket = case.ticket(&case.customer).await;
    let own = case.customer.at(&format!("/tickets/{ticket}"));
    let ours = format!("{}/tickets/{ticket}", case.partner.customer(&case.customer));
    let tag = async || {
        let answer = case.partner.admin.get(&ours).await;
        answer.header("etag").map(str::to_owned)
    };
    let before = tag().await.expect("a tag");
    let secret = json!({"body": "SECRET", "visibility": "account"});
    case.customer.admin.post(&format!("{own}/comments"), &secret).await.expect(201);
    assert_eq!(tag().await.as_ref(), Some(&before), "what is hidden moves it not");
    let show = async |visibility: &str| {
        case.fed.product.tick();
        let body = json!({"visibility": visibility});
        let answer = case.customer.admin.patch(&own, &body).await;
        answer.header("etag").expect("a tag").to_owned()
    };
    let hidden = show("account").await;
    assert_eq!(tag().await, None, "there is none of what is hidden");
    let body = json!({"severity": "low"});
    for guess in [&before, &hidden] {
        let answer = case.partner.admin.with("if-match", guess).patch(&ours, &body).await;
        assert_eq!(answer.status.as_u16(), 404, "not 412, which would prove it");
    }
    show("shared").await;
    let again = tag().await.expect("a tag");
    let answer = case.partner.admin.with("if-match", &hidden).patch(&ours, &body).await;
    assert_eq!(answer.status.as_u16(), 412, "the tag of the account's time alone");
    case.partner.admin.with("if-match", &again).patch(&ours, &body).await.expect(200);
    // Two that read alike are told apart by their ids, which are in it.
    let [one, other] = [case.ticket(&case.customer).await, case.ticket(&case.customer).await];
    let tags = async |id: &str| {
        let path = format!("{}/tickets/{id}", case.partner.customer(&case.customer));
        let answer = case.partner.admin.get(&path).await;
        answer.header("etag").map(str::to_owned)
    };
    assert_ne!(tags(&one).await, tags(&other).await);
}

/// A customer, a notification and a bound of others are as unknown as none, in lists and in
/// dismissals, and nothing is written.
#[apply(both_engines)]
async fn t14_foreign_customers_and_notifications_of_feeds_are_unknown_ones(engine: Engine) {
    let Some(mut case) = Case::open(engine).await else { return };
    let product = &case.fed.product;
    let stranger = product.register("jiro@ume.example", "梅物産").await;
    product.connect(&stranger, &case.other).await;
    let known = case.tell(&case.customer).await;
    let hidden = Told { visibility: Visibility::Account, ..Told::shared("own", Severity::Warning) };
    let hidden = case.fed.tell(&case.customer, hidden).await;
    let foreign = case.tell(&stranger).await;
    case.ticket(&stranger).await;
    let own = case.tell(&case.partner).await;
    case.fed.drain().await;
    let (partner, before) = (&case.partner, case.json().await);
    let feed = partner.at("/customer-notifications");
    let (no_account, no_notification) = (format!("acc_{UNKNOWN}"), format!("ntf_{UNKNOWN}"));
    for account in [&stranger.id, &case.other.id, &partner.id, &no_account] {
        for list in [&feed, &partner.at("/customer-tickets")] {
            let answer = partner.admin.get(&format!("{list}?customer={account}")).await;
            assert_eq!(answer.expect(200), json!({"items": [], "nextCursor": null}));
        }
    }
    let dismiss = async |body: Value| {
        let answer = partner.admin.post(&format!("{feed}/dismiss"), &body).await;
        told(&answer)
    };
    let of = |customer: &str| json!({"all": true, "upTo": known, "customer": customer});
    let no_customer = dismiss(of(&no_account)).await;
    assert_eq!(no_customer.0, 422);
    for account in [&stranger.id, &case.other.id, &partner.id] {
        assert_eq!(dismiss(of(account)).await, no_customer);
    }
    for id in [&foreign, &hidden, &own] {
        for shape in [|id: &str| json!({"ids": [id]}), |id: &str| json!({"all": true, "upTo": id})]
        {
            let unknown = dismiss(shape(&no_notification)).await;
            assert_eq!(unknown.0, 422);
            assert_eq!(dismiss(shape(id)).await, unknown);
        }
        // Among good ones, too: all or none.
        assert_eq!(dismiss(json!({"ids": [known, id]})).await.0, 422);
        let bounded = |id: &str| json!({"all": true, "upTo": id, "customer": case.customer.id});
        assert_eq!(dismiss(bounded(id)).await, dismiss(bounded(&no_notification)).await);
        let one = |id: &str| format!("{feed}/{id}/dismiss");
        let answer = partner.admin.post(&one(id), &json!({})).await;
        let unknown = partner.admin.post(&one(&no_notification), &json!({})).await;
        assert_eq!((answer.status.as_u16(), told(&answer)), (404, told(&unknown)));
    }
    // Nor is one of the feed the partner's own.
    let path = partner.at("/notifications/dismiss");
    partner.admin.post(&path, &json!({"ids": [known]})).await.expect(422);
    assert_eq!(case.json().await, before, "and nothing was written");
}

/// Publishing reaches the accounts that are named, and no other: a body names none beside its path,
/// and an account that there is not takes nothing with it.
#[apply(both_engines)]
async fn t14_what_is_published_reaches_the_account_that_is_named_alone(engine: Engine) {
    let Some(case) = Case::open(engine).await else { return };
    let platform = case.fed.product.platform();
    let said = |account: &str| {
        json!({
            "accountId": account, "severity": "warning", "source": "support", "code": "news",
            "title": "News", "message": "News",
        })
    };
    let before = case.json().await;
    let path = format!("{}/notifications", case.customer.platform_path());
    let refused = platform.post(&path, &said(&case.other.id)).await.expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/accountId");
    let many = "/v1/platform/notifications";
    let feed = format!("{}#{}", case.partner.id, case.customer.id);
    for account in [&format!("acc_{UNKNOWN}"), &case.customer.org, &feed, "", "*"] {
        let answer = platform.post(many, &json!({"items": [said(account)]})).await;
        let statuses = column(&json!({"items": answer.json["results"]}), "/status");
        assert!([json!(404), json!(422)].contains(&statuses[0]), "{account}: {}", answer.json);
    }
    assert_eq!(case.json().await, before, "and nothing was written");
    // An administrator publishes nothing, whatever it names.
    for who in [&case.customer, &case.partner] {
        for path in [many, &path] {
            let body = json!({"items": [said(&who.id)]});
            assert_eq!(who.admin.post(path, &body).await.status.as_u16(), 403);
        }
    }
    assert_eq!(case.json().await, before);
    let items = json!({"items": [said(&format!("acc_{UNKNOWN}")), said(&case.customer.id)]});
    platform.post(many, &items).await.expect(200);
    let codes = async |who: &Tenant| {
        let list = who.admin.get(&who.at("/notifications?code=news")).await.expect(200);
        column(&list, "/accountId")
    };
    assert_eq!(codes(&case.customer).await, [json!(case.customer.id)]);
    for who in [&case.partner, &case.other] {
        assert_eq!(codes(who).await, [] as [Value; 0]);
    }
}
