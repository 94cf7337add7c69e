//! Resource locations, domains, federated customers, workspaces and resources.

use serde::{Deserialize, Serialize};
use tsunagu_domain::{
    federation::{
        directory::Directory,
        domain_name::DomainName,
        host::WorkspaceHost,
        members::Members,
        resource::{Resource, ResourceLocation},
        workspace::Workspace,
    },
    ids::{AccountId, DomainId, FederationId, ResourceId, ResourceLocationId},
    time::Instant,
};

use crate::{
    Version,
    item::Item,
    keys::{self, Key},
};

/// A resource location.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LocationItem {
    /// The provider.
    pub provider: AccountId,
    /// The location.
    #[serde(flatten)]
    pub location: ResourceLocation,
    /// How many domains are there.
    pub domains: u32,
    /// How many apps and desktops are there.
    pub resources: u32,
    /// The digests of its keys: the present one last, and before it the one that a rotation lets live
    /// on for a while.
    pub keys: Vec<String>,
    /// Grows with every change of its name or its keys.
    pub rev: u64,
}

impl Item for LocationItem {
    const ENTITY: &'static str = "resource-location";

    fn key(&self) -> Key {
        keys::location(self.provider, self.location.resource_location_id)
    }
}

impl LocationItem {
    /// The version of its name and its keys.
    pub fn version(&self) -> Version {
        Version::of_life(0, self.rev)
    }
}

/// Whose a key of a resource location is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LocationKeyItem {
    /// The digest of the key.
    pub digest: String,
    /// The provider.
    pub provider: AccountId,
    /// The location.
    pub location: ResourceLocationId,
    /// Until when it opens anything, where another one took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
}

impl Item for LocationKeyItem {
    const ENTITY: &'static str = "location-key";

    fn key(&self) -> Key {
        keys::location_key(&self.digest)
    }

    fn expires_at(&self) -> Option<Instant> {
        self.until
    }
}

/// A domain of a provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DomainItem {
    /// The provider.
    pub provider: AccountId,
    /// The domain.
    pub domain_id: DomainId,
    /// Its name, unique within the provider.
    pub name: DomainName,
    /// Where it lives.
    pub location: ResourceLocationId,
    /// Whom it asks for its users.
    pub directory: Directory,
    /// Grows whenever another directory, or another way to ask it, says who users are: sessions of the
    /// one before end.
    pub directory_rev: u64,
    /// Whether the last test of the directory, as it is now, passed.
    pub verified: bool,
    /// When it was made.
    pub created_at: Instant,
    /// Whether a password for the service bind is kept, sealed, in an item of its own.
    pub has_secret: bool,
    /// How many customers are federated to it, and in how many workspaces it is: while there are
    /// any, it stays.
    pub customers: u32,
    /// The same of workspaces.
    pub workspaces: u32,
    /// Grows with every add, change and removal of a customer: who checks that no two overlap has seen
    /// all of them.
    pub members_rev: u64,
    /// Grows with every change of what is stated.
    pub rev: u64,
}

impl Item for DomainItem {
    const ENTITY: &'static str = "domain";

    fn key(&self) -> Key {
        keys::domain(self.provider, self.domain_id)
    }
}

impl DomainItem {
    /// The version of what is stated.
    pub fn version(&self) -> Version {
        Version::of_life(0, self.rev)
    }
}

/// That a name is one of a provider's domains.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DomainNameItem {
    /// The provider.
    pub provider: AccountId,
    /// The name.
    pub name: DomainName,
    /// The domain.
    pub domain_id: DomainId,
}

impl Item for DomainNameItem {
    const ENTITY: &'static str = "domain-name";

    fn key(&self) -> Key {
        keys::domain_name(self.provider, &self.name)
    }
}

/// A password of a directory's service bind, sealed, as text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

impl Sealed {
    /// The text, for whoever opens it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Sealed {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// Nothing to try to open: what is debugged may be logged (T17).
impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealed(…)")
    }
}

/// The password of a directory's service bind, sealed for this provider and domain alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectorySecretItem {
    /// The provider.
    pub provider: AccountId,
    /// The domain.
    pub domain_id: DomainId,
    /// What was sealed.
    pub sealed: Sealed,
}

impl Item for DirectorySecretItem {
    const ENTITY: &'static str = "directory-secret";

    fn key(&self) -> Key {
        keys::directory_secret(self.provider, self.domain_id)
    }
}

