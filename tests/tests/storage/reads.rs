//! Counting partners' reads: exact, whatever is delivered again, at once, or breaks off.

use std::collections::BTreeMap;

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::Value;
use tsunagu_api::TaskError;
use tsunagu_domain::ids::AccountId;
use tsunagu_tests::{Engine, Stage, both_engines, faults::Fault, record::Operation, stage::Party};

/// More entries than one transaction adds to.
const MANY: usize = 150;

async fn stage(engine: Engine) -> Option<(Stage, Party)> {
    let stage = Stage::open(engine).await?;
    let customer = stage.customer("Sakura").await;
    Some((stage, customer))
}

/// Two reads by each of many partners, and what they come to.
fn many(stage: &Stage, customer: &Party) -> (Value, BTreeMap<(AccountId, String), u64>) {
    let partners: Vec<_> = (0..MANY).map(|_| AccountId::mint(stage.now())).collect();
    let reads: Vec<_> =
        partners.iter().chain(&partners).map(|partner| (*partner, customer.id, "orders")).collect();
    let expected = partners.iter().map(|partner| ((*partner, "orders".to_owned()), 2)).collect();
    (stage.delivery(&reads), expected)
}

#[apply(both_engines)]
async fn given_a_delivery_when_it_comes_again_then_nothing_is_counted_twice(engine: Engine) {
    let Some((stage, customer)) = stage(engine).await else { return };
    let (delivery, expected) = many(&stage, &customer);
    let report = stage.count(&delivery).await.expect("is counted");
    assert_eq!((report.lines, report.counted), (2 * MANY, 2 * MANY as u64));
    for _ in 0..2 {
        assert_eq!(stage.count(&delivery).await.expect("is known").counted, 0);
        assert_eq!(stage.reads_of(customer.id).await, expected);
    }
    let (partner, _) = expected.first_key_value().expect("there are many").0.clone();
    let further = stage.delivery(&[(partner, customer.id, "orders")]);
    assert_eq!(stage.count(&further).await.expect("is another").counted, 1);
    assert_eq!(stage.reads_of(customer.id).await[&(partner, "orders".to_owned())], 3);
}

#[apply(both_engines)]
async fn given_the_same_delivery_twice_at_once_then_it_is_counted_once(engine: Engine) {
    let Some((stage, customer)) = stage(engine).await else { return };
    let (delivery, expected) = many(&stage, &customer);
    let (one, other) = tokio::join!(stage.count(&delivery), stage.count(&delivery));
    let counted = one.expect("ends").counted + other.expect("ends").counted;
    assert_eq!(counted, 2 * MANY as u64);
    assert_eq!(stage.reads_of(customer.id).await, expected);
}

#[apply(both_engines)]
async fn given_the_database_stops_after_any_call_then_the_next_delivery_ends_what_was_begun(
    engine: Engine,
) {
    let Some((stage, customer)) = stage(engine).await else { return };
    for calls in 0..4 {
        let (delivery, expected) = many(&stage, &customer);
        stage.database.faults.stop_after(calls);
        let broken = stage.count(&delivery).await.is_err();
        stage.database.faults.heal();
        assert_eq!(broken, calls < 3, "it takes a batch and two transactions");
        stage.count(&delivery).await.expect("ends");
        let seen = stage.reads_of(customer.id).await;
        assert!(expected.iter().all(|(key, count)| seen.get(key) == Some(count)), "{calls}");
    }
}

#[apply(both_engines)]
async fn given_lost_answers_and_conflicts_then_the_count_is_exact(engine: Engine) {
    let Some((stage, customer)) = stage(engine).await else { return };
    for fault in [Fault::LostAnswer, Fault::Conflict, Fault::ThrottledInTransaction] {
        let (delivery, expected) = many(&stage, &customer);
        stage.database.faults.next(&[Operation::TransactWriteItems], fault, 2);
        stage.count(&delivery).await.expect("ends");
        let seen = stage.reads_of(customer.id).await;
        assert!(expected.iter().all(|(key, count)| seen.get(key) == Some(count)), "{fault:?}");
    }
}

/// Lines that make no sense, and those of an account that does not exist, fail alone.
#[apply(both_engines)]
async fn given_lines_without_sense_then_they_fail_and_the_others_are_counted(engine: Engine) {
    let Some((stage, customer)) = stage(engine).await else { return };
    let [partner, stranger] = [(), ()].map(|()| AccountId::mint(stage.now()));
    let delivery = stage.delivery(&[
        (partner, customer.id, "orders"),
        (partner, customer.id, "secrets"),
        (partner, stranger, "orders"),
        (partner, customer.id, "tickets"),
    ]);
    for _ in 0..2 {
        let failed = stage.count(&delivery).await.expect_err("it is told");
        assert!(matches!(failed, TaskError::Partial(2)), "{failed}");
        let seen = stage.reads_of(customer.id).await;
        let of = |part: &str| ((partner, part.to_owned()), 1);
        assert_eq!(seen, [of("orders"), of("tickets")].into());
    }
    assert!(stage.reads_of(stranger).await.is_empty());
    let check = include_str!("../../../events/read-audit.json");
    let check: Value = serde_json::from_str(check).expect("JSON");
    assert_eq!(stage.count(&check).await.expect("is none").lines, 0);
}
