//! Usage agrees with an oracle that computes every figure from scratch: in any order, again and
//! again, late by up to 13 months, in any batches, with runs, intake, releases and statements at once,
//! and whatever call a run crashes behind. So does what a partner keeps of it.

mod steps;

use std::future::Future;

use chrono::{Months, NaiveDate, TimeDelta};
use futures::future::join;
use proptest::prelude::*;
use tokio::runtime::Builder;
use tsunagu_domain::{
    licenses::{
        dashboard::{Holdings, summary},
        entitlement::{EntitlementKind, Statement},
        figures::Both,
        holder::{HolderId, HolderKind},
    },
    service::{LicenseModel, Service},
};
use tsunagu_store::{
    WriteError,
    items::{
        CustomerItem, CustomerLicensesItem, DirtyItem, EntitlementItem, PendingReleaseItem,
        UsageFactItem,
    },
    keys,
    licenses::ReleaseError,
};
use tsunagu_tests::{
    Engine, Party, Stage,
    stored::Contents,
    usage::{Oracle, device_holder, usage, user_holder},
};

use steps::{Case, DEVICES, Fact, LONGEST_WAIT, Step, case};

struct Run {
    stage: Stage,
    party: Party,
    partner: Party,
    service: Service,
    oracle: Oracle,
    sent: Vec<Vec<Fact>>,
    waited: u32,
}

impl Run {
    async fn open(engine: Engine, case: Case) -> Option<Self> {
        let Case { model, zone, limits } = case;
        let stage = Stage { fold_limits: limits, ..Stage::open(engine).await? };
        let party = stage.customer_in("青空商事", zone).await;
        let partner = stage.partner("海原システム").await;
        stage.connect(&party, &partner).await;
        let service = stage.service("daas", model).await;
        let oracle = Oracle::default();
        Some(Self { stage, party, partner, service, oracle, sent: Vec::new(), waited: 0 })
    }

    async fn today(&self) -> NaiveDate {
        let zone = self.stage.store.time_zone(self.party.id).await.expect("is read");
        zone.expect("the account is there").day_of(self.stage.now())
    }

    async fn step(&mut self, step: &Step) {
        match step {
            Step::Intake(facts) => self.intake(facts).await,
            Step::Again(index) if !self.sent.is_empty() => {
                let again = index.get(&self.sent).clone();
                self.intake(&again).await;
            }
            Step::Again(_) => {}
            Step::Wait(days) => self.wait(*days).await,
            Step::Run => self.run().await,
            Step::TwoRuns => {
                let (one, other) = join(self.stage.aggregate(), self.stage.aggregate()).await;
                // Both may find the other's work under way, and leave it to the next.
                one.expect("runs");
                other.expect("runs");
            }
            Step::RunWithIntake(facts) => {
                let days = self.days(facts).await;
                let taken = self.stage.store.take_usage(self.usages(&days));
                let (run, taken) = join(self.stage.aggregate(), taken).await;
                run.expect("runs");
                taken.expect("is taken");
                self.hear(facts, &days);
            }
            Step::TwoRunsWithIntake(facts) => {
                let days = self.days(facts).await;
                let taken = self.stage.store.take_usage(self.usages(&days));
                let runs = join(self.stage.aggregate(), self.stage.aggregate());
                let ((one, other), taken) = join(runs, taken).await;
                one.expect("runs");
                other.expect("runs");
                taken.expect("is taken");
                self.hear(facts, &days);
            }
            Step::RunWithRelease(kind, number) => {
                let release = self.ask_for_release(*kind, *number);
                let (run, released) = join(self.stage.aggregate(), release).await;
                run.expect("runs");
                self.hear_release(*kind, *number, released).await;
            }
            Step::State(quantity) => self.state(*quantity).await,
            Step::RunWithState(quantity) => {
                let (run, ()) = join(self.stage.aggregate(), self.state(*quantity)).await;
                run.expect("runs");
            }
            Step::Crash(calls) => {
                self.stage.database.faults.stop_after(*calls);
                let _ = self.stage.aggregate().await;
                self.stage.database.faults.heal();
            }
            Step::LostIntake(facts, calls) => {
                let days = self.days(facts).await;
                self.stage.database.faults.stop_after(*calls);
                let taken = self.stage.store.take_usage(self.usages(&days)).await;
                self.stage.database.faults.heal();
                if taken.is_err() {
                    self.stage.store.take_usage(self.usages(&days)).await.expect("is taken");
                }
                self.hear(facts, &days);
            }
            Step::Release(kind, number) => {
                let released = self.ask_for_release(*kind, *number).await;
                self.hear_release(*kind, *number, released).await;
            }
            Step::Rebuild(calls) => {
                self.stage.database.faults.stop_after(*calls);
                let _ = self.stage.rebuild(&self.party, &self.service).await;
                self.stage.database.faults.heal();
            }
        }
    }

