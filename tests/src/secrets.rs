//! What a log must not tell: the secrets and people that went over a wire, and how a log is searched.
//!
//! Whoever calls through [`Wire`](crate::wire::Wire) need not list what it used: bearer tokens, links,
//! sessions, keys, tickets, passwords and the ids of users are picked out of what goes to and fro.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use http::{Request, Response, header::AUTHORIZATION};
use serde_json::Value;

/// Fields of answers that open something: links, tokens of sign-in and of sessions, keys of locations.
const OPENING: [&str; 4] = ["token", "accessToken", "sessionToken", "key"];
/// Fields of requests that are secret, or name people and what they hold.
const SENT: [&str; 5] = ["password", "bindPassword", "ticket", "userId", "deviceId"];
/// Where the secret of a link stands in a path.
const INVITATIONS: &str = "/v1/invitations/";
/// What is shorter may stand in a line by chance.
const SHORTEST: usize = 6;

/// The secrets that were used. Clones are the same ones.
#[derive(Clone, Default)]
pub struct Secrets(Arc<Mutex<BTreeSet<String>>>);

impl Secrets {
    fn known(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more.
    pub fn add(&self, secret: &str) {
        if secret.len() >= SHORTEST {
            self.known().insert(secret.to_owned());
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.known().len()
    }

    /// Picks what is secret out of a request.
    pub fn sent(&self, request: &Request<Bytes>) {
        let bearer = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        if let Some(token) = bearer.and_then(|value| value.strip_prefix("Bearer ")) {
            self.add(token);
        }
        if let Some(rest) = request.uri().path().strip_prefix(INVITATIONS) {
            self.add(rest.split('/').next().unwrap_or_default());
        }
        self.pick(request.body(), &SENT);
    }

    /// Picks what opens something out of an answer.
    pub fn told(&self, answer: &Response<Bytes>) {
        self.pick(answer.body(), &OPENING);
    }

    fn pick(&self, body: &[u8], fields: &[&str]) {
        let Ok(body) = serde_json::from_slice::<Value>(body) else { return };
        let mut left = vec![&body];
        while let Some(value) = left.pop() {
            match value {
                Value::Array(items) => left.extend(items),
                Value::Object(object) => {
                    for (name, value) in object {
                        match value.as_str() {
                            Some(text) if fields.contains(&name.as_str()) => self.add(text),
                            Some(url) => self.ticket(url),
                            None => left.push(value),
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// A launch's address carries its ticket.
    fn ticket(&self, url: &str) {
        if let Some((_, ticket)) = url.split_once("ticket=") {
            self.add(ticket);
        }
    }

    /// Which of them a log tells.
    pub fn in_log(&self, log: &str) -> Vec<String> {
        self.known().iter().filter(|secret| log.contains(secret.as_str())).cloned().collect()
    }
}

/// What is wrong with the lines that functions have written: a panic, an answer that nobody meant to
/// give, or a secret.
pub fn wrong_in_log(lines: &[String], secrets: &Secrets) -> Vec<String> {
    let is_bad = |line: &&String| line.contains("panicked") || line.contains(r#""status":500"#);
    let bad = lines.iter().filter(is_bad).map(|line| format!("log: {line}"));
    let told = secrets.in_log(&lines.join("\n"));
    let told = told.into_iter().map(|secret| format!("log: P13, T17: it tells {secret:?}"));
    bad.chain(told).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn given_what_went_over_the_wire_then_its_secrets_are_found_in_a_log() {
        let secrets = Secrets::default();
        let body = json!({"events": [{"userId": "user-17"}], "name": "harmless"}).to_string();
        let request = Request::post("/v1/invitations/of-the-link/accept")
            .header("authorization", "Bearer of-somebody")
            .body(body.into())
            .expect("a request");
        secrets.sent(&request);
        let body = json!({"url": "https://a.example/?ticket=of-a-launch", "key": "of-a-location"});
        secrets.told(&Response::new(body.to_string().into()));
        for secret in ["of-the-link", "of-somebody", "user-17", "of-a-launch", "of-a-location"] {
            let lines = [format!(r#"{{"message":"with {secret}"}}"#)];
            assert_eq!(wrong_in_log(&lines, &secrets).len(), 1, "{secret}");
        }
        let lines = [r#"{"route":"/v1/invitations/{token}/accept","status":503}"#.to_owned()];
        assert_eq!(wrong_in_log(&lines, &secrets), [] as [String; 0]);
        for bad in ["thread 'main' panicked at", r#"{"status":500}"#] {
            assert_eq!(wrong_in_log(&[bad.to_owned()], &secrets).len(), 1, "{bad}");
        }
    }
}
