//! Resilience under load: many use the product at once while the database is killed and started again,
//! its answers come late or never, environments are killed, and records of the stream are delivered
//! twice. Afterwards nothing is lost, doubled, orphaned or shown to whom it must not be.
//!
//! `make soak` builds the functions' binaries first. `SOAK_SECONDS` says for how long each engine is
//! tried, and `SOAK_SEED` throws the same dice again.

mod acknowledged;
mod asking;
mod chaos;
mod client;
mod database;
mod dice;
mod dismissals;
mod ledger;
mod proxy;
mod report;
mod settle;
mod shown;
mod stage;

use std::{
    collections::BTreeMap,
    env,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::future::join_all;
use rstest::rstest;
use serde_json::json;
use tempfile::TempDir;
use tokio::{
    sync::Mutex,
    task::{JoinError, JoinHandle},
    time::sleep,
};
use tsunagu_local::{
    engine::Engine as LocalEngine,
    server::TABLE,
    settings::{AwsIdentity, Data, Endpoint, Settings},
};
use tsunagu_tests::{
    Engine, Stored, invariants,
    laptop::{Laptop, now, text},
    secrets::wrong_in_log,
};

use acknowledged::Acknowledged;
use asking::{Asker, Weather};
use chaos::{BETWEEN_RUNS, Chaos};
use client::Client;
use database::Database;
use dice::Dice;
use proxy::Proxy;
use report::{Report, Tally};
use stage::Stage;

/// How many clients work at once.
const CLIENTS: usize = 6;
/// How many partners all of them share.
const PARTNERS: usize = 3;
/// For how long where nothing else is said.
const SECONDS: u64 = 180;

fn number(name: &str) -> Option<u64> {
    let value = env::var(name).ok().filter(|value| !value.is_empty())?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name}={value} is no number")))
}

/// One of its own where none is given.
fn seed() -> u64 {
    number("SOAK_SEED").unwrap_or_else(|| u64::from(rand::random::<u32>()))
}

/// Everything that runs.
struct Soak {
    engine: Engine,
    seed: u64,
    tally: Tally,
    weather: Weather,
    database: Arc<Mutex<Database>>,
    proxy: Proxy,
    laptop: Laptop,
    data: TempDir,
}

/// Rules of which nobody here makes anything: sign-in at a workspace asks a directory, of which there is
/// none.
const UNSEEN: [&str; 1] = ["session"];

/// Rules that nothing was looked at by, and that are no exception.
fn missing(checked: &BTreeMap<&'static str, usize>) -> Vec<String> {
    let rules = invariants::RULES.map(|(rule, _)| rule).into_iter();
    let missing = rules.filter(|rule| !checked.contains_key(rule) && !UNSEEN.contains(rule));
    missing.map(|rule| format!("looks: {rule} had nothing to look at")).collect()
}

// One after the other: each has both processors to itself.
static TURN: Mutex<()> = Mutex::const_new(());

#[rstest]
#[case::embedded(Engine::Embedded)]
#[case::dynamodb_local(Engine::DynamoDbLocal)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn given_load_and_faults_when_all_is_well_again_then_every_rule_holds(
    #[case] engine: Engine,
) {
    let _turn = TURN.lock().await;
    let Some(soak) = Soak::open(engine).await else { return };
    soak.run(Duration::from_secs(number("SOAK_SECONDS").unwrap_or(SECONDS))).await;
}

impl Soak {
    async fn open(engine: Engine) -> Option<Self> {
        let (seed, tally) = (seed(), Tally::default());
        eprintln!("soak: {engine:?}, SOAK_SEED={seed}");
        let database = Database::start(engine).await?;
        let proxy = Proxy::start(Dice::of(seed, 1), tally.clone()).await.expect("it listens");
        proxy.leads_to(database.address());
        let data = tempfile::tempdir().expect("a folder can be had");
        let settings = Settings {
            port: 0,
            data: Data::Folder(data.path().to_owned()),
            demo: false,
            endpoint: Some(Endpoint {
                url: proxy.url(),
                loopback: true,
                identity: AwsIdentity::local(),
            }),
            cors_origins: Vec::new(),
        };
        let laptop = Laptop::with(&settings).await;
        let (database, weather) = (Arc::new(Mutex::new(database)), Weather::default());
        Some(Self { engine, seed, tally, weather, database, proxy, laptop, data })
    }

