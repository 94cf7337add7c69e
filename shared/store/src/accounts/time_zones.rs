//! The time zones of accounts, which never change.

use std::collections::{BTreeSet, HashMap};

use tsunagu_domain::{ids::AccountId, locale::TimeZone};

use crate::{Store, error::StoreError, items::AccountItem, keys};

impl Store {
    /// The time zones of accounts; none for an account that does not exist.
    pub async fn time_zones(
        &self,
        accounts: &BTreeSet<AccountId>,
    ) -> Result<HashMap<AccountId, TimeZone>, StoreError> {
        let mut zones = self.remembered.time_zones.of_all(accounts).await;
        let unknown = accounts.iter().filter(|account| !zones.contains_key(account));
        let wanted: Vec<_> = unknown.map(|account| keys::account(*account)).collect();
        let mut found = self.table.batch_get(&wanted).await?;
        let mut fresh = HashMap::new();
        for key in &wanted {
            if let Some(item) = found.take::<AccountItem>(key)? {
                fresh.insert(item.account.account_id, item.account.time_zone);
            }
        }
        self.remembered.time_zones.keep(&fresh).await;
        zones.extend(fresh);
        Ok(zones)
    }

    /// The time zone of one account; `None` where there is no such account.
    pub async fn time_zone(&self, account: AccountId) -> Result<Option<TimeZone>, StoreError> {
        Ok(self.time_zones(&[account].into()).await?.remove(&account))
    }
}
