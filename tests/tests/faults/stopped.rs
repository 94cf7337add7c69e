//! A database that is away or stuck: said within the request's time; afterwards it works again.

use std::time::Duration;

use rstest::rstest;
use rstest_reuse::apply;
use tokio::time::Instant;
use tsunagu_store::{StoreError, WriteError};
use tsunagu_tests::{Engine, Stage, both_engines, faults::Fault, record::Operation, stage::pair};

#[apply(both_engines)]
async fn given_a_stopped_database_when_asked_then_it_is_unavailable_until_it_is_back(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let acting = stage.acting(&partner).await;
    let link = stage.store.invite_link(&acting, stage.now()).await.expect("a link");
    stage.database.faults.stop_database();
    let away = stage.store.invite_link(&acting, stage.now()).await;
    assert!(matches!(away, Err(StoreError::Unavailable(_))), "{away:?}");
    let away = stage.store.customers(&acting, None, Some(50)).await.map(|_| ());
    assert!(matches!(away, Err(StoreError::Unavailable(_))), "{away:?}");
    stage.database.faults.heal();
    let back = stage.store.invite_link(&acting, stage.now()).await.expect("answers again");
    assert_eq!(back, link);
}

#[apply(both_engines)]
async fn given_a_database_that_stops_between_read_and_write_then_nothing_is_half_written(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    stage.invitation(&partner).await;
    let before = stage.stored.json().await;
    stage.database.faults.always(&[Operation::TransactWriteItems], Fault::Refused);
    let accepted = stage.accept(&customer, &partner).await;
    assert!(matches!(accepted, Err(WriteError::Store(StoreError::Unavailable(_)))));
    assert_eq!(stage.stored.json().await, before);
    stage.database.faults.heal();
    stage.connect(&customer, &partner).await;
    assert!(stage.stored.connection(pair(&partner, &customer)).await.is_some());
}

#[apply(both_engines)]
async fn given_a_short_outage_when_it_is_over_in_time_then_nobody_notices(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    for fault in [Fault::Refused, Fault::Stuck] {
        stage.database.faults.next(Operation::ALL, fault, 2);
        let accepted = stage.accept(&customer, &partner).await;
        assert!(accepted.is_ok(), "{fault:?}: {accepted:?}");
    }
}

#[rstest]
#[case::stuck(Fault::Stuck)]
#[case::no_answer(Fault::AnswerNeverComes)]
#[tokio::test(start_paused = true)]
async fn given_a_stuck_database_when_asked_then_a_call_takes_its_limit_and_no_longer(
    #[case] fault: Fault,
) {
    let Some(stage) = Stage::open(Engine::Embedded).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let acting = stage.acting(&partner).await;
    stage.database.faults.always(Operation::ALL, fault);
    let began = Instant::now();
    let stuck = stage.store.invite_link(&acting, stage.now()).await;
    assert!(matches!(stuck, Err(StoreError::Unavailable(_))), "{stuck:?}");
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(1_500), "one attempt alone takes that long: {took:?}");
    assert!(took <= Duration::from_millis(5_100), "the call's limit is five seconds: {took:?}");
}
