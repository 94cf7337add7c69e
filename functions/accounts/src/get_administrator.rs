//! One administrator of an account.

use axum::extract::State;
use tsunagu_api::{App, FullAccess, PathId, Problem, Tagged};
use tsunagu_domain::ids::{AccountId, AdminId};

use crate::administrator::AdministratorBody;

/// An administrator or an open invitation
#[utoipa::path(
    get,
    path = "/v1/accounts/{accountId}/administrators/{adminId}",
    tag = "administrators",
    params(
        ("accountId" = AccountId, Path, description = "The acting account"),
        ("adminId" = AdminId, Path, description = "An administrator of it"),
    ),
    responses(
        (status = 200, body = AdministratorBody),
        FullAccess,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn get_administrator(
    State(app): State<App>,
    full: FullAccess,
    PathId(admin_id): PathId<AdminId>,
) -> Result<Tagged<AdministratorBody>, Problem> {
    let found = app.store.administrator(&full.acting, admin_id, app.now()).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    app.tagged(AdministratorBody::of(&found)).await
}
