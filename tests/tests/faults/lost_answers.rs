//! A transaction that was done though its answer was lost is not done twice.

use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::{notification::ConnectionNotice, share::Shares};
use tsunagu_store::{StoreError, WriteError};
use tsunagu_tests::{Engine, Stage, both_engines, faults::Fault, record::Operation, stage::pair};

const TRANSACTIONS: &[Operation] = &[Operation::TransactWriteItems];

/// Every way to lose an answer of something that was done.
const LOST: [Fault; 2] = [Fault::LostAnswer, Fault::AnswerNeverComes];

#[apply(both_engines)]
async fn given_an_acceptance_when_its_answer_is_lost_then_it_happened_once_and_is_told_as_new(
    engine: Engine,
) {
    for fault in LOST {
        let Some(stage) = Stage::open(engine).await else { return };
        let partner = stage.partner("みなとクラウド").await;
        let customer = stage.customer("青空商事").await;
        let pair = pair(&partner, &customer);
        stage.invitation(&partner).await;
        stage.database.faults.next(TRANSACTIONS, fault, 2);
        let accepted = stage.accept(&customer, &partner).await.expect("accepts");
        // Then the one who asked is told what he did, not that somebody else was faster.
        assert!(accepted.is_new, "{fault:?}");
        assert_eq!(stage.stored.episodes(pair).await.len(), 1);
        let created = ConnectionNotice::ConnectionCreated;
        assert_eq!(stage.stored.count_notices(partner.id, created).await, 1);
        assert_eq!(stage.stored.audit(customer.id).await.len(), 1);
    }
}

#[apply(both_engines)]
async fn given_an_end_when_its_answer_is_lost_then_it_ended_once(engine: Engine) {
    for fault in LOST {
        let Some(stage) = Stage::open(engine).await else { return };
        let partner = stage.partner("みなとクラウド").await;
        let customer = stage.customer("青空商事").await;
        let pair = pair(&partner, &customer);
        stage.connect(&customer, &partner).await;
        stage.database.faults.next(TRANSACTIONS, fault, 1);
        assert!(stage.end(&partner, pair).await.expect("ends"), "{fault:?}");
        let ended = ConnectionNotice::ConnectionEndedByPartner;
        assert_eq!(stage.stored.count_notices(customer.id, ended).await, 1);
        assert!(stage.stored.connection(pair).await.is_none());
    }
}

#[apply(both_engines)]
async fn given_a_narrowing_when_its_answer_is_lost_then_it_is_told_once(engine: Engine) {
    for fault in LOST {
        let Some(stage) = Stage::open(engine).await else { return };
        let partner = stage.partner("みなとクラウド").await;
        let customer = stage.customer("青空商事").await;
        let pair = pair(&partner, &customer);
        stage.connect(&customer, &partner).await;
        stage.database.faults.next(TRANSACTIONS, fault, 1);
        let shared = stage.share(&customer, pair, Shares::empty()).await.expect("answers");
        assert!(shared.expect("connected").shares.is_empty());
        let changed = ConnectionNotice::ConnectionSharesChanged;
        assert_eq!(stage.stored.count_notices(partner.id, changed).await, 1);
    }
}

#[apply(both_engines)]
async fn given_all_answers_lost_when_time_is_up_then_it_is_unavailable_and_asking_again_finds_it_done(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    stage.invitation(&partner).await;
    stage.database.faults.always(TRANSACTIONS, Fault::LostAnswer);
    let accepted = stage.accept(&customer, &partner).await;
    assert!(matches!(accepted, Err(WriteError::Store(StoreError::Unavailable(_)))), "{accepted:?}");
    stage.database.faults.heal();
    // When the caller asks again, then it reads its own result.
    let again = stage.accept(&customer, &partner).await.expect("answers");
    assert!(!again.is_new);
    assert_eq!(stage.stored.episodes(pair(&partner, &customer)).await.len(), 1);
    let created = ConnectionNotice::ConnectionCreated;
    assert_eq!(stage.stored.count_notices(partner.id, created).await, 1);
}

#[apply(both_engines)]
async fn given_a_first_invite_link_when_its_answer_is_lost_then_it_is_the_one_that_was_made(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let acting = stage.acting(&partner).await;
    stage.database.faults.next(TRANSACTIONS, Fault::LostAnswer, 1);
    let made = stage.store.invite_link(&acting, stage.now()).await.expect("a link");
    let read = stage.store.invite_link(&acting, stage.now()).await.expect("a link");
    assert_eq!(made, read);
}

#[apply(both_engines)]
async fn given_a_dismissal_when_its_answer_is_lost_then_it_keeps_its_first_date(engine: Engine) {
    for fault in LOST {
        let Some(stage) = Stage::open(engine).await else { return };
        let partner = stage.partner("みなとクラウド").await;
        let customer = stage.customer("青空商事").await;
        stage.connect(&customer, &partner).await;
        let acting = stage.acting(&partner).await;
        let notice = stage.stored.notifications(partner.id).await[0].notification_id;
        stage.database.faults.next(&[Operation::UpdateItem], fault, 1);
        let dismissed = stage.store.dismiss_notification(&acting, notice, stage.now()).await;
        assert!(dismissed.expect("is done"), "{fault:?}: it was not unknown");
        let kept = stage.stored.notifications(partner.id).await;
        assert_eq!(kept[0].dismissed_at, Some(stage.now()));
    }
}
