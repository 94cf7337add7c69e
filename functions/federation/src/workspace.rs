//! A workspace as those who manage it are shown it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tsunagu_api::Shown;
use tsunagu_domain::{
    federation::{
        host::WorkspaceHost,
        workspace::{Workspace, WorkspaceKind},
    },
    ids::{AccountId, DomainId},
    text::DisplayName,
};
use utoipa::ToSchema;

use crate::Management;

/// An address where users sign in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Workspace)]
pub(crate) struct WorkspaceBody {
    /// The first label of its address.
    host: WorkspaceHost,
    /// Its address.
    #[schema(example = "https://minato-desktops.workspaces.example.com")]
    url: String,
    /// The account that it belongs to.
    account_id: AccountId,
    /// Whose users it is for.
    kind: WorkspaceKind,
    /// What users see as its name.
    display_name: DisplayName,
    /// By whose directories users sign in.
    domains: Vec<DomainId>,
    /// Whether it can be entered.
    enabled: bool,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl Shown for WorkspaceBody {
    const DERIVED: &'static [&'static str] = &["/url"];
}

impl WorkspaceBody {
    pub(crate) fn of(management: &Management, workspace: Workspace) -> Self {
        Self {
            url: management.url(&workspace.host),
            host: workspace.host,
            account_id: workspace.account_id,
            kind: workspace.kind,
            display_name: workspace.display_name,
            domains: workspace.domains.iter().map(|domain| domain.domain_id).collect(),
            enabled: workspace.enabled,
            created_at: workspace.created_at,
        }
    }
}
