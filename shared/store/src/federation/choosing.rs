//! Which domains a workspace may have.

use std::collections::BTreeSet;

use tsunagu_domain::{
    federation::{
        domain_name::DomainName,
        workspace::{DomainOf, WorkspaceKind},
    },
    ids::DomainId,
};

use super::{FederationRefusal, Written, party::WorkspaceParty, refuse};
use crate::{
    Store,
    items::{DomainItem, FederatedDomainItem},
    keys,
};

/// A domain that comes to a workspace.
pub(super) enum Chosen {
    /// The provider's own, to its shared workspace.
    Own { domain: DomainOf, name: DomainName },
    /// One that is federated to the customer, to its dedicated workspace.
    Federated(FederatedDomainItem),
}

impl Chosen {
    pub(super) fn domain(&self) -> DomainOf {
        match self {
            Self::Own { domain, .. } => *domain,
            Self::Federated(item) => item.domain(),
        }
    }

    fn name(&self) -> &DomainName {
        match self {
            Self::Own { name, .. } => name,
            Self::Federated(item) => &item.name,
        }
    }
}

impl From<DomainItem> for Chosen {
    fn from(item: DomainItem) -> Self {
        let domain = DomainOf { provider: item.provider, domain_id: item.domain_id };
        Self::Own { domain, name: item.name }
    }
}

impl FederatedDomainItem {
    pub(super) fn domain(&self) -> DomainOf {
        DomainOf { provider: self.provider, domain_id: self.domain_id }
    }
}

impl Store {
    /// The domains that come to a workspace beside those that stay, each as it was found: federated to
    /// the customer, or the provider's own. A foreign one is an unknown one (T14).
    pub(super) async fn chosen_domains(
        &self,
        party: &WorkspaceParty<'_>,
        kind: WorkspaceKind,
        kept: &[DomainOf],
        chosen: Vec<(usize, DomainId)>,
    ) -> Written<Vec<Chosen>> {
        if chosen.is_empty() {
            return Ok(Vec::new());
        }
        let owner = party.owner();
        let key = |domain| match kind {
            WorkspaceKind::Dedicated => keys::federated_domain(owner, domain),
            WorkspaceKind::Shared => keys::domain(owner, domain),
        };
        let wanted: Vec<_> = chosen.iter().map(|(_, domain)| key(*domain)).collect();
        let kept = kept.iter().map(|domain| keys::domain(domain.provider, domain.domain_id));
        let kept: Vec<_> = kept.collect();
        let all: Vec<_> = wanted.iter().chain(&kept).cloned().collect();
        let mut found = self.table.batch_get(&all).await?;
        let mut known = Vec::new();
        match kind {
            WorkspaceKind::Shared => {
                let own = found.take_all::<DomainItem>(wanted)?;
                known.extend(own.into_iter().map(Chosen::from));
            }
            WorkspaceKind::Dedicated => {
                let federated = found.take_all::<FederatedDomainItem>(wanted)?;
                let standing = self.standing_domains(federated).await?.into_iter();
                let seen = standing.filter(|item| party.sees_domain(&item.domain()));
                known.extend(seen.map(Chosen::Federated));
            }
        }
        let kept = found.take_all::<DomainItem>(kept)?.into_iter().map(|item| item.name);
        check(&chosen, &known, kept.collect())?;
        Ok(known)
    }
}

/// That all which were chosen are known, and each is called otherwise than the others and those that
/// stay: of two of one name a sign-in could mean neither.
fn check(
    chosen: &[(usize, DomainId)],
    known: &[Chosen],
    mut names: BTreeSet<DomainName>,
) -> Written<()> {
    let (mut unknown, mut alike) = (Vec::new(), Vec::new());
    for (place, id) in chosen {
        match known.iter().find(|known| known.domain().domain_id == *id) {
            None => unknown.push(*place),
            Some(known) if !names.insert(known.name().clone()) => alike.push(*place),
            Some(_) => {}
        }
    }
    if !unknown.is_empty() {
        return refuse(FederationRefusal::UnknownDomains(unknown));
    }
    if alike.is_empty() { Ok(()) } else { refuse(FederationRefusal::SameName(alike)) }
}
