//! The licences of all customers of a partner.

use tsunagu_domain::ids::AccountId;

use crate::{
    Acting, Page, Place, Store,
    error::StoreError,
    items::CustomerLicensesItem,
    keys::{self, prefix},
};

impl Store {
    /// A page of what the partner keeps of its customers' licences, by customer id; as much as
    /// DynamoDB gives where there is no limit. What of it may be seen, each item says.
    pub async fn customers_licenses(
        &self,
        partner: &Acting,
        after: Option<AccountId>,
        limit: Option<usize>,
    ) -> Result<Page<CustomerLicensesItem>, StoreError> {
        let id = partner.account_id();
        let after = after.map(|customer| Place::at(keys::customer_licenses(id, customer)));
        self.list(partner, prefix::CUSTOMER_LICENSES, after, limit).await
    }
}
