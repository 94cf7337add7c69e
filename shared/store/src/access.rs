//! The permission check: what the table says of a caller, in one strongly consistent round trip,
//! and the scoped values that only this check can make.

use std::{marker::PhantomData, ops::Deref};

use tsunagu_domain::{
    access::{ConnectionStanding, Demand, Refusal, Standing, decide},
    account::{Account, AccountStatus},
    administrator::{Administrator, Subject},
    audit::Actor,
    email::EmailAddress,
    ids::AccountId,
    organization::Organization,
    program::Badges,
    share::part::Part,
    time::Instant,
};

use crate::{
    Store,
    error::StoreError,
    items::{AccountItem, AdministratorItem, CustomerItem, InvitationItem, OrganizationItem},
    keys,
    table::Batch,
};

/// Who is asking, as the token says.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The digest of issuer and subject.
    pub subject: Subject,
    /// The token's address, for display.
    pub email: Option<EmailAddress>,
    /// The same, where the token says that it is verified: it alone takes invitations (T2).
    pub verified_email: Option<EmailAddress>,
}

/// An administrator acting for an account, as far as the demand went that admitted him.
#[derive(Clone, Debug)]
pub struct Acting {
    account: AccountItem,
    organization: OrganizationItem,
    administrator: AdministratorItem,
    badges: Badges,
}

impl Acting {
    /// The account's id.
    pub fn account_id(&self) -> AccountId {
        self.account.account.account_id
    }

    /// The account.
    pub fn account(&self) -> &Account {
        &self.account.account
    }

    /// The account's organization.
    pub fn organization(&self) -> &Organization {
        &self.organization.organization
    }

    /// The account's badges at the time of the check.
    pub fn badges(&self) -> &Badges {
        &self.badges
    }

    /// The administrator.
    pub fn administrator(&self) -> &Administrator {
        &self.administrator.administrator
    }

    /// The administrator as an actor of the audit trail.
    pub(crate) fn actor(&self) -> Actor {
        let Administrator { admin_id, email, .. } = &self.administrator.administrator;
        Actor::Administrator { admin_id: *admin_id, email: email.clone() }
    }

    pub(crate) fn account_item(&self) -> &AccountItem {
        &self.account
    }

    pub(crate) fn administrator_item(&self) -> &AdministratorItem {
        &self.administrator
    }

    pub(crate) fn organization_item(&self) -> &OrganizationItem {
        &self.organization
    }
}

/// A customer connected to the acting partner. Whatever reads a customer's data for a partner
/// takes one, so that an unchecked read does not compile.
#[derive(Clone, Debug)]
pub struct ConnectedCustomer(CustomerItem);

impl Deref for ConnectedCustomer {
    type Target = CustomerItem;

    fn deref(&self) -> &CustomerItem {
        &self.0
    }
}

/// A connected customer that shares a part of its account. Whatever reads that part for a partner
/// takes one.
#[derive(Debug)]
pub struct Shared<'a, P> {
    customer: &'a ConnectedCustomer,
    part: PhantomData<P>,
}

impl<P> Shared<'_, P> {
    /// The customer.
    pub(crate) fn customer_id(&self) -> AccountId {
        self.customer.customer
    }

    /// The partner to which it is shared.
    pub(crate) fn partner_id(&self) -> AccountId {
        self.customer.partner
    }
}

impl ConnectedCustomer {
    /// The customer as one that shares a part; `None` where it does not.
    pub fn sharing<P: Part>(&self) -> Option<Shared<'_, P>> {
        let shared = self.0.shares.contains(P::SHARE);
        shared.then_some(Shared { customer: self, part: PhantomData })
    }
}

/// An account of which a part may be read: the acting one's own, or that of a customer that shares
/// it. One piece of code reads for both.
#[derive(Debug)]
pub struct Readable<P> {
    account: AccountId,
    partner: Option<AccountId>,
    part: PhantomData<P>,
}

impl<P> Readable<P> {
    /// The account.
    pub(crate) fn account_id(&self) -> AccountId {
        self.account
    }

    /// The partner for which it is read; `None` where the account reads its own. What is kept from
    /// partners, though they read the part, is left out by this.
    pub(crate) fn partner_id(&self) -> Option<AccountId> {
        self.partner
    }
}

impl Acting {
    /// The account's own part, which needs nobody's consent.
    pub fn own<P: Part>(&self) -> Readable<P> {
        Readable { account: self.account_id(), partner: None, part: PhantomData }
    }
}

impl<P: Part> From<Shared<'_, P>> for Readable<P> {
    fn from(shared: Shared<'_, P>) -> Self {
        let (account, partner) = (shared.customer_id(), Some(shared.partner_id()));
        Self { account, partner, part: PhantomData }
    }
}

/// What the check hands over.
#[derive(Clone, Debug)]
pub struct Admission {
    /// The administrator and the account.
    pub acting: Acting,
    /// The customer, where the demand was for one.
    pub customer: Option<ConnectedCustomer>,
}

