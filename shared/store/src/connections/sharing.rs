//! What a customer shares with one of its partners, from the next request on.

use tsunagu_domain::{
    audit::Action,
    connection::{Pair, Role},
    notification::ConnectionNotice,
    share::Shares,
    time::Instant,
};

use super::{
    Attempt, Changed,
    parts::{counterpart, listed},
    until_settled,
};
use crate::{
    Acting, Store,
    audit::{Event, change},
    condition::{Condition, Update},
    error::{StoreError, WriteError},
    items::{CustomerItem, PartnerItem},
    keys,
    transaction::{Rejected, Transaction},
};

impl Store {
    /// Sets what a partner sees of the acting customer; the connection afterwards, `None` where
    /// there is none. Setting what is set already changes nothing and notifies nobody.
    pub async fn change_shares(
        &self,
        by: &Acting,
        pair: Pair,
        shares: Shares,
        now: Instant,
        still: impl Fn(&CustomerItem) -> bool,
    ) -> Result<Option<PartnerItem>, WriteError<Changed>> {
        until_settled(async || {
            let Some((customer, mut partner)) = self.both_sides(pair).await? else {
                return Ok(Attempt::Done(None));
            };
            if !still(&customer) {
                return Err(WriteError::Refused(Changed));
            }
            if partner.shares == shares {
                return Ok(Attempt::Done(Some(partner)));
            }
            match self.table.transact(narrowing(by, &customer, shares, now)?).await {
                Ok(()) => {
                    partner.shares = shares;
                    Ok(Attempt::Done(Some(partner)))
                }
                Err(Rejected::Store(error)) => Err(error.into()),
                Err(Rejected::Conditions(_)) => Ok(Attempt::Stale),
            }
        })
        .await
    }
}

fn narrowing(
    by: &Acting,
    before: &CustomerItem,
    shares: Shares,
    now: Instant,
) -> Result<Transaction, StoreError> {
    let pair = Pair { partner: before.partner, customer: before.customer };
    let mut transaction = Transaction::default();
    transaction.update(
        keys::customer(pair.partner, pair.customer),
        Update::default().set("sh", shares)?.add("r", 1),
        &Condition::present().and_equals("ep", before.episode)?.and_equals("r", before.rev)?,
    )?;
    transaction.update(
        keys::partner(pair.customer, pair.partner),
        Update::default().set("sh", shares)?,
        &Condition::present().and_equals("ep", before.episode)?,
    )?;
    let action = Action::ConnectionSharesChanged;
    let changes = [change("shares", Some(listed(before.shares)), Some(listed(shares)))];
    let event = Event::of_connection(now, action, before.connection_id).with(changes);
    transaction.audit_both(pair, Role::Customer, by.actor(), &event)?;
    let notice = ConnectionNotice::ConnectionSharesChanged;
    let counterpart = counterpart(by.account());
    transaction.notify(notice, pair.partner, before.connection_id, counterpart, now)?;
    Ok(transaction)
}
