//! What a service provider sets up, put straight into the table: for tests of what users of workspaces
//! do with it.

use tsunagu_domain::{
    federation::{
        directory::{Bind, Directory},
        members::Members,
        resource::{Resource, ResourceKind, ResourceLocation},
        secrets::LocationKey,
        workspace::{DomainOf, Workspace, WorkspaceKind},
    },
    ids::{AccountId, DomainId, FederationId, ResourceId, ResourceLocationId, WorkspaceId},
    time::Instant,
};
use tsunagu_store::{
    items::{
        DomainItem, FederatedCustomerItem, FederatedDomainItem, LocationItem, LocationKeyItem,
        ResourceCustomerItem, ResourceItem, WorkspaceItem,
    },
    keys,
};

use crate::stored::Stored;

/// Below which place of its directory a domain's users are.
pub const BASE: &str = "dc=corp,dc=example";

/// A provider's resource location with a domain.
pub struct Federated {
    stored: Stored,
    /// The provider.
    pub provider: AccountId,
    /// The resource location.
    pub location: ResourceLocationId,
    /// What its machines hold.
    pub key: LocationKey,
    /// The domain.
    pub domain: DomainItem,
    at: Instant,
}

/// A directory on this machine whose users bind at `uid=…,ou=people`.
pub fn directory(port: u16) -> Directory {
    Directory {
        url: format!("ldap://127.0.0.1:{port}").parse().expect("an address"),
        start_tls: false,
        base_dn: BASE.parse().expect("a name"),
        bind: Bind::DnTemplate {
            template: format!("uid={{username}},ou=people,{BASE}").parse().expect("a template"),
        },
        ca_certificate: None,
    }
}

/// The group of a customer's members.
pub fn group(name: &str) -> Members {
    Members::Group(format!("cn={name},ou=groups,{BASE}").parse().expect("a name"))
}

impl Federated {
    /// A resource location, and a domain of this name with its directory on a port of this machine.
    pub async fn set_up(
        stored: &Stored,
        provider: AccountId,
        name: &str,
        port: u16,
        at: Instant,
    ) -> Self {
        let location = ResourceLocationId::mint(at);
        let domain = DomainItem {
            provider,
            domain_id: DomainId::mint(at),
            name: name.parse().expect("a name"),
            location,
            directory: directory(port),
            directory_rev: 0,
            verified: false,
            created_at: at,
            has_secret: false,
            customers: 0,
            workspaces: 0,
            members_rev: 0,
            rev: 1,
        };
        let key = LocationKey::random();
        let it = Self { stored: stored.clone(), provider, location, key, domain, at };
        it.stored.put(&it.location_item()).await;
        it.put_key(&it.key, None).await;
        it.stored.put(&it.domain).await;
        it
    }

    fn location_item(&self) -> LocationItem {
        LocationItem {
            provider: self.provider,
            location: ResourceLocation {
                resource_location_id: self.location,
                name: "大阪".parse().expect("a name"),
                created_at: self.at,
            },
            domains: 1,
            resources: 0,
            keys: vec![self.key.digest()],
            rev: 1,
        }
    }

    /// A key of the location, until it is over.
    pub async fn put_key(&self, key: &LocationKey, until: Option<Instant>) {
        let (provider, location) = (self.provider, self.location);
        let digest = key.digest();
        self.stored.put(&LocationKeyItem { digest, provider, location, until }).await;
    }

    /// Another resource location of the provider, by its key.
    pub async fn other_location(&self) -> LocationKey {
        let (key, location) = (LocationKey::random(), ResourceLocationId::mint(self.at));
        let item = LocationKeyItem {
            digest: key.digest(),
            provider: self.provider,
            location,
            until: None,
        };
        self.stored.put(&item).await;
        key
    }

    /// The domain as workspaces name it.
    pub fn domain_of(&self) -> DomainOf {
        DomainOf { provider: self.provider, domain_id: self.domain.domain_id }
    }

    /// Adds a customer to the domain, in this episode of its connection; again, as another one.
    pub async fn add(&self, customer: AccountId, episode: u32, members: Members) {
        let DomainOf { provider, domain_id } = self.domain_of();
        let added_at = self.at;
        let name = self.domain.name.clone();
        let federation_id = FederationId::mint(added_at);
        self.stored
            .put(&FederatedCustomerItem {
                provider,
                domain_id,
                customer,
                federation_id,
                episode,
                members,
                added_at,
            })
            .await;
        self.stored
            .put(&FederatedDomainItem { customer, provider, domain_id, name, episode, added_at })
            .await;
    }

    /// Removes a customer from the domain.
    pub async fn remove(&self, customer: AccountId) {
        let DomainOf { provider, domain_id } = self.domain_of();
        self.stored.remove(keys::federated_customer(provider, domain_id, customer)).await;
        self.stored.remove(keys::federated_domain(customer, domain_id)).await;
    }

    /// A workspace of an account with the domain, as a new one.
    pub async fn workspace(&self, host: &str, account: AccountId) -> Workspace {
        let shared = account == self.provider;
        let workspace = Workspace {
            host: host.parse().expect("a host"),
            workspace_id: WorkspaceId::mint(self.at),
            account_id: account,
            set_up_by: None,
            kind: if shared { WorkspaceKind::Shared } else { WorkspaceKind::Dedicated },
            display_name: "みなとデスクトップ".parse().expect("a name"),
            domains: vec![self.domain_of()],
            enabled: true,
            created_at: self.at,
        };
        self.put_workspace(&workspace).await;
        workspace
    }

    /// A workspace as it is.
    pub async fn put_workspace(&self, workspace: &Workspace) {
        let workspace = workspace.clone();
        self.stored.put(&WorkspaceItem { workspace, deleted_at: None, rev: 1 }).await;
    }

    /// An app of the provider for this service, and the customers that may open it in an episode.
    pub async fn app(&self, name: &str, service: &str, allowed: &[(AccountId, u32)]) -> ResourceId {
        let resource_id = ResourceId::mint(self.at);
        let resource = Resource {
            resource_id,
            name: name.parse().expect("a name"),
            kind: ResourceKind::App,
            service: service.parse().expect("a code"),
            resource_location_id: self.location,
            launch_url: "https://apps.example.com/open?app=1".parse().expect("an address"),
            description: None,
            created_at: self.at,
        };
        self.stored.put(&ResourceItem { provider: self.provider, resource, rev: 1 }).await;
        for (customer, episode) in allowed {
            self.allow(resource_id, *customer, *episode).await;
        }
        resource_id
    }

    /// Lets a customer open an app.
    pub async fn allow(&self, resource_id: ResourceId, customer: AccountId, episode: u32) {
        let (provider, added_at) = (self.provider, self.at);
        self.stored
            .put(&ResourceCustomerItem { provider, resource_id, customer, episode, added_at })
            .await;
    }
}
