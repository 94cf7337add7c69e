//! Ending sessions of others: of a user by name, of a customer's members.

use std::convert::Infallible;

use chrono::TimeDelta;
use tsunagu_domain::{
    audit::Action,
    federation::login::UserName,
    ids::{DomainId, FederationId},
    time::Instant,
};

use crate::{
    Acting, Store,
    audit::Event,
    condition::{Condition, Update},
    error::{StoreError, WriteError},
    items::{EndedUserItem, FederatedDomainItem},
    keys::{self, prefix},
    nonce::Nonce,
    query::Query,
    settle::{Attempt, until_settled},
    transaction::{Outcome, Transaction},
};

/// How many domains one transaction takes.
const AT_ONCE: usize = 90;

/// How long it is kept that a user's sessions were ended: a day longer than any session lasts
/// ([`SessionTimes::LONGEST`](tsunagu_domain::federation::session::SessionTimes::LONGEST)).
const KEPT: TimeDelta = TimeDelta::days(8);

impl Store {
    /// Ends all sessions of a user of the provider's domain, also one whose sign-in is on its way;
    /// `false` where the provider has no such domain. Whether there is such a user is not told: that
    /// says the directory alone.
    pub async fn end_user_sessions(
        &self,
        provider: &Acting,
        domain: DomainId,
        user: &UserName,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let user = keys::domain_user(domain, user);
        let nonce = Nonce::fresh();
        let ended =
            EndedUserItem { domain_id: domain, user: user.clone(), nonce, until: now + KEPT };
        let mut transaction = Transaction::default();
        transaction.check(keys::domain(provider.account_id(), domain), &Condition::present());
        transaction.put(&ended, &Condition::none())?;
        // Whose sessions, the trail does not say: it names no users.
        let event = Event::new(now, Action::SessionsEnded, "domain", domain);
        transaction.audit(provider.account_id(), provider.actor(), &event)?;
        // From here on they are refused; what is left of them goes with its time to live.
        Ok(matches!(self.table.transact(transaction).await?, Outcome::Done))
    }

    /// Ends all sessions of a customer's members, also those whose sign-in is on its way: the customer
    /// stays in every domain, as if it had been added anew.
    pub async fn end_member_sessions(
        &self,
        customer: &Acting,
        now: Instant,
    ) -> Result<(), StoreError> {
        let ended = until_settled(async || {
            let partition = keys::account_partition(customer.account_id());
            let query = Query::prefix(partition, prefix::FEDERATED_DOMAINS);
            let federated = self.table.query_all::<FederatedDomainItem>(query).await?;
            for some in federated.chunks(AT_ONCE) {
                // One that is removed meanwhile makes this look again, and end them once more.
                let ending = ending(customer, some, now)?;
                if let Outcome::Refused(_) = self.table.transact(ending).await? {
                    return Ok(Attempt::Stale);
                }
            }
            Ok::<_, WriteError<Infallible>>(Attempt::Done(()))
        });
        ended.await.map_err(WriteError::unrefused)
    }
}

/// Ends those of some domains, and says so.
fn ending(
    by: &Acting,
    federated: &[FederatedDomainItem],
    now: Instant,
) -> Result<Transaction, StoreError> {
    let mut transaction = Transaction::default();
    for FederatedDomainItem { customer, provider, domain_id, .. } in federated {
        let key = keys::federated_customer(*provider, *domain_id, *customer);
        let update = Update::default().set("federationId", FederationId::mint(now))?;
        transaction.update(key, update, &Condition::present());
    }
    let event = Event::new(now, Action::SessionsEnded, "account", by.account_id());
    transaction.audit(by.account_id(), by.actor(), &event)?;
    Ok(transaction)
}
