//! Putting a workspace at a host, and taking it away.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use tsunagu_domain::{
    audit::Action,
    federation::{
        host::{KEPT_DAYS, MAX_PER_ACCOUNT, WorkspaceHost},
        workspace::{DomainOf, Workspace, WorkspaceKind},
    },
    ids::{AccountId, DomainId, WorkspaceId},
    share::Share,
    time::Instant,
};

use super::{
    FederationRefusal, Written,
    choosing::Chosen,
    refuse,
    workspaces::{WorkspaceOnRecord, WorkspaceParty, WorkspaceStatement},
};
use crate::{
    Stated, Store, Version,
    audit::{Event, change},
    condition::{Condition, Update},
    error::StoreError,
    item::Item,
    items::{AccountWorkspaceItem, CustomerItem, WorkspaceCountItem, WorkspaceItem},
    keys,
    settle::{Attempt, until_settled},
    transaction::Transaction,
};

/// A change of a workspace on its way.
struct Placing<'a> {
    party: &'a WorkspaceParty<'a>,
    host: &'a WorkspaceHost,
    seen: Option<Version>,
    now: Instant,
}

/// What is at a host.
struct Present {
    /// Of any account, deleted or not.
    item: Option<WorkspaceItem>,
    /// How many workspaces the account has.
    count: u32,
    /// Provider's connection to the customer, where a provider acts.
    connection: Option<CustomerItem>,
}

impl Present {
    /// The `rev` on which a change is conditioned.
    fn rev(&self) -> Option<u64> {
        self.item.as_ref().map(|item| item.rev)
    }

    /// The workspace, unless it was deleted.
    fn workspace(&self) -> Option<&Workspace> {
        let item = self.item.as_ref().filter(|item| item.deleted_at.is_none());
        item.map(|item| &item.workspace)
    }

    /// Whether an account can have the host: a deleted workspace keeps it for its account a while
    /// (T33).
    fn is_free_for(&self, account: AccountId, now: Instant) -> bool {
        let Some(item) = &self.item else { return true };
        let kept = TimeDelta::days(KEPT_DAYS);
        item.deleted_at.is_some_and(|at| item.workspace.account_id == account || at + kept <= now)
    }
}

impl Store {
    /// Puts a workspace at a host.
    pub async fn put_workspace(
        &self,
        party: &WorkspaceParty<'_>,
        host: &WorkspaceHost,
        statement: &WorkspaceStatement,
        seen: Option<Version>,
        now: Instant,
    ) -> Written<Stated<WorkspaceOnRecord>> {
        let placing = Placing { party, host, seen, now };
        Box::pin(until_settled(async || {
            let present = self.at_host(&placing).await?;
            let before = placing.before(&present)?;
            let Sorted { kept, chosen } = placing.sort(before, statement)?;
            let added = self.chosen_domains(party, statement.kind, chosen).await?;
            let after = placing.after(before, statement, kept, &added);
            let is_new = before.is_none();
            let rev = present.rev().unwrap_or(0) + u64::from(before != Some(&after));
            let done = Stated { value: placing.on_record(&after, rev)?, is_new };
            if before == Some(&after) {
                return Ok(Attempt::Done(done));
            }
            let transaction = placing.transaction(&present, before, &after, &added)?;
            Ok(self.table.transact(transaction).await?.or_stale(done))
        }))
        .await
    }

    /// Takes a workspace away. What a provider takes away are its own domains: where the workspace has
    /// others, it stays with them.
    pub async fn delete_workspace(
        &self,
        party: &WorkspaceParty<'_>,
        host: &WorkspaceHost,
        seen: Option<Version>,
        now: Instant,
    ) -> Written<()> {
        let placing = Placing { party, host, seen, now };
        Box::pin(until_settled(async || {
            let present = self.at_host(&placing).await?;
            let visible = present.workspace().filter(|known| party.look(known).is_some());
            let Some(before) = visible else { return refuse(FederationRefusal::Unknown) };
            placing.check_seen(&present)?;
            let others = before.domains.iter().filter(|domain| !party.sees_domain(domain));
            let others: Vec<_> = others.copied().collect();
            let transaction = if others.is_empty() {
                placing.deletion(&present, before)?
            } else {
                let workspace_id = WorkspaceId::mint(now);
                let after = Workspace { domains: others, workspace_id, ..before.clone() };
                placing.transaction(&present, Some(before), &after, &[])?
            };
            Ok(self.table.transact(transaction).await?.or_stale(()))
        }))
        .await
    }

