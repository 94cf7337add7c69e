//! T9, T10, T13, T14 of tickets: what is for the account alone, other partners, foreign ids.

use std::fmt::Write;

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, Response, both_engines,
    product::{Product, Tenant, column},
};

const UNKNOWN: &str = "tkt_01JD3Z8Q4V9X7M2N5P6R8S0T1W";

fn about(subject: &str, visibility: &str) -> Value {
    json!({
        "subject": subject, "description": subject, "severity": "high", "visibility": visibility,
    })
}

fn id_of(ticket: &Value) -> String {
    ticket["ticketId"].as_str().expect("an id").to_owned()
}

struct Case {
    product: Product,
    partner: Tenant,
    other: Tenant,
    customer: Tenant,
}

impl Case {
    /// A customer with two partners that know nothing of each other.
    async fn open(engine: Engine) -> Option<Self> {
        let product = Product::open(engine).await?;
        let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
        let other = product.partner("ken@hoshi.example", "星システムズ").await;
        let customer = product.register("taro@sakura.example", "さくら商事").await;
        for partner in [&partner, &other] {
            product.connect(&customer, partner).await;
        }
        Some(Self { product, partner, other, customer })
    }

    async fn ticket(&self, subject: &str, visibility: &str) -> String {
        self.product.tick();
        let path = self.customer.at("/tickets");
        let ticket = self.customer.admin.post(&path, &about(subject, visibility)).await;
        id_of(&ticket.expect(201))
    }

    async fn says(&self, ticket: &str, body: &str, visibility: &str) {
        self.product.tick();
        let path = self.customer.at(&format!("/tickets/{ticket}/comments"));
        let body = json!({"body": body, "visibility": visibility});
        self.customer.admin.post(&path, &body).await.expect(201);
    }

    fn list(&self, partner: &Tenant) -> String {
        format!("{}/tickets", partner.customer(&self.customer))
    }
}

/// What can be told apart of a refusal.
fn told(answer: &Response) -> (u16, Value) {
    let mut body = answer.json.clone();
    body.as_object_mut().expect("a problem").remove("requestId");
    (answer.status.as_u16(), body)
}

/// Everything of a customer's tickets that its partner can read, headers and all but for cursors,
/// which are never alike; of those only that there is one.
async fn reach(case: &Case, partner: &Tenant, ticket: &str) -> String {
    let list = case.list(partner);
    let mut seen = String::new();
    for path in [
        list.clone(),
        format!("{list}?limit=1"),
        format!("{list}?status=open&severity=high"),
        format!("{list}?updatedSince=2026-01-01T00:00:00Z"),
        format!("{list}/{ticket}"),
        format!("{list}/{ticket}/comments"),
        format!("{list}/{ticket}/comments?limit=1"),
        partner.at("/customers"),
        partner.customer(&case.customer),
        partner.at("/notifications?dismissed=all"),
    ] {
        let answer = partner.admin.get(&path).await;
        let tag = answer.header("etag").map(str::to_owned);
        let mut body = answer.expect(200);
        if let Some(cursor) = body.get_mut("nextCursor") {
            *cursor = json!(cursor.is_string());
        }
        writeln!(seen, "{path} {tag:?} {body}").expect("memory takes text");
    }
    seen
}

