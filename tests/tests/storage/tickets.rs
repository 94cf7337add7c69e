//! Tickets under races, and what partners see of them.

use chrono::TimeDelta;
use futures::future::{join, join_all};
use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::{
    access::Refusal,
    audit::{Action, Actor},
    share::{Share, Shares},
    ticket::{AuthorRole, Severity, Status, Ticket, TicketChange},
    visibility::Visibility,
};
use tsunagu_store::{TicketFilter, TicketParty, TicketRefusal, TicketWrite, WriteError};
use tsunagu_tests::{
    Engine, Party, Stage, both_engines,
    record::Operation,
    stage::pair,
    tickets::{Desk, Kept, about, change, comment},
};

struct Case {
    stage: Stage,
    customer: Party,
    partner: Party,
    own: Desk,
    partners: Desk,
}

impl Case {
    /// A customer, and a partner that sees all of it.
    async fn open(engine: Engine) -> Option<Self> {
        let stage = Stage::open(engine).await?;
        let customer = stage.customer("青空商事").await;
        let partner = stage.partner("海原システム").await;
        stage.connect(&customer, &partner).await;
        let own = stage.desk(&customer).await;
        let partners = stage.desk_of(&partner, &customer).await;
        Some(Self { stage, customer, partner, own, partners })
    }

    async fn ticket(&self, visibility: Visibility) -> Ticket {
        self.stage.open_ticket(&self.own.party(), about("Sessions end", visibility)).await
    }

    async fn kept(&self, ticket: &Ticket) -> Kept {
        Kept::of(&self.stage.stored.contents().await, self.customer.id, ticket.ticket_id)
    }

    fn support(&self) -> TicketParty<'static> {
        TicketParty::support(self.customer.id)
    }
}

fn severity(severity: Severity) -> TicketChange {
    TicketChange { severity: Some(severity), ..TicketChange::default() }
}

fn subject(text: &str) -> TicketChange {
    let subject = Some(text.parse().expect("a subject"));
    TicketChange { subject, ..TicketChange::default() }
}

fn status(status: Status) -> TicketWrite {
    change(TicketChange { status: Some(status), ..TicketChange::default() })
}

#[apply(both_engines)]
async fn given_two_who_saw_the_same_when_both_change_it_then_one_does_and_one_is_told(
    engine: Engine,
) {
    let Some(case) = Case::open(engine).await else { return };
    let ticket = case.ticket(Visibility::Shared).await;
    let id = ticket.ticket_id;
    let seen = case.stage.seen(&case.own.party(), id).await.expect("is there").version;
    let of = |change| TicketWrite { change, seen: Some(seen), comment: None };
    let (one, other) = (of(severity(Severity::Low)), of(subject("Sessions end early")));
    let (own, partners) = (case.own.party(), case.partners.party());
    let answers =
        join(case.stage.write(&own, id, &one), case.stage.write(&partners, id, &other)).await;
    let changed = |answer: &Result<_, WriteError<TicketRefusal>>| {
        matches!(answer, Err(WriteError::Refused(TicketRefusal::Changed)))
    };
    let (one, other) = (changed(&answers.0), changed(&answers.1));
    assert!(one != other, "exactly one was too late: {answers:?}");
    assert_eq!(case.kept(&ticket).await.item.rev, 2);
}

#[apply(both_engines)]
async fn given_two_who_take_it_as_it_is_when_both_change_it_then_both_changes_stand(
    engine: Engine,
) {
    let Some(case) = Case::open(engine).await else { return };
    let ticket = case.ticket(Visibility::Shared).await;
    let id = ticket.ticket_id;
    let (one, other) = (change(severity(Severity::Low)), change(subject("Sessions end early")));
    let (own, partners) = (case.own.party(), case.partners.party());
    // When one has read it and is about to write, and the other is faster.
    let mut held = case.stage.database.faults.hold(Operation::TransactWriteItems);
    let overtaken = case.stage.write(&own, id, &one);
    let faster = async {
        held.reached().await;
        case.stage.write(&partners, id, &other).await.expect("changes");
        held.release();
    };
    let (overtaken, ()) = join(overtaken, faster).await;
    overtaken.expect("changes");
    let item = case.kept(&ticket).await.item;
    assert_eq!((item.rev, item.ticket.severity), (3, Severity::Low));
    assert_eq!(item.ticket.subject.as_str(), "Sessions end early");
}

