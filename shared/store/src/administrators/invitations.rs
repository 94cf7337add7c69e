//! Inviting an administrator.

use tsunagu_domain::{
    administrator::{Access, Invitation},
    audit::{Action, Actor},
    email::EmailAddress,
    ids::{AccountId, AdminId},
    time::Instant,
};

use super::AdministratorRefusal;
use crate::{
    Acting, RecordedAnswer, Store,
    audit::{Event, change},
    condition::Condition,
    error::{StoreError, WriteError},
    items::InvitationItem,
    settle::{Attempt, until_settled},
    transaction::{Outcome, Transaction},
};

impl Acting {
    /// An invitation in this administrator's name.
    pub fn invitation(&self, email: EmailAddress, access: Access, now: Instant) -> Invitation {
        Invitation {
            admin_id: AdminId::mint(now),
            email,
            access,
            invited_by: self.administrator().email.clone(),
            invited_at: now,
        }
    }
}

impl Store {
    /// Invites an administrator: an address that is invited or active already is refused, an
    /// invitation that has expired is replaced. No mail is sent.
    pub async fn invite_administrator(
        &self,
        by: &Acting,
        invitation: &Invitation,
        record: Option<RecordedAnswer>,
    ) -> Result<(), WriteError<AdministratorRefusal>> {
        until_settled(async || self.invite_once(by, invitation, record.clone()).await).await
    }

    async fn invite_once(
        &self,
        by: &Acting,
        invitation: &Invitation,
        record: Option<RecordedAnswer>,
    ) -> Result<Attempt<()>, WriteError<AdministratorRefusal>> {
        let account_id = by.account_id();
        let present = self.all_administrators(account_id).await?;
        if present.holds(&invitation.email, invitation.invited_at) {
            return Err(self.present_or_taken(record).await?);
        }
        let mut transaction = Transaction::default();
        let recording = transaction.record(record)?;
        let allowed = transaction.check_full_access(by)?;
        let expired = present.invitation_of(&invitation.email);
        transaction.invite(account_id, invitation.clone(), expired, by.actor())?;
        match self.table.transact(transaction).await? {
            Outcome::Done => Ok(Attempt::Done(())),
            Outcome::Refused(failed) => {
                recording.check(&failed)?;
                if failed.contains(allowed)
                    && let Some(denied) = self.denied(by).await?
                {
                    return Err(WriteError::Refused(denied));
                }
                Ok(Attempt::Stale)
            }
        }
    }

    /// The address may be invited by this very request, sent twice: then the first one's answer is
    /// the answer.
    async fn present_or_taken(
        &self,
        record: Option<RecordedAnswer>,
    ) -> Result<WriteError<AdministratorRefusal>, StoreError> {
        if let Some(record) = record
            && self.find_answer(&record.key, record.recorded_at).await?.is_some()
        {
            return Ok(WriteError::KeyTaken);
        }
        Ok(WriteError::Refused(AdministratorRefusal::Present))
    }
}

impl Transaction {
    /// Puts an invitation where there is none, or in place of one that has expired.
    pub(crate) fn invite(
        &mut self,
        account_id: AccountId,
        invitation: Invitation,
        expired: Option<&InvitationItem>,
        by: Actor,
    ) -> Result<(), StoreError> {
        let free = match expired {
            Some(expired) => expired.unchanged()?,
            None => Condition::absent(),
        };
        let changes = [
            change("email", None::<String>, Some(&invitation.email)),
            change("access", None::<String>, Some(invitation.access)),
        ];
        let action = Action::AdministratorInvited;
        let event = Event::new(invitation.invited_at, action, "administrator", invitation.admin_id)
            .with(changes);
        self.put(&InvitationItem { account_id, invitation, rev: 1 }, &free)?;
        self.audit(account_id, by, &event)
    }
}
