//! What is outside of an account's partition because of something in it, and its trail.

use std::{collections::BTreeSet, convert::Infallible};

use futures::{StreamExt, TryStreamExt, stream};
use tsunagu_domain::{
    audit::{Action, Actor},
    connection::Role,
    ids::AccountId,
    time::Instant,
};

use super::{AT_ONCE, Deleted, TRAIL_KEPT};
use crate::{
    Store,
    audit::Event,
    condition::{Condition, Update},
    error::{StoreError, WriteError},
    item::Item,
    items::{
        AccountWorkspaceItem, AdministratorItem, DomainItem, InviteLinkItem, LaunchItem,
        LocationItem, SessionItem, SessionPlaceItem, WorkspaceItem,
    },
    keys::{self, attribute},
    query::Query,
    settle::{Attempt, until_settled},
    transaction::Transaction,
    transfer::RawItem,
};

impl Store {
    /// Sessions of its members, and of users of its own domains: none comes back with another account.
    pub(super) async fn end_sessions(
        &self,
        account: AccountId,
        own: &[RawItem],
        deleted: &mut Deleted,
    ) -> Result<(), StoreError> {
        let mut partitions = vec![keys::sessions_of_customer(account)];
        for item in own {
            if let Some(domain) = item.as_kind::<DomainItem>()? {
                partitions.push(keys::sessions_of_domain(domain.domain_id));
                let ended = keys::ended_user(domain.domain_id, "").pk;
                self.clear(Query::whole(ended)).await?;
            }
        }
        for partition in partitions {
            let places = self.table.query_all::<SessionPlaceItem>(Query::whole(partition)).await?;
            let mut gone = BTreeSet::new();
            for place in &places {
                let session = self.table.get::<SessionItem>(place.session()).await?;
                gone.extend(session.iter().flat_map(SessionItem::places));
                gone.insert(place.key());
                gone.insert(place.session());
            }
            self.delete_keys(gone.into_iter().collect()).await?;
            deleted.gone("sessions", places.len());
        }
        Ok(())
    }

    /// What is found by a person, a link, a key, a ticket or a host.
    pub(super) async fn delete_mirrors(
        &self,
        account: AccountId,
        own: &[RawItem],
        deleted: &mut Deleted,
        now: Instant,
    ) -> Result<(), StoreError> {
        let mut mirrors = BTreeSet::new();
        for item in own {
            if let Some(AdministratorItem { subject, .. }) = item.as_kind()? {
                mirrors.insert(keys::membership(&subject, account));
            } else if let Some(InviteLinkItem { link }) = item.as_kind()? {
                mirrors.insert(keys::invite_token(&link.token.digest()));
            } else if let Some(location) = item.as_kind::<LocationItem>()? {
                mirrors.extend(location.keys.iter().map(|digest| keys::location_key(digest)));
            } else if let Some(launch) = item.as_kind::<LaunchItem>()? {
                mirrors.extend(launch.ticket.map(|digest| keys::launch_ticket(&digest)));
            } else if let Some(workspace) = item.as_kind::<AccountWorkspaceItem>()? {
                self.close_workspace(&workspace, now).await?;
                deleted.kept("hosts", 1);
            }
        }
        self.delete_keys(mirrors.into_iter().collect()).await?;
        Ok(())
    }

    /// Leaves nothing of a workspace but that its host is not free yet (T33).
    async fn close_workspace(
        &self,
        mirror: &AccountWorkspaceItem,
        now: Instant,
    ) -> Result<(), StoreError> {
        let key = keys::workspace(&mirror.workspace.host);
        let closed = until_settled(async || {
            let there = self.table.get::<WorkspaceItem>(key.clone()).await?;
            let Some(before) = there.filter(|there| there.deleted_at.is_none()) else {
                return Ok(Attempt::Done(()));
            };
            let mut item = WorkspaceItem::deleted(&before.workspace, before.rev + 1, now);
            item.workspace.set_up_by = None;
            let owner = item.workspace.account_id;
            let event =
                Event::new(now, Action::WorkspaceDeleted, "workspace", &item.workspace.host);
            let mut transaction = Transaction::default();
            transaction.put(&item, &Condition::unchanged(Some(before.rev))?)?;
            transaction.audit(owner, Actor::Platform, &event)?;
            let providers = before.workspace.domains.iter().map(|domain| domain.provider);
            let providers: BTreeSet<_> = providers.filter(|provider| *provider != owner).collect();
            for provider in providers {
                transaction.audit(provider, Actor::other_side(Role::Customer, owner), &event)?;
            }
            Ok::<_, WriteError<Infallible>>(self.table.transact(transaction).await?.or_stale(()))
        });
        closed.await.map_err(WriteError::unrefused)
    }

    /// Its trail goes by itself when nobody can have questions any more.
    pub(super) async fn let_trail_go(
        &self,
        account: AccountId,
        made: Option<Instant>,
        deleted: &mut Deleted,
        now: Instant,
    ) -> Result<(), StoreError> {
        let trail = self.whole_trail(account, made, now).await?;
        deleted.kept("audit entries", trail.len());
        let until = (now + TRAIL_KEPT).timestamp();
        let endless = trail.into_iter().filter(|entry| entry.ttl().is_none());
        let limited = endless.map(|entry| async move {
            let limit = Update::default().set(attribute::TTL, until)?;
            self.table.update(entry.key().clone(), limit, Condition::present()).await.map(|_| ())
        });
        let limited: Vec<_> = limited.collect();
        stream::iter(limited).buffer_unordered(AT_ONCE).try_collect().await
    }
}
