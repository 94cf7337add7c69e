//! The account details (P1).

use axum::extract::State;
use tsunagu_api::{App, Member, Problem, Reader, Tagged};
use tsunagu_domain::ids::AccountId;

use crate::account::AccountBody;

/// The account details
#[utoipa::path(
    get,
    path = "/v1/accounts/{accountId}",
    tag = "accounts",
    params(("accountId" = AccountId, Path, description = "The acting account")),
    responses((status = 200, body = AccountBody)),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn get_account(
    State(app): State<App>,
    member: Member,
    Reader(language): Reader,
) -> Result<Tagged<AccountBody>, Problem> {
    app.tagged(AccountBody::of(&member.acting, language)).await
}
