//! What only time changes: found by the instant when it does.

use chrono::NaiveDate;
use tsunagu_domain::{locale::TimeZone, time::Instant};

use super::walk::{Unreadable, Walk, is};
use crate::{
    Store,
    condition::{Condition, Update},
    error::StoreError,
    item::{Attributes, decode},
    items::{EntitlementItem, NotificationItem, PartnerItem, due_text},
    keys::{self, attribute},
    query::{Index, Query},
    transaction::{Outcome, Transaction},
};

/// How many are read at once.
const PAGE: usize = 100;
/// Before every instant.
const FIRST: &str = "0";

/// Something that is due.
#[derive(Clone, Debug)]
pub enum Due {
    /// Something about an entitlement turns.
    Entitlement(Box<EntitlementItem>),
    /// A new partner has no figures of its customer yet.
    Partner(Box<PartnerItem>),
}

impl Due {
    fn of(attributes: Attributes) -> Result<Self, StoreError> {
        if is::<PartnerItem>(&attributes) {
            Ok(Self::Partner(Box::new(decode(attributes)?)))
        } else {
            Ok(Self::Entitlement(Box::new(decode(attributes)?)))
        }
    }
}

impl Store {
    /// A walk over all that is due, for [`Store::next_due`].
    pub fn walk_due(&self, beginning: u64) -> Walk {
        Walk::new(keys::DUE_SHARDS, beginning)
    }

    /// The next page of what is due up to an instant, as the index has it: what is done with it is
    /// conditioned on its being so. `None` at the end.
    pub async fn next_due(
        &self,
        walk: &mut Walk,
        up_to: Instant,
    ) -> Result<Option<Vec<Result<Due, Unreadable>>>, StoreError> {
        let Some((shard, after)) = walk.next() else { return Ok(None) };
        let partition = keys::due_partition(shard);
        let query = Query::between(partition, FIRST.to_owned(), due_text(up_to)).on(Index::Gsi2);
        let page = self.table.query_attributes(query.after(after).limit(PAGE)).await?;
        Ok(Some(walk.advance(page, Due::of, |_| None)))
    }

    /// Lets an entitlement turn on a day of its account: its account is told, once, and the run looks
    /// at its service. Nothing is done where it is no longer as the index had it.
    pub async fn turn(
        &self,
        item: &EntitlementItem,
        zone: TimeZone,
        today: NaiveDate,
        now: Instant,
    ) -> Result<(), StoreError> {
        let entitlement = &item.entitlement;
        let mut transaction = Transaction::default();
        let told = today.max(item.told);
        let next = EntitlementItem::next(Some(item), item.account, entitlement.clone(), told, zone);
        transaction.put(&next, &EntitlementItem::unchanged(Some(item))?)?;
        transaction.make_dirty(item.account, &entitlement.service)?;
        if let Some(notice) = entitlement.notice(item.told, today) {
            let service = self.known_service(&entitlement.service).await?;
            let service = service.ok_or_else(|| StoreError::corrupt("of no service"))?;
            let notification = notice.notify(item.account, entitlement, &service.name, today, now);
            transaction.put(&NotificationItem { notification }, &Condition::absent())?;
        }
        match self.table.transact(transaction).await? {
            Outcome::Done | Outcome::Refused(_) => Ok(()),
        }
    }

    /// Lets the run bring a new partner what its customer has. Nothing is done where the connection is
    /// no longer as the index had it.
    pub async fn welcome_partner(&self, partner: &PartnerItem) -> Result<(), StoreError> {
        let PartnerItem { customer, partner, episode, .. } = *partner;
        let mut transaction = Transaction::default();
        let welcomed = Update::default().remove(attribute::GSI2PK).remove(attribute::GSI2SK);
        let same = Condition::present().and_equals("ep", episode)?;
        transaction.update(keys::partner(customer, partner), welcomed, &same);
        transaction.make_partners_dirty(customer)?;
        match self.table.transact(transaction).await? {
            Outcome::Done | Outcome::Refused(_) => Ok(()),
        }
    }
}
