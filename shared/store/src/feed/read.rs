//! Reading a feed: what a partner may see of it, at the time of reading.

use std::collections::{BTreeSet, HashMap};

use tsunagu_domain::{
    ids::{AccountId, NotificationId},
    notification::{Notification, Severity},
    ticket::{self, Ticket},
    time::Instant,
    vendor::ServiceCode,
};

use crate::{
    Acting, Page, Place, Store,
    error::StoreError,
    items::{CustomerItem, FeedEntry, FeedNotificationItem, FeedTicketItem, Names, TicketItem},
    keys::{self, prefix},
    query::{Index, Query},
};

/// How many entries a further read takes at least and at most, where what is not shown left the page
/// unfilled: with each comes the connection with its customer.
const FURTHER: (usize, usize) = (25, 200);
/// How many further reads one request makes before it answers what it has found so far.
const FURTHER_READS: usize = 5;

/// Which notifications of its customers a partner asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedFilter {
    /// Only those of this customer.
    pub customer: Option<AccountId>,
    /// Only those that matter so much.
    pub severity: Option<Severity>,
    /// Only those of this code.
    pub code: Option<String>,
    /// Only those made then or later.
    pub since: Option<Instant>,
}

/// Which tickets of its customers a partner asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TicketFeedFilter {
    /// Only those of this customer.
    pub customer: Option<AccountId>,
    /// Only those that stand there.
    pub status: Option<ticket::Status>,
    /// Only those that are so bad.
    pub severity: Option<ticket::Severity>,
    /// Only those about this service.
    pub service: Option<ServiceCode>,
    /// Only those that changed then or later.
    pub updated_since: Option<Instant>,
}

/// A customer's notification as its partner sees it.
#[derive(Clone, Debug)]
pub struct CustomerNotification {
    /// The customer.
    pub customer: AccountId,
    /// Its names, as they are now.
    pub names: Names,
    /// The notification.
    pub notification: Notification,
}

/// A customer's ticket as its partner sees it.
#[derive(Clone, Debug)]
pub struct CustomerTicket {
    /// The customer.
    pub customer: AccountId,
    /// Its names, as they are now.
    pub names: Names,
    /// The ticket.
    pub ticket: Ticket,
}

impl FeedFilter {
    fn admits(&self, entry: &FeedNotificationItem) -> bool {
        let Some(notification) = &entry.notification else { return false };
        self.severity.is_none_or(|wanted| wanted == notification.severity)
            && self.code.as_ref().is_none_or(|wanted| *wanted == notification.code)
    }
}

impl TicketFeedFilter {
    fn admits(&self, ticket: &Ticket) -> bool {
        self.status.is_none_or(|wanted| wanted == ticket.status)
            && self.severity.is_none_or(|wanted| wanted == ticket.severity)
            && self.service.as_ref().is_none_or(|it| ticket.service.as_ref() == Some(it))
            && self.updated_since.is_none_or(|since| ticket.activity.updated_at >= since)
    }
}

/// A list in a feed: of one kind of entries, from one sort key on, of one customer or of all.
struct List<'a> {
    partner: AccountId,
    customer: Option<AccountId>,
    from: String,
    prefix: &'a str,
    after: Option<Place>,
    limit: usize,
    /// The connections that were read beforehand.
    known: HashMap<AccountId, CustomerItem>,
}

impl Store {
    /// A page of the notifications of the partner's customers, newest first, without those that it
    /// has dismissed. Where filters leave much out a page may be short, even empty, and still not be
    /// the last.
    pub async fn customer_notifications(
        &self,
        partner: &Acting,
        filter: &FeedFilter,
        after: Option<Place>,
        limit: usize,
        now: Instant,
    ) -> Result<Page<CustomerNotification>, StoreError> {
        let partner = partner.account_id();
        let marks = self.marks_of(partner).await?;
        let known = self.connections(partner, filter.customer.into_iter().collect()).await?;
        let dismissed =
            known.values().next().and_then(|customer| customer.dismissed_behind(&marks));
        let since = filter.since.map(NotificationId::first_of);
        let first = since.max(dismissed).max(Some(NotificationId::oldest_kept(now)));
        let from = first.map(|first| format!("{}{first}", prefix::NOTIFICATIONS));
        let from = from.unwrap_or_else(|| prefix::NOTIFICATIONS.to_owned());
        let prefix = prefix::NOTIFICATIONS;
        let list = List { partner, customer: filter.customer, from, prefix, after, limit, known };
        let page = self.feed_page::<FeedNotificationItem>(
            list,
            |entry| filter.admits(entry),
            |entry, customer| customer.shows(entry, &marks),
        );
        let Page { items, next } = page.await?;
        let items = items.into_iter().filter_map(|(entry, names)| {
            let customer = entry.customer;
            Some(CustomerNotification { customer, names, notification: entry.notification? })
        });
        Ok(Page { items: items.collect(), next })
    }

