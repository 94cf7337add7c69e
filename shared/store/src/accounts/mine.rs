//! The accounts of a person.

use futures::{StreamExt, TryStreamExt, stream};
use tsunagu_domain::{
    account::AccountStatus,
    administrator::Administrator,
    ids::{AccountId, OrgId},
    time::Instant,
};

use super::{AccountOnRecord, organization_is_missing};
use crate::{
    Caller, Store,
    error::StoreError,
    items::{AccountItem, AdministratorItem, InvitationItem, MembershipItem, OrganizationItem},
    keys::{self, prefix},
    query::{Index, Query},
};

/// How many invitations are taken at once.
const AT_ONCE: usize = 8;
/// About how many invitations one call takes: whoever has more finds the others at the next.
const PER_CALL: usize = 40;

/// An account and the caller's place in it.
#[derive(Clone, Debug)]
pub struct MyAccount {
    /// The account.
    pub record: AccountOnRecord,
    /// The caller as its administrator.
    pub administrator: Administrator,
}

impl Store {
    /// The accounts whose administrator the caller is, by account id, after taking the invitations
    /// that wait for his verified address.
    pub async fn my_accounts(
        &self,
        caller: &Caller,
        now: Instant,
    ) -> Result<Vec<MyAccount>, StoreError> {
        self.take_invitations(caller, now).await?;
        let partition = keys::subject_partition(&caller.subject);
        let query = Query::prefix(partition, prefix::ACCOUNTS);
        let memberships = self.table.query_all::<MembershipItem>(query).await?;
        let accounts: Vec<_> = memberships.into_iter().map(|item| item.account_id).collect();
        // The mirror only points: what counts is the administrator's item in the account.
        let places = self.places(caller, &accounts).await?;
        let orgs = places.iter().map(|(account, _)| account.account.org_id);
        let organizations = self.organizations(orgs).await?;
        let with_organization = |(item, administrator): (AccountItem, AdministratorItem)| {
            let organization = organizations
                .iter()
                .find(|known| known.organization.org_id == item.account.org_id)
                .ok_or_else(organization_is_missing)?;
            let organization = organization.organization.clone();
            let record = AccountOnRecord::new(item.account, organization, now);
            Ok(MyAccount { record, administrator: administrator.administrator })
        };
        places.into_iter().map(with_organization).collect()
    }

    /// Those of the accounts whose administrator the caller really is.
    async fn places(
        &self,
        caller: &Caller,
        accounts: &[AccountId],
    ) -> Result<Vec<(AccountItem, AdministratorItem)>, StoreError> {
        let wanted: Vec<_> = accounts
            .iter()
            .flat_map(|id| [keys::account(*id), keys::administrator(*id, &caller.subject)])
            .collect();
        let mut found = self.table.batch_get(&wanted).await?;
        let mut places = Vec::new();
        for keys in wanted.chunks_exact(2) {
            let place = found.take(&keys[0])?.zip(found.take(&keys[1])?);
            places.extend(place);
        }
        Ok(places)
    }

    /// Organizations, each once.
    pub(super) async fn organizations(
        &self,
        ids: impl Iterator<Item = OrgId>,
    ) -> Result<Vec<OrganizationItem>, StoreError> {
        let mut wanted: Vec<_> = ids.map(keys::organization).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut found = self.table.batch_get(&wanted).await?;
        let items = wanted.iter().map(|key| found.take(key));
        items.collect::<Result<Vec<_>, _>>().map(|items| items.into_iter().flatten().collect())
    }

    /// Takes the open invitations of the caller's verified address (T2).
    async fn take_invitations(&self, caller: &Caller, now: Instant) -> Result<(), StoreError> {
        let Some(email) = &caller.verified_email else { return Ok(()) };
        let partition = keys::address_partition(email);
        let query = Query::prefix(partition, prefix::ACCOUNTS).on(Index::Gsi1).limit(PER_CALL);
        let mut open = Vec::new();
        let mut after = None;
        // What cannot be taken, expired or of a suspended account, must not hide what can.
        loop {
            let page = self.table.query::<InvitationItem>(query.clone().after(after)).await?;
            let accounts: Vec<_> = page.items.iter().map(|item| item.account_id).collect();
            open.extend(self.invitations_to_take(caller, &accounts, now).await?);
            after = page.next;
            if after.is_none() || open.len() >= PER_CALL {
                break;
            }
        }
        stream::iter(open.into_iter().map(|invitation| self.activate(caller, invitation, now)))
            .buffer_unordered(AT_ONCE)
            .try_for_each(|_| async { Ok(()) })
            .await
    }

    /// What the index found, as the table has it: open, of an account in use, and of one where the
    /// caller is not an administrator already.
    async fn invitations_to_take(
        &self,
        caller: &Caller,
        accounts: &[AccountId],
        now: Instant,
    ) -> Result<Vec<InvitationItem>, StoreError> {
        let Some(email) = &caller.verified_email else { return Ok(Vec::new()) };
        let wanted: Vec<_> = accounts
            .iter()
            .flat_map(|id| {
                let administrator = keys::administrator(*id, &caller.subject);
                [keys::account(*id), administrator, keys::invitation(*id, email)]
            })
            .collect();
        let mut found = self.table.batch_get(&wanted).await?;
        let mut open = Vec::new();
        for keys in wanted.chunks_exact(3) {
            let account = found.take::<AccountItem>(&keys[0])?;
            let in_use = account.is_some_and(|item| item.account.status == AccountStatus::Active);
            let is_new = found.take::<AdministratorItem>(&keys[1])?.is_none();
            let invitation = found.take::<InvitationItem>(&keys[2])?;
            let invitation = invitation.filter(|item| item.invitation.is_open(now));
            open.extend(invitation.filter(|_| in_use && is_new));
        }
        Ok(open)
    }
}
