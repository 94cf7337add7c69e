//! What clients were told is in the table, once, and nothing else is.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

use tsunagu_domain::{
    account::AccountStatus,
    connection::{Pair as Ends, Role},
    ids::AccountId,
    licenses::entitlement::Stage,
    visibility::Visibility,
};
use tsunagu_store::{
    items::{
        AccountItem, AccountWorkspaceItem, CommentItem, CustomerItem, EntitlementItem,
        FederatedCustomerItem, FeedNotificationItem, NoteItem, NotificationItem, OrderItem,
        ResourceCustomerItem, RunItem, TicketItem, TrialRequestItem,
    },
    keys,
};
use tsunagu_tests::stored::Contents;

use crate::{
    client::{CODE, Client},
    ledger::{Customer, Pair, Trial},
    stage,
};

/// Holds the table against the ledgers.
pub(crate) struct Acknowledged<'a> {
    pub(crate) contents: &'a Contents,
    pub(crate) stage: &'a stage::Stage,
    pub(crate) clients: &'a [Client],
    /// What is not so.
    pub(crate) wrong: Vec<String>,
    /// How often something was looked at.
    pub(crate) looks: usize,
}

impl Acknowledged<'_> {
    fn same<T: PartialEq + Debug>(&mut self, what: &str, found: &T, expected: &T) {
        self.looks += 1;
        if found != expected {
            self.wrong.push(format!("ledger: {what}: {found:?} and not {expected:?}"));
        }
    }

    /// Looks at everything.
    pub(crate) fn check(&mut self) {
        self.accounts();
        for client in self.clients {
            for customer in &client.customers {
                self.customer(customer);
            }
        }
        self.dismissed();
    }

    fn accounts(&mut self) {
        let found = self.contents.of_kind::<AccountItem>("A#").into_iter();
        let found: BTreeSet<_> = found.map(|item| item.account.account_id.to_string()).collect();
        let customers = self.clients.iter().flat_map(|client| &client.customers);
        let customers = customers.map(|customer| customer.tenant.id.clone());
        let partners = self.stage.partners.iter().map(|partner| partner.tenant.id.clone());
        self.same("accounts", &found, &customers.chain(partners).collect());
    }

    fn customer(&mut self, customer: &Customer) {
        let id: AccountId = customer.tenant.id.parse().expect("an id");
        let own = keys::account_partition(id);
        let account: Option<AccountItem> = self.contents.get(&keys::account(id));
        let name = account.as_ref().map(|item| item.account.display_name.to_string());
        let suspended = account.map(|item| item.account.status == AccountStatus::Suspended);
        self.same("name", &name, &Some(customer.name.clone()));
        self.same("suspended", &suspended, &Some(customer.is_suspended));
        self.connections(id, customer);
        self.tickets(&own, customer);
        self.told(&own, customer);
        self.bought(&own, customer);
        self.used(id, customer);
        let hosts = self.contents.of_kind::<AccountWorkspaceItem>(&own).into_iter();
        let hosts: BTreeSet<_> = hosts.map(|item| item.workspace.host.to_string()).collect();
        self.same("workspaces", &hosts, &customer.workspaces);
    }

    fn connections(&mut self, id: AccountId, customer: &Customer) {
        for (partner, pair) in self.stage.partners.iter().zip(&customer.pairs) {
            let of = format!("{id} and {}", partner.tenant.id);
            let partner: AccountId = partner.tenant.id.parse().expect("an id");
            let ends = Ends { partner, customer: id };
            let episodes = self.contents.episodes(ends);
            self.same(&format!("episodes of {of}"), &episodes.len(), &pair.episodes());
            for (episode, by) in episodes.iter().zip(&pair.ends) {
                let fits = match *by {
                    "customer" => episode.ended_by == Some(Role::Customer),
                    "partner" => episode.ended_by == Some(Role::Partner),
                    _ => episode.ended_by.is_some(),
                };
                self.same(
                    &format!("{of}: episode {} ended by {by}", episode.episode),
                    &fits,
                    &true,
                );
            }
            let stands = self.contents.connection(ends);
            let shares = stands.as_ref().map(|(item, _)| {
                item.shares.iter().map(|share| share.to_string()).collect::<BTreeSet<_>>()
            });
            self.same(&format!("shares of {of}"), &shares, &pair.shares);
            let federated = self.contents.of_kind::<FederatedCustomerItem>("A#");
            let episode = stands.map(|(item, _)| item.episode);
            let federated = federated.iter().any(|item| {
                (item.provider, item.customer) == (partner, id) && Some(item.episode) == episode
            });
            self.same(&format!("domains of {of}"), &federated, &pair.federated);
            let opens = self.contents.of_kind::<ResourceCustomerItem>("A#");
            let opens = opens.iter().any(|item| {
                (item.provider, item.customer) == (partner, id) && Some(item.episode) == episode
            });
            self.same(&format!("resources of {of}"), &opens, &pair.may_open);
            self.marked(ends, pair);
        }
    }

    /// What the partner has called its customer last: the note stands whatever became of them.
    fn marked(&mut self, ends: Ends, pair: &Pair) {
        let Some([reference, note, tag]) = &pair.mark else { return };
        let item: Option<NoteItem> = self.contents.get(&keys::note(ends.partner, ends.customer));
        let found = item.map(|item| item.note.to_string());
        self.same(&format!("note of {ends:?}"), &found, &Some(note.clone()));
        let item: Option<CustomerItem> =
            self.contents.get(&keys::customer(ends.partner, ends.customer));
        let Some(item) = item else { return };
        let tags = item.tags.iter().map(ToString::to_string).collect();
        let found = (item.reference.map(|it| it.to_string()), tags);
        let expected = (Some(reference.clone()), vec![tag.clone()]);
        self.same(&format!("reference and tags of {ends:?}"), &found, &expected);
    }

    fn tickets(&mut self, own: &str, customer: &Customer) {
        let found = self.contents.of_kind::<TicketItem>(own);
        let found: BTreeSet<_> = found
            .into_iter()
            .map(|TicketItem { ticket, .. }| {
                let shared = ticket.visibility == Visibility::Shared;
                let (status, severity) = (ticket.status.to_string(), ticket.severity.to_string());
                (ticket.ticket_id.to_string(), shared, status, severity)
            })
            .collect();
        let known = customer.tickets.iter().map(|(id, known)| {
            (id.clone(), known.is_shared, known.status.clone(), known.severity.clone())
        });
        self.same("tickets", &found, &known.collect());
        let found = self.contents.of_kind::<CommentItem>(own).into_iter();
        let found = found
            .map(|it| (it.comment.comment_id.to_string(), it.comment.body.as_str().to_owned()));
        let known = customer.tickets.values().flat_map(|ticket| ticket.comments.clone());
        self.same("comments", &found.collect::<BTreeMap<_, _>>(), &known.collect());
    }

    fn told(&mut self, own: &str, customer: &Customer) {
        let found = self.contents.of_kind::<NotificationItem>(own).into_iter();
        let found = found.map(|item| item.notification).filter(|one| one.code == CODE);
        let found = found
            .map(|one| (one.notification_id.to_string(), one.visibility == Visibility::Shared));
        let known = customer.told.iter().map(|(id, news)| (id.clone(), news.is_shared));
        self.same("notifications", &found.collect::<BTreeMap<_, _>>(), &known.collect());
    }

    fn bought(&mut self, own: &str, customer: &Customer) {
        let found = self.contents.of_kind::<OrderItem>(own).into_iter();
        let found = found.map(|item| {
            let first = item.order.lines.first().and_then(|line| line.quantity);
            let purchase = item.order.purchase_order.map(|it| it.to_string());
            let said = (purchase.unwrap_or_default(), first.unwrap_or_default());
            (item.order.order_id.to_string(), said)
        });
        self.same("orders", &found.collect(), &customer.orders);
        let found = self.contents.of_kind::<EntitlementItem>(own);
        let (stated, trials): (Vec<_>, Vec<_>) = found
            .into_iter()
            .map(|item| item.entitlement)
            .partition(|one| one.entitlement_id.as_str().starts_with("EN-"));
        let stated = stated.into_iter().map(|one| {
            let quantity = one.terms.last().and_then(|terms| terms.quantity).unwrap_or_default();
            (one.entitlement_id.to_string(), u64::from(quantity))
        });
        self.same("entitlements", &stated.collect(), &customer.entitlements);
        let trials = trials.into_iter().map(|one| {
            let quantity = one.terms.last().and_then(|terms| terms.quantity).unwrap_or_default();
            let became = match one.stage {
                Stage::Requested => Trial::Pending,
                Stage::Declined => Trial::Declined,
                Stage::Approved | Stage::Stated => Trial::Approved(quantity),
            };
            (one.entitlement_id.to_string(), became)
        });
        self.same("trials", &trials.collect(), &customer.trials);
        let pending = self.contents.of_kind::<TrialRequestItem>(own).into_iter();
        let pending = pending.map(|item| item.entitlement_id.to_string());
        let known = customer.trials.iter().filter(|(_, trial)| **trial == Trial::Pending);
        let known = known.map(|(id, _)| id.clone()).collect::<BTreeSet<_>>();
        self.same("pending trials", &pending.collect(), &known);
    }

    /// Every figure is what follows from all usage that was taken in: the oracle knows nothing else.
    fn used(&mut self, id: AccountId, customer: &Customer) {
        let account: Option<AccountItem> = self.contents.get(&keys::account(id));
        let run: Option<RunItem> = self.contents.get(&keys::last_run());
        let (Some(account), Some(run)) = (account, run) else { return };
        let today = account.account.time_zone.day_of(run.as_of);
        for (service, oracle) in &customer.used {
            let service = service.parse().expect("a code");
            let differences = oracle.differences(self.contents, id, &service, today);
            self.same(&format!("usage of {service} by {id}"), &differences, &Vec::new());
        }
    }

    /// What a partner was told to have dismissed is dismissed, and nothing is that nobody asked for.
    fn dismissed(&mut self) {
        let entries = self.contents.of_kind::<FeedNotificationItem>("FEED#");
        for partner in &self.stage.partners {
            let known = self.stage.dismissed_by(&partner.tenant);
            for entry in entries.iter().filter(|it| it.partner.to_string() == partner.tenant.id) {
                let id = entry.notification_id.to_string();
                let is_dismissed = entry.dismissed_at.is_some();
                if known.done.contains(&id) {
                    self.same(&format!("{id} is dismissed"), &is_dismissed, &true);
                }
                if !known.may_hide(&id, &entry.customer.to_string()) {
                    self.same(&format!("{id} is dismissed"), &is_dismissed, &false);
                }
            }
        }
    }
}
