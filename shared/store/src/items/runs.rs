//! What the scheduled run works on, and how far it came.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tsunagu_domain::{ids::AccountId, time::Instant, vendor::ServiceCode};

use crate::{
    item::Item,
    keys::{self, Key},
    nonce::Nonce,
};

/// That the scheduled run has to look at a service of an account, since usage is pending or what may
/// be used has changed; or at what its partners keep alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirtyItem {
    /// The account.
    pub account_id: AccountId,
    /// The service; none where only what partners keep is to be brought up to date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceCode>,
    /// New with every reason to look: whoever has looked removes the item only where no reason came
    /// since.
    pub reason: Nonce,
    /// Of the run that looks at it, or that ended half-way. A new reason leaves it alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Nonce>,
}

impl Item for DirtyItem {
    const ENTITY: &'static str = "dirty";

    fn key(&self) -> Key {
        keys::dirty(self.account_id, self.service.as_ref())
    }
}

/// The last completed run over the usage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunItem {
    /// Its scheduled time: all usage up to then that was there is counted.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub as_of: Instant,
    /// The accounts that could not be counted, and up to when they are.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub behind: BTreeMap<AccountId, Option<Instant>>,
}

impl Item for RunItem {
    const ENTITY: &'static str = "run";

    fn key(&self) -> Key {
        keys::last_run()
    }
}

/// Up to when usage is counted: what the last completed run left.
#[derive(Clone, Debug, Default)]
pub struct AsOf(pub(crate) Option<RunItem>);

impl AsOf {
    /// The scheduled time of the last completed run; `None` before the first.
    pub fn of_all(&self) -> Option<Instant> {
        self.0.as_ref().map(|run| run.as_of)
    }

    /// The same for one account, which may be behind.
    pub fn of(&self, account: AccountId) -> Option<Instant> {
        let run = self.0.as_ref()?;
        run.behind.get(&account).copied().unwrap_or(Some(run.as_of))
    }
}
