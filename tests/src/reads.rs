//! The log of a test, heard as a subscription of the deployment hears it.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    io,
    sync::{Arc, Once},
};

use read_audit::Report;
use serde_json::{Value, json};
use tsunagu_api::{Task, TaskError};
use tsunagu_domain::{audit::Actor, ids::AccountId, time::Clock};
use tsunagu_local::{clock::MovableClock, reads::Reads};
use tsunagu_store::{Deadline, items::AuditItem};

use crate::{Stage, product::Product};

thread_local! {
    /// Who hears what this thread logs: everything of a test runs on its thread.
    static HEARING: RefCell<Option<(Reads, Arc<MovableClock>)>> = const { RefCell::new(None) };
}

struct ToHearer;

impl io::Write for ToHearer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        HEARING.with_borrow(|hearing| {
            if let Some((reads, clock)) = hearing {
                reads.hear(&String::from_utf8_lossy(bytes), clock.now());
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Product {
    /// From now on, lines that tell of reads wait to be counted. One subscriber serves the whole
    /// process, because those that come and go with tests lose lines of each other.
    pub fn hear_reads(&self) {
        static SET_UP: Once = Once::new();
        SET_UP.call_once(|| {
            let subscriber =
                tsunagu_api::start::subscriber(|| ToHearer, "info".parse().expect("a filter"));
            tracing::subscriber::set_global_default(subscriber).expect("nobody else hears here");
        });
        let gateway = &self.world.gateway;
        HEARING.set(Some((gateway.reads().clone(), gateway.clock().clone())));
    }

    /// What waits is delivered; how many reads were counted.
    pub async fn count_reads(&self) -> u64 {
        let gateway = &self.world.gateway;
        let Some(report) = gateway.reads().deliver(gateway).await else { return 0 };
        let report: Value = report.expect("it runs");
        report["counted"].as_u64().expect("a number")
    }
}

impl Stage {
    /// A delivery of lines that tell of reads: which partner read which part of which account.
    pub fn delivery(&self, reads: &[(AccountId, AccountId, &str)]) -> Value {
        let waiting = Reads::default();
        for (partner, customer, part) in reads {
            let line = json!({"account": partner, "customer": customer, "reads": part});
            waiting.hear(&line.to_string(), self.now());
        }
        waiting.take().expect("lines wait")
    }

    /// The function counts a delivery.
    pub async fn count(&self, delivery: &Value) -> Result<Report, TaskError> {
        let event = serde_json::from_str(&delivery.to_string()).expect("an event");
        read_audit::task(self.app()).run(event, Deadline::default()).await
    }

    /// How often a partner has read a part of an account, by the account's trail.
    pub async fn reads_of(&self, customer: AccountId) -> BTreeMap<(AccountId, String), u64> {
        let items =
            self.stored.contents().await.of_kind::<AuditItem>(&format!("AUDIT#{customer}#"));
        let told = items.into_iter().filter_map(|item| {
            let Actor::Partner { account_id } = item.entry.actor else { return None };
            Some(((account_id, item.entry.target.id), item.reads?))
        });
        told.collect()
    }
}
