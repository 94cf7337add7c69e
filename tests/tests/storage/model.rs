//! Any interleaving of what both sides do agrees with a model of a few lines: both sides' items,
//! history, notices and trails, after each step; and two steps at once agree with one order of them.

use std::future::Future;

use chrono::{NaiveDate, TimeDelta};
use futures::future::join;
use proptest::prelude::*;
use tokio::runtime::Builder;
use tsunagu_domain::{
    audit::Action,
    connection::{MAX_EPISODES_A_DAY, Role},
    notification::ConnectionNotice,
    share::{Share, Shares},
};
use tsunagu_store::{
    items::{BlockedItem, PastCustomerItem},
    keys,
};
use tsunagu_tests::{Engine, Party, Stage, stage::pair, stored::Contents};

/// What somebody does.
#[derive(Clone, Copy, Debug)]
enum Act {
    Accept(Shares),
    EndByPartner,
    EndByCustomer,
    Block,
    Unblock,
    Share(Shares),
}

#[derive(Clone, Copy, Debug)]
enum Step {
    One(Act),
    Both(Act, Act),
    Wait(i64),
}

/// What has to be true of a pair, as plainly as it can be said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Model {
    /// Shares while active.
    active: Option<Shares>,
    /// Shares at acceptance, and who ended it.
    episodes: Vec<(Shares, Option<Role>)>,
    blocked: bool,
    created: usize,
    changed: usize,
    ended_by_customer: usize,
    ended_by_partner: usize,
    blocks: usize,
    unblocks: usize,
    begun: Option<(NaiveDate, u32)>,
}

impl Model {
    fn act(&mut self, act: Act, today: NaiveDate) {
        match act {
            Act::Accept(shares) => self.accept(shares, today),
            Act::EndByPartner => self.end(Role::Partner),
            Act::EndByCustomer => self.end(Role::Customer),
            Act::Block if self.active.is_some() => {
                self.end(Role::Partner);
                self.blocked = true;
                self.blocks += 1;
            }
            Act::Unblock if self.blocked => {
                self.blocked = false;
                self.unblocks += 1;
            }
            Act::Share(shares) if self.active.is_some_and(|now| now != shares) => {
                self.active = Some(shares);
                self.changed += 1;
            }
            Act::Block | Act::Unblock | Act::Share(_) => {}
        }
    }

    fn accept(&mut self, shares: Shares, today: NaiveDate) {
        let count = self.begun.filter(|(day, _)| *day == today).map_or(0, |(_, count)| count);
        if self.active.is_none() && !self.blocked && count < MAX_EPISODES_A_DAY {
            self.active = Some(shares);
            self.episodes.push((shares, None));
            self.created += 1;
            self.begun = Some((today, count + 1));
        }
    }

    fn end(&mut self, by: Role) {
        if self.active.take().is_some() {
            self.episodes.last_mut().expect("an active one").1 = Some(by);
            match by {
                Role::Partner => self.ended_by_partner += 1,
                Role::Customer => self.ended_by_customer += 1,
            }
        }
    }
}

/// The table read back as a model; that both sides agree is asserted on the way.
async fn read(stage: &Stage, partner: &Party, customer: &Party) -> Model {
    let pair = pair(partner, customer);
    let stored = stage.stored.contents().await;
    let connection = stored.connection(pair);
    let episodes = stored.episodes(pair);
    let ids: std::collections::BTreeSet<_> =
        episodes.iter().map(|episode| episode.connection_id).collect();
    assert!(ids.len() <= 1, "one connection over all episodes: {ids:?}");
    let numbers: Vec<_> = episodes.iter().map(|episode| episode.episode as usize).collect();
    assert_eq!(numbers, (1..=episodes.len()).collect::<Vec<_>>());
    let of_partner = keys::account_partition(partner.id);
    let past = stored.of_kind::<PastCustomerItem>(&of_partner);
    let blocked = stored.of_kind::<BlockedItem>(&of_partner);
    assert_eq!(past.len(), usize::from(connection.is_none() && !episodes.is_empty()));
    let begun = connection.as_ref().map(|(_, item)| item.begun);
    let begun = begun.or(past.first().map(|item| item.past.begun));
    let told = |party: &Party, notice| stored.count_notices(party.id, notice);
    let audited = |action| stored.count_audited(partner.id, action);
    let model = Model {
        active: connection.map(|(item, _)| item.shares),
        episodes: episodes.iter().map(|episode| (episode.shares, episode.ended_by)).collect(),
        blocked: !blocked.is_empty(),
        created: told(partner, ConnectionNotice::ConnectionCreated),
        changed: told(partner, ConnectionNotice::ConnectionSharesChanged),
        ended_by_customer: told(partner, ConnectionNotice::ConnectionEndedByCustomer),
        ended_by_partner: told(customer, ConnectionNotice::ConnectionEndedByPartner),
        blocks: audited(Action::CustomerBlocked),
        unblocks: audited(Action::CustomerUnblocked),
        begun: begun.map(|begun| (begun.day, begun.count)),
    };
    check_trails(&stored, partner, customer, &model);
    model
}

