//! What trails say of a workspace: each as much as its account sees of it (T10).

use std::collections::BTreeSet;

use tsunagu_domain::{
    audit::{Action, Actor},
    connection::Role,
    federation::workspace::Workspace,
    ids::AccountId,
    time::Instant,
};

use super::workspaces::WorkspaceParty;
use crate::{
    audit::{Changes, Event, change},
    error::StoreError,
    transaction::Transaction,
};

impl WorkspaceParty<'_> {
    /// Tells of a change in the trails of the account, of the provider that acts, and of every other
    /// that has a domain in the workspace. These are told that the account did it: of one another
    /// providers learn nothing.
    pub(super) fn tell(
        &self,
        transaction: &mut Transaction,
        before: Option<&Workspace>,
        after: Option<&Workspace>,
        now: Instant,
    ) -> Result<(), StoreError> {
        let owner = self.owner();
        let acting = self.pair().map(|pair| pair.partner);
        let by = acting.map_or_else(
            || self.actor(),
            |provider| Actor::other_side(Role::Partner, provider),
        );
        Sight { before: before.cloned(), after: after.cloned() }
            .audit(transaction, owner, by, now)?;
        let all: BTreeSet<_> =
            providers(before).chain(providers(after)).chain(acting).collect();
        for provider in all.into_iter().filter(|provider| *provider != owner) {
            let by = if acting == Some(provider) {
                self.actor()
            } else {
                Actor::other_side(Role::Customer, owner)
            };
            let seen = |workspace: &Workspace| workspace.seen_by(provider);
            Sight { before: before.and_then(seen), after: after.and_then(seen) }
                .audit(transaction, provider, by, now)?;
        }
        Ok(())
    }
}

fn providers(workspace: Option<&Workspace>) -> impl Iterator<Item = AccountId> {
    workspace.into_iter().flat_map(|workspace| &workspace.domains).map(|domain| domain.provider)
}

/// A workspace before and after a change, as somebody sees it.
struct Sight {
    before: Option<Workspace>,
    after: Option<Workspace>,
}

impl Sight {
    /// Writes what is different into the trail of whoever sees it so; nothing where nothing is.
    fn audit(
        &self,
        transaction: &mut Transaction,
        account: AccountId,
        by: Actor,
        now: Instant,
    ) -> Result<(), StoreError> {
        let Some(workspace) = self.after.as_ref().or(self.before.as_ref()) else { return Ok(()) };
        let action = match (&self.before, &self.after) {
            (None, _) => Action::WorkspaceCreated,
            (Some(_), Some(_)) => Action::WorkspaceChanged,
            (Some(_), None) => Action::WorkspaceDeleted,
        };
        let mut changes = self.changes();
        if action == Action::WorkspaceChanged && changes.is_empty() {
            return Ok(());
        }
        // Who has thousands of customers wants to know whose it is.
        let customer = Some(workspace.account_id).filter(|customer| *customer != account);
        changes.extend(customer.map(|customer| change("customer", None::<AccountId>, Some(customer))));
        let event = Event::new(now, action, "workspace", &workspace.host).with(changes);
        transaction.audit(account, by, &event)
    }

    fn changes(&self) -> Changes {
        let Some(after) = &self.after else { return Changes::new() };
        let old = self.before.as_ref().map(fields).map(|old| old.map(|(_, value)| Some(value)));
        let different = fields(after).into_iter().zip(old.unwrap_or_default());
        let different = different.filter(|((_, new), old)| old.as_ref() != Some(new));
        different.map(|((field, new), old)| change(field, old, Some(new))).collect()
    }
}

fn fields(workspace: &Workspace) -> [(&'static str, String); 4] {
    let domains: Vec<_> =
        workspace.domains.iter().map(|domain| domain.domain_id.to_string()).collect();
    [
        ("displayName", workspace.display_name.to_string()),
        ("domains", domains.join(" ")),
        ("enabled", workspace.enabled.to_string()),
        ("kind", workspace.kind.to_string()),
    ]
}
