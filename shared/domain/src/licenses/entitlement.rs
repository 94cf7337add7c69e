//! Entitlements: what may be used, by whose word, and from when to when (P16).
//!
//! The terms of an entitlement are kept with the day from which each of them counts, so that a later
//! change does not rewrite what was purchased before it.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

use super::{GRACE_DAYS, Quantity, SOON_DAYS};
use crate::{
    dashboard::expires_by,
    ids::TrialId,
    time::Instant,
    vendor::{EntitlementId, OrderId, ServiceCode},
};

/// How many terms of an entitlement are kept; the oldest go first. Trends go back 13 months, and no day
/// has two terms: what changes every day is remembered for longer than anybody may ask.
const MAX_TERMS: usize = 450;

/// By what an account may use a service.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Display,
    EnumString,
    VariantArray,
    Serialize,
    Deserialize,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum EntitlementKind {
    /// A time-boxed try-out.
    Trial,
    /// Bought.
    Purchased,
    /// Given by the vendor.
    Granted,
}

/// Where an entitlement stands on a day.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Display,
    EnumString,
    VariantArray,
    Serialize,
    Deserialize,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum EntitlementState {
    /// A trial that is asked for.
    Pending,
    /// A trial that the vendor did not grant.
    Declined,
    /// Its first day is to come.
    Upcoming,
    /// It may be used.
    Active,
    /// It has ended less than 31 days ago and goes on counting; not for trials.
    Grace,
    /// It is over.
    Expired,
}

impl EntitlementState {
    /// Whether its licences count as purchased.
    pub const fn counts(self) -> bool {
        matches!(self, Self::Active | Self::Grace)
    }
}

/// How far an entitlement has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The account has asked for it.
    Requested,
    /// The vendor did not grant it.
    Declined,
    /// The vendor has granted it.
    Approved,
    /// The vendor has said what it gives, and nobody had asked.
    #[default]
    Stated,
}

impl Stage {
    /// Whether the vendor has said what it gives.
    pub const fn is_stated(self) -> bool {
        matches!(self, Self::Approved | Self::Stated)
    }

    /// Whether the account had asked for it.
    pub const fn was_requested(self) -> bool {
        !matches!(self, Self::Stated)
    }
}

/// What an entitlement gives, and from which day on that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// From which day on these terms count.
    pub from: NaiveDate,
    /// How many licences; `None` is unlimited.
    pub quantity: Quantity,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day, included; `None` is never.
    pub ends_on: Option<NaiveDate>,
}

impl Terms {
    /// Where an entitlement of a kind stands by these terms on a day.
    pub fn state(&self, kind: EntitlementKind, day: NaiveDate) -> EntitlementState {
        if day < self.starts_on {
            return EntitlementState::Upcoming;
        }
        match self.ends_on {
            Some(end) if kind != EntitlementKind::Trial && after(end, GRACE_DAYS) < day => {
                EntitlementState::Expired
            }
            Some(end) if end < day && kind == EntitlementKind::Trial => EntitlementState::Expired,
            Some(end) if end < day => EntitlementState::Grace,
            _ => EntitlementState::Active,
        }
    }

    fn says_the_same(&self, other: &Self) -> bool {
        Self { from: other.from, ..*self } == *other
    }
}

/// The day so many days after another.
pub(super) fn after(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
}

/// The day so many days before another.
pub(super) fn before(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
}

/// An entitlement of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitlement {
    /// Its number.
    pub entitlement_id: EntitlementId,
    /// What may be used.
    pub service: ServiceCode,
    /// By what.
    pub kind: EntitlementKind,
    /// How far it has come.
    pub stage: Stage,
    /// What it gives, oldest first; nothing before the vendor has decided.
    pub terms: Vec<Terms>,
    /// Whether it renews by itself: its end is nobody's worry.
    pub auto_renew: bool,
    /// The order that it came with.
    pub order_id: Option<OrderId>,
}

/// What the vendor says of an entitlement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What may be used.
    pub service: ServiceCode,
    /// By what.
    pub kind: EntitlementKind,
    /// How many licences; `None` is unlimited.
    pub quantity: Quantity,
    /// From which day on this counts: the first day where nothing was said before, else today.
    pub effective_on: Option<NaiveDate>,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day, included; `None` is never.
    pub ends_on: Option<NaiveDate>,
    /// Whether it renews by itself.
    pub auto_renew: bool,
    /// The order that it came with.
    pub order_id: Option<OrderId>,
}

/// Why the vendor's word on an entitlement is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementRefusal {
    /// An entitlement is for one service, for ever.
    #[error("an entitlement's service never changes")]
    OtherService,
    /// A trial request is decided, not overwritten.
    #[error("this is a trial request: approve or decline it")]
    TrialRequest,
}

/// The vendor's yes to a trial request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// How many licences; `None` is unlimited.
    pub quantity: Quantity,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day, included.
    pub ends_on: NaiveDate,
}

impl Entitlement {
    /// A trial that an account asks for at `at`.
    pub fn request_trial(service: ServiceCode, at: Instant) -> Self {
        Self {
            entitlement_id: TrialId::mint(at).into(),
            service,
            kind: EntitlementKind::Trial,
            stage: Stage::Requested,
            terms: Vec::new(),
            auto_renew: false,
            order_id: None,
        }
    }

