use chrono::TimeDelta;
use proptest::prelude::*;
use rstest::rstest;
use strum::VariantArray;

use super::*;

const CUSTOMER: AuthorRole = AuthorRole::Customer;
const SUPPORT: AuthorRole = AuthorRole::Support;

fn at(seconds: i64) -> Instant {
    let opened: Instant = "2026-03-01T00:00:00Z".parse().expect("an instant");
    opened + TimeDelta::seconds(seconds)
}

fn ticket(visibility: Visibility) -> Ticket {
    let new = NewTicket {
        subject: "Sessions end".parse().expect("a subject"),
        description: "Every ten minutes.".parse().expect("a text"),
        service: None,
        severity: Severity::High,
        visibility,
    };
    Ticket::open(AccountId::mint(at(0)), Author::CUSTOMER, new, at(0))
}

fn said(visibility: Option<Visibility>) -> NewComment {
    NewComment { body: "We look into it.".parse().expect("a text"), visibility }
}

fn to(status: Status) -> TicketChange {
    TicketChange { status: Some(status), ..TicketChange::default() }
}

#[test]
fn given_a_change_that_changes_nothing_then_nothing_moves() {
    let ticket = ticket(Visibility::Shared);
    let same = TicketChange {
        subject: Some(ticket.subject.clone()),
        severity: Some(ticket.severity),
        status: Some(ticket.status),
        visibility: Some(ticket.visibility),
        ..TicketChange::default()
    };
    for change in [TicketChange::default(), same] {
        assert_eq!(ticket.changed(&change, CUSTOMER, at(60)), Ok(ticket.clone()));
    }
}

#[test]
fn given_a_forbidden_move_then_it_is_told_where_the_ticket_may_go() {
    let ticket = ticket(Visibility::Shared);
    let refused = ticket.changed(&to(Status::Waiting), CUSTOMER, at(60)).expect_err("forbidden");
    let expected = ForbiddenMove { from: Status::Open, to: Status::Waiting, by: CUSTOMER };
    assert_eq!(refused, expected);
    assert_eq!(refused.allowed().collect::<Vec<_>>(), [Status::Resolved, Status::Closed]);
    let waiting = ticket.changed(&to(Status::Waiting), SUPPORT, at(60)).expect("allowed");
    assert_eq!(waiting.status, Status::Waiting);
}

#[rstest]
#[case::shared(Visibility::Shared, None, Visibility::Shared)]
#[case::of_the_account(Visibility::Account, None, Visibility::Account)]
#[case::said(Visibility::Shared, Some(Visibility::Account), Visibility::Account)]
#[case::said_ahead(Visibility::Account, Some(Visibility::Shared), Visibility::Shared)]
fn given_a_comment_then_it_is_seen_by_whoever_sees_the_ticket_unless_it_says_otherwise(
    #[case] ticket_is: Visibility,
    #[case] given: Option<Visibility>,
    #[case] expected: Visibility,
) {
    let id = CommentId::mint(at(1));
    let comment = ticket(ticket_is).comment(id, Author::CUSTOMER, &said(given), at(1));
    assert_eq!(comment.visibility, expected);
}

#[test]
fn given_a_ticket_taken_from_partners_then_what_they_saw_last_stays_until_they_see_it_again() {
    let shared = ticket(Visibility::Shared);
    let hide = |visibility| TicketChange { visibility: Some(visibility), ..Default::default() };
    let hidden = shared.changed(&hide(Visibility::Account), CUSTOMER, at(10)).expect("allowed");
    assert_eq!(hidden.shared_activity.updated_at, at(0));
    assert_eq!(hidden.activity.updated_at, at(10));
    let shown = hidden.changed(&hide(Visibility::Shared), CUSTOMER, at(20)).expect("allowed");
    assert_eq!(shown.shared_activity.updated_at, at(20));
}

/// One thing that happens to a ticket, on a clock of its own.
#[derive(Clone, Debug)]
enum Step {
    Comment(Option<Visibility>),
    Visibility(Visibility),
    Severity(Severity),
}

fn step() -> impl Strategy<Value = (Step, i64)> {
    let visibility = prop_oneof![Just(Visibility::Shared), Just(Visibility::Account)];
    let step = prop_oneof![
        3 => prop::option::of(visibility.clone()).prop_map(Step::Comment),
        1 => visibility.prop_map(Step::Visibility),
        1 => prop::sample::select(Severity::VARIANTS).prop_map(Step::Severity),
    ];
    (step, 0_i64..20)
}

/// The activity from scratch: of these comments, and of what else happened at these times.
fn fold(comments: &[&Comment], touched: &[Instant]) -> Activity {
    let last = comments.iter().max_by_key(|comment| comment.comment_id);
    let times = comments.iter().map(|comment| comment.created_at).chain(touched.iter().copied());
    Activity {
        updated_at: times.fold(at(0), Ord::max),
        comment_count: u32::try_from(comments.len()).expect("few"),
        last_comment: last.map(|last| LastComment {
            comment_id: last.comment_id,
            author: last.author.clone(),
            at: last.created_at,
        }),
    }
}

proptest! {
    #[test]
    fn activity_is_a_fold_over_comments_and_changes_in_any_order(
        steps in prop::collection::vec(step(), 0..30),
    ) {
        let mut ticket = ticket(Visibility::Shared);
        let (mut comments, mut touched, mut shared) = (Vec::new(), Vec::new(), Vec::new());
        for (step, seconds) in steps {
            let now = at(seconds);
            let change = match step {
                Step::Comment(visibility) => {
                    let id = CommentId::mint(now);
                    let comment = ticket.comment(id, Author::SUPPORT, &said(visibility), now);
                    ticket = ticket.commented(&comment);
                    comments.push(comment);
                    continue;
                }
                Step::Visibility(to) => TicketChange { visibility: Some(to), ..Default::default() },
                Step::Severity(to) => TicketChange { severity: Some(to), ..Default::default() },
            };
            let after = ticket.changed(&change, CUSTOMER, now).expect("no move");
            if (after.visibility, after.severity) != (ticket.visibility, ticket.severity) {
                touched.push(now);
                shared.extend((after.visibility == Visibility::Shared).then_some(now));
            }
            ticket = after;
        }
        let all: Vec<_> = comments.iter().collect();
        prop_assert_eq!(&ticket.activity, &fold(&all, &touched));
        let seen: Vec<_> =
            comments.iter().filter(|comment| comment.visibility == Visibility::Shared).collect();
        prop_assert_eq!(&ticket.shared_activity, &fold(&seen, &shared));
    }
}
