//! Changing what an administrator may do, and removing one.

use tsunagu_domain::{
    access::{MissingRight, Refusal},
    administrator::{Access, AccessChange},
    audit::Action,
    ids::AdminId,
    time::Instant,
};

use super::{AdministratorOnRecord, AdministratorRefusal};
use crate::{
    Acting, Store,
    audit::{Event, change},
    condition::{Condition, Update},
    error::{StoreError, WriteError},
    item::Item,
    items::{AdministratorItem, InvitationItem},
    keys,
    settle::{Attempt, until_settled},
    transaction::{ActionId, Outcome, Transaction},
};

/// The conditions of a change that tell why it did not happen.
struct Guards {
    /// Whoever asks has full access; nothing where it is the administrator himself.
    allowed: Option<ActionId>,
    /// The item is as it was read.
    unchanged: ActionId,
    /// Another administrator with full access stays.
    not_last: Option<ActionId>,
}

impl Store {
    /// Changes what an administrator, or an invited one, may do.
    ///
    /// `still` says whether it is as its reader saw it.
    pub async fn change_access(
        &self,
        by: &Acting,
        admin_id: AdminId,
        wanted: AccessChange,
        now: Instant,
        still: impl Fn(&AdministratorOnRecord) -> bool,
    ) -> Result<AdministratorOnRecord, WriteError<AdministratorRefusal>> {
        until_settled(async || {
            let before = self.administrator_to_change(by, admin_id, now, &still).await?;
            let himself = admin_id == by.administrator().admin_id;
            if himself && !before.access().is_full() {
                // Demoted since he was admitted: what he may do to himself ended with it (T4).
                let denied = Refusal::RightMissing(MissingRight::FullAccess);
                return Err(WriteError::Refused(AdministratorRefusal::Denied(denied)));
            }
            let access = wanted
                .apply(before.access())
                .map_err(|_| WriteError::Refused(AdministratorRefusal::FullAccessHasAll))?;
            if access == before.access() {
                return Ok(Attempt::Done(before));
            }
            let (transaction, guards, after) = changing(by, &before, access, now)?;
            let attempt = self.attempt(by, transaction, &guards).await?;
            Ok(match attempt {
                Attempt::Done(()) => Attempt::Done(after),
                Attempt::Stale => Attempt::Stale,
            })
        })
        .await
    }

    /// Removes an administrator or an invitation. Somebody who is removed is out with the next
    /// request, and no invitation of his address is left that would let him in again (T3).
    pub async fn remove_administrator(
        &self,
        by: &Acting,
        admin_id: AdminId,
        now: Instant,
        still: impl Fn(&AdministratorOnRecord) -> bool,
    ) -> Result<(), WriteError<AdministratorRefusal>> {
        until_settled(async || {
            let before = self.administrator_to_change(by, admin_id, now, &still).await?;
            let (transaction, guards) = removing(by, &before, now)?;
            self.attempt(by, transaction, &guards).await
        })
        .await
    }

    async fn administrator_to_change(
        &self,
        by: &Acting,
        admin_id: AdminId,
        now: Instant,
        still: &impl Fn(&AdministratorOnRecord) -> bool,
    ) -> Result<AdministratorOnRecord, WriteError<AdministratorRefusal>> {
        let found = self.administrator(by, admin_id, now).await?;
        let found = found.ok_or(WriteError::Refused(AdministratorRefusal::Unknown))?;
        if still(&found) {
            Ok(found)
        } else {
            Err(WriteError::Refused(AdministratorRefusal::Changed))
        }
    }

    async fn attempt(
        &self,
        by: &Acting,
        transaction: Transaction,
        guards: &Guards,
    ) -> Result<Attempt<()>, WriteError<AdministratorRefusal>> {
        let failed = match self.table.transact(transaction).await? {
            Outcome::Done => return Ok(Attempt::Done(())),
            Outcome::Refused(failed) => failed,
        };
        if guards.allowed.is_some_and(|allowed| failed.contains(allowed))
            && let Some(denied) = self.denied(by).await?
        {
            return Err(WriteError::Refused(denied));
        }
        // Somebody else may have changed the same administrator: then it is not known yet whether
        // this one would still be the last.
        let is_last = guards.not_last.is_some_and(|not_last| failed.contains(not_last));
        if is_last && !failed.contains(guards.unchanged) {
            return Err(WriteError::Refused(AdministratorRefusal::LastFullAdministrator));
        }
        Ok(Attempt::Stale)
    }
}

