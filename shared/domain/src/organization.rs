//! Organizations: the companies behind the accounts (P1).

use serde::{Deserialize, Serialize};

use crate::{ids::OrgId, program::Memberships, text::DisplayName};

/// The company behind one or more accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// Its ORGID.
    pub org_id: OrgId,
    /// Its name as verified by the vendor; shown beside every display name, unknown until given.
    pub name: Option<DisplayName>,
    /// Its program memberships.
    pub memberships: Memberships,
}
