//! Keys that a batch leaves unprocessed are asked for again or end in 503: an item is never taken
//! for absent, nor for kept, because the database was busy.

use std::time::Duration;

use chrono::NaiveDate;
use rstest::rstest;
use rstest_reuse::apply;
use tokio::time::Instant;
use tsunagu_domain::{
    access::{BadgeDemand, CustomerDemand, Demand, Right},
    service::{LicenseModel, Service},
};
use tsunagu_store::{AdmitError, StoreError, WriteError, items::UsageFactItem, keys};
use tsunagu_tests::{
    Engine, Party, Stage, both_engines, faults::Fault, record::Operation, stage::pair, usage::usage,
};

const BATCH: &[Operation] = &[Operation::BatchGetItem];
const PUTS: &[Operation] = &[Operation::BatchWriteItem];

async fn connected(stage: &Stage) -> (Party, Party) {
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    stage.connect(&customer, &partner).await;
    (partner, customer)
}

#[apply(both_engines)]
async fn given_a_permission_check_when_keys_are_unprocessed_then_they_are_asked_for_again(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    for fault in [Fault::Unprocessed, Fault::HalfUnprocessed] {
        stage.database.record.clear();
        stage.database.faults.next(BATCH, fault, 2);
        let seen = stage.connected(&partner, &customer).await.expect("is admitted");
        assert_eq!(seen.customer, customer.id);
        assert_eq!(stage.database.record.count(Operation::BatchGetItem), 3);
    }
}

#[apply(both_engines)]
async fn given_half_a_batch_when_asked_again_then_only_the_rest_is_asked_for(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    stage.database.record.clear();
    stage.database.faults.next(BATCH, Fault::HalfUnprocessed, 1);
    stage.connected(&partner, &customer).await.expect("is admitted");
    let asked: Vec<_> = stage
        .database
        .record
        .calls()
        .iter()
        .map(|call| call.input["RequestItems"][stage.database.table()]["Keys"].clone())
        .map(|keys| keys.as_array().map_or(0, Vec::len))
        .collect();
    assert_eq!(asked, [4, 2], "account, administrator, organization, connection");
}

#[tokio::test(start_paused = true)]
async fn given_a_permission_check_when_unprocessed_for_ever_then_it_is_unavailable_not_refused() {
    let Some(stage) = Stage::open(Engine::Embedded).await else { return };
    let (partner, _) = connected(&stage).await;
    let demand = Demand {
        right: Right::Any,
        reads_own: true,
        badge: BadgeDemand::None,
        customer: CustomerDemand::None,
    };
    for fault in [Fault::Unprocessed, Fault::HalfUnprocessed] {
        stage.database.faults.always(BATCH, fault);
        let began = Instant::now();
        let admitted =
            stage.store.admit(&partner.caller, partner.id, None, &demand, stage.now()).await;
        // Two keys can be read one after the other; none is left over then.
        if fault == Fault::Unprocessed {
            assert!(matches!(admitted, Err(AdmitError::Store(StoreError::Unavailable(_)))));
        } else {
            assert!(!matches!(admitted, Err(AdmitError::Refused(_))));
        }
        assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
        stage.database.faults.heal();
    }
}

#[tokio::test(start_paused = true)]
async fn given_a_connection_when_its_sides_are_unprocessed_then_it_is_not_taken_for_ended() {
    let Some(stage) = Stage::open(Engine::Embedded).await else { return };
    let (partner, customer) = connected(&stage).await;
    let acting = stage.acting(&customer).await;
    stage.database.faults.always(BATCH, Fault::Unprocessed);
    let pair = pair(&partner, &customer);
    let ended = stage.store.end_as_customer(&acting, pair.partner, None, stage.now()).await;
    assert!(
        matches!(ended, Err(WriteError::Store(StoreError::Unavailable(_)))),
        "`false` would tell the customer that nothing is connected: {ended:?}"
    );
    assert!(stage.stored.connection(pair).await.is_some());
}

#[apply(both_engines)]
async fn given_usage_when_items_are_unprocessed_then_they_are_put_again(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (customer, service) = using(&stage).await;
    for (number, fault) in [Fault::Unprocessed, Fault::HalfUnprocessed].into_iter().enumerate() {
        stage.database.record.clear();
        stage.database.faults.next(PUTS, fault, 2);
        let users = u32::try_from(number).expect("few") * 10;
        let used = |user| usage(customer.id, &service.code, users + user, None, day(&stage));
        stage.store.take_usage((0..10).map(used)).await.expect("is taken");
        // One batch of facts, and twice again.
        assert_eq!(stage.database.record.count(Operation::BatchWriteItem), 3);
    }
    let pending = keys::pending_partition(customer.id, &service.code);
    assert_eq!(stage.stored.of_kind::<UsageFactItem>(&pending).await.len(), 20);
}

#[tokio::test(start_paused = true)]
async fn given_usage_when_unprocessed_for_ever_then_it_is_unavailable_and_what_came_in_is_counted()
{
    let Some(stage) = Stage::open(Engine::Embedded).await else { return };
    let (customer, service) = using(&stage).await;
    let used = |user| usage(customer.id, &service.code, user, None, day(&stage));
    stage.database.faults.next(PUTS, Fault::HalfUnprocessed, 1);
    stage.database.faults.always(PUTS, Fault::Unprocessed);
    let began = Instant::now();
    let taken = stage.store.take_usage((0..10).map(used)).await;
    assert!(matches!(taken, Err(StoreError::Unavailable(_))), "{taken:?}");
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    // Then half of it is there, and counted, whether it is sent again or not.
    stage.database.faults.heal();
    let report = stage.aggregate().await.expect("runs");
    assert_eq!(report.facts, 5, "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn given_usage_when_the_database_is_busy_for_longer_than_a_call_takes_then_it_is_taken() {
    let Some(stage) = Stage::open(Engine::Embedded).await else { return };
    let (customer, service) = using(&stage).await;
    let used = |user| usage(customer.id, &service.code, user, None, day(&stage));
    // Given more failures than the client tries again by itself.
    stage.database.faults.next(PUTS, Fault::Throttled, 6);
    stage.store.take_usage((0..10).map(used)).await.expect("is taken");
    assert_eq!(stage.aggregate().await.expect("runs").facts, 10);
}

/// A customer and a service that it may use.
async fn using(stage: &Stage) -> (Party, Service) {
    let customer = stage.customer("青空商事").await;
    (customer, stage.service("daas", LicenseModel::User).await)
}

fn day(stage: &Stage) -> NaiveDate {
    stage.now().date_naive()
}
