//! T17: a whole run of federation under a scanner, from the secret of the directory to the launch. What
//! opens something is told once, to whom it belongs, and is neither in the log nor in the table.

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_local::directory::{DirectoryServer, Entry, Security, Tree};
use tsunagu_tests::{
    Engine, Response,
    background::{exchange, standing_still},
    both_engines,
    corp::{Corp, text},
    desk::{everybody, password, ticket},
    federated::BASE,
    product::Person,
};

use crate::t17_logs::{heard, listen};

/// What the directory's reader is let in with.
const READERS: &str = "SECRET-OF-THE-READER";
const HOST: &str = "aozora-desktops";

/// Everything that anybody was answered.
#[derive(Default)]
struct Answers(Vec<String>);

impl Answers {
    /// The body of an answer that has to have this status.
    fn keep(&mut self, answer: Response, status: u16) -> Value {
        let body = String::from_utf8_lossy(&answer.body);
        self.0.push(format!("{:?} {body}", answer.headers));
        answer.expect(status)
    }

    /// In how many of them something is.
    fn with(&self, secret: &str) -> usize {
        self.0.iter().filter(|answer| answer.contains(secret)).count()
    }
}

/// A directory with its users and a reader.
async fn started() -> DirectoryServer {
    let dn = format!("cn=reader,{BASE}").parse().expect("a name");
    let reader = Entry::new(dn, "00000000-0000-4000-8000-000000000900")
        .with("objectClass", "person")
        .with_password(READERS);
    let tree = Tree::new(everybody().into_iter().chain([reader]));
    let server = exchange(async move { DirectoryServer::start(0, tree, Security::Plain).await });
    server.await.expect("there is a free port")
}

/// Manages all that a workspace needs; gives the location's keys, the app and the domain.
async fn manage(corp: &Corp, port: u16, answers: &mut Answers) -> ([String; 2], String, String) {
    let (admin, at) = (&corp.provider.admin, |rest: &str| corp.provider.at(rest));
    let once = |mark: &str| admin.with("idempotency-key", mark);
    let body = json!({"name": "大阪"});
    let made = answers.keep(once("location").post(&at("/resource-locations"), &body).await, 201);
    let again = answers.keep(once("location").post(&at("/resource-locations"), &body).await, 201);
    assert_eq!(again["key"], Value::Null, "a record keeps no secret");
    let location = text(&made, "resourceLocationId");
    let rotate = at(&format!("/resource-locations/{location}/rotate-key"));
    let rotated = answers.keep(admin.post(&rotate, &json!({"overlapSeconds": 600})).await, 200);
    let domain = json!({"name": "desk.example", "resourceLocationId": location, "directory": {
        "kind": "ldap", "url": format!("ldap://127.0.0.1:{port}"), "baseDn": BASE, "bind": "search",
        "bindDn": format!("cn=reader,{BASE}"), "bindPassword": READERS,
    }});
    for _ in 0..2 {
        answers.keep(once("domain").post(&at("/domains"), &domain).await, 201);
    }
    let listed = answers.keep(admin.get(&at("/domains")).await, 200);
    let listed = listed["items"].as_array().expect("a list");
    let domain = listed.iter().find(|item| item["name"] == "desk.example").expect("it is there");
    let domain = text(domain, "domainId");
    let path = at(&format!("/domains/{domain}"));
    let wrong = json!({"directory": {"url": "nonsense", "bindPassword": READERS}});
    answers.keep(admin.patch(&path, &wrong).await, 422);
    let members = json!({"members": {"groupDn": format!("cn=aozora,ou=groups,{BASE}")}});
    let customer = &corp.customer.id;
    answers.keep(admin.put(&format!("{path}/customers/{customer}"), &members).await, 201);
    let hosted =
        json!({"kind": "dedicated", "displayName": "青空", "domains": [domain], "enabled": true});
    let path = at(&format!("/customers/{customer}/workspaces/{HOST}"));
    answers.keep(admin.put(&path, &hosted).await, 201);
    let app = json!({"resourceLocationId": location, "name": "台帳", "kind": "app", "service": "daas",
        "launchUrl": "https://apps.example.com/open"});
    let app = text(&answers.keep(admin.post(&at("/resources"), &app).await, 201), "resourceId");
    let path = at(&format!("/customers/{customer}/resources"));
    answers.keep(admin.put(&path, &json!({"resourceIds": [app]})).await, 200);
    ([text(&made, "key"), text(&rotated, "key")], app, domain)
}

