//! The database as a process of its own, with its data in a folder: it is killed, and started again on
//! what it left.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
    time::sleep,
};
use tsunagu_local::{engine::Engine as LocalEngine, settings::AwsIdentity};
use tsunagu_tests::{Engine, Stored, dynamodb_local, elsewhere::free_address};

/// The embedded engine, alone in a process.
const EMBEDDED: &str = env!("CARGO_BIN_EXE_embedded-engine");
/// Where `scripts/test.sh` puts DynamoDB Local.
const DYNAMODB_LOCAL: &str = "../.local/dynamodb-local";
/// Where Linux keeps files in memory.
const MEMORY: &str = "/dev/shm";
/// What starts it there.
const SERVER: &str = "software.amazon.dynamodb.services.local.main.ServerRunner";

/// A database that can be killed.
pub(crate) struct Database {
    engine: Engine,
    folder: TempDir,
    running: Option<(Child, SocketAddr)>,
}

impl Database {
    /// An empty one, which runs; `None` where the engine is left out.
    pub(crate) async fn start(engine: Engine) -> Option<Self> {
        if engine == Engine::DynamoDbLocal {
            dynamodb_local()?;
        }
        let folder = folder().expect("a folder can be had");
        let mut database = Self { engine, folder, running: None };
        database.run().await;
        Some(database)
    }

    /// Where it is; nowhere while it does not run.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.running.as_ref().map(|(_, address)| *address)
    }

    /// Kills it, as the power or the system would: nothing is finished.
    pub(crate) async fn kill(&mut self) {
        if let Some((mut child, _)) = self.running.take() {
            child.kill().await.expect("it is ours");
        }
    }

    /// Starts it on what it left.
    pub(crate) async fn run(&mut self) {
        let started = match self.engine {
            Engine::Embedded => embedded(self.folder.path()).await,
            Engine::DynamoDbLocal => local(self.folder.path()).await,
        };
        self.running = Some(started);
    }

    /// What is in a table of it, past everything.
    pub(crate) fn stored(&self, table: &str, identity: AwsIdentity) -> Stored {
        let address = self.address().expect("it runs");
        let engine = LocalEngine::elsewhere(&format!("http://{address}"), identity);
        Stored::new(engine.client(), table.to_owned())
    }
}

/// In memory where the system has such a place: a killed process leaves there what it wrote, and no
/// write waits for the disk, which takes longer than a function gives a call.
fn folder() -> std::io::Result<TempDir> {
    let memory = Path::new(MEMORY);
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }
}

/// It ends with this process: when nobody holds its standard input any more.
async fn embedded(folder: &Path) -> (Child, SocketAddr) {
    let mut command = Command::new(EMBEDDED);
    command.arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().expect("it starts");
    let lines = BufReader::new(child.stdout.take().expect("it is a pipe"));
    let line = lines.lines().next_line().await.expect("it is read");
    let line = line.expect("it tells where it listens");
    let address = line.trim_start_matches("http://").parse().expect("an address");
    (child, address)
}

async fn local(folder: &Path) -> (Child, SocketAddr) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(DYNAMODB_LOCAL);
    for _ in 0..5 {
        let address = free_address();
        let mut command = Command::new("java");
        command
            .arg(format!("-Djava.library.path={}", root.display()))
            .args(["-Xmx1g", "-cp", &format!("{}/*", root.display()), SERVER])
            .args(["-disableTelemetry", "-port", &address.port().to_string()])
            .arg("-dbPath")
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = command.spawn().expect("java starts");
        if listens(&mut child, address).await {
            return (child, address);
        }
    }
    panic!("DynamoDB Local does not start")
}

async fn listens(child: &mut Child, address: SocketAddr) -> bool {
    for _ in 0..300 {
        if TcpStream::connect(address).await.is_ok() {
            return true;
        }
        if child.try_wait().ok().flatten().is_some() {
            return false;
        }
        sleep(Duration::from_millis(50)).await;
    }
    false
}
