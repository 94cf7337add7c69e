//! Either side ends a connection at any time (P7), once, and the other side is told once (P8).

use chrono::TimeDelta;
use futures::future::{join, join_all};
use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::{
    audit::{Action, Actor},
    connection::Role,
    notification::ConnectionNotice,
    share::{Share, Shares},
};
use tsunagu_store::{WriteError, items::NoteItem, keys};
use tsunagu_tests::{Engine, Party, Stage, both_engines, record::Operation, stage::pair};

async fn connected(stage: &Stage) -> (Party, Party) {
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    stage.connect(&customer, &partner).await;
    (partner, customer)
}

#[apply(both_engines)]
async fn given_a_connection_when_the_customer_ends_it_then_the_partner_is_told_and_sees_nothing(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let pair = pair(&partner, &customer);
    stage.wait(TimeDelta::days(1));
    assert!(stage.end(&customer, pair).await.expect("ends"));
    assert!(stage.connected(&partner, &customer).await.is_err());
    assert!(stage.stored.connection(pair).await.is_none());
    let notice = ConnectionNotice::ConnectionEndedByCustomer;
    assert_eq!(stage.stored.count_notices(partner.id, notice).await, 1);
    assert!(stage.stored.notifications(customer.id).await.is_empty());
    let episodes = stage.stored.episodes(pair).await;
    assert_eq!(episodes[0].ended_at, Some(stage.now()));
    assert_eq!(episodes[0].ended_by, Some(Role::Customer));
}

#[apply(both_engines)]
async fn given_a_connection_when_the_partner_ends_it_then_the_customer_is_told(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let pair = pair(&partner, &customer);
    assert!(stage.end(&partner, pair).await.expect("ends"));
    let notice = ConnectionNotice::ConnectionEndedByPartner;
    assert_eq!(stage.stored.count_notices(customer.id, notice).await, 1);
    assert_eq!(stage.stored.episodes(pair).await[0].ended_by, Some(Role::Partner));
    // Then the customer's trail names the partner, and no person of it (T10).
    let audit = stage.stored.audit(customer.id).await;
    let ended: Vec<_> =
        audit.iter().filter(|entry| entry.action == Action::ConnectionEnded).collect();
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].actor, Actor::other_side(Role::Partner, partner.id));
}

#[apply(both_engines)]
async fn given_a_connection_when_both_sides_end_it_at_once_then_one_does_and_one_is_told(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let pair = pair(&partner, &customer);
    for round in 1..=6 {
        let (one, other) = join(stage.end(&partner, pair), stage.end(&customer, pair)).await;
        let ended = [one.expect("is decided"), other.expect("is decided")];
        assert_eq!(ended.iter().filter(|ended| **ended).count(), 1, "one of them ended it");
        let by_partner = ConnectionNotice::ConnectionEndedByPartner;
        let by_customer = ConnectionNotice::ConnectionEndedByCustomer;
        let told = stage.stored.count_notices(customer.id, by_partner).await
            + stage.stored.count_notices(partner.id, by_customer).await;
        assert_eq!(told, round, "one notice an end");
        let last = stage.stored.episodes(pair).await.pop().expect("an episode");
        let by = if ended[0] { Role::Partner } else { Role::Customer };
        assert_eq!(last.ended_by, Some(by), "the history names the winner");
        stage.connect(&customer, &partner).await;
    }
}

#[apply(both_engines)]
async fn given_16_ends_of_one_side_when_at_once_then_one_does(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let pair = pair(&partner, &customer);
    let ends = join_all((0..16).map(|_| stage.end(&customer, pair))).await;
    let done = ends.into_iter().filter(|end| *end.as_ref().expect("is decided")).count();
    assert_eq!(done, 1);
    let notice = ConnectionNotice::ConnectionEndedByCustomer;
    assert_eq!(stage.stored.count_notices(partner.id, notice).await, 1);
}

#[apply(both_engines)]
async fn given_no_connection_when_ended_then_nothing_happens(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let pair = pair(&partner, &customer);
    assert!(stage.end(&customer, pair).await.expect("ends"));
    let before = stage.stored.json().await;
    assert!(!stage.end(&customer, pair).await.expect("is decided"));
    assert!(!stage.end(&partner, pair).await.expect("is decided"));
    assert_eq!(stage.stored.json().await, before);
}

#[apply(both_engines)]
async fn given_a_stale_reader_when_it_ends_then_it_is_refused_and_nothing_happens(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let pair = pair(&partner, &customer);
    let by_partner = stage.connected(&partner, &customer).await.expect("connected").version();
    let acting = stage.acting(&customer).await;
    let item = stage.store.partner(&acting, partner.id).await.expect("answers");
    let by_customer = item.expect("connected").version();
    stage.share(&customer, pair, Share::Account.into()).await.expect("narrows");
    let before = stage.stored.json().await;
    for (side, seen) in [(&partner, by_partner), (&customer, by_customer)] {
        let end = stage.end_as_seen(side, pair, Some(seen)).await;
        assert!(matches!(end, Err(WriteError::Refused(_))));
    }
    assert_eq!(stage.stored.json().await, before);
}

