//! The customer says what a partner sees, from the next request on.

use futures::future::join;
use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::{
    audit::Action,
    notification::ConnectionNotice,
    share::{Share, Shares},
};
use tsunagu_store::WriteError;
use tsunagu_tests::{Engine, Party, Stage, both_engines, record::Operation, stage::pair};

async fn connected(stage: &Stage) -> (Party, Party) {
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    stage.connect(&customer, &partner).await;
    (partner, customer)
}

#[apply(both_engines)]
async fn given_all_shared_when_narrowed_then_both_sides_and_the_next_check_know(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let pair = pair(&partner, &customer);
    let shares = Share::Account | Share::Tickets;
    let changed = stage.share(&customer, pair, shares).await.expect("answers");
    assert_eq!(changed.expect("connected").shares, shares);
    let (on_partner, _) = stage.stored.connection(pair).await.expect("connected");
    assert_eq!(on_partner.shares, shares);
    let seen = stage.connected(&partner, &customer).await.expect("connected");
    assert_eq!(seen.shares, shares);
    // Then the partner is told once, and both trails say from what to what.
    let notice = ConnectionNotice::ConnectionSharesChanged;
    assert_eq!(stage.stored.count_notices(partner.id, notice).await, 1);
    for party in [&partner, &customer] {
        let audit = stage.stored.audit(party.id).await;
        let changed: Vec<_> =
            audit.iter().filter(|entry| entry.action == Action::ConnectionSharesChanged).collect();
        assert_eq!(changed.len(), 1);
        assert_eq!(changed[0].changes["shares"].to.as_deref(), Some("account tickets"));
    }
    // Then the history still says what was shared at acceptance.
    assert_eq!(stage.stored.episodes(pair).await[0].shares, Shares::all());
}

#[apply(both_engines)]
async fn given_shares_when_set_to_the_same_then_nothing_happens(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let before = stage.stored.json().await;
    let same = stage.share(&customer, pair(&partner, &customer), Shares::all()).await;
    assert!(same.expect("answers").is_some());
    assert_eq!(stage.stored.json().await, before);
}

#[apply(both_engines)]
async fn given_shares_when_set_to_nothing_then_they_stay_connected(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let narrowed = stage.share(&customer, pair(&partner, &customer), Shares::empty()).await;
    assert!(narrowed.expect("answers").is_some());
    let seen = stage.connected(&partner, &customer).await.expect("connected");
    assert!(seen.shares.is_empty());
}

#[apply(both_engines)]
async fn given_no_connection_when_narrowed_then_there_is_none(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let pair = pair(&partner, &customer);
    assert!(stage.end(&partner, pair).await.expect("ends"));
    let before = stage.stored.json().await;
    let changed = stage.share(&customer, pair, Shares::empty()).await;
    assert!(changed.expect("answers").is_none());
    assert_eq!(stage.stored.json().await, before);
}

#[apply(both_engines)]
async fn given_a_stale_reader_when_it_narrows_then_it_is_refused(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let pair = pair(&partner, &customer);
    let acting = stage.acting(&customer).await;
    let read = stage.store.partner(&acting, partner.id).await.expect("answers");
    let seen = read.expect("connected").version();
    // Given that somebody else changed it since.
    let meanwhile = stage.share(&customer, pair, Shares::only(Share::Orders)).await;
    assert!(meanwhile.expect("answers").is_some());
    let before = stage.stored.json().await;
    let change =
        stage.store.change_shares(&acting, partner.id, Shares::all(), Some(seen), stage.now());
    let stale = change.await;
    assert!(matches!(stale, Err(WriteError::Refused(_))));
    assert_eq!(stage.stored.json().await, before);
}

#[apply(both_engines)]
async fn given_a_change_on_its_way_when_another_comes_first_then_the_last_word_holds_whole(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let pair = pair(&partner, &customer);
    let mut held = stage.database.faults.hold(Operation::TransactWriteItems);
    let (first, last) = (Shares::only(Share::Orders), Shares::only(Share::Tickets));
    let meanwhile = async {
        held.reached().await;
        let done = stage.share(&customer, pair, first).await;
        assert!(done.expect("answers").is_some());
        held.release();
    };
    let (changed, ()) = join(stage.share(&customer, pair, last), meanwhile).await;
    assert_eq!(changed.expect("answers").expect("connected").shares, last);
    let (kept, _) = stage.stored.connection(pair).await.expect("connected");
    assert_eq!(kept.shares, last);
    // Then each change was told once, and the trail goes from one to the next.
    let notice = ConnectionNotice::ConnectionSharesChanged;
    assert_eq!(stage.stored.count_notices(partner.id, notice).await, 2);
    let audit = stage.stored.audit(customer.id).await;
    let from: Vec<_> =
        audit.iter().filter_map(|entry| entry.changes.get("shares")?.from.as_deref()).collect();
    let listed = "account orders entitlements licenses tickets notifications federation";
    assert_eq!(from.len(), 2);
    assert!(from.contains(&listed) && from.contains(&"orders"), "{from:?}");
}

#[apply(both_engines)]
async fn given_a_change_on_its_way_when_the_connection_ends_then_nothing_is_left_to_narrow(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let pair = pair(&partner, &customer);
    let mut held = stage.database.faults.hold(Operation::TransactWriteItems);
    let meanwhile = async {
        held.reached().await;
        assert!(stage.end(&partner, pair).await.expect("ends"));
        held.release();
    };
    let (changed, ()) = join(stage.share(&customer, pair, Shares::empty()), meanwhile).await;
    // Then there was nothing left to narrow, and nothing comes back to life.
    assert!(changed.expect("answers").is_none());
    assert!(stage.stored.connection(pair).await.is_none());
    let notice = ConnectionNotice::ConnectionSharesChanged;
    assert_eq!(stage.stored.count_notices(partner.id, notice).await, 0);
}
