//! Which domains a workspace may have.

use tsunagu_domain::{
    federation::workspace::{DomainOf, WorkspaceKind},
    ids::DomainId,
};

use super::{FederationRefusal, Written, refuse, workspaces::WorkspaceParty};
use crate::{
    Store,
    items::{DomainItem, FederatedDomainItem},
    keys,
};

/// A domain that comes to a workspace.
pub(super) enum Chosen {
    /// The provider's own, to its shared workspace.
    Own(DomainOf),
    /// One that is federated to the customer, to its dedicated workspace.
    Federated(FederatedDomainItem),
}

impl Chosen {
    pub(super) fn domain(&self) -> DomainOf {
        match self {
            Self::Own(domain) => *domain,
            Self::Federated(item) => item.domain(),
        }
    }
}

impl DomainItem {
    fn domain(&self) -> DomainOf {
        DomainOf { provider: self.provider, domain_id: self.domain_id }
    }
}

impl FederatedDomainItem {
    pub(super) fn domain(&self) -> DomainOf {
        DomainOf { provider: self.provider, domain_id: self.domain_id }
    }
}

impl Store {
    /// The domains that come to a workspace, each as it was found: federated to the customer, or the
    /// provider's own. A foreign one is an unknown one (T14).
    pub(super) async fn chosen_domains(
        &self,
        party: &WorkspaceParty<'_>,
        kind: WorkspaceKind,
        chosen: Vec<(usize, DomainId)>,
    ) -> Written<Vec<Chosen>> {
        let owner = party.owner();
        let key = |domain| match kind {
            WorkspaceKind::Dedicated => keys::federated_domain(owner, domain),
            WorkspaceKind::Shared => keys::domain(owner, domain),
        };
        let wanted: Vec<_> = chosen.iter().map(|(_, domain)| key(*domain)).collect();
        let mut found = self.table.batch_get(&wanted).await?;
        let mut known = Vec::new();
        match kind {
            WorkspaceKind::Shared => {
                let own = found.take_all::<DomainItem>(wanted)?;
                known.extend(own.iter().map(|item| Chosen::Own(item.domain())));
            }
            WorkspaceKind::Dedicated => {
                let federated = found.take_all::<FederatedDomainItem>(wanted)?;
                let standing = self.standing_domains(federated).await?.into_iter();
                let seen = standing.filter(|item| party.sees_domain(&item.domain()));
                known.extend(seen.map(Chosen::Federated));
            }
        }
        let is_known = |id: DomainId| known.iter().any(|known| known.domain().domain_id == id);
        let unknown = chosen.iter().filter(|(_, id)| !is_known(*id));
        let unknown: Vec<_> = unknown.map(|(place, _)| *place).collect();
        if unknown.is_empty() {
            Ok(known)
        } else {
            refuse(FederationRefusal::UnknownDomains(unknown))
        }
    }
}
