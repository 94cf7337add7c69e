//! What is done to the product while it is used.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use aws_sdk_dynamodbstreams::Client;
use serde_json::{Value, json};
use tokio::{process::Command, sync::Mutex, time::sleep};
use tsunagu_local::{
    gateway::Gateway,
    stream::{Position, Reader, StreamError},
};
use tsunagu_tests::world::is_handed_over;

use crate::{
    asking::{self, Weather},
    database::Database,
    dice::Dice,
    proxy::{self, Proxy},
    report::Tally,
};

const KILLED: &str = "database killed and started on its data";
const OUT_OF_REACH: &str = "database out of reach";
const ENDED: &str = "environments killed";
const ENDED_BEHIND: &str = "environments killed, behind stream or schedule";
const AGAIN: &str = "stream records delivered again";

/// What has to have happened, and within how many seconds once at least.
const FLOORS: [(&str, u64); 12] = [
    (KILLED, 90),
    (OUT_OF_REACH, 90),
    (proxy::REFUSED, 30),
    (proxy::CUT_OFF, 30),
    (proxy::CUT_BEFORE, 5),
    (proxy::DROPPED_AFTER, 2),
    (proxy::DELAYED, 2),
    (ENDED, 4),
    (ENDED_BEHIND, 90),
    (AGAIN, 1),
    (asking::LOST_ON_THE_WAY, 15),
    (asking::DIED, 180),
];

/// Once at least, however short a run is; but what is as seldom as that, in runs that are long enough.
fn floor(time: Duration, seconds: u64) -> u64 {
    let least = u64::from(seconds <= 90);
    (time.as_secs() / seconds).max(least)
}

/// What has not happened as often as it has to in this time: a run without harm proves nothing.
pub(crate) fn missing(tally: &Tally, time: Duration) -> Vec<String> {
    let few = FLOORS.into_iter().filter_map(|(fault, seconds)| {
        let (times, floor) = (tally.times(fault), floor(time, seconds));
        let text = format!("harm: {fault}: {times} times and not {floor} at least");
        (times < floor).then_some(text)
    });
    few.collect()
}

/// Everything that can be harmed.
#[derive(Clone)]
pub(crate) struct Chaos {
    pub(crate) database: Arc<Mutex<Database>>,
    pub(crate) proxy: Proxy,
    pub(crate) gateway: Gateway,
    pub(crate) weather: Weather,
    pub(crate) dice: Dice,
    pub(crate) tally: Tally,
}

impl Chaos {
    /// Faults are on.
    pub(crate) fn begin(&self) {
        self.weather.stormy.store(true, Ordering::Relaxed);
        self.proxy.set_harmful(true);
    }

    /// Everything is well again.
    pub(crate) async fn end(&self) {
        let mut database = self.database.lock().await;
        if database.address().is_none() {
            database.run().await;
        }
        self.proxy.set_harmful(false);
        self.proxy.leads_to(database.address());
        self.weather.stormy.store(false, Ordering::Relaxed);
    }

    /// Stops and starts the database, over and over.
    pub(crate) async fn stop_database(self) {
        // Soon the first time, and the first two in turn: so a short run has both.
        let mut wait = 2_000..5_000;
        for number in 0.. {
            sleep(self.dice.millis(wait)).await;
            wait = 6_000..15_000;
            let mut database = self.database.lock().await;
            self.weather.stops.fetch_add(1, Ordering::Relaxed);
            self.proxy.leads_to(None);
            if number == 0 || (number > 1 && self.dice.chance(600)) {
                self.tally.fault(KILLED);
                database.kill().await;
                sleep(self.dice.millis(0..2_500)).await;
                database.run().await;
            } else {
                self.tally.fault(OUT_OF_REACH);
                sleep(self.dice.millis(200..4_000)).await;
            }
            self.proxy.leads_to(database.address());
        }
    }

    /// Kills environments, over and over: whichever it hits, busy or idle.
    pub(crate) async fn kill_environments(self) {
        loop {
            sleep(self.dice.millis(300..1_800)).await;
            let running = environments().await.expect("the system has a ps");
            // Those that no request waits for are few, and have their share.
            let behind: Vec<_> = running.iter().filter(|(_, name)| is_behind(name)).collect();
            let of_these = !behind.is_empty() && self.dice.chance(250);
            let picked =
                if of_these { self.dice.pick(&behind).copied() } else { self.dice.pick(&running) };
            let Some((pid, name)) = picked else { continue };
            let killed = Command::new("kill").args(["-KILL", pid]).status().await;
            // One that has ended by itself meanwhile is not killed.
            if killed.expect("the system has a kill").success() {
                self.tally.fault(ENDED);
                if is_behind(name) {
                    self.tally.fault(ENDED_BEHIND);
                }
            }
        }
    }

    /// Hands records of the stream over once more, over and over: some at once, some much later, and
    /// not in their order.
    pub(crate) async fn deliver_again(self, streams: Client, table: &'static str) {
        let mut past = Past { streams, table, place: None, records: Vec::new() };
        loop {
            sleep(self.dice.millis(100..600)).await;
            // The way is as bad for this reader as for all: what it did not read, it reads next time.
            let _ = past.read_on().await;
            let again = self.some_of(&past.records);
            if again.is_empty() {
                continue;
            }
            let count = again.len() as u64;
            let event = json!({ "Records": again });
            if let Some(Ok(_)) = self.gateway.invoke("change-feed", event).await {
                self.tally.faults(AGAIN, count);
            }
        }
    }

    /// A run of records that lies anywhere, or the newest.
    fn some_of(&self, past: &[Value]) -> Vec<Value> {
        let Ok(known @ 1..) = u32::try_from(past.len()) else { return Vec::new() };
        let count = self.dice.number(1..60).min(known);
        let last = known - count;
        let first = if self.dice.chance(500) { last } else { self.dice.number(0..last + 1) };
        let mut some = past[first as usize..(first + count) as usize].to_vec();
        if self.dice.chance(300) {
            some.reverse();
        }
        some
    }
}

/// All records of the stream that its function is handed.
struct Past {
    streams: Client,
    table: &'static str,
    place: Option<Position>,
    records: Vec<Value>,
}

impl Past {
    async fn read_on(&mut self) -> Result<(), StreamError> {
        let opened = Reader::open(self.streams.clone(), self.table, self.place.clone()).await;
        let page = opened?.next().await?;
        self.records.extend(page.records.into_iter().filter(is_handed_over));
        self.place = Some(page.position);
        Ok(())
    }
}

/// Whether a function works behind the stream or the schedule.
fn is_behind(function: &str) -> bool {
    function == "change-feed" || function == "usage-aggregation"
}

/// The environments of functions: children of this process, and no other.
async fn environments() -> std::io::Result<Vec<(String, String)>> {
    let listing = Command::new("ps").args(["-A", "-o", "pid=,ppid=,args="]).output().await?;
    let own = std::process::id().to_string();
    let listing = String::from_utf8_lossy(&listing.stdout).into_owned();
    let environment = |line: &str| {
        let mut parts = line.split_whitespace();
        let (pid, parent, program) = (parts.next()?, parts.next()?, parts.next()?);
        let name = program.strip_suffix("/bootstrap")?.rsplit('/').next()?;
        (parent == own).then(|| (pid.to_owned(), name.to_owned()))
    };
    Ok(listing.lines().filter_map(environment).collect())
}

/// How long the scheduled function waits for its next start.
pub(crate) const BETWEEN_RUNS: Duration = Duration::from_secs(4);
