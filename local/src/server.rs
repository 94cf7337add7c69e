//! Everything that `make run` starts, put together in the order in which it can fail.

use std::{
    collections::BTreeMap,
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_sdk_dynamodb::Client;
use tokio::net::TcpListener;
use tsunagu_domain::time::Clock;

use crate::{
    binaries::Binaries,
    clock::MovableClock,
    demo::people,
    dev::Probe,
    directory::{DirectoryServer, Security},
    directory_key,
    engine::{Engine, EngineError},
    function::Function,
    gateway::{Gateway, MissingFunction, Parts},
    guard::Guard,
    issuer::{Issuer, IssuerError},
    private,
    reads::Reads,
    schedule,
    serve::{listen, serve},
    settings::{Data, Settings},
    table::{TableError, TableSpec},
    tail::{self, Kept, KeptError, Tailer},
    template::{DEPLOYED, Template, TemplateError},
};

/// The table's name on a laptop.
pub const TABLE: &str = "tsunagu";

/// What functions are made from.
pub struct Backend {
    /// A client of the database, with the deployment's time limits and retries.
    pub client: Client,
    /// The clock that functions see.
    pub clock: Arc<dyn Clock>,
    /// Each function's environment variables, by the function's name.
    pub environments: BTreeMap<String, BTreeMap<String, String>>,
}

/// Functions by name.
pub type Functions = BTreeMap<String, Arc<dyn Function>>;

/// A local server that is listening, and answers as soon as [`Server::run`] is called.
pub struct Server {
    gateway: Gateway,
    listener: TcpListener,
    engine: Engine,
    // Answers as long as it is held.
    _directory: Option<DirectoryServer>,
    // Held for as long as the data folder is in use.
    _lock: Option<File>,
}

/// Why the local server does not start: one line for the person who started it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port cannot be listened on.
    #[error("port {port} of 127.0.0.1 is not to be had: {cause} (TSUNAGU_PORT chooses another)")]
    Port {
        /// The port.
        port: u16,
        /// What the system said.
        cause: io::Error,
    },
    /// The data folder cannot be made or written.
    #[error("the data folder {folder} cannot be written: {cause} (TSUNAGU_DATA chooses another)")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// Another local server uses the data folder.
    #[error("the data folder {0} is in use by another local server (TSUNAGU_DATA chooses another)")]
    FolderInUse(PathBuf),
    /// The database does not start.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The table is not there and cannot be made.
    #[error(transparent)]
    Table(#[from] TableError),
    /// How far the table's stream was read is not known.
    #[error("the stream's position {0}")]
    Position(#[from] KeptError),
    /// The issuer has no key.
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    /// The template says what the local server does not understand.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The template names a function that is not built in.
    #[error(transparent)]
    Function(#[from] MissingFunction),
    /// A function does not start.
    #[error("a function does not start: {0}")]
    Provider(String),
}

impl Server {
    /// Starts everything but the answering. `provide` makes the functions.
    pub async fn start(
        settings: &Settings,
        provide: impl FnOnce(&Backend) -> Result<Functions, String>,
    ) -> Result<Self, StartError> {
        Self::start_deployment(DEPLOYED, settings, provide).await
    }

    /// Starts everything but the answering, with the functions' own binaries. They live by the
    /// system's clock, and so does the server.
    pub async fn start_binaries(
        settings: &Settings,
        binaries: &Binaries,
    ) -> Result<Self, StartError> {
        let reads = Reads::default();
        let heard = reads.clone();
        let provide = |template: &Template, backend: &Backend, engine: &Engine| {
            binaries.functions(template, backend, engine, &heard)
        };
        Self::put_together(DEPLOYED, settings, MovableClock::system(), reads, provide).await
    }

    /// The same with another template than the deployed one, for tests.
    pub async fn start_deployment(
        template: &str,
        settings: &Settings,
        provide: impl FnOnce(&Backend) -> Result<Functions, String>,
    ) -> Result<Self, StartError> {
        let provide = |_: &Template, backend: &Backend, _: &Engine| provide(backend);
        let (clock, reads) = (MovableClock::ticking(), Reads::default());
        Self::put_together(template, settings, clock, reads, provide).await
    }

    async fn put_together(
        template: &str,
        settings: &Settings,
        clock: MovableClock,
        reads: Reads,
        provide: impl FnOnce(&Template, &Backend, &Engine) -> Result<Functions, String>,
    ) -> Result<Self, StartError> {
        let port = settings.port;
        let listener = listen(port).await.map_err(|cause| StartError::Port { port, cause })?;
        let address = listener.local_addr().map_err(|cause| StartError::Port { port, cause })?;
        let lock = match &settings.data {
            Data::Memory => None,
            Data::Folder(folder) => Some(take(folder)?),
        };
        let url = format!("http://{address}");
        let template = Template::parse(template, &parameters(settings, &url)?)?;
        let engine = engine(settings).await?;
        let table = table(&template);
        table.create_if_absent(&engine.client(), TABLE).await?;
        let clock = Arc::new(clock);
        let backend = Backend {
            client: tsunagu_store::client::connect(engine.config()),
            clock: clock.clone(),
            environments: environments(&template),
        };
        let functions = provide(&template, &backend, &engine).map_err(StartError::Provider)?;
        let tailer = tailer(settings, &template, &functions, &engine)?;
        let guard = Guard::new(address.port(), template.cors.clone(), settings.development());
        let mut parts = Parts::new(template, functions, issuer(settings, &url)?, clock, guard);
        parts.probe = table_probe(engine.client());
        parts.tailer = tailer;
        parts.reads = reads;
        let directory = directory(settings).await;
        parts.directory = directory.as_ref().map(DirectoryServer::address);
        parts.is_console = settings.cors_origins.is_empty();
        let gateway = Gateway::new(parts)?;
        Ok(Self { gateway, listener, engine, _directory: directory, _lock: lock })
    }

    /// The gateway, for requests without a socket.
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// The database.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Answers until `stop` resolves, then finishes what is being answered and written.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let scheduler = tokio::spawn(schedule::keep(self.gateway.clone()));
        let tailer = self.gateway.tailer().cloned().map(|tailer| tokio::spawn(tailer.keep()));
        let reads = self.gateway.reads().clone().keep(self.gateway.clone());
        let reads = tokio::spawn(reads);
        let ended = serve(self.gateway, self.listener, stop).await;
        scheduler.abort();
        reads.abort();
        if let Some(tailer) = tailer {
            // What it was at comes again with the next start.
            tailer.abort();
        }
        self.engine.stop().await;
        ended
    }
}

/// The table with its stream, where a function listens to it.
fn table(template: &Template) -> TableSpec {
    let table = template.table.clone();
    let listens = template.functions.values().any(|spec| spec.stream.is_some());
    if listens { table } else { table.without_stream() }
}

/// What feeds the function that the template has at the table's stream.
fn tailer(
    settings: &Settings,
    template: &Template,
    functions: &Functions,
    engine: &Engine,
) -> Result<Option<Tailer>, StartError> {
    let listener = template.functions.iter().find_map(|(name, spec)| {
        Some((name, spec, spec.stream.clone()?, functions.get(name)?.clone()))
    });
    let Some((name, spec, source, function)) = listener else { return Ok(None) };
    let kept = match &settings.data {
        Data::Memory => Kept::in_memory(),
        Data::Folder(folder) => Kept::in_folder(folder),
    };
    let parts = tail::Parts {
        name: name.clone(),
        function,
        timeout: spec.timeout,
        source,
        streams: engine.streams(),
        table: TABLE.to_owned(),
        kept,
        records: engine.records(),
    };
    Ok(Some(Tailer::new(parts)?))
}

/// The small directory of this machine, with the demo's users, on the port that it had at the first
/// start: domains keep it in their address. Without it everything else is as good.
async fn directory(settings: &Settings) -> Option<DirectoryServer> {
    if !settings.demo || !settings.development() {
        return None;
    }
    let kept = match &settings.data {
        Data::Memory => None,
        Data::Folder(folder) => Some(folder.join("directory-port")),
    };
    let known = kept.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
    let port = known.and_then(|port| port.trim().parse().ok()).unwrap_or(0);
    let started = DirectoryServer::start(port, people::tree(), Security::Plain).await;
    let noted = started.and_then(|directory| {
        let port = directory.address().port().to_string();
        kept.map_or(Ok(()), |file| private::write(&file, port.as_bytes()))?;
        Ok(directory)
    });
    noted
        .inspect_err(|error| tracing::error!(%error, "the directory of this machine did not start"))
        .ok()
}

/// Makes the folder and takes it for this process: two of them would not see each other's clocks
/// and caches, and both would seed it.
fn take(folder: &Path) -> Result<File, StartError> {
    let failed = |cause| StartError::Folder { folder: folder.to_owned(), cause };
    private::folder(folder).map_err(failed)?;
    let lock = File::create(folder.join("lock")).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StartError::FolderInUse(folder.to_owned())),
        Err(TryLockError::Error(cause)) => Err(failed(cause)),
    }
}

