//! What a session may open: apps and desktops of its provider, as far as they are its customers' in the
//! present episode of their connections.

use std::collections::{BTreeMap, BTreeSet};

use tsunagu_domain::{
    federation::resource::Resource,
    ids::{AccountId, ResourceId},
    time::Instant,
};

use super::sessions::OpenSession;
use crate::{
    Store,
    error::StoreError,
    items::{Grant, Names, ResourceCustomerItem, ResourceItem},
    keys,
    query::Query,
};

/// How many apps are read for each that is wanted, at most: at usual sizes less than one is alone.
const READ_FOR_ONE: usize = 4;

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
    /// Since when it may be.
    pub allowed_at: Instant,
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
        let wanted: BTreeSet<_> = allowed.iter().map(|(id, _)| *id).collect();
        let found = self.resources_with(session.provider(), &wanted).await?;
        let mut available = Vec::new();
        for (id, granted) in allowed {
            let Some(resource) = found.get(&id).cloned() else { continue };
            let customer = granted.grant.customer;
            let names = granted.names.clone();
            available.push(AvailableResource { resource, customer, names });
        }
        Ok(available)
    }

    /// A provider's apps and desktops of these ids, as far as they are there. One query over where they
    /// lie reads what is between them as well and costs a tenth of reading each; those that lie far from
    /// the others are read one by one.
    async fn resources_with(
        &self,
        provider: AccountId,
        ids: &BTreeSet<ResourceId>,
    ) -> Result<BTreeMap<ResourceId, Resource>, StoreError> {
        let key = |id: &ResourceId| keys::resource(provider, *id);
        let (Some(first), Some(last)) = (ids.first(), ids.last()) else {
            return Ok(BTreeMap::new());
        };
        let partition = keys::account_partition(provider);
        let between = Query::between(partition, key(first).sk, key(last).sk);
        let together = between.limit(ids.len() * READ_FOR_ONE);
        let page = self.table.query::<ResourceItem>(together).await?;
        let mut items = page.items;
        if let Some(reached) = page.next {
            let beyond: Vec<_> = ids.iter().map(key).filter(|key| key.sk > reached.sk).collect();
            items.extend(self.table.batch_get(&beyond).await?.take_all::<ResourceItem>(beyond)?);
        }
        let found = items.into_iter().map(|item| (item.resource.resource_id, item.resource));
        Ok(found.filter(|(id, _)| ids.contains(id)).collect())
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
            allowed.extend(item.filter(|item| is_of(item, grant)));
        }
        let item = found.take::<ResourceItem>(&of_resource)?;
        Ok(match (item, allowed.as_slice()) {
            (None, _) | (_, []) => Err(NotLaunchable::Unknown),
            (Some(item), [allowed]) => Ok(LaunchableResource {
                resource: item.resource,
                customer: allowed.customer,
                allowed_at: allowed.added_at,
            }),
            _ => Err(NotLaunchable::SeveralCustomers),
        })
    }
}

/// Whether it was allowed to the customer in the episode in which the session is.
fn is_of(item: &ResourceCustomerItem, grant: &Grant) -> bool {
    item.customer == grant.customer && item.episode == grant.episode
}
