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
    /// The provider that set it up for its customer; none where the account did so itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_up_by: Option<AccountId>,
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

    /// What a provider sees of a customer's workspace: a dedicated one with domains of its own, and of
    /// these only its own (T10).
    pub fn seen_by(&self, provider: AccountId) -> Option<Self> {
        let mut seen = self.clone();
        seen.domains.retain(|domain| domain.provider == provider);
        let is_seen = self.kind == WorkspaceKind::Dedicated && !seen.domains.is_empty();
        is_seen.then_some(seen)
    }

    /// Whether a change takes something from the workspace's users: a domain, or its being enabled.
    /// Then it is another one, so that nothing which was granted before comes back with it (T25).
    pub fn takes(&self, domains: &[DomainOf], enabled: bool) -> bool {
        (self.enabled && !enabled) || self.domains.iter().any(|domain| !domains.contains(domain))
    }

    /// Whether a provider may change the name of its customer's workspace, and whether it can be
    /// entered: where it set it up. Who merely has domains there decides about these alone.
    pub fn is_named_by(&self, provider: AccountId) -> bool {
        self.set_up_by == Some(provider)
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
            set_up_by: None,
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

    #[test]
    fn a_provider_sees_of_a_customers_workspace_its_own_domains() {
        let now = Instant::default();
        let [provider, rival, customer] = std::array::from_fn(|_| AccountId::mint(now));
        let of = |provider| DomainOf { provider, domain_id: DomainId::mint(now) };
        let (own, theirs) = (of(provider), of(rival));
        let workspace = Workspace {
            host: "minato-desktops".parse().expect("a host"),
            workspace_id: WorkspaceId::mint(now),
            account_id: customer,
            set_up_by: Some(provider),
            kind: WorkspaceKind::Dedicated,
            display_name: "Desktops".parse().expect("a name"),
            domains: vec![own, theirs],
            enabled: true,
            created_at: now,
        };
        let seen = workspace.seen_by(provider).map(|seen| seen.domains);
        assert_eq!(seen, Some(vec![own]));
        assert_eq!(workspace.seen_by(customer), None);
        let shared = Workspace { kind: WorkspaceKind::Shared, ..workspace.clone() };
        assert_eq!(shared.seen_by(provider), None);
        assert!(workspace.is_named_by(provider) && !workspace.is_named_by(rival));
        assert!(workspace.takes(&[own], true) && workspace.takes(&[own, theirs], false));
        assert!(!workspace.takes(&[theirs, own, of(rival)], true));
        let disabled = Workspace { enabled: false, ..workspace };
        assert!(!disabled.takes(&[own, theirs], true) && !disabled.takes(&[own, theirs], false));
    }
}
