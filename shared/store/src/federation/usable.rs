//! Who may use which apps and desktops.

use std::collections::BTreeSet;

use tsunagu_domain::{
    audit::Action,
    ids::{AccountId, ResourceId},
    share::{Share, part},
    time::Instant,
};

use super::{FederationRefusal, Written, refuse, standing::stands};
use crate::{
    Acting, Page, Place, Shared, Stated, Store,
    audit::{Event, change},
    condition::Condition,
    error::StoreError,
    item::Item,
    items::{CustomerItem, Names, ResourceCustomerItem},
    keys,
    query::{Index, Query},
    settle::{Attempt, until_settled},
    transaction::Transaction,
};

/// How many changes one transaction makes where all of a customer's are set at once: each is two
/// actions at most.
const AT_ONCE: usize = 45;

/// A customer that may use an app or a desktop, with its names.
#[derive(Clone, Debug)]
pub struct ResourceCustomer {
    /// The entry.
    pub item: ResourceCustomerItem,
    /// The customer's names.
    pub names: Names,
}

/// What is to be different of what a customer may use.
#[derive(Default)]
struct Difference {
    allowed: Vec<ResourceId>,
    withdrawn: Vec<ResourceId>,
}

impl Store {
    /// A page of the customers that may use an app or a desktop; `None` where the provider has none
    /// such. One that is suspended is not seen.
    pub async fn resource_customers(
        &self,
        provider: &Acting,
        resource: ResourceId,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Option<Page<ResourceCustomer>>, StoreError> {
        if self.resource(provider, resource).await?.is_none() {
            return Ok(None);
        }
        let query = Query::whole(keys::resource_partition(resource)).on(Index::Gsi1);
        let query = query.after(after).limit(limit);
        let page = self.table.query::<ResourceCustomerItem>(query).await?;
        // The index may lag behind: what it found is read again with the connections.
        let provider = provider.account_id();
        let keys_of =
            |item: &ResourceCustomerItem| [item.key(), keys::customer(provider, item.customer)];
        let wanted: Vec<_> = page.items.iter().flat_map(keys_of).collect();
        let mut found = self.table.batch_get(&wanted).await?;
        let mut items = Vec::new();
        for pair in wanted.chunks_exact(2) {
            let item = found.take::<ResourceCustomerItem>(&pair[0])?;
            let connection = found.take::<CustomerItem>(&pair[1])?;
            let seen = connection.filter(|connection| !connection.suspended);
            if let Some((item, connection)) = item.zip(seen)
                && stands(Some(&connection), item.customer, item.episode)
            {
                items.push(ResourceCustomer { item, names: connection.names });
            }
        }
        Ok(Some(Page { items, next: page.next }))
    }

    /// Lets a customer use an app or a desktop.
    pub async fn allow_resource(
        &self,
        provider: &Acting,
        customer: &Shared<'_, part::Federation>,
        resource: ResourceId,
        now: Instant,
    ) -> Written<Stated<ResourceCustomer>> {
        let customer = customer.customer_id();
        until_settled(async || {
            let connection = self.sharing_customer(provider, customer).await?;
            if self.resource(provider, resource).await?.is_none() {
                return refuse(FederationRefusal::Unknown);
            }
            let key = keys::resource_customer(provider.account_id(), customer, resource);
            let before = self.table.get::<ResourceCustomerItem>(key).await?;
            let before = before.filter(|item| stands(Some(&connection), customer, item.episode));
            let is_new = before.is_none();
            let item = before.unwrap_or_else(|| allowed(&connection, resource, now));
            let names = connection.names.clone();
            let done = Stated { value: ResourceCustomer { item: item.clone(), names }, is_new };
            if !is_new {
                return Ok(Attempt::Done(done));
            }
            let difference = Difference { allowed: vec![resource], withdrawn: Vec::new() };
            let transaction = difference.transaction(provider, &connection, now)?;
            Ok(self.table.transact(transaction).await?.or_stale(done))
        })
        .await
    }

    /// Lets a customer no longer use an app or a desktop.
    pub async fn withdraw_resource(
        &self,
        provider: &Acting,
        customer: &Shared<'_, part::Federation>,
        resource: ResourceId,
        now: Instant,
    ) -> Written<()> {
        let customer = customer.customer_id();
        until_settled(async || {
            let connection = self.sharing_customer(provider, customer).await?;
            let key = keys::resource_customer(provider.account_id(), customer, resource);
            let before = self.table.get::<ResourceCustomerItem>(key).await?;
            let known = before.filter(|item| stands(Some(&connection), customer, item.episode));
            if known.is_none() || self.resource(provider, resource).await?.is_none() {
                return refuse(FederationRefusal::Unknown);
            }
            let difference = Difference { withdrawn: vec![resource], ..Difference::default() };
            let transaction = difference.transaction(provider, &connection, now)?;
            Ok(self.table.transact(transaction).await?.or_stale(()))
        })
        .await
    }

    /// Lets a customer use these apps and desktops, and no others. A few at a time where there are
    /// many: who asks again after a failure gets the rest.
    pub async fn set_resources(
        &self,
        provider: &Acting,
        customer: &Shared<'_, part::Federation>,
        resources: &[ResourceId],
        now: Instant,
    ) -> Written<()> {
        let customer = customer.customer_id();
        loop {
            let is_all = until_settled(async || {
                let connection = self.sharing_customer(provider, customer).await?;
                let difference = self.difference(provider, &connection, resources).await?;
                if difference.is_empty() {
                    return Ok(Attempt::Done(true));
                }
                let (some, is_all) = difference.first();
                let transaction = some.transaction(provider, &connection, now)?;
                Ok(self.table.transact(transaction).await?.or_stale(is_all))
            })
            .await?;
            if is_all {
                return Ok(());
            }
        }
    }

    async fn sharing_customer(
        &self,
        provider: &Acting,
        customer: AccountId,
    ) -> Written<CustomerItem> {
        let key = keys::customer(provider.account_id(), customer);
        let connection = self.table.get::<CustomerItem>(key).await?;
        CustomerItem::still_sharing(connection, Share::Federation).or_else(refuse)
    }

    /// What is to be allowed and withdrawn. A foreign app is an unknown one (T14).
    async fn difference(
        &self,
        provider: &Acting,
        connection: &CustomerItem,
        wanted: &[ResourceId],
    ) -> Written<Difference> {
        let id = provider.account_id();
        let keys: Vec<_> = wanted.iter().map(|one| keys::resource(id, *one)).collect();
        let found = self.table.batch_get(&keys).await?;
        let unknown = keys.iter().enumerate().filter(|(_, key)| !found.has(key));
        let unknown: Vec<_> = unknown.map(|(place, _)| place).collect();
        if !unknown.is_empty() {
            return refuse(FederationRefusal::UnknownResources(unknown));
        }
        let prefix = keys::resources_of_customer(connection.customer);
        let query = Query::prefix(keys::account_partition(id), prefix);
        let present = self.table.query_all::<ResourceCustomerItem>(query).await?;
        let (standing, over): (Vec<_>, Vec<_>) =
            present.into_iter().partition(|item| item.episode == connection.episode);
        let standing: BTreeSet<_> = standing.iter().map(|item| item.resource_id).collect();
        let wanted: BTreeSet<_> = wanted.iter().copied().collect();
        // What is left over of another episode counts as absent, and goes unless it comes again.
        let over = over.iter().map(|item| item.resource_id).filter(|one| !wanted.contains(one));
        Ok(Difference {
            allowed: wanted.difference(&standing).copied().collect(),
            withdrawn: standing.difference(&wanted).copied().chain(over).collect(),
        })
    }

    /// Takes away what said who may use an app or a desktop that is gone. What is missed says nothing:
    /// ids are never used again.
    pub(super) async fn forget_users_of(
        &self,
        provider: &Acting,
        resource: ResourceId,
    ) -> Result<(), StoreError> {
        let query = Query::whole(keys::resource_partition(resource)).on(Index::Gsi1);
        let items = self.table.query_all::<ResourceCustomerItem>(query).await?;
        let own = items.iter().filter(|item| item.provider == provider.account_id());
        let own: Vec<_> = own.collect();
        for some in own.chunks(2 * AT_ONCE) {
            let mut transaction = Transaction::default();
            for item in some {
                transaction.delete(item.key(), &Condition::none());
            }
            let _ = self.table.transact(transaction).await?;
        }
        Ok(())
    }
}

fn allowed(connection: &CustomerItem, resource: ResourceId, now: Instant) -> ResourceCustomerItem {
    ResourceCustomerItem {
        provider: connection.partner,
        resource_id: resource,
        customer: connection.customer,
        episode: connection.episode,
        added_at: now,
    }
}

impl Difference {
    fn is_empty(&self) -> bool {
        self.allowed.is_empty() && self.withdrawn.is_empty()
    }

