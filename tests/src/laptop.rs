//! A laptop with the local server and the functions' binaries, and what one does with it.

use std::{
    collections::BTreeMap,
    env, io,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use chrono::{Days, SecondsFormat};
use serde_json::{Value, json};
use tokio::{sync::oneshot, task::JoinHandle};
use tsunagu_domain::time::{Clock, Instant};
use tsunagu_local::{
    binaries::{Binaries, FOLDER},
    client::Caller,
    clock::SystemClock,
    gateway::Gateway,
    server::{Server, TABLE},
    settings::{AwsIdentity, Data, Endpoint, Settings},
};

use crate::{
    Engine, dynamodb_local,
    product::{Person, Tenant, accept},
    secrets::Secrets,
    stored::Stored,
    wire::Wire,
};

/// Names the folder of the binaries.
const BINARIES: &str = "TSUNAGU_BINARIES";

/// A running local server over binaries.
pub struct Laptop {
    /// The gateway, for what no request can ask for.
    pub gateway: Gateway,
    /// What is in the table.
    pub stored: Stored,
    /// What went over its wire and must not be in a log.
    pub secrets: Secrets,
    binaries: Binaries,
    lines: Arc<Mutex<Vec<String>>>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<io::Result<()>>,
}

/// Where the binaries are.
pub fn folder() -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    env::var_os(BINARIES).map_or_else(|| root.join(FOLDER), PathBuf::from)
}

/// How the server is to run; `None` where the engine is left out.
fn settings(engine: Engine) -> Option<Settings> {
    let endpoint = match engine {
        Engine::Embedded => None,
        Engine::DynamoDbLocal => {
            // Each access key has a database of its own there: the table's name is always the same.
            static NUMBER: AtomicUsize = AtomicUsize::new(0);
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let access_key_id = format!("e2e{}n{number}", std::process::id());
            let identity = AwsIdentity { access_key_id, ..AwsIdentity::local() };
            Some(Endpoint { url: dynamodb_local()?, loopback: true, identity })
        }
    };
    let (data, cors_origins) = (Data::Memory, Vec::new());
    Some(Settings { port: 0, data, demo: false, endpoint, cors_origins })
}

/// A server over the binaries with an empty table, whose lines go there; `None` where the engine is left
/// out.
pub async fn server(engine: Engine, lines: Arc<Mutex<Vec<String>>>) -> Option<(Server, Binaries)> {
    Some(start(&settings(engine)?, lines).await)
}

async fn start(settings: &Settings, lines: Arc<Mutex<Vec<String>>>) -> (Server, Binaries) {
    let write = move |line: &str| {
        lines.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
    };
    let binaries = Binaries::in_folder(folder(), Arc::new(write));
    let server = Server::start_binaries(settings, &binaries).await.expect("it starts");
    (server, binaries)
}

impl Laptop {
    /// A server that answers; `None` where the engine is left out.
    pub async fn start(engine: Engine) -> Option<Self> {
        Some(Self::with(&settings(engine)?).await)
    }

    /// A server that answers, with settings of one's own.
    pub async fn with(settings: &Settings) -> Self {
        let lines = Arc::default();
        let (server, binaries) = start(settings, Arc::clone(&lines)).await;
        let gateway = server.gateway().clone();
        let stored = Stored::new(server.engine().client(), TABLE.to_owned());
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(server.run(async move { drop(stopped.await) }));
        let secrets = Secrets::default();
        Self { gateway, stored, secrets, binaries, lines, stop, running }
    }

