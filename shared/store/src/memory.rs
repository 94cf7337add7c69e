//! What an environment remembers of accounts, of what never changes.

use std::collections::{BTreeSet, HashMap};

use tokio::sync::RwLock;
use tsunagu_domain::ids::AccountId;

/// Of how many accounts an environment remembers something before it begins anew.
const MOST: usize = 10_000;

/// Something of accounts that never changes.
#[derive(Debug)]
pub(crate) struct Memory<T>(RwLock<HashMap<AccountId, T>>);

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<T: Copy> Memory<T> {
    /// What is remembered of an account.
    pub(crate) async fn of(&self, account: AccountId) -> Option<T> {
        self.0.read().await.get(&account).copied()
    }

    /// What is remembered of several, as far as anything is.
    pub(crate) async fn of_all(&self, accounts: &BTreeSet<AccountId>) -> HashMap<AccountId, T> {
        let known = self.0.read().await;
        let known_of = |account: &AccountId| Some((*account, *known.get(account)?));
        accounts.iter().filter_map(known_of).collect()
    }

    /// Remembers it.
    pub(crate) async fn keep(&self, fresh: &HashMap<AccountId, T>) {
        if fresh.is_empty() {
            return;
        }
        let mut known = self.0.write().await;
        if known.len() + fresh.len() > MOST {
            known.clear();
        }
        known.extend(fresh);
    }
}

#[cfg(test)]
mod tests {
    use tsunagu_domain::time::Instant;

    use super::*;

    #[tokio::test]
    async fn given_more_than_is_remembered_then_it_begins_anew() {
        let memory = Memory::default();
        let account = |_| (AccountId::mint(Instant::default()), 1);
        let first: HashMap<_, _> = (0..MOST).map(account).collect();
        memory.keep(&first).await;
        let accounts: BTreeSet<_> = first.keys().copied().collect();
        assert_eq!(memory.of_all(&accounts).await, first);
        let another = account(0);
        memory.keep(&[another].into()).await;
        assert_eq!(memory.of(another.0).await, Some(1));
        assert!(memory.of_all(&accounts).await.is_empty());
    }
}
