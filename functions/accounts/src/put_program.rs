//! The vendor states a program membership: it gives and takes the badge (P2).

use axum::{extract::State, response::Response};
use chrono::{DateTime, Utc};
use deserr::Deserr;
use tsunagu_api::{App, IfMatch, InputErrors, Json, PathIds, Platform, Problem};
use tsunagu_domain::{
    ids::OrgId,
    program::{Membership, MembershipStatus, Program, Window},
};
use tsunagu_store::Stated;
use utoipa::ToSchema;

use crate::organization::{EMPTY_WINDOW, MembershipBody, program_path};

/// What the vendor says of a membership.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct PutProgram {
    /// Whether the organization is a member, within the window.
    status: MembershipStatus,
    /// The first instant inside; open if left out.
    #[deserr(default)]
    active_from: Option<DateTime<Utc>>,
    /// The first instant outside again; open if left out.
    #[deserr(default)]
    active_until: Option<DateTime<Utc>>,
}

impl PutProgram {
    fn window(&self) -> Result<Window, InputErrors> {
        let window = Window { from: self.active_from, until: self.active_until };
        if window.is_empty() {
            return Err(InputErrors::one("/activeUntil", EMPTY_WINDOW));
        }
        Ok(window)
    }
}

/// State a program membership
///
/// Badges follow with the next request. The organization is made where nobody has heard of it.
#[utoipa::path(
    put,
    path = "/v1/platform/organizations/{orgId}/programs/{program}",
    tag = "platform",
    params(
        ("orgId" = OrgId, Path, description = "The ORGID"),
        ("program" = Program, Path, description = "The program"),
    ),
    request_body = PutProgram,
    responses(
        (status = 201, body = MembershipBody, description = "New"),
        (status = 200, body = MembershipBody, description = "Changed"),
    ),
    security(("platform" = ["tsunagu/platform"]))
)]
pub(crate) async fn put_program(
    State(app): State<App>,
    _: Platform,
    ids: PathIds,
    if_match: IfMatch,
    Json(put): Json<PutProgram>,
) -> Result<Response, Problem> {
    let (org_id, program) = program_path(&ids)?;
    let window = put.window()?;
    let organization = app.store.organization(org_id).await?;
    let present = organization.as_ref().and_then(|known| known.memberships.of(program));
    let shown = present.map(|membership| MembershipBody::new(program, membership));
    let seen = if_match.seen_if_any(&app, shown.as_ref(), present).await?;
    let still = |known: Option<&Membership>| seen.is_none_or(|seen| known == seen);
    let (store, now) = (&app.store, app.now());
    let stated = store.state_membership(org_id, program, put.status, window, now, still).await?;
    let value = MembershipBody::new(program, &stated.value);
    app.stated(Stated { value, is_new: stated.is_new }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from: Option<&str>, until: Option<&str>) -> Result<Window, InputErrors> {
        let at = |text: Option<&str>| text.map(|text| text.parse().expect("an instant"));
        let status = MembershipStatus::Active;
        PutProgram { status, active_from: at(from), active_until: at(until) }.window()
    }

    #[test]
    fn given_an_end_that_is_not_after_the_beginning_then_it_is_pointed_at() {
        let begin = Some("2026-02-01T00:00:00Z");
        let refused = Err(InputErrors::one("/activeUntil", EMPTY_WINDOW));
        assert_eq!(window(begin, begin), refused);
        assert_eq!(window(begin, Some("2026-01-31T23:59:59Z")), refused);
        assert!(window(begin, Some("2026-02-01T00:00:00.001Z")).is_ok());
        assert!(window(begin, None).is_ok());
        assert!(window(None, begin).is_ok());
    }
}
