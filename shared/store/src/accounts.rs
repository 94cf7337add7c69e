//! Accounts: registering, provisioning, changing, and the lists of a person and of the vendor.
//!
//! Partners keep a copy of their customers' names and suspension ([`CustomerItem`]), so that the
//! dashboard is one query. Whatever changes what is copied first changes the account, then brings
//! the copies up to it, then answers.
//!
//! [`CustomerItem`]: crate::items::CustomerItem

mod copies;
mod lists;
mod mine;
mod provisioning;
mod registration;
mod time_zones;

use tsunagu_domain::{
    account::{Account, Details},
    audit::{Action, Change},
    organization::Organization,
    program::Badges,
    time::Instant,
};

pub use mine::MyAccount;
pub use provisioning::{Invitee, ProvisionError, Provisioned, Provisioning};
pub use registration::{NewAccount, Registration, TooManyAccounts};

use crate::{
    Acting, Changed, Store,
    audit::{Event, change},
    condition::Condition,
    error::{StoreError, WriteError},
    items::{AccountItem, OrganizationItem},
    keys,
    settle::{Attempt, until_settled},
    transaction::Transaction,
};

/// An account together with its organization, as the table has them now.
#[derive(Clone, Debug)]
pub struct AccountOnRecord {
    /// The account.
    pub account: Account,
    /// Its organization.
    pub organization: Organization,
    /// Its badges at the time of the request.
    pub badges: Badges,
}

impl AccountOnRecord {
    fn new(account: Account, organization: Organization, now: Instant) -> Self {
        let badges = organization.memberships.badges(now);
        Self { account, organization, badges }
    }
}

impl Store {
    /// Changes what an account's administrators may change, and its partners' copies of it.
    ///
    /// `still` says whether the account is as its reader saw it; `apply` changes the details as they
    /// stand, and is asked again where they changed meanwhile.
    pub async fn change_account(
        &self,
        by: &Acting,
        now: Instant,
        still: impl Fn(&Account) -> bool,
        apply: impl Fn(&mut Details),
    ) -> Result<AccountOnRecord, WriteError<Changed>> {
        let (still, apply) = (&still, &apply);
        let mut first = Some(by.account_item().clone());
        let changed = until_settled(|| {
            let known = first.take();
            async move {
                let before = match known {
                    Some(item) => item,
                    None => {
                        self.account_item(by.account_id()).await?.ok_or_else(account_is_gone)?
                    }
                };
                if !still(&before.account) {
                    return Err(WriteError::Refused(Changed));
                }
                self.change_account_once(by, before, now, apply).await
            }
        })
        .await?;
        let (changed, copied) = changed;
        let organization = if copied {
            self.copy_to_partners(changed.account_id).await?.organization
        } else {
            by.organization().clone()
        };
        Ok(AccountOnRecord::new(changed, organization, now))
    }

    /// Gives the account, and whether its partners' copies are to follow: where the name differs,
    /// and where nothing does, since then this may repeat a call that was cut off.
    async fn change_account_once(
        &self,
        by: &Acting,
        before: AccountItem,
        now: Instant,
        apply: &(impl Fn(&mut Details) + ?Sized),
    ) -> Result<Attempt<(Account, bool)>, WriteError<Changed>> {
        let mut details = before.account.details();
        apply(&mut details);
        let after = before.account.with_details(details);
        let changes = differences(&before.account, &after);
        if changes.is_empty() {
            return Ok(Attempt::Done((after, true)));
        }
        let renamed = before.account.display_name != after.display_name;
        let id = after.account_id;
        let mut transaction = Transaction::default();
        transaction.replace_account(&before, after.clone())?;
        let event = Event::new(now, Action::AccountChanged, "account", id).with(changes);
        transaction.audit(id, by.actor(), &event)?;
        Ok(self.table.transact(transaction).await?.or_stale((after, renamed)))
    }

    /// An account with its organization, for the vendor; `None` where there is none.
    pub async fn account_on_record(
        &self,
        id: tsunagu_domain::ids::AccountId,
        now: Instant,
    ) -> Result<Option<AccountOnRecord>, StoreError> {
        let Some(item) = self.account_item(id).await? else { return Ok(None) };
        let organization = self.organization_item(item.account.org_id).await?;
        let organization = organization.ok_or_else(organization_is_missing)?.organization;
        Ok(Some(AccountOnRecord::new(item.account, organization, now)))
    }

    pub(crate) async fn account_item(
        &self,
        id: tsunagu_domain::ids::AccountId,
    ) -> Result<Option<AccountItem>, StoreError> {
        self.table.get(keys::account(id)).await
    }

    pub(crate) async fn organization_item(
        &self,
        id: tsunagu_domain::ids::OrgId,
    ) -> Result<Option<OrganizationItem>, StoreError> {
        self.table.get(keys::organization(id)).await
    }
}

impl Transaction {
    /// Replaces an account by its next form, provided that nothing has changed since it was read.
    fn replace_account(&mut self, before: &AccountItem, after: Account) -> Result<(), StoreError> {
        let unchanged = Condition::unchanged(Some(before.rev))?;
        let item = AccountItem { account: after, rev: before.rev + 1 };
        self.put(&item, &unchanged).map(|_| ())
    }
}

/// What differs between two forms of one account, by field, for the audit trail.
fn differences(before: &Account, after: &Account) -> Vec<(String, Change)> {
    let fields = |account: &Account| {
        [
            ("displayName", Some(account.display_name.to_string())),
            ("country", Some(account.country.to_string())),
            ("address", account.address.as_ref().map(ToString::to_string)),
            ("contact", account.contact.as_ref().map(ToString::to_string)),
            ("status", Some(account.status.to_string())),
            ("externalId", account.external_id.as_ref().map(ToString::to_string)),
        ]
    };
    fields(before)
        .into_iter()
        .zip(fields(after))
        .filter(|((_, from), (_, to))| from != to)
        .map(|((field, from), (_, to))| change(field, from, to))
        .collect()
}

fn account_is_gone() -> StoreError {
    StoreError::corrupt("an account that vanished")
}

fn organization_is_missing() -> StoreError {
    StoreError::corrupt("an account without its organization")
}

#[cfg(test)]
mod tests {
    use tsunagu_domain::{
        account::{AccountStatus, Provision},
        ids::{AccountId, OrgId},
    };

    use super::*;

    fn account() -> Account {
        let provision = Provision {
            org_id: Some(OrgId::mint(Instant::default())),
            display_name: Some("Minato".parse().expect("a name")),
            country: Some("JP".parse().expect("a country")),
            ..Provision::default()
        };
        let zone = "Asia/Tokyo".parse().expect("a zone");
        let id = AccountId::mint(Instant::default());
        provision.create(id, zone, Instant::default()).expect("complete")
    }

    #[test]
    fn given_equal_accounts_then_there_is_nothing_to_tell() {
        assert!(differences(&account(), &account()).is_empty());
    }

    #[test]
    fn given_changed_fields_then_each_is_told_with_both_values() {
        let before = account();
        let contact = Some("IT desk".parse().expect("a contact"));
        let status = AccountStatus::Suspended;
        let after = Account { contact, status, ..before.clone() };
        let expected = [
            change("contact", None::<String>, Some("IT desk")),
            change("status", Some("active"), Some("suspended")),
        ];
        assert_eq!(differences(&before, &after), expected);
    }
}
