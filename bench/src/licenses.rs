//! Usage and licences: intake, folding of much, and what summaries cost beside many holders.

mod bare;

use std::{cell::RefCell, fmt, time::Instant};

use chrono::{Days, TimeDelta};
use tsunagu_domain::{service::LicenseModel, time::Clock, vendor::ServiceCode};
use tsunagu_store::licenses::Usage;
use tsunagu_tests::{
    licensed::{Licensed, usage},
    measured::Measured,
    meter::Meter,
    sample::{Budget, Cost},
    seed,
};

use crate::{
    figures::print,
    process::{Elsewhere, Outcome},
};
use bare::Shape;

/// How many holders a service has that is large, and one that is small.
const MANY: usize = 100_000;
const SOME: usize = 10_000;
const FEW: usize = 10;
/// One in so many users is seen on one more day in the second run.
const ONE_IN: usize = 100;
/// How many accounts there are with 100 facts each.
const ACCOUNTS: usize = 1_000;
/// By how much more memory a fold of [`MANY`] may take than one of [`SOME`]: noise.
const MEMORY: f64 = 1.25;
/// What a second run with one new fact in a hundred may cost of the first.
const SECOND: f64 = 0.015;
/// How many calls of 1,000 events are made.
const CALLS: u64 = 20;
const EVENTS: u64 = 1_000;

/// Everything that is measured here, on one engine in a process of its own.
pub(crate) struct Usages {
    elsewhere: Elsewhere,
    product: Measured,
    over: RefCell<Vec<String>>,
}

/// A fold, and what its transactions take by themselves.
struct Fold {
    name: String,
    outcome: Outcome,
    /// Seconds; of a second run nothing is compared.
    bare: Option<f64>,
}

/// Measures; gives what is over its budget.
pub(crate) async fn measure() -> Vec<String> {
    print(
        "Usage and licences\n\
         The engine, and each run, is a process of its own. peak MB: the most memory that the run's \
         process ever had (VmHWM), from its start to its end, without the engine; it keeps no book \
         of its calls. bare: as many TransactWriteItems of the same actions and sizes, issued \
         directly; ratio: the whole run's time to theirs. a fact: units of the whole run.",
    );
    let elsewhere = Elsewhere::start();
    let product = Measured::open_on(elsewhere.engine(), Meter::real_time()).await;
    let usages = Usages { elsewhere, product, over: RefCell::default() };
    usages.intake().await;
    print(Fold::HEADINGS);
    usages.model(LicenseModel::User, 6.0).await;
    usages.accounts().await;
    usages.model(LicenseModel::UserDevice, 8.0).await;
    usages.idle();
    usages.over.into_inner()
}

impl Usages {
    /// Folds much of one service of a model, then a little more; shows what a summary costs.
    async fn model(&self, model: LicenseModel, write: f64) {
        let few = self.customer(model, FEW).await;
        let mut peaks = Vec::new();
        for count in [SOME, MANY] {
            let customer = self.customer(model, count).await;
            let name = format!("{count} new user-days, {model}");
            let first = self.fold(&name, model, 1, count).await;
            self.hold(&name, first, write, 1.5);
            peaks.push(first.peak);
            if count == MANY {
                self.again(&customer, model, first, write).await;
                self.same(model, &few, &customer).await;
            }
        }
        if let [Some(some), Some(many)] = peaks[..] {
            let grown = number(many) / number(some);
            print(&format!("{model}: memory of {MANY} to that of {SOME}: {grown:.2}"));
            self.check(&format!("memory, {model}"), grown <= MEMORY);
        }
    }

    /// An account, with a partner, to whose service this usage is about to be folded.
    async fn customer(&self, model: LicenseModel, count: usize) -> (Licensed<'_>, ServiceCode) {
        let name = format!("{model}-{count}");
        let of = Licensed::connect(&self.product, &name).await;
        let service = of.service(&name, model).await;
        of.buy(&service, 1).await;
        of.run().await;
        let usage = (0..count).map(|user| of.usage(&service, user, day(user))).collect();
        of.take(usage).await;
        if count == FEW {
            of.run().await;
        }
        (of, service)
    }

