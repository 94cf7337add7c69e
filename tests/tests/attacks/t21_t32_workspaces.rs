//! T17, T20, T21, T24, T25, T27, T28, T30, T31, T32: workspaces.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use chrono::TimeDelta;
use http::Method;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tsunagu_domain::{federation::secrets::LocationKey, federation::workspace::Workspace};
use tsunagu_tests::{
    Engine, Response,
    background::exchange,
    both_engines,
    desk::{DEDICATED, Desk, SHARED, id, password, ticket},
    federated::{Federated, group},
    product::column,
};

use crate::t17_logs::{heard, listen};

/// A directory of whose every connection is known.
async fn watched() -> (u16, Arc<AtomicUsize>) {
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = seen.clone();
    let port = exchange(async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let port = listener.local_addr().expect("it has an address").port();
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
        port
    });
    (port.await, seen)
}

/// What two answers have in common where they are alike: all but the request's id.
fn comparable(answer: &Response) -> (u16, Value) {
    let mut body = answer.json.clone();
    body.as_object_mut().expect("a problem").remove("requestId");
    (answer.status.as_u16(), body)
}

/// A run through everything: no password, token, ticket or name in the log.
#[apply(both_engines)]
async fn t17_no_line_tells_who_signs_in_or_with_what(engine: Engine) {
    let Some(desk) = Desk::open(engine).await else { return };
    listen();
    let hanako = desk.session(DEDICATED, "hanako").await;
    desk.try_as(DEDICATED, &json!({"username": "hanako", "password": "SECRET-WRONG"})).await;
    desk.try_as(SHARED, &json!({"username": "SECRET-NAME", "password": "SECRET"})).await;
    desk.try_as("secret-workspace", &json!({"username": "x", "password": "SECRET"})).await;
    let session = hanako.get("/session").await.expect(200);
    let launch = hanako.launch(desk.app, &json!({})).await.expect(201);
    desk.redeem(&ticket(&launch)).await.expect(200);
    desk.redeem("SECRET-TICKET").await.expect(404);
    hanako.person.post(&hanako.at("/sign-out"), &json!({})).await;
    let heard = heard();
    assert!(heard.lines().count() >= 9, "{heard}");
    let mut secrets = vec![
        password("hanako"),
        ticket(&launch),
        desk.realm.key.expose().to_owned(),
        "hanako".to_owned(),
        "SECRET".to_owned(),
        "secret-workspace".to_owned(),
        DEDICATED.to_owned(),
        "corp.example".to_owned(),
        "00000000-0000-4000-8000-000000000100".to_owned(),
    ];
    secrets.extend(session["user"]["username"].as_str().map(str::to_owned));
    for secret in secrets {
        assert!(!heard.contains(&secret), "{secret} in {heard}");
    }
}

/// What opens something is in the table by its digest alone, and no password at all.
#[apply(both_engines)]
async fn t17_the_table_holds_nothing_that_opens_anything(engine: Engine) {
    let Some(desk) = Desk::open(engine).await else { return };
    let answer = desk.sign_in(DEDICATED, "hanako").await.expect(200);
    let token = answer["sessionToken"].as_str().expect("a token").to_owned();
    let hanako = desk.session(DEDICATED, "hanako").await;
    let path = hanako.at(&format!("/resources/{}/launch", desk.app));
    let keyed = hanako.person.with("idempotency-key", "SECRET-KEY");
    let launch = keyed.post(&path, &json!({})).await.expect(201);
    let kept = json!(desk.product.world.stored.json().await).to_string();
    for secret in
        [&token, &ticket(&launch), desk.realm.key.expose(), &password("hanako"), "SECRET-KEY"]
    {
        assert!(!kept.contains(secret), "{secret} is kept");
    }
}

/// Large bodies are refused, and addresses are those that the gateway says.
#[apply(both_engines)]
async fn t20_no_header_makes_an_attempt_another_ones(engine: Engine) {
    let Some(desk) = Desk::open(engine).await else { return };
    let large = json!({"username": "x", "password": "x".repeat(8 * 1024)});
    assert_eq!(desk.try_as(DEDICATED, &large).await.status.as_u16(), 413);
    let path = format!("/v1/workspaces/{DEDICATED}/sign-in");
    let body = json!({"username": "nobody-there", "password": "wrong"});
    for number in 0..11 {
        let address = format!("198.51.100.{number}");
        let who = desk.product.nobody().with("x-forwarded-for", &address);
        let who = who.with("forwarded", &format!("for={address}"));
        let tried = tsunagu_tests::background::standing_still(who.post(&path, &body)).await;
        let expected = if number < 10 { "sign-in-failed" } else { "rate-limited" };
        assert_eq!(tried.code(), Some(expected), "attempt {number}");
    }
}

