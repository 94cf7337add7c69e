//! Customers whose users may sign in with a domain's credentials (P19).

use tsunagu_domain::{
    audit::Action,
    connection::{Pair, Role},
    federation::members::Members,
    ids::{AccountId, DomainId, FederationId},
    share::{Share, part},
    time::Instant,
};

use super::{FederationRefusal, Written, domains::event, refuse, standing::Standing};
use crate::{
    Acting, Page, Place, Shared, Stated, Store,
    audit::{Event, change},
    condition::Condition,
    error::StoreError,
    item::Item,
    items::{CustomerItem, DomainItem, FederatedCustomerItem, FederatedDomainItem, Names},
    keys,
    query::Query,
    settle::{Attempt, until_settled},
    transaction::Transaction,
};

/// A customer of a domain, with its names.
#[derive(Clone, Debug)]
pub struct FederatedCustomer {
    /// The entry.
    pub item: FederatedCustomerItem,
    /// The customer's names.
    pub names: Names,
}

impl From<Standing> for FederatedCustomer {
    fn from(standing: Standing) -> Self {
        Self { item: standing.federated, names: standing.connection.names }
    }
}

impl Store {
    /// A page of the customers of a domain; `None` where the provider has no such domain. One that is
    /// suspended is not seen.
    pub async fn federated_customers(
        &self,
        provider: &Acting,
        domain: DomainId,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Option<Page<FederatedCustomer>>, StoreError> {
        if self.domain(provider, domain).await?.is_none() {
            return Ok(None);
        }
        let partition = keys::account_partition(provider.account_id());
        let query = Query::prefix(partition, keys::federated_customers(domain));
        let page = self.table.query(query.after(after).limit(limit)).await?;
        let standing = self.sorted(page.items).await?.standing.into_iter();
        let seen = standing.filter(|standing| !standing.connection.suspended);
        Ok(Some(Page { items: seen.map(FederatedCustomer::from).collect(), next: page.next }))
    }

    /// One customer of a domain.
    pub async fn federated_customer(
        &self,
        customer: &Shared<'_, part::Federation>,
        domain: DomainId,
    ) -> Result<Option<FederatedCustomer>, StoreError> {
        let (provider, customer) = (customer.partner_id(), customer.customer_id());
        let key = keys::federated_customer(provider, domain, customer);
        let item = self.table.get::<FederatedCustomerItem>(key).await?;
        let standing = self.sorted(item.into_iter().collect()).await?.standing.pop();
        Ok(standing.map(FederatedCustomer::from))
    }

    /// Adds a customer to a domain, or changes which of its users are the customer's. Nobody can be of
    /// two of its customers (T23): that is checked against all of them, and none can come or change
    /// meanwhile.
    pub async fn put_federated_customer(
        &self,
        provider: &Acting,
        customer: &Shared<'_, part::Federation>,
        domain: DomainId,
        members: &Members,
        seen: Option<FederationId>,
        now: Instant,
    ) -> Written<Stated<FederatedCustomer>> {
        let customer = customer.customer_id();
        let putting = Putting { provider, customer, members, seen, now };
        Box::pin(until_settled(async || {
            let domain = self.domain_as_seen(provider, domain, None).await?;
            let key = keys::customer(domain.provider, customer);
            let connection = self.table.get::<CustomerItem>(key).await?;
            let connection = CustomerItem::still_sharing(connection, Share::Federation);
            let connection = connection.or_else(refuse)?;
            let federated = self.federated_to_domain(&domain).await?;
            if !federated.gone.is_empty() {
                self.clean(&domain, &federated.gone).await?;
                return Ok(Attempt::Stale);
            }
            let (own, others) = putting.sort(federated.standing);
            let item = putting.decide(&domain, &connection, own.as_ref(), &others)?;
            let is_new = own.is_none();
            let same = own.as_ref().is_some_and(|own| own.federation_id == item.federation_id);
            let names = connection.names.clone();
            let done = Stated { value: FederatedCustomer { item: item.clone(), names }, is_new };
            if same {
                return Ok(Attempt::Done(done));
            }
            let transaction = putting.transaction(&domain, &connection, &item, own.as_ref())?;
            Ok(self.table.transact(transaction).await?.or_stale(done))
        }))
        .await
    }

    /// Takes a customer out of a domain: its users are refused from the next request on.
    pub async fn remove_federated_customer(
        &self,
        provider: &Acting,
        customer: &Shared<'_, part::Federation>,
        domain: DomainId,
        seen: Option<FederationId>,
        now: Instant,
    ) -> Written<()> {
        until_settled(async || {
            self.domain_as_seen(provider, domain, None).await?;
            let Some(FederatedCustomer { item, .. }) =
                self.federated_customer(customer, domain).await?
            else {
                return refuse(FederationRefusal::Unknown);
            };
            if seen.is_some_and(|seen| seen != item.federation_id) {
                return refuse(FederationRefusal::Changed);
            }
            let mut transaction = Transaction::default();
            transaction.take_out(&item)?;
            transaction.tell_removed(provider, &item, now)?;
            Ok(self.table.transact(transaction).await?.or_stale(()))
        })
        .await
    }
}

/// A customer of a domain on its way.
struct Putting<'a> {
    provider: &'a Acting,
    customer: AccountId,
    members: &'a Members,
    seen: Option<FederationId>,
    now: Instant,
}

