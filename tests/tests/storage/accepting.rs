//! Accepting an invitation: the one thing that grants a partner its view (P4), once (P8), for as
//! long as the partner is available, and not without end (T8).

use chrono::TimeDelta;
use futures::future::{join, join_all};
use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::{
    access::Refusal,
    account::AccountStatus,
    audit::{Action, Actor},
    connection::{AcceptRefusal, MAX_EPISODES_A_DAY, Pair, Role},
    notification::ConnectionNotice,
    program::MembershipStatus,
    share::{Share, Shares},
};
use tsunagu_store::{Acceptance, Accepted, AdmitError, WriteError};
use tsunagu_tests::{Engine, Party, Stage, both_engines, record::Operation, stage::pair};

/// Asserts why an acceptance was refused.
#[track_caller]
fn assert_refused(result: Result<Accepted, WriteError<AcceptRefusal>>, expected: AcceptRefusal) {
    match result {
        Err(WriteError::Refused(refusal)) => assert_eq!(refusal, expected),
        other => panic!("{expected:?} was expected, not {other:?}"),
    }
}

/// Asserts that a refused acceptance leaves nothing behind.
async fn assert_refused_without_trace(
    stage: &Stage,
    (customer, partner): (&Party, &Party),
    expected: AcceptRefusal,
) {
    // The link is made beforehand: it is no trace of the acceptance.
    stage.invitation(partner).await;
    let before = stage.stored.json().await;
    assert_refused(stage.accept(customer, partner).await, expected);
    assert_eq!(stage.stored.json().await, before);
}

#[apply(both_engines)]
async fn given_an_invitation_when_accepted_then_both_sides_keep_the_same_and_the_partner_is_told(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    let shares = Share::Account | Share::Licenses;
    let accepted = stage.accept_as(&customer, &partner, shares, None, None).await;
    let accepted = accepted.expect("accepts");
    assert!(accepted.is_new);
    let (on_partner, on_customer) =
        stage.stored.connection(pair(&partner, &customer)).await.expect("connected");
    assert_eq!(on_partner.connection_id, accepted.connection.connection_id);
    assert_eq!((on_partner.episode, on_partner.shares), (1, shares));
    assert_eq!(on_partner.connected_at, stage.now());
    assert_eq!(on_partner.names.display_name.as_str(), "青空商事");
    assert_eq!(on_customer.partner_org, partner.org);
    // Then the partner is told once, and nobody else.
    let told = stage.stored.notifications(partner.id).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].code, ConnectionNotice::ConnectionCreated.to_string());
    assert!(stage.stored.notifications(customer.id).await.is_empty());
    // Then the episode keeps what was shown (T7).
    let episodes = stage.stored.episodes(pair(&partner, &customer)).await;
    assert_eq!(episodes.len(), 1);
    assert_eq!(episodes[0].shown, accepted.invitation.shown);
    assert_eq!((episodes[0].shares, episodes[0].ended_at), (shares, None));
}

#[apply(both_engines)]
async fn given_an_acceptance_when_audited_then_the_other_side_reads_no_person(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    stage.connect(&customer, &partner).await;
    let of = async |party: &Party| {
        let entries = stage.stored.audit(party.id).await.into_iter();
        let created: Vec<_> =
            entries.filter(|entry| entry.action == Action::ConnectionCreated).collect();
        assert_eq!(created.len(), 1);
        created[0].actor.clone()
    };
    assert!(matches!(of(&customer).await, Actor::Administrator { .. }));
    assert_eq!(of(&partner).await, Actor::other_side(Role::Customer, customer.id));
}

#[apply(both_engines)]
async fn given_a_connection_when_accepted_again_then_it_is_the_same_and_nobody_is_told(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    let first = stage.connect(&customer, &partner).await;
    let before = stage.stored.json().await;
    stage.wait(TimeDelta::hours(1));
    // When it is accepted again, on other terms: they are a matter of `PATCH`.
    let shares = Shares::only(Share::Account);
    let again = stage.accept_as(&customer, &partner, shares, None, None).await.expect("accepts");
    assert!(!again.is_new);
    assert_eq!(again.connection, first.connection);
    assert_eq!(stage.stored.json().await, before);
}

