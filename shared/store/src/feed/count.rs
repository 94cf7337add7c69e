//! The numbers of a customer's tickets and notifications on its partner's dashboard.
//!
//! They are *set*, from what is there, never added up: records of the stream come at least once.
//! Whoever counts writes even where nothing differs, so that one who counted earlier and writes later
//! finds that he was overtaken.

use tsunagu_domain::{
    connection::Pair,
    dashboard::{ActiveNotifications, OpenTickets, Summary},
    ids::NotificationId,
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

impl Store {
    /// Sets how many open tickets and active notifications a partner's dashboard shows of a customer.
    pub(super) async fn count_feed(&self, pair: Pair, now: Instant) -> Result<(), StoreError> {
        for wait in waits() {
            if self.count_once(pair, now).await? {
                return Ok(());
            }
            tokio::time::sleep(wait).await;
        }
        Err(StoreError::Unavailable("figures changed again and again".to_owned()))
    }

    /// Counts once; `false` where somebody else wrote figures meanwhile.
    async fn count_once(&self, pair: Pair, now: Instant) -> Result<bool, StoreError> {
        let Pair { partner, customer } = pair;
        let key = keys::customer(partner, customer);
        let Some(before) = self.table.get::<CustomerItem>(key.clone()).await? else {
            return Ok(true);
        };
        // After what is kept: see above.
        let (open, active) = futures::try_join!(
            self.open_shared_tickets(customer),
            self.active_notifications(&before, now),
        )?;
        let figures = Summary {
            open_tickets: Some(open_tickets(&open)),
            active_notifications: Some(active),
            ..before.figures.clone().unwrap_or_default()
        };
        let update = Update::default().set("sm", Figures(&figures))?.add("sq", 1);
        let condition = Condition::figures_as_read(before.episode, before.figures_written)?;
        self.table.update(key, update, condition).await
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
