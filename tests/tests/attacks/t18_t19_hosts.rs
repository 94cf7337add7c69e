//! T18, T19: addresses that a request names.

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
};
use tsunagu_local::{functions, server::Server, settings::Settings};
use tsunagu_tests::{Engine, both_engines, product::Product};

use crate::events::{ask, edge, event, functions as routers, operations};

/// The invite link leads to the configured console, whatever host a request names.
#[apply(both_engines)]
async fn t18_the_invite_link_leads_to_the_configured_console(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let edge = edge(&product);
    let mut all = operations(routers()).into_iter();
    let operation = all.find(|one| one.path.ends_with("/invite-link")).expect("the route");
    let mut claims = crate::events::claims("tsunagu/console");
    claims["iss"] = json!(product.world.gateway.issuer().url());
    claims["sub"] = json!(tsunagu_local::tokens::subject_of("misaki@minato.example"));
    let mut poisoned = event(&operation, "/", Some(&claims));
    poisoned["pathParameters"]["partner"] = json!(partner.id);
    poisoned["requestContext"]["domainName"] = json!("evil.example");
    poisoned["headers"] = json!({
        "host": "evil.example", "x-forwarded-host": "evil.example", "forwarded": "host=evil.example",
        "x-forwarded-proto": "gopher", "origin": "https://evil.example", "referer": "https://evil.example",
        "x-original-url": "https://evil.example", "x-host": "evil.example",
    });
    let (status, link) = ask(&edge, poisoned).await;
    assert_eq!(status, 200, "{link}");
    let token = link["token"].as_str().expect("a token");
    assert_eq!(link["url"], format!("https://console.example/invitations/{token}"));
    assert!(!link.to_string().contains("evil"));
    let own = partner.admin.get(&partner.at("/invite-link")).await.expect(200);
    assert_eq!(own, link);
}

/// One request over a socket; the head and body of the answer as text.
async fn over_socket(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("connects");
    stream.write_all(request.as_bytes()).await.expect("sends");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("answers");
    String::from_utf8_lossy(&answer).into_owned()
}

fn settings(more: &[(&str, &str)]) -> Settings {
    let base = [("TSUNAGU_PORT", "0"), ("TSUNAGU_DATA", ":memory:"), ("TSUNAGU_DEMO", "0")];
    let all =
        base.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::read(&all.collect()).expect("settings")
}

/// The whole local server on its socket: a rebound name, a page of another origin and a form reach
/// nothing; its own address does.
#[tokio::test]
async fn t19_a_page_in_the_browser_reaches_nothing_of_the_local_server() {
    let server = Server::start(&settings(&[]), functions::all).await.expect("starts");
    let address = server.gateway().authority().to_owned();
    assert!(address.starts_with("127.0.0.1:"), "loopback only: {address}");
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    let body = r#"{"email": "mallory@example.com"}"#;
    let post = |host: &str, kind: &str, more: &str| {
        format!(
            "POST /dev/token HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\n{more}\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    };
    let json = "application/json";
    let own_port = address.rsplit_once(':').expect("a port").1.to_owned();
    for (what, request) in [
        ("a rebound name", post("evil.example", json, "")),
        ("a rebound name with the port", post(&format!("evil.example:{own_port}"), json, "")),
        ("another origin", post(&address, json, "Origin: https://evil.example\r\n")),
        ("a null origin", post(&address, json, "Origin: null\r\n")),
        ("a cross-site fetch", post(&address, json, "Sec-Fetch-Site: cross-site\r\n")),
    ] {
        let answer = over_socket(&address, &request).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{what}: {answer}");
        assert!(!answer.contains("accessToken"), "{what}");
        assert!(
            !answer.to_ascii_lowercase().contains("access-control-allow-origin"),
            "{what}: {answer}"
        );
    }
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
    {
        let answer = over_socket(&address, &post(&address, kind, "")).await;
        assert!(answer.starts_with("HTTP/1.1 415"), "{kind}: {answer}");
    }
    let answer = over_socket(&address, &post(&address, json, "")).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("accessToken"), "{answer}");
    let get = format!(
        "GET /v1/me HTTP/1.1\r\nHost: evil.example:{own_port}\r\nConnection: close\r\n\r\n"
    );
    assert!(over_socket(&address, &get).await.starts_with("HTTP/1.1 403"));
    stop.send(()).expect("it still runs");
    running.await.expect("ends").expect("ends well");
}

/// Beside a database that may hold real data there is no `/dev/*` and no demo data.
#[tokio::test]
async fn t19_beside_a_database_that_is_not_on_loopback_there_is_no_dev() {
    let remote = settings(&[
        ("DYNAMODB_ENDPOINT", "https://dynamodb.eu-central-1.amazonaws.com"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
    ]);
    assert!(!remote.development());
    for near in ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"] {
        assert!(settings(&[("DYNAMODB_ENDPOINT", near)]).development(), "{near}");
    }
    for far in [
        "http://127.0.0.1.evil.example:8000",
        "http://10.0.0.1:8000",
        "http://localhost.evil.example",
    ] {
        let variables = [
            ("DYNAMODB_ENDPOINT", far),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "x"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
        ];
        assert!(!settings(&variables).development(), "{far}");
    }
}

/// Answers of `/dev/*` are kept nowhere, and its clock is the functions' only.
#[apply(both_engines)]
async fn t19_dev_answers_are_not_kept(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let token = product.nobody().post("/dev/token", &json!({"email": "a@example.com"})).await;
    assert_eq!(token.header("cache-control"), Some("no-store"));
    let token: Value = token.expect(200);
    assert_eq!((&token["tokenType"], &token["expiresIn"]), (&json!("Bearer"), &json!(3600)));
    let person = product.bearing(token["accessToken"].as_str().expect("a token"));
    assert_eq!(person.get("/v1/me").await.expect(200)["email"], "a@example.com");
}
