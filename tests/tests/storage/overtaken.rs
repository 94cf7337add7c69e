//! Runs that meet others: usage that comes in while they begin, and runs that overtake them.

use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::{
    licenses::entitlement::{EntitlementKind, Statement},
    locale::TimeZone,
    service::{LicenseModel, Service},
};
use tsunagu_store::{
    items::{CustomerLicensesItem, DirtyItem},
    keys,
};
use tsunagu_tests::{
    Engine, Party, Stage, both_engines,
    record::Operation,
    usage::{Oracle, usage},
};

struct Case {
    stage: Stage,
    customer: Party,
    partner: Party,
    service: Service,
    zone: TimeZone,
}

impl Case {
    /// A customer and its partner, who keeps that there are ten licences.
    async fn open(engine: Engine) -> Option<Self> {
        let stage = Stage::open(engine).await?;
        let customer = stage.customer("青空商事").await;
        let partner = stage.partner("海原システム").await;
        stage.connect(&customer, &partner).await;
        let service = stage.service("daas", LicenseModel::User).await;
        let zone = "Asia/Tokyo".parse().expect("a zone");
        let case = Self { stage, customer, partner, service, zone };
        case.state(10).await;
        assert!(case.stage.aggregate().await.expect("runs").complete);
        assert_eq!(case.kept().await, 10);
        Some(case)
    }

    /// The vendor says how many licences there are.
    async fn state(&self, quantity: u32) {
        let today = self.zone.day_of(self.stage.now());
        let statement = Statement {
            service: self.service.code.clone(),
            kind: EntitlementKind::Purchased,
            quantity: Some(quantity),
            effective_on: None,
            starts_on: today,
            ends_on: None,
            auto_renew: false,
            order_id: None,
        };
        let (id, now) = ("EN-1".parse().expect("a number"), self.stage.now());
        let (store, customer) = (&self.stage.store, self.customer.id);
        let stated =
            store.state_entitlement(customer, self.zone, &id, &statement, now, |_| true).await;
        stated.expect("is stated");
    }

    /// How many licences the partner keeps.
    async fn kept(&self) -> u64 {
        let key = keys::customer_licenses(self.partner.id, self.customer.id);
        let item: CustomerLicensesItem = self.stage.stored.get(key).await.expect("is kept");
        let today = self.zone.day_of(self.stage.now());
        item.licenses(today)[&self.service.code].purchased.expect("is limited")
    }

    async fn is_dirty(&self) -> bool {
        !self.stage.stored.of_kind::<DirtyItem>("DIRTY#").await.is_empty()
    }

    /// A user is active today.
    async fn active(&self, oracle: &mut Oracle, user: u32) {
        let day = self.zone.day_of(self.stage.now());
        let fact = usage(self.customer.id, &self.service.code, user, None, day);
        self.stage.store.take_usage([fact]).await.expect("is taken");
        oracle.hear(self.service.model, user, None, day);
    }
}

#[apply(both_engines)]
async fn given_usage_that_comes_in_before_a_run_claims_then_what_was_there_is_counted(
    engine: Engine,
) {
    let Some(case) = Case::open(engine).await else { return };
    let mut oracle = Oracle::default();
    case.active(&mut oracle, 1).await;
    // When more comes in while the run is about to claim what it has seen.
    let mut claim = case.stage.database.faults.hold(Operation::UpdateItem);
    let run = case.stage.aggregate();
    let meanwhile = async {
        claim.reached().await;
        case.active(&mut oracle, 2).await;
        claim.release();
    };
    let (report, ()) = futures::future::join(run, meanwhile).await;
    // Then a complete run has counted it all.
    assert!(report.expect("runs").complete);
    let contents = case.stage.stored.contents().await;
    let today = case.zone.day_of(case.stage.now());
    oracle.check(&contents, case.customer.id, &case.service.code, today);
}

#[apply(both_engines)]
async fn given_a_run_that_is_overtaken_amid_its_writing_then_it_does_not_come_in_late(
    engine: Engine,
) {
    let Some(case) = Case::open(engine).await else { return };
    case.state(11).await;
    let faults = &case.stage.database.faults;
    let mut claim = faults.hold(Operation::UpdateItem);
    let overtaken = case.stage.aggregate();
    let meanwhile = async {
        claim.reached().await;
        // When a run is about to write that there are eleven,
        let mut write = faults.hold(Operation::UpdateItem);
        claim.release();
        write.reached().await;
        // and there are ten again, as another run finds that overtakes it,
        case.state(10).await;
        assert!(case.stage.aggregate().await.expect("runs").complete);
        write.release();
    };
    let (report, ()) = futures::future::join(overtaken, meanwhile).await;
    report.expect("runs");
    // Then there are ten, with nothing left to set it right.
    assert_eq!(case.kept().await, 10);
    assert!(!case.is_dirty().await);
}

#[apply(both_engines)]
async fn given_a_run_that_is_overtaken_before_its_writing_then_it_leaves_that_to_the_other(
    engine: Engine,
) {
    let Some(case) = Case::open(engine).await else { return };
    case.state(11).await;
    let faults = &case.stage.database.faults;
    let mut claim = faults.hold(Operation::UpdateItem);
    let overtaken = case.stage.aggregate();
    let meanwhile = async {
        claim.reached().await;
        // When a run is about to look at what its partner keeps,
        let mut look = faults.hold(Operation::BatchGetItem);
        claim.release();
        look.reached().await;
        // and another overtakes it, after which there are twelve,
        assert!(case.stage.aggregate().await.expect("runs").complete);
        assert_eq!(case.kept().await, 11);
        case.state(12).await;
        look.release();
    };
    let (report, ()) = futures::future::join(overtaken, meanwhile).await;
    report.expect("runs");
    // Then the first writes nothing, as it could do so after all others: the next one does.
    assert_eq!(case.kept().await, 11);
    assert!(case.is_dirty().await);
    assert!(case.stage.aggregate().await.expect("runs").complete);
    assert_eq!(case.kept().await, 12);
    assert!(!case.is_dirty().await);
}
