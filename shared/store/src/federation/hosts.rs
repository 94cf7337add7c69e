//! Putting a workspace at a host, and taking it away.

use std::collections::BTreeSet;

use tsunagu_domain::{
    federation::{
        host::WorkspaceHost,
        workspace::{DomainOf, Workspace, WorkspaceKind},
    },
    ids::{AccountId, DomainId, WorkspaceId},
    share::Share,
    time::Instant,
};

use super::{
    FederationRefusal, Written,
    choosing::Chosen,
    party::{WorkspaceOnRecord, WorkspaceParty, WorkspaceStatement},
    refuse,
};
use crate::{
    Stated, Store, Version,
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
        let is_free = |at| item.workspace.account_id == account || at + WorkspaceHost::KEPT <= now;
        item.deleted_at.is_some_and(is_free)
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
            let added = self.chosen_domains(party, statement.kind, &kept, chosen).await?;
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
        let before = present.workspace().filter(|before| self.party.look(before).is_some());
        match before {
            Some(before) => {
                self.check_seen(present)?;
                Ok(Some(before))
            }
            None if self.seen.is_some() => refuse(FederationRefusal::Changed),
            None if !present.is_free_for(owner, self.now) => refuse(FederationRefusal::HostTaken),
            None if present.count >= WorkspaceHost::MAX_PER_ACCOUNT => {
                refuse(FederationRefusal::WorkspaceLimit)
            }
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
        if before.is_some_and(|before| !self.may_name(before, statement)) {
            return refuse(FederationRefusal::NotSetUp);
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

    /// Whether the party may leave name and enabled as they are stated.
    fn may_name(&self, before: &Workspace, statement: &WorkspaceStatement) -> bool {
        let same =
            before.display_name == statement.display_name && before.enabled == statement.enabled;
        same || self.party.pair().is_none_or(|pair| before.is_named_by(pair.partner))
    }

    /// The workspace as it is to be.
    fn after(
        &self,
        before: Option<&Workspace>,
        statement: &WorkspaceStatement,
        kept: Vec<DomainOf>,
        added: &[Chosen],
    ) -> Workspace {
        let same = before.filter(|before| !before.takes(&kept, statement.enabled));
        let provider = self.party.pair().map(|pair| pair.partner);
        let domains = kept.into_iter().chain(added.iter().map(Chosen::domain));
        Workspace {
            host: self.host.clone(),
            workspace_id: same
                .map_or_else(|| WorkspaceId::mint(self.now), |same| same.workspace_id),
            account_id: self.party.owner(),
            set_up_by: before.map_or(provider, |before| before.set_up_by),
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
            let most = WorkspaceHost::MAX_PER_ACCOUNT;
            let room = Condition::none().and_missing_or("count", "<", most)?;
            transaction.update(keys::workspace_count(after.account_id), update, &room);
        }
        self.hold_domains(&mut transaction, before, after, added)?;
        if let Some(connection) = &present.connection {
            transaction.hold(connection)?;
        }
        self.party.tell(&mut transaction, before, Some(after), self.now)?;
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
                Chosen::Own { domain, .. } => transaction.count_workspace(domain, 1),
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
        let item = WorkspaceItem::deleted(before, rev, self.now);
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
        self.party.tell(&mut transaction, Some(before), None, self.now)?;
        Ok(transaction)
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
