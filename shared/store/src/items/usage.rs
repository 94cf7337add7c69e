//! Usage that is pending, and the holders of licences: of all items, those that name a customer's
//! users. No partner's request reads them (P13).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use tsunagu_domain::{
    ids::AccountId,
    licenses::{
        holder::{DeviceId, HolderId, HolderKind, KEPT_FOR, Source, UserId},
        usage::Activity,
    },
    time::Instant,
    vendor::ServiceCode,
};

use crate::{
    item::Item,
    keys::{self, Key},
};

/// That a user was active on a day. The same again is the same item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageFactItem {
    /// The account.
    pub account_id: AccountId,
    /// The service.
    pub service: ServiceCode,
    /// The user.
    pub user_id: UserId,
    /// By whom the user is known.
    #[serde(default, skip_serializing_if = "is_reported")]
    pub source: Source,
    /// The device, where the service counts them and one is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceId>,
    /// The day, of the account's time zone.
    pub day: NaiveDate,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_reported(source: &Source) -> bool {
    *source == Source::Reported
}

impl UsageFactItem {
    /// The user as a holder.
    pub(crate) fn user(&self) -> HolderId {
        HolderId::of_user(self.source, &self.user_id)
    }

    /// The device as a holder: the user's own where none is told.
    pub(crate) fn device(&self) -> HolderId {
        match &self.device_id {
            Some(device) => HolderId::of_device(device),
            None => HolderId::of_own_device(&self.user()),
        }
    }
}

impl Item for UsageFactItem {
    const ENTITY: &'static str = "usage-fact";

    fn key(&self) -> Key {
        let device = self.device_id.as_ref().map(HolderId::of_device);
        let user = self.user();
        keys::usage_fact(self.account_id, &self.service, &user, self.day, device.as_ref())
    }
}

/// That a holder's licence is to be released by the next run: figures move with runs only (T15).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingReleaseItem {
    /// The account.
    pub account_id: AccountId,
    /// The service.
    pub service: ServiceCode,
    /// Which kind of holder.
    pub kind: HolderKind,
    /// The holder.
    pub holder_id: HolderId,
    /// The day of the release.
    pub day: NaiveDate,
}

impl Item for PendingReleaseItem {
    const ENTITY: &'static str = "pending-release";

    fn key(&self) -> Key {
        keys::pending_release(self.account_id, &self.service, self.kind, &self.holder_id)
    }
}

/// A user or a device that holds or held a licence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HolderItem {
    /// The account.
    pub account_id: AccountId,
    /// The service.
    pub service: ServiceCode,
    /// Which kind of holder.
    pub kind: HolderKind,
    /// The holder.
    pub holder_id: HolderId,
    /// The user; of a device, the one who is his own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// The device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceId>,
    /// By whom it is known.
    pub source: Source,
    /// Its active days and releases.
    #[serde(flatten)]
    pub activity: Activity,
    /// The day of a release that the next run will count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub releasing: Option<NaiveDate>,
    /// Grows with every change.
    pub rev: u64,
}

impl HolderItem {
    /// The user of a fact, or its device, not heard of before.
    pub(crate) fn of(fact: &UsageFactItem, kind: HolderKind) -> Self {
        let (holder_id, device_id) = match kind {
            HolderKind::User => (fact.user(), None),
            HolderKind::Device => (fact.device(), fact.device_id.clone()),
        };
        let user_id = device_id.is_none().then(|| fact.user_id.clone());
        Self {
            account_id: fact.account_id,
            service: fact.service.clone(),
            kind,
            holder_id,
            user_id,
            device_id,
            source: fact.source,
            activity: Activity::default(),
            releasing: None,
            rev: 0,
        }
    }
}

impl Item for HolderItem {
    const ENTITY: &'static str = "holder";

    fn key(&self) -> Key {
        keys::holder(self.account_id, &self.service, self.kind, &self.holder_id)
    }

    /// Whoever holds nothing is forgotten when no usage can touch him any more.
    fn expires_at(&self) -> Option<Instant> {
        if self.activity.assigned_on().is_some() {
            return None;
        }
        let last = self.activity.last_day()?.and_time(chrono::NaiveTime::MIN).and_utc();
        last.checked_add_signed(KEPT_FOR)
    }
}
