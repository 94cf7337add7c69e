//! Reading tickets and their comments, each as the party sees it.

use tsunagu_domain::{
    ids::TicketId,
    ticket::{Comment, Severity, Status, Ticket},
    time::Instant,
    vendor::ServiceCode,
};

use super::TicketParty;
use crate::{
    Page, Place, Store, Version,
    error::StoreError,
    items::{CommentItem, TicketItem},
    keys::{self, prefix},
    query::Query,
};

/// How many tickets a read takes where a filter may leave many out.
const FILTERED_AT_ONCE: usize = 200;

/// Which tickets of an account a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TicketFilter {
    /// Only those that stand there.
    pub status: Option<Status>,
    /// Only those that are so bad.
    pub severity: Option<Severity>,
    /// Only those about this service.
    pub service: Option<ServiceCode>,
    /// Only those that changed, as far as the reader sees, at this instant or later.
    pub updated_since: Option<Instant>,
}

/// A ticket as a party sees it, and the version of its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketOnRecord {
    /// The ticket.
    pub ticket: Ticket,
    /// What a change is conditioned on.
    pub version: Version,
}

impl TicketFilter {
    /// Whether a ticket, as its reader sees it, is shown.
    pub fn admits(&self, ticket: &Ticket) -> bool {
        self.status.is_none_or(|status| ticket.status == status)
            && self.severity.is_none_or(|severity| ticket.severity == severity)
            && self.service.as_ref().is_none_or(|one| ticket.service.as_ref() == Some(one))
            && self.updated_since.is_none_or(|since| since <= ticket.activity.updated_at)
    }
}

impl Store {
    /// A page of an account's tickets, newest first. Where much is left out a page may be short, even
    /// empty, and still not be the last.
    pub async fn tickets(
        &self,
        party: &TicketParty<'_>,
        filter: &TicketFilter,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<Ticket>, StoreError> {
        let partition = keys::account_partition(party.account_id());
        let range = Query::prefix(partition, prefix::TICKETS).newest_first().after(after);
        let is_filtered = *filter != TicketFilter::default();
        let first = if is_filtered { FILTERED_AT_ONCE } else { limit + 1 };
        let seen = |item: &TicketItem| party.ticket(&item.ticket);
        let is_shown = |item: &TicketItem| seen(item).is_some_and(|ticket| filter.admits(&ticket));
        let page = self.table.read_on(range, first, limit, is_shown).await?;
        let items = page.items.iter().filter_map(seen).collect();
        Ok(Page { items, next: page.next })
    }

    /// One ticket; `None` where there is none that the party sees.
    pub async fn ticket(
        &self,
        party: &TicketParty<'_>,
        id: TicketId,
    ) -> Result<Option<TicketOnRecord>, StoreError> {
        let item = self.table.get::<TicketItem>(keys::ticket(party.account_id(), id)).await?;
        Ok(item.and_then(|item| {
            let version = item.version();
            party.ticket(&item.ticket).map(|ticket| TicketOnRecord { ticket, version })
        }))
    }

    /// A page of the comments on a ticket, oldest first; `None` where there is no ticket that the
    /// party sees.
    pub async fn comments(
        &self,
        party: &TicketParty<'_>,
        ticket: TicketId,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Option<Page<Comment>>, StoreError> {
        if self.ticket(party, ticket).await?.is_none() {
            return Ok(None);
        }
        let partition = keys::account_partition(party.account_id());
        let range = Query::prefix(partition, keys::comments(ticket)).after(after);
        let seen = |item: &CommentItem| party.comment(item.comment.clone());
        let is_shown = |item: &CommentItem| seen(item).is_some();
        let page = self.table.read_on(range, limit + 1, limit, is_shown).await?;
        let items = page.items.iter().filter_map(seen).collect();
        Ok(Some(Page { items, next: page.next }))
    }
}
