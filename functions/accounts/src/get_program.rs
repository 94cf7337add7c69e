//! An organization's membership of a program, for the vendor.

use axum::extract::State;
use tsunagu_api::{App, PathIds, Platform, Problem, Tagged};
use tsunagu_domain::{ids::OrgId, program::Program};

use crate::organization::{MembershipBody, program_path};

/// A program membership
#[utoipa::path(
    get,
    path = "/v1/platform/organizations/{orgId}/programs/{program}",
    tag = "platform",
    params(
        ("orgId" = OrgId, Path, description = "The ORGID"),
        ("program" = Program, Path, description = "The program"),
    ),
    responses((status = 200, body = MembershipBody)),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn get_program(
    State(app): State<App>,
    _: Platform,
    ids: PathIds,
) -> Result<Tagged<MembershipBody>, Problem> {
    let (org_id, program) = program_path(&ids)?;
    let organization = app.store.organization(org_id).await?.ok_or_else(Problem::not_found)?;
    let membership = organization.memberships.of(program).ok_or_else(Problem::not_found)?;
    app.tagged(MembershipBody::new(program, membership)).await
}
