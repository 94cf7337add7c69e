//! The audit trail: who did what.
//!
//! An act on a connection is written on both sides. The side that acted sees which of its
//! administrators it was; the other side sees the account and its role, never a person (T10).

use std::{collections::BTreeMap, str::FromStr};

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

use crate::{
    Invalid,
    connection::Role,
    email::EmailAddress,
    ids::{AccountId, AdminId, AuditId},
    time::Instant,
};

/// One entry in the trail of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// Its id; later entries sort later.
    pub audit_id: AuditId,
    /// Whose trail it is in.
    pub account_id: AccountId,
    /// When it happened.
    pub at: Instant,
    /// What was done.
    pub action: Action,
    /// Who did it.
    pub actor: Actor,
    /// What it was done to.
    pub target: Target,
    /// What is different afterwards, by field.
    pub changes: BTreeMap<String, Change>,
}

/// What was done.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Display,
    EnumString,
    VariantArray,
    Serialize,
    Deserialize,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Action {
    /// Somebody registered the account.
    AccountRegistered,
    /// The vendor made or changed the account.
    AccountProvisioned,
    /// The account's own data changed.
    AccountChanged,
    /// The vendor changed the name of the account's organization.
    OrganizationChanged,
    /// The vendor changed a program membership of the account's organization.
    MembershipChanged,
    /// An administrator was invited.
    AdministratorInvited,
    /// An invited administrator came.
    AdministratorJoined,
    /// An administrator's access changed.
    AdministratorChanged,
    /// An administrator or an invitation was removed.
    AdministratorRemoved,
    /// The invite link was made.
    InviteLinkCreated,
    /// A connection's episode began.
    ConnectionCreated,
    /// A connection's episode ended.
    ConnectionEnded,
    /// The customer changed what it shares.
    ConnectionSharesChanged,
    /// The partner blocked a customer.
    CustomerBlocked,
    /// The partner no longer blocks a customer.
    CustomerUnblocked,
    /// The vendor said what an entitlement gives.
    EntitlementStated,
    /// The account asked for a trial.
    TrialRequested,
    /// The vendor granted a trial.
    TrialApproved,
    /// The vendor did not grant a trial.
    TrialDeclined,
    /// A licence was released.
    LicenseReleased,
    /// A ticket was opened.
    TicketOpened,
    /// A ticket's fields changed, its status among them.
    TicketChanged,
    /// Somebody commented on a ticket.
    TicketCommented,
    /// The vendor told the account something.
    NotificationPublished,
    /// Notifications were dismissed: the account's own, or those of customers for a partner.
    NotificationsDismissed,
    /// A test of a domain's directory came out otherwise than the one before.
    DomainTested,
    /// A provider made a resource location.
    ResourceLocationCreated,
    /// A resource location was renamed.
    ResourceLocationChanged,
    /// A resource location got another key.
    ResourceLocationKeyRotated,
    /// A resource location was deleted.
    ResourceLocationDeleted,
    /// A provider made a domain.
    DomainCreated,
    /// A domain changed, its directory apart.
    DomainChanged,
    /// A domain asks another directory, or asks it otherwise: told to those who are federated to it.
    DirectoryChanged,
    /// A domain was deleted.
    DomainDeleted,
    /// A customer was added to a domain.
    FederatedCustomerAdded,
    /// Which users of a domain are a customer's changed.
    FederatedCustomerChanged,
    /// A customer was removed from a domain.
    FederatedCustomerRemoved,
    /// A workspace was made.
    WorkspaceCreated,
    /// A workspace changed.
    WorkspaceChanged,
    /// A workspace was deleted.
    WorkspaceDeleted,
    /// A provider made an app or a desktop.
    ResourceCreated,
    /// An app or a desktop changed.
    ResourceChanged,
    /// An app or a desktop was deleted.
    ResourceDeleted,
    /// What a customer may open changed.
    CustomerResourcesChanged,
    /// Sessions of workspaces were ended: those of one user, or of all members of a customer.
    SessionsEnded,
    /// A partner read something of the account; counted per day.
    CustomerRead,
}

/// Which kind of actor did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumString, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum ActorKind {
    /// A person of the account.
    Administrator,
    /// The partner of a connection.
    Partner,
    /// The customer of a connection.
    Customer,
    /// The vendor's back office.
    Platform,
    /// The software by itself.
    System,
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", rename_all_fields = "camelCase")]
pub enum Actor {
    /// A person of this account.
    Administrator {
        /// Which.
        admin_id: AdminId,
        /// By which address.
        email: Option<EmailAddress>,
    },
    /// The partner of the connection; no person is told.
    Partner {
        /// Its account.
        account_id: AccountId,
    },
    /// The customer of the connection; no person is told.
    Customer {
        /// Its account.
        account_id: AccountId,
    },
    /// The vendor's back office.
    Platform,
    /// The software by itself.
    System,
}