async fn engine(settings: &Settings) -> Result<Engine, EngineError> {
    match (&settings.endpoint, &settings.data) {
        (Some(endpoint), _) => Ok(Engine::elsewhere(&endpoint.url, endpoint.identity.clone())),
        (None, Data::Memory) => Engine::in_memory().await,
        (None, Data::Folder(folder)) => Engine::in_folder(folder).await,
    }
}

fn issuer(settings: &Settings, url: &str) -> Result<Issuer, IssuerError> {
    match &settings.data {
        Data::Memory => Issuer::in_memory(url),
        Data::Folder(folder) => Issuer::in_folder(folder, url),
    }
}

/// What is a decision of the deployment there is one of the settings here.
fn parameters(settings: &Settings, url: &str) -> Result<BTreeMap<String, String>, StartError> {
    // The first page that may call is the developer's console: invite links lead there.
    let console = settings.cors_origins.first().map_or(url, String::as_str);
    let parameters = [
        ("ConsoleUrl", console.to_owned()),
        ("CorsOrigins", settings.cors_origins.join(",")),
        ("TableName", TABLE.to_owned()),
        // Directories are on this machine, and so is what seals their secrets.
        ("DirectoryNetworks", "loopback".to_owned()),
        ("DirectoryKeyArn", directory_key(settings)?),
    ];
    Ok(parameters.map(|(name, value)| (name.to_owned(), value)).into())
}

fn directory_key(settings: &Settings) -> Result<String, StartError> {
    match &settings.data {
        Data::Memory => Ok(directory_key::in_memory()),
        Data::Folder(folder) => directory_key::in_folder(folder)
            .map_err(|cause| StartError::Folder { folder: folder.clone(), cause }),
    }
}

/// The functions' environments; what refers to the table names the one that was made.
fn environments(template: &Template) -> BTreeMap<String, BTreeMap<String, String>> {
    let environment = |(name, spec): (&String, &crate::template::FunctionSpec)| {
        let mut environment = spec.environment.clone();
        if let Some(table) = environment.get_mut("TABLE_NAME") {
            TABLE.clone_into(table);
        }
        (name.clone(), environment)
    };
    template.functions.iter().map(environment).collect()
}

fn table_probe(client: Client) -> Probe {
    Arc::new(move || {
        let client = client.clone();
        Box::pin(async move {
            let described = client.describe_table().table_name(TABLE).send().await;
            described.map(|_| ()).map_err(|_| "The table does not answer.".to_owned())
        })
    })
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
