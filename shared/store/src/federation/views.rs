//! What a customer sees of its providers' domains, and names for those who are counted.

use std::collections::{BTreeMap, HashMap};

use tsunagu_domain::{ids::AccountId, text::DisplayName};

use crate::{
    Acting, Page, Place, Store,
    error::StoreError,
    items::{AccountItem, CustomerItem, FederatedDomainItem, PartnerItem},
    keys::{self, prefix},
};

/// A domain that is federated to an account, with the name of its provider.
#[derive(Clone, Debug)]
pub struct FederatedDomain {
    /// The entry.
    pub item: FederatedDomainItem,
    /// The name that the provider gives itself.
    pub provider_name: DisplayName,
}

impl Store {
    /// A page of the domains that are federated to an account, as far as they stand.
    pub async fn federated_domains(
        &self,
        customer: &Acting,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<FederatedDomain>, StoreError> {
        let page = self
            .list::<FederatedDomainItem>(customer, prefix::FEDERATED_DOMAINS, after, Some(limit))
            .await?;
        let standing = self.standing_domains(page.items).await?;
        let names = self.names_of(standing.iter().map(|item| item.provider)).await?;
        let shown = standing.into_iter().filter_map(|item| {
            let provider_name = names.get(&item.provider)?.clone();
            Some(FederatedDomain { item, provider_name })
        });
        Ok(Page { items: shown.collect(), next: page.next })
    }

    /// Those of a customer's federated domains that are of the present episode.
    pub(super) async fn standing_domains(
        &self,
        mut items: Vec<FederatedDomainItem>,
    ) -> Result<Vec<FederatedDomainItem>, StoreError> {
        let key = |item: &FederatedDomainItem| keys::partner(item.customer, item.provider);
        let mut wanted: Vec<_> = items.iter().map(key).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut found = self.table.batch_get(&wanted).await?;
        let mut episodes = HashMap::new();
        for partner in found.take_all::<PartnerItem>(wanted)? {
            episodes.insert(partner.partner, partner.episode);
        }
        items.retain(|item| episodes.get(&item.provider) == Some(&item.episode));
        Ok(items)
    }

    /// The names that accounts give themselves, of those that the caller is connected to.
    pub async fn names_of(
        &self,
        accounts: impl IntoIterator<Item = AccountId>,
    ) -> Result<BTreeMap<AccountId, DisplayName>, StoreError> {
        let mut wanted: Vec<_> = accounts.into_iter().map(keys::account).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let accounts = self.table.batch_get(&wanted).await?.take_all::<AccountItem>(wanted)?;
        let named = |item: AccountItem| (item.account.account_id, item.account.display_name);
        Ok(accounts.into_iter().map(named).collect())
    }

    /// The names of connected customers, as the provider is shown them.
    pub async fn customer_names(
        &self,
        provider: &Acting,
        customers: impl IntoIterator<Item = AccountId>,
    ) -> Result<BTreeMap<AccountId, DisplayName>, StoreError> {
        let key = |customer| keys::customer(provider.account_id(), customer);
        let wanted: Vec<_> = customers.into_iter().map(key).collect();
        let found = self.table.batch_get(&wanted).await?.take_all::<CustomerItem>(wanted)?;
        Ok(found.into_iter().map(|item| (item.customer, item.names.display_name)).collect())
    }
}