/// Two providers' domains in one workspace: where none or both are meant, no packet leaves.
#[apply(both_engines)]
async fn t21_a_password_goes_to_the_one_domain_that_is_meant_or_nowhere(engine: Engine) {
    let Some(desk) = Desk::open(engine).await else { return };
    let second = desk.product.partner("admin@second.example", "第二クラウド").await;
    desk.product.connect(&desk.customer, &second).await;
    let (port, seen) = watched().await;
    let (stored, now) = (&desk.product.world.stored, desk.product.world.now());
    let foreign = Federated::set_up(stored, id(&second), "corp.second.example", port, now).await;
    foreign.add(id(&desk.customer), 1, group("aozora")).await;
    let own = desk.realm.workspace(DEDICATED, id(&desk.customer)).await;
    let domains = vec![desk.realm.domain_of(), foreign.domain_of()];
    desk.realm.put_workspace(&Workspace { domains, ..own }).await;
    // `CORP` is the first label of both.
    for (username, domain) in [
        ("hanako", None),
        ("CORP\\hanako", None),
        ("hanako@unknown.example", None),
        ("hanako@corp.example", Some("corp.second.example")),
        ("hanako", Some("unknown.example")),
        ("hanako", Some("not a domain")),
    ] {
        let body = json!({"username": username, "password": password("hanako"), "domain": domain});
        let refused = desk.try_as(DEDICATED, &body).await;
        assert_eq!(refused.status.as_u16(), 422, "{username} {domain:?}: {}", refused.json);
        assert_eq!(refused.json["errors"][0]["pointer"], "/domain");
    }
    for body in [
        json!({"username": "hanako@corp.example", "password": password("hanako")}),
        json!({"username": "hanako", "password": password("hanako"), "domain": "corp.example"}),
    ] {
        desk.try_as(DEDICATED, &body).await.expect(200);
    }
    assert_eq!(seen.load(Ordering::Relaxed), 0, "nothing went to the other provider's directory");
}

/// Where anything else does not stand, no packet leaves either.
#[apply(both_engines)]
async fn t21_everything_is_looked_at_before_a_packet_is_sent(engine: Engine) {
    let Some(mut desk) = Desk::open(engine).await else { return };
    let (port, seen) = watched().await;
    desk.realm.domain.directory = tsunagu_tests::federated::directory(port);
    desk.product.world.stored.put(&desk.realm.domain).await;
    let failed = async |what: &str| {
        let refused = desk.sign_in(DEDICATED, "hanako").await;
        assert_eq!(refused.code(), Some("sign-in-failed"), "{what}");
    };
    let partner = desk.customer.partner(&desk.provider);
    let shares = json!({"shares": ["account"]});
    desk.customer.admin.patch(&partner, &shares).await.expect(200);
    failed("not shared").await;
    let shares = json!({"shares": ["federation"]});
    desk.customer.admin.patch(&partner, &shares).await.expect(200);
    desk.product.set_status(&desk.customer, "suspended").await;
    failed("the customer is suspended").await;
    desk.product.set_status(&desk.customer, "active").await;
    desk.product.set_status(&desk.provider, "suspended").await;
    failed("the provider is suspended").await;
    desk.product.set_status(&desk.provider, "active").await;
    desk.product.declare(&desk.provider, "CSP", "inactive").await;
    desk.product.world.wait(TimeDelta::days(30));
    failed("the grace is over").await;
    desk.product.declare(&desk.provider, "CSP", "active").await;
    desk.realm.remove(id(&desk.customer)).await;
    failed("not federated").await;
    desk.realm.add(id(&desk.customer), 1, group("aozora")).await;
    let empty = desk.try_as(DEDICATED, &json!({"username": "hanako", "password": ""})).await;
    assert_eq!(empty.code(), Some("sign-in-failed"), "an empty password");
    let empty = desk.try_as(DEDICATED, &json!({"username": " ", "password": "x"})).await;
    assert_eq!(empty.code(), Some("sign-in-failed"), "an empty name");
    let own = desk.realm.workspace(DEDICATED, id(&desk.customer)).await;
    desk.realm.put_workspace(&Workspace { enabled: false, ..own }).await;
    let disabled = desk.sign_in(DEDICATED, "hanako").await;
    assert_eq!(disabled.code(), Some("not-found"));
    assert_eq!(seen.load(Ordering::Relaxed), 0, "no packet was sent");
}

