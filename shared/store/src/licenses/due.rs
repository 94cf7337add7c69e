//! What only time changes: found by the instant when it does.

use chrono::NaiveDate;
use tsunagu_domain::{locale::TimeZone, time::Instant};

use crate::{
    Page, Place, Store,
    condition::Condition,
    error::StoreError,
    item::{Attributes, Item, decode},
    items::{EntitlementItem, NotificationItem, PartnerItem, due_text},
    keys::{self, attribute},
    query::{Index, Query},
    transaction::{Outcome, Transaction},
};

/// How many are read at once.
const AT_ONCE: usize = 100;
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
        let entity = attributes.get(attribute::ENTITY).and_then(|value| value.as_s().ok());
        if entity.is_some_and(|entity| entity == PartnerItem::ENTITY) {
            Ok(Self::Partner(Box::new(decode(attributes)?)))
        } else {
            Ok(Self::Entitlement(Box::new(decode(attributes)?)))
        }
    }
}

impl Store {
    /// A page of what is due in a shard up to an instant, as the index has it: what is done with it
    /// is conditioned on its being so.
    pub async fn due(
        &self,
        shard: u8,
        up_to: Instant,
        after: Option<Place>,
    ) -> Result<Page<Due>, StoreError> {
        let partition = keys::due_partition(shard);
        let query = Query::between(partition, FIRST.to_owned(), due_text(up_to)).on(Index::Gsi2);
        let page = self.table.query_attributes(query.after(after).limit(AT_ONCE)).await?;
        let items = page.items.into_iter().map(Due::of).collect::<Result<_, _>>()?;
        Ok(Page { items, next: page.next })
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
        transaction.mark(item.account, &entitlement.service)?;
        if let Some(notice) = entitlement.notice(item.told, today) {
            let service = self.known_service(&entitlement.service).await?;
            let service = service.ok_or_else(|| StoreError::corrupt("of no service"))?;
            let notification = notice.notify(item.account, entitlement, &service.name, now);
            transaction.put(&NotificationItem { notification }, &Condition::absent())?;
        }
        match self.table.transact(transaction).await? {
            Outcome::Done | Outcome::Refused(_) => Ok(()),
        }
    }
}
