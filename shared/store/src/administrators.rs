//! Administrators of an account: who is one, who is invited, and how that changes.
//!
//! `ADMINS` counts those with full access. Whatever lowers the count has `full > 1` as a condition
//! in its transaction, so that of two demotions of the last two exactly one happens.

mod activation;
mod changes;
mod invitations;

use tsunagu_domain::{
    access::{MissingRight, Refusal},
    administrator::Access,
    email::EmailAddress,
    ids::{AccountId, AdminId},
    time::Instant,
};

use crate::{
    Acting, Page, Place, Store,
    condition::Condition,
    error::StoreError,
    item::{Attributes, Item, decode},
    items::{AdministratorItem, InvitationItem},
    keys::{self, attribute, prefix},
    query::Query,
    transaction::{ActionId, Transaction},
};

/// Why a change of administrators is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdministratorRefusal {
    /// There is no such administrator or invitation.
    Unknown,
    /// The address is invited or active already.
    Present,
    /// The last administrator with full access stays, and keeps it.
    LastFullAdministrator,
    /// Full access cannot be given permissions.
    FullAccessHasAll,
    /// It is no longer as its reader saw it.
    Changed,
    /// Whoever asks lost the right to meanwhile.
    Denied(Refusal),
}

/// An administrator, or somebody who is invited to become one.
#[derive(Clone, Debug)]
pub enum AdministratorOnRecord {
    /// An administrator.
    Active(AdministratorItem),
    /// An invitation.
    Invited(InvitationItem),
}

impl AdministratorOnRecord {
    /// The id, the same before and after the person comes.
    pub fn admin_id(&self) -> AdminId {
        match self {
            Self::Active(item) => item.administrator.admin_id,
            Self::Invited(item) => item.invitation.admin_id,
        }
    }

    /// What the person may do, now or when it comes.
    pub fn access(&self) -> Access {
        match self {
            Self::Active(item) => item.administrator.access,
            Self::Invited(item) => item.invitation.access,
        }
    }

    /// The address.
    pub fn email(&self) -> Option<&EmailAddress> {
        match self {
            Self::Active(item) => item.administrator.email.as_ref(),
            Self::Invited(item) => Some(&item.invitation.email),
        }
    }

    /// Whether this is the very state that was seen before.
    pub fn is_unchanged(&self, seen: &Self) -> bool {
        match (self, seen) {
            (Self::Active(now), Self::Active(seen)) => {
                now.subject == seen.subject && now.rev == seen.rev
            }
            (Self::Invited(now), Self::Invited(seen)) => {
                now.invitation.admin_id == seen.invitation.admin_id && now.rev == seen.rev
            }
            _ => false,
        }
    }

    /// An invitation that has expired is none, though DynamoDB may not have deleted it yet.
    fn counts(&self, now: Instant) -> bool {
        match self {
            Self::Active(_) => true,
            Self::Invited(item) => item.invitation.is_open(now),
        }
    }

    fn decode(attributes: Attributes) -> Result<Self, StoreError> {
        let entity = attributes.get(attribute::ENTITY).and_then(|entity| entity.as_s().ok());
        if entity.is_some_and(|entity| entity == InvitationItem::ENTITY) {
            decode(attributes).map(Self::Invited)
        } else {
            decode(attributes).map(Self::Active)
        }
    }
}

/// All administrators and invitations of an account, expired ones included.
#[derive(Debug, Default)]
pub(crate) struct Administrators(Vec<AdministratorOnRecord>);

impl Administrators {
    /// Whether an address is invited or active.
    pub(crate) fn holds(&self, email: &EmailAddress, now: Instant) -> bool {
        self.0.iter().any(|present| present.email() == Some(email) && present.counts(now))
    }

    /// The invitation of an address, open or expired.
    pub(crate) fn invitation_of(&self, email: &EmailAddress) -> Option<&InvitationItem> {
        self.0.iter().find_map(|present| match present {
            AdministratorOnRecord::Invited(item) if item.invitation.email == *email => Some(item),
            _ => None,
        })
    }
}

impl Store {
    /// A page of an account's administrators and open invitations.
    pub async fn administrators(
        &self,
        account: &Acting,
        after: Option<Place>,
        limit: usize,
        now: Instant,
    ) -> Result<Page<AdministratorOnRecord>, StoreError> {
        let partition = keys::account_partition(account.account_id());
        let query = Query::prefix(partition, prefix::ADMINISTRATORS);
        let mut items = Vec::new();
        let mut after = after;
        // Expired invitations leave gaps: a page is filled up rather than shown short or empty.
        loop {
            let wanted = query.clone().after(after).limit(limit - items.len());
            let page = self.table.query_attributes(wanted).await?;
            for attributes in page.items {
                let item = AdministratorOnRecord::decode(attributes)?;
                items.extend(Some(item).filter(|item| item.counts(now)));
            }
            after = page.next;
            if after.is_none() || items.len() >= limit {
                return Ok(Page { items, next: after });
            }
        }
    }

