//! Addresses where users sign in.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use super::host::WorkspaceHost;
use crate::{
    ids::{AccountId, DomainId, WorkspaceId},
    text::DisplayName,
    time::Instant,
};

/// Whose users a workspace is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumString, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum WorkspaceKind {
    /// For one customer's, with the domains that are federated to it.
    Dedicated,
    /// For those of every customer that is federated to one of its provider's domains.
    Shared,
}

/// A domain of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DomainOf {
    /// The provider.
    pub provider: AccountId,
    /// The domain.
    pub domain_id: DomainId,
}

/// An address where users sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Workspace {
    /// The first label of the address.
    pub host: WorkspaceHost,
    /// Another one when the host is taken again, so that nothing granted before is granted still.
    pub workspace_id: WorkspaceId,
    /// The account that it belongs to.
    pub account_id: AccountId,
    /// Whose users it is for.
    pub kind: WorkspaceKind,
    /// What users see as its name.
    pub display_name: DisplayName,
    /// By whose directories users sign in.
    pub domains: Vec<DomainOf>,
    /// Whether it can be entered.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Instant,
}

impl Workspace {
    /// The most domains of one workspace.
    pub const MAX_DOMAINS: usize = 10;

    /// Whether it can be entered by users of a domain who are this customer's: a dedicated one by its
    /// own account's, a shared one by those of its provider's customers.
    pub fn serves(&self, domain: &DomainOf, customer: AccountId) -> bool {
        let owner = match self.kind {
            WorkspaceKind::Dedicated => customer,
            WorkspaceKind::Shared => domain.provider,
        };
        self.enabled && self.account_id == owner && self.domains.contains(domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_serves_its_own_account_or_its_providers_customers() {
        let now = Instant::default();
        let [provider, stranger, customer, other] = std::array::from_fn(|_| AccountId::mint(now));
        let domain_id = DomainId::mint(now);
        let domain = DomainOf { provider, domain_id };
        let dedicated = Workspace {
            host: "minato-desktops".parse().expect("a host"),
            workspace_id: WorkspaceId::mint(now),
            account_id: customer,
            kind: WorkspaceKind::Dedicated,
            display_name: "Desktops".parse().expect("a name"),
            domains: vec![domain],
            enabled: true,
            created_at: now,
        };
        assert!(dedicated.serves(&domain, customer) && !dedicated.serves(&domain, other));
        let foreign = DomainOf { provider: stranger, domain_id };
        assert!(!dedicated.serves(&foreign, customer));
        let shared = Workspace {
            account_id: provider,
            kind: WorkspaceKind::Shared,
            domains: vec![domain, foreign],
            ..dedicated.clone()
        };
        assert!(shared.serves(&domain, customer) && shared.serves(&domain, other));
        assert!(!shared.serves(&foreign, customer), "it is of another provider");
        let disabled = Workspace { enabled: false, ..dedicated };
        assert!(!disabled.serves(&domain, customer));
    }
}
