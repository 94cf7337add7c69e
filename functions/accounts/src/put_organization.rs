//! The vendor gives an organization its verified name.

use axum::{extract::State, response::Response};
use deserr::Deserr;
use tsunagu_api::{App, ChosenId, IfMatch, InputErrors, Json, Platform, Problem};
use tsunagu_domain::{ids::OrgId, organization::Organization, text::DisplayName};
use tsunagu_store::Stated;
use utoipa::ToSchema;

use crate::organization::OrganizationBody;

/// What the vendor says of an organization.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
pub(crate) struct PutOrganization {
    /// Its verified name, shown beside the display names of all of its accounts.
    name: DisplayName,
}

/// Name an organization
///
/// Made where nobody has heard of it. Connected partners of its accounts see the name with their
/// next request. Repeating the call completes one that was cut off.
#[utoipa::path(
    put,
    path = "/v1/platform/organizations/{orgId}",
    tag = "platform",
    params(("orgId" = OrgId, Path, description = "The ORGID")),
    request_body = PutOrganization,
    responses(
        (status = 201, body = OrganizationBody, description = "Made"),
        (status = 200, body = OrganizationBody, description = "Named"),
    ),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn put_organization(
    State(app): State<App>,
    _: Platform,
    ChosenId(org_id): ChosenId<OrgId>,
    if_match: IfMatch,
    Json(put): Json<PutOrganization>,
) -> Result<Response, Problem> {
    let name = |organization: Option<&Organization>| organization.map(|known| known.name.clone());
    let present = app.store.organization(org_id).await?;
    let version = name(present.as_ref());
    let shown = present.map(OrganizationBody::from);
    let seen = if_match.seen_if_any(&app, shown.as_ref(), version).await?;
    let still =
        |known: Option<&Organization>| seen.as_ref().is_none_or(|seen| name(known) == *seen);
    let stated = app.store.name_organization(org_id, &put.name, app.now(), still).await?;
    let Stated { value, is_new } = stated;
    app.stated(Stated { value: OrganizationBody::from(value), is_new }).await
}