#[apply(both_engines)]
async fn t09_what_is_for_the_account_alone_moves_nothing_that_a_partner_sees(engine: Engine) {
    let Some(case) = Case::open(engine).await else { return };
    let shared = case.ticket("Slow", "shared").await;
    case.says(&shared, "Very slow", "shared").await;
    let before = reach(&case, &case.partner, &shared).await;
    // When the account and the support say things that are for the account alone.
    case.says(&shared, "SECRET of Yamada", "account").await;
    let secret = case.ticket("SECRET", "account").await;
    case.says(&secret, "SECRET too", "shared").await;
    let path = format!("{}/tickets/{shared}/updates", case.customer.platform_path());
    let update = json!({"comment": {"body": "SECRET answer", "visibility": "account"}});
    case.product.platform().post(&path, &update).await.expect(200);
    // Then nothing has moved: no list, count, instant, page or tag.
    assert_eq!(reach(&case, &case.partner, &shared).await, before);
    let trail = case.product.world.stored.audit(case.partner.id.parse().expect("an id")).await;
    assert!(!format!("{trail:?}").contains("tkt_"), "{trail:?}");
    // And the account sees it all.
    let own = case.customer.admin.get(&case.customer.at("/tickets")).await.expect(200);
    assert_eq!(column(&own, "/subject"), ["SECRET", "Slow"]);
    assert_eq!(column(&own, "/commentCount"), [1, 3]);
}

#[apply(both_engines)]
async fn t09_a_ticket_for_the_account_alone_is_as_unknown_as_none(engine: Engine) {
    let Some(case) = Case::open(engine).await else { return };
    let secret = case.ticket("SECRET", "account").await;
    let opened = case.partner.admin.post(&case.list(&case.partner), &about("Ours", "shared")).await;
    // One that the partner opened itself, and that the customer took to itself.
    let taken = id_of(&opened.expect(201));
    let hide = json!({"visibility": "account"});
    let path = case.customer.at(&format!("/tickets/{taken}"));
    case.customer.admin.patch(&path, &hide).await.expect(200);
    let before = case.product.world.stored.json().await;
    let admin = &case.partner.admin;
    for ticket in [&secret, &taken] {
        let path = |id: &str| format!("{}/{id}", case.list(&case.partner));
        let (one, none) = (path(ticket), path(UNKNOWN));
        let comment = json!({"body": "Hello?"});
        for (answer, unknown) in [
            (admin.get(&one).await, admin.get(&none).await),
            (
                admin.patch(&one, &json!({"severity": "low"})).await,
                admin.patch(&none, &json!({"severity": "low"})).await,
            ),
            (
                admin.get(&format!("{one}/comments")).await,
                admin.get(&format!("{none}/comments")).await,
            ),
            (
                admin.post(&format!("{one}/comments"), &comment).await,
                admin.post(&format!("{none}/comments"), &comment).await,
            ),
            (
                admin.with("if-match", "*").patch(&one, &json!({"status": "waiting"})).await,
                admin.with("if-match", "*").patch(&none, &json!({"status": "waiting"})).await,
            ),
        ] {
            assert_eq!(told(&answer), told(&unknown));
            assert_eq!(answer.status.as_u16(), 404);
        }
    }
    assert_eq!(case.product.world.stored.json().await, before, "and nothing was written");
    let list = admin.get(&case.list(&case.partner)).await.expect(200);
    assert_eq!(list, json!({"items": [], "nextCursor": null}));
}

#[apply(both_engines)]
async fn t09_a_partner_hides_nothing_and_what_is_shared_later_uncovers_no_earlier_word(
    engine: Engine,
) {
    let Some(case) = Case::open(engine).await else { return };
    let list = case.list(&case.partner);
    let admin = &case.partner.admin;
    let shared = case.ticket("Slow", "shared").await;
    let path = format!("{list}/{shared}");
    for refused in [
        admin.post(&list, &about("Ours", "account")).await,
        admin.patch(&path, &json!({"visibility": "account"})).await,
        admin
            .post(&format!("{path}/comments"), &json!({"body": "x", "visibility": "account"}))
            .await,
    ] {
        assert_eq!((refused.status.as_u16(), refused.code()), (422, Some("validation-failed")));
        assert_eq!(refused.json["errors"][0]["pointer"], "/visibility");
    }
    admin.patch(&path, &json!({"visibility": "shared"})).await.expect(200);
    // Given words on a ticket that is the account's alone, which say nothing of who may see them.
    let secret = case.ticket("Secret so far", "account").await;
    let own = case.customer.at(&format!("/tickets/{secret}"));
    let said =
        case.customer.admin.post(&format!("{own}/comments"), &json!({"body": "SECRET"})).await;
    assert_eq!(said.expect(201)["visibility"], "account");
    let platform = case.product.platform();
    let update = format!("{}/tickets/{secret}/updates", case.customer.platform_path());
    platform.post(&update, &json!({"comment": {"body": "SECRET"}})).await.expect(200);
    // When it is shared, then the partner sees the ticket and none of them.
    case.customer.admin.patch(&own, &json!({"visibility": "shared"})).await.expect(200);
    let ticket = admin.get(&format!("{list}/{secret}")).await.expect(200);
    assert_eq!((&ticket["commentCount"], &ticket["lastComment"]), (&json!(0), &Value::Null));
    let comments = admin.get(&format!("{list}/{secret}/comments")).await.expect(200);
    assert_eq!(comments["items"], json!([]));
}

