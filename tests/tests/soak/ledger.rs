//! What a client was told, and what follows from it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use serde_json::Value;
use tsunagu_tests::{product::Tenant, usage::Oracle};

/// A customer of a client's: nobody but the client changes it.
pub(crate) struct Customer {
    pub(crate) tenant: Tenant,
    pub(crate) name: String,
    pub(crate) is_suspended: bool,
    /// Its connections with each partner.
    pub(crate) pairs: Vec<Pair>,
    pub(crate) tickets: BTreeMap<String, Ticket>,
    /// Published notifications.
    pub(crate) told: BTreeMap<String, News>,
    /// Orders by their numbers, and what was said of each last.
    pub(crate) orders: BTreeMap<String, Order>,
    /// Entitlements by their numbers, and how many licences each has.
    pub(crate) entitlements: BTreeMap<String, u64>,
    /// Trials that were asked for, and what became of each.
    pub(crate) trials: BTreeMap<String, Trial>,
    pub(crate) used: BTreeMap<&'static str, Oracle>,
    pub(crate) workspaces: BTreeSet<String>,
}

/// A notification.
#[derive(Clone, Debug)]
pub(crate) struct News {
    /// Whether partners may see it.
    pub(crate) is_shared: bool,
    /// When its publication was acknowledged.
    pub(crate) told: Instant,
}

/// The customer's own number of an order, and how many licences are on it.
pub(crate) type Order = (String, u32);

/// What became of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trial {
    Pending,
    Declined,
    /// With so many licences.
    Approved(u32),
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
    /// Whether its users may open the partner's resource.
    pub(crate) may_open: bool,
    /// What the partner has called it last: its reference, note and tag. They outlive an end.
    pub(crate) mark: Option<[String; 3]>,
    /// From when to when they were surely connected.
    pub(crate) stood: Vec<(Instant, Option<Instant>)>,
}

/// A ticket.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(crate) is_shared: bool,
    pub(crate) status: String,
    pub(crate) severity: String,
    /// What was said, by its id.
    pub(crate) comments: BTreeMap<String, String>,
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
            is_suspended: false,
            pairs: vec![Pair::default(); partners],
            tickets: BTreeMap::new(),
            told: BTreeMap::new(),
            orders: BTreeMap::new(),
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
        pair.stood.push((Instant::now(), None));
    }

    /// A connection ended, as was asked for at an instant.
    pub(crate) fn end(&mut self, partner: usize, by: &'static str, asked: Instant) {
        let pair = &mut self.pairs[partner];
        if let Some((_, to)) = pair.stood.last_mut() {
            *to = Some(asked);
        }
        pair.may_open = false;
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
