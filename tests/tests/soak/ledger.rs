//! What a client was told, and what follows from it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tsunagu_tests::{product::Tenant, usage::Oracle};

/// A customer of a client's: nobody but the client changes it.
pub(crate) struct Customer {
    pub(crate) tenant: Tenant,
    pub(crate) name: String,
    /// Its connections with each partner.
    pub(crate) pairs: Vec<Pair>,
    pub(crate) tickets: BTreeMap<String, Ticket>,
    /// Published notifications, and whether partners may see them.
    pub(crate) told: BTreeMap<String, bool>,
    pub(crate) orders: BTreeSet<String>,
    /// Entitlements by their numbers, and how many licences each has.
    pub(crate) entitlements: BTreeMap<String, u64>,
    /// Trials that were asked for, and whether they are decided.
    pub(crate) trials: BTreeMap<String, bool>,
    pub(crate) used: BTreeMap<&'static str, Oracle>,
    pub(crate) workspaces: BTreeSet<String>,
}

/// Customer and partner.
#[derive(Clone, Default)]
pub(crate) struct Pair {
    /// What is shared, while they are connected.
    pub(crate) shares: Option<BTreeSet<String>>,
    /// Who ended each of the earlier episodes; the present one is not among them.
    pub(crate) ends: Vec<&'static str>,
    /// Which tickets the partner is to see: those open when it began, and those touched since.
    pub(crate) tickets: BTreeSet<String>,
    pub(crate) federated: bool,
}

/// A ticket.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(crate) is_shared: bool,
    pub(crate) status: String,
    pub(crate) severity: String,
    pub(crate) comments: BTreeSet<String>,
}

impl Ticket {
    pub(crate) fn is_open(&self) -> bool {
        matches!(&*self.status, "open" | "in-progress" | "waiting")
    }
}

impl Pair {
    /// How many episodes there were, the present one too.
    pub(crate) fn episodes(&self) -> usize {
        self.ends.len() + usize::from(self.shares.is_some())
    }

    pub(crate) fn is_active(&self) -> bool {
        self.shares.is_some()
    }

    pub(crate) fn shares(&self, part: &str) -> bool {
        self.shares.as_ref().is_some_and(|shares| shares.contains(part))
    }
}

impl Customer {
    pub(crate) fn new(tenant: Tenant, name: String, partners: usize) -> Self {
        Self {
            tenant,
            name,
            pairs: vec![Pair::default(); partners],
            tickets: BTreeMap::new(),
            told: BTreeMap::new(),
            orders: BTreeSet::new(),
            entitlements: BTreeMap::new(),
            trials: BTreeMap::new(),
            used: BTreeMap::new(),
            workspaces: BTreeSet::new(),
        }
    }

    /// A connection began: its partner sees what is open.
    pub(crate) fn begin(&mut self, partner: usize, shares: &Value) {
        let open = self.tickets.iter().filter(|(_, ticket)| ticket.is_shared && ticket.is_open());
        let tickets = open.map(|(id, _)| id.clone()).collect();
        let pair = &mut self.pairs[partner];
        pair.shares = Some(texts(shares));
        pair.tickets = tickets;
        pair.federated = false;
    }

    /// A connection ended.
    pub(crate) fn end(&mut self, partner: usize, by: &'static str) {
        let pair = &mut self.pairs[partner];
        pair.shares = None;
        pair.federated = false;
        pair.tickets.clear();
        pair.ends.push(by);
    }

    /// Something of a ticket that partners see has changed.
    pub(crate) fn touch(&mut self, ticket: &str) {
        if !self.tickets.get(ticket).is_some_and(|ticket| ticket.is_shared) {
            return;
        }
        for pair in self.pairs.iter_mut().filter(|pair| pair.is_active()) {
            pair.tickets.insert(ticket.to_owned());
        }
    }

    /// Which tickets a partner is shown.
    pub(crate) fn tickets_for(&self, partner: usize) -> BTreeSet<String> {
        let pair = &self.pairs[partner];
        let shown = pair.tickets.iter().filter(|_| pair.shares("tickets"));
        shown.filter(|id| self.tickets[*id].is_shared).cloned().collect()
    }

    /// The partners with which it is connected.
    pub(crate) fn connected(&self) -> Vec<usize> {
        (0..self.pairs.len()).filter(|partner| self.pairs[*partner].is_active()).collect()
    }
}

/// A list of texts.
pub(crate) fn texts(list: &Value) -> BTreeSet<String> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

/// One field of all items of a list.
pub(crate) fn column(list: &Value, pointer: &str) -> BTreeSet<String> {
    let items = list["items"].as_array().into_iter().flatten();
    items.filter_map(|item| item.pointer(pointer)?.as_str().map(str::to_owned)).collect()
}