impl Actor {
    /// Of which kind it is.
    pub const fn kind(&self) -> ActorKind {
        match self {
            Self::Administrator { .. } => ActorKind::Administrator,
            Self::Partner { .. } => ActorKind::Partner,
            Self::Customer { .. } => ActorKind::Customer,
            Self::Platform => ActorKind::Platform,
            Self::System => ActorKind::System,
        }
    }

    /// An account as the other side of a connection sees it.
    pub fn other_side(role: Role, account_id: AccountId) -> Self {
        match role {
            Role::Partner => Self::Partner { account_id },
            Role::Customer => Self::Customer { account_id },
        }
    }
}

/// An actor, or all of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorFilter {
    /// All of a kind.
    Kind(ActorKind),
    /// One administrator of the account.
    Administrator(AdminId),
    /// The account on the other side of a connection.
    Account(AccountId),
}

impl ActorFilter {
    /// Whether this actor is meant.
    pub fn admits(self, actor: &Actor) -> bool {
        match (self, actor) {
            (Self::Kind(kind), actor) => actor.kind() == kind,
            (Self::Administrator(id), Actor::Administrator { admin_id, .. }) => *admin_id == id,
            (Self::Account(id), Actor::Partner { account_id } | Actor::Customer { account_id }) => {
                *account_id == id
            }
            _ => false,
        }
    }
}

impl FromStr for ActorFilter {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.starts_with(AdminId::PREFIX) {
            text.parse().map(Self::Administrator)
        } else if text.starts_with(AccountId::PREFIX) {
            text.parse().map(Self::Account)
        } else {
            text.parse().map(Self::Kind).map_err(|_| Invalid::UnknownValue)
        }
    }
}

/// What it was done to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = AuditTarget))]
pub struct Target {
    /// The kind of the thing, such as `connection`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id.
    pub id: String,
}

/// A field before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Change {
    /// The value before, `None` where there was none.
    pub from: Option<String>,
    /// The value after, `None` where there is none.
    pub to: Option<String>,
}

#[cfg(test)]
mod tests {
    use strum::VariantArray;

    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().expect("an instant")
    }

    #[test]
    fn given_an_actor_then_its_kind_and_its_id_admit_it_and_no_other() {
        let now = at("2026-03-01T00:00:00Z");
        let (account, other) = (AccountId::mint(now), AccountId::mint(now));
        let partner = Actor::Partner { account_id: account };
        assert!(ActorFilter::Kind(ActorKind::Partner).admits(&partner));
        assert!(ActorFilter::Account(account).admits(&partner));
        assert!(ActorFilter::Account(account).admits(&Actor::Customer { account_id: account }));
        assert!(!ActorFilter::Account(other).admits(&partner));
        assert!(!ActorFilter::Kind(ActorKind::Customer).admits(&partner));
        let admin_id = AdminId::mint(now);
        let administrator = Actor::Administrator { admin_id, email: None };
        assert!(ActorFilter::Administrator(admin_id).admits(&administrator));
        assert!(!ActorFilter::Administrator(AdminId::mint(now)).admits(&administrator));
        assert!(!ActorFilter::Account(account).admits(&Actor::Platform));
    }

    #[test]
    fn given_a_text_then_it_names_a_kind_an_administrator_or_an_account() {
        let now = at("2026-03-01T00:00:00Z");
        let (admin, account) = (AdminId::mint(now), AccountId::mint(now));
        let parsed = |text: &str| text.parse::<ActorFilter>();
        assert_eq!(parsed("system"), Ok(ActorFilter::Kind(ActorKind::System)));
        assert_eq!(parsed(&admin.to_string()), Ok(ActorFilter::Administrator(admin)));
        assert_eq!(parsed(&account.to_string()), Ok(ActorFilter::Account(account)));
        assert_eq!(parsed("acc_1"), Err(Invalid::Malformed));
        assert_eq!(parsed("somebody"), Err(Invalid::UnknownValue));
    }

    #[test]
    fn every_action_reads_back_from_its_word() {
        for action in Action::VARIANTS {
            assert_eq!(action.to_string().parse(), Ok(*action));
            assert_eq!(serde_json::to_value(action).expect("JSON"), action.to_string());
        }
    }
}
