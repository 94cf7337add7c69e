//! Ending a connection, from either side, at any time (P7).

use tsunagu_domain::{
    account::Account,
    audit::{Action, Actor},
    connection::{Pair, Role},
    ids::AccountId,
    notification::ConnectionNotice,
    time::Instant,
};

use super::{Attempt, Changed, parts::counterpart, until_settled};
use crate::{
    Acting, Store, Version,
    audit::Event,
    condition::Condition,
    error::{StoreError, WriteError},
    items::{BlockedItem, CustomerItem, PartnerItem},
    keys,
    transaction::Transaction,
};

/// What becomes of the partner's link for a customer whose connection the partner ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkAfterwards {
    /// It can be accepted again.
    #[default]
    Works,
    /// It no longer works for this customer, until the partner takes that back.
    Blocked,
}

/// An end as one side asks for it.
struct End<'a> {
    by: &'a Account,
    /// Who of that side does it, as its own trail names him.
    actor: Actor,
    pair: Pair,
    role: Role,
    link: LinkAfterwards,
    now: Instant,
}

impl Store {
    /// Ends the acting partner's connection with a customer; `false` where there is none (any more).
    pub async fn end_as_partner(
        &self,
        partner: &Acting,
        customer: AccountId,
        link: LinkAfterwards,
        seen: Option<Version>,
        now: Instant,
    ) -> Result<bool, WriteError<Changed>> {
        let pair = Pair { partner: partner.account_id(), customer };
        let (by, actor) = (partner.account(), partner.actor());
        let end = End { by, actor, pair, role: Role::Partner, link, now };
        self.end(&end, |customer, _| customer.version().is(seen)).await
    }

    /// Ends the acting customer's connection with a partner; `false` where there is none (any more).
    pub async fn end_as_customer(
        &self,
        customer: &Acting,
        partner: AccountId,
        seen: Option<Version>,
        now: Instant,
    ) -> Result<bool, WriteError<Changed>> {
        let pair = Pair { partner, customer: customer.account_id() };
        let link = LinkAfterwards::Works;
        let (by, actor) = (customer.account(), customer.actor());
        let end = End { by, actor, pair, role: Role::Customer, link, now };
        self.end(&end, |_, partner| partner.version().is(seen)).await
    }

    /// Ends a connection of an account that is deleted, in that account's name; `false` where there
    /// is none (any more).
    pub(crate) async fn end_with_account(
        &self,
        account: &Account,
        pair: Pair,
        role: Role,
        now: Instant,
    ) -> Result<bool, WriteError<Changed>> {
        let link = LinkAfterwards::Works;
        let end = End { by: account, actor: Actor::Platform, pair, role, link, now };
        self.end(&end, |_, _| true).await
    }

    async fn end(
        &self,
        end: &End<'_>,
        is_as_seen: impl Fn(&CustomerItem, &PartnerItem) -> bool,
    ) -> Result<bool, WriteError<Changed>> {
        until_settled(async || {
            let Some((customer, partner)) = self.both_sides(end.pair).await? else {
                return Ok(Attempt::Done(false));
            };
            if !is_as_seen(&customer, &partner) {
                return Err(WriteError::Refused(Changed));
            }
            let transaction = end.transaction(&customer, &partner)?;
            Ok(self.table.transact(transaction).await?.or_stale(true))
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

impl End<'_> {
    fn transaction(
        &self,
        customer: &CustomerItem,
        partner: &PartnerItem,
    ) -> Result<Transaction, StoreError> {
        let Self { by, pair, role, now, .. } = *self;
        let actor = self.actor.clone();
        let connection = partner.connection();
        let id = connection.connection_id;
        let mut transaction = Transaction::default();
        transaction.end(&connection.end(role, now), customer, partner)?;
        let ended = Event::of_connection(now, Action::ConnectionEnded, id);
        match self.link {
            LinkAfterwards::Works => transaction.audit_both(pair, role, actor, &ended)?,
            LinkAfterwards::Blocked => transaction.block(customer, actor, &ended)?,
        }
        let (other, notice) = match role {
            Role::Partner => (pair.customer, ConnectionNotice::ConnectionEndedByPartner),
            Role::Customer => (pair.partner, ConnectionNotice::ConnectionEndedByCustomer),
        };
        transaction.notify(notice, other, id, counterpart(by), now)?;
        Ok(transaction)
    }
}

impl Transaction {
    /// Lets the link no longer work for a customer. That is the partner's own affair: the customer's
    /// trail has the end alone, and never the block.
    fn block(
        &mut self,
        customer: &CustomerItem,
        actor: Actor,
        ended: &Event,
    ) -> Result<(), StoreError> {
        let CustomerItem { partner, customer: blocked, .. } = *customer;
        let names = customer.names.clone();
        let item = BlockedItem { partner, customer: blocked, names, blocked_at: ended.at };
        self.put(&item, &Condition::none())?;
        let and_blocked = Event { action: Action::CustomerBlocked, ..ended.clone() };
        self.audit(partner, actor, &and_blocked)?;
        self.audit(blocked, Actor::other_side(Role::Partner, partner), ended)
    }
}
