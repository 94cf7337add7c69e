//! What accounts were told: of connections by their workflow (P8), of trials by the vendor.

use tsunagu_domain::{
    audit::{Action, Actor},
    connection::Role,
    ids::AccountId,
    notification::{ConnectionNotice, Notification},
    time::Instant,
};
use tsunagu_store::items::{AuditItem, Episode, NotificationItem};

use super::{Findings, book::Book};

/// Who was told what, of which connection, and when.
type Told = (AccountId, String, String, Instant);

pub(super) fn check(book: &Book<'_>, found: &mut Findings) {
    let told = book.all::<NotificationItem>();
    let told: Vec<_> = told.into_iter().map(|item| item.notification).collect();
    workflow(book, &told, found);
    shares(book, &told, found);
    trials(book, &told, found);
}

fn told_of(notice: ConnectionNotice, to: AccountId, episode: &Episode, at: Instant) -> Told {
    (to, notice.to_string(), episode.connection_id.to_string(), at)
}

/// Exactly one notice of each beginning and each end, at the side that did not act.
fn workflow(book: &Book<'_>, told: &[Notification], found: &mut Findings) {
    let mut expected = Vec::new();
    for episode in book.customer_episodes().into_values().flatten() {
        let begun = ConnectionNotice::ConnectionCreated;
        expected.push(told_of(begun, episode.partner, &episode, episode.connected_at));
        let (notice, to) = match episode.ended_by {
            Some(Role::Customer) => (ConnectionNotice::ConnectionEndedByCustomer, episode.partner),
            Some(Role::Partner) => (ConnectionNotice::ConnectionEndedByPartner, episode.customer),
            None => continue,
        };
        expected.extend(episode.ended_at.map(|at| told_of(notice, to, &episode, at)));
    }
    let notices = told.iter().filter(|one| {
        let notice = one.code.parse::<ConnectionNotice>();
        notice.is_ok_and(|notice| notice != ConnectionNotice::ConnectionSharesChanged)
    });
    let notices = notices.map(|one| {
        let related = one.related.as_ref().map(|related| related.id.clone());
        (one.account_id, one.code.clone(), related.unwrap_or_default(), one.created_at)
    });
    found.same_all("notice", notices, expected);
}

/// When something was done by whom, as accounts' trails have it.
fn done(
    book: &Book<'_>,
    action: Action,
    by: impl Fn(&Actor) -> bool,
) -> impl Iterator<Item = (AccountId, Instant)> {
    let entries = book.all::<AuditItem>().into_iter().map(|item| item.entry);
    let entries = entries.filter(move |entry| entry.action == action && by(&entry.actor));
    entries.map(|entry| (entry.account_id, entry.at))
}

/// A change of shares stands in the partner's trail as the customer's act, and the partner was told.
fn shares(book: &Book<'_>, told: &[Notification], found: &mut Findings) {
    let code = ConnectionNotice::ConnectionSharesChanged.to_string();
    let notices = told.iter().filter(|one| one.code == code);
    let notices = notices.map(|one| (one.account_id, one.created_at));
    let by_customers = |actor: &Actor| matches!(actor, Actor::Customer { .. });
    let changes = done(book, Action::ConnectionSharesChanged, by_customers);
    found.same_all("notice-shares", notices, changes);
}

/// What the vendor decided on a trial was told.
fn trials(book: &Book<'_>, told: &[Notification], found: &mut Findings) {
    for (action, code) in
        [(Action::TrialApproved, "trial-approved"), (Action::TrialDeclined, "trial-declined")]
    {
        let notices = told.iter().filter(|one| one.code == code);
        let notices = notices.map(|one| (one.account_id, one.created_at));
        found.same_all("notice-trial", notices, done(book, action, |_| true));
    }
}
