use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
};

use super::*;
use crate::function::InProcess;

fn settings(data: Data) -> Settings {
    Settings { port: 0, data, demo: false, endpoint: None, cors_origins: Vec::new() }
}

#[expect(clippy::unnecessary_wraps, reason = "the signature is the provider's")]
/// Every function of the deployment answers with its own name and environment.
fn names(backend: &Backend) -> Result<Functions, String> {
    let named = |(name, environment): (&String, &BTreeMap<String, String>)| {
        let answer = json!({"function": name, "environment": environment});
        let service = service_fn(move |_: LambdaEvent<Value>| {
            let answer = answer.clone();
            async move { Ok::<_, Error>(answer) }
        });
        (name.clone(), Arc::new(InProcess::new(service)) as Arc<dyn Function>)
    };
    Ok(backend.environments.iter().map(named).collect())
}

async fn exchange(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("connects");
    stream.write_all(request.as_bytes()).await.expect("sends");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answers in text");
    answer
}

#[tokio::test]
async fn given_a_server_when_it_runs_then_it_answers_on_its_socket_until_it_is_stopped() {
    let server = Server::start(&settings(Data::Memory), names).await.expect("starts");
    let address = server.gateway().authority().to_owned();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(server.run(async {
        stopped.await.expect("is asked to stop");
    }));
    let head = format!("Host: {address}\r\nConnection: close\r\n");
    let health = exchange(&address, &format!("GET /dev/health HTTP/1.1\r\n{head}\r\n")).await;
    assert!(health.starts_with("HTTP/1.1 200"), "{health}");
    let nowhere = exchange(&address, &format!("GET /nowhere HTTP/1.1\r\n{head}\r\n")).await;
    assert!(nowhere.contains(r#""function":"accounts""#), "{nowhere}");
    assert!(nowhere.contains(r#""TABLE_NAME":"tsunagu""#), "{nowhere}");
    assert!(nowhere.contains(&format!(r#""CONSOLE_URL":"http://{address}""#)), "{nowhere}");
    let link = exchange(&address, &format!("GET /invitations/x HTTP/1.1\r\n{head}\r\n")).await;
    assert!(link.contains("/v1/invitations/{token}"), "{link}");
    let rebound = "GET /nowhere HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    assert!(exchange(&address, rebound).await.starts_with("HTTP/1.1 403"));
    let huge = format!("POST /x HTTP/1.1\r\n{head}Content-Length: 99999999\r\n\r\n");
    assert!(exchange(&address, &huge).await.starts_with("HTTP/1.1 413"));
    stop.send(()).expect("the server still runs");
    running.await.expect("ends").expect("ends well");
    assert!(TcpStream::connect(&address).await.is_err());
}

#[tokio::test]
async fn given_a_port_that_is_taken_when_started_then_one_line_says_so() {
    let taken = listen(0).await.expect("a listener");
    let port = taken.local_addr().expect("an address").port();
    let refused = Server::start(&Settings { port, ..settings(Data::Memory) }, names).await;
    let message = refused.err().expect("is refused").to_string();
    assert!(
        message.starts_with(&format!("port {port} of 127.0.0.1 is not to be had")),
        "{message}"
    );
    assert_eq!(message.lines().count(), 1);
}

#[tokio::test]
async fn given_a_folder_that_cannot_be_made_when_started_then_one_line_says_so() {
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("file");
    std::fs::write(&file, "in the way").expect("a file");
    let refused = Server::start(&settings(Data::Folder(file.join("data"))), names).await;
    let message = refused.err().expect("is refused").to_string();
    assert!(message.contains("cannot be written"), "{message}");
    assert_eq!(message.lines().count(), 1);
}

#[tokio::test]
async fn given_a_folder_in_use_when_started_then_it_is_left_alone_until_it_is_free() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = Data::Folder(place.path().join("data"));
    let first = Server::start(&settings(folder.clone()), names).await.expect("starts");
    let issuer = first.gateway().issuer().url().to_owned();
    let refused = Server::start(&settings(folder.clone()), names).await;
    assert!(matches!(refused, Err(StartError::FolderInUse(_))));
    first.run(async {}).await.expect("ends well");
    let second = Server::start(&settings(folder), names).await.expect("starts again");
    assert_eq!(second.gateway().issuer().url(), issuer);
    second.run(async {}).await.expect("ends well");
}

#[tokio::test]
async fn given_an_endpoint_where_nothing_listens_when_started_then_it_is_an_error_of_the_table() {
    let gone = listen(0).await.expect("a listener");
    let url = format!("http://{}", gone.local_addr().expect("an address"));
    drop(gone);
    let identity = crate::settings::AwsIdentity::local();
    let endpoint = Some(crate::settings::Endpoint { url, loopback: true, identity });
    let refused = Server::start(&Settings { endpoint, ..settings(Data::Memory) }, names).await;
    let message = refused.err().expect("is refused").to_string();
    assert!(message.starts_with("the table tsunagu cannot be made or read"), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
}

#[tokio::test]
async fn given_allowed_origins_when_started_then_invite_links_lead_to_the_first() {
    let cors_origins = vec!["http://localhost:5173".to_owned()];
    let settings = Settings { cors_origins, ..settings(Data::Memory) };
    let server = Server::start(&settings, names).await.expect("starts");
    let caller = crate::client::Caller::nobody(server.gateway());
    let answer = caller.get("/nowhere").await.json();
    assert_eq!(answer["environment"]["CONSOLE_URL"], "http://localhost:5173");
    assert!(server.gateway().template().cors.allows("http://localhost:5173"));
    server.engine.stop().await;
}
