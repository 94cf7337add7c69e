//! What is looked at before a password goes anywhere (T21).

use chrono::TimeDelta;
use tsunagu_domain::{
    account::AccountStatus,
    federation::{
        host::WorkspaceHost,
        login::UserName,
        members::Members,
        workspace::{DomainOf, Workspace, WorkspaceKind},
    },
    ids::OrgId,
    text::DisplayName,
    time::Instant,
};

use super::standing::{Granted, granted, last_ended, runs};
use crate::{
    Store,
    error::StoreError,
    items::{
        AccountItem, CustomerItem, DirectorySecretItem, DomainItem, FederatedCustomerItem,
        OrganizationItem, WorkspaceItem,
    },
    keys,
    nonce::Nonce,
};

/// A workspace that is there for whoever comes, with its domains.
#[derive(Clone, Debug)]
pub struct Entrance {
    /// The workspace.
    pub workspace: Workspace,
    /// By whose directories users sign in.
    pub domains: Vec<DomainItem>,
}

/// A workspace as it is shown to everybody.
#[derive(Clone, Debug)]
pub struct ShownWorkspace {
    /// The workspace with its domains.
    pub entrance: Entrance,
    /// The verified name of whoever it belongs to.
    pub organization_name: Option<DisplayName>,
}

/// A domain of a workspace, with the customers of whose members a user could be. There is at least
/// one.
#[derive(Debug)]
pub struct Candidates {
    /// The domain, with its directory.
    pub domain: DomainItem,
    /// What the directory's service bind needs, sealed.
    pub secret: Option<DirectorySecretItem>,
    /// Who is a member, customer by customer.
    pub members: Vec<Members>,
    pub(super) workspace: Workspace,
    pub(super) user: UserName,
    pub(super) provider_org: OrgId,
    pub(super) after: Option<Nonce>,
    pub(super) granted: Vec<Granted>,
}

impl Store {
    /// A workspace as it is shown; `None` where there is none, or it is disabled.
    pub async fn shown_workspace(
        &self,
        host: &WorkspaceHost,
    ) -> Result<Option<ShownWorkspace>, StoreError> {
        let Some(workspace) = self.workspace_in_use(host).await? else { return Ok(None) };
        let owner = keys::account(workspace.account_id);
        let wanted: Vec<_> = domain_keys(&workspace).chain([owner.clone()]).collect();
        let mut found = self.table.batch_get(&wanted).await?;
        let domains = found.take_all(domain_keys(&workspace))?;
        let Some(owner) = found.take::<AccountItem>(&owner)? else { return Ok(None) };
        if owner.account.status == AccountStatus::Suspended {
            return Ok(None);
        }
        let key = keys::organization(owner.account.org_id);
        let organization = self.table.get::<OrganizationItem>(key).await?;
        let organization_name = organization.and_then(|item| item.organization.name);
        let entrance = Entrance { workspace, domains };
        Ok(Some(ShownWorkspace { entrance, organization_name }))
    }

    /// A workspace and its domains; `None` where there is none, or it is disabled.
    pub async fn entrance(&self, host: &WorkspaceHost) -> Result<Option<Entrance>, StoreError> {
        let Some(workspace) = self.workspace_in_use(host).await? else { return Ok(None) };
        let wanted: Vec<_> = domain_keys(&workspace).collect();
        let domains = self.table.batch_get(&wanted).await?.take_all(wanted)?;
        Ok(Some(Entrance { workspace, domains }))
    }

    async fn workspace_in_use(
        &self,
        host: &WorkspaceHost,
    ) -> Result<Option<Workspace>, StoreError> {
        let item = self.table.get::<WorkspaceItem>(keys::workspace(host)).await?;
        Ok(item.and_then(WorkspaceItem::in_use))
    }

    /// The customers of whose members a user of one of the workspace's domains could be; `None` where
    /// there are none, or the provider's workspaces do not run.
    pub async fn candidates(
        &self,
        entrance: Entrance,
        chosen: usize,
        user: UserName,
        grace: TimeDelta,
        now: Instant,
    ) -> Result<Option<Candidates>, StoreError> {
        let Entrance { workspace, mut domains } = entrance;
        if chosen >= domains.len() {
            return Ok(None);
        }
        let domain = domains.swap_remove(chosen);
        let Some(Provider { org, after, secret }) =
            self.provider(&domain, &user, grace, now).await?
        else {
            return Ok(None);
        };
        let federated = self.federated(&workspace, &domain).await?;
        let customers = federated.iter().map(|item| keys::customer(item.provider, item.customer));
        let customers: Vec<_> = customers.collect();
        let mut found = self.table.batch_get(&customers).await?;
        let (mut members, mut all) = (Vec::new(), Vec::new());
        for (federated, key) in federated.into_iter().zip(&customers) {
            let customer = found.take::<CustomerItem>(key)?;
            if let Some(granted) = granted(&workspace, &federated, customer) {
                all.push(granted);
                members.push(federated.members);
            }
        }
        let candidates = Candidates {
            domain,
            secret,
            members,
            workspace,
            user,
            provider_org: org,
            after,
            granted: all,
        };
        Ok((!candidates.members.is_empty()).then_some(candidates))
    }

    /// What is to be known of a domain's provider; `None` where its workspaces do not run.
    async fn provider(
        &self,
        domain: &DomainItem,
        user: &UserName,
        grace: TimeDelta,
        now: Instant,
    ) -> Result<Option<Provider>, StoreError> {
        let provider = domain.provider;
        let account = keys::account(provider);
        let ended = keys::domain_user(domain.domain_id, user);
        let ended = keys::ended_user(domain.domain_id, &ended);
        let secret = keys::directory_secret(provider, domain.domain_id);
        let org = self.remembered.organizations.of(provider).await;
        let mut wanted = vec![account.clone(), ended.clone()];
        wanted.extend(domain.has_secret.then(|| secret.clone()));
        wanted.extend(org.map(keys::organization));
        let mut found = self.table.batch_get(&wanted).await?;
        let Some(account) = found.take::<AccountItem>(&account)? else { return Ok(None) };
        let organization = self.organization_of(&account, &mut found).await?;
        if !runs(Some(&account), Some(&organization), grace, now) {
            return Ok(None);
        }
        let after = last_ended(found.take(&ended)?, now);
        let org = account.account.org_id;
        Ok(Some(Provider { org, after, secret: found.take(&secret)? }))
    }

    /// Customers that are federated to a domain, as far as the workspace is for them.
    async fn federated(
        &self,
        workspace: &Workspace,
        domain: &DomainItem,
    ) -> Result<Vec<FederatedCustomerItem>, StoreError> {
        let DomainItem { provider, domain_id, .. } = *domain;
        match workspace.kind {
            WorkspaceKind::Dedicated => {
                let key = keys::federated_customer(provider, domain_id, workspace.account_id);
                Ok(self.table.get(key).await?.into_iter().collect())
            }
            WorkspaceKind::Shared => self.federated_to(domain).await,
        }
    }
}

/// What is to be known of a domain's provider.
struct Provider {
    org: OrgId,
    after: Option<Nonce>,
    secret: Option<DirectorySecretItem>,
}

fn domain_keys(workspace: &Workspace) -> impl Iterator<Item = keys::Key> {
    let key = |domain: &DomainOf| keys::domain(domain.provider, domain.domain_id);
    workspace.domains.iter().map(key)
}
