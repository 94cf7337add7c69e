//! What a customer shares with one of its partners, from the next request on.

use tsunagu_domain::{
    audit::Action,
    connection::{Pair, Role},
    ids::AccountId,
    notification::ConnectionNotice,
    share::{Share, Shares},
    time::Instant,
};

use super::{
    Attempt, Changed,
    parts::{counterpart, listed},
    until_settled,
};
use crate::{
    Acting, Store, Version,
    audit::{Event, change},
    condition::{Condition, Update},
    error::{StoreError, WriteError},
    items::{CustomerItem, CustomerLicensesItem, PartnerItem},
    keys,
    transaction::Transaction,
};

impl Store {
    /// Sets what a partner sees of the acting customer; the connection afterwards, `None` where
    /// there is none (any more). Setting what is set already changes nothing and notifies nobody.
    pub async fn change_shares(
        &self,
        customer: &Acting,
        partner: AccountId,
        shares: Shares,
        seen: Option<Version>,
        now: Instant,
    ) -> Result<Option<PartnerItem>, WriteError<Changed>> {
        let pair = Pair { partner, customer: customer.account_id() };
        until_settled(async || {
            let Some((item, mut partner)) = self.both_sides(pair).await? else {
                return Ok(Attempt::Done(None));
            };
            let key = keys::customer_licenses(pair.partner, pair.customer);
            let licenses = self.table.get::<CustomerLicensesItem>(key).await?;
            if !partner.version().is(seen) {
                return Err(WriteError::Refused(Changed));
            }
            if partner.shares == shares {
                return Ok(Attempt::Done(Some(partner)));
            }
            let mut transaction = sharing(customer, &item, &partner, shares, now)?;
            transaction.share_licenses(pair, licenses.as_ref(), shares)?;
            partner.shares = shares;
            partner.rev += 1;
            Ok(self.table.transact(transaction).await?.or_stale(Some(partner)))
        })
        .await
    }
}

impl Transaction {
    /// What the partner keeps of the customer's licences is read alone, so it has the shares too. A
    /// run that makes it meanwhile, by the shares of before, makes this start over.
    fn share_licenses(
        &mut self,
        pair: Pair,
        known: Option<&CustomerLicensesItem>,
        shares: Shares,
    ) -> Result<(), StoreError> {
        let key = keys::customer_licenses(pair.partner, pair.customer);
        match known {
            Some(known) => {
                let same = Condition::present().and_equals("ep", known.episode)?;
                self.update(key, Update::default().set("sh", shares)?, &same);
            }
            None => _ = self.check(key, &Condition::absent()),
        }
        Ok(())
    }
}

fn sharing(
    by: &Acting,
    before: &CustomerItem,
    partner: &PartnerItem,
    shares: Shares,
    now: Instant,
) -> Result<Transaction, StoreError> {
    let pair = Pair { partner: before.partner, customer: before.customer };
    let mut transaction = Transaction::default();
    let withdrawn = (before.shares - shares).contains(Share::Federation);
    transaction.update(
        keys::customer(pair.partner, pair.customer),
        Update::default().set("sh", shares)?.add("r", 1).add_if("fw", withdrawn.into()),
        &Condition::present().and_equals("ep", before.episode)?.and_equals("r", before.rev)?,
    );
    transaction.update(
        keys::partner(pair.customer, pair.partner),
        Update::default().set("sh", shares)?.add("r", 1),
        &Condition::present().and_equals("ep", before.episode)?.and_equals("r", partner.rev)?,
    );
    let action = Action::ConnectionSharesChanged;
    let changes = [change("shares", Some(listed(before.shares)), Some(listed(shares)))];
    let event = Event::of_connection(now, action, before.connection_id).with(changes);
    transaction.audit_both(pair, Role::Customer, by.actor(), &event)?;
    let notice = ConnectionNotice::ConnectionSharesChanged;
    let counterpart = counterpart(by.account());
    transaction.notify(notice, pair.partner, before.connection_id, counterpart, now)?;
    Ok(transaction)
}
