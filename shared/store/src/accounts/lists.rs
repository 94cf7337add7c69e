//! The vendor's list of accounts.

use tsunagu_domain::{ids::OrgId, time::Instant, vendor::ExternalId};

use super::{AccountOnRecord, organization_is_missing};
use crate::{
    Page, Place, Store,
    error::StoreError,
    items::AccountItem,
    keys::{self, prefix},
    query::{Index, Query},
};

impl Store {
    /// A page of the accounts of an organization, by account id.
    pub async fn accounts_of_organization(
        &self,
        org_id: OrgId,
        after: Option<Place>,
        limit: usize,
        now: Instant,
    ) -> Result<Page<AccountOnRecord>, StoreError> {
        let partition = keys::organization_partition(org_id);
        let query = Query::prefix(partition, prefix::ACCOUNTS).on(Index::Gsi1);
        let page = self.accounts_found(query.after(after).limit(limit)).await?;
        self.with_organizations(page, now).await
    }

    /// A page of the accounts under one of the vendor's numbers, by account id; of one organization
    /// alone where one is named.
    pub async fn accounts_of_external_id(
        &self,
        external_id: &ExternalId,
        org_id: Option<OrgId>,
        after: Option<Place>,
        limit: usize,
        now: Instant,
    ) -> Result<Page<AccountOnRecord>, StoreError> {
        let partition = keys::external_id_partition(external_id);
        let query = Query::prefix(partition, prefix::ACCOUNTS).on(Index::Gsi2);
        let mut page = self.accounts_found(query.after(after).limit(limit)).await?;
        page.items.retain(|item| {
            let account = &item.account;
            // The number may have changed since the index was written.
            account.external_id.as_ref() == Some(external_id)
                && org_id.is_none_or(|org_id| org_id == account.org_id)
        });
        self.with_organizations(page, now).await
    }

    /// What an index found, read again from the table.
    pub(crate) async fn accounts_found(
        &self,
        query: Query,
    ) -> Result<Page<AccountItem>, StoreError> {
        let page = self.table.query::<AccountItem>(query).await?;
        let wanted: Vec<_> =
            page.items.iter().map(|item| keys::account(item.account.account_id)).collect();
        let mut found = self.table.batch_get(&wanted).await?;
        let items = wanted.iter().map(|key| found.take(key)).collect::<Result<Vec<_>, _>>()?;
        Ok(Page { items: items.into_iter().flatten().collect(), next: page.next })
    }

    async fn with_organizations(
        &self,
        page: Page<AccountItem>,
        now: Instant,
    ) -> Result<Page<AccountOnRecord>, StoreError> {
        let orgs = page.items.iter().map(|item| item.account.org_id);
        let organizations = self.organizations(orgs).await?;
        let on_record = |item: AccountItem| {
            let organization = organizations
                .iter()
                .find(|known| known.organization.org_id == item.account.org_id)
                .ok_or_else(organization_is_missing)?;
            let organization = organization.organization.clone();
            Ok(AccountOnRecord::new(item.account, organization, now))
        };
        let items = page.items.into_iter().map(on_record).collect::<Result<_, StoreError>>()?;
        Ok(Page { items, next: page.next })
    }
}
