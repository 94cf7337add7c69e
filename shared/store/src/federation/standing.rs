//! Who is federated to a domain, as far as it still stands, and what is left over of others.

use tsunagu_domain::ids::AccountId;

use crate::{
    Store,
    condition::{Condition, Update},
    error::StoreError,
    item::Item,
    items::{CustomerItem, DomainItem, FederatedCustomerItem},
    keys::{self, Key},
    query::Query,
    transaction::Transaction,
};

/// How many leftovers one transaction cleans away: each is three actions with its mirror.
const AT_ONCE: usize = 40;

/// A customer that is federated to a domain, in the present episode of its connection.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) federated: FederatedCustomerItem,
    pub(super) connection: CustomerItem,
}

/// All who were ever added to a domain and not removed.
#[derive(Debug, Default)]
pub(super) struct Federated {
    pub(super) standing: Vec<Standing>,
    /// Those of an episode that is over: they count as absent.
    pub(super) gone: Vec<FederatedCustomerItem>,
}

impl Store {
    pub(super) async fn federated_to_domain(
        &self,
        domain: &DomainItem,
    ) -> Result<Federated, StoreError> {
        self.sorted(self.federated_to(domain).await?).await
    }

    /// All customers that were added to a domain, whatever became of their connections since.
    pub(crate) async fn federated_to(
        &self,
        domain: &DomainItem,
    ) -> Result<Vec<FederatedCustomerItem>, StoreError> {
        let partition = keys::account_partition(domain.provider);
        let prefix = keys::federated_customers(domain.domain_id);
        self.table.query_all(Query::prefix(partition, prefix)).await
    }

    /// Tells those that stand from those of an episode that is over.
    pub(super) async fn sorted(
        &self,
        items: Vec<FederatedCustomerItem>,
    ) -> Result<Federated, StoreError> {
        let key = |item: &FederatedCustomerItem| keys::customer(item.provider, item.customer);
        let wanted: Vec<_> = items.iter().map(key).collect();
        let mut found = self.table.batch_get(&wanted).await?;
        let mut all = Federated::default();
        for (federated, key) in items.into_iter().zip(&wanted) {
            let connection = found.take::<CustomerItem>(key)?;
            match connection.filter(|connection| connection.episode == federated.episode) {
                Some(connection) => all.standing.push(Standing { federated, connection }),
                None => all.gone.push(federated),
            }
        }
        Ok(all)
    }

    /// Takes entries out of a domain that count as absent anyway. Where one was changed meanwhile it
    /// stays for the next who meets it.
    pub(super) async fn clean(
        &self,
        domain: &DomainItem,
        gone: &[FederatedCustomerItem],
    ) -> Result<(), StoreError> {
        for some in gone.chunks(AT_ONCE) {
            let mut transaction = Transaction::default();
            for item in some {
                transaction.remove_federated(item)?;
            }
            // No more than `AT_ONCE`.
            let number = i64::try_from(some.len()).unwrap_or_default();
            transaction.count_customers(domain.key(), -number, &Condition::present());
            // Either way the caller looks again.
            let _ = self.table.transact(transaction).await?;
        }
        Ok(())
    }
}

impl Transaction {
    /// Takes a customer out of a domain on both sides, provided that it is the entry that was read.
    fn remove_federated(&mut self, item: &FederatedCustomerItem) -> Result<(), StoreError> {
        let same = Condition::present().and_equals("federationId", item.federation_id)?;
        self.delete(item.key(), &same);
        let mirror = keys::federated_domain(item.customer, item.domain_id);
        self.delete(mirror, &Condition::none());
        Ok(())
    }

    /// Takes one customer out of a domain, provided that it is the entry that was read, and counts it.
    pub(crate) fn take_out(&mut self, item: &FederatedCustomerItem) -> Result<(), StoreError> {
        self.remove_federated(item)?;
        let domain = keys::domain(item.provider, item.domain_id);
        self.count_customers(domain, -1, &Condition::present());
        Ok(())
    }

    /// Counts customers that come to a domain or leave it, and makes whoever checks members look again.
    pub(super) fn count_customers(&mut self, domain: Key, by: i64, on: &Condition) {
        let update = Update::default().add_if("customers", by).add("membersRev", 1);
        self.update(domain, update, on);
    }
}

/// Whether an entry of this episode of a customer stands.
pub(super) fn stands(connection: Option<&CustomerItem>, customer: AccountId, episode: u32) -> bool {
    connection.is_some_and(|item| item.customer == customer && item.episode == episode)
}
