//! Accounts, organizations, administrators, the catalogue.

use serde::{Deserialize, Serialize};
use tsunagu_domain::{
    account::Account,
    administrator::{Administrator, Invitation, Subject},
    ids::AccountId,
    organization::Organization,
    service::Service,
    time::Instant,
};

use crate::{
    item::Item,
    keys::{self, Key},
};

/// An account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountItem {
    /// The account itself.
    #[serde(flatten)]
    pub account: Account,
    /// Grows with every change, also of the organization's name.
    pub rev: u64,
}

impl Item for AccountItem {
    const ENTITY: &'static str = "account";

    fn key(&self) -> Key {
        keys::account(self.account.account_id)
    }

    fn gsi1(&self) -> Option<Key> {
        Some(keys::account_of_organization(self.account.org_id, self.account.account_id))
    }

    fn gsi2(&self) -> Option<Key> {
        let external = self.account.external_id.as_ref()?;
        Some(keys::account_of_external_id(external, self.account.account_id))
    }
}

/// An organization and its program memberships.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrganizationItem {
    /// The organization itself.
    #[serde(flatten)]
    pub organization: Organization,
    /// Grows with every change.
    pub rev: u64,
}

impl Item for OrganizationItem {
    const ENTITY: &'static str = "organization";

    fn key(&self) -> Key {
        keys::organization(self.organization.org_id)
    }
}

/// An administrator of an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AdministratorItem {
    /// The account.
    pub account_id: AccountId,
    /// The digest of issuer and subject.
    pub subject: Subject,
    /// The administrator.
    #[serde(flatten)]
    pub administrator: Administrator,
    /// Grows with every change.
    pub rev: u64,
}

impl Item for AdministratorItem {
    const ENTITY: &'static str = "administrator";

    fn key(&self) -> Key {
        keys::administrator(self.account_id, &self.subject)
    }
}

/// That a person is an administrator of an account, found by the person.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MembershipItem {
    /// The person.
    pub subject: Subject,
    /// The account.
    pub account_id: AccountId,
}

impl Item for MembershipItem {
    const ENTITY: &'static str = "membership";

    fn key(&self) -> Key {
        keys::membership(&self.subject, self.account_id)
    }
}

/// How many accounts a person has registered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RegisteredCountItem {
    /// The person.
    pub subject: Subject,
    /// How many.
    pub count: u32,
}

impl Item for RegisteredCountItem {
    const ENTITY: &'static str = "registered-count";

    fn key(&self) -> Key {
        keys::registered_count(&self.subject)
    }
}

/// An invitation of an administrator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvitationItem {
    /// The account.
    pub account_id: AccountId,
    /// The invitation.
    #[serde(flatten)]
    pub invitation: Invitation,
    /// Grows with every change.
    pub rev: u64,
}

impl Item for InvitationItem {
    const ENTITY: &'static str = "invitation";

    fn key(&self) -> Key {
        keys::invitation(self.account_id, &self.invitation.email)
    }

    fn gsi1(&self) -> Option<Key> {
        Some(keys::invitation_of_address(&self.invitation.email, self.account_id))
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.invitation.expires_at())
    }
}

/// How many administrators of an account have full access.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FullAdministratorsItem {
    /// The account.
    pub account_id: AccountId,
    /// How many.
    pub full: u32,
}

impl Item for FullAdministratorsItem {
    const ENTITY: &'static str = "full-administrators";

    fn key(&self) -> Key {
        keys::full_administrators(self.account_id)
    }
}

/// A service of the catalogue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ServiceItem {
    /// The service.
    #[serde(flatten)]
    pub service: Service,
    /// Grows with every change.
    pub rev: u64,
}

impl Item for ServiceItem {
    const ENTITY: &'static str = "service";

    fn key(&self) -> Key {
        keys::service(&self.service.code)
    }
}
