//! Requests as a good client makes them: again, under the same idempotency key, until the answer is
//! definite.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use http::Method;
use serde_json::Value;
use tokio::time::sleep;
use tsunagu_tests::product::Person;

use crate::{dice::Dice, report::Tally};

pub(crate) const LOST_ON_THE_WAY: &str = "answers lost on the way to a client";
/// The gateway says so of a call whose environment ended.
pub(crate) const DIED: &str = "requests that ended with their environment";
/// Of a thousand answers, how many a client does not get: its own connection broke.
const LOST: u32 = 15;
/// A good client's patience: far longer than any fault lasts.
const PATIENCE: Duration = Duration::from_secs(90);

/// What everybody knows of the weather.
#[derive(Clone, Default)]
pub(crate) struct Weather {
    /// Whether faults are on.
    pub(crate) stormy: Arc<AtomicBool>,
    /// How often the database has been stopped.
    pub(crate) stops: Arc<AtomicU64>,
}

impl Weather {
    fn is_stormy(&self) -> bool {
        self.stormy.load(Ordering::Relaxed)
    }

    fn stops(&self) -> u64 {
        self.stops.load(Ordering::Relaxed)
    }
}

/// Somebody who asks.
#[derive(Clone)]
pub(crate) struct Asker {
    pub(crate) tally: Tally,
    pub(crate) dice: Dice,
    pub(crate) weather: Weather,
}

/// What was answered.
pub(crate) struct Told {
    /// The status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) json: Value,
    /// Whether it may have been done before this answer: it was asked more than once, or the database
    /// was stopped meanwhile, so that the store's own attempts could not know of each other.
    unsure: bool,
    what: String,
    tally: Tally,
}

/// A request.
pub(crate) struct Request<'r> {
    /// What it is counted as.
    pub(crate) kind: &'static str,
    pub(crate) method: Method,
    pub(crate) path: &'r str,
    pub(crate) body: Option<&'r Value>,
}

impl Asker {
    pub(crate) async fn get(&self, kind: &'static str, who: &Person, path: &str) -> Told {
        self.ask(who, Request { kind, method: Method::GET, path, body: None }).await
    }

    pub(crate) async fn post(
        &self,
        kind: &'static str,
        who: &Person,
        path: &str,
        body: &Value,
    ) -> Told {
        self.ask(who, Request { kind, method: Method::POST, path, body: Some(body) }).await
    }

    pub(crate) async fn put(
        &self,
        kind: &'static str,
        who: &Person,
        path: &str,
        body: &Value,
    ) -> Told {
        self.ask(who, Request { kind, method: Method::PUT, path, body: Some(body) }).await
    }

    pub(crate) async fn patch(
        &self,
        kind: &'static str,
        who: &Person,
        path: &str,
        body: &Value,
    ) -> Told {
        self.ask(who, Request { kind, method: Method::PATCH, path, body: Some(body) }).await
    }

    pub(crate) async fn delete(&self, kind: &'static str, who: &Person, path: &str) -> Told {
        self.ask(who, Request { kind, method: Method::DELETE, path, body: None }).await
    }

    /// Asks until the answer is definite.
    pub(crate) async fn ask(&self, who: &Person, request: Request<'_>) -> Told {
        let key =
            format!("{:08x}{:08x}", self.dice.number(0..u32::MAX), self.dice.number(0..u32::MAX));
        let who = if request.method == Method::POST {
            who.with("idempotency-key", &key)
        } else {
            who.clone()
        };
        let Request { kind, method, path, body } = request;
        let what = format!("{method} {path}");
        let (begun, stops) = (Instant::now(), self.weather.stops());
        let mut tries = 0;
        loop {
            let stormy = self.weather.is_stormy();
            let answer = who.send(method.clone(), path, body).await;
            tries += 1;
            let status = answer.status.as_u16();
            self.tally.answered(kind, shown(status, &answer.json));
            if let Some(wrong) = unexcused(status, &answer.json, stormy) {
                self.tally.wrong(format!("{what}: {wrong}: {status} {}", answer.json));
            }
            if stormy && status == 500 {
                self.tally.fault(DIED);
            }
            let lost = stormy && self.dice.chance(LOST);
            if lost {
                self.tally.fault(LOST_ON_THE_WAY);
            }
            let too_late = begun.elapsed() > PATIENCE;
            if too_late {
                self.tally.wrong(format!("{what}: no definite answer in {PATIENCE:?}"));
            }
            if too_late || (status < 500 && status != 429 && !lost) {
                self.tally.definite(stormy, tries, begun.elapsed());
                let unsure = tries > 1 || self.weather.stops() != stops;
                let (json, tally) = (answer.json, self.tally.clone());
                return Told { status, json, unsure, what, tally };
            }
            let most = 100 * tries.min(10);
            sleep(self.dice.millis(20..most + 50)).await;
        }
    }
}

/// What no fault between the functions and the database excuses: that a function does not know what to
/// do; and any failure at all where no fault is on.
fn unexcused(status: u16, json: &Value, stormy: bool) -> Option<&'static str> {
    match (status, json["code"].as_str()) {
        (500, Some(_)) | (_, Some("internal")) => Some("a function fails by itself"),
        (429 | 500.., _) if !stormy => Some("it fails without any fault"),
        _ => None,
    }
}

/// A status as the report has it: who says it is told where it is no success.
fn shown(status: u16, json: &Value) -> String {
    match (json["code"].as_str(), json["message"].as_str()) {
        (Some(code), _) if status >= 400 => format!("{status} {code}"),
        (_, Some(message)) if status >= 400 => format!("{status} {message} (gateway)"),
        _ => status.to_string(),
    }
}

impl Told {
    /// Whether it may have been done before this answer.
    pub(crate) fn is_unsure(&self) -> bool {
        self.unsure
    }

    /// The body, where the answer is one of these; anything else is wrong.
    pub(crate) fn expect(self, expected: &[u16]) -> Option<Value> {
        self.expect_or(expected, &[])
    }

    /// The same, where further answers are right if it may have been done before.
    pub(crate) fn expect_or(self, expected: &[u16], again: &[u16]) -> Option<Value> {
        let fits = expected.contains(&self.status) || (self.unsure && again.contains(&self.status));
        if !fits {
            let Self { what, status, json, unsure, .. } = &self;
            let text = format!("{what}: {status} and not {expected:?} (unsure: {unsure}): {json}");
            self.tally.wrong(text);
        }
        fits.then_some(self.json)
    }
}

#[test]
fn given_a_failure_then_only_the_storm_and_never_a_function_of_its_own_is_excused() {
    let own = serde_json::json!({"code": "internal", "status": 500});
    let unavailable = serde_json::json!({"code": "unavailable", "status": 503});
    let gateway = serde_json::json!({"message": "Internal Server Error"});
    assert!(unexcused(500, &own, true).is_some());
    for (status, json) in [(503, &unavailable), (500, &gateway), (429, &gateway)] {
        assert!(unexcused(status, json, true).is_none(), "{status} {json}");
        assert!(unexcused(status, json, false).is_some(), "{status} {json}");
    }
    assert!(unexcused(404, &Value::Null, false).is_none());
}