/// Both trails tell everything once; that an end was a block too is told in the partner's alone, by
/// the same entry.
fn check_trails(stored: &Contents, partner: &Party, customer: &Party, model: &Model) {
    let ends = model.ended_by_customer + model.ended_by_partner;
    for party in [partner, customer] {
        assert_eq!(stored.count_audited(party.id, Action::ConnectionCreated), model.created);
        let blocks = if party.id == partner.id { model.blocks } else { 0 };
        assert_eq!(stored.count_audited(party.id, Action::ConnectionEnded), ends - blocks);
        let changed = stored.count_audited(party.id, Action::ConnectionSharesChanged);
        assert_eq!(changed, model.changed);
    }
    assert_eq!(stored.count_audited(customer.id, Action::CustomerBlocked), 0);
}

/// Does it, whatever comes of it; the store may refuse, and must not fail.
async fn act(stage: &Stage, partner: &Party, customer: &Party, act: Act) {
    use tsunagu_store::WriteError::{KeyTaken, Store};
    let pair = pair(partner, customer);
    let failure = match act {
        Act::Accept(shares) => match stage.accept_as(customer, partner, shares, None, None).await {
            Err(error @ (Store(_) | KeyTaken)) => Some(error.to_string()),
            _ => None,
        },
        Act::EndByPartner => stage.end(partner, pair).await.err().map(|e| e.to_string()),
        Act::EndByCustomer => stage.end(customer, pair).await.err().map(|e| e.to_string()),
        Act::Block => stage.block(partner, pair).await.err().map(|e| e.to_string()),
        Act::Share(shares) => {
            stage.share(customer, pair, shares).await.err().map(|e| e.to_string())
        }
        Act::Unblock => {
            let acting = stage.acting(partner).await;
            let lifted = stage.store.unblock(&acting, customer.id, stage.now()).await;
            lifted.err().map(|error| error.to_string())
        }
    };
    assert_eq!(failure, None, "{act:?}");
}

async fn follow(engine: Engine, steps: Vec<Step>) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    let mut model = Model::default();
    for step in steps {
        let today = (stage.now() + TimeDelta::hours(9)).date_naive();
        let mut expected = vec![model.clone()];
        match step {
            Step::Wait(hours) => stage.wait(TimeDelta::hours(hours)),
            Step::One(one) => {
                act(&stage, &partner, &customer, one).await;
                expected[0].act(one, today);
            }
            Step::Both(one, other) => {
                let [one_does, other_does] =
                    [one, other].map(|what| Box::pin(act(&stage, &partner, &customer, what)));
                join(one_does, other_does).await;
                expected.push(model.clone());
                for (model, order) in expected.iter_mut().zip([[one, other], [other, one]]) {
                    for act in order {
                        model.act(act, today);
                    }
                }
            }
        }
        let found = read(&stage, &partner, &customer).await;
        assert!(expected.contains(&found), "{step:?}: {found:#?} is none of {expected:#?}");
        model = found;
    }
}

fn shares() -> impl Strategy<Value = Shares> {
    prop_oneof![
        Just(Shares::all()),
        Just(Shares::empty()),
        Just(Shares::only(Share::Licenses)),
        Just(Share::Account | Share::Orders),
    ]
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => shares().prop_map(Act::Accept),
        2 => Just(Act::EndByPartner),
        2 => Just(Act::EndByCustomer),
        1 => Just(Act::Block),
        2 => Just(Act::Unblock),
        3 => shares().prop_map(Act::Share),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => any_act().prop_map(Step::One),
        5 => (any_act(), any_act()).prop_map(|(one, other)| Step::Both(one, other)),
        1 => (1_i64..30).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..24)
}

/// Runs a case in paused time, as the other tests are.
fn in_paused_time(case: impl Future<Output = ()>) {
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(case);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn given_any_interleaving_when_done_then_the_embedded_engine_agrees_with_the_model(
        steps in steps(),
    ) {
        in_paused_time(follow(Engine::Embedded, steps));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn given_any_interleaving_when_done_then_dynamodb_local_agrees_with_the_model(
        steps in steps(),
    ) {
        in_paused_time(follow(Engine::DynamoDbLocal, steps));
    }
}
