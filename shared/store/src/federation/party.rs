//! Workspaces as those who manage them see them: their account, and a provider who sets one up for its
//! customer.

use tsunagu_domain::{
    audit::Actor,
    connection::Pair,
    federation::{
        host::WorkspaceHost,
        workspace::{DomainOf, Workspace, WorkspaceKind},
    },
    ids::{AccountId, DomainId},
    share::part,
    text::DisplayName,
};

use crate::{
    Acting, Page, Place, Readable, Store, Version,
    error::StoreError,
    items::AccountWorkspaceItem,
    keys::{self, prefix},
    query::Query,
};

/// Somebody who manages the workspaces of an account: the account itself, or a provider for it. A
/// provider sees dedicated ones with domains of its own, and of these only its own (T10).
#[derive(Clone, Copy, Debug)]
pub struct WorkspaceParty<'a> {
    acting: &'a Acting,
    workspaces: &'a Readable<part::Federation>,
}

/// What a workspace is to be.
#[derive(Clone, Debug)]
pub struct WorkspaceStatement {
    /// Whose users it is for.
    pub kind: WorkspaceKind,
    /// What users see as its name.
    pub display_name: DisplayName,
    /// By whose directories users sign in.
    pub domains: Vec<DomainId>,
    /// Whether it can be entered.
    pub enabled: bool,
}

/// A workspace as a party sees it, and its version.
#[derive(Clone, Debug)]
pub struct WorkspaceOnRecord {
    /// The workspace.
    pub workspace: Workspace,
    /// Its version.
    pub version: Version,
}

impl<'a> WorkspaceParty<'a> {
    /// An administrator of the account or of a provider for it, as far as he was admitted.
    pub const fn new(acting: &'a Acting, workspaces: &'a Readable<part::Federation>) -> Self {
        Self { acting, workspaces }
    }

    /// Whose workspaces.
    pub(super) fn owner(&self) -> AccountId {
        self.workspaces.account_id()
    }

    /// The provider and its customer, where a provider acts.
    pub(super) fn pair(&self) -> Option<Pair> {
        let customer = self.owner();
        self.workspaces.partner_id().map(|partner| Pair { partner, customer })
    }

    /// Whether a domain of a workspace is the party's to see and to take away.
    pub(super) fn sees_domain(&self, domain: &DomainOf) -> bool {
        self.pair().is_none_or(|pair| pair.partner == domain.provider)
    }

    /// A workspace as the party sees it; `None` where it does not.
    pub(super) fn look(&self, workspace: &Workspace) -> Option<Workspace> {
        let own = Some(workspace).filter(|workspace| workspace.account_id == self.owner())?;
        match self.pair() {
            Some(pair) => own.seen_by(pair.partner),
            None => Some(own.clone()),
        }
    }

    /// Who acts.
    pub(super) fn actor(&self) -> Actor {
        self.acting.actor()
    }
}

impl Store {
    /// A page of an account's workspaces, by host, as the party sees them.
    pub async fn workspaces(
        &self,
        party: &WorkspaceParty<'_>,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<Workspace>, StoreError> {
        let partition = keys::account_partition(party.owner());
        let query = Query::prefix(partition, prefix::WORKSPACES).after(after).limit(limit);
        let page = self.table.query::<AccountWorkspaceItem>(query).await?;
        let items = page.items.iter().filter_map(|item| party.look(&item.workspace));
        Ok(Page { items: items.collect(), next: page.next })
    }

    /// One of an account's workspaces, as the party sees it.
    pub async fn workspace(
        &self,
        party: &WorkspaceParty<'_>,
        host: &WorkspaceHost,
    ) -> Result<Option<WorkspaceOnRecord>, StoreError> {
        let key = keys::workspace_of_account(party.owner(), host);
        let item = self.table.get::<AccountWorkspaceItem>(key).await?;
        Ok(item.and_then(|item| {
            let version = Version::of_life(0, item.rev);
            party.look(&item.workspace).map(|workspace| WorkspaceOnRecord { workspace, version })
        }))
    }
}