/// An app of one provider is not opened by whom another provider's directory made up.
#[apply(both_engines)]
async fn t24_a_session_sees_its_own_providers_apps_alone(engine: Engine) {
    let Some(desk) = Desk::open(engine).await else { return };
    let second = desk.product.partner("admin@second.example", "第二クラウド").await;
    desk.product.connect(&desk.customer, &second).await;
    let (stored, now) = (&desk.product.world.stored, desk.product.world.now());
    // Given that the second provider's directory, its own, knows a `hanako` as well.
    let foreign = Federated::set_up(stored, id(&second), "second.example", desk.port(), now).await;
    foreign.add(id(&desk.customer), 1, group("aozora")).await;
    let theirs = foreign.app("第二台帳", "daas", &[(id(&desk.customer), 1)]).await;
    let own = desk.realm.workspace(DEDICATED, id(&desk.customer)).await;
    let domains = vec![desk.realm.domain_of(), foreign.domain_of()];
    desk.realm.put_workspace(&Workspace { domains, ..own }).await;
    let body = json!({"username": "hanako@second.example", "password": password("hanako")});
    let answer = desk.try_as(DEDICATED, &body).await.expect(200);
    let token = answer["sessionToken"].as_str().expect("a token");
    let person = desk.product.bearing(token);
    let base = format!("/v1/workspaces/{DEDICATED}/resources");
    let listed = person.get(&base).await.expect(200);
    assert_eq!(column(&listed, "/name"), ["第二台帳"]);
    let foreign_app = person.post(&format!("{base}/{}/launch", desk.app), &json!({})).await;
    assert_eq!(foreign_app.code(), Some("not-found"));
    let launch = person.post(&format!("{base}/{theirs}/launch"), &json!({})).await.expect(201);
    // Nor is it redeemed with the first provider's key.
    assert_eq!(desk.redeem(&ticket(&launch)).await.status.as_u16(), 404);
    let machine = desk.product.bearing(foreign.key.expose());
    let body = json!({"ticket": ticket(&launch)});
    machine.post("/v1/launches/redeem", &body).await.expect(200);
}

/// One and the same answer, whoever exists.
#[apply(both_engines)]
async fn t27_nothing_tells_a_wrong_name_from_a_wrong_password_or_no_member(engine: Engine) {
    let Some(desk) = Desk::open(engine).await else { return };
    let wrong = |user: &str| json!({"username": user, "password": "wrong"});
    let known = comparable(&desk.try_as(DEDICATED, &wrong("hanako")).await);
    assert_eq!(known.0, 401);
    for body in [
        wrong("no-such-user"),
        wrong("*"),
        wrong("hanako)(uid=*"),
        wrong("hanako\u{0}"),
        wrong("hanako,ou=people"),
        wrong("uid=hanako,ou=people,dc=corp,dc=example"),
        wrong(&"x".repeat(500)),
        json!({"username": "jiro", "password": password("jiro")}),
        json!({"username": "nobody", "password": password("nobody")}),
        json!({"username": "hanako", "password": ""}),
    ] {
        assert_eq!(comparable(&desk.try_as(DEDICATED, &body).await), known, "{body}");
    }
    // The same in the reader's language.
    let path = format!("/v1/workspaces/{DEDICATED}/sign-in");
    let japanese = desk.product.nobody().reading("ja");
    let body = wrong("hanako");
    let told = tsunagu_tests::background::standing_still(japanese.post(&path, &body)).await;
    assert_eq!(told.json["title"], "サインインできませんでした");
}