#[apply(both_engines)]
async fn given_many_who_comment_at_once_then_none_is_lost_and_the_count_is_exact(engine: Engine) {
    const MANY: usize = 18;
    let Some(case) = Case::open(engine).await else { return };
    let ticket = case.ticket(Visibility::Shared).await;
    let parties = [case.own.party(), case.partners.party(), case.support()];
    let said: Vec<_> = (0..MANY)
        .map(|number| {
            let hidden = number % 6 == 0;
            comment(&format!("No. {number}"), hidden.then_some(Visibility::Account))
        })
        .collect();
    let writes = said.iter().zip(parties.iter().cycle()).map(|(write, party)| {
        let written = case.stage.write(party, ticket.ticket_id, write);
        async move { written.await.expect("is said").comment.expect("a comment") }
    });
    let mut answered = join_all(writes).await;
    let kept = case.kept(&ticket).await;
    answered.sort_by_key(|comment| comment.comment_id);
    assert_eq!(kept.comments, answered, "each as it was answered");
    let activity = kept.item.ticket.activity;
    assert_eq!(activity.comment_count as usize, MANY);
    let last = activity.last_comment.expect("there are some").comment_id;
    assert_eq!(Some(last), answered.last().map(|comment| comment.comment_id));
    // And the version of its fields is the one it had.
    assert_eq!(kept.item.rev, 1);
    let seen = case.stage.seen(&case.partners.party(), ticket.ticket_id).await.expect("shared");
    assert_eq!(seen.ticket.activity.comment_count as usize, MANY - 3);
    let shown = case.stage.comments(&case.partners.party(), ticket.ticket_id).await;
    assert_eq!(shown.len(), MANY - 3);
}

#[apply(both_engines)]
async fn given_a_comment_for_the_account_alone_then_nothing_that_a_partner_sees_moves(
    engine: Engine,
) {
    let Some(case) = Case::open(engine).await else { return };
    let ticket = case.ticket(Visibility::Shared).await;
    let partner = case.partners.party();
    let id = ticket.ticket_id;
    case.stage.wait(TimeDelta::seconds(1));
    case.stage.write(&partner, id, &comment("Which version?", None)).await.expect("says");
    let look = async || {
        let one = case.stage.seen(&partner, id).await;
        let list = case.stage.store.tickets(&partner, &TicketFilter::default(), None, 1).await;
        let comments = case.stage.store.comments(&partner, id, None, 1).await.expect("answers");
        let trail = case.stage.stored.audit(case.partner.id).await;
        format!("{one:?} {:?} {comments:?} {trail:?}", list.expect("answers"))
    };
    let before = look().await;
    case.stage.wait(TimeDelta::seconds(1));
    let hidden = comment("山田さんの端末です。", Some(Visibility::Account));
    case.stage.write(&case.own.party(), id, &hidden).await.expect("says");
    case.stage.write(&case.support(), id, &hidden).await.expect("says");
    case.stage.open_ticket(&case.own.party(), about("Secret", Visibility::Account)).await;
    assert_eq!(look().await, before);
    // And a filter by time finds the ticket for the account alone.
    let filter = TicketFilter { updated_since: Some(case.stage.now()), ..Default::default() };
    let count = async |party: &TicketParty<'_>| {
        let page = case.stage.store.tickets(party, &filter, None, 10).await.expect("answers");
        page.items.len()
    };
    assert_eq!((count(&case.own.party()).await, count(&partner).await), (2, 0));
}

#[apply(both_engines)]
async fn given_a_ticket_taken_from_partners_then_none_of_them_does_anything_with_it(
    engine: Engine,
) {
    let Some(case) = Case::open(engine).await else { return };
    let partner = case.partners.party();
    let opened =
        case.stage.open_ticket(&partner, about("By the partner", Visibility::Shared)).await;
    let id = opened.ticket_id;
    let hide = TicketChange { visibility: Some(Visibility::Account), ..Default::default() };
    case.stage.write(&case.own.party(), id, &change(hide)).await.expect("hides");
    assert_eq!(case.stage.seen(&partner, id).await, None);
    let unknown = |answer| matches!(answer, Err(WriteError::Refused(TicketRefusal::Unknown)));
    let said = comment("Still there?", None);
    assert!(unknown(case.stage.write(&partner, id, &said).await));
    assert!(unknown(case.stage.write(&partner, id, &status(Status::Closed)).await));
    let comments = case.stage.store.comments(&partner, id, None, 10).await.expect("answers");
    assert!(comments.is_none());
    // And it opens and says nothing for the account alone.
    let hides = partner.open(about("Hidden", Visibility::Account), case.stage.now());
    assert_eq!(hides, Err(TicketRefusal::PartnerHides));
}

/// What the customer does while the partner's write is on its way.
#[derive(Clone, Copy, Debug)]
enum Meanwhile {
    Ends,
    Narrows,
    SharesLessOfTheRest,
}

