//! An organization, for the vendor.

use axum::extract::State;
use tsunagu_api::{App, ChosenId, Platform, Problem, Tagged};
use tsunagu_domain::ids::OrgId;

use crate::organization::OrganizationBody;

/// An organization
#[utoipa::path(
    get,
    path = "/v1/platform/organizations/{orgId}",
    tag = "platform",
    params(("orgId" = OrgId, Path, description = "The ORGID")),
    responses((status = 200, body = OrganizationBody)),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn get_organization(
    State(app): State<App>,
    _: Platform,
    ChosenId(org_id): ChosenId<OrgId>,
) -> Result<Tagged<OrganizationBody>, Problem> {
    let organization = app.store.organization(org_id).await?.ok_or_else(Problem::not_found)?;
    app.tagged(organization.into()).await
}
