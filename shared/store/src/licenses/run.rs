//! The last completed run: what `asOf` is.

use std::collections::BTreeSet;

use tsunagu_domain::{ids::AccountId, time::Instant};

use crate::{
    Store,
    condition::{Condition, Update},
    error::StoreError,
    items::{AsOf, RunItem},
    keys,
};

impl Store {
    /// Up to when usage is counted.
    pub async fn as_of(&self) -> Result<AsOf, StoreError> {
        self.table.get(keys::last_run()).await.map(AsOf)
    }

    /// A run is through but for accounts that could not be counted: they stay behind, where the run
    /// before left them. One that comes late does not put the time back.
    pub async fn complete_run(
        &self,
        as_of: Instant,
        before: &AsOf,
        failed: &BTreeSet<AccountId>,
    ) -> Result<(), StoreError> {
        let behind = failed.iter().map(|account| (*account, before.of(*account))).collect();
        let run = RunItem { as_of, behind };
        let update = Update::upsert::<RunItem>()?.set("asOf", run.as_of.timestamp_millis())?;
        let update = update.put("behind", (!run.behind.is_empty()).then_some(&run.behind))?;
        let newer = Condition::none().and_missing_or("asOf", "<=", as_of.timestamp_millis())?;
        self.table.update(keys::last_run(), update, newer).await.map(|_| ())
    }
}
