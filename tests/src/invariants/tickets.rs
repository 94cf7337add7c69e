//! Tickets, their places, and their comments.

use std::collections::BTreeMap;

use tsunagu_domain::{
    ids::{AccountId, TicketId},
    ticket::{Activity, Comment},
    visibility::Visibility,
};
use tsunagu_store::items::{CommentItem, TicketItem, TicketPlaceItem};

use super::{Findings, book::Book};

pub(super) fn check(book: &Book<'_>, found: &mut Findings) {
    let tickets = book.all::<TicketItem>();
    let place = |place: &TicketPlaceItem| format!("{place:?}");
    let expected = tickets.iter().map(|item| place(&item.place()));
    let places = book.all::<TicketPlaceItem>();
    found.same_all("ticket-place", places.iter().map(place), expected);
    comments(book, &tickets, found);
}

fn comments(book: &Book<'_>, tickets: &[TicketItem], found: &mut Findings) {
    let mut comments = BTreeMap::<(AccountId, TicketId), Vec<Comment>>::new();
    for CommentItem { account_id, comment } in book.all::<CommentItem>() {
        comments.entry((account_id, comment.ticket_id)).or_default().push(comment);
    }
    for TicketItem { ticket, .. } in tickets {
        let id = ticket.ticket_id;
        let said = comments.remove(&(ticket.account_id, id)).unwrap_or_default();
        let shared: Vec<_> =
            said.iter().filter(|one| one.visibility == Visibility::Shared).cloned().collect();
        found.same("comment", id, &summary(&ticket.activity), &recount(&said));
        found.same("comment", id, &summary(&ticket.shared_activity), &recount(&shared));
    }
    for (of, said) in comments {
        found.hold("comment", false, || {
            format!("{of:?} is not there and has {} comments", said.len())
        });
    }
}

fn summary(activity: &Activity) -> (usize, Option<String>) {
    let last = activity.last_comment.as_ref().map(|last| last.comment_id.to_string());
    (usize::try_from(activity.comment_count).unwrap_or(usize::MAX), last)
}

/// The last one is that of the greatest id, as comments are listed.
fn recount(said: &[Comment]) -> (usize, Option<String>) {
    let last = said.iter().max_by_key(|one| one.comment_id);
    (said.len(), last.map(|last| last.comment_id.to_string()))
}
