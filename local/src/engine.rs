//! DynamoDB for the laptop: the embedded engine on a loopback port, or a server of one's own.

mod records;

use std::{
    fs, io,
    net::Ipv4Addr,
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
};
use dynoxide::{Database, server};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::{random, settings::AwsIdentity, stream::WholeMaps};
pub use records::Records;

/// The database's file in the data folder.
const FILE: &str = "dynamodb.sqlite";

/// Why the database is not there.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The file cannot be opened, or is none of ours.
    #[error("the database {file} cannot be opened: {cause}")]
    Open {
        /// The file.
        file: String,
        /// What the engine said.
        cause: String,
    },
    /// No loopback port to listen on.
    #[error("the embedded database cannot listen on loopback: {0}")]
    Listen(#[from] std::io::Error),
}

/// A running DynamoDB and the way to it.
pub struct Engine {
    endpoint: String,
    identity: AwsIdentity,
    embedded: Option<Embedded>,
}

struct Embedded {
    records: Records,
    stop: oneshot::Sender<()>,
    served: JoinHandle<Result<(), String>>,
}

impl Engine {
    /// An embedded engine that keeps nothing.
    pub async fn in_memory() -> Result<Self, EngineError> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        // SQLite's own file system in memory: unlike `:memory:`, a second connection finds the
        // database by its name, as it finds a file. It is gone with the last connection.
        let name = format!("file:/tsunagu-{}?vfs=memdb", NUMBER.fetch_add(1, Ordering::Relaxed));
        let database = Database::new(&name).map_err(|error| opening(":memory:", &error))?;
        Self::embed(database, &name).await
    }

    /// An embedded engine with its file in `folder`.
    pub async fn in_folder(folder: &Path) -> Result<Self, EngineError> {
        let file = folder.join(FILE).display().to_string();
        keep_private(&folder.join(FILE))?;
        let database = Database::new(&file).map_err(|error| opening(&file, &error))?;
        // Opened, the engine waits for the disk at every write, which takes longer than a function
        // gives a call. This brings it to SQLite's `synchronous = NORMAL`: what was answered
        // survives that the process is killed, and the last of it may be lost with the power.
        database.disable_bulk_loading().map_err(|error| opening(&file, &error))?;
        Self::embed(database, &file).await
    }

    /// A DynamoDB that runs elsewhere.
    pub fn elsewhere(endpoint: &str, identity: AwsIdentity) -> Self {
        Self { endpoint: endpoint.to_owned(), identity, embedded: None }
    }

    async fn embed(database: Database, file: &str) -> Result<Self, EngineError> {
        let records = Records::of(file).map_err(|error| EngineError::Open {
            file: file.to_owned(),
            cause: error.to_string(),
        })?;
        let listener = listen().await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(server::serve_with_shutdown(listener, database, async {
            // A dropped sender is a stop too: nobody is left to use the engine.
            let _ = stopped.await;
        }));
        let embedded = Some(Embedded { records, stop, served });
        Ok(Self { endpoint, identity: AwsIdentity::local(), embedded })
    }

    /// Where it listens: an address and a port that whoever was not told cannot find.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Whom requests to it come from.
    pub(crate) fn identity(&self) -> &AwsIdentity {
        &self.identity
    }

    /// The SDK's settings for it; a test may put a faulty connector in.
    pub fn config(&self) -> aws_sdk_dynamodb::config::Builder {
        Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&self.endpoint)
            .region(Region::new(self.identity.region.clone()))
            .credentials_provider(self.credentials())
    }

    fn credentials(&self) -> Credentials {
        let identity = &self.identity;
        Credentials::new(
            &identity.access_key_id,
            &identity.secret_access_key,
            identity.session_token.clone(),
            None,
            "tsunagu-local",
        )
    }

    /// A client of it.
    pub fn client(&self) -> Client {
        Client::from_conf(self.config().build())
    }

    /// The SDK's settings for the streams of its tables.
    pub fn streams_config(&self) -> aws_sdk_dynamodbstreams::config::Builder {
        let config = aws_sdk_dynamodbstreams::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(streams_endpoint(&self.endpoint))
            .region(Region::new(self.identity.region.clone()))
            .credentials_provider(self.credentials());
        // AWS is reached by TLS alone; engines of developers are not.
        if self.endpoint.starts_with("http://") {
            let client = aws_smithy_http_client::Builder::new().build_http();
            config.http_client(WholeMaps::by(client))
        } else {
            config
        }
    }

    /// A client of the streams of its tables.
    pub fn streams(&self) -> aws_sdk_dynamodbstreams::Client {
        aws_sdk_dynamodbstreams::Client::from_conf(self.streams_config().build())
    }

    /// An embedded engine's stream records, which only somebody who has read them removes. Others
    /// see to theirs themselves.
    pub fn records(&self) -> Option<Records> {
        self.embedded.as_ref().map(|embedded| embedded.records.clone())
    }

    /// Stops an embedded engine: what runs is finished and written. One elsewhere is left alone.
    pub async fn stop(self) {
        if let Some(Embedded { stop, served, .. }) = self.embedded {
            // The receiver is gone only when the server has ended by itself.
            let _ = stop.send(());
            if let Ok(Err(cause)) = served.await {
                tracing::error!(%cause, "the embedded database ended badly");
            }
        }
    }
}

