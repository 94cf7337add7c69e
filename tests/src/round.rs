//! One round through the whole product: every route, each with the requests that tell its cost.
//!
//! A round makes a partner and a customer of its own, so that rounds can follow one another on one
//! table. Whoever walks with it sees each request and its answer.

mod accounts;
mod audit;
mod connections;
mod federation;
mod feeds;
mod licenses;
mod steps;
mod tickets;
mod vendor;
mod workspaces;

use std::time::Duration;

use chrono::TimeDelta;
use tsunagu_domain::{
    ids::{AccountId, OrgId},
    time::Clock,
};
use tsunagu_local::{client::Caller, gateway::Gateway};

use crate::{measured::Measured, stored::Stored};

pub use steps::{Asked, Request, Watch};
pub use workspaces::{Rooms, TEST};

/// What a round calls the scheduled function, which has no route.
pub const SCHEDULED: &str = "usage-aggregation";
/// What it calls the function that the table's stream starts.
pub const STREAM: &str = "change-feed";
/// What it calls the function that counts reads, which the log drives.
pub const READS: &str = "read-audit";
/// The functions that no request starts.
pub const STARTED_BY_EVENTS: [&str; 3] = [SCHEDULED, STREAM, READS];

/// The places of a round.
struct Parties {
    partner: AccountId,
    partner_org: OrgId,
    partner_admin: Caller,
    customer: String,
    customer_admin: Caller,
    vendor: Caller,
}

/// A walk through all routes.
pub struct Round<'w, W> {
    gateway: &'w Gateway,
    stored: &'w Stored,
    watch: &'w mut W,
    number: u32,
}

impl<'w, W: Watch> Round<'w, W> {
    /// The round of this number; each number may be walked once on one table.
    pub fn new(product: &'w Measured, watch: &'w mut W, number: u32) -> Self {
        Self::over(&product.gateway, &product.stored, watch, number)
    }

    /// The same of any product: by its gateway, and past it by its table.
    pub fn over(gateway: &'w Gateway, stored: &'w Stored, watch: &'w mut W, number: u32) -> Self {
        Self { gateway, stored, watch, number }
    }

    /// Walks through all routes.
    pub async fn walk(mut self) {
        let parties = self.parties().await;
        self.vendor(&parties).await;
        self.accounts(&parties).await;
        self.administrators(&parties).await;
        self.invitation(&parties).await;
        self.licenses(&parties).await;
        self.tickets(&parties).await;
        self.federation(&parties).await;
        self.feeds(&parties).await;
        self.workspaces(&parties).await;
        self.both_sides(&parties).await;
        self.notifications(&parties).await;
        self.audit(&parties).await;
        self.ends(&parties).await;
        self.suspension(&parties).await;
    }

    /// The partner as the vendor provisions it, and a customer that registers.
    async fn parties(&mut self) -> Parties {
        let vendor = Caller::platform(self.gateway).expect("a machine signs in");
        let vendor = self.speaking(vendor);
        let now = self.gateway.clock().now();
        let (partner, partner_org) = (AccountId::mint(now), OrgId::mint(now));
        let partner_admin = self.person("partner").await;
        self.provision(&vendor, partner, partner_org).await;
        let customer_admin = self.person("customer").await;
        let customer = self.register(&customer_admin).await;
        Parties { partner, partner_org, partner_admin, customer, customer_admin, vendor }
    }

    /// Somebody of this round.
    async fn person(&self, role: &str) -> Caller {
        let caller = Caller::person(self.gateway, &self.address(role)).await;
        self.speaking(caller.expect("a person signs in"))
    }

    fn nobody(&self) -> Caller {
        self.speaking(Caller::nobody(self.gateway))
    }

    fn address(&self, role: &str) -> String {
        format!("{role}-{:05}@example.com", self.number)
    }

    /// Odd rounds are walked in Japanese.
    fn speaking(&self, caller: Caller) -> Caller {
        let language = if self.number % 2 == 1 { "ja" } else { "en" };
        caller.with("accept-language", language)
    }

    /// So that the order of what happens is no chance.
    async fn pass_a_second(&self) {
        let second = Duration::from_secs(1);
        if !self.gateway.clock().advance(TimeDelta::seconds(1)) {
            // The system's clock goes on by itself.
            tokio::time::sleep(second).await;
        }
    }

    async fn ask(&mut self, request: Request<'_>) -> Asked {
        self.watch.before(request.name).await;
        let asked = request.send().await;
        self.watch.after(&asked).await;
        asked
    }
}