/// A customer whose users may sign in with a domain's credentials, on the provider's side.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FederatedCustomerItem {
    /// The provider.
    pub provider: AccountId,
    /// The domain.
    pub domain_id: DomainId,
    /// The customer.
    pub customer: AccountId,
    /// Another one with every add and every change of `members`.
    pub federation_id: FederationId,
    /// The episode of the connection in which it was added: in another one it is not there.
    pub episode: u32,
    /// Which users of the domain are the customer's.
    pub members: Members,
    /// When it was added.
    pub added_at: Instant,
}

impl Item for FederatedCustomerItem {
    const ENTITY: &'static str = "federated-customer";

    fn key(&self) -> Key {
        keys::federated_customer(self.provider, self.domain_id, self.customer)
    }
}

/// The same on the customer's side.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FederatedDomainItem {
    /// The customer.
    pub customer: AccountId,
    /// The provider.
    pub provider: AccountId,
    /// The domain.
    pub domain_id: DomainId,
    /// The domain's name, which never changes.
    pub name: DomainName,
    /// The episode of the connection in which it was added.
    pub episode: u32,
    /// When it was added.
    pub added_at: Instant,
}

impl Item for FederatedDomainItem {
    const ENTITY: &'static str = "federated-domain";

    fn key(&self) -> Key {
        keys::federated_domain(self.customer, self.domain_id)
    }
}

/// A workspace, found by its host; a deleted one keeps the host for its account for a while.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceItem {
    /// The workspace.
    #[serde(flatten)]
    pub workspace: Workspace,
    /// When it was deleted: then it is there for nobody but whoever wants the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Instant>,
    /// Grows with every change.
    pub rev: u64,
}

impl WorkspaceItem {
    /// What is left of a workspace that was deleted: nobody signs in by it, and its host is not free
    /// yet (T33).
    pub(crate) fn deleted(workspace: &Workspace, rev: u64, at: Instant) -> Self {
        let left = Workspace { domains: Vec::new(), enabled: false, ..workspace.clone() };
        Self { workspace: left, deleted_at: Some(at), rev }
    }
}

impl Item for WorkspaceItem {
    const ENTITY: &'static str = "workspace";

    fn key(&self) -> Key {
        keys::workspace(&self.workspace.host)
    }

    /// When the host of a deleted one is free again, there is nothing left to keep.
    fn expires_at(&self) -> Option<Instant> {
        self.deleted_at.map(|at| at + WorkspaceHost::KEPT)
    }
}

impl WorkspaceItem {
    /// The version of what is stated.
    pub fn version(&self) -> Version {
        Version::of_life(0, self.rev)
    }
}

/// The same among those of its account: a copy, written with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountWorkspaceItem {
    /// The workspace.
    #[serde(flatten)]
    pub workspace: Workspace,
    /// Grows with every change.
    pub rev: u64,
}

impl Item for AccountWorkspaceItem {
    const ENTITY: &'static str = "account-workspace";

    fn key(&self) -> Key {
        keys::workspace_of_account(self.workspace.account_id, &self.workspace.host)
    }
}

/// How many workspaces an account has.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceCountItem {
    /// The account.
    pub account_id: AccountId,
    /// How many.
    pub count: u32,
}

impl Item for WorkspaceCountItem {
    const ENTITY: &'static str = "workspace-count";

    fn key(&self) -> Key {
        keys::workspace_count(self.account_id)
    }
}

/// An app or a desktop.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResourceItem {
    /// The provider.
    pub provider: AccountId,
    /// The app or desktop.
    #[serde(flatten)]
    pub resource: Resource,
    /// Grows with every change.
    pub rev: u64,
}

impl Item for ResourceItem {
    const ENTITY: &'static str = "resource";

    fn key(&self) -> Key {
        keys::resource(self.provider, self.resource.resource_id)
    }
}

impl ResourceItem {
    /// The version of what is stated.
    pub fn version(&self) -> Version {
        Version::of_life(0, self.rev)
    }
}

/// That a customer may use an app or a desktop.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceCustomerItem {
    /// The provider.
    pub provider: AccountId,
    /// The app or desktop.
    pub resource_id: ResourceId,
    /// The customer.
    pub customer: AccountId,
    /// The episode of the connection in which it was allowed: in another one it is not.
    pub episode: u32,
    /// When it was allowed.
    pub added_at: Instant,
}

impl Item for ResourceCustomerItem {
    const ENTITY: &'static str = "resource-customer";

    fn key(&self) -> Key {
        keys::resource_customer(self.provider, self.customer, self.resource_id)
    }

    fn gsi1(&self) -> Option<Key> {
        Some(keys::customer_of_resource(self.resource_id, self.customer))
    }
}
