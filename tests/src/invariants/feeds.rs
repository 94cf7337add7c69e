//! Partners' feeds: what of its customers a partner sees in one place, and what it has dismissed.

use std::collections::BTreeMap;

use tsunagu_domain::{
    dashboard::{ActiveNotifications, OpenTickets},
    ids::{AccountId, NotificationId, TicketId},
    notification::{Notification, Related, Severity},
    ticket::{self, Author, Status, Ticket},
    time::Instant,
    visibility::Visibility,
};
use tsunagu_store::{
    feed::{Mark, Marks},
    items::{
        CustomerItem, DismissedForAllItem, DismissedForCustomerItem, FeedNotificationItem,
        FeedStepItem, FeedTicketItem, NotificationItem, TicketItem,
    },
    keys,
};

use super::{Ends, Findings, book::Book};

/// What of an account its partners may be shown.
#[derive(Default)]
struct Shared {
    notifications: BTreeMap<NotificationId, Notification>,
    tickets: BTreeMap<TicketId, Ticket>,
}

/// What a partner's feed has of one customer.
#[derive(Default)]
struct Entries {
    notifications: BTreeMap<NotificationId, FeedNotificationItem>,
    tickets: BTreeMap<TicketId, FeedTicketItem>,
}

pub(super) fn check(book: &Book<'_>, found: &mut Findings) {
    let (shared, entries) = (shared(book), entries(book));
    let (none, nothing) = (Shared::default(), Entries::default());
    let active = book.customers();
    for (ends, customer) in &active {
        let shared = shared.get(&ends.1).unwrap_or(&none);
        let entries = entries.get(ends).unwrap_or(&nothing);
        notifications(customer, shared, entries, found);
        tickets(customer, shared, entries, found);
        count(book, customer, shared, entries, found);
        marks(book, customer, found);
    }
    left(book, &active, &entries, found);
    let steps = book.all::<FeedStepItem>().into_iter();
    let steps: Vec<_> = steps.map(|item| format!("{:?} of {}", item.step, item.at)).collect();
    found.same("feed-step", "work on feeds", &steps, &Vec::new());
}

fn shared(book: &Book<'_>) -> BTreeMap<AccountId, Shared> {
    let mut all = BTreeMap::<_, Shared>::new();
    for NotificationItem { notification } in book.all() {
        if notification.visibility == Visibility::Shared {
            let of = all.entry(notification.account_id).or_default();
            of.notifications.insert(notification.notification_id, notification);
        }
    }
    for TicketItem { ticket, .. } in book.all() {
        if ticket.visibility == Visibility::Shared {
            all.entry(ticket.account_id).or_default().tickets.insert(ticket.ticket_id, ticket);
        }
    }
    all
}

fn entries(book: &Book<'_>) -> BTreeMap<Ends, Entries> {
    let mut all = BTreeMap::<Ends, Entries>::new();
    for entry in book.all::<FeedNotificationItem>() {
        let of = all.entry((entry.partner, entry.customer)).or_default();
        of.notifications.insert(entry.notification_id, entry);
    }
    for entry in book.all::<FeedTicketItem>() {
        let of = all.entry((entry.partner, entry.customer)).or_default();
        of.tickets.insert(entry.ticket_id, entry);
    }
    all
}

/// Each shared notification stands there once: as the partner may know it, or as dismissed.
fn notifications(
    customer: &CustomerItem,
    shared: &Shared,
    entries: &Entries,
    found: &mut Findings,
) {
    let ends = (customer.partner, customer.customer);
    for (id, notification) in &shared.notifications {
        let entry = entries.notifications.get(id);
        let said = entry.filter(|entry| entry.dismissed_at.is_none());
        let Some(said) = said else {
            // Dismissed in an earlier episode, it stays what it was.
            found.hold("feed-notification", entry.is_some(), || {
                format!("{id} is missing in the feed of {ends:?}")
            });
            continue;
        };
        let expected = (customer.episode, Some(as_told(ends.0, notification)));
        let kept = (said.episode, said.notification.clone());
        found.same("feed-notification", format_args!("{id} of {ends:?}"), &kept, &expected);
    }
    for id in entries.notifications.keys() {
        let is_shared = shared.notifications.contains_key(id);
        found.hold("feed-notification", is_shared, || {
            format!("{id} in the feed of {ends:?} is no shared notification of the customer")
        });
    }
}

/// What a partner may know of a notification: no other partner, and not what the account did with it.
fn as_told(partner: AccountId, notification: &Notification) -> Notification {
    let related = notification.related.clone().map(|related| Related {
        counterpart: related.counterpart.filter(|other| other.account_id == partner),
        ..related
    });
    Notification { related, dismissed_at: None, ..notification.clone() }
}

/// What was open when the connection began, and everything since; each as it is now.
fn tickets(customer: &CustomerItem, shared: &Shared, entries: &Entries, found: &mut Findings) {
    let (partner, ends) = (customer.partner, (customer.partner, customer.customer));
    let since = customer.connected_at;
    let concerning = shared.tickets.values().filter(|it| concerns(it, since));
    let expected: BTreeMap<_, _> =
        concerning.map(|it| (it.ticket_id, (customer.episode, as_seen(it, partner)))).collect();
    for id in super::keys_of(&expected, &entries.tickets) {
        let entry = entries.tickets.get(&id);
        let expected = expected.get(&id).cloned();
        let kept = entry.map(|entry| (entry.episode, whole(entry, expected.as_ref())));
        found.same("feed-ticket", format_args!("{id} of {ends:?}"), &kept, &expected);
    }
}

