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
            let (rev, unchanged) = match before {
                Some(before) if before.order == *order => return Ok(Attempt::Done(stated)),
                Some(before) => {
                    (before.rev + 1, Condition::present().and_equals("rev", before.rev)?)
                }
                None => (1, Condition::absent()),
            };
            let mut transaction = Transaction::default();
            let item = OrderItem { account_id: account, order: order.clone(), rev };
            transaction.put(&item, &unchanged)?;
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
