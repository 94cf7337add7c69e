//! The copies of a customer's names and suspension that its partners keep.

use futures::{StreamExt, TryStreamExt, stream};
use tsunagu_domain::{account::AccountStatus, ids::AccountId};

use super::{account_is_gone, organization_is_missing};
use crate::{
    Place, Store,
    condition::{Condition, Update},
    error::StoreError,
    items::{
        AccountItem, CustomerItem, CustomerLicensesItem, Names, OrganizationItem, PartnerItem,
    },
    keys::{self, Key, prefix},
    query::Query,
};

/// How many partners are looked at together.
const PAGE: usize = 50;
/// How many copies are written at once.
const AT_ONCE: usize = 16;

/// What partners keep of a customer.
struct Copy {
    customer: AccountId,
    names: Names,
    suspended: bool,
    rev: u64,
}

impl Copy {
    fn new(account: &AccountItem, organization: &OrganizationItem) -> Self {
        Self {
            customer: account.account.account_id,
            names: Names::of(account, organization),
            suspended: account.account.status == AccountStatus::Suspended,
            rev: account.rev,
        }
    }
}

impl Store {
    /// Brings the copies at all active partners up to the account as it stands; gives its
    /// organization, which was read for it.
    ///
    /// May be done again at any time, at once with itself too: a copy carries the `rev` of the
    /// account that it was made from, and an older one never overwrites a newer one. The
    /// organization is read after the account: whoever renames it raises the `rev` of its accounts
    /// afterwards, so a name that was read too early is always overwritten by that rename's copy.
    pub(crate) async fn copy_to_partners(
        &self,
        customer: AccountId,
    ) -> Result<OrganizationItem, StoreError> {
        let (copy, organization) = self.copy_of(customer).await?.ok_or_else(account_is_gone)?;
        let mut after = None;
        loop {
            let partition = keys::account_partition(customer);
            let query = Query::prefix(partition, prefix::PARTNERS).after(after);
            let page = self.table.query::<PartnerItem>(query).await?;
            stream::iter(page.items.into_iter().map(|item| self.copy_to(&copy, item.partner)))
                .buffer_unordered(AT_ONCE)
                .try_collect::<()>()
                .await?;
            after = page.next;
            if after.is_none() {
                return Ok(organization);
            }
        }
    }

    /// Does the same behind the call, for a page of partners, where that died on its way: writes only
    /// where a copy is older. Gives the place behind them.
    pub(crate) async fn mend_copies(
        &self,
        customer: AccountId,
        after: Option<Place>,
    ) -> Result<Option<Place>, StoreError> {
        // Deleted behind the record that led here: its connections have ended, and nothing is copied.
        let Some((copy, _)) = self.copy_of(customer).await? else { return Ok(None) };
        let query = Query::prefix(keys::account_partition(customer), prefix::PARTNERS);
        let page = self.table.query::<PartnerItem>(query.after(after).limit(PAGE)).await?;
        let partners: Vec<_> = page.items.iter().map(|item| item.partner).collect();
        let keys = partners.iter().flat_map(|partner| {
            [keys::customer(*partner, customer), keys::customer_licenses(*partner, customer)]
        });
        let keys: Vec<_> = keys.collect();
        let mut found = self.table.batch_get(&keys).await?;
        let mut older = Vec::new();
        for (partner, pair) in partners.iter().zip(keys.chunks_exact(2)) {
            let shown = found.take::<CustomerItem>(&pair[0])?.map(|item| item.copied_rev);
            let licenses = found.take::<CustomerLicensesItem>(&pair[1])?;
            let licenses = licenses.map(|item| item.copied_rev);
            if [shown, licenses].into_iter().flatten().any(|rev| rev < copy.rev) {
                older.push(self.copy_to(&copy, *partner));
            }
        }
        stream::iter(older).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        Ok(page.next)
    }

    /// What is copied of an account as it stands, and its organization.
    async fn copy_of(
        &self,
        customer: AccountId,
    ) -> Result<Option<(Copy, OrganizationItem)>, StoreError> {
        let Some(account) = self.account_item(customer).await? else { return Ok(None) };
        let organization = self.organization_item(account.account.org_id).await?;
        let organization = organization.ok_or_else(organization_is_missing)?;
        Ok(Some((Copy::new(&account, &organization), organization)))
    }

    /// Brings the copy at one partner up to an account that is about to be put back.
    pub(crate) async fn copy_restored(
        &self,
        account: &AccountItem,
        organization: &OrganizationItem,
        partner: AccountId,
    ) -> Result<(), StoreError> {
        self.copy_to(&Copy::new(account, organization), partner).await
    }

    /// Writes one copy, and that beside the customer's licences; leaves a newer one, and a connection
    /// that has ended meanwhile, alone. Where there are no licences yet, whoever puts them there
    /// copies the connection as it is then.
    async fn copy_to(&self, copy: &Copy, partner: AccountId) -> Result<(), StoreError> {
        self.copy_at(copy, keys::customer(partner, copy.customer)).await?;
        self.copy_at(copy, keys::customer_licenses(partner, copy.customer)).await
    }

    async fn copy_at(&self, copy: &Copy, key: Key) -> Result<(), StoreError> {
        let suspended = copy.suspended.then_some(true);
        let update = Update::default()
            .set("n", &copy.names.display_name)?
            .put("on", copy.names.organization_name.as_ref())?
            .put("su", suspended)?
            .set("cr", copy.rev)?;
        let not_newer = Condition::present().and_missing_or("cr", "<=", copy.rev)?;
        self.table.update(key, update, not_newer).await.map(|_| ())
    }
}
