//! What all parts of a run go by, and what they add up to.

use std::collections::BTreeSet;

use tsunagu_api::App;
use tsunagu_domain::{ids::AccountId, time::Instant};
use tsunagu_store::{Deadline, licenses::Unreadable};

/// How many accounts, or things that are due, are looked at at once: while one waits for the
/// database, others go on.
pub(crate) const AT_ONCE: usize = 4;

/// What all parts of a run go by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunContext<'a> {
    pub(crate) app: &'a App,
    /// Up to when usage is counted.
    pub(crate) as_of: Instant,
    /// The same of the last completed run.
    pub(crate) completed: Option<Instant>,
    pub(crate) deadline: &'a Deadline,
}

impl RunContext<'_> {
    /// Where walks begin: elsewhere in each run, also where runs are whole hours apart.
    pub(crate) fn beginning(&self) -> u64 {
        // Multiplied by the golden ratio of 64 bits, neighbours lie far apart.
        self.as_of.timestamp().unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32
    }
}

/// What was done so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunCounts {
    /// Accounts that were looked at.
    pub(crate) accounts: usize,
    /// Facts that were folded.
    pub(crate) facts: u64,
    /// What was due.
    pub(crate) due: usize,
    /// Whether something is left for the next run.
    pub(crate) unfinished: bool,
    /// What could not be done, whatever it was.
    pub(crate) failed: usize,
    /// The accounts that are not counted for that.
    pub(crate) behind: BTreeSet<AccountId>,
}

impl RunCounts {
    /// Something cannot be read, and is left where it is.
    pub(crate) fn fail(&mut self, unreadable: &Unreadable) {
        let Unreadable { account, cause } = unreadable;
        tracing::error!(account = account.map(|id| id.to_string()), cause, "unreadable");
        self.failed += 1;
        self.behind.extend(account);
    }
}
