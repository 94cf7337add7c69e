//! Provisioning: the vendor makes, changes and suspends accounts.

use tsunagu_domain::{
    account::{Account, Provision, ProvisionRefusal},
    administrator::{Access, Invitation},
    audit::{Action, Actor},
    email::EmailAddress,
    ids::{AccountId, AdminId},
    locale::TimeZone,
    organization::Organization,
    program::Memberships,
    time::Instant,
};

use super::{AccountOnRecord, differences, organization_is_missing};
use crate::{
    Store,
    administrators::Administrators,
    audit::Event,
    condition::Condition,
    error::{StoreError, WriteError},
    items::{AccountItem, FullAdministratorsItem, OrganizationItem},
    settle::{Attempt, until_settled},
    transaction::{Outcome, Transaction},
};

/// Somebody whom the vendor names as an administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitee {
    /// The address.
    pub email: EmailAddress,
    /// What the person will be allowed.
    pub access: Access,
}

/// The vendor's word on an account.
#[derive(Clone, Debug)]
pub struct Provisioning {
    /// The account.
    pub account_id: AccountId,
    /// What is said of it.
    pub provision: Provision,
    /// Whom to invite, unless invited or active already; never removes anybody.
    pub administrators: Vec<Invitee>,
    /// The time zone of a new account for which none is given.
    pub default_time_zone: TimeZone,
    /// When.
    pub now: Instant,
}

/// Why the vendor's word is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProvisionError {
    /// The rules refuse it.
    Rules(ProvisionRefusal),
    /// The account is no longer as its reader saw it.
    Changed,
}

/// An account after the vendor's word.
#[derive(Clone, Debug)]
pub struct Provisioned {
    /// The account as it is now.
    pub record: AccountOnRecord,
    /// Whether it was made.
    pub is_new: bool,
}

impl Store {
    /// Makes an account or changes it, invites its first administrators, and brings its partners'
    /// copies up to it, which is done even where nothing differs: a call that was cut off is
    /// completed by repeating it.
    ///
    /// `still` says whether the account is as its reader saw it, `None` where there is none.
    pub async fn provision(
        &self,
        wanted: &Provisioning,
        still: impl Fn(Option<&Account>) -> bool,
    ) -> Result<Provisioned, WriteError<ProvisionError>> {
        let (account, is_new) =
            until_settled(async || self.provision_once(wanted, &still).await).await?;
        let organization = if is_new {
            let organization = self.organization_item(account.org_id).await?;
            organization.ok_or_else(organization_is_missing)?
        } else {
            self.copy_to_partners(account.account_id).await?
        };
        let record = AccountOnRecord::new(account, organization.organization, wanted.now);
        Ok(Provisioned { record, is_new })
    }

    async fn provision_once(
        &self,
        wanted: &Provisioning,
        still: &impl Fn(Option<&Account>) -> bool,
    ) -> Result<Attempt<(Account, bool)>, WriteError<ProvisionError>> {
        let before = self.account_item(wanted.account_id).await?;
        if !still(before.as_ref().map(|item| &item.account)) {
            return Err(WriteError::Refused(ProvisionError::Changed));
        }
        let refused = |refusal| WriteError::Refused(ProvisionError::Rules(refusal));
        let mut transaction = Transaction::default();
        let is_new = before.is_none();
        let account = if let Some(before) = before {
            let after = wanted.provision.change(&before.account).map_err(refused)?;
            transaction.reprovision(&before, &after, wanted.now)?;
            after
        } else {
            let Provisioning { account_id, default_time_zone, now, .. } = *wanted;
            let account = wanted.provision.create(account_id, default_time_zone, now);
            let account = account.map_err(refused)?;
            self.make_account(&mut transaction, &account).await?;
            account
        };
        self.invite_first(&mut transaction, wanted, is_new).await?;
        if transaction.is_empty() {
            return Ok(Attempt::Done((account, is_new)));
        }
        match self.table.transact(transaction).await? {
            Outcome::Done => Ok(Attempt::Done((account, is_new))),
            Outcome::Refused(_) => Ok(Attempt::Stale),
        }
    }

    /// A new account, and its organization where nobody has heard of it yet.
    async fn make_account(
        &self,
        transaction: &mut Transaction,
        account: &Account,
    ) -> Result<(), StoreError> {
        let Account { account_id, org_id, created_at, .. } = *account;
        let absent = Condition::absent();
        transaction.put(&AccountItem { account: account.clone(), rev: 1 }, &absent)?;
        transaction.put(&FullAdministratorsItem { account_id, full: 0 }, &absent)?;
        if self.organization_item(org_id).await?.is_none() {
            let memberships = Memberships::default();
            let organization = Organization { org_id, name: None, memberships };
            transaction.put(&OrganizationItem { organization, rev: 1 }, &absent)?;
        }
        let event = Event::new(created_at, Action::AccountProvisioned, "account", account_id);
        transaction.audit(account_id, Actor::Platform, &event)
    }

    /// Invites those who are neither invited nor active. Somebody whose invitation has expired is
    /// invited anew.
    async fn invite_first(
        &self,
        transaction: &mut Transaction,
        wanted: &Provisioning,
        is_new: bool,
    ) -> Result<(), StoreError> {
        if wanted.administrators.is_empty() {
            return Ok(());
        }
        let present = if is_new {
            Administrators::default()
        } else {
            self.all_administrators(wanted.account_id).await?
        };
        for Invitee { email, access } in &wanted.administrators {
            if present.holds(email, wanted.now) {
                continue;
            }
            let invitation = Invitation {
                admin_id: AdminId::mint(wanted.now),
                email: email.clone(),
                access: *access,
                invited_by: None,
                invited_at: wanted.now,
            };
            let expired = present.invitation_of(email);
            transaction.invite(wanted.account_id, invitation, expired, Actor::Platform)?;
        }
        Ok(())
    }
}

impl Transaction {
    /// An account after the vendor's word, on condition that it is as it was read; nothing where the
    /// vendor says nothing new.
    fn reprovision(
        &mut self,
        before: &AccountItem,
        after: &Account,
        now: Instant,
    ) -> Result<(), StoreError> {
        let changes = differences(&before.account, after);
        if changes.is_empty() {
            return Ok(());
        }
        let id = after.account_id;
        self.replace_account(before, after.clone())?;
        let event = Event::new(now, Action::AccountProvisioned, "account", id).with(changes);
        self.audit(id, Actor::Platform, &event)
    }
}
