//! The whole product behind its gateway, over a table of a test's own.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock},
};

use bytes::Bytes;
use chrono::TimeDelta;
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;
use tokio::sync::Mutex;
use tsunagu_domain::time::{Clock, Instant};
use tsunagu_local::{
    client::{Answer, Caller},
    clock::MovableClock,
    functions,
    gateway::{Gateway, Parts},
    guard::Guard,
    issuer::Issuer,
    server::{Backend, Functions},
    template::{DEPLOYED, Template},
};

use crate::{
    clock,
    engine::{Database, Engine},
    faults::Faults,
    stored::Stored,
};

/// Where people see the console: what invite links lead to.
pub const CONSOLE: &str = "https://console.example";
/// The port that requests name; nobody listens on it.
const PORT: u16 = 3000;

/// The deployment, read once.
static TEMPLATE: LazyLock<Template> =
    LazyLock::new(|| Template::parse(DEPLOYED, &parameters()).expect("the template is ours"));

/// What is a decision of the deployment: directories are on this machine, and who is refused does not
/// wait, as time stands still in tests.
pub fn parameters() -> BTreeMap<String, String> {
    let parameters = [
        ("ConsoleUrl", CONSOLE),
        ("DirectoryNetworks", "loopback"),
        ("DirectoryKeyArn", "local:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ("SignInFloorMs", "0"),
    ];
    parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// Whether the function of the stream is handed a record, as the template filters them.
pub fn is_handed_over(record: &Value) -> bool {
    let source = TEMPLATE.functions["change-feed"].stream.as_ref();
    source.expect("the stream starts it").wants(record)
}

/// The product behind its gateway, with a database that things can go wrong with.
pub struct World {
    /// The gateway, for what [`World::call`] cannot say.
    pub gateway: Gateway,
    /// The clock that functions see; it stands still.
    pub clock: Arc<MovableClock>,
    /// The table.
    pub database: Database,
    /// What is in the table.
    pub stored: Stored,
    tokens: Mutex<HashMap<String, String>>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; `null` where it is none.
    pub json: Value,
    /// The body as it is.
    pub body: Bytes,
}

impl From<Answer> for Response {
    fn from(answer: Answer) -> Self {
        let json = answer.json();
        Self { status: answer.status, headers: answer.headers, json, body: answer.body }
    }
}

impl Response {
    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A problem's code.
    pub fn code(&self) -> Option<&str> {
        self.json["code"].as_str()
    }

    /// The body of an answer that has to have this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.json);
        self.json
    }
}

impl World {
    /// The world of all functions; `None` where the engine is left out.
    pub async fn open(engine: Engine) -> Option<Self> {
        Self::open_with(engine, functions::all).await
    }

    /// A world of these functions; `None` where the engine is left out.
    ///
    /// Functions see the database by way of the faults, so that it can be stopped in mid-request.
    pub async fn open_with(
        engine: Engine,
        provide: impl FnOnce(&Backend) -> Result<Functions, String>,
    ) -> Option<Self> {
        Some(Self::over(engine.open().await?, TEMPLATE.clone(), provide))
    }

    /// The world of all functions, whose table has its stream; `None` where the engine is left out.
    pub async fn open_with_stream(engine: Engine) -> Option<Self> {
        Some(Self::over(engine.open_with_stream().await?, TEMPLATE.clone(), functions::all))
    }

    /// The world of all functions, some of whose parameters are decided otherwise; `None` where the engine
    /// is left out.
    pub async fn open_where(engine: Engine, decided: &[(&str, &str)]) -> Option<Self> {
        let mut parameters = parameters();
        parameters.extend(decided.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        let template = Template::parse(DEPLOYED, &parameters).expect("the template is ours");
        Some(Self::over(engine.open().await?, template, functions::all))
    }

    fn over(
        database: Database,
        template: Template,
        provide: impl FnOnce(&Backend) -> Result<Functions, String>,
    ) -> Self {
        let clock = clock::frozen();
        let backend = Backend {
            client: database.client(),
            clock: clock.clone(),
            environments: environments(&template, database.table()),
        };
        let functions = provide(&backend).expect("the functions start");
        let guard = Guard::new(PORT, template.cors.clone(), true);
        let issuer = Issuer::in_memory(&format!("http://{}", guard.authority()));
        let issuer = issuer.expect("a key can be made");
        let parts = Parts::new(template, functions, issuer, clock.clone(), guard);
        let gateway = Gateway::new(parts).expect("every function of the template is there");
        let stored = database.stored();
        Self { gateway, clock, database, stored, tokens: Mutex::default() }
    }

    /// What the functions' clock shows.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Moves the functions' clock on.
    pub fn wait(&self, step: TimeDelta) {
        clock::advance(&self.clock, step);
    }

    /// What goes wrong with the database.
    pub fn faults(&self) -> &Faults {
        &self.database.faults
    }

    /// The access token of a person, e-mail verified; the same one for the whole test.
    pub async fn person(&self, email: &str) -> String {
        let mut tokens = self.tokens.lock().await;
        if let Some(token) = tokens.get(email) {
            return token.clone();
        }
        let token = self.gateway.person_token(email).await.expect("a person signs in");
        tokens.insert(email.to_owned(), token.clone());
        token
    }

    /// An access token of the vendor's machines.
    pub fn platform(&self) -> String {
        self.gateway.platform_token().expect("a machine signs in")
    }

    /// A caller with any headers, for what [`World::call`] cannot say.
    pub fn caller(&self, token: Option<&str>) -> Caller {
        let nobody = Caller::nobody(&self.gateway);
        match token {
            Some(token) => nobody.bearing(token),
            None => nobody,
        }
    }

    /// One request through the gateway; `token` as `Authorization: Bearer`.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Response {
        self.caller(token).send(method, path, body).await.into()
    }
}

/// The functions' environments as deployed, on the test's own table.
pub fn environments(
    template: &Template,
    table: &str,
) -> BTreeMap<String, BTreeMap<String, String>> {
    let environment = |(name, spec): (&String, &tsunagu_local::template::FunctionSpec)| {
        let mut environment = spec.environment.clone();
        if let Some(name) = environment.get_mut("TABLE_NAME") {
            table.clone_into(name);
        }
        (name.clone(), environment)
    };
    template.functions.iter().map(environment).collect()
}
