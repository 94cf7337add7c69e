//! What a session may open: apps and desktops of its provider, as far as they are its customers' in the
//! present episode of their connections.

use tsunagu_domain::{
    federation::resource::Resource,
    ids::{AccountId, ResourceId},
};

use super::sessions::OpenSession;
use crate::{
    Store,
    error::StoreError,
    items::{Grant, Names, ResourceCustomerItem, ResourceItem},
    keys,
    query::Query,
};

/// An app or a desktop that a session may open for one of its customers.
#[derive(Clone, Debug)]
pub struct AvailableResource {
    /// The app or desktop.
    pub resource: Resource,
    /// For whom it is opened.
    pub customer: AccountId,
    /// That customer's names.
    pub names: Names,
}

/// An app or a desktop that a session is about to open.
#[derive(Clone, Debug)]
pub struct LaunchableResource {
    /// The app or desktop.
    pub resource: Resource,
    /// For whom it is opened.
    pub customer: AccountId,
}

/// Why a session may not open something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotLaunchable {
    /// There is no such thing for it.
    Unknown,
    /// It is there for several of its customers, and none was named.
    SeveralCustomers,
}

impl Store {
    /// What a session may open, by customer.
    pub async fn session_resources(
        &self,
        session: &OpenSession,
    ) -> Result<Vec<AvailableResource>, StoreError> {
        let mut allowed = Vec::new();
        for granted in &session.granted {
            let grant = &granted.grant;
            let partition = keys::account_partition(session.provider());
            let query = Query::prefix(partition, keys::resources_of_customer(grant.customer));
            let items = self.table.query_all::<ResourceCustomerItem>(query).await?;
            let items = items.into_iter().filter(|item| is_of(item, grant));
            allowed.extend(items.map(|item| (item.resource_id, granted)));
        }
        let key = |id: ResourceId| keys::resource(session.provider(), id);
        let mut wanted: Vec<_> = allowed.iter().map(|(id, _)| key(*id)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let found = self.table.batch_get(&wanted).await?;
        let mut available = Vec::new();
        for (id, granted) in allowed {
            let Some(item) = found.get::<ResourceItem>(&key(id))? else { continue };
            let customer = granted.grant.customer;
            let names = granted.names.clone();
            available.push(AvailableResource { resource: item.resource, customer, names });
        }
        Ok(available)
    }

    /// Something that a session may open, for the customer that was named or the only one there is.
    pub async fn launchable_resource(
        &self,
        session: &OpenSession,
        resource: ResourceId,
        named: Option<AccountId>,
    ) -> Result<Result<LaunchableResource, NotLaunchable>, StoreError> {
        let customers = session.granted.iter().map(|granted| &granted.grant);
        let customers = customers.filter(|grant| named.is_none_or(|named| named == grant.customer));
        let customers: Vec<&Grant> = customers.collect();
        let provider = session.provider();
        let key = |grant: &&Grant| keys::resource_customer(provider, grant.customer, resource);
        let of_resource = keys::resource(provider, resource);
        let wanted: Vec<_> = customers.iter().map(key).chain([of_resource.clone()]).collect();
        let mut found = self.table.batch_get(&wanted).await?;
        let mut allowed = Vec::new();
        for (grant, key) in customers.into_iter().zip(&wanted) {
            let item = found.take::<ResourceCustomerItem>(key)?;
            allowed.extend(item.filter(|item| is_of(item, grant)).map(|item| item.customer));
        }
        let item = found.take::<ResourceItem>(&of_resource)?;
        Ok(match (item, allowed.as_slice()) {
            (None, _) | (_, []) => Err(NotLaunchable::Unknown),
            (Some(item), [customer]) => {
                Ok(LaunchableResource { resource: item.resource, customer: *customer })
            }
            _ => Err(NotLaunchable::SeveralCustomers),
        })
    }
}

/// Whether it was allowed to the customer in the episode in which the session is.
fn is_of(item: &ResourceCustomerItem, grant: &Grant) -> bool {
    item.customer == grant.customer && item.episode == grant.episode
}