    async fn wait(&mut self, days: u32) {
        if self.waited + days > LONGEST_WAIT {
            self.run().await;
        }
        self.waited += days;
        self.stage.wait(TimeDelta::days(days.into()));
    }

    /// The days of facts: none older than usage is taken.
    async fn days(&self, facts: &[Fact]) -> Vec<(Fact, NaiveDate)> {
        let today = self.today().await;
        let oldest = today.checked_sub_months(Months::new(13)).expect("a day");
        let day = |fact: &Fact| (today - TimeDelta::days(fact.days_ago.into())).max(oldest);
        facts.iter().map(|fact| (*fact, day(fact))).collect()
    }

    fn usages(&self, days: &[(Fact, NaiveDate)]) -> Vec<tsunagu_store::licenses::Usage> {
        let code = &self.service.code;
        let device = |fact: &Fact| match self.service.model {
            LicenseModel::User => None,
            LicenseModel::UserDevice => fact.device,
        };
        days.iter()
            .map(|(fact, day)| usage(self.party.id, code, fact.user, device(fact), *day))
            .collect()
    }

    fn hear(&mut self, facts: &[Fact], days: &[(Fact, NaiveDate)]) {
        for (fact, day) in days {
            self.oracle.hear(self.service.model, fact.user, fact.device, *day);
        }
        self.sent.push(facts.to_vec());
    }

    async fn intake(&mut self, facts: &[Fact]) {
        let days = self.days(facts).await;
        self.stage.store.take_usage(self.usages(&days)).await.expect("is taken");
        self.hear(facts, &days);
    }

    /// A run that is let through, and what it has to come to.
    async fn run(&mut self) {
        self.waited = 0;
        let report = self.stage.aggregate().await.expect("runs");
        assert!(report.complete, "{report:?}");
        let contents = self.stage.stored.contents().await;
        let today = self.today().await;
        self.oracle.check(&contents, self.party.id, &self.service.code, today);
        assert!(contents.of_kind::<UsageFactItem>("PEND#").is_empty(), "nothing is pending");
        assert!(contents.of_kind::<PendingReleaseItem>("PEND#").is_empty(), "nobody waits");
        assert!(contents.of_kind::<DirtyItem>("DIRTY#").is_empty(), "nothing is dirty");
        let as_of = self.stage.store.as_of().await.expect("is read");
        assert_eq!(as_of.of(self.party.id), Some(self.stage.now()));
        self.check_partner(&contents, today);
    }

    /// What the partner keeps is what its customer has.
    fn check_partner(&self, contents: &Contents, today: NaiveDate) {
        let (customer, code) = (self.party.id, &self.service.code);
        let entitlements: Vec<EntitlementItem> =
            contents.of_kind(&keys::account_partition(customer));
        let entitlements: Vec<_> = entitlements.into_iter().map(|item| item.entitlement).collect();
        let known = Both { users: &self.oracle.users, devices: &self.oracle.devices };
        let assigned = known.map(|kind| kind.by(today).assigned().len()).by(self.service.model);
        let assigned = u64::try_from(assigned).expect("few");
        let assigned = (assigned > 0).then(|| (code.clone(), assigned));
        let assigned = assigned.into_iter().collect();
        let summary = summary(&entitlements, &assigned, today);
        let expected = Holdings::new(&entitlements, assigned, today);
        let key = keys::customer_licenses(self.partner.id, customer);
        let kept: Option<CustomerLicensesItem> = contents.get(&key);
        let entitlements = kept.as_ref().map(CustomerLicensesItem::entitlements);
        assert_eq!(entitlements.unwrap_or_default(), expected.entitlements, "what is kept");
        let licenses = kept.as_ref().map(|item| item.licenses(today)).unwrap_or_default();
        assert_eq!(licenses, expected.tallies(today), "what it comes to");
        let kept: CustomerItem =
            contents.get(&keys::customer(self.partner.id, customer)).expect("are connected");
        assert_eq!(kept.figures, Some(summary), "the partner's summary");
    }

