//! What partners have dismissed, as those who asked for it were told, and what may have come between.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use tsunagu_tests::product::Tenant;

use crate::ledger::{News, Pair};

/// What a partner has dismissed.
#[derive(Clone, Default)]
pub(crate) struct Dismissals {
    /// One by one, and told that it is done.
    pub(crate) done: BTreeSet<String>,
    /// Asked for, whatever became of it.
    pub(crate) asked: BTreeSet<String>,
    /// Everything up to one at once.
    pub(crate) all: Vec<All>,
}

/// Everything up to a notification was to be dismissed.
#[derive(Clone)]
pub(crate) struct All {
    pub(crate) up_to: String,
    /// Of one customer; `None` is of all.
    pub(crate) of: Option<String>,
    pub(crate) asked: Instant,
    /// When it was told that it is done.
    pub(crate) answered: Option<Instant>,
}

impl All {
    fn names(&self, id: &str, customer: &str) -> bool {
        self.up_to.as_str() >= id && self.of.as_ref().is_none_or(|of| of == customer)
    }

    /// Whether it surely covers a notification: that was there, and the pair was connected all the while.
    fn covers(&self, news: &News, pair: &Pair) -> bool {
        let Some(answered) = self.answered else { return false };
        let stood = |(from, to): &(Instant, Option<Instant>)| {
            *from <= self.asked && to.is_none_or(|to| answered <= to)
        };
        news.told <= self.asked && pair.stood.iter().any(stood)
    }
}

impl Dismissals {
    /// Whether a notification of a customer has to be dismissed: the partner was told so.
    pub(crate) fn hides(&self, id: &str, customer: &str, news: &News, pair: &Pair) -> bool {
        let all = self.all.iter().any(|all| all.names(id, customer) && all.covers(news, pair));
        all || self.done.contains(id)
    }

    /// Whether it may be: somebody asked for it, whatever became of that.
    pub(crate) fn may_hide(&self, id: &str, customer: &str) -> bool {
        self.asked.contains(id) || self.all.iter().any(|all| all.names(id, customer))
    }
}

/// What partners see of customers comes and goes: between a list and what is done with it, only that
/// explains that it is there no more. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Changes(Arc<Mutex<BTreeMap<(String, String), Change>>>);

#[derive(Default)]
struct Change {
    under_way: u32,
    last: Option<Instant>,
}

/// One is under way, as long as this is kept.
pub(crate) struct Changing {
    changes: Changes,
    ends: (String, String),
}

impl Changes {
    fn all(&self) -> MutexGuard<'_, BTreeMap<(String, String), Change>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection is about to be ended or changed, or its customer suspended.
    pub(crate) fn begin(&self, partner: &Tenant, customer: &Tenant) -> Changing {
        let ends = (partner.id.clone(), customer.id.clone());
        self.all().entry(ends.clone()).or_default().under_way += 1;
        Changing { changes: self.clone(), ends }
    }

    /// Whether something of it has changed since, or is about to.
    pub(crate) fn explain(&self, partner: &str, customer: &str, since: Instant) -> bool {
        let all = self.all();
        let change = all.get(&(partner.to_owned(), customer.to_owned()));
        change.is_some_and(|it| it.under_way > 0 || it.last.is_some_and(|last| since <= last))
    }
}

impl Drop for Changing {
    fn drop(&mut self) {
        let mut all = self.changes.all();
        let change = all.entry(self.ends.clone()).or_default();
        change.under_way = change.under_way.saturating_sub(1);
        change.last = Some(Instant::now());
    }
}