    /// One administrator or open invitation of an account.
    pub async fn administrator(
        &self,
        account: &Acting,
        admin_id: AdminId,
        now: Instant,
    ) -> Result<Option<AdministratorOnRecord>, StoreError> {
        let all = self.all_administrators(account.account_id()).await?;
        let mut known = all.0.into_iter();
        Ok(known.find(|known| known.admin_id() == admin_id && known.counts(now)))
    }

    pub(crate) async fn all_administrators(
        &self,
        account: AccountId,
    ) -> Result<Administrators, StoreError> {
        let partition = keys::account_partition(account);
        let query = Query::prefix(partition, prefix::ADMINISTRATORS);
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let page = self.table.query_attributes(query.clone().after(after)).await?;
            for attributes in page.items {
                all.push(AdministratorOnRecord::decode(attributes)?);
            }
            after = page.next;
            if after.is_none() {
                return Ok(Administrators(all));
            }
        }
    }

    /// What became of somebody whose right was gone when the change was made.
    async fn denied(&self, by: &Acting) -> Result<Option<AdministratorRefusal>, StoreError> {
        let key = by.administrator_item().key();
        let item = self.table.get::<AdministratorItem>(key).await?;
        let refusal = match item {
            None => Refusal::NotAdministrator,
            Some(item) if !item.administrator.access.is_full() => {
                Refusal::RightMissing(MissingRight::FullAccess)
            }
            Some(_) => return Ok(None),
        };
        Ok(Some(AdministratorRefusal::Denied(refusal)))
    }
}

impl Transaction {
    /// Whoever asks may still do so when it happens.
    fn check_full_access(&mut self, by: &Acting) -> Result<ActionId, StoreError> {
        let full = Condition::present().and_equals("access", Access::Full)?;
        Ok(self.check(by.administrator_item().key(), &full))
    }
}

impl AdministratorItem {
    /// The item is as it was read.
    pub(crate) fn unchanged(&self) -> Result<Condition, StoreError> {
        Condition::unchanged(Some(self.rev))
    }
}

impl InvitationItem {
    /// The item is as it was read, and not another invitation of the same address.
    pub(crate) fn unchanged(&self) -> Result<Condition, StoreError> {
        Condition::unchanged(Some(self.rev))?.and_equals("adminId", self.invitation.admin_id)
    }
}

#[cfg(test)]
mod tests {
    use tsunagu_domain::administrator::{INVITATION_LIFETIME, Invitation};

    use super::*;

    fn invited(email: &str, rev: u64) -> InvitationItem {
        let invited_at = Instant::default();
        InvitationItem {
            account_id: AccountId::mint(invited_at),
            invitation: Invitation {
                admin_id: AdminId::mint(invited_at),
                email: email.parse().expect("an address"),
                access: Access::Full,
                invited_by: None,
                invited_at,
            },
            rev,
        }
    }

    #[test]
    fn given_an_invitation_when_it_expires_then_its_address_is_free_and_it_can_be_replaced() {
        let item = invited("a@example.com", 1);
        let email = item.invitation.email.clone();
        let all = Administrators(vec![AdministratorOnRecord::Invited(item)]);
        let open = Instant::default();
        assert!(all.holds(&email, open));
        assert!(!all.holds(&"b@example.com".parse().expect("an address"), open));
        assert!(!all.holds(&email, open + INVITATION_LIFETIME));
        assert!(all.invitation_of(&email).is_some());
    }

    #[test]
    fn given_another_rev_or_another_invitation_then_it_is_not_what_was_seen() {
        let seen = invited("a@example.com", 1);
        let later = InvitationItem { rev: 2, ..seen.clone() };
        let [seen, later, other] =
            [seen.clone(), later, invited("a@example.com", 1)].map(AdministratorOnRecord::Invited);
        assert!(seen.is_unchanged(&seen));
        assert!(!later.is_unchanged(&seen));
        assert!(!other.is_unchanged(&seen));
    }

    #[test]
    fn given_either_kind_of_item_then_it_reads_back_as_what_it_is() {
        let item = invited("a@example.com", 3);
        let attributes = crate::item::encode(&item).expect("encodes");
        let read = AdministratorOnRecord::decode(attributes).expect("decodes");
        assert!(read.is_unchanged(&AdministratorOnRecord::Invited(item)));
    }
}