#[apply(both_engines)]
async fn t10_another_partner_and_the_customers_people_are_roles_alone(engine: Engine) {
    let Some(case) = Case::open(engine).await else { return };
    let opened =
        case.other.admin.post(&case.list(&case.other), &about("By another", "shared")).await;
    let ticket = id_of(&opened.expect(201));
    for (who, body) in [(&case.other, "By another"), (&case.partner, "By us")] {
        case.product.tick();
        let path = format!("{}/{ticket}/comments", case.list(who));
        who.admin.post(&path, &json!({"body": body})).await.expect(201);
    }
    case.says(&ticket, "By the customer", "shared").await;
    let seen = reach(&case, &case.partner, &ticket).await;
    for trace in [&*case.other.id, &*case.other.org, "星システムズ", "ken@", "taro@", "adm_"]
    {
        assert!(!seen.contains(trace), "{trace}: {seen}");
    }
    let path = format!("{}/{ticket}/comments", case.list(&case.partner));
    let comments = case.partner.admin.get(&path).await.expect(200);
    assert_eq!(column(&comments, "/author/role"), ["partner", "partner", "customer"]);
    let ours = json!({"accountId": case.partner.id, "displayName": "みなとクラウド"});
    assert_eq!(column(&comments, "/author/partner"), [Value::Null, ours, Value::Null]);
    // The customer is told of both; its trail, and each partner's own, name people on their side.
    let own = case.customer.at(&format!("/tickets/{ticket}/comments"));
    let own = case.customer.admin.get(&own).await.expect(200);
    let names = column(&own, "/author/partner/displayName");
    assert_eq!(names, [json!("星システムズ"), json!("みなとクラウド"), Value::Null]);
    let stored = &case.product.world.stored;
    let trail = format!("{:?}", stored.audit(case.customer.id.parse().expect("an id")).await);
    assert!(trail.contains(&case.other.id) && !trail.contains("ken@"), "{trail}");
    let trail = format!("{:?}", stored.audit(case.partner.id.parse().expect("an id")).await);
    assert!(trail.contains("misaki@") && !trail.contains(&case.other.id), "{trail}");
}

