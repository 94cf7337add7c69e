//! Any interleaving of what is done to a ticket agrees with a model of a few lines; two things at once
//! agree with one order of them.

use std::future::Future;

use chrono::TimeDelta;
use futures::future::join;
use proptest::prelude::*;
use strum::VariantArray;
use tokio::runtime::Builder;
use tsunagu_domain::{
    ids::{CommentId, TicketId},
    ticket::{Activity, AuthorRole, Comment, Severity, Status, TicketChange},
    time::Instant,
    visibility::Visibility,
};
use tsunagu_store::{TicketParty, TicketRefusal, WriteError};
use tsunagu_tests::{
    Engine, Party, Stage,
    tickets::{Desk, Kept, about, change, comment},
};

/// Who does something.
#[derive(Clone, Copy, Debug)]
enum Who {
    Customer,
    Partner,
    Support,
}

/// What somebody does.
#[derive(Clone, Copy, Debug)]
enum Act {
    Comment(Option<Visibility>),
    Severity(Severity),
    Status(Status),
    Visibility(Visibility),
}

/// An act, and how many seconds after the last one; clocks go differently.
type Deed = (Who, Act, i64);

#[derive(Clone, Copy, Debug)]
enum Step {
    One(Deed),
    Both(Deed, Deed),
}

/// What is seen of a ticket's activity.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    updated_at: Instant,
    comments: usize,
}

impl Seen {
    fn touch(&mut self, at: Instant) {
        self.updated_at = self.updated_at.max(at);
    }
}

/// What has to be true of a ticket, as plainly as it can be said.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Model {
    severity: Severity,
    status: Status,
    visibility: Visibility,
    all: Seen,
    shared: Seen,
    rev: u64,
}

impl Model {
    fn act(&mut self, (who, act, _): Deed, at: Instant) {
        let is_partner = matches!(who, Who::Partner);
        let hides = matches!(
            act,
            Act::Comment(Some(Visibility::Account)) | Act::Visibility(Visibility::Account)
        );
        if is_partner && (hides || self.visibility == Visibility::Account) {
            return;
        }
        if let Act::Comment(said) = act {
            self.all.comments += 1;
            self.all.touch(at);
            if said.unwrap_or(self.visibility) == Visibility::Shared {
                self.shared.comments += 1;
                self.shared.touch(at);
            }
            return;
        }
        let before = (self.severity, self.status, self.visibility);
        match act {
            Act::Severity(severity) => self.severity = severity,
            Act::Status(status) if self.status.may_move(status, role(who)) => self.status = status,
            Act::Visibility(visibility) => self.visibility = visibility,
            Act::Status(_) | Act::Comment(_) => {}
        }
        if before != (self.severity, self.status, self.visibility) {
            self.rev += 1;
            self.all.touch(at);
            if self.visibility == Visibility::Shared {
                self.shared.touch(at);
            }
        }
    }
}

fn role(who: Who) -> AuthorRole {
    match who {
        Who::Customer => AuthorRole::Customer,
        Who::Partner => AuthorRole::Partner,
        Who::Support => AuthorRole::Support,
    }
}

struct Case {
    stage: Stage,
    customer: Party,
    own: Desk,
    partners: Desk,
    ticket: TicketId,
}

impl Case {
    async fn open(engine: Engine) -> Option<Self> {
        let stage = Stage::open(engine).await?;
        let customer = stage.customer("青空商事").await;
        let partner = stage.partner("海原システム").await;
        stage.connect(&customer, &partner).await;
        let own = stage.desk(&customer).await;
        let partners = stage.desk_of(&partner, &customer).await;
        let ticket = stage.open_ticket(&own.party(), about("Slow", Visibility::Shared)).await;
        Some(Self { stage, customer, own, partners, ticket: ticket.ticket_id })
    }

