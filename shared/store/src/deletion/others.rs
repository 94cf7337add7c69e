//! What others have of an account that is deleted, and cannot keep.

use tsunagu_domain::{
    audit::{Action, Actor},
    connection::Role,
    ids::{AccountId, WorkspaceId},
    time::Instant,
};

use super::Deleted;
use crate::{
    Store,
    audit::{Event, change},
    condition::Condition,
    error::{StoreError, WriteError},
    item::Item,
    items::{
        AccountWorkspaceItem, FederatedCustomerItem, FederatedDomainItem, LaunchItem, WorkspaceItem,
    },
    keys::{self, prefix},
    query::Query,
    settle::{Attempt, until_settled},
    transaction::{Outcome, Transaction},
    transfer::{RawItem, own::Others},
};

impl Store {
    /// What its partners were told of it, noted of it in their own words, and allowed it. They keep that
    /// there was a connection.
    pub(super) async fn forget_at_partners(
        &self,
        account: AccountId,
        own: &[RawItem],
        others: &Others,
        deleted: &mut Deleted,
    ) -> Result<(), StoreError> {
        for partner in others.partners.iter().copied() {
            // What the partner dismissed too: the change feed leaves that, for another episode.
            let copies = Query::whole(keys::customer_feed_partition(partner, account));
            deleted.gone("copies at partners", self.clear(copies).await?);
            let allowed = keys::resources_of_customer(account);
            let allowed = Query::prefix(keys::account_partition(partner), allowed);
            deleted.gone("entries at providers", self.clear(allowed).await?);
            let note = self.table.delete(keys::note(partner, account), Condition::present());
            deleted.gone("notes of partners", usize::from(note.await?));
        }
        for item in own {
            if let Some(federated) = item.as_kind::<FederatedDomainItem>()? {
                let left = self.leave_domain(&federated).await?;
                deleted.gone("entries at providers", usize::from(left));
            }
        }
        Ok(())
    }

    /// Takes it out of a provider's domain; `false` where it is in it no more.
    async fn leave_domain(&self, federated: &FederatedDomainItem) -> Result<bool, StoreError> {
        let FederatedDomainItem { provider, domain_id, customer, .. } = *federated;
        let key = keys::federated_customer(provider, domain_id, customer);
        let left = until_settled(async || {
            let there = self.table.get::<FederatedCustomerItem>(key.clone()).await?;
            let Some(there) = there else { return Ok(Attempt::Done(false)) };
            let mut transaction = Transaction::default();
            transaction.take_out(&there)?;
            Ok(self.table.transact(transaction).await?.or_stale(true))
        });
        left.await.map_err(WriteError::unrefused)
    }

    /// What its customers have of it as their partner and provider, and what it kept of them.
    pub(super) async fn forget_at_customers(
        &self,
        account: AccountId,
        own: &[RawItem],
        others: &Others,
        deleted: &mut Deleted,
        now: Instant,
    ) -> Result<(), StoreError> {
        for item in own {
            if let Some(federated) = item.as_kind::<FederatedCustomerItem>()? {
                let mirror = keys::federated_domain(federated.customer, federated.domain_id);
                let gone = self.table.delete(mirror, Condition::present()).await?;
                deleted.gone("entries at customers", usize::from(gone));
            }
        }
        for customer in others.customers.iter().copied() {
            let entries = Query::whole(keys::customer_feed_partition(account, customer));
            deleted.gone("own feed", self.clear(entries).await?);
            deleted.gone("launches of customers", self.forget_launches(account, customer).await?);
            let query = Query::prefix(keys::account_partition(customer), prefix::WORKSPACES);
            for item in self.table.query_all::<AccountWorkspaceItem>(query).await? {
                let left = self.leave_workspace(account, &item, now).await?;
                deleted.gone("places in customers' workspaces", usize::from(left));
            }
        }
        let marks = Query::whole(keys::feed_partition(account));
        deleted.gone("own feed", self.clear(marks).await?);
        Ok(())
    }

    /// What a customer's members opened at the provider: nothing there answers any more.
    async fn forget_launches(
        &self,
        provider: AccountId,
        customer: AccountId,
    ) -> Result<usize, StoreError> {
        let query = Query::prefix(keys::account_partition(customer), prefix::LAUNCHES);
        let mut launches = self.table.query_all::<LaunchItem>(query).await?;
        launches.retain(|launch| launch.provider == provider);
        let tickets = launches.iter().filter_map(|launch| launch.ticket.as_deref());
        // Tickets first: they are found by their launches alone.
        self.delete_keys(tickets.map(keys::launch_ticket).collect()).await?;
        self.delete_keys(launches.iter().map(Item::key).collect()).await
    }

    /// Takes a provider's domains out of its customer's workspace, which stays with those of others;
    /// `false` where there is nothing of it.
    async fn leave_workspace(
        &self,
        provider: AccountId,
        mirror: &AccountWorkspaceItem,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let key = keys::workspace(&mirror.workspace.host);
        let left = until_settled(async || {
            let Some(before) = self.table.get::<WorkspaceItem>(key.clone()).await? else {
                return Ok(Attempt::Done(false));
            };
            let named = before.workspace.set_up_by == Some(provider);
            let mut after = before.workspace.clone();
            after.domains.retain(|domain| domain.provider != provider);
            let takes = after.domains != before.workspace.domains;
            if before.deleted_at.is_some() || !(named || takes) {
                return Ok(Attempt::Done(false));
            }
            after.set_up_by = after.set_up_by.filter(|by| *by != provider);
            if takes {
                // Nothing that was granted before comes back with it (T25).
                after.workspace_id = WorkspaceId::mint(now);
            }
            let rev = before.rev + 1;
            let mut transaction = Transaction::default();
            let item = WorkspaceItem { workspace: after.clone(), deleted_at: None, rev };
            transaction.put(&item, &Condition::unchanged(Some(before.rev))?)?;
            let owner = after.account_id;
            let list = |domains: &[tsunagu_domain::federation::workspace::DomainOf]| {
                let ids = domains.iter().map(|domain| domain.domain_id.to_string());
                ids.collect::<Vec<_>>().join(" ")
            };
            let (from, to) = (list(&before.workspace.domains), list(&after.domains));
            let event = Event::new(now, Action::WorkspaceChanged, "workspace", &after.host);
            let event = event.with([change("domains", Some(from), Some(to))]);
            transaction.put(&AccountWorkspaceItem { workspace: after, rev }, &Condition::none())?;
            if takes {
                let by = Actor::other_side(Role::Partner, provider);
                transaction.audit(owner, by, &event)?;
            }
            Ok(match self.table.transact(transaction).await? {
                Outcome::Done => Attempt::Done(true),
                Outcome::Refused(_) => Attempt::Stale,
            })
        });
        left.await.map_err(WriteError::unrefused)
    }
}
