//! The entries of a directory, which others may change while it runs.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tsunagu_domain::federation::dn::Dn;

use super::entry::Entry;

/// The entries of a directory; all clones are one.
#[derive(Clone, Default)]
pub struct Tree(Arc<RwLock<Vec<Entry>>>);

impl Tree {
    /// A directory's entries.
    pub fn new(entries: impl IntoIterator<Item = Entry>) -> Self {
        Self(Arc::new(RwLock::new(entries.into_iter().collect())))
    }

    /// Adds an entry, in the place of one that is called the same.
    pub fn put(&self, entry: Entry) {
        let mut entries = self.write();
        entries.retain(|other| other.dn() != entry.dn());
        entries.push(entry);
    }

    /// Removes an entry: nobody binds as it any more.
    pub fn remove(&self, dn: &Dn) {
        self.write().retain(|entry| entry.dn() != dn);
    }

    /// Changes what one binds as an entry with.
    pub fn set_password(&self, dn: &Dn, password: &str) {
        for entry in self.write().iter_mut().filter(|entry| entry.dn() == dn) {
            *entry = entry.clone().with_password(password);
        }
    }

    /// The entry of this name.
    pub(super) fn find(&self, dn: &Dn) -> Option<Entry> {
        self.read().iter().find(|entry| entry.dn() == dn).cloned()
    }

    /// The entry with this user principal name, where it is one alone.
    pub(super) fn find_principal(&self, name: &str) -> Option<Entry> {
        let entries = self.read();
        let mut named =
            entries.iter().filter(|entry| entry.has("userPrincipalName", name.as_bytes()));
        named.next().filter(|_| named.next().is_none()).cloned()
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, Vec<Entry>> {
        // Entries are replaced as a whole: a panic of somebody else leaves none half written.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Vec<Entry>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
