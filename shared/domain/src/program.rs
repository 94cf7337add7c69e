//! Partner programs, memberships with their time windows, and the badge (P2).

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

use crate::{locale::Language, time::Instant};

/// A partner program.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    EnumString,
    VariantArray,
    Serialize,
    Deserialize,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum Program {
    /// Solution advisor.
    Csa,
    /// Service provider.
    Csp,
}

impl Program {
    /// The program's name for people.
    pub fn name(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Csa, Language::En) => "Solution Advisor",
            (Self::Csa, Language::Ja) => "ソリューションアドバイザー",
            (Self::Csp, Language::En) => "Service Provider",
            (Self::Csp, Language::Ja) => "サービスプロバイダー",
        }
    }
}

/// What the vendor says of a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum MembershipStatus {
    /// A member, within the window.
    Active,
    /// No member, whatever the window says.
    Inactive,
}

/// The window of a membership, its end excluded; an open side is unlimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The first instant inside.
    pub from: Option<Instant>,
    /// The first instant outside again.
    pub until: Option<Instant>,
}

impl Window {
    /// Whether an instant is inside.
    pub fn contains(&self, at: Instant) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }

    /// Whether no instant can be inside.
    pub fn is_empty(&self) -> bool {
        matches!((self.from, self.until), (Some(from), Some(until)) if until <= from)
    }
}

/// An organization's membership of one program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Membership {
    /// What the vendor says.
    pub status: MembershipStatus,
    /// When it holds.
    pub window: Window,
    /// When the vendor last turned it active.
    pub activated_at: Option<Instant>,
    /// When the vendor turned it inactive: the grace of running workspaces counts from here (P19).
    pub inactive_since: Option<Instant>,
}

impl Membership {
    /// The membership after the vendor's word at `now`.
    pub fn declare(
        before: Option<&Self>,
        status: MembershipStatus,
        window: Window,
        now: Instant,
    ) -> Self {
        let activated_before = before.and_then(|membership| membership.activated_at);
        let (activated_at, inactive_since) = match status {
            MembershipStatus::Active if before.is_some_and(|before| before.runs_on(now)) => {
                (before.and_then(|before| before.began(now)), None)
            }
            MembershipStatus::Active => (Some(now), None),
            MembershipStatus::Inactive => {
                let since = before.and_then(|membership| membership.inactive_since);
                (activated_before, since.or(Some(now)))
            }
        };
        Self { status, window, activated_at, inactive_since }
    }

    /// When it began to hold, as far as that is past.
    fn began(&self, now: Instant) -> Option<Instant> {
        self.activated_at.max(self.window.from.filter(|from| *from <= now))
    }

    /// Whether this membership is active and has not ended: renewing it then is no new beginning.
    fn runs_on(&self, now: Instant) -> bool {
        self.status == MembershipStatus::Active && self.window.until.is_none_or(|until| now < until)
    }

    /// The badge that this membership gives at `now`, if any.
    pub fn badge(&self, program: Program, now: Instant) -> Option<Badge> {
        let holds = self.status == MembershipStatus::Active && self.window.contains(now);
        let since = self.activated_at.max(self.window.from)?;
        holds.then_some(Badge { program, since })
    }

    /// Since when a membership that once held no longer does; `None` while it holds or if it never
    /// has.
    pub fn lapsed_since(&self, now: Instant) -> Option<Instant> {
        let ended = self.window.until.filter(|until| *until <= now);
        match (self.inactive_since, ended) {
            (Some(turned_off), Some(ended)) => Some(turned_off.min(ended)),
            (one, other) => one.or(other),
        }
        .filter(|_| self.activated_at.is_some())
    }
}

/// The mark of an active membership on the accounts of an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Badge {
    /// The program.
    pub program: Program,
    /// Since when it has been held without a break.
    pub since: Instant,
}

/// The memberships of an organization, one a program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memberships {
    /// Solution advisor.
    #[serde(rename = "CSA", default, skip_serializing_if = "Option::is_none")]
    pub csa: Option<Membership>,
    /// Service provider.
    #[serde(rename = "CSP", default, skip_serializing_if = "Option::is_none")]
    pub csp: Option<Membership>,
}

impl Memberships {
    /// The membership of one program.
    pub fn of(&self, program: Program) -> Option<&Membership> {
        match program {
            Program::Csa => self.csa.as_ref(),
            Program::Csp => self.csp.as_ref(),
        }
    }

    /// Puts the membership of one program.
    pub fn put(&mut self, program: Program, membership: Membership) {
        match program {
            Program::Csa => self.csa = Some(membership),
            Program::Csp => self.csp = Some(membership),
        }
    }

    /// Whether the workspaces of a service provider run: while it has the badge, and for a grace
    /// afterwards (P19).
    pub fn run_workspaces(&self, now: Instant, grace: TimeDelta) -> bool {
        let Some(membership) = self.of(Program::Csp) else { return false };
        let in_grace = |since: Instant| now < since + grace;
        membership.badge(Program::Csp, now).is_some()
            || membership.lapsed_since(now).is_some_and(in_grace)
    }

    /// The badges at `now`, in the order of the programs.
    pub fn badges(&self, now: Instant) -> Badges {
        let held = |program: &Program| self.of(*program)?.badge(*program, now);
        Badges(Program::VARIANTS.iter().filter_map(held).collect())
    }
}

/// The badges of an account at one instant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Badges(Vec<Badge>);