fn changing(
    by: &Acting,
    before: &AdministratorOnRecord,
    access: Access,
    now: Instant,
) -> Result<(Transaction, Guards, AdministratorOnRecord), StoreError> {
    let mut transaction = Transaction::default();
    let allowed = allowed(&mut transaction, by, before)?;
    let (after, unchanged, not_last) = match before.clone() {
        AdministratorOnRecord::Active(item) => {
            let mut after = AdministratorItem { rev: item.rev + 1, ..item.clone() };
            after.administrator.access = access;
            let unchanged = transaction.put(&after, &item.unchanged()?)?;
            let was = item.administrator.access;
            let not_last = transaction.count_full(&item, was, Some(access))?;
            (AdministratorOnRecord::Active(after), unchanged, not_last)
        }
        AdministratorOnRecord::Invited(item) => {
            let mut after = InvitationItem { rev: item.rev + 1, ..item.clone() };
            after.invitation.access = access;
            let unchanged = transaction.put(&after, &item.unchanged()?)?;
            (AdministratorOnRecord::Invited(after), unchanged, None)
        }
    };
    let changes = [change("access", Some(before.access()), Some(access))];
    let event = Event::new(now, Action::AdministratorChanged, "administrator", before.admin_id());
    transaction.audit(by.account_id(), by.actor(), &event.with(changes))?;
    Ok((transaction, Guards { allowed, unchanged, not_last }, after))
}

fn removing(
    by: &Acting,
    before: &AdministratorOnRecord,
    now: Instant,
) -> Result<(Transaction, Guards), StoreError> {
    let account_id = by.account_id();
    let mut transaction = Transaction::default();
    let allowed = allowed(&mut transaction, by, before)?;
    let (unchanged, not_last) = match before {
        AdministratorOnRecord::Active(item) => {
            let unchanged = transaction.delete(item.key(), &item.unchanged()?);
            let membership = keys::membership(&item.subject, account_id);
            transaction.delete(membership, &Condition::none());
            if let Some(email) = &item.administrator.email {
                let invitation = keys::invitation(account_id, email);
                transaction.delete(invitation, &Condition::none());
            }
            let was = item.administrator.access;
            (unchanged, transaction.count_full(item, was, None)?)
        }
        AdministratorOnRecord::Invited(item) => {
            (transaction.delete(item.key(), &item.unchanged()?), None)
        }
    };
    let changes = [
        change("email", before.email(), None::<String>),
        change("access", Some(before.access()), None::<String>),
    ];
    let event = Event::new(now, Action::AdministratorRemoved, "administrator", before.admin_id());
    transaction.audit(account_id, by.actor(), &event.with(changes))?;
    Ok((transaction, Guards { allowed, unchanged, not_last }))
}

/// Whoever changes himself is held by the condition on his own item.
fn allowed(
    transaction: &mut Transaction,
    by: &Acting,
    target: &AdministratorOnRecord,
) -> Result<Option<ActionId>, StoreError> {
    if target.admin_id() == by.administrator().admin_id {
        return Ok(None);
    }
    transaction.check_full_access(by).map(Some)
}

impl Transaction {
    /// Keeps the number of administrators with full access; where it falls, another one must stay.
    fn count_full(
        &mut self,
        item: &AdministratorItem,
        before: Access,
        after: Option<Access>,
    ) -> Result<Option<ActionId>, StoreError> {
        let key = keys::full_administrators(item.account_id);
        match (before.is_full(), after.is_some_and(Access::is_full)) {
            (true, false) => {
                let another = Condition::present().and_compare("full", ">", 1)?;
                Ok(Some(self.update(key, Update::default().add("full", -1), &another)))
            }
            (false, true) => {
                self.update(key, Update::default().add("full", 1), &Condition::present());
                Ok(None)
            }
            _ => Ok(None),
        }
    }
}