    /// One new fact in a hundred, of the same month.
    async fn again(
        &self,
        (of, service): &(Licensed<'_>, ServiceCode),
        model: LicenseModel,
        first: Outcome,
        write: f64,
    ) {
        let users = (0..MANY).step_by(ONE_IN);
        let usage: Vec<Usage> = users.map(|user| of.usage(service, user, day(user + 1))).collect();
        of.take(usage).await;
        let name = format!("then 1% more, {model}");
        let outcome = self.run();
        print(&Fold { name: name.clone(), outcome, bare: None }.to_string());
        // Far apart, holders are read one by one: a device is one more.
        let read = if model == LicenseModel::User { 1.5 } else { 2.5 };
        self.hold(&name, outcome, write, read);
        let share = |part: f64, whole: f64| 100.0 * part / whole;
        let units = (outcome.read + outcome.write) / (first.read + first.write);
        print(&format!(
            "{name}: of the first run {:.2}% of the units ({:.2}% of the reads, {:.2}% of the \
             writes), {:.2}% of the time",
            100.0 * units,
            share(outcome.read, first.read),
            share(outcome.write, first.write),
            share(outcome.seconds, first.seconds),
        ));
        self.check(&format!("{name}, of the first run"), units <= SECOND);
    }

    /// Many accounts with 100 facts each.
    async fn accounts(&self) {
        let service = self.product.store().service(&"user-100000".parse().expect("a code")).await;
        let service = service.expect("answers").expect("is there").code;
        let mut all = Vec::new();
        for number in 0..ACCOUNTS {
            let now = self.product.clock.now();
            let organization = seed::organization("鈴木商事株式会社", &[], now);
            let id = organization.organization.org_id;
            let account = seed::account(&format!("鈴木商事{number}"), id, now);
            self.product.stored.put(&account).await;
            let (id, today) = (account.account.account_id, now.date_naive());
            all.extend((0..100).map(|user| {
                let day = today.checked_sub_days(Days::new(day(user))).expect("a day");
                usage(id, &service, user, day)
            }));
        }
        self.product.store().take_usage(all).await.expect("usage is taken");
        let name = format!("{ACCOUNTS} accounts, 100 new user-days each");
        let outcome = self.fold(&name, LicenseModel::User, ACCOUNTS, 100).await;
        self.hold(&name, outcome, 6.0, 1.5);
    }

    /// Runs, and times the same transactions without the run.
    async fn fold(
        &self,
        name: &str,
        model: LicenseModel,
        accounts: usize,
        facts: usize,
    ) -> Outcome {
        let outcome = self.run();
        let expected = u64::try_from(accounts * facts).expect("not that many");
        assert_eq!(outcome.facts, expected, "{name}");
        let shape = Shape { model, accounts, facts, transactions: outcome.transactions };
        let bare = shape.time(&self.product.client).await.as_secs_f64();
        print(&Fold { name: name.to_owned(), outcome, bare: Some(bare) }.to_string());
        outcome
    }

    /// The scheduled function runs, a second later.
    fn run(&self) -> Outcome {
        assert!(self.product.clock.advance(TimeDelta::seconds(1)), "time goes on");
        self.elsewhere.run(self.product.clock.now())
    }

    /// Nothing is there to be folded.
    fn idle(&self) {
        let Outcome { read, write, seconds, .. } = self.run();
        let millis = seconds * 1000.0;
        print(&format!("run, idle: {read} read, {write} write, {millis:.1} ms"));
        let cost = Cost { check: 0.0, read, write };
        self.check("run, idle", Budget::of("run, idle").holds(cost));
    }

    /// How fast events are taken in, through the gateway.
    async fn intake(&self) {
        let of = Licensed::connect(&self.product, "intake").await;
        let service = of.service("intake", LicenseModel::UserDevice).await;
        let calls: Vec<Vec<_>> = (0..CALLS)
            .map(|call| call * EVENTS..(call + 1) * EVENTS)
            .map(|users| users.map(|user| of.event(&service, index(user), 2)).collect())
            .collect();
        self.product.meter.take();
        let begun = Instant::now();
        for events in &calls {
            of.report(events).await;
        }
        let seconds = begun.elapsed().as_secs_f64();
        let Cost { read, write, .. } = Cost::by_engine(&self.product.meter.take());
        let count = number(CALLS * EVENTS);
        print(&format!(
            "intake, {CALLS} calls of 1,000 events, one after the other: {:.0} events a second, \
             {:.3} write and {:.3} read an event",
            count / seconds,
            write / count,
            read / count,
        ));
        self.check("intake", write / count <= 1.1);
        of.run().await;
    }

    /// What a summary and trends cost with few holders and with many: the same.
    async fn same(
        &self,
        model: LicenseModel,
        few: &(Licensed<'_>, ServiceCode),
        many: &(Licensed<'_>, ServiceCode),
    ) {
        for (name, path) in [
            ("licenses", "licenses".to_owned()),
            ("trends, 12 months", "licenses/{}/trends".to_owned()),
            ("trends, 30 days", "licenses/{}/trends?interval=day".to_owned()),
        ] {
            let mut costs = Vec::new();
            for (of, service) in [few, many] {
                let path = path.replace("{}", service.as_str());
                for of_partner in [false, true] {
                    let ask = async || {
                        if of_partner {
                            of.ask_as_partner(&path).await
                        } else {
                            of.ask(&path).await
                        }
                    };
                    // What an environment asks once is not what a request costs.
                    ask().await;
                    self.product.meter.take();
                    ask().await;
                    let cost = Cost::by_engine(&self.product.meter.take());
                    self.check(&format!("{name}, {service}"), Budget::of(name).holds(cost));
                    costs.push(cost.read);
                }
            }
            let told: Vec<_> = costs.iter().map(f64::to_string).collect();
            print(&format!(
                "{model}: {name}: read units with {FEW} and with {MANY} holders, of the account \
                 and of its partner: {}",
                told.join(", ")
            ));
            let differ = costs.iter().any(|cost| (cost - costs[0]).abs() > 0.0);
            self.check(&format!("{name} of many holders"), !differ);
        }
    }

    /// Holds a run's units of a fact against its budget.
    fn hold(&self, name: &str, outcome: Outcome, write: f64, read: f64) {
        let a_fact = Fold::of_fact(outcome);
        self.check(name, a_fact.0 <= read && a_fact.1 <= write);
    }

    fn check(&self, name: &str, holds: bool) {
        if !holds {
            self.over.borrow_mut().push(name.to_owned());
        }
    }
}

impl Fold {
    const HEADINGS: &str = "run                                           facts  transactions  \
                            read/fact write/fact   facts/s  bare facts/s  ratio  peak MB";

    /// Read and write units of a fact.
    fn of_fact(outcome: Outcome) -> (f64, f64) {
        let facts = number(outcome.facts);
        (outcome.read / facts, outcome.write / facts)
    }
}

impl fmt::Display for Fold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome { facts, transactions, seconds, peak, .. } = self.outcome;
        let (read, write) = Self::of_fact(self.outcome);
        let count = number(facts);
        write!(f, "{:<44}{facts:>7}{transactions:>14}{read:>11.3}{write:>11.3}", self.name)?;
        write!(f, "{:>10.0}", count / seconds)?;
        match self.bare {
            Some(bare) => write!(f, "{:>14.0}{:>7.2}", count / bare, seconds / bare)?,
            None => write!(f, "{:>14}{:>7}", "-", "-")?,
        }
        match peak {
            Some(peak) => write!(f, "{:>9.1}", number(peak) / 1024.0),
            None => write!(f, "{:>9}", "-"),
        }
    }
}

/// How many days ago somebody is seen: on each day of the last month somebody is.
fn day(user: usize) -> u64 {
    2 + u64::try_from(user % 28).expect("few")
}

/// A count, as a number to divide.
fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).expect("not that many"))
}

fn index(number: u64) -> usize {
    usize::try_from(number).expect("far fewer than memory has bytes")
}