    /// An entitlement after the vendor's word, on `today` of the account.
    pub fn state_terms(
        entitlement_id: EntitlementId,
        known: Option<&Self>,
        said: Statement,
        today: NaiveDate,
    ) -> Result<Self, StatementRefusal> {
        if known.is_some_and(|known| !known.stage.is_stated()) {
            return Err(StatementRefusal::TrialRequest);
        }
        if known.is_some_and(|known| known.service != said.service) {
            return Err(StatementRefusal::OtherService);
        }
        let by_default = if known.is_some() { today } else { said.starts_on };
        let Statement { quantity, starts_on, ends_on, .. } = said;
        let from = said.effective_on.unwrap_or(by_default);
        let mut terms = known.map(|known| known.terms.clone()).unwrap_or_default();
        put(&mut terms, Terms { from, quantity, starts_on, ends_on });
        Ok(Self {
            entitlement_id,
            service: said.service,
            kind: said.kind,
            // What the account had asked for stays so, whatever the vendor says of it later.
            stage: known.map_or(Stage::Stated, |known| known.stage),
            terms,
            auto_renew: said.auto_renew,
            order_id: said.order_id,
        })
    }

    /// The trial that was asked for, granted.
    #[must_use]
    pub fn granted(self, grant: Grant) -> Self {
        let Grant { quantity, starts_on, ends_on } = grant;
        let terms = Terms { from: starts_on, quantity, starts_on, ends_on: Some(ends_on) };
        Self { stage: Stage::Approved, terms: vec![terms], ..self }
    }

    /// The trial that was asked for, declined.
    #[must_use]
    pub fn declined(self) -> Self {
        Self { stage: Stage::Declined, ..self }
    }

    /// Where it stands on a day.
    pub fn state(&self, day: NaiveDate) -> EntitlementState {
        match (self.stage, self.terms_on(day)) {
            (Stage::Requested, _) => EntitlementState::Pending,
            (Stage::Declined, _) => EntitlementState::Declined,
            // What is stated has terms: this is never so.
            (Stage::Approved | Stage::Stated, None) => EntitlementState::Expired,
            // What counts later is not to be used yet, whenever it is said to have started.
            (Stage::Approved | Stage::Stated, Some(terms)) if day < terms.from => {
                EntitlementState::Upcoming
            }
            (Stage::Approved | Stage::Stated, Some(terms)) => terms.state(self.kind, day),
        }
    }

    /// The terms of a day: those that count then, or the first that ever will; `None` before the
    /// vendor has decided.
    pub fn terms_on(&self, day: NaiveDate) -> Option<&Terms> {
        self.counting_on(day).or(self.terms.first())
    }

    fn counting_on(&self, day: NaiveDate) -> Option<&Terms> {
        self.terms.iter().rev().find(|terms| terms.from <= day)
    }

    /// How many licences it adds to what is purchased on a day; `None` where it adds nothing.
    pub fn purchased_on(&self, day: NaiveDate) -> Option<Quantity> {
        let terms = self.counting_on(day).filter(|_| self.stage.is_stated())?;
        terms.state(self.kind, day).counts().then_some(terms.quantity)
    }

    /// The day on which it ends as far as anybody should mind: not where it renews by itself, is over
    /// or in grace.
    pub fn expiry(&self, today: NaiveDate) -> Option<NaiveDate> {
        let is_active = self.state(today) == EntitlementState::Active;
        self.terms_on(today)?.ends_on.filter(|_| is_active && !self.auto_renew)
    }

    /// Whether it ends soon.
    pub fn expires_soon(&self, today: NaiveDate) -> bool {
        self.expiry(today).is_some_and(|end| end <= after(today, SOON_DAYS))
    }

    /// It alone with the terms of a day, for whoever looks at no other.
    #[must_use]
    pub fn as_of(&self, day: NaiveDate) -> Self {
        Self { terms: self.terms_on(day).copied().into_iter().collect(), ..self.clone() }
    }
}

/// Which entitlements a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntitlementFilter {
    /// Only those in this state today.
    pub state: Option<EntitlementState>,
    /// Only those of this kind.
    pub kind: Option<EntitlementKind>,
    /// Only those of this service.
    pub service: Option<ServiceCode>,
    /// Only those that end within so many days from today. What renews by itself, is over or in grace
    /// does not.
    pub expiring_within_days: Option<u32>,
}

impl EntitlementFilter {
    /// Whether it shows an entitlement on a day.
    pub fn admits(&self, entitlement: &Entitlement, today: NaiveDate) -> bool {
        let ends_within =
            |days| entitlement.expiry(today).is_some_and(|end| end <= expires_by(today, days));
        self.state.is_none_or(|state| entitlement.state(today) == state)
            && self.kind.is_none_or(|kind| entitlement.kind == kind)
            && self.service.as_ref().is_none_or(|service| entitlement.service == *service)
            && self.expiring_within_days.is_none_or(ends_within)
    }
}

/// From its day on, the last word counts.
fn put(terms: &mut Vec<Terms>, said: Terms) {
    terms.retain(|known| known.from < said.from);
    if terms.last().is_none_or(|last| !last.says_the_same(&said)) {
        terms.push(said);
    }
    terms.drain(..terms.len().saturating_sub(MAX_TERMS));
}

impl From<TrialId> for EntitlementId {
    fn from(id: TrialId) -> Self {
        id.to_string().parse().expect("an id of ours is 30 letters, digits and an underscore")
    }
}

#[cfg(test)]
mod tests;
