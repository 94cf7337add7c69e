//! Accounts, who administers them, and that nothing stands under one that does not exist.

use std::collections::{BTreeMap, BTreeSet};

use tsunagu_domain::{
    audit::{Action, Actor},
    ids::{AccountId, AdminId},
};
use tsunagu_store::{
    items::{
        AccountItem, AdministratorItem, AuditItem, FullAdministratorsItem, MembershipItem,
        RegisteredCountItem,
    },
    keys,
};

use super::{Findings, book::Book};

/// What partition keys begin with that go on with an account.
const OWNED: [&str; 5] = ["A#", "AUDIT#", "PEND#", "LIC#", "FEED#"];

pub(super) fn check(book: &Book<'_>, found: &mut Findings) {
    let accounts = book.all::<AccountItem>();
    let known: BTreeSet<_> = accounts.iter().map(|item| item.account.account_id).collect();
    for item in &accounts {
        let (id, org) = (item.account.account_id, item.account.org_id);
        let exists = book.has(&keys::organization(org));
        found.hold("organization", exists, || format!("{id} is of {org}, which is not there"));
    }
    orphans(book, &known, found);
    administrators(book, &accounts, found);
    registered(book, found);
}

/// Every account that a partition key names exists; in a feed that is the customer too.
fn orphans(book: &Book<'_>, known: &BTreeSet<AccountId>, found: &mut Findings) {
    for key in book.contents.items.keys() {
        let Some(rest) = OWNED.iter().find_map(|prefix| key.pk.strip_prefix(prefix)) else {
            continue;
        };
        for named in rest.split('#').filter(|part| part.starts_with(AccountId::PREFIX)) {
            let exists = named.parse().is_ok_and(|id| known.contains(&id));
            found.hold("orphan", exists, || format!("{} {} is of no account", key.pk, key.sk));
        }
    }
}

fn administrators(book: &Book<'_>, accounts: &[AccountItem], found: &mut Findings) {
    let all = book.all::<AdministratorItem>();
    let at = |account: AccountId, subject: &str| (account, subject.to_owned());
    let here = all.iter().map(|item| at(item.account_id, item.subject.as_str()));
    let there = book.all::<MembershipItem>();
    let there = there.iter().map(|item| at(item.account_id, item.subject.as_str()));
    found.same_all("administrator", here, there);
    let mut full = BTreeMap::<AccountId, u32>::new();
    for item in all.iter().filter(|item| item.administrator.access.is_full()) {
        *full.entry(item.account_id).or_default() += 1;
    }
    for item in accounts {
        let id = item.account.account_id;
        let counted: Option<FullAdministratorsItem> = book.get(&keys::full_administrators(id));
        let counted = counted.map(|item| item.full);
        let expected = full.get(&id).copied().unwrap_or_default();
        found.same("full-administrators", id, &counted, &Some(expected));
    }
}

/// Whoever registered an account and was removed from it since is nobody that can be found: persons of
/// whom that is so are left out.
fn registered(book: &Book<'_>, found: &mut Findings) {
    let persons = book.all::<AdministratorItem>();
    let persons: BTreeMap<AdminId, String> = persons
        .into_iter()
        .map(|item| (item.administrator.admin_id, item.subject.as_str().to_owned()))
        .collect();
    let mut made = BTreeMap::<&str, u32>::new();
    let mut is_whole = true;
    for AuditItem { entry, .. } in book.all::<AuditItem>() {
        if entry.action != Action::AccountRegistered {
            continue;
        }
        let Actor::Administrator { admin_id, .. } = entry.actor else { continue };
        match persons.get(&admin_id) {
            Some(subject) => *made.entry(subject).or_default() += 1,
            None => is_whole = false,
        }
    }
    for item in book.all::<RegisteredCountItem>() {
        let recount = made.get(item.subject.as_str()).copied().unwrap_or_default();
        let holds = recount == item.count || (!is_whole && recount < item.count);
        found.hold("registered", holds, || {
            format!("a person counts {} accounts and registered {recount}", item.count)
        });
    }
}
