//! Keys of federated domains and workspaces.

use tsunagu_domain::{
    federation::{domain_name::DomainName, host::WorkspaceHost},
    ids::{AccountId, DomainId, ResourceId, ResourceLocationId},
};

use super::{Key, account_partition, prefix};

/// A provider's resource location.
pub fn location(provider: AccountId, location: ResourceLocationId) -> Key {
    Key::new(account_partition(provider), format_args!("{}{location}", prefix::LOCATIONS))
}

/// Whose key a machine at a resource location has, by the digest of the secret.
pub fn location_key(digest: &str) -> Key {
    Key::new(format_args!("LOCKEY#{digest}"), "LOCKEY")
}

/// A provider's domain.
pub fn domain(provider: AccountId, domain: DomainId) -> Key {
    Key::new(account_partition(provider), format_args!("{}{domain}", prefix::DOMAINS))
}

/// That a name is one of a provider's domains.
pub fn domain_name(provider: AccountId, name: &DomainName) -> Key {
    Key::new(account_partition(provider), format_args!("DOMNAME#{name}"))
}

/// What the service bind of a domain's directory needs, sealed.
pub fn directory_secret(provider: AccountId, domain: DomainId) -> Key {
    Key::new(account_partition(provider), format_args!("DOMSECRET#{domain}"))
}

/// Sort key prefix of the customers of a domain.
pub fn federated_customers(domain: DomainId) -> String {
    format!("FED#{domain}#")
}

/// A customer that is federated to a domain, on the provider's side.
pub fn federated_customer(provider: AccountId, domain: DomainId, customer: AccountId) -> Key {
    let sk = format!("{}{customer}", federated_customers(domain));
    Key::new(account_partition(provider), sk)
}

/// The same on the customer's side. An account can be a provider and a customer, so the two differ.
pub fn federated_domain(customer: AccountId, domain: DomainId) -> Key {
    Key::new(account_partition(customer), format_args!("{}{domain}", prefix::FEDERATED_DOMAINS))
}

/// A workspace, by the first label of its address.
pub fn workspace(host: &WorkspaceHost) -> Key {
    Key::new(format_args!("HOST#{host}"), "WORKSPACE")
}

/// That a workspace is an account's.
pub fn workspace_of_account(account: AccountId, host: &WorkspaceHost) -> Key {
    Key::new(account_partition(account), format_args!("{}{host}", prefix::WORKSPACES))
}

/// How many workspaces an account has.
pub fn workspace_count(account: AccountId) -> Key {
    Key::new(account_partition(account), "WORKSPACES")
}

/// An app or a desktop of a provider.
pub fn resource(provider: AccountId, resource: ResourceId) -> Key {
    Key::new(account_partition(provider), format_args!("{}{resource}", prefix::RESOURCES))
}

/// Sort key prefix of the resources that a customer may use.
pub fn resources_of_customer(customer: AccountId) -> String {
    format!("RESCUST#{customer}#")
}

/// That a customer may use a resource.
pub fn resource_customer(provider: AccountId, customer: AccountId, resource: ResourceId) -> Key {
    let sk = format!("{}{resource}", resources_of_customer(customer));
    Key::new(account_partition(provider), sk)
}

/// Partition of the index that holds the customers of a resource.
pub fn resource_partition(resource: ResourceId) -> String {
    format!("RES#{resource}")
}

/// A customer's place among those of a resource.
pub fn customer_of_resource(resource: ResourceId, customer: AccountId) -> Key {
    Key::new(resource_partition(resource), account_partition(customer))
}
