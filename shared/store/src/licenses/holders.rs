//! Who holds a licence, and releasing it: the account's own affair, on no path of a partner (T15).

use chrono::NaiveDate;
use tsunagu_domain::{
    audit::Action,
    ids::AccountId,
    licenses::holder::{DeviceId, HolderId, HolderKind, Source, UserId, too_active_from},
    service::Service,
    time::Instant,
    vendor::ServiceCode,
};

use super::{Attempt, until_settled};
use crate::{
    Acting, Page, Place, Store,
    audit::{Event, change},
    condition::{Condition, Update},
    error::{StoreError, WriteError},
    item::Item,
    items::{HolderItem, PendingReleaseItem, UsageFactItem},
    keys,
    query::Query,
    transaction::Transaction,
};

/// How many holders a read takes, where released ones may be among them.
const AT_ONCE: usize = 200;

/// A user or a device that holds a licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The holder.
    pub holder_id: HolderId,
    /// The user; of a device, the one who is his own.
    pub user_id: Option<UserId>,
    /// The device.
    pub device_id: Option<DeviceId>,
    /// By whom it is known.
    pub source: Source,
    /// Since when it holds it.
    pub assigned_on: NaiveDate,
    /// When it was last active.
    pub last_active_on: NaiveDate,
}

/// Why a licence is not released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseError {
    /// Nobody of this id holds one.
    Unknown,
    /// Its holder was active in the last 30 days.
    StillActive,
}

impl HolderItem {
    /// The holder, where it holds a licence that is not about to be released.
    fn holder(self) -> Option<Holder> {
        let assigned_on = self.activity.assigned_on().filter(|_| self.releasing.is_none())?;
        Some(Holder {
            assigned_on,
            last_active_on: self.activity.last_active().unwrap_or(assigned_on),
            holder_id: self.holder_id,
            user_id: self.user_id,
            device_id: self.device_id,
            source: self.source,
        })
    }
}

impl Store {
    /// A page of the holders of a service of the acting account, in no order that means anything.
    pub async fn holders(
        &self,
        account: &Acting,
        service: &ServiceCode,
        kind: HolderKind,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<Holder>, StoreError> {
        let account = account.account_id();
        let partition = keys::holders_partition(account, service);
        let query = Query::prefix(partition, keys::kind_prefix(kind)).limit(AT_ONCE.max(limit + 1));
        let mut page = Page { items: Vec::new(), next: after };
        loop {
            let query = query.clone().after(page.next.take());
            let read = self.table.query::<HolderItem>(query).await?;
            page.items.extend(read.items.into_iter().filter_map(HolderItem::holder));
            page.next = read.next;
            if page.items.len() > limit {
                page.items.truncate(limit);
                let last = page.items.last().map(|last| &last.holder_id);
                page.next = last.map(|id| Place::at(keys::holder(account, service, kind, id)));
            }
            if page.items.len() >= limit || page.next.is_none() {
                return Ok(page);
            }
        }
    }

    /// Releases a holder's licence. The next run counts it, as it counts usage: figures move with
    /// runs only. Releasing again what is about to be released changes nothing.
    pub async fn release(
        &self,
        account: &Acting,
        service: &Service,
        kind: HolderKind,
        id: &HolderId,
        now: Instant,
    ) -> Result<(), WriteError<ReleaseError>> {
        let account_id = account.account_id();
        let today = account.account().time_zone.day_of(now);
        until_settled(async || {
            let key = keys::holder(account_id, &service.code, kind, id);
            let found = self.table.get::<HolderItem>(key).await?;
            let assigned = |item: &HolderItem| item.activity.assigned_on().is_some();
            let Some(item) = found.filter(assigned) else {
                return Err(WriteError::Refused(ReleaseError::Unknown));
            };
            let active = item.activity.last_active() >= Some(too_active_from(today));
            if active || self.is_pending(&item, too_active_from(today)).await? {
                return Err(WriteError::Refused(ReleaseError::StillActive));
            }
            if item.releasing.is_some() {
                return Ok(Attempt::Done(()));
            }
            let transaction = releasing(account, &item, today, now)?;
            Ok(self.table.transact(transaction).await?.or_stale(()))
        })
        .await
    }

    /// Whether usage of a holder from a day on waits for the next run.
    async fn is_pending(&self, item: &HolderItem, from: NaiveDate) -> Result<bool, StoreError> {
        match item.kind {
            HolderKind::User => self.is_user_pending(item, from).await,
            HolderKind::Device => {
                self.is_device_pending(item.account_id, &item.service, &item.holder_id, from).await
            }
        }
    }

    async fn is_user_pending(
        &self,
        item: &HolderItem,
        from: NaiveDate,
    ) -> Result<bool, StoreError> {
        let (from, to) = keys::pending_usage_from(&item.holder_id, from);
        let partition = keys::pending_partition(item.account_id, &item.service);
        let query = Query::between(partition, from, to).limit(1);
        Ok(!self.table.query::<UsageFactItem>(query).await?.items.is_empty())
    }

    /// What is pending stands under its user, so that of a device is looked for among all of it.
    async fn is_device_pending(
        &self,
        account: AccountId,
        service: &ServiceCode,
        device: &HolderId,
        from: NaiveDate,
    ) -> Result<bool, StoreError> {
        let users = keys::kind_prefix(HolderKind::User);
        let is_fact = |fact: &UsageFactItem| from <= fact.day && fact.device() == *device;
        let mut after = None;
        loop {
            let partition = keys::pending_partition(account, service);
            let query = Query::prefix(partition, users).after(after);
            let page = self.table.query_attributes(query).await?;
            for attributes in page.items {
                let fact = super::fold::fact_of(attributes)?;
                if fact.as_ref().is_some_and(is_fact) {
                    return Ok(true);
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(false);
            }
        }
    }
}

fn releasing(
    account: &Acting,
    item: &HolderItem,
    today: NaiveDate,
    now: Instant,
) -> Result<Transaction, StoreError> {
    let HolderItem { account_id, service, kind, holder_id, .. } = item;
    let mut transaction = Transaction::default();
    let update = Update::default().set("releasing", today)?.add("rev", 1);
    transaction.update(item.key(), update, &item.unchanged()?);
    let release = PendingReleaseItem {
        account_id: *account_id,
        service: service.clone(),
        kind: *kind,
        holder_id: holder_id.clone(),
        day: today,
    };
    transaction.put(&release, &Condition::none())?;
    transaction.mark(*account_id, service)?;
    let target = match kind {
        HolderKind::User => "license-user",
        HolderKind::Device => "license-device",
    };
    let event = Event::new(now, Action::LicenseReleased, target, holder_id).with([change(
        "service",
        None::<String>,
        Some(service),
    )]);
    transaction.audit(*account_id, account.actor(), &event)?;
    Ok(transaction)
}
