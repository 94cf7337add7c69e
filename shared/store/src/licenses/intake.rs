//! Intake of usage: facts first, then the reasons that make the run look at them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use tsunagu_domain::{
    ids::AccountId,
    licenses::holder::{DeviceId, Source, UserId},
    vendor::ServiceCode,
};

use crate::{Store, error::StoreError, item::Item, items::UsageFactItem};

/// That a user was active on a day of the account's time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The account.
    pub account_id: AccountId,
    /// The service.
    pub service: ServiceCode,
    /// The user.
    pub user_id: UserId,
    /// By whom the user is known.
    pub source: Source,
    /// The device, where the service counts them and one is told.
    pub device_id: Option<DeviceId>,
    /// The day.
    pub day: NaiveDate,
}

impl From<Usage> for UsageFactItem {
    fn from(usage: Usage) -> Self {
        let Usage { account_id, service, user_id, source, device_id, day } = usage;
        Self { account_id, service, user_id, source, device_id, day }
    }
}

impl Store {
    /// Takes usage in: all of it is durable when this answers, and the next run will count it. The
    /// same again, in one call or in several, changes nothing.
    pub async fn take_usage(
        &self,
        usage: impl IntoIterator<Item = Usage>,
    ) -> Result<(), StoreError> {
        let facts: BTreeMap<_, UsageFactItem> =
            usage.into_iter().map(UsageFactItem::from).map(|fact| (fact.key(), fact)).collect();
        let facts: Vec<_> = facts.into_values().collect();
        let put = self.table.put_all(&facts).await;
        // Behind the facts: a reason that a run has looked into before they are there would strand
        // them.
        let of_fact = |fact: &UsageFactItem| (fact.account_id, fact.service.clone());
        let services: BTreeSet<_> = facts.iter().map(of_fact).collect();
        // Also where some are not: those that are would wait for another reason.
        self.make_dirty(services).await?;
        put
    }
}
