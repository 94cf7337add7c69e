//! Taking an invitation: the invited person becomes an administrator.

use tsunagu_domain::{
    administrator::Administrator,
    audit::{Action, Actor},
    time::Instant,
};

use crate::{
    Caller, Store,
    audit::Event,
    condition::{Condition, Update},
    error::StoreError,
    items::{AdministratorItem, InvitationItem, MembershipItem},
    keys,
    transaction::{Outcome, Transaction},
};

impl Store {
    /// Takes an invitation: the caller becomes an administrator under the invitation's id. `None`
    /// where somebody else was faster, the invitation is gone or has changed.
    pub(crate) async fn activate(
        &self,
        caller: &Caller,
        invited: InvitationItem,
        now: Instant,
    ) -> Result<Option<AdministratorItem>, StoreError> {
        let joined = AdministratorItem {
            account_id: invited.account_id,
            subject: caller.subject.clone(),
            administrator: Administrator {
                admin_id: invited.invitation.admin_id,
                email: Some(invited.invitation.email.clone()),
                access: invited.invitation.access,
                invited_by: invited.invitation.invited_by.clone(),
                joined_at: now,
            },
            rev: 1,
        };
        match self.table.transact(joining(&invited, &joined)?).await? {
            Outcome::Done => Ok(Some(joined)),
            // A console asks several things at once when a person first comes: only one of those
            // requests can take the invitation, and all of them are the administrator's.
            Outcome::Refused(_) => {
                self.table.get(keys::administrator(joined.account_id, &joined.subject)).await
            }
        }
    }
}

fn joining(
    invited: &InvitationItem,
    joined: &AdministratorItem,
) -> Result<Transaction, StoreError> {
    let AdministratorItem { account_id, subject, administrator, .. } = joined;
    let mut transaction = Transaction::default();
    let key = keys::invitation(*account_id, &invited.invitation.email);
    transaction.delete(key, &invited.unchanged()?);
    transaction.put(joined, &Condition::absent())?;
    let membership = MembershipItem { subject: subject.clone(), account_id: *account_id };
    transaction.put(&membership, &Condition::none())?;
    if administrator.access.is_full() {
        let update = Update::default().add("full", 1);
        transaction.update(keys::full_administrators(*account_id), update, &Condition::present());
    }
    let Administrator { admin_id, email, joined_at, .. } = administrator.clone();
    let event = Event::new(joined_at, Action::AdministratorJoined, "administrator", admin_id);
    transaction.audit(*account_id, Actor::Administrator { admin_id, email }, &event)?;
    Ok(transaction)
}