    /// The vendor says how many licences there are, from this day on.
    async fn state(&self, quantity: u32) {
        let today = self.today().await;
        let statement = Statement {
            service: self.service.code.clone(),
            kind: EntitlementKind::Purchased,
            quantity: Some(quantity),
            effective_on: None,
            starts_on: today - TimeDelta::days(400),
            ends_on: None,
            auto_renew: false,
            order_id: None,
        };
        let (id, now) = ("EN-1".parse().expect("a number"), self.stage.now());
        let zone = self.stage.store.time_zone(self.party.id).await.expect("is read");
        let zone = zone.expect("the account is there");
        let store = &self.stage.store;
        let stated =
            store.state_entitlement(self.party.id, zone, &id, &statement, now, |_| true).await;
        stated.expect("is stated");
    }

    fn holder(kind: HolderKind, number: u32) -> HolderId {
        match kind {
            HolderKind::User => user_holder(number),
            HolderKind::Device => device_holder(number, Some(number % DEVICES)),
        }
    }

    async fn ask_for_release(
        &self,
        kind: HolderKind,
        number: u32,
    ) -> Result<(), WriteError<ReleaseError>> {
        let holder = Self::holder(kind, number);
        let acting = self.stage.acting(&self.party).await;
        let now = self.stage.now();
        self.stage.store.release(&acting, &self.service, kind, &holder, now).await
    }

    /// Holds the answer to a release against what has been heard.
    async fn hear_release(
        &mut self,
        kind: HolderKind,
        number: u32,
        released: Result<(), WriteError<ReleaseError>>,
    ) {
        let holder = Self::holder(kind, number);
        let today = self.today().await;
        let last = self.oracle.kind(kind).last_active(&holder);
        let idle = last.is_some_and(|last| (today - last).num_days() >= 30);
        match released {
            Ok(()) => {
                assert!(idle, "released after {last:?} on {today}");
                let known = self.oracle.kind(kind);
                // Released twice before a run: once.
                if known.assigned().contains_key(&holder) {
                    known.release(holder, today);
                }
            }
            Err(WriteError::Refused(ReleaseError::StillActive)) => assert!(!idle, "{last:?}"),
            // Nobody knows him before a run.
            Err(WriteError::Refused(ReleaseError::Unknown)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

async fn follow(engine: Engine, case: Case, steps: Vec<Step>) {
    let Some(mut run) = Run::open(engine, case).await else { return };
    for step in &steps {
        run.step(step).await;
    }
    run.run().await;
    // Once more, and nothing moves.
    let figures = |contents: &std::collections::BTreeMap<String, serde_json::Value>| {
        let mut figures = contents.clone();
        figures.retain(|key, _| !key.starts_with("RUN "));
        figures
    };
    let before = run.stage.stored.json().await;
    run.run().await;
    assert_eq!(figures(&run.stage.stored.json().await), figures(&before));
}

/// Runs a case in paused time, as the other tests are.
fn in_paused_time(case: impl Future<Output = ()>) {
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(case);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn given_any_usage_when_counted_then_the_embedded_engine_agrees_with_the_oracle(
        (case, steps) in case(),
    ) {
        in_paused_time(follow(Engine::Embedded, case, steps));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn given_any_usage_when_counted_then_dynamodb_local_agrees_with_the_oracle(
        (case, steps) in case(),
    ) {
        in_paused_time(follow(Engine::DynamoDbLocal, case, steps));
    }
}
