//! The vendor finds accounts.

use axum::extract::State;
use deserr::Deserr;
use tsunagu_api::{
    App, Flaw, InputErrors, Json, Page, PageBody, PageParams, Platform, Problem, Reader, Text,
};
use tsunagu_domain::{ids::OrgId, vendor::ExternalId};
use utoipa::IntoParams;

use crate::account::ProvisionedAccountBody;

/// Which accounts: at least one of both.
#[derive(Clone, Debug, Deserr, IntoParams)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(crate) struct WhichAccounts {
    /// Those of an organization.
    #[deserr(default)]
    org_id: Option<OrgId>,
    /// Those under one of the vendor's own numbers.
    #[deserr(default)]
    external_id: Option<ExternalId>,
}

/// Nothing was asked for, and all accounts there are is more than anybody wants.
const ONE_OF_BOTH: Flaw = Flaw::Rule {
    code: "required",
    text: Text::new(
        "orgId と externalId の少なくとも一方が必要です。",
        "At least one of orgId and externalId is required.",
    ),
};

/// Find accounts
///
/// By account id. An account that was made or renumbered a moment ago may show a moment later.
#[utoipa::path(
    get,
    path = "/v1/platform/accounts",
    tag = "platform",
    params(WhichAccounts, PageParams),
    responses((status = 200, body = PageBody<ProvisionedAccountBody>)),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn find_accounts(
    State(app): State<App>,
    _: Platform,
    Reader(language): Reader,
    page: Page<WhichAccounts>,
) -> Result<Json<PageBody<ProvisionedAccountBody>>, Problem> {
    let (store, now, limit) = (&app.store, app.now(), page.limit);
    let after = page.position(&app).await?;
    let found = match &page.filter {
        WhichAccounts { external_id: Some(number), org_id } => {
            store.accounts_of_external_id(number, *org_id, after, limit, now).await?
        }
        WhichAccounts { org_id: Some(org_id), external_id: None } => {
            store.accounts_of_organization(*org_id, after, limit, now).await?
        }
        WhichAccounts { org_id: None, external_id: None } => {
            let errors = InputErrors::one("/orgId", ONE_OF_BOTH);
            return Err(errors.and(InputErrors::one("/externalId", ONE_OF_BOTH)).into());
        }
    };
    let body = |record| ProvisionedAccountBody::on_record(record, language);
    let items = found.items.iter().map(body).collect();
    Ok(Json(page.answer(&app, items, found.next).await?))
}