    /// Ends it; what the binaries have written.
    pub async fn stop(self) -> Vec<String> {
        self.stop.send(()).expect("it still runs");
        self.running.await.expect("it does not panic").expect("it ends well");
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many environments each function has had.
    pub fn started(&self) -> BTreeMap<String, usize> {
        self.binaries.started()
    }

    fn caller(&self) -> Caller {
        let authority = self.gateway.authority();
        let wire = Wire { address: authority.to_owned(), secrets: self.secrets.clone() };
        Caller::by(Arc::new(wire), authority)
    }

    /// Somebody without a token.
    pub fn nobody(&self) -> Person {
        self.caller().into()
    }

    /// Whoever has this token.
    pub fn bearing(&self, token: &str) -> Person {
        self.caller().bearing(token).into()
    }

    /// What makes somebody of a token, wherever it is taken.
    pub fn bearer(&self) -> Arc<dyn Fn(&str) -> Person + Send + Sync> {
        let caller = self.caller();
        Arc::new(move |token| caller.clone().bearing(token).into())
    }

    async fn signed_in(&self, wanted: Value) -> Person {
        let token = self.nobody().post("/dev/token", &wanted).await.expect(200);
        self.bearing(token["accessToken"].as_str().expect("a token"))
    }

    /// The person with this address.
    pub async fn person(&self, email: &str) -> Person {
        self.signed_in(json!({"email": email})).await
    }

    /// A machine of the vendor.
    pub async fn platform(&self) -> Person {
        let wanted = json!({"email": "vendor@example.com", "scope": "tsunagu/platform"});
        self.signed_in(wanted).await
    }

    /// Somebody registers an account.
    pub async fn register(&self, email: &str, name: &str) -> Tenant {
        let admin = self.person(email).await;
        let body = json!({"displayName": name, "country": "JP", "timeZone": "Asia/Tokyo"});
        let account = admin.post("/v1/accounts", &body).await.expect(201);
        let text = |field: &str| account[field].as_str().expect("the contract has it").to_owned();
        Tenant { id: text("accountId"), org: text("orgId"), email: email.to_owned(), admin }
    }

    /// The vendor declares a membership.
    pub async fn declare(&self, tenant: &Tenant, program: &str, status: &str) {
        let path = format!("/v1/platform/organizations/{}/programs/{program}", tenant.org);
        let answer = self.platform().await.put(&path, &json!({"status": status})).await;
        assert!(answer.status.is_success(), "{}", answer.json);
    }

    /// Somebody registers an account, and the vendor gives its organization a badge.
    pub async fn partner(&self, email: &str, name: &str, program: &str) -> Tenant {
        let partner = self.register(email, name).await;
        self.declare(&partner, program, "active").await;
        partner
    }

    /// A new connection that shares everything.
    pub async fn connect(&self, customer: &Tenant, partner: &Tenant) -> Value {
        let token = invite_token(partner).await;
        accept(customer, &token, json!({})).await.expect(201)
    }

    /// A service of the catalogue.
    pub async fn offer(&self, service: &str) {
        let body = json!({"name": {"ja": service, "en": service}, "model": "user"});
        let path = format!("/v1/platform/services/{service}");
        let answer = self.platform().await.put(&path, &body).await;
        assert!(answer.status.is_success(), "{}", answer.json);
    }

    /// What is pending of the stream is run.
    pub async fn copied(&self) {
        let counts = self.nobody().post("/dev/invoke/change-feed", &json!({})).await.expect(200);
        assert_eq!(counts["failed"], 0, "{counts}");
    }

    /// The scheduled function runs, up to the present.
    pub async fn aggregate(&self) {
        let event = json!({"scheduledTime": text(now())});
        self.nobody().post("/dev/invoke/usage-aggregation", &event).await.expect(200);
    }
}

/// The secret of the partner's invite link.
pub async fn invite_token(partner: &Tenant) -> String {
    let link = partner.admin.get(&partner.at("/invite-link")).await.expect(200);
    link["token"].as_str().expect("a token").to_owned()
}

/// The present.
pub fn now() -> Instant {
    SystemClock.now()
}

/// An instant as the contract writes it.
pub fn text(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The day so many days from now, far enough from midnight's whims.
pub fn in_days(days: i64) -> String {
    let today = now().date_naive();
    let step = Days::new(days.unsigned_abs());
    let day = if days < 0 { today.checked_sub_days(step) } else { today.checked_add_days(step) };
    day.expect("a day").to_string()
}
