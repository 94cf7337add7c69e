//! A workspace comes to a host, or changes.

use axum::{Extension, extract::State, response::Response};
use deserr::Deserr;
use tsunagu_api::{
    App, ChosenId, IfMatch, InputErrors, Json, Permitted, Problem, input::Distinct,
    permit::permission::FederationManage,
};
use tsunagu_domain::{
    Invalid,
    access::Refusal,
    federation::{
        host::WorkspaceHost,
        workspace::{Workspace, WorkspaceKind},
    },
    ids::{AccountId, DomainId},
    program::Program,
    text::DisplayName,
};
use tsunagu_store::{
    Stated,
    federation::{WorkspaceParty, WorkspaceStatement},
};
use utoipa::ToSchema;

use crate::{Management, ProviderFor, get_workspace, refusal, workspace::WorkspaceBody};

/// What a workspace is.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct PutWorkspace {
    /// Whose users it is for; it never changes.
    kind: WorkspaceKind,
    /// What users see as its name.
    display_name: DisplayName,
    /// By whose directories users sign in: those of domains that are federated to the account, or, in a
    /// shared workspace, the provider's own.
    #[schema(value_type = Vec<DomainId>, min_items = 1, max_items = 10)]
    domains: Distinct<DomainId, { Workspace::MAX_DOMAINS }>,
    /// Whether it can be entered.
    enabled: bool,
}

impl PutWorkspace {
    fn statement(&self) -> Result<WorkspaceStatement, Problem> {
        if self.domains.is_empty() {
            return Err(Problem::invalid("/domains", Invalid::Empty));
        }
        Ok(WorkspaceStatement {
            kind: self.kind,
            display_name: self.display_name.clone(),
            domains: self.domains.to_vec(),
            enabled: self.enabled,
        })
    }
}

/// Put a workspace at a host
///
/// A dedicated workspace is for any account; a shared one takes the service provider's badge. Where
/// something is taken from its users, a domain or its being enabled, all of its sessions end.
#[utoipa::path(
    put,
    path = "/v1/accounts/{account}/workspaces/{host}",
    tag = "federation",
    params(
        ("account" = AccountId, Path, description = "The acting account"),
        ("host" = WorkspaceHost, Path, description = "The first label of its address"),
    ),
    request_body = PutWorkspace,
    responses(
        (status = 201, body = WorkspaceBody, description = "Made"),
        (status = 200, body = WorkspaceBody, description = "Changed"),
        (status = 403, description = "`permission-missing` (it takes `federation.manage`), \
            `program-required` (`CSP`, for a shared one)"),
        (status = 409, description = "`host-taken`, `workspace-limit`; `conflict`: another `kind`"),
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn put_workspace(
    State(app): State<App>,
    Extension(management): Extension<Management>,
    account: Permitted<FederationManage>,
    ChosenId(host): ChosenId<WorkspaceHost>,
    if_match: IfMatch,
    Json(body): Json<PutWorkspace>,
) -> Result<Response, Problem> {
    let is_provider = account.acting.badges().has(Program::Csp);
    if body.kind == WorkspaceKind::Shared && !is_provider {
        return Err(Refusal::ProgramRequired(Program::Csp).into());
    }
    let own = account.acting.own();
    let party = WorkspaceParty::new(&account.acting, &own);
    put(&app, &management, &party, &host, &if_match, &body).await
}

/// Set up a dedicated workspace for a customer
///
/// It is the customer's own. Of its domains the provider sees and sets its own; those of others stay. A
/// workspace in which it has none is not its to take: `host-taken`.
#[utoipa::path(
    put,
    path = "/v1/accounts/{csp}/customers/{customer}/workspaces/{host}",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("customer" = AccountId, Path, description = "A connected customer"),
        ("host" = WorkspaceHost, Path, description = "The first label of its address"),
    ),
    request_body = PutWorkspace,
    responses(
        (status = 201, body = WorkspaceBody, description = "Made"),
        (status = 200, body = WorkspaceBody, description = "Changed"),
        (status = 409, description = "`host-taken`, `workspace-limit`; `conflict`: another `kind`, or \
            another name or `enabled` where it was not this provider that set the workspace up"),
        ProviderFor,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn put_workspace_for_customer(
    State(app): State<App>,
    Extension(management): Extension<Management>,
    provider: ProviderFor,
    ChosenId(host): ChosenId<WorkspaceHost>,
    if_match: IfMatch,
    Json(body): Json<PutWorkspace>,
) -> Result<Response, Problem> {
    let theirs = provider.readable()?;
    let party = WorkspaceParty::new(&provider.acting, &theirs);
    put(&app, &management, &party, &host, &if_match, &body).await
}

async fn put(
    app: &App,
    management: &Management,
    party: &WorkspaceParty<'_>,
    host: &WorkspaceHost,
    if_match: &IfMatch,
    body: &PutWorkspace,
) -> Result<Response, Problem> {
    let statement = body.statement()?;
    let seen = get_workspace::seen(app, management, party, host, if_match).await?;
    let put = app.store.put_workspace(party, host, &statement, seen, app.now()).await;
    let Stated { value, is_new } = put.map_err(|error| error.map_refusal(refusal::of))?;
    let value = WorkspaceBody::of(management, value.workspace);
    app.stated(Stated { value, is_new }).await
}