#[apply(both_engines)]
async fn given_16_acceptances_when_at_once_then_there_is_one_episode_and_one_notice(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    let pair = pair(&partner, &customer);
    let acting = stage.acting(&customer).await;
    let invitation = stage.invitation(&partner).await;
    // Each in an environment of its own.
    let stores: Vec<_> = (0..16).map(|_| stage.database.store()).collect();
    let (now, shares) = (stage.now(), Shares::all());
    let acceptance = Acceptance { customer: &acting, shares, version: None, now };
    let accepts =
        stores.iter().map(|store| store.accept(invitation.clone(), &acceptance, |_| Ok(None)));
    let accepted: Vec<_> =
        join_all(accepts).await.into_iter().map(|one| one.expect("accepts")).collect();
    // Then one began it and the others read the winner's result.
    assert_eq!(accepted.iter().filter(|one| one.is_new).count(), 1);
    let (kept, _) = stage.stored.connection(pair).await.expect("connected");
    assert!(accepted.iter().all(|one| one.connection.connection_id == kept.connection_id));
    assert_eq!(stage.stored.episodes(pair).await.len(), 1);
    let created = ConnectionNotice::ConnectionCreated;
    assert_eq!(stage.stored.count_notices(partner.id, created).await, 1);
    for party in [&partner, &customer] {
        let audit = stage.stored.audit(party.id).await;
        let created = audit.iter().filter(|entry| entry.action == Action::ConnectionCreated);
        assert_eq!(created.count(), 1);
    }
}

#[apply(both_engines)]
async fn given_a_connection_when_accepted_against_its_end_then_each_outcome_is_whole(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    let pair = pair(&partner, &customer);
    stage.connect(&customer, &partner).await;
    for round in 0..6 {
        let ends = stage.stored.notifications(customer.id).await.len();
        let accept = Box::pin(stage.accept(&customer, &partner));
        let (accepted, ended) = join(accept, stage.end(&partner, pair)).await;
        assert!(ended.expect("the end is decided"), "there was something to end");
        let accepted = accepted.expect("accepts");
        // Then whoever came second decided: a new episode stands, or none does.
        let standing = stage.stored.connection(pair).await;
        assert_eq!(standing.is_some(), accepted.is_new, "round {round}");
        let episodes = stage.stored.episodes(pair).await;
        let open = episodes.iter().filter(|episode| episode.ended_at.is_none()).count();
        assert_eq!(open, usize::from(accepted.is_new));
        assert_eq!(stage.stored.notifications(customer.id).await.len(), ends + 1);
        let begun = stage.stored.count_notices(partner.id, ConnectionNotice::ConnectionCreated);
        assert_eq!(begun.await, episodes.len());
        if !accepted.is_new {
            stage.connect(&customer, &partner).await;
        }
    }
}

#[apply(both_engines)]
async fn given_its_own_link_when_an_account_accepts_then_it_is_refused(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let refusal = AcceptRefusal::SelfConnection;
    assert_refused_without_trace(&stage, (&partner, &partner), refusal).await;
}

#[apply(both_engines)]
async fn given_a_partner_without_badge_when_accepted_then_it_is_refused_until_renewed(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    stage.declare(&partner, MembershipStatus::Inactive).await;
    let refusal = AcceptRefusal::PartnerNotAvailable;
    assert_refused_without_trace(&stage, (&customer, &partner), refusal).await;
    stage.declare(&partner, MembershipStatus::Active).await;
    stage.connect(&customer, &partner).await;
}

#[apply(both_engines)]
async fn given_a_suspended_partner_when_accepted_then_it_is_refused(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    stage.set_status(&partner, AccountStatus::Suspended).await;
    let refusal = AcceptRefusal::PartnerNotAvailable;
    assert_refused_without_trace(&stage, (&customer, &partner), refusal).await;
}

#[apply(both_engines)]
async fn given_a_blocked_customer_when_it_accepts_then_it_is_refused_and_others_are_not(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    stage.connect(&customer, &partner).await;
    let blocked = stage.block(&partner, pair(&partner, &customer)).await;
    assert!(blocked.expect("the table answers"));
    let refusal = AcceptRefusal::PartnerNotAvailable;
    assert_refused_without_trace(&stage, (&customer, &partner), refusal).await;
    let other = stage.customer("North Wind Ltd").await;
    stage.connect(&other, &partner).await;
}

