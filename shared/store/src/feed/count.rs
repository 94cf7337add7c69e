//! The numbers of a customer's tickets and notifications on its partner's dashboard.
//!
//! They are *set*, from what is there, never added up: records of the stream come at least once.
//! Whoever counts writes even where nothing differs, so that one who counted earlier and writes later
//! finds that he was overtaken.

use std::collections::HashMap;

use tsunagu_domain::{
    connection::Pair,
    dashboard::{ActiveNotifications, OpenTickets, Summary},
    ids::{AccountId, NotificationId},
    notification::Severity,
    ticket,
    time::Instant,
};

use crate::{
    Store,
    condition::{Condition, Update},
    error::StoreError,
    items::{CustomerItem, FeedNotificationItem, Figures, TicketPlaceItem},
    keys::{self, prefix},
    query::Query,
    table::waits,
};

/// What several partners' figures of one customer are counted from: what was kept of them, and the
/// customer's open tickets, which are the same for all.
#[derive(Debug)]
pub struct Tally {
    kept: HashMap<AccountId, CustomerItem>,
    open: OpenTickets,
}

impl Store {
    /// Sets how many open tickets and active notifications a partner's dashboard shows of a customer.
    pub(super) async fn count_feed(&self, pair: Pair, now: Instant) -> Result<(), StoreError> {
        for wait in waits() {
            let tally = self.tally(pair.customer, &[pair.partner]).await?;
            if self.count_from(&tally, pair.partner, now).await? {
                return Ok(());
            }
            tokio::time::sleep(wait).await;
        }
        Err(StoreError::Unavailable("figures changed again and again".to_owned()))
    }

    /// Reads together what the figures of some partners are counted from.
    pub async fn tally(
        &self,
        customer: AccountId,
        partners: &[AccountId],
    ) -> Result<Tally, StoreError> {
        let keys: Vec<_> =
            partners.iter().map(|partner| keys::customer(*partner, customer)).collect();
        let mut found = self.table.batch_get(&keys).await?;
        let mut kept = HashMap::new();
        for (partner, key) in partners.iter().zip(&keys) {
            if let Some(item) = found.take::<CustomerItem>(key)? {
                kept.insert(*partner, item);
            }
        }
        // After what is kept: see above.
        let open = open_tickets(&self.open_shared_tickets(customer).await?);
        Ok(Tally { kept, open })
    }

    /// Counts for one of the partners; `false` where somebody else wrote its figures meanwhile.
    pub async fn count_from(
        &self,
        tally: &Tally,
        partner: AccountId,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let Some(before) = tally.kept.get(&partner) else { return Ok(true) };
        let figures = Summary {
            open_tickets: Some(tally.open),
            active_notifications: Some(self.active_notifications(before, now).await?),
            ..before.figures.clone().unwrap_or_default()
        };
        let update = Update::default().set("sm", Figures(&figures))?.add("sq", 1);
        let condition = Condition::figures_as_read(before.episode, before.figures_written)?;
        self.table.update(keys::customer(partner, before.customer), update, condition).await
    }

    async fn active_notifications(
        &self,
        customer: &CustomerItem,
        now: Instant,
    ) -> Result<ActiveNotifications, StoreError> {
        let marks = self.marks_of(customer.partner).await?;
        let oldest = NotificationId::oldest_kept(now);
        let first = customer.dismissed_behind(&marks).map_or(oldest, |last| last.max(oldest));
        let from = keys::feed_notification(customer.partner, customer.customer, first);
        let query = Query::between(from.pk, from.sk, keys::end_of(prefix::NOTIFICATIONS));
        let entries = self.table.query_all::<FeedNotificationItem>(query).await?;
        let mut active = ActiveNotifications::default();
        for entry in entries.iter().filter(|entry| customer.shows(entry, &marks)) {
            active.total += 1;
            match entry.severity {
                Severity::Error => active.error += 1,
                Severity::Warning => active.warning += 1,
                Severity::Information => active.information += 1,
            }
        }
        Ok(active)
    }
}

fn open_tickets(open: &[TicketPlaceItem]) -> OpenTickets {
    let count = |places: usize| u32::try_from(places).unwrap_or(u32::MAX);
    let critical = open.iter().filter(|place| place.severity == ticket::Severity::Critical);
    OpenTickets { total: count(open.len()), critical: count(critical.count()) }
}
