//! Administrators: the signed-in persons of an account, and what they may.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use enumset::{EnumSet, EnumSetType};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use strum::{Display, EnumString, VariantArray};

use crate::{email::EmailAddress, ids::AdminId, time::Instant};

/// How long an invitation waits for its person.
pub const INVITATION_LIFETIME: TimeDelta = TimeDelta::days(14);

/// What an administrator with custom access may be given.
// The table keeps sets of them by name, so that a permission added later, wherever it stands here,
// gives nobody anything.
#[derive(
    Debug,
    Hash,
    PartialOrd,
    Ord,
    Display,
    EnumString,
    VariantArray,
    Serialize,
    Deserialize,
    EnumSetType,
)]
#[enumset(serialize_repr = "list")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Permission {
    /// See the dashboard over all customers.
    #[serde(rename = "customer-dashboard.view")]
    #[strum(serialize = "customer-dashboard.view")]
    CustomerDashboardView,
    /// Accept, change and end connections.
    #[serde(rename = "connections.manage")]
    #[strum(serialize = "connections.manage")]
    ConnectionsManage,
    /// See orders, entitlements and licences.
    #[serde(rename = "licenses.view")]
    #[strum(serialize = "licenses.view")]
    LicensesView,
    /// Release licences, request trials.
    #[serde(rename = "licenses.manage")]
    #[strum(serialize = "licenses.manage")]
    LicensesManage,
    /// See tickets.
    #[serde(rename = "tickets.view")]
    #[strum(serialize = "tickets.view")]
    TicketsView,
    /// Open, change and comment tickets.
    #[serde(rename = "tickets.manage")]
    #[strum(serialize = "tickets.manage")]
    TicketsManage,
    /// See notifications.
    #[serde(rename = "notifications.view")]
    #[strum(serialize = "notifications.view")]
    NotificationsView,
    /// Dismiss notifications.
    #[serde(rename = "notifications.dismiss")]
    #[strum(serialize = "notifications.dismiss")]
    NotificationsDismiss,
    /// Manage federated domains and workspaces.
    #[serde(rename = "federation.manage")]
    #[strum(serialize = "federation.manage")]
    FederationManage,
    /// Change the account itself.
    #[serde(rename = "account.manage")]
    #[strum(serialize = "account.manage")]
    AccountManage,
    /// Read the audit trail.
    #[serde(rename = "audit.view")]
    #[strum(serialize = "audit.view")]
    AuditView,
}

/// What an administrator may do in the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Access {
    /// Everything, administrators included, which no permission implies.
    Full,
    /// The permissions named, and what every administrator may.
    Custom(EnumSet<Permission>),
}

impl Access {
    /// Whether this access includes a permission.
    pub fn allows(self, permission: Permission) -> bool {
        match self {
            Self::Full => true,
            Self::Custom(granted) => granted.contains(permission),
        }
    }

    /// Whether this is full access.
    pub fn is_full(self) -> bool {
        self == Self::Full
    }

    /// The permissions in force; all of them for full access.
    pub fn permissions(self) -> EnumSet<Permission> {
        match self {
            Self::Full => EnumSet::all(),
            Self::Custom(granted) => granted,
        }
    }
}

impl fmt::Display for Access {
    /// As the audit trail tells it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("full"),
            Self::Custom(granted) => {
                f.write_str("custom:")?;
                granted.iter().try_for_each(|permission| write!(f, " {permission}"))
            }
        }
    }
}

/// What is to become of somebody's access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessChange {
    /// Full access.
    Full,
    /// Custom access with these permissions; with those of before, or none, where none are named.
    Custom(Option<EnumSet<Permission>>),
    /// These permissions, for somebody who has custom access.
    Permissions(EnumSet<Permission>),
}

/// Full access has every permission: it cannot be given some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FullAccessHasAll;

impl AccessChange {
    /// The access afterwards.
    pub fn apply(self, before: Access) -> Result<Access, FullAccessHasAll> {
        match (self, before) {
            (Self::Full, _) => Ok(Access::Full),
            (Self::Custom(Some(granted)), _)
            | (Self::Custom(None), Access::Custom(granted))
            | (Self::Permissions(granted), Access::Custom(_)) => Ok(Access::Custom(granted)),
            (Self::Custom(None), Access::Full) => Ok(Access::Custom(EnumSet::empty())),
            (Self::Permissions(_), Access::Full) => Err(FullAccessHasAll),
        }
    }
}

/// A signed-in person of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Administrator {
    /// The id, the same since the invitation.
    pub admin_id: AdminId,
    /// The address invited or, for somebody who registered, that of the token.
    pub email: Option<EmailAddress>,
    /// What the person may do.
    pub access: Access,
    /// Who invited; `None` for somebody who registered or whom the vendor named.
    pub invited_by: Option<EmailAddress>,
    /// When the person became active.
    pub joined_at: Instant,
}

