//! The administrators of an account.

use axum::extract::State;
use tsunagu_api::{App, FullAccess, Json, Page, PageBody, PageParams, Problem};
use tsunagu_domain::ids::AccountId;

use crate::administrator::AdministratorBody;

/// The account's administrators and open invitations
///
/// An invitation that has expired is not shown.
#[utoipa::path(
    get,
    path = "/v1/accounts/{accountId}/administrators",
    tag = "administrators",
    params(("accountId" = AccountId, Path, description = "The acting account"), PageParams),
    responses(
        (status = 200, body = PageBody<AdministratorBody>),
        FullAccess,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_administrators(
    State(app): State<App>,
    full: FullAccess,
    page: Page,
) -> Result<Json<PageBody<AdministratorBody>>, Problem> {
    let after = page.position(&app).await?;
    let found = app.store.administrators(&full.acting, after, page.limit, app.now()).await?;
    let items = found.items.iter().map(AdministratorBody::of).collect();
    Ok(Json(page.answer(&app, items, found.next).await?))
}
