//! Orders, as the vendor's books have them.

use tsunagu_domain::{ids::AccountId, licenses::order::Order, share::part, vendor::OrderId};

use super::{Attempt, Changed, until_settled};
use crate::{
    Page, Place, Readable, Stated, Store,
    condition::Condition,
    error::{StoreError, WriteError},
    items::OrderItem,
    keys::{self, prefix},
    query::Query,
    transaction::Transaction,
};

impl Store {
    /// An order of an account.
    pub async fn order(
        &self,
        account: AccountId,
        id: &OrderId,
    ) -> Result<Option<Order>, StoreError> {
        let item = self.table.get::<OrderItem>(keys::order(account, id)).await?;
        Ok(item.map(|item| item.order))
    }

    /// Puts an order of an account that exists.
    ///
    /// `still` says whether the order is as its reader saw it, `None` where there is none.
    pub async fn put_order(
        &self,
        account: AccountId,
        order: &Order,
        still: impl Fn(Option<&Order>) -> bool,
    ) -> Result<Stated<Order>, WriteError<Changed>> {
        until_settled(async || {
            let key = keys::order(account, &order.order_id);
            let before = self.table.get::<OrderItem>(key).await?;
            if !still(before.as_ref().map(|item| &item.order)) {
                return Err(WriteError::Refused(Changed));
            }
            let stated = Stated { value: order.clone(), is_new: before.is_none() };
            if before.as_ref().is_some_and(|before| before.order == *order) {
                return Ok(Attempt::Done(stated));
            }
            let known = before.map(|before| before.rev);
            let rev = known.unwrap_or_default() + 1;
            let item = OrderItem { account_id: account, order: order.clone(), rev };
            let mut transaction = Transaction::default();
            transaction.put(&item, &Condition::unchanged(known)?)?;
            Ok(self.table.transact(transaction).await?.or_stale(stated))
        })
        .await
    }

    /// A page of an account's orders, by their numbers.
    pub async fn orders(
        &self,
        account: &Readable<part::Orders>,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<Order>, StoreError> {
        let partition = keys::account_partition(account.account_id());
        let query = Query::prefix(partition, prefix::ORDERS).after(after).limit(limit);
        Ok(self.table.query::<OrderItem>(query).await?.map(|item| item.order))
    }
}
