//! Administrators of an account.

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
    transaction::{Rejected, Transaction},
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
        let account_id = invited.account_id;
        let invitation = invited.invitation;
        let joined = AdministratorItem {
            account_id,
            subject: caller.subject.clone(),
            administrator: Administrator {
                admin_id: invitation.admin_id,
                email: Some(invitation.email.clone()),
                access: invitation.access,
                invited_by: invitation.invited_by,
                joined_at: now,
            },
            rev: 1,
        };
        let mut transaction = Transaction::default();
        transaction.delete(
            keys::invitation(account_id, &invitation.email),
            &Condition::present().and_equals("rev", invited.rev)?,
        )?;
        transaction.put(&joined, &Condition::absent())?;
        let membership = MembershipItem { subject: caller.subject.clone(), account_id };
        transaction.put(&membership, &Condition::none())?;
        if joined.administrator.access.is_full() {
            transaction.update(
                keys::full_administrators(account_id),
                Update::default().add("full", 1),
                &Condition::present(),
            )?;
        }
        let admin_id = invitation.admin_id;
        let actor = Actor::Administrator { admin_id, email: Some(invitation.email) };
        let event = Event::new(now, Action::AdministratorJoined, "administrator", admin_id);
        transaction.audit(account_id, actor, &event)?;
        match self.table.transact(transaction).await {
            Ok(()) => Ok(Some(joined)),
            Err(Rejected::Conditions(_)) => Ok(None),
            Err(Rejected::Store(error)) => Err(error),
        }
    }
}
