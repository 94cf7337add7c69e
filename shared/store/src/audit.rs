//! Entries of the audit trail, written in the transactions of what they tell.

mod list;
mod reads;

use std::collections::BTreeMap;

use tsunagu_domain::{
    audit::{Action, Actor, AuditEntry, Change, Target},
    connection::{Pair, Role},
    ids::{AccountId, AuditId, ConnectionId},
    time::Instant,
};

use crate::{condition::Condition, error::StoreError, items::AuditItem, transaction::Transaction};

pub use list::{AuditFilter, AuditRange};
pub use reads::{ReadKey, ReadsBatch};

/// What is different afterwards.
pub(crate) type Changes = BTreeMap<String, Change>;

/// One field that is different.
pub(crate) fn change(
    field: &str,
    from: Option<impl ToString>,
    to: Option<impl ToString>,
) -> (String, Change) {
    let change =
        Change { from: from.map(|value| value.to_string()), to: to.map(|value| value.to_string()) };
    (field.to_owned(), change)
}

/// What happened, before it is known in whose trails it stands.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) at: Instant,
    pub(crate) action: Action,
    pub(crate) target: Target,
    pub(crate) changes: Changes,
}

impl Event {
    #[expect(clippy::needless_pass_by_value, reason = "ids are copied, not borrowed")]
    pub(crate) fn new(at: Instant, action: Action, kind: &str, id: impl ToString) -> Self {
        let target = Target { kind: kind.to_owned(), id: id.to_string() };
        Self { at, action, target, changes: Changes::new() }
    }

    pub(crate) fn with(self, changes: impl IntoIterator<Item = (String, Change)>) -> Self {
        Self { changes: changes.into_iter().collect(), ..self }
    }

    /// Something that happened to a connection.
    pub(crate) fn of_connection(at: Instant, action: Action, id: ConnectionId) -> Self {
        Self::new(at, action, "connection", id)
    }
}

impl Transaction {
    /// Writes an event into the trail of one account.
    pub(crate) fn audit(
        &mut self,
        account: AccountId,
        actor: Actor,
        event: &Event,
    ) -> Result<(), StoreError> {
        let Event { at, action, target, changes } = event.clone();
        let audit_id = AuditId::mint(at);
        let entry =
            AuditEntry { audit_id, account_id: account, at, action, actor, target, changes };
        self.put(&AuditItem { entry, reads: None }, &Condition::none()).map(|_| ())
    }

    /// Writes an event into the trails of both sides: with the person on the side that acted, with
    /// nothing but the role on the other (T10).
    pub(crate) fn audit_both(
        &mut self,
        pair: Pair,
        by: Role,
        actor: Actor,
        event: &Event,
    ) -> Result<(), StoreError> {
        let (own, other, other_role) = match by {
            Role::Partner => (pair.partner, pair.customer, "customer"),
            Role::Customer => (pair.customer, pair.partner, "partner"),
        };
        // Who has thousands of them wants to know whom it was about.
        let mut told = event.clone();
        told.changes.extend([change(other_role, None::<String>, Some(other))]);
        self.audit(own, actor, &told)?;
        self.audit(other, Actor::other_side(by, own), event)
    }
}
