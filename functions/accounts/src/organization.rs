//! Organizations and memberships as the vendor is shown them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use strum::VariantArray;
use tsunagu_api::{Flaw, InputErrors, PathIds, Problem, Shown};
use tsunagu_domain::{
    ids::OrgId,
    organization::Organization,
    program::{Membership, MembershipStatus, Program},
    text::DisplayName,
};
use utoipa::ToSchema;

/// An organization.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Organization)]
pub(crate) struct OrganizationBody {
    /// Its ORGID.
    pub org_id: OrgId,
    /// Its name as the vendor verified it; `null` until it has.
    #[schema(required = true)]
    pub name: Option<DisplayName>,
    /// Its program memberships.
    pub programs: Vec<MembershipBody>,
}

impl From<Organization> for OrganizationBody {
    fn from(organization: Organization) -> Self {
        let Organization { org_id, name, memberships } = organization;
        let programs = Program::VARIANTS
            .iter()
            .filter_map(|program| Some(MembershipBody::new(*program, memberships.of(*program)?)))
            .collect();
        Self { org_id, name, programs }
    }
}

impl Shown for OrganizationBody {
    // They have a route and a tag of their own.
    const DERIVED: &'static [&'static str] = &["/programs"];
}

/// A membership of a program.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Membership)]
pub(crate) struct MembershipBody {
    /// The program.
    pub program: Program,
    /// What the vendor says.
    pub status: MembershipStatus,
    /// The first instant inside; `null` where it is open.
    #[schema(required = true)]
    pub active_from: Option<DateTime<Utc>>,
    /// The first instant outside again; `null` where it is open.
    #[schema(required = true)]
    pub active_until: Option<DateTime<Utc>>,
    /// When the vendor last turned it active.
    #[schema(required = true)]
    pub activated_at: Option<DateTime<Utc>>,
    /// When the vendor turned it inactive; `null` while it is active.
    #[schema(required = true)]
    pub inactive_since: Option<DateTime<Utc>>,
}

impl MembershipBody {
    pub(crate) fn new(program: Program, membership: &Membership) -> Self {
        Self {
            program,
            status: membership.status,
            active_from: membership.window.from,
            active_until: membership.window.until,
            activated_at: membership.activated_at,
            inactive_since: membership.inactive_since,
        }
    }
}

impl Shown for MembershipBody {}

/// Organization and program of a path, or what is wrong with both.
pub(crate) fn program_path(ids: &PathIds) -> Result<(OrgId, Program), Problem> {
    match (ids.chosen::<OrgId>("orgId"), ids.chosen::<Program>("program")) {
        (Ok(org_id), Ok(program)) => Ok((org_id, program)),
        (Err(one), Err(other)) => Err(told_together(&one, &other)),
        (Err(problem), _) | (_, Err(problem)) => Err(problem),
    }
}

fn told_together(one: &Problem, other: &Problem) -> Problem {
    let errors = one.errors().iter().chain(other.errors());
    let errors = errors.map(|error| InputErrors::one(&error.pointer, error.flaw));
    InputErrors::all(errors).map_or_else(Problem::not_found, Problem::from)
}

/// A window in which no instant can be.
pub(crate) const EMPTY_WINDOW: Flaw = Flaw::Rule {
    code: "not-after-active-from",
    text: tsunagu_api::Text::new("activeFrom より後にしてください。", "Must be after activeFrom."),
};