impl Badges {
    /// Whether any program's badge is there.
    pub fn any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether the badge of one program is there.
    pub fn has(&self, program: Program) -> bool {
        self.0.iter().any(|badge| badge.program == program)
    }

    /// The badges, in the order of the programs.
    pub fn iter(&self) -> impl Iterator<Item = &Badge> {
        self.0.iter()
    }
}

impl FromIterator<Badge> for Badges {
    fn from_iter<I: IntoIterator<Item = Badge>>(badges: I) -> Self {
        Self(badges.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Instant {
        DateTime::from_timestamp(seconds, 0).expect("in range")
    }

    fn membership(status: MembershipStatus, from: Option<i64>, until: Option<i64>) -> Membership {
        let window = Window { from: from.map(at), until: until.map(at) };
        Membership::declare(None, status, window, at(0))
    }

    proptest! {
        #[test]
        fn the_badge_is_there_exactly_inside_the_window_of_an_active_membership(
            from in proptest::option::of(0_i64..100),
            until in proptest::option::of(0_i64..100),
            now in 0_i64..100,
            active: bool,
        ) {
            let status = if active { MembershipStatus::Active } else { MembershipStatus::Inactive };
            let inside = from.is_none_or(|from| from <= now) && until.is_none_or(|until| now < until);
            let badge = membership(status, from, until).badge(Program::Csp, at(now));
            prop_assert_eq!(badge.is_some(), active && inside);
        }

        #[test]
        fn a_badge_is_never_dated_into_the_future(
            from in proptest::option::of(0_i64..100),
            declared in 0_i64..100,
            later in 0_i64..100,
        ) {
            let window = Window { from: from.map(at), until: None };
            let membership = Membership::declare(None, MembershipStatus::Active, window, at(declared));
            let now = at(declared + later);
            if let Some(badge) = membership.badge(Program::Csa, now) {
                prop_assert!(badge.since <= now);
            }
        }

        #[test]
        fn a_membership_holds_or_has_lapsed_or_has_not_begun(
            declarations in proptest::collection::vec(
                (any::<bool>(), proptest::option::of(0_i64..60), proptest::option::of(0_i64..60)), 1..6),
            now in 60_i64..100,
        ) {
            let mut current: Option<Membership> = None;
            for (step, (active, from, until)) in declarations.into_iter().enumerate() {
                let status = if active { MembershipStatus::Active } else { MembershipStatus::Inactive };
                let window = Window { from: from.map(at), until: until.map(at) };
                let declared_at = at(i64::try_from(step).expect("small"));
                current = Some(Membership::declare(current.as_ref(), status, window, declared_at));
            }
            let current = current.expect("at least one declaration");
            let holds = current.badge(Program::Csp, at(now)).is_some();
            prop_assert!(!(holds && current.lapsed_since(at(now)).is_some()));
            prop_assert!(current.lapsed_since(at(now)).is_none_or(|since| since <= at(now)));
        }
    }

    #[test]
    fn the_end_of_the_window_is_excluded_to_the_millisecond() {
        let membership = membership(MembershipStatus::Active, Some(10), Some(20));
        let just_before = |seconds| at(seconds) - TimeDelta::milliseconds(1);
        assert!(membership.badge(Program::Csp, just_before(10)).is_none());
        assert!(membership.badge(Program::Csp, at(10)).is_some());
        assert!(membership.badge(Program::Csp, just_before(20)).is_some());
        assert!(membership.badge(Program::Csp, at(20)).is_none());
    }

    #[test]
    fn workspaces_run_while_the_badge_is_there_and_for_a_grace_afterwards() {
        let grace = TimeDelta::seconds(30);
        let runs = |membership: Option<Membership>, now| {
            Memberships { csa: None, csp: membership }.run_workspaces(at(now), grace)
        };
        let ending = || Some(membership(MembershipStatus::Active, Some(10), Some(20)));
        assert!(!runs(None, 15) && !runs(ending(), 5));
        assert!(runs(ending(), 10) && runs(ending(), 20) && runs(ending(), 49));
        assert!(!runs(ending(), 50));
        // Who never was a member has no grace.
        assert!(!runs(Some(membership(MembershipStatus::Inactive, None, None)), 1));
    }

    #[test]
    fn a_badge_that_lapsed_and_was_renewed_dates_from_its_renewal() {
        let lapsed = membership(MembershipStatus::Active, Some(10), Some(20));
        let renew = |now| {
            let window = Window::default();
            Membership::declare(Some(&lapsed), MembershipStatus::Active, window, at(now))
        };
        let since =
            |membership: &Membership| membership.badge(Program::Csp, at(60)).map(|b| b.since);
        assert_eq!(since(&renew(30)), Some(at(30)), "after the lapse it begins anew");
        assert_eq!(since(&renew(15)), Some(at(10)), "before the end it goes on");
    }

    #[test]
    fn declaring_the_same_again_keeps_the_dates() {
        let first = membership(MembershipStatus::Active, None, None);
        let again =
            Membership::declare(Some(&first), MembershipStatus::Active, Window::default(), at(50));
        assert_eq!(again.badge(Program::Csa, at(60)).map(|badge| badge.since), Some(at(0)));
        let off = Membership::declare(
            Some(&again),
            MembershipStatus::Inactive,
            Window::default(),
            at(70),
        );
        let off_again =
            Membership::declare(Some(&off), MembershipStatus::Inactive, Window::default(), at(80));
        assert_eq!(off_again.lapsed_since(at(90)), Some(at(70)));
    }
}