    async fn act(&self, (who, act, _): Deed, at: Instant) {
        let support = TicketParty::support(self.customer.id);
        let party = match who {
            Who::Customer => self.own.party(),
            Who::Partner => self.partners.party(),
            Who::Support => support,
        };
        let write = match act {
            Act::Comment(visibility) => comment("Something.", visibility),
            Act::Severity(severity) => {
                change(TicketChange { severity: Some(severity), ..Default::default() })
            }
            Act::Status(status) => {
                change(TicketChange { status: Some(status), ..Default::default() })
            }
            Act::Visibility(visibility) => {
                change(TicketChange { visibility: Some(visibility), ..Default::default() })
            }
        };
        let written = self.stage.write_at(&party, self.ticket, &write, at).await;
        let expected = match &written {
            Ok(_) => true,
            Err(WriteError::Refused(refusal)) => {
                !matches!(refusal, TicketRefusal::Changed | TicketRefusal::NotAdmitted(_))
            }
            Err(_) => false,
        };
        assert!(expected, "{written:?}");
    }

    /// The ticket as it is kept; that what is said of its comments is so is asserted here.
    async fn read(&self) -> Model {
        let contents = self.stage.stored.contents().await;
        let Kept { item, comments } = Kept::of(&contents, self.customer.id, self.ticket);
        let ticket = item.ticket;
        let is_shared = |comment: &&Comment| comment.visibility == Visibility::Shared;
        let last = |activity: &Activity| activity.last_comment.as_ref().map(|one| one.comment_id);
        let newest = |ids: Vec<CommentId>| ids.into_iter().max();
        let ids = comments.iter().map(|comment| comment.comment_id).collect();
        assert_eq!(last(&ticket.activity), newest(ids));
        let ids = comments.iter().filter(is_shared).map(|comment| comment.comment_id).collect();
        assert_eq!(last(&ticket.shared_activity), newest(ids));
        let seen = |activity: &Activity, comments: usize| {
            assert_eq!(activity.comment_count as usize, comments);
            Seen { updated_at: activity.updated_at, comments }
        };
        Model {
            severity: ticket.severity,
            status: ticket.status,
            visibility: ticket.visibility,
            all: seen(&ticket.activity, comments.len()),
            shared: seen(&ticket.shared_activity, comments.iter().filter(is_shared).count()),
            rev: item.rev,
        }
    }
}

/// Does it, and compares after each step.
async fn follow(engine: Engine, steps: Vec<Step>) {
    let Some(case) = Case::open(engine).await else { return };
    let mut model = case.read().await;
    let mut now = case.stage.now();
    for step in steps {
        let mut expected = vec![model.clone()];
        let mut at = |(_, _, seconds): Deed| {
            now += TimeDelta::seconds(seconds);
            now
        };
        match step {
            Step::One(deed) => {
                let at = at(deed);
                case.act(deed, at).await;
                expected[0].act(deed, at);
            }
            Step::Both(one, other) => {
                let (first, second) = (at(one), at(other));
                let [one_does, other_does] =
                    [(one, first), (other, second)].map(|(deed, at)| Box::pin(case.act(deed, at)));
                join(one_does, other_does).await;
                expected.push(model.clone());
                let orders = [[(one, first), (other, second)], [(other, second), (one, first)]];
                for (model, order) in expected.iter_mut().zip(orders) {
                    for (deed, at) in order {
                        model.act(deed, at);
                    }
                }
            }
        }
        let found = case.read().await;
        assert!(expected.contains(&found), "{step:?}: {found:#?} is none of {expected:#?}");
        model = found;
    }
}

fn visibility() -> impl Strategy<Value = Visibility> {
    prop_oneof![Just(Visibility::Shared), Just(Visibility::Account)]
}

fn deed() -> impl Strategy<Value = Deed> {
    let who = prop_oneof![Just(Who::Customer), Just(Who::Partner), Just(Who::Support)];
    let act = prop_oneof![
        4 => proptest::option::of(visibility()).prop_map(Act::Comment),
        1 => proptest::sample::select(Severity::VARIANTS).prop_map(Act::Severity),
        3 => proptest::sample::select(Status::VARIANTS).prop_map(Act::Status),
        2 => visibility().prop_map(Act::Visibility),
    ];
    (who, act, -5_i64..30)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        deed().prop_map(Step::One),
        (deed(), deed()).prop_map(|(one, other)| Step::Both(one, other)),
    ];
    proptest::collection::vec(step, 1..20)
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
