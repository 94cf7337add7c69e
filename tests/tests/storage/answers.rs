//! Answers kept under idempotency keys: in the transaction of their effect, per caller, for a day.

use chrono::TimeDelta;
use futures::future::join_all;
use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::{notification::ConnectionNotice, share::Shares};
use tsunagu_store::{AnswerKey, RecordedAnswer, WriteError};
use tsunagu_tests::{Engine, Party, Stage, both_engines, stage::pair};

fn key(party: &Party) -> AnswerKey {
    AnswerKey {
        caller: party.caller.subject.as_str().to_owned(),
        route: "POST /v1/invitations/{token}/accept".to_owned(),
        account: Some(party.id),
        key_digest: "digest-of-the-key".to_owned(),
    }
}

fn answer(stage: &Stage, key: AnswerKey, body: &str) -> RecordedAnswer {
    RecordedAnswer {
        key,
        body_digest: "digest-of-the-body".to_owned(),
        status: 201,
        body: body.to_owned(),
        recorded_at: stage.now(),
        expires_at: stage.now() + TimeDelta::hours(24),
    }
}

#[apply(both_engines)]
async fn given_an_effect_when_done_then_its_answer_is_kept_for_a_day(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    let answer = answer(&stage, key(&customer), r#"{"state":"active"}"#);
    let record = Some(answer.clone());
    let accepted = stage.accept_as(&customer, &partner, Shares::all(), None, record).await;
    assert!(accepted.expect("accepts").is_new);
    let found = async || stage.store.find_answer(&key(&customer), stage.now()).await;
    assert_eq!(found().await.expect("answers"), Some(answer));
    // Then nobody else finds it: not another caller, not on another route or account (T11).
    let own = key(&customer);
    let others = [
        AnswerKey { caller: partner.caller.subject.as_str().to_owned(), ..own.clone() },
        AnswerKey { route: "POST /v1/accounts".to_owned(), ..own.clone() },
        AnswerKey { account: Some(partner.id), ..own.clone() },
        AnswerKey { account: None, ..own.clone() },
        AnswerKey { key_digest: "another".to_owned(), ..own },
    ];
    for other in others {
        let found = stage.store.find_answer(&other, stage.now()).await.expect("answers");
        assert_eq!(found, None, "{other:?}");
    }
    // Then it is forgotten to the moment, though DynamoDB deletes it later.
    stage.wait(TimeDelta::hours(24) - TimeDelta::milliseconds(1));
    assert!(found().await.expect("answers").is_some());
    stage.wait(TimeDelta::milliseconds(1));
    assert_eq!(found().await.expect("answers"), None);
}

#[apply(both_engines)]
async fn given_a_refusal_when_answered_then_nothing_is_kept(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.customer("バッジなし").await;
    let customer = stage.customer("青空商事").await;
    let record = Some(answer(&stage, key(&customer), "{}"));
    let accepted = stage.accept_as(&customer, &partner, Shares::all(), None, record).await;
    assert!(matches!(accepted, Err(WriteError::Refused(_))));
    let found = stage.store.find_answer(&key(&customer), stage.now()).await;
    assert_eq!(found.expect("answers"), None);
}

#[apply(both_engines)]
async fn given_a_taken_key_when_used_for_another_effect_then_that_does_not_happen(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let first = stage.partner("みなとクラウド").await;
    let other = stage.partner("Northwind Services").await;
    let customer = stage.customer("青空商事").await;
    let accept = async |partner: &Party, body: &str| {
        let record = Some(answer(&stage, key(&customer), body));
        stage.accept_as(&customer, partner, Shares::all(), None, record).await
    };
    stage.invitation(&other).await;
    accept(&first, "first").await.expect("accepts");
    let before = stage.stored.json().await;
    let taken = accept(&other, "other").await;
    assert!(matches!(taken, Err(WriteError::KeyTaken)), "{taken:?}");
    assert_eq!(stage.stored.json().await, before, "neither effect nor answer");
}

#[apply(both_engines)]
async fn given_one_key_when_eight_use_it_at_once_then_one_effect_happens(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let customer = stage.customer("青空商事").await;
    let mut partners = vec![];
    for number in 0..8 {
        let partner = stage.partner(&format!("Partner {number}")).await;
        stage.invitation(&partner).await;
        partners.push(partner);
    }
    let accepts = partners.iter().map(|partner| {
        let record = Some(answer(&stage, key(&customer), "{}"));
        stage.accept_as(&customer, partner, Shares::all(), None, record)
    });
    let accepted = join_all(accepts).await;
    let done = accepted.iter().filter(|one| one.as_ref().is_ok_and(|one| one.is_new)).count();
    let taken = accepted.iter().filter(|one| matches!(one, Err(WriteError::KeyTaken))).count();
    assert_eq!((done, taken), (1, 7));
    let mut connected = 0;
    for partner in &partners {
        let created = ConnectionNotice::ConnectionCreated;
        let told = stage.stored.count_notices(partner.id, created).await;
        let stands = stage.stored.connection(pair(partner, &customer)).await.is_some();
        assert_eq!(told, usize::from(stands));
        connected += told;
    }
    assert_eq!(connected, 1);
}

#[apply(both_engines)]
async fn given_an_expired_answer_when_the_key_is_used_again_then_it_is_as_new(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let first = stage.partner("みなとクラウド").await;
    let other = stage.partner("Northwind Services").await;
    let customer = stage.customer("青空商事").await;
    let accept = async |partner: &Party, body: &str| {
        let record = Some(answer(&stage, key(&customer), body));
        stage.accept_as(&customer, partner, Shares::all(), None, record).await
    };
    accept(&first, "first").await.expect("accepts");
    // Given that DynamoDB has not deleted it yet.
    stage.wait(TimeDelta::hours(24));
    assert!(accept(&other, "other").await.expect("accepts").is_new);
    let found = stage.store.find_answer(&key(&customer), stage.now()).await.expect("answers");
    assert_eq!(found.expect("is kept").body, "other");
}
