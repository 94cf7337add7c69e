//! Runs over the usage: they stop in time, go on where they were, and let nothing that cannot be
//! read keep the rest from being counted.

use chrono::{Days, NaiveDate, TimeDelta};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;
use tsunagu_api::TaskError;
use tsunagu_domain::{
    ids::AccountId,
    licenses::entitlement::{EntitlementKind, Statement},
    locale::TimeZone,
    service::{LicenseModel, Service},
    share::part,
};
use tsunagu_store::{
    Deadline, Item,
    items::{DirtyItem, EntitlementItem, UsageFactItem},
    keys,
};
use tsunagu_tests::{
    Engine, Party, Stage, both_engines,
    record::Operation,
    usage::{Oracle, usage},
};

const ZONE: &str = "Asia/Tokyo";

fn today(stage: &Stage) -> NaiveDate {
    ZONE.parse::<TimeZone>().expect("a time zone").day_of(stage.now())
}

/// So many users of a service, who were active today; the oracle knows of them.
async fn use_service(stage: &Stage, party: &Party, service: &Service, users: u32) -> Oracle {
    let mut oracle = Oracle::default();
    let day = today(stage);
    let used = |user| usage(party.id, &service.code, user, None, day);
    stage.store.take_usage((0..users).map(used)).await.expect("is taken");
    (0..users).for_each(|user| oracle.hear(service.model, user, None, day));
    oracle
}

async fn check(stage: &Stage, oracle: &Oracle, party: &Party, service: &Service) {
    let contents = stage.stored.contents().await;
    oracle.check(&contents, party.id, &service.code, today(stage));
}

/// That a service of an account is to be looked at.
fn dirty(account: AccountId, service: &Service) -> DirtyItem {
    let item = json!({"accountId": account, "service": service.code, "reason": "any"});
    serde_json::from_value(item).expect("is one")
}

/// An entitlement that begins tomorrow.
async fn state_tomorrow(stage: &Stage, party: &Party, service: &Service) -> EntitlementItem {
    let tomorrow = today(stage).succ_opt().expect("a day");
    let statement = Statement {
        service: service.code.clone(),
        kind: EntitlementKind::Purchased,
        quantity: Some(10),
        effective_on: None,
        starts_on: tomorrow,
        ends_on: tomorrow.checked_add_days(Days::new(365)),
        auto_renew: false,
        order_id: None,
    };
    let id = "EN-1".parse().expect("a number");
    let zone = ZONE.parse().expect("a time zone");
    let stated =
        stage.store.state_entitlement(party.id, zone, &id, &statement, stage.now(), |_| true);
    stated.await.expect("is stated");
    stage.stored.get(keys::entitlement(party.id, &id)).await.expect("is there")
}

#[apply(both_engines)]
async fn given_no_time_when_run_then_nothing_is_counted_and_the_next_run_does(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let party = stage.customer_in("青空商事", ZONE).await;
    let service = stage.service("daas", LicenseModel::User).await;
    let oracle = use_service(&stage, &party, &service, 3).await;
    let deadline = Deadline::default();
    deadline.pass();
    let report = stage.aggregate_until(deadline).await.expect("ends well");
    assert!(!report.complete);
    assert_eq!(report.facts, 0);
    let as_of = stage.store.as_of().await.expect("is read");
    assert_eq!(as_of.of_all(), None, "nothing was completed");
    assert!(stage.aggregate().await.expect("runs").complete);
    check(&stage, &oracle, &party, &service).await;
}

#[apply(both_engines)]
async fn given_time_that_ends_amid_a_fold_when_run_again_then_it_goes_on_there(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let party = stage.customer_in("青空商事", ZONE).await;
    let service = stage.service("daas", LicenseModel::User).await;
    let users = 150;
    let oracle = use_service(&stage, &party, &service, users).await;
    // When the time ends while the first part is written.
    let deadline = Deadline::default();
    let mut held = stage.database.faults.hold(Operation::TransactWriteItems);
    let run = stage.aggregate_until(deadline.clone());
    let end = async {
        held.reached().await;
        deadline.pass();
        held.release();
    };
    let (report, ()) = futures::future::join(run, end).await;
    let report = report.expect("ends well");
    // Then that part stays, and the rest waits.
    assert!(!report.complete, "{report:?}");
    assert!((1..u64::from(users)).contains(&report.facts), "{report:?}");
    let pending: Vec<UsageFactItem> =
        stage.stored.of_kind(&keys::pending_partition(party.id, &service.code)).await;
    let pending = u64::try_from(pending.len()).expect("few");
    assert_eq!(pending + report.facts, u64::from(users));
    let rest = stage.aggregate().await.expect("runs");
    assert!(rest.complete);
    assert_eq!(rest.facts, pending);
    check(&stage, &oracle, &party, &service).await;
}

