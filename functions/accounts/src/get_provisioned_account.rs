//! An account, for the vendor.

use axum::extract::State;
use tsunagu_api::{App, ChosenId, Platform, Problem, Reader, Tagged};
use tsunagu_domain::ids::AccountId;

use crate::account::ProvisionedAccountBody;

/// An account
#[utoipa::path(
    get,
    path = "/v1/platform/accounts/{accountId}",
    tag = "platform",
    params(("accountId" = AccountId, Path, description = "The account")),
    responses((status = 200, body = ProvisionedAccountBody)),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn get_provisioned_account(
    State(app): State<App>,
    _: Platform,
    Reader(language): Reader,
    ChosenId(account): ChosenId<AccountId>,
) -> Result<Tagged<ProvisionedAccountBody>, Problem> {
    let record = app.store.account_on_record(account, app.now()).await?;
    let record = record.ok_or_else(Problem::not_found)?;
    app.tagged(ProvisionedAccountBody::on_record(&record, language)).await
}
