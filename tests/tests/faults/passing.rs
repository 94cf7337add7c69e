//! Conflicts and throttling pass: the same call is made again, until it works or time is up.

use std::time::Duration;

use rstest::rstest;
use tokio::time::Instant;
use tsunagu_domain::{notification::ConnectionNotice, share::Shares};
use tsunagu_store::{StoreError, WriteError, feed::Step};
use tsunagu_tests::{
    Engine, Stage,
    faults::Fault,
    record::{Call, Operation},
    stage::pair,
};

/// What a call may take with all its attempts, and a little for the last one.
const CALL_LIMIT: Duration = Duration::from_millis(5_500);

/// Every answer that means "not now" to a transaction.
#[rstest_reuse::template]
#[rstest]
#[case::conflict(Fault::Conflict)]
#[case::in_progress(Fault::InProgress)]
#[case::throttled(Fault::Throttled)]
#[case::throughput_exceeded(Fault::ThroughputExceeded)]
#[case::throttled_in_transaction(Fault::ThrottledInTransaction)]
#[case::request_limit(Fault::RequestLimit)]
#[case::server_error(Fault::ServerError)]
#[tokio::test(start_paused = true)]
async fn not_now(#[case] fault: Fault) {}

fn transactions(stage: &Stage) -> Vec<Call> {
    let calls = stage.database.record.calls().into_iter();
    calls.filter(|call| call.operation == Operation::TransactWriteItems).collect()
}

#[rstest_reuse::apply(not_now)]
async fn given_a_transaction_when_it_fails_thrice_then_it_is_done_once(fault: Fault) {
    let Some(stage) = Stage::open(Engine::Embedded).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    stage.invitation(&partner).await;
    stage.database.record.clear();
    stage.database.faults.next(&[Operation::TransactWriteItems], fault, 3);
    stage.connect(&customer, &partner).await;
    // Then it was sent four times, under one token.
    let sent = transactions(&stage);
    assert_eq!(sent.len(), 4);
    assert!(sent.iter().all(|call| call.client_token() == sent[0].client_token()));
    assert!(sent[0].client_token().is_some());
    assert!(stage.stored.connection(pair(&partner, &customer)).await.is_some());
    let created = ConnectionNotice::ConnectionCreated;
    assert_eq!(stage.stored.count_notices(partner.id, created).await, 1);
}

#[rstest_reuse::apply(not_now)]
async fn given_a_transaction_when_it_fails_for_ever_then_it_is_unavailable_in_time_and_undone(
    fault: Fault,
) {
    let Some(stage) = Stage::open(Engine::Embedded).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    stage.invitation(&partner).await;
    let before = stage.stored.json().await;
    stage.database.record.clear();
    stage.database.faults.always(&[Operation::TransactWriteItems], fault);
    let began = Instant::now();
    let accepted = stage.accept(&customer, &partner).await;
    assert!(matches!(accepted, Err(WriteError::Store(StoreError::Unavailable(_)))), "{accepted:?}");
    let took = began.elapsed();
    assert!(took <= CALL_LIMIT, "it took {took:?}");
    let tries = transactions(&stage).len();
    assert!((2..=8).contains(&tries), "it was tried {tries} times");
    assert_eq!(stage.stored.json().await, before, "nothing half-written");
    // When it has passed, then it works again at once.
    stage.database.faults.heal();
    stage.connect(&customer, &partner).await;
}

#[rstest]
#[case::get(Operation::GetItem)]
#[case::batch(Operation::BatchGetItem)]
#[case::query(Operation::Query)]
#[tokio::test(start_paused = true)]
async fn given_a_read_when_throttled_twice_then_it_answers_what_is_there(
    #[case] operation: Operation,
) {
    let Some(stage) = Stage::open(Engine::Embedded).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    stage.connect(&customer, &partner).await;
    let operations = match operation {
        Operation::GetItem => &[Operation::GetItem],
        Operation::BatchGetItem => &[Operation::BatchGetItem],
        _ => &[Operation::Query],
    };
    let read = async || {
        let acting = stage.acting(&partner).await;
        let customers = stage.store.customers(&acting, None, Some(50)).await;
        let link = stage.store.invite_link(&acting, stage.now()).await;
        link.and(customers).map(|page| page.items.len())
    };
    for fault in [Fault::Throttled, Fault::ThroughputExceeded, Fault::ServerError] {
        stage.database.record.clear();
        stage.database.faults.next(operations, fault, 2);
        assert_eq!(read().await.expect("passes"), 1);
        assert_eq!(stage.database.record.count(operation), 3, "{fault:?}");
    }
}

#[rstest]
#[case::get(&[Operation::GetItem])]
#[case::query(&[Operation::Query])]
#[tokio::test(start_paused = true)]
async fn given_a_read_when_throttled_for_ever_then_it_is_unavailable_in_time(
    #[case] operations: &'static [Operation],
) {
    let Some(stage) = Stage::open(Engine::Embedded).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let acting = stage.acting(&partner).await;
    stage.database.faults.always(operations, Fault::Throttled);
    let began = Instant::now();
    let answer = if operations == [Operation::GetItem] {
        stage.store.invite_link(&acting, stage.now()).await.map(|_| ())
    } else {
        stage.store.customers(&acting, None, Some(50)).await.map(|_| ())
    };
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    assert!(began.elapsed() <= CALL_LIMIT);
}

/// Every answer that means "not now" to a write of one item.
#[rstest_reuse::template]
#[rstest]
#[case::conflict(Fault::Conflict)]
#[case::throttled(Fault::Throttled)]
#[case::throughput_exceeded(Fault::ThroughputExceeded)]
#[case::request_limit(Fault::RequestLimit)]
#[case::server_error(Fault::ServerError)]
#[tokio::test(start_paused = true)]
async fn not_now_to_one_item(#[case] fault: Fault) {}

#[rstest_reuse::apply(not_now_to_one_item)]
async fn given_a_write_of_one_item_when_it_fails_thrice_then_it_is_done(fault: Fault) {
    let Some(stage) = Stage::open(Engine::Embedded).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    stage.connect(&customer, &partner).await;
    let count = Step::Count { partner: partner.id, customer: customer.id };
    stage.database.record.clear();
    stage.database.faults.next(&[Operation::UpdateItem], fault, 3);
    let counted = stage.store.take_step(&count, stage.now()).await;
    assert_eq!(counted.expect("passes"), None, "{fault:?}");
    assert_eq!(stage.database.record.count(Operation::UpdateItem), 4);
    let (kept, _) = stage.stored.connection(pair(&partner, &customer)).await.expect("connected");
    assert!(kept.figures.is_some_and(|figures| figures.open_tickets.is_some()));
}

#[rstest_reuse::apply(not_now_to_one_item)]
async fn given_a_write_of_one_item_when_it_fails_for_ever_then_it_is_unavailable_in_time(
    fault: Fault,
) {
    let Some(stage) = Stage::open(Engine::Embedded).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    stage.connect(&customer, &partner).await;
    let count = Step::Count { partner: partner.id, customer: customer.id };
    stage.database.faults.always(&[Operation::UpdateItem], fault);
    let began = Instant::now();
    let counted = stage.store.take_step(&count, stage.now()).await;
    assert!(matches!(counted, Err(StoreError::Unavailable(_))), "{counted:?}");
    assert!(began.elapsed() <= CALL_LIMIT);
    let (kept, _) = stage.stored.connection(pair(&partner, &customer)).await.expect("connected");
    assert_eq!(kept.figures, None);
}

#[tokio::test(start_paused = true)]
async fn given_a_condition_that_failed_when_decided_then_it_is_not_sent_again() {
    let Some(stage) = Stage::open(Engine::Embedded).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    stage.connect(&customer, &partner).await;
    let acting = stage.acting(&partner).await;
    stage.database.record.clear();
    // When something is lifted that was never blocked.
    let lifted = stage.store.unblock(&acting, customer.id, stage.now()).await;
    assert!(!lifted.expect("is decided"));
    assert_eq!(transactions(&stage).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn given_conflicts_between_real_changes_when_they_pass_then_both_are_done() {
    let Some(stage) = Stage::open(Engine::Embedded).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    stage.connect(&customer, &partner).await;
    let pair = pair(&partner, &customer);
    let seen = stage.connected(&partner, &customer).await.expect("connected");
    stage.database.faults.next(&[Operation::TransactWriteItems], Fault::Conflict, 5);
    let mark = stage.store.change_marks(&seen, None, |marks| {
        marks.reference = Some("C-1".parse().expect("a reference"));
    });
    let (marked, shared) =
        futures::future::join(mark, stage.share(&customer, pair, Shares::empty())).await;
    assert!(marked.expect("is decided").is_some());
    assert!(shared.expect("is decided").is_some());
    let (kept, _) = stage.stored.connection(pair).await.expect("connected");
    assert!(kept.reference.is_some() && kept.shares.is_empty());
}