/// An administrator who has not come yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// The id that the administrator will keep.
    pub admin_id: AdminId,
    /// The address that activates it, once it is verified in an access token (T2).
    pub email: EmailAddress,
    /// What the person will be allowed.
    pub access: Access,
    /// Who invited; `None` where the vendor did.
    pub invited_by: Option<EmailAddress>,
    /// When the invitation was made.
    pub invited_at: Instant,
}

impl Invitation {
    /// From when on the invitation no longer activates.
    pub fn expires_at(&self) -> Instant {
        self.invited_at + INVITATION_LIFETIME
    }

    /// Whether the invitation can still be taken.
    pub fn is_open(&self, now: Instant) -> bool {
        now < self.expires_at()
    }
}

/// Who a token speaks for: a digest of issuer and subject, so that the same subject at two issuers
/// is two persons (T3).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Subject(String);

impl Subject {
    /// The subject of a token's `iss` and `sub`.
    pub fn of(issuer: &str, subject: &str) -> Self {
        let mut digest = Sha256::new();
        // The length keeps ("a", "bc") and ("ab", "c") apart.
        digest.update((issuer.len() as u64).to_be_bytes());
        digest.update(issuer);
        digest.update(subject);
        Self(URL_SAFE_NO_PAD.encode(digest.finalize()))
    }

    /// The digest as text: 43 characters of base64url.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subject({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_access_has_every_permission_and_custom_only_what_it_was_given() {
        let custom = Access::Custom(Permission::LicensesView | Permission::TicketsView);
        for permission in Permission::VARIANTS {
            assert!(Access::Full.allows(*permission));
            let given = matches!(permission, Permission::LicensesView | Permission::TicketsView);
            assert_eq!(custom.allows(*permission), given);
        }
    }

    #[test]
    fn all_permissions_together_are_not_full_access() {
        assert!(!Access::Custom(EnumSet::all()).is_full());
    }

    #[test]
    fn a_change_of_access_keeps_what_it_does_not_name() {
        let view = EnumSet::only(Permission::LicensesView);
        let custom = Access::Custom(view);
        assert_eq!(AccessChange::Full.apply(custom), Ok(Access::Full));
        assert_eq!(AccessChange::Custom(None).apply(custom), Ok(custom));
        let demoted = AccessChange::Custom(None).apply(Access::Full);
        assert_eq!(demoted, Ok(Access::Custom(EnumSet::empty())));
        assert_eq!(AccessChange::Custom(Some(view)).apply(Access::Full), Ok(custom));
        let none = AccessChange::Permissions(EnumSet::empty());
        assert_eq!(none.apply(custom), Ok(Access::Custom(EnumSet::empty())));
        assert_eq!(none.apply(Access::Full), Err(FullAccessHasAll));
    }

    #[test]
    fn a_permission_has_one_name_everywhere() {
        for permission in Permission::VARIANTS {
            let json = serde_json::to_value(permission).expect("a string");
            assert_eq!(json, permission.to_string());
            assert_eq!(permission.to_string().parse::<Permission>().ok(), Some(*permission));
        }
    }

    #[test]
    fn custom_access_is_kept_by_the_names_of_its_permissions() {
        let custom = Access::Custom(Permission::TicketsView | Permission::LicensesView);
        let kept = serde_json::json!({"custom": ["licenses.view", "tickets.view"]});
        assert_eq!(serde_json::to_value(custom).expect("JSON"), kept);
        assert_eq!(serde_json::from_value::<Access>(kept).ok(), Some(custom));
        let none = serde_json::json!({"custom": []});
        assert_eq!(serde_json::to_value(Access::Custom(EnumSet::empty())).ok(), Some(none));
        let unknown = serde_json::json!({"custom": ["everything"]});
        assert!(serde_json::from_value::<Access>(unknown).is_err());
    }

    #[test]
    fn the_same_subject_at_two_issuers_is_two_persons() {
        assert_ne!(Subject::of("https://a", "1"), Subject::of("https://b", "1"));
        assert_ne!(Subject::of("ab", "c"), Subject::of("a", "bc"));
        assert_eq!(Subject::of("https://a", "1"), Subject::of("https://a", "1"));
    }

    #[test]
    fn an_invitation_is_open_for_14_days() {
        let invited_at: Instant = "2026-02-01T09:00:00Z".parse().expect("an instant");
        let invitation = Invitation {
            admin_id: AdminId::mint(invited_at),
            email: "a@example.com".parse().expect("an address"),
            access: Access::Full,
            invited_by: None,
            invited_at,
        };
        assert!(invitation.is_open(invited_at + TimeDelta::days(14) - TimeDelta::milliseconds(1)));
        assert!(!invitation.is_open(invited_at + TimeDelta::days(14)));
    }
}
