//! Licences: what the vendor's books say, what is used, and what both come to.
//!
//! Usage comes in as facts ([`intake`]) and is folded into holders and figures by the scheduled run
//! ([`fold`]), which then brings their partners' figures up to it ([`refresh`]). What is to be looked
//! at by the run has a mark ([`marks`]); what turns by itself is found by the instant when it does
//! ([`due`]).

mod due;
mod entitlements;
mod figures;
mod fold;
mod holders;
mod intake;
mod marks;
mod orders;
mod overview;
mod rebuild;
mod records;
mod refresh;
mod run;
mod trials;

use std::collections::{BTreeSet, HashMap};

use tsunagu_domain::{ids::AccountId, licenses::entitlement::StatementRefusal, locale::TimeZone};

pub use due::Due;
pub use entitlements::{EntitlementOnRecord, StateError};
pub use figures::{Days, LicensesOnRecord, ServiceOnRecord};
pub use fold::{FoldEnd, Folded, Folding};
pub use holders::{Holder, ReleaseError};
pub use intake::Usage;
pub use marks::Mark;
pub use rebuild::RebuildEnd;
pub use run::Run;
pub use trials::{PendingTrial, TrialDecision, TrialRefusal};

use crate::{
    Changed, Store,
    error::StoreError,
    items::AccountItem,
    keys,
    settle::{Attempt, until_settled},
};

/// How many accounts' time zones an environment remembers before it begins anew.
const REMEMBERED: usize = 10_000;

impl Store {
    /// The time zones of accounts, which never change; none for an account that does not exist.
    pub async fn time_zones(
        &self,
        accounts: &BTreeSet<AccountId>,
    ) -> Result<HashMap<AccountId, TimeZone>, StoreError> {
        let mut zones = HashMap::new();
        let mut wanted = Vec::new();
        {
            let remembered = self.remembered.time_zones.read().await;
            for account in accounts {
                match remembered.get(account) {
                    Some(zone) => _ = zones.insert(*account, *zone),
                    None => wanted.push(keys::account(*account)),
                }
            }
        }
        let mut found = self.table.batch_get(&wanted).await?;
        let mut fresh = HashMap::new();
        for key in &wanted {
            if let Some(item) = found.take::<AccountItem>(key)? {
                fresh.insert(item.account.account_id, item.account.time_zone);
            }
        }
        if !fresh.is_empty() {
            let mut remembered = self.remembered.time_zones.write().await;
            if remembered.len() + fresh.len() > REMEMBERED {
                remembered.clear();
            }
            remembered.extend(&fresh);
        }
        zones.extend(fresh);
        Ok(zones)
    }

    /// The time zone of one account; `None` where there is no such account.
    pub async fn time_zone(&self, account: AccountId) -> Result<Option<TimeZone>, StoreError> {
        Ok(self.time_zones(&[account].into()).await?.remove(&account))
    }
}