impl Putting<'_> {
    /// The customer's own entry, and those of the others.
    fn sort(
        &self,
        standing: Vec<Standing>,
    ) -> (Option<FederatedCustomerItem>, Vec<FederatedCustomerItem>) {
        let items = standing.into_iter().map(|standing| standing.federated);
        let (mut own, others): (Vec<_>, Vec<_>) =
            items.partition(|item| item.customer == self.customer);
        (own.pop(), others)
    }

    fn decide(
        &self,
        domain: &DomainItem,
        connection: &CustomerItem,
        own: Option<&FederatedCustomerItem>,
        others: &[FederatedCustomerItem],
    ) -> Written<FederatedCustomerItem> {
        if self.seen.is_some() && self.seen != own.map(|own| own.federation_id) {
            return refuse(FederationRefusal::Changed);
        }
        if let Some(own) = own.filter(|own| own.members == *self.members) {
            return Ok(own.clone());
        }
        if others.iter().any(|other| other.members.overlaps(self.members)) {
            return refuse(FederationRefusal::MembersOverlap);
        }
        if own.is_none() && others.len() >= Members::MAX_CUSTOMERS {
            return refuse(FederationRefusal::TooManyCustomers);
        }
        Ok(FederatedCustomerItem {
            provider: domain.provider,
            domain_id: domain.domain_id,
            customer: self.customer,
            federation_id: FederationId::mint(self.now),
            episode: connection.episode,
            members: self.members.clone(),
            added_at: own.map_or(self.now, |own| own.added_at),
        })
    }

    fn transaction(
        &self,
        domain: &DomainItem,
        connection: &CustomerItem,
        item: &FederatedCustomerItem,
        own: Option<&FederatedCustomerItem>,
    ) -> Result<Transaction, StoreError> {
        let mut transaction = Transaction::default();
        let is_new = own.is_none();
        // Nobody else came, changed or left since all were looked at: the own entry included.
        let all_seen = Condition::present().and_equals("membersRev", domain.members_rev)?;
        transaction.count_customers(domain.key(), is_new.into(), &all_seen);
        transaction.put(item, &Condition::none())?;
        let mirror = FederatedDomainItem {
            customer: item.customer,
            provider: item.provider,
            domain_id: item.domain_id,
            name: domain.name.clone(),
            episode: item.episode,
            added_at: item.added_at,
        };
        transaction.put(&mirror, &Condition::none())?;
        transaction.hold(connection)?;
        let action =
            if is_new { Action::FederatedCustomerAdded } else { Action::FederatedCustomerChanged };
        let members = own.map(|own| &own.members);
        let members = change("members", members, Some(&item.members));
        let event = event(action, domain.domain_id, self.now).with([members]);
        transaction.audit_pair(self.provider, self.customer, &event)?;
        Ok(transaction)
    }
}

impl Transaction {
    /// Tells that a customer is in a domain no more.
    pub(super) fn tell_removed(
        &mut self,
        provider: &Acting,
        item: &FederatedCustomerItem,
        now: Instant,
    ) -> Result<(), StoreError> {
        let members = change("members", Some(&item.members), None::<Members>);
        let event = event(Action::FederatedCustomerRemoved, item.domain_id, now).with([members]);
        self.audit_pair(provider, item.customer, &event)
    }

    /// Writes what a provider did for a customer into the trails of both.
    pub(super) fn audit_pair(
        &mut self,
        provider: &Acting,
        customer: AccountId,
        event: &Event,
    ) -> Result<(), StoreError> {
        let pair = Pair { partner: provider.account_id(), customer };
        self.audit_both(pair, Role::Partner, provider.actor(), event)
    }
}