/// Where streams are asked for: local engines answer for them at the same place, AWS at a name of
/// their own.
fn streams_endpoint(endpoint: &str) -> String {
    match endpoint.split_once("://dynamodb.") {
        Some((scheme, host)) if host.contains(".amazonaws.com") => {
            format!("{scheme}://streams.dynamodb.{host}")
        }
        _ => endpoint.to_owned(),
    }
}

/// Makes the file its owner's alone before anything is in it; the files that the database puts
/// beside it follow its mode.
fn keep_private(file: &Path) -> Result<(), EngineError> {
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let kept = options.open(file);
    #[cfg(unix)]
    let kept = kept
        .and_then(|kept| kept.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600)));
    let shown = file.display().to_string();
    kept.map(drop).map_err(|error| EngineError::Open { file: shown, cause: error.to_string() })
}

fn opening(file: &str, error: &dynoxide::DynoxideError) -> EngineError {
    EngineError::Open { file: file.to_owned(), cause: error.to_string() }
}

/// The engine answers whoever reaches it, and tells browsers that pages of any origin may (T19): it listens
/// where no page finds it. Where this machine has one address of its own alone, it has to be that.
async fn listen() -> io::Result<TcpListener> {
    match TcpListener::bind((random::loopback(), 0)).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;

    use super::*;
    use crate::table::TableSpec;

    async fn keep(engine: &Engine) {
        let spec: TableSpec = yaml_serde::from_str(
            "{AttributeDefinitions: [{AttributeName: PK, AttributeType: S}],
              KeySchema: [{AttributeName: PK, KeyType: HASH}]}",
        )
        .expect("the fixture is a table");
        let client = engine.client();
        spec.create_if_absent(&client, "kept").await.expect("the table is made");
        let put = client.put_item().table_name("kept").item("PK", AttributeValue::S("a".into()));
        put.send().await.expect("the item is put");
    }

    #[tokio::test]
    async fn given_a_folder_when_started_again_then_the_data_is_still_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let engine = Engine::in_folder(folder.path()).await.expect("the engine starts");
        keep(&engine).await;
        engine.stop().await;
        let engine = Engine::in_folder(folder.path()).await.expect("the engine starts again");
        let found = engine.client().get_item().table_name("kept");
        let found = found.key("PK", AttributeValue::S("a".into())).send().await.expect("answers");
        assert!(found.item().is_some());
        engine.stop().await;
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn given_a_database_when_kept_then_only_its_owner_reads_its_files() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(FILE), "").expect("an older file");
        let engine = Engine::in_folder(folder.path()).await.expect("the engine starts");
        keep(&engine).await;
        let files = std::fs::read_dir(folder.path()).expect("a folder");
        for file in files.map(|file| file.expect("a file")) {
            let mode = file.metadata().expect("metadata").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{:?}", file.file_name());
        }
        engine.stop().await;
    }

    #[test]
    fn given_aws_or_another_engine_when_streams_are_asked_for_then_at_the_place_that_has_them() {
        for (endpoint, streams) in [
            (
                "https://dynamodb.eu-central-1.amazonaws.com",
                "https://streams.dynamodb.eu-central-1.amazonaws.com",
            ),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
            ("https://dynamodb.example", "https://dynamodb.example"),
        ] {
            assert_eq!(streams_endpoint(endpoint), streams);
        }
    }

    /// On Linux each address of 127.0.0.0/8 is this machine's.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn t19_given_an_engine_then_it_is_not_where_a_page_would_look_for_it() {
        let (one, other) = (Engine::in_memory().await, Engine::in_memory().await);
        let (one, other) = (one.expect("it starts"), other.expect("it starts"));
        let at = |engine: &Engine| -> std::net::SocketAddr {
            engine.endpoint().trim_start_matches("http://").parse().expect("an address")
        };
        assert_ne!(at(&one).ip(), at(&other).ip());
        assert!(at(&one).ip().is_loopback() && at(&one).ip() != Ipv4Addr::LOCALHOST);
        let looked = tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, at(&one).port())).await;
        assert_eq!(looked.expect_err("nobody is there").kind(), io::ErrorKind::ConnectionRefused);
        one.stop().await;
        other.stop().await;
    }

    #[tokio::test]
    async fn given_a_file_that_is_no_database_when_opened_then_it_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(FILE), "no database at all, not even nearly so")
            .expect("a file");
        let refused = Engine::in_folder(folder.path()).await.map(|_| ());
        let message = refused.expect_err("is refused").to_string();
        assert!(message.contains(FILE), "{message}");
    }
}
