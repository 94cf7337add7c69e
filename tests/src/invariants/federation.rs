//! What providers set up: locations, domains and their customers, resources and who may open them.

use std::collections::BTreeMap;

use tsunagu_domain::{
    federation::workspace::{DomainOf, WorkspaceKind},
    ids::{AccountId, DomainId, ResourceLocationId},
};
use tsunagu_store::{
    items::{
        AccountWorkspaceItem, DirectorySecretItem, DomainItem, DomainNameItem,
        FederatedCustomerItem, FederatedDomainItem, LocationItem, LocationKeyItem,
        ResourceCustomerItem, ResourceItem,
    },
    keys,
};

use super::{Findings, book::Book};

pub(super) fn check(book: &Book<'_>, found: &mut Findings) {
    locations(book, found);
    domains(book, found);
    federated(book, found);
    for item in book.all::<ResourceCustomerItem>() {
        let exists = book.has(&keys::resource(item.provider, item.resource_id));
        found.hold("resource", exists, || {
            format!("{} may open {}, which is not there", item.customer, item.resource_id)
        });
    }
}

fn locations(book: &Book<'_>, found: &mut Findings) {
    let mut has = BTreeMap::<(AccountId, ResourceLocationId), (u32, u32)>::new();
    for item in book.all::<DomainItem>() {
        has.entry((item.provider, item.location)).or_default().0 += 1;
    }
    for item in book.all::<ResourceItem>() {
        has.entry((item.provider, item.resource.resource_location_id)).or_default().1 += 1;
    }
    let mut held = Vec::new();
    for item in book.all::<LocationItem>() {
        let place = (item.provider, item.location.resource_location_id);
        let recount = has.remove(&place).unwrap_or_default();
        let counted = (item.domains, item.resources);
        found.same("location", format_args!("{place:?}"), &counted, &recount);
        held.extend(item.keys.into_iter().map(|digest| (place, digest)));
    }
    for (place, what) in has {
        found.hold("location", false, || format!("{place:?} is not there and has {what:?}"));
    }
    let keys = book.all::<LocationKeyItem>().into_iter();
    let keys = keys.map(|item| ((item.provider, item.location), item.digest));
    found.same_all("location", keys, held);
}

fn domains(book: &Book<'_>, found: &mut Findings) {
    let domains = book.all::<DomainItem>();
    let id = |item: &DomainItem| (item.provider, item.domain_id);
    let expected = domains.iter().map(|item| (id(item), item.name.to_string()));
    let taken = book.all::<DomainNameItem>().into_iter();
    let taken = taken.map(|item| ((item.provider, item.domain_id), item.name.to_string()));
    found.same_all("domain", taken, expected);
    let secret = domains.iter().filter(|item| item.has_secret).map(id);
    let secrets = book.all::<DirectorySecretItem>().into_iter();
    found.same_all("domain", secrets.map(|item| (item.provider, item.domain_id)), secret);
    let users = users(book);
    for item in &domains {
        let recount = users.get(&id(item)).copied().unwrap_or_default();
        found.same("domain", item.domain_id, &(item.customers, item.workspaces), &recount);
    }
}

/// How many customers a domain has, and how many shared workspaces of its provider name it.
fn users(book: &Book<'_>) -> BTreeMap<(AccountId, DomainId), (u32, u32)> {
    let mut users = BTreeMap::<_, (u32, u32)>::new();
    for item in book.all::<FederatedCustomerItem>() {
        users.entry((item.provider, item.domain_id)).or_default().0 += 1;
    }
    for AccountWorkspaceItem { workspace, .. } in book.all() {
        if workspace.kind != WorkspaceKind::Shared {
            continue;
        }
        for DomainOf { provider, domain_id } in workspace.domains {
            users.entry((provider, domain_id)).or_default().1 += 1;
        }
    }
    users
}

/// An entry of an earlier episode may stand until the next change that meets it, on both sides.
fn federated(book: &Book<'_>, found: &mut Findings) {
    let here = book.all::<FederatedCustomerItem>().into_iter();
    let here = here.map(|it| ((it.provider, it.domain_id, it.customer), it.episode, it.added_at));
    let there = book.all::<FederatedDomainItem>().into_iter();
    let there = there.map(|it| ((it.provider, it.domain_id, it.customer), it.episode, it.added_at));
    found.same_all("federated", there, here);
    for item in book.all::<FederatedDomainItem>() {
        let domain: Option<DomainItem> = book.get(&keys::domain(item.provider, item.domain_id));
        let name = domain.map(|domain| domain.name);
        found.same("federated", item.customer, &Some(item.name), &name);
    }
}