fn is_open(ticket: &Ticket) -> bool {
    !matches!(ticket.status, Status::Resolved | Status::Closed)
}

/// Not yet resolved or closed; or opened, changed or commented on for partners to see since an instant.
fn concerns(ticket: &Ticket, since: Instant) -> bool {
    is_open(ticket) || ticket.shared_activity.updated_at >= since
}

/// What a partner may know of a shared ticket (T9, T10): no comment for the account alone has moved
/// anything, and of another partner nothing but that it was one.
fn as_seen(ticket: &Ticket, partner: AccountId) -> Ticket {
    let mut seen = ticket.clone();
    hide_others(&mut seen.opened_by, partner);
    if let Some(last) = &mut seen.shared_activity.last_comment {
        hide_others(&mut last.author, partner);
    }
    seen.activity = seen.shared_activity.clone();
    seen
}

fn hide_others(author: &mut Author, partner: AccountId) {
    if author.partner.as_ref().is_some_and(|other| other.account_id != partner) {
        author.partner = None;
    }
}

/// A ticket as its entry has it; where that has only the beginning of its description, with the rest.
fn whole(entry: &FeedTicketItem, expected: Option<&(u32, Ticket)>) -> Ticket {
    let mut ticket = entry.ticket.clone();
    if let Some((_, expected)) = expected.filter(|_| entry.cut)
        && expected.description.as_str().starts_with(ticket.description.as_str())
    {
        ticket.description = expected.description.clone();
    }
    ticket
}

/// Nothing is left of what has ended but the marks of what was dismissed.
fn left(
    book: &Book<'_>,
    active: &BTreeMap<Ends, CustomerItem>,
    entries: &BTreeMap<Ends, Entries>,
    found: &mut Findings,
) {
    let nothing = Entries::default();
    for ends in super::keys_of(&book.past_customers(), entries) {
        if active.contains_key(&ends) {
            continue;
        }
        let of_it = entries.get(&ends).unwrap_or(&nothing);
        let told = of_it.notifications.values().filter(|entry| entry.dismissed_at.is_none());
        let told = told.map(|entry| entry.notification_id.to_string());
        let left: Vec<_> = told.chain(of_it.tickets.keys().map(ToString::to_string)).collect();
        let of = format_args!("{ends:?}, whose connection has ended");
        found.same("feed-left", of, &left, &Vec::new());
    }
}

/// The dashboard's numbers are set from what is there.
fn count(
    book: &Book<'_>,
    customer: &CustomerItem,
    shared: &Shared,
    entries: &Entries,
    found: &mut Findings,
) {
    let figures = customer.figures.clone().unwrap_or_default();
    let ends = (customer.partner, customer.customer);
    let mut open = OpenTickets::default();
    for ticket in shared.tickets.values().filter(|ticket| is_open(ticket)) {
        open.total += 1;
        open.critical += u32::from(ticket.severity == ticket::Severity::Critical);
    }
    let reach = reach(book, customer);
    let mut active = ActiveNotifications::default();
    for entry in entries.notifications.values() {
        if entry.dismissed_at.is_some() || Some(entry.notification_id) <= reach {
            continue;
        }
        active.total += 1;
        match entry.severity {
            Severity::Error => active.error += 1,
            Severity::Warning => active.warning += 1,
            Severity::Information => active.information += 1,
        }
    }
    found.same(
        "feed-count",
        format_args!("tickets of {ends:?}"),
        &figures.open_tickets,
        &Some(open),
    );
    let counted = figures.active_notifications;
    found.same("feed-count", format_args!("notifications of {ends:?}"), &counted, &Some(active));
}

/// Up to which notification a partner has dismissed those of a customer.
fn reach(book: &Book<'_>, customer: &CustomerItem) -> Option<NotificationId> {
    let marks: Option<DismissedForAllItem> = book.get(&keys::dismissed_for_all(customer.partner));
    let marks = marks.map(|item| plain(&item.marks)).unwrap_or_default();
    let mut reach = customer.dismissed_up_to;
    for Mark { up_to, at } in marks {
        // Whoever connected later is not meant.
        if at >= customer.connected_at && reach.is_none_or(|reach| reach < up_to) {
            reach = Some(up_to);
        }
    }
    reach
}

/// The marks as they are written.
fn plain(marks: &Marks) -> Vec<Mark> {
    let written = serde_json::to_value(marks).expect("marks are plain");
    serde_json::from_value(written).expect("they are a list")
}

/// What a partner has dismissed of one customer stands on the connection, and beside the feed, where it
/// outlives it.
fn marks(book: &Book<'_>, customer: &CustomerItem, found: &mut Findings) {
    let Some(reach) = customer.dismissed_up_to else { return };
    let ends = (customer.partner, customer.customer);
    let mark: Option<DismissedForCustomerItem> =
        book.get(&keys::dismissed_for_customer(ends.0, ends.1));
    let outlives = mark.is_some_and(|mark| mark.up_to >= reach);
    found.hold("feed-mark", outlives, || {
        format!("what {ends:?} have dismissed up to {reach} does not outlive the connection")
    });
}