    /// What fits into one transaction, and whether that is all.
    fn first(mut self) -> (Self, bool) {
        let is_all = self.allowed.len() + self.withdrawn.len() <= AT_ONCE;
        self.withdrawn.truncate(AT_ONCE);
        self.allowed.truncate(AT_ONCE - self.withdrawn.len());
        (self, is_all)
    }

    fn transaction(
        &self,
        provider: &Acting,
        connection: &CustomerItem,
        now: Instant,
    ) -> Result<Transaction, StoreError> {
        let mut transaction = Transaction::default();
        let id = provider.account_id();
        for resource in &self.allowed {
            transaction.put(&allowed(connection, *resource, now), &Condition::none())?;
            transaction.check(keys::resource(id, *resource), &Condition::present());
        }
        for resource in &self.withdrawn {
            let key = keys::resource_customer(id, connection.customer, *resource);
            transaction.delete(key, &Condition::none());
        }
        transaction.hold(connection)?;
        let listed = |ids: &[ResourceId]| {
            let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
            (!ids.is_empty()).then(|| ids.join(" "))
        };
        let change = change("resources", listed(&self.withdrawn), listed(&self.allowed));
        let action = Action::CustomerResourcesChanged;
        let event = Event::new(now, action, "account", connection.customer).with([change]);
        transaction.audit_pair(provider, connection.customer, &event)?;
        Ok(transaction)
    }
}