    async fn at_host(&self, placing: &Placing<'_>) -> Written<Present> {
        let party = placing.party;
        let host = keys::workspace(placing.host);
        let count = keys::workspace_count(party.owner());
        let pair = party.pair();
        let connection = pair.map(|pair| keys::customer(pair.partner, pair.customer));
        let wanted: Vec<_> =
            [host.clone(), count.clone()].into_iter().chain(connection.clone()).collect();
        let mut found = self.table.batch_get(&wanted).await?;
        let connection = match connection {
            None => None,
            Some(key) => {
                let item = found.take::<CustomerItem>(&key)?;
                Some(CustomerItem::still_sharing(item, Share::Federation).or_else(refuse)?)
            }
        };
        let count = found.take::<WorkspaceCountItem>(&count)?.map_or(0, |item| item.count);
        Ok(Present { item: found.take(&host)?, count, connection })
    }
}

/// The domains of a statement.
struct Sorted {
    kept: Vec<DomainOf>,
    /// Those that are to be looked for, each with its place in the statement.
    chosen: Vec<(usize, DomainId)>,
}

impl Placing<'_> {
    fn on_record(&self, after: &Workspace, rev: u64) -> Result<WorkspaceOnRecord, StoreError> {
        let version = Version::of_life(0, rev);
        let seen = self.party.look(after);
        seen.map(|workspace| WorkspaceOnRecord { workspace, version })
            .ok_or_else(|| StoreError::Internal("a party does not see what it wrote".to_owned()))
    }

    fn check_seen(&self, present: &Present) -> Written<()> {
        let is_seen = |seen: Version| present.rev() == Some(seen.rev());
        if self.seen.is_none_or(is_seen) { Ok(()) } else { refuse(FederationRefusal::Changed) }
    }

    /// What the party finds at the host; a refusal where it cannot have it.
    fn before<'p>(&self, present: &'p Present) -> Written<Option<&'p Workspace>> {
        let owner = self.party.owner();
        let before = present.workspace().filter(|before| before.account_id == owner);
        match before {
            Some(before) => {
                self.check_seen(present)?;
                Ok(Some(before))
            }
            None if self.seen.is_some() => refuse(FederationRefusal::Changed),
            None if !present.is_free_for(owner, self.now) => refuse(FederationRefusal::HostTaken),
            None if present.count >= MAX_PER_ACCOUNT => refuse(FederationRefusal::WorkspaceLimit),
            None => Ok(None),
        }
    }

    /// The domains that stay: those that are stated again, and those that are not the party's.
    fn sort(&self, before: Option<&Workspace>, statement: &WorkspaceStatement) -> Written<Sorted> {
        if before.is_some_and(|before| before.kind != statement.kind) {
            return refuse(FederationRefusal::OtherKind);
        }
        if self.party.pair().is_some() && statement.kind != WorkspaceKind::Dedicated {
            return refuse(FederationRefusal::NotDedicated);
        }
        let present = before.map_or(&[][..], |before| &before.domains);
        let stays = |domain: &&DomainOf| {
            !self.party.sees_domain(domain) || statement.domains.contains(&domain.domain_id)
        };
        let kept: Vec<_> = present.iter().filter(stays).copied().collect();
        let is_kept = |id: DomainId| {
            let mut seen = kept.iter().filter(|domain| self.party.sees_domain(domain));
            seen.any(|domain| domain.domain_id == id)
        };
        let chosen = statement.domains.iter().copied().enumerate();
        let chosen: Vec<_> = chosen.filter(|(_, id)| !is_kept(*id)).collect();
        if kept.len() + chosen.len() > Workspace::MAX_DOMAINS {
            return refuse(FederationRefusal::TooManyDomains);
        }
        Ok(Sorted { kept, chosen })
    }

    /// The workspace as it is to be. It is another one where something was taken from its users, so
    /// that nothing which was granted before comes back with it (T25).
    fn after(
        &self,
        before: Option<&Workspace>,
        statement: &WorkspaceStatement,
        kept: Vec<DomainOf>,
        added: &[Chosen],
    ) -> Workspace {
        let takes = before.is_none_or(|before| {
            kept.len() < before.domains.len() || (before.enabled && !statement.enabled)
        });
        let present = before.filter(|_| !takes).map(|before| before.workspace_id);
        let domains = kept.into_iter().chain(added.iter().map(Chosen::domain));
        Workspace {
            host: self.host.clone(),
            workspace_id: present.unwrap_or_else(|| WorkspaceId::mint(self.now)),
            account_id: self.party.owner(),
            kind: statement.kind,
            display_name: statement.display_name.clone(),
            domains: domains.collect(),
            enabled: statement.enabled,
            created_at: before.map_or(self.now, |before| before.created_at),
        }
    }

    fn transaction(
        &self,
        present: &Present,
        before: Option<&Workspace>,
        after: &Workspace,
        added: &[Chosen],
    ) -> Result<Transaction, StoreError> {
        let mut transaction = Transaction::default();
        let rev = present.rev().unwrap_or(0) + 1;
        let item = WorkspaceItem { workspace: after.clone(), deleted_at: None, rev };
        transaction.put(&item, &Condition::unchanged(present.rev())?)?;
        let mirror = AccountWorkspaceItem { workspace: after.clone(), rev };
        transaction.put(&mirror, &Condition::none())?;
        if before.is_none() {
            let update = Update::upsert::<WorkspaceCountItem>()?
                .set("accountId", after.account_id)?
                .add("count", 1);
            let room = Condition::none().and_missing_or("count", "<", MAX_PER_ACCOUNT)?;
            transaction.update(keys::workspace_count(after.account_id), update, &room);
        }
        self.hold_domains(&mut transaction, before, after, added)?;
        if let Some(connection) = &present.connection {
            transaction.hold(connection)?;
        }
        self.tell(&mut transaction, before, after)?;
        Ok(transaction)
    }

    /// Holds the workspace to the domains that come to it, and counts a provider's own.
    fn hold_domains(
        &self,
        transaction: &mut Transaction,
        before: Option<&Workspace>,
        after: &Workspace,
        added: &[Chosen],
    ) -> Result<(), StoreError> {
        let mut connections = BTreeSet::new();
        for chosen in added {
            match chosen {
                Chosen::Own(domain) => transaction.count_workspace(domain, 1),
                Chosen::Federated(item) => {
                    let same = Condition::present().and_equals("episode", item.episode)?;
                    transaction.check(item.key(), &same);
                    connections.insert((item.provider, item.episode));
                }
            }
        }
        for (provider, episode) in connections {
            // A provider's own connection is held on its side already.
            if self.party.pair().is_none() {
                let same = Condition::present().and_equals("ep", episode)?;
                transaction.check(keys::partner(after.account_id, provider), &same);
            }
        }
        if after.kind == WorkspaceKind::Shared {
            let before = before.map_or(&[][..], |before| &before.domains);
            let gone = before.iter().filter(|domain| !after.domains.contains(domain));
            gone.for_each(|domain| transaction.count_workspace(domain, -1));
        }
        Ok(())
    }

    fn deletion(&self, present: &Present, before: &Workspace) -> Result<Transaction, StoreError> {
        let mut transaction = Transaction::default();
        let rev = present.rev().unwrap_or(0) + 1;
        let left = Workspace { domains: Vec::new(), enabled: false, ..before.clone() };
        let item = WorkspaceItem { workspace: left, deleted_at: Some(self.now), rev };
        transaction.put(&item, &Condition::unchanged(present.rev())?)?;
        let mirror = keys::workspace_of_account(before.account_id, &before.host);
        transaction.delete(mirror, &Condition::present());
        let count = keys::workspace_count(before.account_id);
        transaction.update(count, Update::default().add("count", -1), &Condition::present());
        if before.kind == WorkspaceKind::Shared {
            before.domains.iter().for_each(|domain| transaction.count_workspace(domain, -1));
        }
        if let Some(connection) = &present.connection {
            transaction.hold(connection)?;
        }
        let event = self.event(Action::WorkspaceDeleted);
        self.party.audit(&mut transaction, &event)?;
        Ok(transaction)
    }

    fn event(&self, action: Action) -> Event {
        Event::new(self.now, action, "workspace", self.host)
    }

    /// Tells what is different, as far as the party sees it.
    fn tell(
        &self,
        transaction: &mut Transaction,
        before: Option<&Workspace>,
        after: &Workspace,
    ) -> Result<(), StoreError> {
        let domains = |workspace: &Workspace| {
            let seen = workspace.domains.iter().filter(|domain| self.party.sees_domain(domain));
            let ids: Vec<_> = seen.map(|domain| domain.domain_id.to_string()).collect();
            ids.join(" ")
        };
        let fields = |workspace: &Workspace| {
            [
                ("displayName", workspace.display_name.to_string()),
                ("domains", domains(workspace)),
                ("enabled", workspace.enabled.to_string()),
                ("kind", workspace.kind.to_string()),
            ]
        };
        let old = before.map(fields).map(|fields| fields.map(|(_, value)| Some(value)));
        let old = old.unwrap_or_default();
        let changes = fields(after).into_iter().zip(old);
        let changes = changes.filter(|((_, new), old)| old.as_ref() != Some(new));
        let changes = changes.map(|((field, new), old)| change(field, old, Some(new)));
        let action =
            if before.is_none() { Action::WorkspaceCreated } else { Action::WorkspaceChanged };
        self.party.audit(transaction, &self.event(action).with(changes))
    }
}

impl Transaction {
    /// Counts a workspace that comes to a provider's own domain, or leaves it. Where it comes, the
    /// domain must be there.
    fn count_workspace(&mut self, domain: &DomainOf, by: i64) {
        let key = keys::domain(domain.provider, domain.domain_id);
        self.update(key, Update::default().add("workspaces", by), &Condition::present());
    }
}
