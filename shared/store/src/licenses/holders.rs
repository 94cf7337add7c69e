//! Who holds a licence, and releasing it: the account's own affair, on no path of a partner (T15).

use chrono::NaiveDate;
use tsunagu_domain::{
    audit::Action,
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
/// How many reads look for usage of a device among all that waits for the next run, each of as much as
/// DynamoDB gives, 1 MB: some 15,000 facts together, for as many read units as the overview of 10,000
/// customers takes.
const PENDING_READS: usize = 5;

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
    /// Whether it holds a licence that is not about to be released.
    fn is_shown(&self) -> bool {
        self.activity.assigned_on().is_some() && self.releasing.is_none()
    }

    /// The holder, where it holds a licence.
    fn holder(self) -> Option<Holder> {
        let assigned_on = self.activity.assigned_on()?;
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
    /// Where many were released a page may be short, even empty, and still not be the last.
    pub async fn holders(
        &self,
        account: &Acting,
        service: &ServiceCode,
        kind: HolderKind,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<Holder>, StoreError> {
        let partition = keys::holders_partition(account.account_id(), service);
        let range = Query::prefix(partition, keys::kind_prefix(kind)).after(after);
        let at_once = AT_ONCE.max(limit + 1);
        let page = self.table.read_on(range, at_once, limit, HolderItem::is_shown).await?;
        let items = page.items.into_iter().filter_map(HolderItem::holder).collect();
        Ok(Page { items, next: page.next })
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
            if active || self.may_be_pending(&item, too_active_from(today)).await? {
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

    /// Whether usage of a holder from a day on waits for the next run, or may: what waits is looked at
    /// as far as one request may, and a licence that is refused can be released after that run, while
    /// one that is taken from somebody who uses it is gone.
    async fn may_be_pending(&self, item: &HolderItem, from: NaiveDate) -> Result<bool, StoreError> {
        let partition = keys::pending_partition(item.account_id, &item.service);
        let device = match (item.kind, &item.user_id) {
            (HolderKind::User, _) => {
                let (from, to) = keys::pending_usage_from(&item.holder_id, from);
                let query = Query::between(partition, from, to).limit(1);
                return Ok(!self.table.query::<UsageFactItem>(query).await?.items.is_empty());
            }
            // Usage stands under its user: that of somebody who is his own device under him alone.
            (HolderKind::Device, Some(user)) => {
                let user = HolderId::of_user(item.source, user);
                let (from, to) = keys::pending_usage_from(&user, from);
                Query::between(partition, from, to)
            }
            (HolderKind::Device, None) => {
                Query::prefix(partition, keys::kind_prefix(HolderKind::User))
            }
        };
        self.may_hold(device, |fact| from <= fact.day && fact.device() == item.holder_id).await
    }

    /// Whether there is such a fact in a range, or more than a request may read.
    async fn may_hold(
        &self,
        range: Query,
        is_wanted: impl Fn(&UsageFactItem) -> bool,
    ) -> Result<bool, StoreError> {
        let mut after = None;
        for _ in 0..PENDING_READS {
            let page = self.table.query_attributes(range.clone().after(after)).await?;
            for attributes in page.items {
                if super::fold::fact_of(attributes)?.as_ref().is_some_and(&is_wanted) {
                    return Ok(true);
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
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
    transaction.make_dirty(*account_id, service)?;
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