#[apply(both_engines)]
async fn t13_cursors_of_tickets_fit_no_other_list(engine: Engine) {
    let Some(case) = Case::open(engine).await else { return };
    let mut tickets = Vec::new();
    for _ in 0..3 {
        tickets.push(case.ticket("Slow", "shared").await);
    }
    let cursor = async |who: &Tenant, path: &str| {
        let list = who.admin.get(&format!("{path}?limit=1")).await.expect(200);
        list["nextCursor"].as_str().expect("more follow").to_owned()
    };
    let (own, partners) = (case.customer.at("/tickets"), case.list(&case.partner));
    let of_account = cursor(&case.customer, &own).await;
    let of_partner = cursor(&case.partner, &partners).await;
    for (who, path, cursor) in [
        (&case.partner, &partners, &of_account),
        (&case.customer, &own, &of_partner),
        (&case.other, &case.list(&case.other), &of_partner),
    ] {
        let refused = who.admin.get(&format!("{path}?limit=1&cursor={cursor}")).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (400, Some("cursor-invalid")));
    }
    // A list whose rest is the account's alone is over.
    case.ticket("SECRET", "account").await;
    let page = case.partner.admin.get(&format!("{partners}?limit=3")).await.expect(200);
    assert_eq!((column(&page, "/ticketId").len(), &page["nextCursor"]), (3, &Value::Null));
    let oldest = json!({"visibility": "account"});
    let path = case.customer.at(&format!("/tickets/{}", tickets[0]));
    case.customer.admin.patch(&path, &oldest).await.expect(200);
    let page = case.partner.admin.get(&format!("{partners}?limit=2")).await.expect(200);
    assert_eq!((column(&page, "/ticketId").len(), &page["nextCursor"]), (2, &Value::Null));
}

#[apply(both_engines)]
async fn t14_a_foreign_ticket_is_an_unknown_one(engine: Engine) {
    let Some(case) = Case::open(engine).await else { return };
    let stranger = case.product.register("jiro@ume.example", "梅物産").await;
    let foreign = stranger.admin.post(&stranger.at("/tickets"), &about("Theirs", "shared")).await;
    let foreign = id_of(&foreign.expect(201));
    let before = case.product.world.stored.json().await;
    let platform = case.product.platform();
    for (who, base) in [
        (&case.customer.admin, case.customer.at("/tickets")),
        (&case.partner.admin, case.list(&case.partner)),
        (&platform, format!("{}/tickets", case.customer.platform_path())),
    ] {
        let (one, none) = (format!("{base}/{foreign}"), format!("{base}/{UNKNOWN}"));
        let mut asked = vec![(who.get(&one).await, who.get(&none).await)];
        let comments = |path: &str| format!("{path}/comments");
        asked.push((who.get(&comments(&one)).await, who.get(&comments(&none)).await));
        if base.starts_with("/v1/platform") {
            let (body, updates) =
                (json!({"status": "closed"}), |path: &str| format!("{path}/updates"));
            asked.push((
                who.post(&updates(&one), &body).await,
                who.post(&updates(&none), &body).await,
            ));
        } else {
            let (body, said) = (json!({"severity": "low"}), json!({"body": "x"}));
            asked.push((who.patch(&one, &body).await, who.patch(&none, &body).await));
            asked.push((
                who.post(&comments(&one), &said).await,
                who.post(&comments(&none), &said).await,
            ));
        }
        for (answer, unknown) in asked {
            assert_eq!(answer.status.as_u16(), 404, "{base}");
            assert_eq!(told(&answer), told(&unknown), "{base}");
        }
    }
    assert_eq!(case.product.world.stored.json().await, before);
}

/// The end of a connection, and a share withdrawn, act with the next request.
#[apply(both_engines)]
async fn t09_after_a_narrowing_or_an_end_no_ticket_is_seen(engine: Engine) {
    let Some(case) = Case::open(engine).await else { return };
    let ticket = case.ticket("Slow", "shared").await;
    let connection = case.customer.partner(&case.partner);
    let paths = ["", &format!("/{ticket}"), &format!("/{ticket}/comments")];
    let narrowed = json!({"shares": ["account", "notifications"]});
    case.customer.admin.patch(&connection, &narrowed).await.expect(200);
    for path in paths {
        let refused = case.partner.admin.get(&(case.list(&case.partner) + path)).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (403, Some("not-shared")));
        assert_eq!(refused.json["share"], "tickets");
    }
    case.customer.admin.delete(&connection).await.expect(204);
    for path in paths {
        case.partner.admin.get(&(case.list(&case.partner) + path)).await.expect(404);
    }
}
