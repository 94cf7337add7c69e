//! What a session was granted, against what stands now.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use tsunagu_domain::{
    account::AccountStatus,
    federation::workspace::{DomainOf, Workspace},
    share::Share,
    time::Instant,
};

use crate::{
    Store,
    error::StoreError,
    items::{
        AccountItem, CustomerItem, DomainItem, EndedUserItem, FederatedCustomerItem, Grant, Names,
        OrganizationItem, SessionItem, WorkspaceItem,
    },
    keys::{self, Key},
    nonce::Nonce,
    table::Batch,
};

/// A customer of whose members a session's user still is.
#[derive(Clone, Debug)]
pub(super) struct Granted {
    /// What was granted.
    pub(super) grant: Grant,
    /// The customer's names.
    pub(super) names: Names,
}

/// What a session has to find as it was: all of it is read in one round trip.
fn needed(session: &SessionItem) -> impl Iterator<Item = Key> {
    let DomainOf { provider, domain_id } = session.domain;
    let user = keys::domain_user(domain_id, &session.user);
    let of_grant = move |grant: &Grant| {
        let customer = grant.customer;
        [
            keys::federated_customer(provider, domain_id, customer),
            keys::customer(provider, customer),
        ]
    };
    [
        keys::workspace(&session.host),
        keys::account(provider),
        keys::organization(session.provider_org),
        keys::domain(provider, domain_id),
        keys::ended_user(domain_id, &user),
    ]
    .into_iter()
    .chain(session.grants.iter().flat_map(of_grant))
}

impl Store {
    /// What these sessions have to find as it was.
    pub(super) async fn ground_of(&self, sessions: &[SessionItem]) -> Result<Batch, StoreError> {
        let wanted: BTreeSet<Key> = sessions.iter().flat_map(needed).collect();
        let wanted: Vec<Key> = wanted.into_iter().collect();
        self.table.batch_get(&wanted).await
    }
}

/// The workspace of a session and what is left of its grants; `None` where nothing is.
pub(super) fn judge(
    session: &SessionItem,
    ground: &Batch,
    grace: TimeDelta,
    now: Instant,
) -> Result<Option<(Workspace, Vec<Granted>)>, StoreError> {
    let workspace = ground.get(&keys::workspace(&session.host))?;
    let Some(workspace) = workspace.and_then(WorkspaceItem::in_use) else { return Ok(None) };
    let same = workspace.workspace_id == session.workspace_id;
    if !same || is_ended(session, ground, now)? {
        return Ok(None);
    }
    let DomainOf { provider, domain_id } = session.domain;
    let domain = ground.get::<DomainItem>(&keys::domain(provider, domain_id))?;
    if domain.is_none_or(|domain| domain.directory_rev != session.directory_rev) {
        return Ok(None);
    }
    let account = ground.get(&keys::account(provider))?;
    let organization = ground.get(&keys::organization(session.provider_org))?;
    if !runs(account.as_ref(), organization.as_ref(), grace, now) {
        return Ok(None);
    }
    let mut left = Vec::new();
    for grant in &session.grants {
        let key = keys::federated_customer(provider, domain_id, grant.customer);
        let Some(federated) = ground.get(&key)? else { continue };
        let customer = ground.get(&keys::customer(provider, grant.customer))?;
        left.extend(granted(&workspace, &federated, customer).filter(|now| now.grant == *grant));
    }
    Ok((!left.is_empty()).then_some((workspace, left)))
}

/// Whether the user's sessions were ended since this one began, or while it did.
fn is_ended(session: &SessionItem, ground: &Batch, now: Instant) -> Result<bool, StoreError> {
    let domain = session.domain.domain_id;
    let key = keys::ended_user(domain, &keys::domain_user(domain, &session.user));
    let ended = last_ended(ground.get(&key)?, now);
    Ok(ended.is_some_and(|ended| session.after != Some(ended)))
}

/// The last time that a user's sessions were ended, as far as any session can be older than that.
pub(super) fn last_ended(item: Option<EndedUserItem>, now: Instant) -> Option<Nonce> {
    item.filter(|ended| now < ended.until).map(|ended| ended.nonce)
}

/// Whether a provider's workspaces run at all.
pub(super) fn runs(
    account: Option<&AccountItem>,
    organization: Option<&OrganizationItem>,
    grace: TimeDelta,
    now: Instant,
) -> bool {
    let memberships = organization.map(|item| &item.organization.memberships);
    account.is_some_and(|item| item.account.status == AccountStatus::Active)
        && memberships.is_some_and(|memberships| memberships.run_workspaces(now, grace))
}

/// What a member of a customer can be granted where the customer's members are let in, and the
/// workspace is for it.
pub(super) fn granted(
    workspace: &Workspace,
    federated: &FederatedCustomerItem,
    customer: Option<CustomerItem>,
) -> Option<Granted> {
    let customer = customer?;
    let domain = DomainOf { provider: federated.provider, domain_id: federated.domain_id };
    let stands = admits(&customer, federated) && workspace.serves(&domain, customer.customer);
    let grant = Grant {
        customer: customer.customer,
        federation_id: federated.federation_id,
        episode: customer.episode,
        withdrawn: customer.federation_withdrawn,
    };
    stands.then_some(Granted { grant, names: customer.names })
}

/// Whether a federated customer's members are let in: the connection is in the same episode and shares
/// `federation`, and the customer is not suspended.
pub(super) fn admits(customer: &CustomerItem, federated: &FederatedCustomerItem) -> bool {
    customer.episode == federated.episode
        && customer.shares.contains(Share::Federation)
        && !customer.suspended
}

impl WorkspaceItem {
    /// The workspace, unless it was deleted or is disabled.
    pub(super) fn in_use(self) -> Option<Workspace> {
        (self.deleted_at.is_none() && self.workspace.enabled).then_some(self.workspace)
    }
}
