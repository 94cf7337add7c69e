//! A domain that nobody needs any more goes.

use tsunagu_domain::{audit::Action, ids::DomainId, share::Share, time::Instant};

use super::{FederationRefusal, Written, domains::event, refuse, standing::Standing};
use crate::{
    Acting, Store, Version,
    audit::change,
    condition::Condition,
    error::StoreError,
    item::Item,
    items::DomainItem,
    keys,
    settle::{Attempt, until_settled},
    transaction::Transaction,
};

impl Store {
    /// Deletes a domain to which no customer is federated and that no workspace of the provider has.
    /// A customer that no longer shares `federation` holds nothing up: it is removed first, unless it
    /// shares again by then. Neither do dedicated workspaces, which their accounts may leave as they are.
    pub async fn delete_domain(
        &self,
        provider: &Acting,
        domain: DomainId,
        seen: Option<Version>,
        now: Instant,
    ) -> Written<()> {
        Box::pin(until_settled(async || {
            let before = self.domain_as_seen(provider, domain, seen).await?;
            let federated = self.federated_to_domain(&before).await?;
            let (needed, withdrawn): (Vec<_>, Vec<_>) =
                federated.standing.into_iter().partition(shares);
            if before.workspaces > 0 || !needed.is_empty() {
                return refuse(FederationRefusal::InUse);
            }
            if !federated.gone.is_empty() {
                self.clean(&before, &federated.gone).await?;
                return Ok(Attempt::Stale);
            }
            if !withdrawn.is_empty() {
                for one in &withdrawn {
                    let removal = removal(provider, one, now)?;
                    // Whether or not it could go, all are looked at again.
                    let _ = self.table.transact(removal).await?;
                }
                return Ok(Attempt::Stale);
            }
            let transaction = deletion(provider, &before, now)?;
            Ok(self.table.transact(transaction).await?.or_stale(()))
        }))
        .await
    }
}

fn shares(standing: &Standing) -> bool {
    standing.connection.shares.contains(Share::Federation)
}

/// Takes a customer out that shares `federation` no more, as long as that is so.
fn removal(
    provider: &Acting,
    withdrawn: &Standing,
    now: Instant,
) -> Result<Transaction, StoreError> {
    let mut transaction = Transaction::default();
    transaction.take_out(&withdrawn.federated)?;
    transaction.hold_as_read(&withdrawn.connection)?;
    transaction.tell_removed(provider, &withdrawn.federated, now)?;
    Ok(transaction)
}

fn deletion(
    provider: &Acting,
    before: &DomainItem,
    now: Instant,
) -> Result<Transaction, StoreError> {
    let mut transaction = Transaction::default();
    let unused = Condition::unchanged(Some(before.rev))?
        .and_equals("customers", 0)?
        .and_equals("workspaces", 0)?;
    transaction.delete(before.key(), &unused);
    transaction.delete(keys::domain_name(before.provider, &before.name), &Condition::none());
    let secret = keys::directory_secret(before.provider, before.domain_id);
    transaction.delete(secret, &Condition::none());
    transaction.count_at(before.provider, before.location, "domains", -1);
    let event = event(Action::DomainDeleted, before.domain_id, now).with([change(
        "name",
        Some(&before.name),
        None::<String>,
    )]);
    transaction.audit(before.provider, provider.actor(), &event)?;
    Ok(transaction)
}