#[apply(both_engines)]
async fn given_a_changed_invitation_when_the_customer_insists_then_it_is_refused(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    let seen = stage.invitation(&partner).await.shown.version();
    let name = "Vendor Support".parse().expect("a name");
    stage.change_account(&partner, |item| item.account.display_name = name).await;
    let all = Shares::all();
    let stale = stage.accept_as(&customer, &partner, all, Some(&seen), None).await;
    assert_refused(stale, AcceptRefusal::InvitationChanged);
    let seen = stage.invitation(&partner).await.shown.version();
    let accepted = stage.accept_as(&customer, &partner, all, Some(&seen), None).await;
    assert!(accepted.expect("accepts what it was shown").is_new);
}

/// Lets the acceptance get as far as its transaction, changes the world, lets it go on.
async fn accept_while(
    stage: &Stage,
    (customer, partner): (&Party, &Party),
    change: impl Future<Output = ()>,
) -> Result<Accepted, WriteError<AcceptRefusal>> {
    stage.invitation(partner).await;
    let mut held = stage.database.faults.hold(Operation::TransactWriteItems);
    let meanwhile = async {
        held.reached().await;
        change.await;
        held.release();
    };
    join(Box::pin(stage.accept(customer, partner)), Box::pin(meanwhile)).await.0
}

#[apply(both_engines)]
async fn given_an_acceptance_on_its_way_when_the_partner_is_suspended_then_it_is_refused(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    let suspend = Box::pin(stage.set_status(&partner, AccountStatus::Suspended));
    let accepted = accept_while(&stage, (&customer, &partner), suspend).await;
    assert_refused(accepted, AcceptRefusal::PartnerNotAvailable);
    assert!(stage.stored.connection(pair(&partner, &customer)).await.is_none());
}

#[apply(both_engines)]
async fn given_an_acceptance_on_its_way_when_the_badge_lapses_then_it_is_refused(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    let lapse = Box::pin(stage.declare(&partner, MembershipStatus::Inactive));
    let accepted = accept_while(&stage, (&customer, &partner), lapse).await;
    assert_refused(accepted, AcceptRefusal::PartnerNotAvailable);
    assert!(stage.stored.notifications(partner.id).await.is_empty());
}

#[apply(both_engines)]
async fn given_an_acceptance_on_its_way_when_the_partner_renames_itself_then_the_new_name_is_kept(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    let name = "Vendor Support".parse().expect("a name");
    let rename = Box::pin(stage.change_account(&partner, |item| item.account.display_name = name));
    let accepted = accept_while(&stage, (&customer, &partner), rename).await.expect("accepts");
    // Then the episode says what the link showed at the moment of the acceptance (T7).
    assert_eq!(accepted.invitation.shown.display_name.as_str(), "Vendor Support");
    let episodes = stage.stored.episodes(pair(&partner, &customer)).await;
    assert_eq!(episodes[0].shown, accepted.invitation.shown);
}

#[apply(both_engines)]
async fn given_an_acceptance_on_its_way_when_the_customer_is_suspended_then_it_is_refused(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    let suspend = Box::pin(stage.set_status(&customer, AccountStatus::Suspended));
    let accepted = accept_while(&stage, (&customer, &partner), suspend).await;
    assert_refused(accepted, AcceptRefusal::CustomerSuspended);
    assert!(stage.stored.connection(pair(&partner, &customer)).await.is_none());
}

#[apply(both_engines)]
async fn given_20_episodes_of_a_day_when_accepted_then_it_is_refused_until_tomorrow(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    let pair: Pair = pair(&partner, &customer);
    let first = stage.connect(&customer, &partner).await.connection.connection_id;
    assert!(stage.end(&customer, pair).await.expect("ends"));
    for number in 2..=MAX_EPISODES_A_DAY {
        let accepted = stage.connect(&customer, &partner).await.connection;
        assert_eq!((accepted.connection_id, accepted.episode), (first, number));
        assert!(stage.end(&customer, pair).await.expect("ends"));
    }
    let refusal = AcceptRefusal::TooManyEpisodes;
    assert_refused_without_trace(&stage, (&customer, &partner), refusal).await;
    // When it is the next day in the customer's own time zone, 12 hours later.
    stage.wait(TimeDelta::hours(12));
    assert_eq!(stage.connect(&customer, &partner).await.connection.episode, 21);
}

#[apply(both_engines)]
async fn given_no_acceptance_when_the_partner_asks_for_the_customer_then_it_is_not_connected(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    let seen = stage.connected(&partner, &customer).await;
    assert!(matches!(seen, Err(AdmitError::Refused(Refusal::NotConnected))));
    stage.connect(&customer, &partner).await;
    assert!(stage.connected(&partner, &customer).await.is_ok());
}