#[apply(both_engines)]
async fn given_what_cannot_be_read_when_run_then_all_else_is_counted_and_the_run_fails(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let party = stage.customer_in("青空商事", ZONE).await;
    let service = stage.service("daas", LicenseModel::User).await;
    let oracle = use_service(&stage, &party, &service, 3).await;
    let stated = state_tomorrow(&stage, &party, &service).await;
    // Given an entitlement and usage of an account that is not there, the same of one that a later
    // version has written, and an account of whose usage that is so.
    let nobody = AccountId::mint(stage.now());
    let of_nobody = EntitlementItem { account: nobody, ..stated.clone() };
    stage.stored.put(&of_nobody).await;
    stage.stored.put(&dirty(nobody, &service)).await;
    let other = AccountId::mint(stage.now());
    let unreadable = EntitlementItem { account: other, ..stated.clone() };
    stage.stored.put(&unreadable).await;
    stage.stored.make_unreadable(unreadable.key()).await;
    stage.stored.put(&dirty(other, &service)).await;
    stage.stored.make_unreadable(keys::dirty(other, Some(&service.code))).await;
    let behind = stage.customer_in("白波物産", ZONE).await;
    let fact = usage(behind.id, &service.code, 1, None, today(&stage));
    stage.store.take_usage([fact]).await.expect("is taken");
    let pending: Vec<UsageFactItem> =
        stage.stored.of_kind(&keys::pending_partition(behind.id, &service.code)).await;
    stage.stored.make_unreadable(pending[0].key()).await;
    // When a run comes by on the day on which all entitlements begin.
    stage.wait(TimeDelta::days(1));
    let run = stage.aggregate().await;
    // Then it fails by those five alone, and is complete but for their accounts.
    assert!(matches!(run, Err(TaskError::Partial(5))), "{run:?}");
    let as_of = stage.store.as_of().await.expect("is read");
    assert_eq!(as_of.of_all(), Some(stage.now()));
    assert_eq!(as_of.of(party.id), Some(stage.now()));
    for account in [nobody, other, behind.id] {
        assert_eq!(as_of.of(account), None, "it is not counted yet");
    }
    check(&stage, &oracle, &party, &service).await;
    let turned: EntitlementItem = stage
        .stored
        .get(keys::entitlement(party.id, &stated.entitlement.entitlement_id))
        .await
        .expect("is there");
    assert!(turned.due > stated.due, "it has begun, and turns next when it ends");
    // When it can be read, it is counted with the rest.
    stage.stored.put(&pending[0]).await;
    stage.wait(TimeDelta::hours(1));
    let run = stage.aggregate().await;
    assert!(matches!(run, Err(TaskError::Partial(4))), "{run:?}");
    let as_of = stage.store.as_of().await.expect("is read");
    assert_eq!(as_of.of(behind.id), Some(stage.now()));
    assert_eq!(as_of.of(nobody), None);
}

#[apply(both_engines)]
async fn given_more_accounts_that_cannot_be_counted_than_are_kept_in_mind_then_as_of_stays(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let service = stage.service("daas", LicenseModel::User).await;
    for _ in 0..=100 {
        stage.stored.put(&dirty(AccountId::mint(stage.now()), &service)).await;
    }
    let run = stage.aggregate().await;
    assert!(matches!(run, Err(TaskError::Partial(101))), "{run:?}");
    assert_eq!(stage.store.as_of().await.expect("is read").of_all(), None);
}

#[apply(both_engines)]
async fn given_a_start_that_comes_late_and_twice_when_run_then_as_of_never_goes_back(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let party = stage.customer_in("青空商事", ZONE).await;
    let service = stage.service("daas", LicenseModel::User).await;
    let early = stage.now();
    stage.wait(TimeDelta::days(2));
    let oracle = use_service(&stage, &party, &service, 2).await;
    let late = stage.aggregate().await.expect("runs");
    for _ in 0..2 {
        let report = stage.aggregate_up_to(early).await.expect("runs");
        assert_eq!(report.as_of, late.as_of);
        let as_of = stage.store.as_of().await.expect("is read");
        assert_eq!(as_of.of(party.id), Some(late.as_of));
    }
    check(&stage, &oracle, &party, &service).await;
}

#[apply(both_engines)]
async fn given_a_reader_whose_clock_is_behind_the_runs_then_no_day_ends_in_his_future(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let party = stage.customer_in("青空商事", ZONE).await;
    let before = stage.now();
    stage.wait(TimeDelta::days(40));
    stage.aggregate().await.expect("runs");
    let account = stage.acting(&party).await.own::<part::Licenses>();
    let days = stage.store.days(&account, before).await.expect("are read");
    assert_eq!(days.as_of, Some(stage.now()));
    assert!(days.counted <= days.today, "{days:?}");
}
