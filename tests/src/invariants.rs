//! What has to hold of a whole table once everything pending was run, whatever happened before: the
//! list of `docs/data-model.md`, item by item, as rules with a name each.
//!
//! The checker reads the table and nothing else. It restates each rule from the items that the rule is
//! about: who sees a ticket, how far a mark reaches, what is bought and assigned, what a holder's record
//! says. It shares with the store what an item's form is, not how it comes to be. What it calls of the
//! product all the same: the types' own reading and writing, keys, and what an item's attributes in
//! indexes are (`form`); which place a ticket has (`ticket-place`); the names of notices; a day in a time
//! zone; whether access is full; and what a partner keeps of licences is read by the item's own getters
//! (`held`), beside tallies that are computed here.

mod accounts;
mod answers;
mod book;
mod bought;
mod connections;
mod episodes;
mod federation;
mod feeds;
mod figures;
mod forms;
mod licenses;
mod notices;
mod tickets;
mod trails;
mod workspaces;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Debug, Display},
};

use tsunagu_domain::ids::AccountId;

use crate::stored::Contents;
use book::Book;

/// The rules: a name, and what it says.
pub const RULES: [(&str, &str); 43] = [
    (
        "form",
        "an item reads back, and stands where what it says puts it, in indexes and in time too",
    ),
    ("orphan", "what stands under an account is of an account that exists"),
    ("organization", "an account's organization exists"),
    ("administrator", "an administrator stands at the account and at the person"),
    ("full-administrators", "the number of administrators with full access is a recount"),
    ("registered", "how many accounts a person registered is a recount of the trails"),
    ("connection-mirror", "an active connection stands on both sides, and they agree"),
    ("past-mirror", "an ended connection stands on both sides, and they agree"),
    ("one-state", "a pair is connected or was, never both"),
    ("copies", "a partner has the names of its customer, and whether it is suspended"),
    ("licenses-mirror", "what a partner keeps of licences is of the connection as it stands"),
    ("invite-link", "a link is found by its secret, and a secret leads to its link"),
    ("mark", "a note or a block is of a pair that is or was connected"),
    ("episode-mirror", "an episode stands on both sides, and they agree"),
    ("episode-numbers", "the episodes of a connection count up from 1 without a gap"),
    ("episode-state", "a connection is what its last episode says, and all others have ended"),
    ("notice", "the other side was told once of each beginning and each end"),
    ("notice-shares", "the partner was told once of each change of shares"),
    ("notice-trial", "an account was told once of each decision on a trial"),
    ("trail-connection", "each beginning and each end stands once in the trails of both sides"),
    (
        "trail-published",
        "what the vendor published stands in the trail once, and the other way round",
    ),
    ("trail-ticket", "each ticket and each comment stands in the trail once"),
    ("ticket-place", "a ticket has its one place, and a place its ticket"),
    ("comment", "a comment is of a ticket, whose numbers are a recount"),
    ("feed-notification", "a partner's feed has each shared notification of each customer once"),
    ("feed-ticket", "a partner's feed has the tickets that concern it, as they are now"),
    ("feed-left", "nothing of a connection that has ended is left in a feed, and nothing hidden"),
    ("feed-mark", "what a partner has dismissed of one customer outlives their connection"),
    ("feed-count", "numbers of tickets and notifications on the dashboard are a recount"),
    ("feed-step", "no work on feeds is left"),
    ("usage-pending", "no usage, no release and no reason to count is left"),
    ("figures", "figures of a service are what its holders come to"),
    (
        "trial-request",
        "a pending request is of an entitlement that is asked for, and the other way",
    ),
    ("summary", "the figures of licences on the dashboard are what the customer has"),
    ("held", "what a partner keeps of licences is what the customer has"),
    ("answer", "what was answered under an idempotency key is there"),
    ("location", "a location counts what it has, and its keys lead to it"),
    ("domain", "a domain counts who uses it, and its name and secret are its own"),
    ("federated", "a customer of a domain stands on both sides, and they agree"),
    ("resource", "whoever may open a resource may open one that exists"),
    ("workspace", "a workspace stands at its host and at its account, and they agree"),
    ("workspace-count", "the number of an account's workspaces is a recount"),
    ("session", "a session stands at its places, and a place leads to its session"),
];

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule's name.
    pub rule: &'static str,
    /// What is wrong where.
    pub what: String,
}

impl Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.what)
    }
}

/// What a check came to.
#[derive(Debug, Default)]
pub struct Findings {
    /// How often each rule was looked at.
    pub checked: BTreeMap<&'static str, usize>,
    /// What does not hold.
    pub violations: Vec<Violation>,
}

impl Findings {
    /// Looks at a rule once.
    pub fn hold(&mut self, rule: &'static str, holds: bool, what: impl FnOnce() -> String) {
        *self.checked.entry(rule).or_default() += 1;
        if !holds {
            self.violations.push(Violation { rule, what: what() });
        }
    }

    /// Looks at whether something is what it has to be.
    fn same<T: PartialEq + Debug>(
        &mut self,
        rule: &'static str,
        of: impl Display,
        found: &T,
        expected: &T,
    ) {
        self.hold(rule, found == expected, || format!("{of}: {found:?} and not {expected:?}"));
    }

    /// Looks at whether two collections have the same, each as often.
    fn same_all<T: Ord + Debug>(
        &mut self,
        rule: &'static str,
        found: impl IntoIterator<Item = T>,
        expected: impl IntoIterator<Item = T>,
    ) {
        let mut counts = BTreeMap::<T, (usize, usize)>::new();
        for one in found {
            counts.entry(one).or_default().0 += 1;
        }
        for one in expected {
            counts.entry(one).or_default().1 += 1;
        }
        for (one, (found, expected)) in counts {
            self.hold(rule, found == expected, || {
                format!("{one:?}: found {found} times and not {expected} times")
            });
        }
    }
}

/// A partner and its customer.
type Ends = (AccountId, AccountId);

/// All keys of two maps.
fn keys_of<'m, K: Ord + Copy + 'm, A: 'm, B: 'm>(
    one: &'m BTreeMap<K, A>,
    other: &'m BTreeMap<K, B>,
) -> BTreeSet<K> {
    one.keys().chain(other.keys()).copied().collect()
}

/// Holds a table against all rules.
pub fn check(contents: &Contents) -> Findings {
    let mut found = Findings::default();
    let book = Book::of(contents, &mut found);
    for group in [
        accounts::check,
        connections::check,
        episodes::check,
        notices::check,
        trails::check,
        tickets::check,
        feeds::check,
        figures::check,
        licenses::check,
        answers::check,
        federation::check,
        workspaces::check,
    ] {
        group(&book, &mut found);
    }
    found
}