    async fn run(self, time: Duration) {
        let stage = Arc::new(Stage::set(&self.laptop, PARTNERS).await);
        let chaos = self.chaos();
        chaos.begin();
        let begun = Instant::now();
        let harm = self.harm(&chaos);
        let clients = self.work(&stage, begun + time).await;
        harm.iter().for_each(JoinHandle::abort);
        // What they were at is over before anything is healed.
        for ended in join_all(harm).await {
            let is_cancelled = ended.as_ref().is_err_and(JoinError::is_cancelled);
            assert!(is_cancelled, "whatever does harm goes on to the end: {ended:?}");
        }
        let time = begun.elapsed();
        chaos.end().await;
        let healed = Instant::now();
        let stored = self.stored().await;
        settle::settle(&self.laptop, self.data.path(), &stored, &self.tally).await;
        let settled = healed.elapsed();
        let mut report = self.check(&stage, &clients, &stored, (time, settled)).await;
        let secrets = self.laptop.secrets.clone();
        let lines = self.laptop.stop().await;
        let unseen = missing(&report.checked).into_iter();
        let unharmed = chaos::missing(&self.tally, time);
        let logged = wrong_in_log(&lines, &secrets);
        for wrong in unseen.chain(unharmed).chain(logged) {
            self.tally.wrong(wrong);
        }
        report.checked.insert("log", lines.len() * secrets.count());
        eprintln!("{report}");
        let wrong = self.tally.all_wrong();
        assert!(wrong.is_empty(), "violations: {}", wrong.len());
    }

    fn chaos(&self) -> Chaos {
        Chaos {
            database: Arc::clone(&self.database),
            proxy: self.proxy.clone(),
            gateway: self.laptop.gateway.clone(),
            weather: self.weather.clone(),
            dice: Dice::of(self.seed, 2),
            tally: self.tally.clone(),
        }
    }

    /// Everything that goes wrong, and the schedule that goes on all the same.
    fn harm(&self, chaos: &Chaos) -> Vec<JoinHandle<()>> {
        let streams = LocalEngine::elsewhere(&self.proxy.url(), AwsIdentity::local()).streams();
        let (gateway, tally) = (self.laptop.gateway.clone(), self.tally.clone());
        vec![
            tokio::spawn(chaos.clone().stop_database()),
            tokio::spawn(chaos.clone().kill_environments()),
            tokio::spawn(chaos.clone().deliver_again(streams, TABLE)),
            tokio::spawn(async move {
                loop {
                    sleep(BETWEEN_RUNS).await;
                    let event = json!({"scheduledTime": text(now())});
                    let told = gateway.invoke("usage-aggregation", event).await;
                    // What fails is gone on with by the next one.
                    let told = matches!(told, Some(Ok(_)));
                    let answer = if told { "run done" } else { "run ended by a fault" };
                    tally.answered("usage-aggregation", answer.to_owned());
                }
            }),
        ]
    }

    async fn work(&self, stage: &Arc<Stage>, until: Instant) -> Vec<Client> {
        let clients = (0..CLIENTS).map(|number| {
            let dice = Dice::of(self.seed, 100 + number as u64);
            let (tally, weather) = (self.tally.clone(), self.weather.clone());
            let bearing = self.laptop.bearer();
            let asker = Asker { tally, dice, weather };
            Client::new(number, asker, Arc::clone(stage), bearing).work(until)
        });
        join_all(clients).await
    }

    async fn stored(&self) -> Stored {
        self.database.lock().await.stored(TABLE, AwsIdentity::local())
    }

    /// Holds the table and the API against the rules and the ledgers.
    async fn check(
        &self,
        stage: &Stage,
        clients: &[Client],
        stored: &Stored,
        (time, settled): (Duration, Duration),
    ) -> Report {
        let contents = stored.contents().await;
        let found = invariants::check(&contents);
        let mut checked = found.checked;
        found.violations.iter().for_each(|violation| self.tally.wrong(violation.to_string()));
        let mut acknowledged =
            Acknowledged { contents: &contents, stage, clients, wrong: Vec::new(), looks: 0 };
        acknowledged.check();
        checked.insert("ledger", acknowledged.looks);
        acknowledged.wrong.into_iter().for_each(|wrong| self.tally.wrong(wrong));
        for client in clients {
            client.check_shown(&contents).await;
        }
        let (engine, seed, tally, items) =
            (self.engine, self.seed, self.tally.clone(), contents.items.len());
        Report { engine, seed, clients: CLIENTS, time, settled, tally, items, checked }
    }
}