#[apply(both_engines)]
async fn given_a_reader_of_an_earlier_episode_when_it_ends_then_it_is_refused(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let pair = pair(&partner, &customer);
    // Given what both saw of the first episode, whose counters begin anew with the second.
    let by_partner = stage.connected(&partner, &customer).await.expect("connected").version();
    let acting = stage.acting(&customer).await;
    let item = stage.store.partner(&acting, partner.id).await.expect("answers");
    let by_customer = item.expect("connected").version();
    stage.end(&customer, pair).await.expect("ends");
    stage.connect(&customer, &partner).await;
    for (side, seen) in [(&partner, by_partner), (&customer, by_customer)] {
        let end = stage.end_as_seen(side, pair, Some(seen)).await;
        assert!(matches!(end, Err(WriteError::Refused(_))));
    }
    assert!(stage.stored.connection(pair).await.is_some());
}

#[apply(both_engines)]
async fn given_marks_when_ended_and_accepted_again_then_id_and_marks_are_kept(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let pair = pair(&partner, &customer);
    let seen = stage.connected(&partner, &customer).await.expect("connected");
    let marked = stage.store.change_marks(&seen, None, |marks| {
        marks.reference = Some("顧客-0042".parse().expect("a reference"));
        marks.tags = vec!["重要".parse().expect("a tag"), "osaka".parse().expect("a tag")];
        marks.note = Some("毎月第一月曜に電話".parse().expect("a note"));
    });
    let before = marked.await.expect("answers").expect("connected").marks();
    let first = seen.connection_id;
    // When it ends, and begins again a month later.
    assert!(stage.end(&customer, pair).await.expect("ends"));
    let kept = stage.stored.get::<NoteItem>(keys::note(partner.id, customer.id)).await;
    assert!(kept.is_some(), "the note outlives the end");
    stage.wait(TimeDelta::days(30));
    let accepted = stage
        .accept_as(&customer, &partner, Shares::only(Share::Orders), None, None)
        .await
        .expect("accepts");
    assert_eq!((accepted.connection.connection_id, accepted.connection.episode), (first, 2));
    // Then the partner finds its marks; what is shared is what was said this time.
    let seen = stage.connected(&partner, &customer).await.expect("connected");
    assert_eq!(seen.shares, Shares::only(Share::Orders));
    let again = stage.marked(&partner, &customer).await;
    assert_eq!(again.marks(), before);
    // Then the past is gone from the lists of ended connections, and stands in the history.
    let acting = stage.acting(&partner).await;
    let past = stage.store.past_customers(&acting, None, 50).await.expect("answers");
    assert!(past.items.is_empty());
    assert_eq!(stage.stored.episodes(pair).await.len(), 2);
}

#[apply(both_engines)]
async fn given_an_end_on_its_way_when_the_partner_marks_and_the_customer_narrows_then_both_are_kept(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let pair = pair(&partner, &customer);
    let seen = stage.connected(&partner, &customer).await.expect("connected");
    let reference = "C-7".parse().ok();
    let mut held = stage.database.faults.hold(Operation::TransactWriteItems);
    let meanwhile = async {
        held.reached().await;
        let mark = stage.store.change_marks(&seen, None, |marks| {
            marks.reference.clone_from(&reference);
        });
        assert!(mark.await.expect("answers").is_some());
        let narrowed = stage.share(&customer, pair, Shares::only(Share::Orders)).await;
        assert!(narrowed.expect("answers").is_some());
        held.release();
    };
    let (ended, ()) = join(stage.end(&customer, pair), meanwhile).await;
    assert!(ended.expect("is decided"));
    // Then what ended is the connection as it stood at its end, not as it was read before.
    let acting = stage.acting(&partner).await;
    let past = stage.store.past_customers(&acting, None, 5).await.expect("answers").items;
    assert_eq!(past[0].kept.reference, reference);
    assert_eq!(past[0].past.shares, Shares::only(Share::Orders));
}

#[apply(both_engines)]
async fn given_a_partner_that_blocks_when_unblocked_then_the_link_works_again(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let pair = pair(&partner, &customer);
    assert!(stage.block(&partner, pair).await.expect("ends"));
    let acting = stage.acting(&partner).await;
    let blocked = stage.store.blocked_customers(&acting, None, 50).await.expect("answers").items;
    assert_eq!(blocked.len(), 1);
    assert_eq!((blocked[0].customer, blocked[0].blocked_at), (customer.id, stage.now()));
    // Then the customer learns of the end, never of the block.
    let audit = stage.stored.audit(customer.id).await;
    assert!(audit.iter().all(|entry| entry.action != Action::CustomerBlocked));
    let own = stage.stored.audit(partner.id).await;
    assert!(own.iter().any(|entry| entry.action == Action::CustomerBlocked));
    // When it is lifted, once.
    let lift = async || stage.store.unblock(&acting, customer.id, stage.now()).await;
    assert!(lift().await.expect("answers"));
    assert!(!lift().await.expect("answers"), "there is nothing left to lift");
    let audit = stage.stored.audit(partner.id).await;
    let lifted = audit.iter().filter(|entry| entry.action == Action::CustomerUnblocked);
    assert_eq!(lifted.count(), 1);
    assert_eq!(stage.connect(&customer, &partner).await.connection.episode, 2);
}