/// Signs in, wrongly and rightly; gives the session's token.
async fn sign_in(corp: &Corp, domain: &str, answers: &mut Answers) -> String {
    let test = corp.provider.at(&format!("/domains/{domain}/test"));
    let right = json!({"username": "hanako", "password": password("hanako")});
    let tested = standing_still(corp.provider.admin.post(&test, &right)).await;
    let tested = answers.keep(tested, 200);
    assert_eq!(tested["matchedCustomers"], json!([corp.customer.id]), "{tested}");
    let path = format!("/v1/workspaces/{HOST}/sign-in");
    let wrong = json!({"username": "hanako", "password": "SECRET-THAT-IS-WRONG"});
    let nobody = corp.product.nobody();
    answers.keep(standing_still(nobody.post(&path, &wrong)).await, 401);
    let signed_in = standing_still(nobody.post(&path, &right)).await;
    text(&answers.keep(signed_in, 200), "sessionToken")
}

/// Launches twice under one key, and redeems; gives both tickets.
async fn launch(
    corp: &Corp,
    user: &Person,
    key: &str,
    app: &str,
    answers: &mut Answers,
) -> [String; 2] {
    let path = format!("/v1/workspaces/{HOST}/resources/{app}/launch");
    let user = user.with("idempotency-key", "launch");
    let mut tickets = [String::new(), String::new()];
    for place in &mut tickets {
        *place = ticket(&answers.keep(user.post(&path, &json!({})).await, 201));
    }
    let machine = corp.product.bearing(key);
    for (ticket, status) in tickets.iter().zip([404, 200]) {
        let redeem = machine.post("/v1/launches/redeem", &json!({"ticket": ticket})).await;
        answers.keep(redeem, status);
    }
    tickets
}

#[apply(both_engines)]
async fn t17_what_opens_something_is_told_once_and_kept_nowhere(engine: Engine) {
    // Given a directory whose reader has a secret, and everything that a workspace needs
    let Some(corp) = Corp::open(engine).await else { return };
    let directory = started().await;
    listen();
    let mut answers = Answers::default();
    let (keys, app, domain) = manage(&corp, directory.address().port(), &mut answers).await;
    // When a user signs in, opens an app and leaves, and all that tells of it is read
    let token = sign_in(&corp, &domain, &mut answers).await;
    let user = corp.product.bearing(&token);
    let tickets = launch(&corp, &user, &keys[1], &app, &mut answers).await;
    answers.keep(user.get(&format!("/v1/workspaces/{HOST}/session")).await, 200);
    for (tenant, path) in [(&corp.provider, "/audit"), (&corp.customer, "/audit")] {
        answers.keep(tenant.admin.get(&tenant.at(path)).await, 200);
    }
    let path = format!("/v1/workspaces/{HOST}/sign-out");
    answers.keep(user.post(&path, &json!({})).await, 204);
    // Then each is where it belongs, once, and nowhere else
    let (log, table) = (heard(), json!(corp.product.world.stored.json().await).to_string());
    let told_once = keys.iter().chain(&tickets).chain([&token]).map(|secret| (secret.clone(), 1));
    let never = [READERS.to_owned(), password("hanako"), "SECRET-THAT-IS-WRONG".to_owned()];
    for (secret, times) in told_once.chain(never.map(|secret| (secret, 0))) {
        assert_eq!(answers.with(&secret), times, "{secret} in answers");
        assert!(!log.contains(&secret), "{secret} in {log}");
        assert!(!table.contains(&secret), "{secret} is kept");
    }
    for name in ["hanako", "desk.example", "00000000-0000-4000-8000-000000000100"] {
        assert!(!log.contains(name), "{name} in {log}");
    }
}
