//! What ending a connection, or withdrawing `federation`, would stop.

use std::collections::BTreeSet;

use tsunagu_domain::{federation::workspace::Workspace, ids::AccountId};

use crate::{
    Acting, Store,
    error::StoreError,
    items::{AccountWorkspaceItem, FederatedDomainItem},
    keys::{self, prefix},
    query::Query,
};

/// What ending a connection would stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// Workspaces of the customer that nobody could enter any more.
    pub workspaces: usize,
    /// Domains of the partner that are federated to the customer.
    pub federated_domains: usize,
}

impl Store {
    /// What ending the acting customer's connection with a partner would stop; how many sessions are
    /// open is counted apart.
    pub async fn impact(
        &self,
        customer: &Acting,
        partner: AccountId,
    ) -> Result<Impact, StoreError> {
        let partition = keys::account_partition(customer.account_id());
        let query = Query::prefix(partition.clone(), prefix::FEDERATED_DOMAINS);
        let domains = self.table.query_all::<FederatedDomainItem>(query).await?;
        let domains = self.standing_domains(domains).await?;
        let (own, others): (BTreeSet<_>, BTreeSet<_>) =
            domains.iter().map(FederatedDomainItem::domain).partition(|it| it.provider == partner);
        if own.is_empty() {
            return Ok(Impact::default());
        }
        let query = Query::prefix(partition, prefix::WORKSPACES);
        let workspaces = self.table.query_all::<AccountWorkspaceItem>(query).await?;
        let stops = |workspace: &Workspace| {
            workspace.enabled
                && workspace.domains.iter().any(|domain| own.contains(domain))
                && !workspace.domains.iter().any(|domain| others.contains(domain))
        };
        let workspaces = workspaces.iter().filter(|item| stops(&item.workspace)).count();
        Ok(Impact { workspaces, federated_domains: own.len() })
    }
}
