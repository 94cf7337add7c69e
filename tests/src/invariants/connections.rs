//! Connections, active and ended, as each side keeps them, and what goes with them.

use std::collections::BTreeMap;

use tsunagu_domain::account::AccountStatus;
use tsunagu_store::{
    items::{
        AccountItem, BlockedItem, CustomerItem, CustomerLicensesItem, InviteLinkItem,
        InviteTokenItem, Names, NoteItem, OrganizationItem,
    },
    keys,
};

use super::{Ends, Findings, book::Book, keys_of};

pub(super) fn check(book: &Book<'_>, found: &mut Findings) {
    let active = book.customers();
    mirrors(book, &active, found);
    for (ends, item) in &active {
        copies(book, ends, item, found);
    }
    licenses(book, &active, found);
    links(book, found);
    marks(book, &active, found);
}

fn mirrors(book: &Book<'_>, active: &BTreeMap<Ends, CustomerItem>, found: &mut Findings) {
    let partners = book.partners();
    for ends in keys_of(active, &partners) {
        let here =
            active.get(&ends).map(|it| (it.connection_id, it.episode, it.shares, it.connected_at));
        let there = partners
            .get(&ends)
            .map(|it| (it.connection_id, it.episode, it.shares, it.connected_at));
        found.same("connection-mirror", format_args!("{ends:?}"), &there, &here);
    }
    let (here, there) = (book.past_customers(), book.past_partners());
    for ends in keys_of(&here, &there) {
        // All that both sides keep of the end.
        let here = here.get(&ends).map(|it| format!("{:?}", it.past));
        let there = there.get(&ends).map(|it| format!("{:?}", it.past));
        found.same("past-mirror", format_args!("{ends:?}"), &there, &here);
    }
    for ends in keys_of(active, &here) {
        let both = active.contains_key(&ends) && here.contains_key(&ends);
        found.hold("one-state", !both, || format!("{ends:?} are connected, and were"));
    }
}

/// Names and suspension stand at the partner as the account and its organization have them.
fn copies(book: &Book<'_>, ends: &Ends, item: &CustomerItem, found: &mut Findings) {
    let Some(AccountItem { account, .. }) = book.get(&keys::account(ends.1)) else { return };
    let Some(org) = book.get::<OrganizationItem>(&keys::organization(account.org_id)) else {
        return;
    };
    let names = Names {
        display_name: account.display_name,
        organization_name: org.organization.name,
        org_id: account.org_id,
    };
    let expected = (names, account.status == AccountStatus::Suspended);
    let kept = (item.names.clone(), item.suspended);
    found.same("copies", format_args!("{ends:?}"), &kept, &expected);
}

fn licenses(book: &Book<'_>, active: &BTreeMap<Ends, CustomerItem>, found: &mut Findings) {
    for item in book.all::<CustomerLicensesItem>() {
        let ends = (item.partner, item.customer);
        let kept = Some((item.episode, item.shares, item.suspended, item.names));
        let stands = active.get(&ends);
        let stands = stands.map(|it| (it.episode, it.shares, it.suspended, it.names.clone()));
        found.same("licenses-mirror", format_args!("{ends:?}"), &kept, &stands);
    }
}

fn links(book: &Book<'_>, found: &mut Findings) {
    let links = book.all::<InviteLinkItem>();
    let links = links.iter().map(|item| (item.link.partner, item.link.token.digest()));
    let tokens = book.all::<InviteTokenItem>().into_iter();
    found.same_all("invite-link", tokens.map(|item| (item.partner, item.digest)), links);
}

fn marks(book: &Book<'_>, active: &BTreeMap<Ends, CustomerItem>, found: &mut Findings) {
    let past = book.past_customers();
    for item in book.all::<NoteItem>() {
        let ends = (item.partner, item.customer);
        let known = active.contains_key(&ends) || past.contains_key(&ends);
        found.hold("mark", known, || format!("a note on {ends:?}, who were never connected"));
    }
    for item in book.all::<BlockedItem>() {
        let ends = (item.partner, item.customer);
        found.hold("mark", past.contains_key(&ends), || {
            format!("a block of {ends:?}, whose connection has not ended")
        });
    }
}
