//! The last completed run: what `asOf` is, for everybody and everything alike.

use tsunagu_domain::time::Instant;

use crate::{
    Store,
    condition::{Condition, Update},
    error::StoreError,
    items::RunItem,
    keys,
};

/// A completed run.
pub type Run = RunItem;

impl Store {
    /// The last completed run.
    pub async fn last_run(&self) -> Result<Option<Run>, StoreError> {
        self.table.get(keys::last_run()).await
    }

    /// Up to when usage is counted; `None` before the first run.
    pub async fn as_of(&self) -> Result<Option<Instant>, StoreError> {
        Ok(self.last_run().await?.map(|run| run.as_of))
    }

    /// A run is through. One that comes late does not put the time back.
    pub async fn complete_run(&self, as_of: Instant, now: Instant) -> Result<(), StoreError> {
        let update = Update::upsert::<RunItem>()?
            .set("asOf", as_of.timestamp_millis())?
            .set("completedAt", now.timestamp_millis())?;
        let newer = Condition::none().and_missing_or("asOf", "<", as_of.timestamp_millis())?;
        self.table.update(keys::last_run(), update, newer).await.map(|_| ())
    }
}