#[apply(both_engines)]
async fn given_a_partners_write_on_its_way_when_the_customer_ends_or_narrows_then_it_is_not_done(
    engine: Engine,
) {
    use Meanwhile::{Ends, Narrows, SharesLessOfTheRest};
    let not_shared = Some(Refusal::NotShared(Share::Tickets));
    let cases =
        [(Ends, Some(Refusal::NotConnected)), (Narrows, not_shared), (SharesLessOfTheRest, None)];
    for (meanwhile, expected) in cases {
        let Some(case) = Case::open(engine).await else { return };
        let ticket = case.ticket(Visibility::Shared).await;
        let (party, said) = (case.partners.party(), comment("We look.", None));
        let pair = pair(&case.partner, &case.customer);
        let mut held = case.stage.database.faults.hold(Operation::TransactWriteItems);
        let write = case.stage.write(&party, ticket.ticket_id, &said);
        let act = async {
            held.reached().await;
            match meanwhile {
                Ends => assert!(case.stage.end(&case.customer, pair).await.expect("ends")),
                Narrows => {
                    case.stage.share(&case.customer, pair, Shares::empty()).await.expect("narrows");
                }
                SharesLessOfTheRest => {
                    let shares = Shares::only(Share::Tickets);
                    case.stage.share(&case.customer, pair, shares).await.expect("narrows");
                }
            }
            held.release();
        };
        let (written, ()) = join(write, act).await;
        let refused = match &written {
            Err(WriteError::Refused(TicketRefusal::NotAdmitted(refusal))) => Some(*refusal),
            Ok(_) => None,
            Err(error) => panic!("{error}"),
        };
        assert_eq!(refused, expected, "{meanwhile:?}");
        let kept = case.kept(&ticket).await;
        assert_eq!(kept.comments.is_empty(), expected.is_some(), "{meanwhile:?}");
    }
}

#[apply(both_engines)]
async fn given_what_each_party_does_then_it_stands_in_the_trails_that_it_belongs_to(
    engine: Engine,
) {
    let Some(case) = Case::open(engine).await else { return };
    let ticket = case.ticket(Visibility::Shared).await;
    let id = ticket.ticket_id;
    let secret = TicketChange {
        description: Some("A description that no trail holds.".parse().expect("a text")),
        ..severity(Severity::Low)
    };
    case.stage.write(&case.own.party(), id, &change(secret)).await.expect("changes");
    case.stage.write(&case.partners.party(), id, &comment("No trail.", None)).await.expect("says");
    let update = TicketWrite {
        change: TicketChange {
            status: Some(Status::Waiting),
            case_number: Some("CS-1".parse().expect("a number")),
            ..TicketChange::default()
        },
        ..comment("No trail holds this.", None)
    };
    case.stage.write(&case.support(), id, &update).await.expect("updates");
    let acts = async |party: &Party| {
        let mut acts: Vec<_> = case
            .stage
            .stored
            .audit(party.id)
            .await
            .into_iter()
            .filter(|entry| entry.target.kind == "ticket")
            .map(|entry| {
                let actor = match entry.actor {
                    Actor::Administrator { .. } => "administrator",
                    Actor::Partner { account_id } if account_id == case.partner.id => "partner",
                    Actor::Platform => "platform",
                    other => panic!("{other:?}"),
                };
                (entry.action.to_string(), actor)
            })
            .collect();
        acts.sort();
        acts
    };
    let act = |action: Action, actor| (action.to_string(), actor);
    let expected = [
        act(Action::TicketChanged, "administrator"),
        act(Action::TicketChanged, "platform"),
        act(Action::TicketCommented, "partner"),
        act(Action::TicketCommented, "platform"),
        act(Action::TicketOpened, "administrator"),
    ];
    assert_eq!(acts(&case.customer).await, expected);
    assert_eq!(acts(&case.partner).await, [act(Action::TicketCommented, "administrator")]);
    let trail = format!("{:?}", case.stage.stored.audit(case.customer.id).await);
    assert!(!trail.contains("No trail") && !trail.contains("no trail"), "{trail}");
    assert!(trail.contains("description") && trail.contains("CS-1"), "{trail}");
}

#[apply(both_engines)]
async fn given_tickets_of_the_longest_texts_then_a_list_holds_them_all(engine: Engine) {
    const MANY: usize = 30;
    let Some(case) = Case::open(engine).await else { return };
    let party = case.own.party();
    let longest = "🎫".repeat(10_000);
    for number in 0..MANY {
        case.stage.wait(TimeDelta::seconds(1));
        let mut new = about(&format!("No. {number}"), Visibility::Shared);
        new.description = longest.parse().expect("a text");
        case.stage.open_ticket(&party, new).await;
    }
    let page = case.stage.store.tickets(&party, &TicketFilter::default(), None, 50).await;
    let page = page.expect("answers");
    assert!(page.next.is_none());
    let subjects: Vec<_> = page.items.iter().map(|one| one.subject.to_string()).collect();
    let expected: Vec<_> = (0..MANY).rev().map(|number| format!("No. {number}")).collect();
    assert_eq!(subjects, expected, "newest first");
}

/// Does what writes an item of each kind: an open ticket and a closed one, each commented on.
pub(crate) async fn write_every_kind(stage: &Stage, customer: &Party) {
    let desk = stage.desk(customer).await;
    let support = TicketParty::support(customer.id);
    for to in [Status::Waiting, Status::Closed] {
        let mut new = about("Sessions end", Visibility::Shared);
        new.service = Some("daas".parse().expect("a code"));
        let ticket = stage.open_ticket(&desk.party(), new).await;
        assert_eq!(ticket.opened_by.role, AuthorRole::Customer);
        let update = TicketWrite {
            change: TicketChange {
                status: Some(to),
                case_number: Some("CS-1".parse().expect("a number")),
                ..TicketChange::default()
            },
            ..comment("We look into it.", None)
        };
        stage.write(&support, ticket.ticket_id, &update).await.expect("updates");
    }
}
