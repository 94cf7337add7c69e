use rstest::rstest;
use strum::VariantArray;

use super::*;

fn at(text: &str) -> Instant {
    text.parse().expect("an instant")
}

fn ticket(visibility: Visibility, opened_by: Author) -> Ticket {
    let opened = at("2026-03-01T00:00:00Z");
    Ticket {
        ticket_id: TicketId::mint(opened),
        account_id: AccountId::mint(opened),
        case_number: None,
        subject: "Sessions end".parse().expect("a subject"),
        description: "Every ten minutes.".parse().expect("a text"),
        service: None,
        severity: Severity::High,
        status: Status::Open,
        visibility,
        opened_by,
        created_at: opened,
        activity: Activity::begin(opened),
        shared_activity: Activity::begin(opened),
    }
}

fn partner(name: &str) -> (AccountId, Author) {
    let id = AccountId::mint(at("2026-01-01T00:00:00Z"));
    (id, Author::partner(id, name.parse().expect("a name")))
}

#[test]
fn given_a_ticket_for_the_account_alone_then_no_partner_sees_it_not_even_who_opened_it() {
    let (id, author) = partner("Minato");
    assert_eq!(ticket(Visibility::Account, author).seen_by(id), None);
}

#[test]
fn given_another_partners_ticket_then_a_partner_sees_its_role_alone() {
    let (one, author) = partner("Minato");
    let (other, _) = partner("Kita");
    let ticket = ticket(Visibility::Shared, author.clone());
    let own = ticket.seen_by(one).expect("shared");
    assert_eq!(own.opened_by, author);
    let others = ticket.seen_by(other).expect("shared");
    assert_eq!(others.opened_by, Author { role: AuthorRole::Partner, partner: None });
}

#[test]
fn given_comments_for_the_account_alone_then_a_partner_sees_neither_them_nor_when() {
    let (reader, _) = partner("Minato");
    let mut ticket = ticket(Visibility::Shared, Author::CUSTOMER);
    let later = at("2026-03-05T00:00:00Z");
    let comment_id = CommentId::mint(later);
    let last = LastComment { comment_id, author: Author::CUSTOMER, at: later };
    ticket.activity = Activity { updated_at: later, comment_count: 3, last_comment: Some(last) };
    let seen = ticket.seen_by(reader).expect("shared");
    assert_eq!(seen.activity, ticket.shared_activity);
    let shown = serde_json::to_string(&seen).expect("plain");
    assert!(!shown.contains("2026-03-05"), "{shown}");
}

#[rstest]
#[case::account_alone(Visibility::Account, None)]
#[case::shared(Visibility::Shared, Some(AuthorRole::Partner))]
fn given_a_comment_then_partners_see_what_is_shared_without_other_partners(
    #[case] visibility: Visibility,
    #[case] expected: Option<AuthorRole>,
) {
    let (_, author) = partner("Minato");
    let (reader, _) = partner("Kita");
    let created_at = at("2026-03-01T00:00:00Z");
    let comment = Comment {
        comment_id: CommentId::mint(created_at),
        ticket_id: TicketId::mint(created_at),
        author,
        body: "We look into it.".parse().expect("a text"),
        visibility,
        created_at,
    };
    let seen = comment.seen_by(reader);
    assert_eq!(seen.as_ref().map(|comment| comment.author.role), expected);
    assert!(seen.is_none_or(|comment| comment.author.partner.is_none()));
}

/// For each status, where each part may move a ticket; written out, as users are told.
#[rstest]
#[case(Status::Open, "open resolved closed", "open in-progress waiting resolved closed")]
#[case(Status::InProgress, "in-progress resolved closed", "in-progress waiting resolved closed")]
#[case(
    Status::Waiting,
    "in-progress waiting resolved closed",
    "in-progress waiting resolved closed"
)]
#[case(Status::Resolved, "open resolved closed", "open in-progress waiting resolved closed")]
#[case(Status::Closed, "closed", "open in-progress closed")]
fn who_may_move_which_status(#[case] from: Status, #[case] account: &str, #[case] support: &str) {
    let moves = |by| {
        let to = Status::VARIANTS.iter().filter(|to| from.may_move(**to, by));
        to.map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(moves(AuthorRole::Customer), account);
    assert_eq!(moves(AuthorRole::Partner), account);
    assert_eq!(moves(AuthorRole::Support), support);
}
