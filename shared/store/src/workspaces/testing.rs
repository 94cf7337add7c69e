//! What a test of a domain's directory needs, and what is kept of it.

use tsunagu_domain::{
    audit::Action,
    federation::members::Members,
    ids::{AccountId, DomainId},
    time::Instant,
};

use super::standing::admits;
use crate::{
    Acting, Store,
    audit::{Event, change},
    condition::{Condition, Update},
    error::StoreError,
    items::{CustomerItem, DirectorySecretItem, DomainItem},
    keys,
    transaction::Transaction,
};

/// A domain of the acting provider, with those of its customers that its directory lets in.
#[derive(Debug)]
pub struct DomainUnderTest {
    /// The domain, with its directory.
    pub domain: DomainItem,
    /// What the directory's service bind needs, sealed.
    pub secret: Option<DirectorySecretItem>,
    /// Who is a member, customer by customer.
    pub members: Vec<Members>,
    /// The customers, in the same order.
    pub customers: Vec<AccountId>,
}

impl Store {
    /// A domain of the acting provider as a test needs it; `None` where there is none.
    pub async fn domain_under_test(
        &self,
        provider: &Acting,
        domain: DomainId,
    ) -> Result<Option<DomainUnderTest>, StoreError> {
        let provider = provider.account_id();
        let wanted = [keys::domain(provider, domain), keys::directory_secret(provider, domain)];
        let mut found = self.table.batch_get(&wanted).await?;
        let Some(domain) = found.take::<DomainItem>(&wanted[0])? else { return Ok(None) };
        let secret = found.take(&wanted[1])?;
        let federated = self.federated_to(&domain).await?;
        let keys: Vec<_> =
            federated.iter().map(|item| keys::customer(provider, item.customer)).collect();
        let mut found = self.table.batch_get(&keys).await?;
        let (mut members, mut customers) = (Vec::new(), Vec::new());
        for (item, key) in federated.into_iter().zip(&keys) {
            let connection = found.take::<CustomerItem>(key)?;
            if connection.is_some_and(|connection| admits(&connection, &item)) {
                members.push(item.members);
                customers.push(item.customer);
            }
        }
        Ok(Some(DomainUnderTest { domain, secret, members, customers }))
    }

    /// Keeps whether the directory passed, unless it is another one by now.
    pub async fn note_test(
        &self,
        provider: &Acting,
        tested: &DomainItem,
        passed: bool,
        now: Instant,
    ) -> Result<(), StoreError> {
        if tested.verified == passed {
            return Ok(());
        }
        let mut transaction = Transaction::default();
        let as_tested = Condition::unchanged(Some(tested.rev))?;
        let update = Update::default().set("verified", passed)?;
        transaction.update(keys::domain(tested.provider, tested.domain_id), update, &as_tested);
        let status = |verified: bool| Some(if verified { "verified" } else { "unverified" });
        let changes = [change("status", status(tested.verified), status(passed))];
        let event = Event::new(now, Action::DomainTested, "domain", tested.domain_id).with(changes);
        transaction.audit(tested.provider, provider.actor(), &event)?;
        // Where the domain is another one by now, this test says nothing of it.
        self.table.transact(transaction).await.map(|_| ())
    }
}
