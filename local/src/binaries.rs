//! The functions as they are deployed: each is its own binary, which asks for events over the Lambda
//! Runtime API and runs in as many environments as there are calls at a time.
//!
//! Who invokes a [`Function`](crate::function::Function) does not know: a pool of environments is one.

mod api;
mod environment;
mod log;
mod pool;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::{
    engine::Engine,
    reads::Reads,
    server::{Backend, Functions},
    template::{FunctionSpec, Template},
};
use environment::Blueprint;
use log::Log;
pub use log::Write;
use pool::Pool;

/// Where `make build` puts them.
pub const FOLDER: &str = "target/lambda";
/// The most environments of a function for which the template reserves no other number.
const MOST: usize = 32;
/// Where programs are found on Lambda, of which no function starts any.
const PATH: &str = "/usr/local/bin:/usr/bin/:/bin:/opt/bin";

/// The binaries of a build, and what becomes of them. Clones are the same.
#[derive(Clone)]
pub struct Binaries {
    folder: PathBuf,
    write: Write,
    // Counts alone: the environments end with the server that has them.
    started: Arc<Mutex<BTreeMap<String, Arc<AtomicUsize>>>>,
}

impl Binaries {
    /// The binaries `NAME/bootstrap` of a folder; what they write goes line by line to `write`.
    pub fn in_folder(folder: impl Into<PathBuf>, write: Write) -> Self {
        Self { folder: folder.into(), write, started: Arc::default() }
    }

    /// How many environments each function has had.
    pub fn started(&self) -> BTreeMap<String, usize> {
        let started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |(name, count): (&String, &Arc<AtomicUsize>)| {
            (name.clone(), count.load(Ordering::Relaxed))
        };
        started.iter().map(count).collect()
    }

    /// Every function of the template, by its binary, which has to be there.
    pub(crate) fn functions(
        &self,
        template: &Template,
        backend: &Backend,
        engine: &Engine,
        reads: &Reads,
    ) -> Result<Functions, String> {
        let write = self.write.clone();
        let log = Log { reads: reads.clone(), clock: backend.clock.clone(), write };
        let mut functions = Functions::new();
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, spec) in &template.functions {
            let bootstrap = self.bootstrap(name)?;
            let own = backend.environments.get(name).cloned().unwrap_or_default();
            let variables = environment(name, spec, own, engine);
            let (name, log) = (name.clone(), log.clone());
            let blueprint = Blueprint { name: name.clone(), bootstrap, variables, log };
            let count = started.entry(name.clone()).or_default().clone();
            let pool = Pool::new(blueprint, spec.concurrency.unwrap_or(MOST), count);
            functions.insert(name, Arc::new(pool));
        }
        Ok(functions)
    }

    fn bootstrap(&self, name: &str) -> Result<PathBuf, String> {
        let path = self.folder.join(name).join("bootstrap");
        let shown = path.display();
        let missing =
            |error: io::Error| format!("{shown}: {error} (make build makes all bootstraps)");
        // By its full path: it is started in a folder of its own.
        let found = path.canonicalize().map_err(missing)?;
        if is_for_another_machine(&found).map_err(missing)? {
            let own = std::env::consts::ARCH;
            let how = "BUILD_FOR=host make build";
            return Err(format!("{shown} was not built for {own} as this machine is ({how})"));
        }
        Ok(found)
    }
}

/// All that a function's process finds in its environment: what the template gives it, what Lambda puts
/// there, and how it reaches the database.
pub fn environment(
    name: &str,
    spec: &FunctionSpec,
    own: BTreeMap<String, String>,
    engine: &Engine,
) -> BTreeMap<String, String> {
    let identity = engine.identity();
    let memory = spec.memory.to_string();
    let variables = [
        ("AWS_LAMBDA_FUNCTION_NAME", name),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/tsunagu/local"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "local"),
        ("_HANDLER", "bootstrap"),
        ("LANG", "en_US.UTF-8"),
        ("PATH", PATH),
        ("TZ", ":UTC"),
        ("AWS_REGION", &identity.region),
        ("AWS_DEFAULT_REGION", &identity.region),
        ("AWS_ACCESS_KEY_ID", &identity.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", &identity.secret_access_key),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ENDPOINT_URL_DYNAMODB", engine.endpoint()),
    ];
    let token = identity.session_token.as_deref().map(|token| ("AWS_SESSION_TOKEN", token));
    let variables = variables.into_iter().chain(token);
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    // Lambda's win: a function cannot set them.
    own.into_iter().chain(variables).collect()
}

/// Whether a program is of Linux and for another processor than this one. The bootstraps of a build
/// for arm64 are no use elsewhere, and the system's own words for that say nothing.
fn is_for_another_machine(program: &Path) -> io::Result<bool> {
    let own: u16 = match std::env::consts::ARCH {
        "x86_64" => 62,
        "aarch64" => 183,
        _ => return Ok(false),
    };
    let mut head = Vec::new();
    File::open(program)?.take(20).read_to_end(&mut head)?;
    let machine = head.strip_prefix(b"\x7fELF").and_then(|rest| rest.last_chunk());
    Ok(machine.is_some_and(|machine| u16::from_le_bytes(*machine) != own))
}

#[cfg(all(test, unix))]
#[path = "binaries/tests.rs"]
mod tests;
