//! A client: a company that has customers of its own and works with the partners that all share. It
//! does one thing at a time, or the same thing twice at once, and knows what it was told.

mod accounts;
mod connections;
mod federation;
mod licenses;
mod looks;
mod notifications;
mod tickets;

use std::{sync::Arc, time::Instant};

use tsunagu_tests::product::{Person, Tenant};

pub(crate) use notifications::CODE;

use crate::{
    asking::Asker,
    ledger::{Customer, Pair},
    stage::{Partner, Stage},
};

/// How many customers a client has at most.
const CUSTOMERS: usize = 4;

/// A client.
pub(crate) struct Client {
    pub(crate) number: usize,
    pub(crate) asker: Asker,
    pub(crate) stage: Arc<Stage>,
    pub(crate) customers: Vec<Customer>,
    /// The bearer of no token becomes anybody by one.
    pub(crate) bearing: Arc<dyn Fn(&str) -> Person + Send + Sync>,
    made: usize,
}

impl Client {
    pub(crate) fn new(
        number: usize,
        asker: Asker,
        stage: Arc<Stage>,
        bearing: Arc<dyn Fn(&str) -> Person + Send + Sync>,
    ) -> Self {
        Self { number, asker, stage, customers: Vec::new(), bearing, made: 0 }
    }

    /// Works until it is time to end.
    pub(crate) async fn work(mut self, until: Instant) -> Self {
        self.register().await;
        for _ in 0..3 {
            self.seldom().await;
        }
        while Instant::now() < until {
            self.act().await;
        }
        self
    }

    /// What chance alone would leave out of a short run.
    async fn seldom(&mut self) {
        self.connect().await;
        self.publish().await;
        self.federate().await;
        self.try_out().await;
        self.mark().await;
        self.federate().await;
        self.dismiss().await;
        self.change_shares().await;
    }

    async fn act(&mut self) {
        match self.asker.dice.number(0..100) {
            0..4 => self.register().await,
            4..14 => self.connect().await,
            14..22 => self.end().await,
            22..28 => self.change_shares().await,
            28..38 => self.open_ticket().await,
            38..50 => self.write_ticket().await,
            50..57 => self.publish().await,
            57..63 => self.dismiss().await,
            63..69 => self.buy().await,
            69..77 => self.use_something().await,
            77..79 => self.try_out().await,
            79..88 => self.federate().await,
            88..90 => self.rename().await,
            90..91 => self.suspend().await,
            91..93 => self.mark().await,
            _ => self.look().await,
        }
    }

    /// A number that nobody else has.
    fn next(&mut self) -> String {
        self.made += 1;
        format!("{}-{}", self.number, self.made)
    }

    /// One of the customers.
    fn any(&self) -> usize {
        let most = u32::try_from(self.customers.len()).unwrap_or(1).max(1);
        self.asker.dice.number(0..most) as usize
    }

    /// One of the partners.
    fn any_partner(&self) -> usize {
        let most = u32::try_from(self.stage.partners.len()).unwrap_or(1).max(1);
        self.asker.dice.number(0..most) as usize
    }

    /// One of a customer's connections; `None` where it has none.
    fn any_connected(&self, customer: usize) -> Option<usize> {
        let connected = self.customers[customer].connected();
        self.asker.dice.pick(&connected).copied()
    }

    fn tenant(&self, customer: usize) -> Tenant {
        self.customers[customer].tenant.clone()
    }

    fn partner(&self, partner: usize) -> &Partner {
        &self.stage.partners[partner]
    }

    fn pair(&mut self, customer: usize, partner: usize) -> &mut Pair {
        &mut self.customers[customer].pairs[partner]
    }
}
