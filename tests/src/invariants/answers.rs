//! Answers that are kept under idempotency keys: each stands for its effect.

use std::collections::BTreeSet;

use serde_json::Value;
use tsunagu_domain::audit::Action;
use tsunagu_store::items::{
    AccountItem, AnswerItem, AuditItem, CommentItem, DomainItem, LaunchItem, LocationItem,
    NotificationItem, ResourceItem, TicketItem,
};

use super::{Findings, book::Book};

/// What names something that a request made. Whatever else a body has is not looked at.
const MADE: [&str; 9] = [
    "accountId",
    "ticketId",
    "commentId",
    "connectionId",
    "notificationId",
    "launchId",
    "resourceLocationId",
    "domainId",
    "resourceId",
];
/// What an account deletes stands in its trail.
const DELETED: [Action; 3] =
    [Action::ResourceLocationDeleted, Action::DomainDeleted, Action::ResourceDeleted];

pub(super) fn check(book: &Book<'_>, found: &mut Findings) {
    let known = known(book);
    for item in book.all::<AnswerItem>() {
        let kept = serde_json::to_value(&item).expect("an item is plain");
        let body = kept["body"].as_str().unwrap_or_default();
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        for id in MADE.iter().filter_map(|field| body[field].as_str()) {
            found.hold("answer", known.contains(id), || {
                format!("{} was answered with {id}, which is not there", kept["PK"])
            });
        }
    }
}

/// Everything that an answer may name: what is there, and what was deleted since.
fn known(book: &Book<'_>) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    known.extend(book.all::<AccountItem>().iter().map(|it| it.account.account_id.to_string()));
    known.extend(book.all::<TicketItem>().iter().map(|it| it.ticket.ticket_id.to_string()));
    known.extend(book.all::<CommentItem>().iter().map(|it| it.comment.comment_id.to_string()));
    let notifications = book.all::<NotificationItem>();
    known.extend(notifications.iter().map(|it| it.notification.notification_id.to_string()));
    let episodes = book.customer_episodes().into_values().flatten();
    known.extend(episodes.map(|episode| episode.connection_id.to_string()));
    known.extend(book.all::<LaunchItem>().iter().map(|it| it.launch_id.to_string()));
    let locations = book.all::<LocationItem>();
    known.extend(locations.iter().map(|it| it.location.resource_location_id.to_string()));
    known.extend(book.all::<DomainItem>().iter().map(|it| it.domain_id.to_string()));
    known.extend(book.all::<ResourceItem>().iter().map(|it| it.resource.resource_id.to_string()));
    let trail = book.all::<AuditItem>().into_iter().map(|item| item.entry);
    let deleted = trail.filter(|entry| DELETED.contains(&entry.action));
    known.extend(deleted.map(|entry| entry.target.id));
    known
}
