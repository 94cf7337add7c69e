//! The customer dashboard: what a partner sees of its customers, and how it is searched, filtered
//! and sorted (P3).
//!
//! What a customer does not share, and what is not known yet, is `None`: it matches no filter and
//! sorts last, in either direction (T9). That is decided here, at the time of reading, whatever
//! the table holds.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use crate::{
    ids::AccountId,
    share::{Share, Shares},
    text::fold,
    time::Instant,
};

/// How many tags a partner may give one customer.
pub const MAX_TAGS: usize = 10;

/// The figures of a customer on the dashboard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Summary {
    /// How many services are entitled or used.
    pub services: Option<u32>,
    /// Licences bought, trials included.
    pub purchased: Option<u64>,
    /// Licences assigned.
    pub assigned: Option<u64>,
    /// Licences assigned beyond what was bought.
    pub overage: Option<u64>,
    /// The highest utilization of a service, as a fraction.
    pub max_utilization: Option<f64>,
    /// The earliest day on which something ends.
    pub next_expiry: Option<NaiveDate>,
    /// How many entitlements end within 90 days.
    pub expiring_within90_days: Option<u32>,
    /// Tickets that are open.
    pub open_tickets: Option<OpenTickets>,
    /// Notifications that are not dismissed.
    pub active_notifications: Option<ActiveNotifications>,
    /// Trials by state.
    pub trials: Option<Trials>,
    /// The scheduled time of the last completed run over the usage.
    pub as_of: Option<DateTime<Utc>>,
}

/// Open tickets of a customer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct OpenTickets {
    /// All of them.
    pub total: u32,
    /// Those of critical severity.
    pub critical: u32,
}

/// Notifications of a customer that the partner has not dismissed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ActiveNotifications {
    /// All of them.
    pub total: u32,
    /// Errors.
    pub error: u32,
    /// Warnings.
    pub warning: u32,
    /// Information.
    pub information: u32,
}

/// Trials of a customer by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Trials {
    /// Running.
    pub active: u32,
    /// Asked for.
    pub pending: u32,
    /// Over.
    pub expired: u32,
}

impl Summary {
    /// The summary as a partner may see it through these shares.
    #[must_use]
    pub fn through(self, shares: Shares) -> Self {
        fn shown<T>(shares: Shares, share: Share, part: Option<T>) -> Option<T> {
            part.filter(|_| shares.contains(share))
        }
        Self {
            services: shown(shares, Share::Licenses, self.services),
            purchased: shown(shares, Share::Licenses, self.purchased),
            assigned: shown(shares, Share::Licenses, self.assigned),
            overage: shown(shares, Share::Licenses, self.overage),
            max_utilization: shown(shares, Share::Licenses, self.max_utilization),
            as_of: shown(shares, Share::Licenses, self.as_of),
            next_expiry: shown(shares, Share::Entitlements, self.next_expiry),
            expiring_within90_days: shown(shares, Share::Entitlements, self.expiring_within90_days),
            trials: shown(shares, Share::Entitlements, self.trials),
            open_tickets: shown(shares, Share::Tickets, self.open_tickets),
            active_notifications: shown(shares, Share::Notifications, self.active_notifications),
        }
    }
}

/// What the dashboard searches, filters and sorts by.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    /// The customer.
    pub customer: AccountId,
    /// The name that it gives itself.
    pub display_name: &'a str,
    /// Its organization's name, where the vendor verified one.
    pub organization_name: Option<&'a str>,
    /// Its ORGID.
    pub org_id: &'a str,
    /// The partner's reference.
    pub reference: Option<&'a str>,
    /// The partner's tags.
    pub tags: Vec<&'a str>,
    /// When it connected.
    pub connected_at: Instant,
    /// What may be seen of its figures.
    pub summary: &'a Summary,
}

impl<'a> Row<'a> {
    /// What is searched for text.
    fn searchable(&self) -> impl Iterator<Item = &'a str> {
        let Self { display_name, organization_name, org_id, reference, .. } = *self;
        [Some(display_name), organization_name, Some(org_id), reference].into_iter().flatten()
    }
}

