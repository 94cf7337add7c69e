//! An administrator as it is shown, and how access is asked for.

use chrono::{DateTime, Utc};
use deserr::Deserr;
use enumset::EnumSet;
use serde::Serialize;
use tsunagu_api::{InputErrors, Shown};
use tsunagu_domain::{
    administrator::{Access, AccessChange, Permission},
    email::EmailAddress,
    ids::AdminId,
};
use tsunagu_store::AdministratorOnRecord;
use utoipa::ToSchema;

use crate::refusal::FULL_HAS_ALL;

/// What an administrator may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserr, Serialize, ToSchema)]
#[deserr(error = InputErrors, rename_all = lowercase)]
#[serde(rename_all = "lowercase")]
#[schema(as = Access)]
pub(crate) enum AccessName {
    /// Everything, administrators included.
    Full,
    /// What the permissions name, and what every administrator may.
    Custom,
}

impl From<Access> for AccessName {
    fn from(access: Access) -> Self {
        if access.is_full() { Self::Full } else { Self::Custom }
    }
}

/// What is to become of somebody's access; `None` where nothing is said of it.
pub(crate) fn change_of(
    access: Option<AccessName>,
    permissions: Option<EnumSet<Permission>>,
) -> Result<Option<AccessChange>, InputErrors> {
    match (access, permissions) {
        (Some(AccessName::Full), Some(_)) => Err(InputErrors::one("/permissions", FULL_HAS_ALL)),
        (Some(AccessName::Full), None) => Ok(Some(AccessChange::Full)),
        (Some(AccessName::Custom), permissions) => Ok(Some(AccessChange::Custom(permissions))),
        (None, Some(permissions)) => Ok(Some(AccessChange::Permissions(permissions))),
        (None, None) => Ok(None),
    }
}

/// The access of somebody new.
pub(crate) fn access_of(
    access: AccessName,
    permissions: Option<EnumSet<Permission>>,
) -> Result<Access, InputErrors> {
    match (access, permissions) {
        (AccessName::Full, Some(_)) => Err(InputErrors::one("/permissions", FULL_HAS_ALL)),
        (AccessName::Full, None) => Ok(Access::Full),
        (AccessName::Custom, permissions) => Ok(Access::Custom(permissions.unwrap_or_default())),
    }
}

/// Whether the person has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AdministratorStatus {
    /// The person has not come yet.
    Invited,
    /// The person is an administrator.
    Active,
}

/// An administrator, or somebody who is invited to become one under the same id.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Administrator)]
pub(crate) struct AdministratorBody {
    /// The id, the same before and after the person comes.
    pub admin_id: AdminId,
    /// The address invited or, for who registered the account, the verified one of the token.
    #[schema(required = true)]
    pub email: Option<EmailAddress>,
    /// What the person may do.
    pub access: AccessName,
    /// The permissions in force; all of them with full access.
    pub permissions: Vec<Permission>,
    /// Whether the person has come.
    pub status: AdministratorStatus,
    /// The address of who invited; `null` for who registered the account or was named by the
    /// vendor.
    #[schema(required = true)]
    pub invited_by: Option<EmailAddress>,
    /// When the invitation was made; `null` once it is taken.
    #[schema(required = true)]
    pub invited_at: Option<DateTime<Utc>>,
    /// From when on the invitation can no longer be taken; `null` once it is taken.
    #[schema(required = true)]
    pub expires_at: Option<DateTime<Utc>>,
    /// When the person became an administrator; `null` before.
    #[schema(required = true)]
    pub joined_at: Option<DateTime<Utc>>,
}

impl AdministratorBody {
    pub(crate) fn of(known: &AdministratorOnRecord) -> Self {
        match known {
            AdministratorOnRecord::Active(item) => {
                let administrator = &item.administrator;
                Self {
                    admin_id: administrator.admin_id,
                    email: administrator.email.clone(),
                    access: administrator.access.into(),
                    permissions: administrator.access.permissions().iter().collect(),
                    status: AdministratorStatus::Active,
                    invited_by: administrator.invited_by.clone(),
                    invited_at: None,
                    expires_at: None,
                    joined_at: Some(administrator.joined_at),
                }
            }
            AdministratorOnRecord::Invited(item) => Self::invited(&item.invitation),
        }
    }

    pub(crate) fn invited(invitation: &tsunagu_domain::administrator::Invitation) -> Self {
        Self {
            admin_id: invitation.admin_id,
            email: Some(invitation.email.clone()),
            access: invitation.access.into(),
            permissions: invitation.access.permissions().iter().collect(),
            status: AdministratorStatus::Invited,
            invited_by: invitation.invited_by.clone(),
            invited_at: Some(invitation.invited_at),
            expires_at: Some(invitation.expires_at()),
            joined_at: None,
        }
    }
}

impl Shown for AdministratorBody {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_full_access_with_permissions_then_it_is_refused() {
        let some = Some(EnumSet::only(Permission::LicensesView));
        let refused = Err(InputErrors::one("/permissions", FULL_HAS_ALL));
        assert_eq!(access_of(AccessName::Full, some), refused);
        assert_eq!(access_of(AccessName::Full, None), Ok(Access::Full));
        assert!(change_of(Some(AccessName::Full), some).is_err());
    }

    #[test]
    fn given_custom_access_without_permissions_then_it_has_none_at_first() {
        assert_eq!(access_of(AccessName::Custom, None), Ok(Access::Custom(EnumSet::empty())));
    }

    #[test]
    fn given_parts_of_a_change_then_they_are_told_apart() {
        let some = EnumSet::only(Permission::LicensesView);
        assert_eq!(change_of(None, None), Ok(None));
        assert_eq!(change_of(None, Some(some)), Ok(Some(AccessChange::Permissions(some))));
        let custom = change_of(Some(AccessName::Custom), None);
        assert_eq!(custom, Ok(Some(AccessChange::Custom(None))));
    }
}