/// Attempts at names that nobody has are counted as those at others, and it is told until when.
#[apply(both_engines)]
async fn t28_whether_or_not_a_name_or_a_workspace_exists_it_is_throttled_alike(engine: Engine) {
    let Some(desk) = Desk::open(engine).await else { return };
    for user in ["hanako", "no-such-user"] {
        let body = json!({"username": user, "password": "wrong"});
        for _ in 0..10 {
            assert_eq!(desk.try_as(DEDICATED, &body).await.status.as_u16(), 401);
        }
        let stopped = desk.try_as(DEDICATED, &body).await;
        assert_eq!((stopped.status.as_u16(), stopped.code()), (429, Some("rate-limited")));
        let seconds: i64 = stopped.header("retry-after").expect("a time").parse().expect("seconds");
        assert!((1..=300).contains(&seconds), "{seconds}");
    }
    // Given the right password, it is stopped all the same: nothing is asked.
    assert_eq!(desk.sign_in(DEDICATED, "hanako").await.status.as_u16(), 429);
    // At another workspace of the same domain it is the same name.
    assert_eq!(desk.sign_in(SHARED, "hanako").await.status.as_u16(), 429);
    desk.sign_in(SHARED, "jiro").await.expect(200);
    desk.product.world.wait(TimeDelta::minutes(5));
    desk.sign_in(DEDICATED, "hanako").await.expect(200);
    // Workspaces that are not there count for the address.
    let body = json!({"username": "hanako", "password": "wrong"});
    for number in 0..300 {
        let tried = desk.try_as(&format!("nobodys-{number}"), &body).await;
        assert_eq!(tried.status.as_u16(), 404, "{number}");
    }
    assert_eq!(desk.try_as("nobodys-desktops", &body).await.status.as_u16(), 429);
    assert_eq!(desk.sign_in(SHARED, "both").await.status.as_u16(), 429);
}

/// Tickets: once, for a minute, at their place.
#[apply(both_engines)]
async fn t30_a_ticket_is_good_once_for_a_minute_at_its_place(engine: Engine) {
    let Some(desk) = Desk::open(engine).await else { return };
    let hanako = desk.session(DEDICATED, "hanako").await;
    let launch = hanako.launch(desk.app, &json!({})).await.expect(201);
    let elsewhere = desk.realm.other_location().await;
    let body = json!({"ticket": ticket(&launch)});
    let elsewhere = desk.product.bearing(elsewhere.expose());
    let refused = elsewhere.post("/v1/launches/redeem", &body).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (404, Some("not-found")));
    let stranger = desk.product.bearing(LocationKey::random().expose());
    let refused = stranger.post("/v1/launches/redeem", &body).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (401, Some("unauthenticated")));
    let session = hanako.person.post("/v1/launches/redeem", &body).await;
    assert_eq!(session.status.as_u16(), 401, "a session is no machine");
    desk.product.world.wait(TimeDelta::seconds(60));
    assert_eq!(desk.redeem(&ticket(&launch)).await.status.as_u16(), 404, "late");
    // A machine's key is no session, nor is an administrator's token.
    for person in [desk.machine(), desk.provider.admin.clone()] {
        let refused = person.get(&hanako.at("/session")).await;
        assert_eq!(refused.code(), Some("unauthenticated"));
    }
    let bare = desk.machine().send(Method::POST, "/v1/launches/redeem", None).await;
    assert!(bare.status.is_client_error());
}

/// A provider cannot name whose use is counted: it is its directory's id, and marked so.
#[apply(both_engines)]
async fn t31_usage_is_the_directorys_id_and_marked(engine: Engine) {
    let Some(desk) = Desk::open(engine).await else { return };
    let hanako = desk.session(DEDICATED, "hanako").await;
    for field in ["userId", "user", "service", "day"] {
        let refused = hanako.launch(desk.app, &json!({field: "x"})).await;
        assert_eq!(refused.status.as_u16(), 422, "{field}");
    }
    hanako.launch(desk.app, &json!({})).await.expect(201);
    let facts: Vec<tsunagu_store::items::UsageFactItem> =
        desk.product.world.stored.of_kind("PEND#").await;
    let told: Vec<_> = facts.iter().map(|fact| (fact.user_id.as_str(), fact.source)).collect();
    let federation = tsunagu_domain::licenses::holder::Source::Federation;
    assert_eq!(told, [("00000000-0000-4000-8000-000000000100", federation)]);
}

/// A key that was rotated away opens nothing once its overlap is over.
#[apply(both_engines)]
async fn t32_a_stolen_key_dies_with_its_overlap(engine: Engine) {
    let Some(desk) = Desk::open(engine).await else { return };
    let (stolen, now) = (LocationKey::random(), desk.product.world.now());
    desk.realm.put_key(&stolen, Some(now + TimeDelta::seconds(10))).await;
    let hanako = desk.session(DEDICATED, "hanako").await;
    let launch = hanako.launch(desk.app, &json!({})).await.expect(201);
    desk.product.world.wait(TimeDelta::seconds(10));
    let thief = desk.product.bearing(stolen.expose());
    let refused = thief.post("/v1/launches/redeem", &json!({"ticket": ticket(&launch)})).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (401, Some("unauthenticated")));
    desk.redeem(&ticket(&launch)).await.expect(200);
}