/// What a partner asks of its dashboard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Text that one of the searchable fields contains, folded.
    pub search: Option<String>,
    /// One of the partner's tags, folded.
    pub tag: Option<String>,
    /// The last day by which something ends.
    pub expires_by: Option<NaiveDate>,
    /// The least utilization, as a fraction.
    pub min_utilization: Option<f64>,
    /// Whether more is assigned than bought.
    pub has_overage: Option<bool>,
    /// Whether there are open tickets.
    pub has_open_tickets: Option<bool>,
    /// Whether there are trials running or asked for.
    pub has_trials: Option<bool>,
}

impl Filter {
    /// Whether a row matches all that is asked.
    pub fn matches(&self, row: &Row<'_>) -> bool {
        let summary = row.summary;
        let has_trials = summary.trials.map(|trials| trials.active + trials.pending > 0);
        let has_tickets = summary.open_tickets.map(|tickets| tickets.total > 0);
        holds(self.search.as_ref(), |text| {
            row.searchable().any(|field| fold(field).contains(text.as_str()))
        }) && holds(self.tag.as_ref(), |tag| row.tags.iter().any(|own| fold(own) == *tag))
            && holds(self.expires_by, |by| summary.next_expiry.is_some_and(|day| day <= by))
            && holds(self.min_utilization, |min| summary.max_utilization.is_some_and(|u| u >= min))
            && holds(self.has_overage, |want| summary.overage.map(|n| n > 0) == Some(want))
            && holds(self.has_open_tickets, |want| has_tickets == Some(want))
            && holds(self.has_trials, |want| has_trials == Some(want))
    }
}

fn holds<T>(asked: Option<T>, condition: impl FnOnce(T) -> bool) -> bool {
    asked.is_none_or(condition)
}

/// The last day of "within so many days" counted from `today`.
pub fn expires_by(today: NaiveDate, within_days: u32) -> NaiveDate {
    today.checked_add_signed(TimeDelta::days(i64::from(within_days))).unwrap_or(NaiveDate::MAX)
}

/// What the dashboard is sorted by; without one, by the customer's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumString, Serialize, Deserialize)]
#[strum(serialize_all = "camelCase")]
pub enum SortField {
    /// The display name, folded.
    Name,
    /// When the customer connected.
    ConnectedAt,
    /// The earliest day on which something ends.
    NextExpiry,
    /// The highest utilization.
    Utilization,
    /// How many tickets are open.
    OpenTickets,
}

/// A sort field and its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sort {
    /// What is compared.
    pub field: SortField,
    /// Greatest first.
    pub descending: bool,
}

impl std::str::FromStr for Sort {
    type Err = crate::Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (descending, name) = text.strip_prefix('-').map_or((false, text), |name| (true, name));
        let field = name.parse().map_err(|_| crate::Invalid::UnknownValue)?;
        Ok(Self { field, descending })
    }
}

/// Where a row stands in a sorted dashboard. It is kept in cursors, so that a page goes on behind
/// the last row seen, whoever comes or goes in between.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// The value sorted by; `None` sorts last in either direction.
    pub value: Option<SortValue>,
    /// Decides between equal values, always ascending.
    pub customer: AccountId,
}

/// A value sorted by.
#[derive(Clone, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub enum SortValue {
    /// A folded name.
    Text(String),
    /// An instant in milliseconds, or a count.
    Number(i64),
    /// A day.
    Day(NaiveDate),
    /// A fraction.
    Fraction(f64),
}

impl Sort {
    /// Where a row stands.
    pub fn position(self, row: &Row<'_>) -> Position {
        let summary = row.summary;
        let value = match self.field {
            SortField::Name => Some(SortValue::Text(fold(row.display_name))),
            SortField::ConnectedAt => Some(SortValue::Number(row.connected_at.timestamp_millis())),
            SortField::NextExpiry => summary.next_expiry.map(SortValue::Day),
            SortField::Utilization => summary.max_utilization.map(SortValue::Fraction),
            SortField::OpenTickets => {
                summary.open_tickets.map(|tickets| SortValue::Number(i64::from(tickets.total)))
            }
        };
        Position { value, customer: row.customer }
    }

    /// Which of two positions comes first.
    pub fn compare(self, a: &Position, b: &Position) -> Ordering {
        let by_value = match (&a.value, &b.value) {
            (Some(a), Some(b)) => {
                // Only fractions could be incomparable, and they are never NaN.
                let ascending = a.partial_cmp(b).unwrap_or(Ordering::Equal);
                if self.descending { ascending.reverse() } else { ascending }
            }
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        by_value.then_with(|| a.customer.cmp(&b.customer))
    }
}

#[cfg(test)]
mod tests;
