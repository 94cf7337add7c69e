//! What a feed has to show, as plainly as it can be said.

use std::collections::{BTreeMap, BTreeSet};

use tsunagu_domain::{
    connection::{Connection, Pair},
    ids::{AccountId, NotificationId, TicketId},
    notification::{KEPT_FOR, Notification},
    share::{Share, Shares},
    ticket::Ticket,
    time::Instant,
    visibility::Visibility,
};
use tsunagu_store::items::{FeedNotificationItem, FeedTicketItem};
use tsunagu_tests::stored::Contents;

/// A connection, and the tickets that are to be shown through it.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    shares: Shares,
    episode: u32,
    /// Those that were open when it began, and those that were written since.
    tickets: BTreeSet<TicketId>,
}

/// Everything that happened.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) notifications: BTreeMap<NotificationId, Notification>,
    pub(crate) tickets: BTreeMap<TicketId, Ticket>,
    /// By partner and customer.
    pub(crate) connections: BTreeMap<(AccountId, AccountId), Shown>,
    dismissed: BTreeSet<(AccountId, NotificationId)>,
}

impl Model {
    pub(crate) fn publish(&mut self, notification: &Notification) {
        self.notifications.insert(notification.notification_id, notification.clone());
    }

    pub(crate) fn write_ticket(&mut self, ticket: &Ticket) {
        let before = self.tickets.insert(ticket.ticket_id, ticket.clone());
        // What partners do not see of it is nothing to them.
        if before.and_then(|before| before.shared()) == ticket.shared() {
            return;
        }
        if ticket.visibility != Visibility::Shared {
            return;
        }
        for ((_, customer), shown) in &mut self.connections {
            if *customer == ticket.account_id {
                shown.tickets.insert(ticket.ticket_id);
            }
        }
    }

    pub(crate) fn connect(&mut self, connection: &Connection) {
        let Pair { partner, customer } = connection.pair;
        let open = self.tickets.values().filter(|ticket| {
            let is_shared = ticket.visibility == Visibility::Shared;
            ticket.account_id == customer && is_shared && ticket.status.is_open()
        });
        let tickets = open.map(|ticket| ticket.ticket_id).collect();
        let shown = Shown { shares: connection.shares, episode: connection.episode, tickets };
        self.connections.insert((partner, customer), shown);
    }

    pub(crate) fn share(&mut self, pair: Pair, shares: Shares) {
        let shown = self.connections.get_mut(&(pair.partner, pair.customer));
        shown.expect("are connected").shares = shares;
    }

    pub(crate) fn dismiss(&mut self, partner: AccountId, ids: Vec<NotificationId>) {
        self.dismissed.extend(ids.into_iter().map(|id| (partner, id)));
    }

    /// Everything up to one, of the customers that are connected, or of one of them.
    pub(crate) fn dismiss_all(
        &mut self,
        partner: AccountId,
        customer: Option<AccountId>,
        up_to: NotificationId,
    ) {
        let connected = |of: AccountId| {
            customer.is_none_or(|customer| customer == of)
                && self.connections.contains_key(&(partner, of))
        };
        let covered = self.notifications.range(..=up_to);
        let covered = covered.filter(|(_, notification)| connected(notification.account_id));
        let covered: Vec<_> = covered.map(|(id, _)| (partner, *id)).collect();
        self.dismissed.extend(covered);
    }

    fn sees(&self, partner: AccountId, customer: AccountId, share: Share) -> bool {
        let shown = self.connections.get(&(partner, customer));
        shown.is_some_and(|shown| shown.shares.contains(share))
    }

    fn is_active(&self, partner: AccountId, notification: &Notification) -> bool {
        let id = notification.notification_id;
        notification.visibility == Visibility::Shared && !self.dismissed.contains(&(partner, id))
    }

    /// What the partner is to be shown, no more and no less.
    pub(crate) fn notifications_of(
        &self,
        partner: AccountId,
        now: Instant,
    ) -> BTreeSet<NotificationId> {
        let shown = self.notifications.values().filter(|notification| {
            self.is_active(partner, notification)
                && self.sees(partner, notification.account_id, Share::Notifications)
                && now < notification.created_at + KEPT_FOR
        });
        shown.map(|notification| notification.notification_id).collect()
    }

    /// Which tickets the partner is to be shown, no more and no less.
    pub(crate) fn tickets_of(&self, partner: AccountId) -> BTreeSet<TicketId> {
        let shown = self.tickets.values().filter(|ticket| {
            let (customer, id) = (ticket.account_id, ticket.ticket_id);
            ticket.visibility == Visibility::Shared
                && self.sees(partner, customer, Share::Tickets)
                && self.connections[&(partner, customer)].tickets.contains(&id)
        });
        shown.map(|ticket| ticket.ticket_id).collect()
    }

    /// How many notifications the partner has before it, whatever is shared at the moment.
    pub(crate) fn active(&self, partner: AccountId, customer: AccountId) -> usize {
        let of = self.notifications.values().filter(|it| it.account_id == customer);
        of.filter(|notification| self.is_active(partner, notification)).count()
    }

    pub(crate) fn open_tickets(&self, customer: AccountId) -> u32 {
        let open = self.tickets.values().filter(|ticket| {
            let is_shared = ticket.visibility == Visibility::Shared;
            ticket.account_id == customer && is_shared && ticket.status.is_open()
        });
        u32::try_from(open.count()).expect("few")
    }

    /// Whether a notification of the customer is no longer kept.
    pub(crate) fn has_expired(&self, customer: AccountId, now: Instant) -> bool {
        let mut of = self.notifications.values().filter(|it| it.account_id == customer);
        of.any(|notification| now >= notification.created_at + KEPT_FOR)
    }

    /// Nothing lies in the table that nobody can see, but the marks of what was dismissed.
    pub(crate) fn check_leftovers(&self, contents: &Contents) {
        let stands = |partner, customer, episode| {
            let shown = self.connections.get(&(partner, customer));
            shown.is_some_and(|shown| shown.episode == episode)
        };
        for entry in contents.of_kind::<FeedNotificationItem>("FEED#") {
            let stands = stands(entry.partner, entry.customer, entry.episode);
            assert!(stands || entry.dismissed_at.is_some(), "left: {entry:?}");
        }
        for entry in contents.of_kind::<FeedTicketItem>("FEED#") {
            assert!(stands(entry.partner, entry.customer, entry.episode), "left: {entry:?}");
        }
    }
}
