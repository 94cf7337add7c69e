//! The product on an engine of its own, with every call to the database measured: for capacity,
//! permissions and the benchmark.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::Client;
use futures::future::BoxFuture;
use serde_json::Value;
use tsunagu_api::{App, Settings};
use tsunagu_local::{
    clock::MovableClock,
    engine::Engine,
    function::{Function, FunctionError, Invocation},
    functions,
    gateway::{Gateway, Parts},
    guard::Guard,
    issuer::Issuer,
    server::Backend,
    template::{DEPLOYED, Template},
};
use tsunagu_store::{Store, Table};

use crate::{
    background::exchange,
    clock,
    meter::Meter,
    stored::Stored,
    world::{CONSOLE, parameters},
};

/// The table's name.
pub const TABLE: &str = "measured";
/// The port that requests name; nobody listens on it.
const PORT: u16 = 3000;

/// The product, measured.
pub struct Measured {
    /// The gateway in front of it.
    pub gateway: Gateway,
    /// The clock that functions see; it stands still.
    pub clock: Arc<MovableClock>,
    /// What is in the table.
    pub stored: Stored,
    /// What the functions asked of the database.
    pub meter: Meter,
    /// How long the functions took.
    pub handlers: Handlers,
    /// A client past the meter.
    pub client: Client,
    /// The one that the functions have.
    metered: Client,
    // Stops when it is dropped.
    _engine: Engine,
}

/// The times of functions' invocations; clones are the same book.
#[derive(Clone, Debug, Default)]
pub struct Handlers {
    book: Arc<Mutex<Vec<Duration>>>,
}

impl Handlers {
    /// The invocations since the last time.
    pub fn take(&self) -> Vec<Duration> {
        std::mem::take(&mut *self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, took: Duration) {
        self.book.lock().unwrap_or_else(PoisonError::into_inner).push(took);
    }
}

/// A function with a stop watch.
struct Timed {
    inner: Arc<dyn Function>,
    handlers: Handlers,
}

impl Function for Timed {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'static, Result<Value, FunctionError>> {
        let (inner, handlers) = (self.inner.clone(), self.handlers.clone());
        Box::pin(async move {
            let begun = Instant::now();
            let answer = inner.invoke(invocation).await;
            handlers.add(begun.elapsed());
            answer
        })
    }
}

impl Measured {
    /// A fresh product, in tests' paused time or in real time, as its meter has it.
    pub async fn open(meter: Meter) -> Self {
        // The engine's tasks live apart, where paused time does not reach them.
        let engine = exchange(Engine::in_memory()).await.expect("the embedded engine starts");
        Self::open_on(engine, meter).await
    }

    /// The same on this engine, which has no table yet.
    pub async fn open_on(engine: Engine, meter: Meter) -> Self {
        let template = Template::parse(DEPLOYED, &parameters()).expect("it is ours");
        let client = engine.client();
        let (making, table) = (client.clone(), template.table.clone().without_stream());
        // Without its stream: nobody listens, and the engine's writes slow down with each record.
        let made = exchange(async move { table.create_if_absent(&making, TABLE).await }).await;
        made.expect("the table is made");
        let clock = clock::frozen();
        let handlers = Handlers::default();
        let config = engine.config().http_client(meter.clone());
        let backend = Backend {
            client: tsunagu_store::client::connect(config),
            clock: clock.clone(),
            environments: environments(&template),
        };
        let metered = backend.client.clone();
        let gateway = gateway(template, &backend, clock.clone(), &handlers);
        let stored = Stored::new(client.clone(), TABLE.to_owned());
        Self { gateway, clock, stored, meter, handlers, client, metered, _engine: engine }
    }

    /// The table's name.
    pub fn table(&self) -> &'static str {
        TABLE
    }

    /// What functions are made of, for one that is run past the gateway.
    pub fn app(&self) -> App {
        let store = Store::new(Table::new(self.metered.clone(), TABLE));
        let zone = "Asia/Tokyo".parse().expect("a zone");
        let settings = Settings::new(CONSOLE, zone).expect("an address");
        App::new(store, self.clock.clone(), settings)
    }
}

fn gateway(
    template: Template,
    backend: &Backend,
    clock: Arc<MovableClock>,
    handlers: &Handlers,
) -> Gateway {
    let functions = functions::all(backend).expect("the functions start");
    let timed = |(name, inner): (String, Arc<dyn Function>)| {
        let timed: Arc<dyn Function> = Arc::new(Timed { inner, handlers: handlers.clone() });
        (name, timed)
    };
    let functions = functions.into_iter().map(timed).collect();
    let guard = Guard::new(PORT, template.cors.clone(), true);
    let issuer = Issuer::in_memory(&format!("http://{}", guard.authority()));
    let issuer = issuer.expect("a key can be made");
    let parts = Parts::new(template, functions, issuer, clock, guard);
    Gateway::new(parts).expect("every function of the template is there")
}

/// The functions' environments as deployed, on this table.
fn environments(template: &Template) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut environments = BTreeMap::new();
    for (name, spec) in &template.functions {
        let mut environment = spec.environment.clone();
        if let Some(table) = environment.get_mut("TABLE_NAME") {
            TABLE.clone_into(table);
        }
        environments.insert(name.clone(), environment);
    }
    environments
}