    /// A page of the tickets of the partner's customers, newest first: what was open when the
    /// connection began, and what was opened or touched since.
    pub async fn customer_tickets(
        &self,
        partner: &Acting,
        filter: &TicketFeedFilter,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<CustomerTicket>, StoreError> {
        let partner = partner.account_id();
        let from = prefix::TICKETS.to_owned();
        let prefix = prefix::TICKETS;
        let known = HashMap::new();
        let list = List { partner, customer: filter.customer, from, prefix, after, limit, known };
        let admits = |entry: &FeedTicketItem| filter.admits(&entry.ticket);
        let Page { items, next } = self.feed_page(list, admits, |_, _| true).await?;
        let cut: Vec<_> = items.iter().filter(|(entry, _)| entry.cut).collect();
        let cut: Vec<_> =
            cut.iter().map(|(entry, _)| keys::ticket(entry.customer, entry.ticket_id)).collect();
        let mut whole = self.table.batch_get(&cut).await?;
        let mut tickets = Vec::with_capacity(items.len());
        for (entry, names) in items {
            let FeedTicketItem { customer, ticket_id, ticket, cut, .. } = entry;
            let ticket = if cut {
                // Without the ticket, or where it is hidden by now, there is nothing to show.
                let whole = whole.take::<TicketItem>(&keys::ticket(customer, ticket_id))?;
                whole.and_then(|item| item.ticket.seen_by(partner))
            } else {
                Some(ticket)
            };
            tickets.extend(ticket.map(|ticket| CustomerTicket { customer, names, ticket }));
        }
        Ok(Page { items: tickets, next })
    }

    /// Reads on until there are more than `limit` entries that the partner may see, everything is
    /// read, or this request has read enough.
    async fn feed_page<E: FeedEntry>(
        &self,
        list: List<'_>,
        admits: impl Fn(&E) -> bool,
        shows: impl Fn(&E, &CustomerItem) -> bool,
    ) -> Result<Page<(E, Names)>, StoreError> {
        let List { partner, customer, from, prefix, after, limit, known } = list;
        // What is kept may have shrunk since the page before: DynamoDB refuses to go on at a place
        // outside of the range.
        if after.as_ref().is_some_and(|place| place.sk <= from) {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let partition = match customer {
            Some(customer) => keys::customer_feed_partition(partner, customer),
            None => keys::feed_partition(partner),
        };
        let index = if customer.is_some() { Index::Table } else { Index::Gsi1 };
        let range = Query::between(partition, from, keys::end_of(prefix)).on(index).newest_first();
        let mut connected: HashMap<_, _> =
            known.into_iter().map(|(customer, item)| (customer, Some(item))).collect();
        let mut page = Page { items: Vec::<(E, Names)>::new(), next: after };
        for read in 0..=FURTHER_READS {
            // One more than asked for, to know whether the page is the last.
            let missing = limit + 1 - page.items.len();
            let size = match read {
                0 => missing,
                _ => (2 * missing).clamp(FURTHER.0, FURTHER.1),
            };
            let query = range.clone().after(page.next.take()).limit(size);
            let read = self.table.query::<E>(query).await?;
            page.next = read.next;
            let found: Vec<E> = read.items.into_iter().filter(&admits).collect();
            self.get_to_know(partner, &found, &mut connected).await?;
            page.items.extend(found.into_iter().filter_map(|entry| {
                let customer = connected.get(&entry.customer())?.as_ref()?;
                let is_seen = customer.admits(&entry) && shows(&entry, customer);
                is_seen.then(|| (entry, customer.names.clone()))
            }));
            if page.items.len() > limit || page.next.is_none() {
                break;
            }
        }
        if page.items.len() > limit {
            page.items.truncate(limit);
            page.next = page.items.last().map(|(last, _)| place_of(last, index));
        }
        Ok(page)
    }

    /// Reads the connections with the customers of entries that are not known yet, strongly
    /// consistent: whether they stand is decided by the table, not by an index (P7).
    async fn get_to_know<E: FeedEntry>(
        &self,
        partner: AccountId,
        entries: &[E],
        connected: &mut HashMap<AccountId, Option<CustomerItem>>,
    ) -> Result<(), StoreError> {
        let customers: BTreeSet<_> = entries.iter().map(FeedEntry::customer).collect();
        let unknown: BTreeSet<_> =
            customers.into_iter().filter(|customer| !connected.contains_key(customer)).collect();
        let mut found = self.connections(partner, unknown.clone()).await?;
        connected.extend(unknown.into_iter().map(|customer| (customer, found.remove(&customer))));
        Ok(())
    }
}

/// The place of an entry in the list that was asked.
fn place_of<E: FeedEntry>(entry: &E, index: Index) -> Place {
    let key = entry.key();
    match index {
        Index::Table => Place::at(key),
        Index::Gsi1 | Index::Gsi2 => Place { sk: key.sk.clone(), base: Some(key) },
    }
}

#[cfg(test)]
mod tests {
    use tsunagu_domain::ids::TicketId;

    use super::*;

    #[test]
    fn given_any_ticket_then_it_is_in_the_range_of_tickets_and_no_notification_is() {
        let at: Instant = "9999-12-31T23:59:59.999Z".parse().expect("an instant");
        let range = prefix::TICKETS.to_owned()..=keys::end_of(prefix::TICKETS);
        assert!(range.contains(&format!("{}{}", prefix::TICKETS, TicketId::mint(at))));
        let notification = format!("{}{}", prefix::NOTIFICATIONS, NotificationId::mint(at));
        assert!(!range.contains(&notification));
    }
}
