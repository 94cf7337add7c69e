//! What stands in accounts' trails, beside what it tells of.

use tsunagu_domain::{
    audit::{Action, AuditEntry},
    ids::AccountId,
    time::Instant,
};
use tsunagu_store::items::{AuditItem, CommentItem, NotificationItem, TicketItem};

use super::{Findings, book::Book};

pub(super) fn check(book: &Book<'_>, found: &mut Findings) {
    let trail = book.all::<AuditItem>();
    let trail: Vec<_> = trail.into_iter().map(|item| item.entry).collect();
    connections(book, &trail, found);
    published(book, &trail, found);
    tickets(book, &trail, found);
}

/// Whose trail has it, what it is about, and when.
type Entry = (AccountId, String, Instant);

fn entries(trail: &[AuditEntry], action: Action) -> impl Iterator<Item = Entry> + '_ {
    let of = trail.iter().filter(move |entry| entry.action == action);
    of.map(|entry| (entry.account_id, entry.target.id.clone(), entry.at))
}

fn connections(book: &Book<'_>, trail: &[AuditEntry], found: &mut Findings) {
    let (mut begun, mut ended) = (Vec::new(), Vec::new());
    for episode in book.customer_episodes().into_values().flatten() {
        let id = episode.connection_id.to_string();
        for side in [episode.partner, episode.customer] {
            begun.push((side, id.clone(), episode.connected_at));
            ended.extend(episode.ended_at.map(|at| (side, id.clone(), at)));
        }
    }
    found.same_all("trail-connection", entries(trail, Action::ConnectionCreated), begun);
    // One that blocks the customer says so in place of it, in the partner's own trail.
    let told = entries(trail, Action::ConnectionEnded);
    let told = told.chain(entries(trail, Action::CustomerBlocked));
    found.same_all("trail-connection", told, ended);
}

/// What the product tells by itself has a source of its own, and no entry.
fn published(book: &Book<'_>, trail: &[AuditEntry], found: &mut Findings) {
    let told = book.all::<NotificationItem>().into_iter().map(|item| item.notification);
    let published = told.filter(|one| !matches!(&*one.source, "connections" | "licenses"));
    let published =
        published.map(|one| (one.account_id, one.notification_id.to_string(), one.created_at));
    found.same_all("trail-published", entries(trail, Action::NotificationPublished), published);
}

fn tickets(book: &Book<'_>, trail: &[AuditEntry], found: &mut Findings) {
    // What a partner did for its customer stands in its own trail too, and names the customer.
    let own: Vec<_> =
        trail.iter().filter(|one| !one.changes.contains_key("customer")).cloned().collect();
    let opened = book.all::<TicketItem>().into_iter().map(|item| {
        let ticket = item.ticket;
        (ticket.account_id, ticket.ticket_id.to_string(), ticket.created_at)
    });
    found.same_all("trail-ticket", entries(&own, Action::TicketOpened), opened);
    let commented = book.all::<CommentItem>().into_iter().map(|item| {
        let comment = item.comment;
        (item.account_id, comment.ticket_id.to_string(), comment.created_at)
    });
    found.same_all("trail-ticket", entries(&own, Action::TicketCommented), commented);
}
