//! Workspaces, and the sessions in them.

use std::collections::BTreeMap;

use tsunagu_domain::ids::AccountId;
use tsunagu_store::{
    Item,
    items::{
        AccountWorkspaceItem, SessionItem, SessionPlaceItem, WorkspaceCountItem, WorkspaceItem,
    },
    keys,
};

use super::{Findings, book::Book};

pub(super) fn check(book: &Book<'_>, found: &mut Findings) {
    let at_hosts = book.all::<WorkspaceItem>().into_iter();
    // A deleted one keeps its host for a while, and stands at no account.
    let at_hosts = at_hosts.filter(|item| item.deleted_at.is_none());
    let at_hosts = at_hosts.map(|item| format!("{:?} {}", item.workspace, item.rev));
    let copies = book.all::<AccountWorkspaceItem>();
    let at_accounts = copies.iter().map(|item| format!("{:?} {}", item.workspace, item.rev));
    found.same_all("workspace", at_accounts, at_hosts);
    let mut has = BTreeMap::<AccountId, u32>::new();
    for item in &copies {
        *has.entry(item.workspace.account_id).or_default() += 1;
    }
    for item in book.all::<WorkspaceCountItem>() {
        let recount = has.remove(&item.account_id).unwrap_or_default();
        found.same("workspace-count", item.account_id, &item.count, &recount);
    }
    for (account, count) in has {
        found.hold("workspace-count", false, || format!("{account} has {count} and counts none"));
    }
    sessions(book, found);
}

fn sessions(book: &Book<'_>, found: &mut Findings) {
    let mut expected = Vec::new();
    for item in book.all::<SessionItem>() {
        let domain = item.domain.domain_id;
        let user = keys::domain_user(domain, &item.user);
        let customers = item.grants.iter().map(|grant| keys::sessions_of_customer(grant.customer));
        let places = customers.chain([keys::sessions_of_domain(domain)]);
        expected.extend(places.map(|place| keys::session_place(place, &user, &item.digest)));
    }
    let places = book.all::<SessionPlaceItem>();
    found.same_all("session", places.iter().map(Item::key), expected);
}
