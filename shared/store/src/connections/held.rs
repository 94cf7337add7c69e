//! Changes that a partner makes for a customer, held to what the check of its permission found.

use tsunagu_domain::{
    access::{CustomerDemand, Refusal, check_customer},
    share::Share,
};

use crate::{
    condition::Condition, error::StoreError, item::Item, items::CustomerItem,
    transaction::Transaction,
};

impl CustomerItem {
    /// The connection as it is now, where it still shares a part; a refusal where it does not.
    pub(crate) fn still_sharing(item: Option<Self>, share: Share) -> Result<Self, Refusal> {
        let standing = item.as_ref().map(Self::standing);
        check_customer(standing, CustomerDemand::Sharing(share))?;
        item.ok_or(Refusal::NotConnected)
    }
}

impl Transaction {
    /// Holds the rest to a connection as it was read, and that is not suspended.
    pub(crate) fn hold(&mut self, customer: &CustomerItem) -> Result<(), StoreError> {
        let active = as_read(customer)?.and_missing_or("su", "=", false)?;
        self.check(customer.key(), &active);
        Ok(())
    }

    /// Holds the rest to a connection as it was read, whether or not it is suspended.
    pub(crate) fn hold_as_read(&mut self, customer: &CustomerItem) -> Result<(), StoreError> {
        self.check(customer.key(), &as_read(customer)?);
        Ok(())
    }
}

/// The same episode and the same shares.
fn as_read(customer: &CustomerItem) -> Result<Condition, StoreError> {
    Condition::present().and_equals("ep", customer.episode)?.and_equals("sh", customer.shares)
}