/// Why nobody was admitted.
#[derive(Debug)]
pub enum AdmitError {
    /// The rules refuse it.
    Refused(Refusal),
    /// The table could not answer.
    Store(StoreError),
}

impl From<StoreError> for AdmitError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Refusal> for AdmitError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Store {
    /// Admits a caller to an account, and to one of its customers where the demand asks for that.
    ///
    /// Costs one read unit an item: account, administrator, organization and connection. An
    /// environment that does not know the account's ORGID yet needs a second round trip. An
    /// invitation that the caller's verified address can take is taken here (P15).
    pub async fn admit(
        &self,
        caller: &Caller,
        account: AccountId,
        customer: Option<AccountId>,
        demand: &Demand,
        now: Instant,
    ) -> Result<Admission, AdmitError> {
        let account_key = keys::account(account);
        let administrator_key = keys::administrator(account, &caller.subject);
        let customer_key = customer.map(|customer| keys::customer(account, customer));
        let org = self.remembered.organizations.of(account).await;
        let wanted: Vec<_> = [Some(account_key.clone()), Some(administrator_key.clone())]
            .into_iter()
            .chain([customer_key.clone(), org.map(keys::organization)])
            .flatten()
            .collect();
        let mut found = self.table.batch_get(&wanted).await?;

        let Some(account) = found.take::<AccountItem>(&account_key)? else {
            return Err(Refusal::NotAdministrator.into());
        };
        let administrator = match found.take(&administrator_key)? {
            Some(administrator) => administrator,
            None => self.take_invitation(caller, &account, now).await?,
        };
        let organization = self.organization_of(&account, &mut found).await?;
        let connection = customer_key.map(|key| found.take::<CustomerItem>(&key)).transpose()?;
        let connection = connection.flatten();
        let badges = organization.organization.memberships.badges(now);
        let standing = Standing {
            access: Some(administrator.administrator.access),
            status: account.account.status,
            badges: &badges,
            connection: connection.as_ref().map(CustomerItem::standing),
        };
        decide(&standing, demand)?;
        Ok(Admission {
            acting: Acting { account, organization, administrator, badges },
            customer: connection.map(ConnectedCustomer),
        })
    }

    /// Makes the caller an administrator where an invitation waits for his verified address.
    async fn take_invitation(
        &self,
        caller: &Caller,
        account: &AccountItem,
        now: Instant,
    ) -> Result<AdministratorItem, AdmitError> {
        let Some(email) = &caller.verified_email else {
            return Err(Refusal::NotAdministrator.into());
        };
        let key = keys::invitation(account.account.account_id, email);
        let invitation = self.table.get::<InvitationItem>(key).await?;
        let Some(invitation) = invitation.filter(|item| item.invitation.is_open(now)) else {
            // A console asks several things at once when a person first comes: another of those
            // requests may have taken the invitation since the administrator was looked for.
            let key = keys::administrator(account.account.account_id, &caller.subject);
            let joined = self.table.get::<AdministratorItem>(key).await?;
            return joined.ok_or_else(|| Refusal::NotAdministrator.into());
        };
        // A suspended account changes nothing, not even by a visit.
        if account.account.status == AccountStatus::Suspended {
            return Err(Refusal::NotAdministrator.into());
        }
        let joined = self.activate(caller, invitation, now).await?;
        joined.ok_or_else(|| Refusal::NotAdministrator.into())
    }

    /// The same administrator, with account and organization as they are now.
    pub(crate) async fn read_again(&self, acting: &Acting) -> Result<Acting, StoreError> {
        let gone = || StoreError::corrupt("an account that acted is gone");
        let org = acting.account().org_id;
        let wanted = [keys::account(acting.account_id()), keys::organization(org)];
        let mut found = self.table.batch_get(&wanted).await?;
        let account = found.take(&wanted[0])?.ok_or_else(gone)?;
        let organization = found.take(&wanted[1])?.ok_or_else(gone)?;
        Ok(Acting { account, organization, ..acting.clone() })
    }

    /// The organization of an account that was read with it; an environment that does not know the
    /// ORGID yet reads it now.
    pub(crate) async fn organization_of(
        &self,
        account: &AccountItem,
        found: &mut Batch,
    ) -> Result<OrganizationItem, StoreError> {
        let org = account.account.org_id;
        let key = keys::organization(org);
        if let Some(organization) = found.take(&key)? {
            return Ok(organization);
        }
        let organization = self.table.get::<OrganizationItem>(key).await?;
        let fresh = [(account.account.account_id, org)].into();
        self.remembered.organizations.keep(&fresh).await;
        organization.ok_or_else(|| StoreError::corrupt("an account without its organization"))
    }
}

impl CustomerItem {
    pub(crate) fn standing(&self) -> ConnectionStanding {
        ConnectionStanding { shares: self.shares, customer_suspended: self.suspended }
    }
}
