//! Invite links: one a partner, fixed for ever (P14).

use tsunagu_domain::{
    account::AccountStatus,
    audit::Action,
    ids::AccountId,
    invitation::{InviteLink, InviteToken, ShownPartner},
    program::Badges,
    time::Instant,
};

use crate::{
    Acting, Store,
    audit::Event,
    condition::Condition,
    error::StoreError,
    items::{AccountItem, InviteLinkItem, InviteTokenItem, Names, OrganizationItem},
    keys,
    transaction::{Outcome, Transaction},
};

/// What a link leads to.
#[derive(Clone, Debug)]
pub struct Invitation {
    pub(crate) partner: AccountItem,
    pub(crate) organization: OrganizationItem,
    /// What is shown of the partner.
    pub shown: ShownPartner,
    /// Its badges.
    pub badges: Badges,
}

impl Invitation {
    /// Whether the partner can take customers at all: it has a badge and is not suspended.
    pub fn is_available(&self) -> bool {
        self.badges.any() && self.partner.account.status == AccountStatus::Active
    }

    /// The partner's names.
    pub fn partner_names(&self) -> Names {
        Names::of(&self.partner, &self.organization)
    }

    /// The partner.
    pub fn partner_id(&self) -> AccountId {
        self.partner.account.account_id
    }
}

impl Store {
    /// The partner's link, made on first use. Concurrent first calls get the same one.
    pub async fn invite_link(
        &self,
        partner: &Acting,
        now: Instant,
    ) -> Result<InviteLink, StoreError> {
        let id = partner.account_id();
        if let Some(item) = self.table.get::<InviteLinkItem>(keys::invite_link(id)).await? {
            return Ok(item.link);
        }
        let link = InviteLink { partner: id, token: InviteToken::random(), created_at: now };
        let mut transaction = Transaction::default();
        transaction.put(&InviteLinkItem { link: link.clone() }, &Condition::absent())?;
        let token = InviteTokenItem { digest: link.token.digest(), partner: id };
        transaction.put(&token, &Condition::absent())?;
        let event = Event::new(now, Action::InviteLinkCreated, "invite-link", id);
        transaction.audit(id, partner.actor(), &event)?;
        match self.table.transact(transaction).await? {
            Outcome::Done => Ok(link),
            Outcome::Refused(_) => {
                let item = self.table.get::<InviteLinkItem>(keys::invite_link(id)).await?;
                item.map(|item| item.link)
                    .ok_or_else(|| StoreError::corrupt("an invite token without its link"))
            }
        }
    }

    /// What a link leads to; `None` for a secret that is nobody's.
    pub async fn invitation(
        &self,
        token: &InviteToken,
        now: Instant,
    ) -> Result<Option<Invitation>, StoreError> {
        let key = keys::invite_token(&token.digest());
        let Some(item) = self.table.get::<InviteTokenItem>(key).await? else { return Ok(None) };
        self.invitation_of(item.partner, now).await.map(Some)
    }

    pub(crate) async fn invitation_of(
        &self,
        partner: AccountId,
        now: Instant,
    ) -> Result<Invitation, StoreError> {
        let missing = || StoreError::corrupt("an invite link without its partner");
        let partner = self.table.get::<AccountItem>(keys::account(partner)).await?;
        let partner = partner.ok_or_else(missing)?;
        let key = keys::organization(partner.account.org_id);
        let organization = self.table.get::<OrganizationItem>(key).await?.ok_or_else(missing)?;
        let badges = organization.organization.memberships.badges(now);
        let shown = ShownPartner::of(&partner.account, &organization.organization, now);
        Ok(Invitation { partner, organization, shown, badges })
    }
}
