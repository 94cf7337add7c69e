//! Accepting an invitation: the one thing that grants a partner its view (P4).

use tsunagu_domain::{
    account::AccountStatus,
    audit::Action,
    connection::{AcceptRefusal, Connection, Pair, Role},
    notification::ConnectionNotice,
    share::Shares,
    time::Instant,
};

use super::{
    Attempt,
    parts::{counterpart, listed},
    until_settled,
};
use crate::{
    Acting, RecordedAnswer, Store,
    audit::{Event, change},
    condition::Condition,
    error::{StoreError, WriteError},
    invite_links::Invitation,
    item::Item,
    items::{BlockedItem, PartnerItem, PastCustomerItem},
    keys,
    transaction::{Outcome, Transaction},
};

/// What the customer says when it opens an invite link.
#[derive(Clone, Debug)]
pub struct Acceptance<'a> {
    /// The customer, allowed to manage connections.
    pub customer: &'a Acting,
    /// What it shares.
    pub shares: Shares,
    /// The mark of what it was shown, if it insists on that (T7).
    pub version: Option<&'a str>,
    /// When.
    pub now: Instant,
}

/// A connection with both of its sides, as it is told after an acceptance.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The connection.
    pub connection: Connection,
    /// Whether this acceptance began an episode; otherwise they were connected already.
    pub is_new: bool,
    /// What the link leads to.
    pub invitation: Invitation,
}

impl Store {
    /// Accepts a partner's invitation: the one thing that grants a partner its view (P4).
    ///
    /// `record` gives the answer to keep under the caller's idempotency key; it is written with the
    /// effect. Accepting while connected changes nothing and notifies nobody.
    pub async fn accept(
        &self,
        invitation: Invitation,
        acceptance: &Acceptance<'_>,
        record: impl Fn(&Accepted) -> Result<Option<RecordedAnswer>, StoreError>,
    ) -> Result<Accepted, WriteError<AcceptRefusal>> {
        let partner = invitation.partner_id();
        let pair =
            Pair::new(partner, acceptance.customer.account_id()).map_err(WriteError::Refused)?;
        let record = &record;
        let mut first = Some((invitation, acceptance.customer.clone()));
        until_settled(|| {
            let known = first.take();
            async move {
                let (invitation, customer) = match known {
                    Some(known) => known,
                    None => (
                        self.invitation_of(partner, acceptance.now).await?,
                        self.read_again(acceptance.customer).await?,
                    ),
                };
                if customer.account().status == AccountStatus::Suspended {
                    return Err(WriteError::Refused(AcceptRefusal::CustomerSuspended));
                }
                let acceptance = Acceptance { customer: &customer, ..*acceptance };
                self.accept_once(pair, invitation, &acceptance, record).await
            }
        })
        .await
    }

    async fn accept_once(
        &self,
        pair: Pair,
        invitation: Invitation,
        acceptance: &Acceptance<'_>,
        record: &impl Fn(&Accepted) -> Result<Option<RecordedAnswer>, StoreError>,
    ) -> Result<Attempt<Accepted>, WriteError<AcceptRefusal>> {
        let Pair { partner, customer } = pair;
        let wanted = [keys::partner(customer, partner), keys::past_customer(partner, customer)];
        let mut found = self.table.batch_get(&wanted).await?;
        if let Some(item) = found.take::<PartnerItem>(&wanted[0])? {
            let connection = item.connection();
            let accepted = Accepted { connection, is_new: false, invitation };
            return self.accepted_already(accepted, &item, record).await;
        }
        let past = found.take::<PastCustomerItem>(&wanted[1])?;
        let is_blocked = match &past {
            Some(past) => self.is_blocked(past).await?,
            None => false,
        };
        if is_blocked || !invitation.is_available() {
            return Err(WriteError::Refused(AcceptRefusal::PartnerNotAvailable));
        }
        if acceptance.version.is_some_and(|version| version != invitation.shown.version()) {
            return Err(WriteError::Refused(AcceptRefusal::InvitationChanged));
        }
        let now = acceptance.now;
        let today = acceptance.customer.account().time_zone.day_of(now);
        let ended = past.as_ref().map(PastCustomerItem::ended);
        let connection = Connection::begin(pair, ended.as_ref(), acceptance.shares, now, today)
            .map_err(WriteError::Refused)?;
        let accepted = Accepted { connection, is_new: true, invitation };
        self.begin_episode(accepted, past, acceptance, record).await
    }

    /// Whether the partner blocks a customer that was connected before; nobody else can be blocked.
    ///
    /// Read after the past, and never in one batch with it, which DynamoDB does not read as one
    /// moment: a block is written with an end, so whoever saw that end sees its block, and a later
    /// end fails the condition on the past.
    async fn is_blocked(&self, past: &PastCustomerItem) -> Result<bool, StoreError> {
        let key = keys::blocked(past.partner, past.customer);
        Ok(self.table.get::<BlockedItem>(key).await?.is_some())
    }

    /// Changes nothing but the caller's key: asked again under it, even after an end, the answer
    /// stays that they were connected.
    async fn accepted_already(
        &self,
        accepted: Accepted,
        item: &PartnerItem,
        record: &impl Fn(&Accepted) -> Result<Option<RecordedAnswer>, StoreError>,
    ) -> Result<Attempt<Accepted>, WriteError<AcceptRefusal>> {
        let Some(answer) = record(&accepted)? else { return Ok(Attempt::Done(accepted)) };
        let mut transaction = Transaction::default();
        let recording = transaction.record(Some(answer))?;
        let connected = Condition::present().and_equals("ep", item.episode)?;
        transaction.check(item.key(), &connected);
        match self.table.transact(transaction).await? {
            Outcome::Done => Ok(Attempt::Done(accepted)),
            Outcome::Refused(failed) => {
                recording.check(&failed)?;
                Ok(Attempt::Stale)
            }
        }
    }

    /// The transaction of an acceptance.
    async fn begin_episode(
        &self,
        accepted: Accepted,
        past: Option<PastCustomerItem>,
        acceptance: &Acceptance<'_>,
        record: &impl Fn(&Accepted) -> Result<Option<RecordedAnswer>, StoreError>,
    ) -> Result<Attempt<Accepted>, WriteError<AcceptRefusal>> {
        let Accepted { connection, invitation, .. } = &accepted;
        let pair = connection.pair;
        let customer = acceptance.customer;
        let mut transaction = Transaction::default();
        let recording = transaction.record(record(&accepted)?)?;
        transaction.begin(connection, past.as_ref(), customer, invitation)?;
        // What the customer was shown, and what made it possible, still stands.
        transaction.check_account(&invitation.partner)?;
        transaction.check_account(customer.account_item())?;
        transaction.check_organizations(&invitation.organization, customer.organization_item())?;
        let event = Event::of_connection(
            acceptance.now,
            Action::ConnectionCreated,
            connection.connection_id,
        )
        .with([change("shares", None::<String>, Some(listed(connection.shares)))]);
        transaction.audit_both(pair, Role::Customer, customer.actor(), &event)?;
        transaction.notify(
            ConnectionNotice::ConnectionCreated,
            pair.partner,
            connection.connection_id,
            counterpart(customer.account()),
            acceptance.now,
        )?;
        match self.table.transact(transaction).await? {
            Outcome::Done => Ok(Attempt::Done(accepted)),
            Outcome::Refused(failed) => {
                recording.check(&failed)?;
                Ok(Attempt::Stale)
            }
        }
    }
}
