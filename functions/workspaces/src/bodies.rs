//! What several routes answer with.

use serde::Serialize;
use tsunagu_domain::{
    federation::{domain_name::DomainName, login::UserName},
    ids::AccountId,
    text::DisplayName,
};
use tsunagu_store::{items::Names, workspaces::OpenSession};
use utoipa::ToSchema;

/// A user of a workspace.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WorkspaceUser)]
pub(crate) struct UserBody {
    /// The name within the domain, in its one spelling.
    username: UserName,
    /// The domain.
    domain: DomainName,
}

impl UserBody {
    pub(crate) fn of(session: &OpenSession) -> Self {
        Self { username: session.user().clone(), domain: session.domain_name().clone() }
    }
}

/// A customer of the provider, as its own members see it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MembersCustomer)]
pub(crate) struct CustomerBody {
    /// The account.
    account_id: AccountId,
    /// The name that it gives itself.
    display_name: DisplayName,
}

impl CustomerBody {
    pub(crate) fn new(account_id: AccountId, names: &Names) -> Self {
        Self { account_id, display_name: names.display_name.clone() }
    }
}
