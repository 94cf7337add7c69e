//! Changing what an administrator may do.

use axum::extract::State;
use deserr::Deserr;
use enumset::EnumSet;
use tsunagu_api::{App, FullAccess, Given, IfMatch, InputErrors, Json, PathId, Problem, Tagged};
use tsunagu_domain::{
    administrator::Permission,
    ids::{AccountId, AdminId},
};
use tsunagu_store::AdministratorOnRecord;
use utoipa::ToSchema;

use crate::{
    administrator::{AccessName, AdministratorBody, change_of},
    refusal,
};

/// What the person is to be allowed; what is left out stays as it is.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
pub(crate) struct ChangeAdministrator {
    /// Full or custom access.
    #[deserr(default)]
    #[schema(value_type = AccessName, required = false)]
    access: Given<AccessName>,
    /// With custom access, all that it includes.
    #[deserr(default)]
    #[schema(value_type = Vec<Permission>, required = false)]
    permissions: Given<EnumSet<Permission>>,
}

/// Change what an administrator may do
///
/// Acts from the person's next request on, and on invitations too. The last administrator with full
/// access keeps it (409 `last-administrator`).
#[utoipa::path(
    patch,
    path = "/v1/accounts/{accountId}/administrators/{adminId}",
    tag = "administrators",
    params(
        ("accountId" = AccountId, Path, description = "The acting account"),
        ("adminId" = AdminId, Path, description = "An administrator of it"),
    ),
    request_body = ChangeAdministrator,
    responses(
        (status = 200, body = AdministratorBody),
        (status = 409, description = "`last-administrator`"),
        FullAccess,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn change_administrator(
    State(app): State<App>,
    full: FullAccess,
    PathId(admin_id): PathId<AdminId>,
    if_match: IfMatch,
    Json(asked): Json<ChangeAdministrator>,
) -> Result<Tagged<AdministratorBody>, Problem> {
    let change = change_of(asked.access.0, asked.permissions.0)?;
    let acting = &full.acting;
    let present = app.store.administrator(acting, admin_id, app.now()).await?;
    let present = present.ok_or_else(Problem::not_found)?;
    let shown = AdministratorBody::of(&present);
    let seen = if_match.seen(&app, &shown, &present).await?;
    let Some(change) = change else { return app.tagged(shown).await };
    let still = |known: &AdministratorOnRecord| seen.is_none_or(|seen| known.is_unchanged(seen));
    let changed = app.store.change_access(acting, admin_id, change, app.now(), still).await;
    let changed = changed.map_err(|error| error.map_refusal(refusal::of_administrators))?;
    app.tagged(AdministratorBody::of(&changed)).await
}
