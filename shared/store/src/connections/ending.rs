//! Ending a connection, from either side, at any time (P7).

use tsunagu_domain::{audit::Action, connection::Pair, time::Instant};

use super::{
    Attempt, Changed,
    parts::{counterpart, side},
    until_settled,
};
use crate::{
    Acting, Store,
    audit::Event,
    condition::Condition,
    error::{StoreError, WriteError},
    items::{BlockedItem, CustomerItem, PartnerItem},
    keys,
    transaction::{Rejected, Transaction},
};

impl Store {
    /// Ends the active connection of a pair; `false` where there is none (any more).
    ///
    /// `still` says whether the connection is as its reader saw it. With `block`, which only a
    /// partner asks for, the link no longer works for this customer.
    pub async fn end_connection(
        &self,
        by: &Acting,
        pair: Pair,
        block: bool,
        now: Instant,
        still: impl Fn(&CustomerItem) -> bool,
    ) -> Result<bool, WriteError<Changed>> {
        until_settled(async || {
            let Some((customer, partner)) = self.both_sides(pair).await? else {
                return Ok(Attempt::Done(false));
            };
            if !still(&customer) {
                return Err(WriteError::Refused(Changed));
            }
            let transaction = ending(by, block, now, &customer, &partner)?;
            match self.table.transact(transaction).await {
                Ok(()) => Ok(Attempt::Done(true)),
                Err(Rejected::Store(error)) => Err(error.into()),
                Err(Rejected::Conditions(_)) => Ok(Attempt::Stale),
            }
        })
        .await
    }

    /// An active connection as both sides keep it.
    pub(super) async fn both_sides(
        &self,
        pair: Pair,
    ) -> Result<Option<(CustomerItem, PartnerItem)>, StoreError> {
        let Pair { partner, customer } = pair;
        let wanted = [keys::customer(partner, customer), keys::partner(customer, partner)];
        let mut found = self.table.batch_get(&wanted).await?;
        Ok(found.take(&wanted[0])?.zip(found.take(&wanted[1])?))
    }
}

fn ending(
    by: &Acting,
    block: bool,
    now: Instant,
    customer: &CustomerItem,
    partner: &PartnerItem,
) -> Result<Transaction, StoreError> {
    let connection = partner.connection();
    let pair = connection.pair;
    let (role, other, notice) = side(pair, by.account_id());
    let connection_id = connection.connection_id;
    let mut transaction = Transaction::default();
    transaction.end(&connection.end(role, now), customer, partner)?;
    if block {
        let Pair { partner, customer: blocked } = pair;
        let names = customer.names.clone();
        let item = BlockedItem { partner, customer: blocked, names, blocked_at: now };
        transaction.put(&item, &Condition::none())?;
    }
    let action = if block { Action::CustomerBlocked } else { Action::ConnectionEnded };
    transaction.audit(
        by.account_id(),
        by.actor(),
        &Event::of_connection(now, action, connection_id),
    )?;
    // The other side learns of the end, never of the block.
    let event = Event::of_connection(now, Action::ConnectionEnded, connection_id);
    let actor = tsunagu_domain::audit::Actor::other_side(role, by.account_id());
    transaction.audit(other, actor, &event)?;
    transaction.notify(notice, other, connection_id, counterpart(by.account()), now)?;
    Ok(transaction)
}
